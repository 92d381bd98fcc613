//! Lists that are narrowed by their address.

use leptos::{html, prelude::*};
use leptos_router::location::Url;

use crate::{browser::shown::in_next_frame, components::use_live};

/// The page at `path` that shows what is asked for. What is empty isn't.
pub(super) fn href<'a>(path: &str, asked: impl IntoIterator<Item = (&'a str, &'a String)>) -> String {
    let asked = asked.into_iter().filter(|(_, value)| !value.is_empty());
    let query = asked.map(|(name, value)| [name, "=", &Url::escape(value)].concat()).collect::<Vec<_>>().join("&");
    if query.is_empty() { path.to_owned() } else { [path, "?", &query].concat() }
}

/// Shows what the address says in a field. What was entered before the script was there stays.
pub(super) fn keep(value: Signal<String>, show: impl Fn(&str) -> Option<()> + 'static) {
    let is_hydrating = !use_live().get_untracked();
    Effect::new(move |before: Option<()>| {
        let value = value.get();
        if before.is_some() || !is_hydrating {
            show(&value);
        }
    });
}

/// Other rows have come. A page that was turned is read from its list on; and whoever pressed something
/// that is gone now isn't left nowhere.
pub(super) fn go_on_reading(list: NodeRef<html::Section>, has_turned: bool) {
    in_next_frame(Box::new(move || {
        let Some(list) = list.try_get_untracked().flatten() else { return };
        let is_nowhere = document().active_element().is_none_or(|element| element.tag_name() == "BODY");
        if has_turned || is_nowhere {
            drop(list.focus());
        }
    }));
}
