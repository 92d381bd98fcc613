//! What people see, and the server functions they call.
//!
//! Compiled twice: with `ssr` for the server, which renders every page first, and with `hydrate`
//! for the browser. The two halves never meet in a view: what differs is in [`browser`] (the same
//! signatures, native stubs) and in [`ssr`], the only `cfg(feature = "ssr")` module.
//!
//! A request reads like one sentence: a page in [`pages`] submits a server function of [`api`],
//! which asks `ssr::caller()`, calls one use case of `countersign-identity` and answers with a
//! wire type; the page matches on it.

#![expect(unreachable_pub, reason = "#[component] and #[server] write `pub` items of their own")]

pub mod api;
pub mod browser;
pub mod components;
pub mod error;
pub mod pages;
pub mod paths;
mod shell;
#[cfg(feature = "ssr")]
pub mod ssr;
pub mod words;

pub use shell::App;
#[cfg(feature = "ssr")]
pub use shell::document;
