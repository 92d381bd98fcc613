//! The clipboard.

use super::Unavailable;

/// Puts `text` on the clipboard.
///
/// # Errors
/// [`Unavailable`] without HTTPS or permission.
#[cfg(feature = "hydrate")]
pub async fn copy(text: &str) -> Result<(), Unavailable> {
    let navigator = leptos::prelude::window().navigator();
    // Outside a secure context the property is missing, and calling into it would throw.
    let clipboard = js_sys::Reflect::get(&navigator, &"clipboard".into()).map_err(|_| Unavailable)?;
    if clipboard.is_undefined() {
        return Err(Unavailable);
    }
    wasm_bindgen_futures::JsFuture::from(navigator.clipboard().write_text(text)).await.map(drop).map_err(|_| Unavailable)
}

/// Puts `text` on the clipboard.
///
/// # Errors
/// Always [`Unavailable`]: the server has no clipboard.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the same signature as in the browser")]
pub async fn copy(_text: &str) -> Result<(), Unavailable> {
    Err(Unavailable)
}
