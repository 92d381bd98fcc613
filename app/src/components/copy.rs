//! A value to be typed somewhere else.

use leptos::{prelude::*, task::spawn_local};

use super::{Button, ButtonKind, ButtonSize, use_live};
use crate::browser::clipboard;

/// A value under its label, with a button that copies it; the button needs the script.
#[component]
pub fn CopyValue(
    /// What it is.
    label: &'static str,
    /// The value.
    value: String,
    /// What the button is called, said aloud: "Copy redirect URI".
    button: String,
    /// Where it is said that it was copied.
    said: RwSignal<Option<String>>,
) -> impl IntoView {
    let live = use_live();
    let text = StoredValue::new(value.clone());
    let on_copy = move |_| {
        spawn_local(async move {
            let words = match clipboard::copy(&text.get_value()).await {
                Ok(()) => [label, " copied."].concat(),
                Err(_) => "This browser can’t copy here. Select it and copy it by hand.".to_owned(),
            };
            said.try_set(Some(words));
        });
    };
    view! {
        <div>
            <dt class="label">{label}</dt>
            <dd class="copy">
                <code>{value}</code>
                <span hidden=move || !live.get()>
                    <Button kind=ButtonKind::Quiet size=ButtonSize::Small type_="button" icon="copy" label=button on_click=on_copy>"Copy"</Button>
                </span>
            </dd>
        </div>
    }
    .into_any()
}
