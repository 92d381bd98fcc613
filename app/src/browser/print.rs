//! The print dialog.

/// Opens the browser's print dialog for this page; does nothing on the server.
pub fn print() {
    #[cfg(feature = "hydrate")]
    drop(leptos::prelude::window().print());
}
