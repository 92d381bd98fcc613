//! The styles of the pages beyond sign-in, which the sign-in page doesn't wait for.

/// What the document's head calls them where they aren't loaded: a `<meta>` of this name holds the file's.
pub const NAME: &str = "countersign-styles";

/// Loads them, unless they are there. Resolves when a page may be shown, even if they couldn't be had.
#[cfg(feature = "hydrate")]
pub async fn load() {
    use leptos::wasm_bindgen::{JsCast, JsValue};

    let document = leptos::prelude::document();
    let Some(meta) = document.query_selector(&["meta[name=", NAME, "]"].concat()).ok().flatten() else { return };
    let Ok(link) = document.create_element("link") else { return };
    let href = ["/pkg/", &meta.get_attribute("content").unwrap_or_default()].concat();
    let is_ready = link.set_attribute("rel", "stylesheet").and_then(|()| link.set_attribute("href", &href)).is_ok();
    let (Some(head), true) = (meta.parent_node(), is_ready) else { return };
    let mut wait = |resolve: js_sys::Function, _: js_sys::Function| {
        for event in ["load", "error"] {
            drop(link.add_event_listener_with_callback(event, &resolve));
        }
        // In the place of the name: whoever asks next finds them.
        drop(head.replace_child(&link, &meta));
    };
    let loaded: Result<JsValue, JsValue> = wasm_bindgen_futures::JsFuture::from(js_sys::Promise::new(&mut wait)).await;
    drop(loaded.map(|event| event.is_instance_of::<web_sys::Event>()));
}

/// Loads them: on the server they are a part of the document.
#[cfg(not(feature = "hydrate"))]
#[expect(clippy::unused_async, reason = "the same signature as in the browser")]
pub async fn load() {}
