//! Elements that are built, but not yet part of the document.

use leptos::prelude::request_animation_frame;
use web_sys::Node;

/// Frames to wait for an element before it is given up: half a second.
const FRAMES: u32 = 30;

/// Runs `act` as soon as `element` is part of the document: an element that is only built can't
/// take the focus, and a dialog can't open.
pub fn when_shown<E: AsRef<Node> + 'static>(element: E, act: impl FnOnce(E) + 'static) {
    wait(element, Box::new(act), FRAMES);
}

fn wait<E: AsRef<Node> + 'static>(element: E, act: Box<dyn FnOnce(E)>, frames: u32) {
    if element.as_ref().is_connected() {
        act(element);
    } else if frames > 0 {
        request_animation_frame(move || wait(element, act, frames - 1));
    }
}
