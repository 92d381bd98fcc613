//! `/` shows nothing: it leads to where this browser's sign-in goes on.

use leptos::prelude::*;

use crate::{
    api::session::load_session,
    browser::redirect::redirect,
    components::{Loaded, use_view},
};

/// Leads on.
#[component]
pub fn HomePage() -> impl IntoView {
    let session = use_view(load_session);
    view! { <Loaded resource=session let:session><Onward to=session.next /></Loaded> }.into_any()
}

/// Leads to `to`, another page of this site, instead of showing anything.
#[component]
pub fn Onward(
    /// The page.
    to: String,
) -> impl IntoView {
    if is_server() {
        redirect(&to);
    } else {
        Effect::new(move |_| redirect(&to));
    }
}
