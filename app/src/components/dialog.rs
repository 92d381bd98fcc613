//! Dialogs: the browser's own, so that focus, Escape and the page behind behave.
//!
//! Without script a dialog is a part of the page, shown when its address asks for it.

use leptos::{ev, html, prelude::*};

use crate::browser::shown::when_shown;

/// A dialog. Its content is an [`super::ActForm`] with class `""` around `<div class="in">` and
/// `<div class="acts">`, or the two alone.
#[component]
pub fn Dialog(
    /// Its id; the heading's is the same with `-title`.
    id: &'static str,
    /// Whether it is open. True on the server when the address asks for it.
    #[prop(into)]
    open: Signal<bool>,
    /// Its heading.
    #[prop(into)]
    title: Signal<String>,
    /// The heading is focused first, because what stands below has to be read; otherwise the
    /// first field is.
    #[prop(optional)]
    read_first: bool,
    /// Called when Escape closed it. Make `open` false here.
    #[prop(into)]
    on_close: Callback<()>,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let is_open = open.get();
        let Some(dialog) = dialog.get() else { return };
        if is_open {
            // Shown by the server, or just built: open, but not modal yet. Removing the attribute
            // hides it without the event that closing sends.
            when_shown(dialog, move |dialog| {
                // It may have been closed again while it waited to be shown.
                if open.get_untracked() && !dialog.matches(":modal").unwrap_or_default() {
                    drop(dialog.remove_attribute("open"));
                    drop(dialog.show_modal());
                }
            });
        } else if dialog.open() {
            dialog.close();
        }
    });
    let title_id = [id, "-title"].concat();
    let is_open_at_first = open.get_untracked();
    let on_closed = move |_: ev::Event| {
        if open.get_untracked() {
            on_close.run(());
        }
    };
    view! {
        <dialog class="dialog" id=id aria-labelledby=title_id.clone() open=is_open_at_first on:close=on_closed node_ref=dialog>
            <div class="top">
                <h2 id=title_id.clone() tabindex=read_first.then_some("-1") autofocus=read_first>{title}</h2>
            </div>
            {children()}
        </dialog>
    }
    .into_any()
}
