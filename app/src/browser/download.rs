//! A file made in the browser: nothing is sent to the server for it.

use super::Unavailable;

/// Saves `text` as a file called `file_name`, of the type `mime`: "text/plain".
///
/// # Errors
/// [`Unavailable`] when the browser can't make a file.
#[cfg(feature = "hydrate")]
pub fn download(file_name: &str, mime: &str, text: &str) -> Result<(), Unavailable> {
    use std::time::Duration;

    use wasm_bindgen::JsCast;
    use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

    let kind = BlobPropertyBag::new();
    kind.set_type(&[mime, ";charset=utf-8"].concat());
    let parts = js_sys::Array::of1(&text.into());
    let blob = Blob::new_with_str_sequence_and_options(&parts, &kind).map_err(|_| Unavailable)?;
    let url = Url::create_object_url_with_blob(&blob).map_err(|_| Unavailable)?;
    let link = leptos::prelude::document().create_element("a").map_err(|_| Unavailable)?;
    let link = link.dyn_into::<HtmlAnchorElement>().map_err(|_| Unavailable)?;
    link.set_href(&url);
    link.set_download(file_name);
    link.click();
    // Some browsers read the address only after the click has returned.
    leptos::prelude::set_timeout(move || drop(Url::revoke_object_url(&url)), Duration::from_secs(10));
    Ok(())
}

/// Saves `text` as a file called `file_name`, of the type `mime`: "text/plain".
///
/// # Errors
/// Always [`Unavailable`]: the server has nowhere to save it.
#[cfg(not(feature = "hydrate"))]
pub fn download(_file_name: &str, _mime: &str, _text: &str) -> Result<(), Unavailable> {
    Err(Unavailable)
}
