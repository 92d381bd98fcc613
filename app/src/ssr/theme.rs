//! The chosen theme, rendered by the server so that nothing flashes.

use leptos::prelude::use_context;

use super::{Services, cookies};

/// `light` or `dark`, if this browser chose one; else the system decides.
#[must_use]
pub fn theme() -> Option<&'static str> {
    let site = use_context::<Services>()?.site;
    let parts = use_context::<http::request::Parts>()?;
    match cookies::theme(&parts.headers, site.is_https)? {
        "light" => Some("light"),
        "dark" => Some("dark"),
        _ => None,
    }
}
