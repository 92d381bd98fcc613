//! Who is here, and leaving.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, Person, StageOf};

/// What every page knows: the organisation, and how far this browser's sign-in has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Session {
    /// The organisation's name; `None` until it is set up.
    pub organisation: Option<String>,
    /// Where the session stands; `None` for nobody.
    #[cfg_attr(feature = "ssr", schemars(with = "Option<String>"))]
    pub stage: StageOf,
    /// Who it is; `None` for nobody.
    pub person: Option<Person>,
    /// The page where this session goes on.
    pub next: String,
}

/// Tells a browser who it is.
#[server(prefix = "/api", endpoint = "session", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_session() -> Result<Session, AppError> {
    crate::ssr::session::load().await
}

/// Ends this browser's session. Succeeds for nobody, too.
#[server(prefix = "/api", endpoint = "sign-out", client = crate::browser::api_client::ApiClient)]
pub async fn sign_out() -> Result<Answer, AppError> {
    crate::ssr::session::sign_out().await
}
