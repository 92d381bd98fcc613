//! Elements that are built, but not yet part of the document.

use leptos::prelude::request_animation_frame;
use web_sys::Node;

/// Frames to wait for an element before it is given up: half a second.
const FRAMES: u32 = 30;

/// Runs `act` as soon as `element` is part of the document: an element that is only built can't
/// take the focus, and a dialog can't open.
pub fn when_shown<E: AsRef<Node> + 'static>(element: E, act: impl FnOnce(E) + 'static) {
    wait(element.as_ref().clone(), Box::new(move || act(element)), FRAMES);
}

/// Runs `act` before the next frame is drawn. Boxed, so that it is compiled once for everybody.
pub fn in_next_frame(act: Box<dyn FnOnce()>) {
    request_animation_frame(act);
}

fn wait(node: Node, act: Box<dyn FnOnce()>, frames: u32) {
    if node.is_connected() {
        act();
    } else if frames > 0 {
        in_next_frame(Box::new(move || wait(node, act, frames - 1)));
    }
}
