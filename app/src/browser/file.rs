//! A file that somebody chooses: read in the browser, and sent nowhere by that.

use leptos::web_sys::HtmlInputElement;

use super::Unavailable;

/// The text of the file that was chosen in `input`, if it holds no more than `max` bytes.
///
/// # Errors
/// [`Unavailable`] when there is none, it is larger, or it can't be read.
#[cfg(feature = "hydrate")]
pub async fn chosen_text(input: &HtmlInputElement, max: u32) -> Result<String, Unavailable> {
    use wasm_bindgen_futures::JsFuture;

    let file = input.files().and_then(|files| files.get(0)).ok_or(Unavailable)?;
    if file.size() > f64::from(max) {
        return Err(Unavailable);
    }
    let text = JsFuture::from(file.text()).await.map_err(|_| Unavailable)?;
    text.as_string().ok_or(Unavailable)
}

/// The text of the file that was chosen in `input`.
///
/// # Errors
/// Always [`Unavailable`]: the server has no file.
#[cfg(not(feature = "hydrate"))]
pub async fn chosen_text(_input: &HtmlInputElement, _max: u32) -> Result<String, Unavailable> {
    Err(Unavailable)
}
