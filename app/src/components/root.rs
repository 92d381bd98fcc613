//! What the whole interface shares, provided once by `App`.

use leptos::prelude::*;
use leptos_router::{hooks::use_location, location::Url};

use crate::{api::flash::Flash, browser, paths};

/// The answer to a form sent before the script was there. It is shown on the page it led to, and
/// forgotten on the way to the next.
#[derive(Clone, Copy)]
pub struct FlashContext(pub RwSignal<Option<Flash>>);

/// Whether the script is running.
#[derive(Clone, Copy)]
struct Live(RwSignal<bool>);

/// Counts up whenever what a page shows may have changed.
#[derive(Clone, Copy)]
struct Changes(RwSignal<u32>);

/// Provides it all. Called by `App`, before anything else.
pub fn provide_root() {
    // Read on the server and sent along, so that both render the same page.
    let flash = SharedValue::new(browser::flash::take).into_inner();
    provide_context(FlashContext(RwSignal::new(flash)));
    provide_context(Changes(RwSignal::new(0)));
    provide_context(Live(RwSignal::new(false)));
}

/// Says that the script is running. Called by each page for itself: the page may be a chunk that
/// arrives after everything around it has come to life, and must find what the server rendered.
pub(super) fn come_to_life() {
    if let Some(Live(live)) = use_context() {
        // An effect runs after the page is hydrated, and never on the server.
        Effect::new(move |_| live.set(true));
    }
}

/// Whether the script is running: false on the server and while hydrating. For controls that do
/// nothing without it, and, read untracked, for what only a page reached by the script does.
#[must_use]
pub fn use_live() -> Signal<bool> {
    use_context::<Live>().map_or_else(|| Signal::stored(false), |live| live.0.into())
}

/// Loads again what the page shows. Every act that is done and stays on its page does it by itself.
pub fn reload_views() {
    if let Some(Changes(changes)) = use_context() {
        changes.update(|n| *n = n.wrapping_add(1));
    }
}

/// The count to make a resource depend on.
pub(super) fn use_changes() -> Signal<u32> {
    use_context::<Changes>().map_or_else(|| Signal::stored(0), |changes| changes.0.into())
}

/// The sign-in page, which leads back to the page shown now.
#[must_use]
pub fn sign_in_path() -> String {
    let location = use_location();
    let path = location.pathname.get_untracked();
    let search = location.search.get_untracked();
    let here = if search.is_empty() { path } else { [path.as_str(), "?", search.as_str()].concat() };
    if here == paths::HOME { paths::SIGN_IN.to_owned() } else { [paths::SIGN_IN, "?next=", &Url::escape(&here)].concat() }
}
