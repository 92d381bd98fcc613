//! What the tabs of one browser tell each other: only that somebody signed out.

#[cfg(feature = "hydrate")]
mod channel {
    use wasm_bindgen::{JsCast, prelude::Closure};
    use web_sys::BroadcastChannel;

    thread_local! {
        // One channel for both directions: a channel doesn't hear itself, so the tab that signs
        // out isn't told to.
        static CHANNEL: Option<BroadcastChannel> = BroadcastChannel::new("countersign").ok();
    }

    pub(super) fn announce() {
        CHANNEL.with(|channel| channel.as_ref().map(|channel| channel.post_message(&"signed-out".into())));
    }

    pub(super) fn listen(on_sign_out: impl Fn() + 'static) {
        let listener = Closure::<dyn Fn()>::new(on_sign_out);
        CHANNEL.with(|channel| {
            if let Some(channel) = channel {
                channel.set_onmessage(Some(listener.as_ref().unchecked_ref()));
            }
        });
        // For as long as the page lives.
        listener.forget();
    }
}

/// Tells the other tabs that this browser has signed out.
pub fn announce_sign_out() {
    #[cfg(feature = "hydrate")]
    channel::announce();
}

/// Calls `f` whenever another tab has signed this browser out. Called once, by the root.
pub fn on_sign_out(f: impl Fn() + 'static) {
    #[cfg(feature = "hydrate")]
    channel::listen(f);
    #[cfg(not(feature = "hydrate"))]
    drop(f);
}
