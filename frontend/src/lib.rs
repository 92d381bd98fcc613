//! The interface's entry point in the browser.
//!
//! The document arrives rendered; [`hydrate`] brings it to life. The shell's own script calls it once the module is
//! loaded, rather than `#[wasm_bindgen(start)]`, so that loading and starting stay two steps that can each fail visibly.
//!
//! There is no panic hook: the messages it prints, with the formatting they need, weigh more than they tell a person.
//! The page stays as the server rendered it, and its forms work without us.

use countersign_app::{App, browser::early_clicks};
use leptos::{mount::hydrate_from_async, prelude::document};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;

/// Takes over the document that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    let Some(body) = document().body() else { return };
    let early_clicks = early_clicks::leave_to_browser();
    spawn_local(async move {
        hydrate_from_async(body, App).await.forget();
        drop(early_clicks);
    });
}
