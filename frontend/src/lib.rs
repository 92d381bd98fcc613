//! The interface's entry point in the browser.
//!
//! The document arrives rendered; [`hydrate`] brings it to life. The shell's own script calls it once the module is
//! loaded, rather than `#[wasm_bindgen(start)]`, so that loading and starting stay two steps that can each fail visibly.
//!
//! There is no panic hook: the messages it prints, with the formatting they need, weigh more than they tell a person.
//! The page stays as the server rendered it, and its forms work without us.

use wasm_bindgen::prelude::wasm_bindgen;

/// Takes over the document that the server rendered.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_lazy(countersign_app::App);
}
