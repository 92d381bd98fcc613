//! Leaving.

use leptos::prelude::*;

use super::{ActForm, use_act};
use crate::{api::session::SignOut, browser::tabs};

/// The button that ends this browser's session. Other tabs hear of it.
#[component]
pub fn SignOutForm(
    /// The button's classes.
    #[prop(default = "btn quiet sm")]
    class: &'static str,
    /// The label.
    children: Children,
) -> impl IntoView {
    let act = use_act::<SignOut>();
    let done = act.done();
    Effect::new(move |_| {
        if done.read().is_some() {
            tabs::announce_sign_out();
        }
    });
    view! {
        <ActForm act class="inline">
            <button class=class type="submit">{children()}</button>
        </ActForm>
    }
    .into_any()
}
