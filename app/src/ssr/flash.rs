//! An answer's way through a redirect, for forms without JavaScript.

use data_encoding::BASE64URL_NOPAD;
use leptos::prelude::use_context;

use super::{Services, cookies};
pub use crate::api::flash::Flash;

/// The longest encoded answer: it has to fit a cookie.
const MAX_LEN: usize = 3000;

/// Encodes an answer for its cookie; one that is too long goes without what was typed.
#[must_use]
pub fn encode(flash: &Flash) -> Option<String> {
    let fits = |flash: &Flash| {
        let json = serde_json::to_vec(flash).ok()?;
        Some(BASE64URL_NOPAD.encode(&json)).filter(|text| text.len() <= MAX_LEN)
    };
    fits(flash).or_else(|| fits(&Flash { typed: Vec::new(), ..flash.clone() }))
}

/// The answer waiting for this page, once.
#[must_use]
pub fn take() -> Option<Flash> {
    let site = use_context::<Services>()?.site;
    let parts = use_context::<http::request::Parts>()?;
    let encoded = cookies::flash(&parts.headers, site.is_https)?;
    cookies::clear_flash(site.is_https);
    let json = BASE64URL_NOPAD.decode(encoded.as_bytes()).ok()?;
    serde_json::from_slice(&json).ok()
}
