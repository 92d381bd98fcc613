//! The page's one `h1` and the document's title.

use leptos::{html, prelude::*};
use leptos_meta::Title;

use super::root::{come_to_life, use_live};
use crate::browser::shown::when_shown;

/// The heading of a page, which is also the document's title. Reached by script, it takes the
/// focus, so that a screen reader starts where the page does; a field that is focused on arrival
/// comes after it and wins.
#[component]
pub fn PageTitle(
    /// The heading.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let heading = NodeRef::<html::H1>::new();
    if use_live().get_untracked() {
        Effect::new(move |_| {
            if let Some(heading) = heading.get() {
                when_shown(heading, |heading| drop(heading.focus()));
            }
        });
    }
    come_to_life();
    let title = [text.as_str(), ", Countersign"].concat();
    // leptos_meta writes the title as it is on the server, and sets it as text in the browser.
    let title = if is_server() { escaped(&title) } else { title };
    view! {
        <Title text=title />
        <h1 id="title" tabindex="-1" node_ref=heading>{text}</h1>
    }
    .into_any()
}

/// Text as it may stand between two tags.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
