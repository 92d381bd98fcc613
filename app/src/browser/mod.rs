//! What only a browser can do, behind the same signatures on both sides: wasm bodies, native stubs.
//!
//! Nothing outside this module asks on which side it runs, with two exceptions that lead the
//! other way round: [`redirect`], [`status`] and [`flash`] reach the HTTP answer when a page is
//! rendered on the server, and do nothing of the kind in the browser.

pub mod api_client;
pub mod clipboard;
pub mod download;
pub mod early_clicks;
pub mod file;
pub mod flash;
pub mod print;
pub mod redirect;
pub mod shown;
pub mod status;
pub mod styles;
pub mod tabs;
pub mod webauthn;

/// The browser can't, or won't: no HTTPS, no permission, or no browser at all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unavailable;
