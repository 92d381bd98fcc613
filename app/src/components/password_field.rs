//! The password, with a way to see it and, where one is chosen, how strong it looks.

use countersign_domain::password::Strength;
use leptos::{html, prelude::*};

use super::{
    field::{Parts, lead_to},
    use_live,
};

/// A password field.
#[component]
pub fn PasswordField(
    /// The form field's name and its id.
    #[prop(default = "password")]
    name: &'static str,
    /// The label.
    #[prop(default = "Password")]
    label: &'static str,
    /// `current-password` or `new-password`.
    #[prop(default = "current-password")]
    autocomplete: &'static str,
    /// A line below the label.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What is wrong. Each time there is something, the field is focused and selected.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The form was refused in words that stand elsewhere: the field is emptied and focused.
    #[prop(optional, into)]
    rejected: Signal<bool>,
    /// The accessible name of the button that shows it, where a page has two.
    #[prop(default = "Show password")]
    show: &'static str,
    /// Show how strong it looks.
    #[prop(optional)]
    show_strength: bool,
    /// It is focused on arrival.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    lead_to(input, error, autofocus);
    Effect::new(move |before: Option<()>| {
        if rejected.get()
            && before.is_some()
            && let Some(input) = input.get_untracked()
        {
            input.set_value("");
            drop(input.focus());
        }
    });

    let strength = RwSignal::new(None::<Strength>);
    let estimate = move || {
        let Some(input) = input.get_untracked().filter(|_| show_strength) else { return };
        let text = input.value();
        let now = (!text.is_empty()).then(|| Strength::estimate(&text));
        if strength.get_untracked() != now {
            strength.set(now);
        }
    };
    // What was typed before the script was there.
    Effect::new(move |_| estimate());

    let is_shown = RwSignal::new(false);
    let live = use_live();
    let parts = Parts::new(None, name, hint, error);
    view! {
        <div class="field">
            {parts.head(label)}
            <div class="with-action">
                <input
                    class="input"
                    id=parts.id.clone()
                    name=name
                    type=move || if is_shown.get() { "text" } else { "password" }
                    autocomplete=autocomplete
                    required
                    autofocus=autofocus
                    maxlength="1024"
                    spellcheck="false"
                    autocapitalize="none"
                    aria-describedby=parts.described_by()
                    aria-invalid=parts.invalid()
                    on:input=move |_| estimate()
                    node_ref=input
                />
                <button
                    class="btn quiet sm"
                    type="button"
                    aria-pressed=move || if is_shown.get() { "true" } else { "false" }
                    aria-label=show
                    hidden=move || !live.get()
                    on:click=move |_| is_shown.update(|shown| *shown = !*shown)
                >
                    {move || if is_shown.get() { "Hide" } else { "Show" }}
                </button>
            </div>
            {show_strength.then(|| view! { <Meter strength /> })}
        </div>
    }
    .into_any()
}

/// Four strokes and a word, as somebody types. Polite: it is read when the word changes.
#[component]
fn Meter(strength: RwSignal<Option<Strength>>) -> impl IntoView {
    let strokes = move |n: u8| move || if strength.get().is_some_and(|s| s.strokes() >= n) { "on" } else { "off" };
    view! {
        <p class="strength" role="status">
            <svg class="tally" aria-hidden="true" viewBox="-1 -1 43.5 16" width="43.5" height="16">
                <path class=strokes(1) d="M7 0h4.5L4.5 14h-4.5z" />
                <path class=strokes(2) d="M17 0h4.5L14.5 14h-4.5z" />
                <path class=strokes(3) d="M27 0h4.5L24.5 14h-4.5z" />
                <path class=strokes(4) d="M37 0h4.5L34.5 14h-4.5z" />
            </svg>
            <span>{move || strength.get().map_or("", Strength::word)}</span>
        </p>
    }
    .into_any()
}
