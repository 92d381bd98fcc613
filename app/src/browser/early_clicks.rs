//! Clicks before the page has come to life.
//!
//! The router listens as soon as it is made, and the page behind it may still be fetched and brought to
//! life then. A link that is followed by the script in between would take the page apart that isn't put
//! together yet, and the script would stop. So until then links are the browser's own.

#[cfg(feature = "hydrate")]
use wasm_bindgen::{JsCast, closure::Closure};

/// Until this is dropped, the script hears of no click.
#[cfg(feature = "hydrate")]
#[derive(Debug)]
pub struct EarlyClicks(Closure<dyn Fn(web_sys::Event)>);

/// Leaves clicks to the browser.
#[cfg(feature = "hydrate")]
#[must_use]
pub fn leave_to_browser() -> EarlyClicks {
    let listener = Closure::<dyn Fn(web_sys::Event)>::new(|event: web_sys::Event| event.stop_propagation());
    let window = leptos::prelude::window();
    // On the way down, before anybody else.
    drop(window.add_event_listener_with_callback_and_bool("click", listener.as_ref().unchecked_ref(), true));
    EarlyClicks(listener)
}

#[cfg(feature = "hydrate")]
impl Drop for EarlyClicks {
    fn drop(&mut self) {
        let window = leptos::prelude::window();
        drop(window.remove_event_listener_with_callback_and_bool("click", self.0.as_ref().unchecked_ref(), true));
    }
}
