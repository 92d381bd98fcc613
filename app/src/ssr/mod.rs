//! The server's half of the interface: the only `cfg(feature = "ssr")` module.
//!
//! What a server function needs and a browser never sees: the [`Services`] from context, who the
//! caller is, cookies, HTTP status, and the mapping of use-case outcomes to wire types. The
//! decisions are in `countersign-identity`; nothing here knows of SQL.

pub mod address;
mod answer;
pub mod application;
pub mod audit;
mod audit_sentences;
pub mod backup_codes;
mod caller;
pub mod confirm;
pub mod cookies;
mod csv;
pub mod domains;
pub mod emailed_code;
pub mod enrolment;
mod fault;
pub mod flash;
pub mod invitations;
pub mod join;
pub mod keys;
pub mod not_me;
pub mod password;
pub mod people;
pub mod policy;
pub mod recovery_key;
pub mod rollout;
pub mod second_step;
pub mod security;
pub mod session;
pub mod set_up;
pub mod sign_in;
pub mod single_sign_on;
mod theme;
mod visitor;
mod when;

use std::sync::Arc;

use countersign_identity::Identity;
use leptos::prelude::use_context;

pub use answer::{ANSWER_HEADER, NEXT_HEADER};
pub use caller::CallerCell;
pub use fault::report;
pub use theme::theme;
pub use visitor::{ClientAddress, browser_name, visitor};

use crate::error::AppError;

/// Everything a server function works with; provided for each request by the server.
#[derive(Clone, Debug)]
pub struct Services {
    /// The use cases.
    pub identity: Identity,
    /// What the site is.
    pub site: Arc<Site>,
}

/// Facts about this installation's site.
#[derive(Debug)]
pub struct Site {
    /// Served over https: cookies get `Secure` and the `__Host-` prefix.
    pub is_https: bool,
    /// The time zone that people on the floor read their clocks in.
    pub time_zone: jiff::tz::TimeZone,
    /// The built interface; `None` when the binary was built without it.
    pub assets: Option<Assets>,
}

/// Paths of the built interface.
#[derive(Clone, Debug)]
pub struct Assets {
    /// The start-up module.
    pub js: String,
    /// The interface.
    pub wasm: String,
    /// The style sheet that every page needs.
    pub css: String,
    /// The one that the pages beyond sign-in need, too.
    pub css_beyond: String,
}

/// The services of this request.
fn services() -> Result<Services, AppError> {
    use_context::<Services>().ok_or_else(|| {
        tracing::error!("a server function ran without its services");
        AppError::Internal { reference: "000000".to_owned() }
    })
}

/// Whether the page being rendered is the sign-in page, which loads nothing it doesn't need.
#[must_use]
pub fn is_sign_in_page() -> bool {
    use_context::<http::request::Parts>().is_some_and(|parts| parts.uri.path().trim_end_matches('/') == crate::paths::SIGN_IN)
}

/// The built interface, for the document's head.
#[must_use]
pub fn assets() -> Option<Assets> {
    use_context::<Services>().and_then(|services| services.site.assets.clone())
}
