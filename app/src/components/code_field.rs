//! Codes. Each is one input, so that paste and autofill work (WCAG 3.3.8).

use countersign_domain::OneTimeCode;
use leptos::wasm_bindgen::JsCast;
use leptos::{html, prelude::*};
use web_sys::HtmlInputElement;

use super::field::{Parts, lead_to};

/// A six-digit code. It submits its form by itself, once, when the first code is complete; after
/// that only Enter and the button do.
#[component]
pub fn CodeField(
    /// The form field's name and its id.
    #[prop(default = "code")]
    name: &'static str,
    /// The label.
    #[prop(default = "6-digit code")]
    label: &'static str,
    /// A line below the label.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What is wrong. The digits stay, selected and focused.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The id of what is read out before the hint and the error.
    #[prop(optional)]
    described_by: Option<&'static str>,
    /// It is focused on arrival.
    #[prop(optional)]
    autofocus: bool,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    lead_to(input, error, autofocus);
    // A page that comes back with an error has had its first complete entry.
    let has_submitted = StoredValue::new(error.read_untracked().is_some());
    // Whoever presses Enter after the last digit, out of habit, must not have sent the same code twice.
    let sent = StoredValue::new(String::new());
    let on_keydown = move |event: web_sys::KeyboardEvent| {
        let Some(input) = input.get_untracked().filter(|_| event.key() == "Enter") else { return };
        if input.value() == sent.get_value() && error.read_untracked().is_some() {
            event.prevent_default();
        }
        sent.set_value(input.value());
    };
    let on_input = move |event: web_sys::Event| {
        let Some(input) = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok()) else { return };
        if tidy(&input) && !has_submitted.get_value() {
            has_submitted.set_value(true);
            sent.set_value(input.value());
            if let Some(form) = input.form() {
                drop(form.request_submit());
            }
        }
    };
    let parts = Parts::new(None, name, hint, error);
    let rest = parts.described_by();
    let described_by = move || match (described_by, rest()) {
        (Some(first), Some(rest)) => Some([first, " ", rest.as_str()].concat()),
        (first, rest) => rest.or_else(|| first.map(str::to_owned)),
    };
    view! {
        <div class="field">
            {parts.head(label)}
            <input
                class="input otp"
                id=parts.id.clone()
                name=name
                type="text"
                inputmode="numeric"
                autocomplete="one-time-code"
                autofocus=autofocus
                required
                // Room for a pasted code with spaces or dashes.
                maxlength="16"
                spellcheck="false"
                aria-describedby=described_by
                aria-invalid=parts.invalid()
                on:input=on_input
                on:keydown=on_keydown
                node_ref=input
            />
        </div>
    }
    .into_any()
}

/// Rewrites a pasted "428 913" as the digits alone; true when there are six of them.
fn tidy(input: &HtmlInputElement) -> bool {
    let typed = input.value();
    let Ok(code) = OneTimeCode::parse(&typed) else { return false };
    if code.as_str() != typed {
        input.set_value(code.as_str());
    }
    true
}

/// A long code, as a backup code or a recovery key: any case, spaces and dashes ignored, shown in capitals.
#[component]
pub fn LongCodeField(
    /// The form field's name and its id.
    #[prop(default = "code")]
    name: &'static str,
    /// The label.
    #[prop(default = "Backup code")]
    label: &'static str,
    /// A line below the label.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What is wrong. What was typed stays, selected and focused.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// It is focused on arrival.
    #[prop(optional)]
    autofocus: bool,
    /// It is so long that smaller letters show it whole.
    #[prop(optional)]
    is_long: bool,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    lead_to(input, error, autofocus);
    let parts = Parts::new(None, name, hint, error);
    view! {
        <div class="field">
            {parts.head(label)}
            <input
                class=if is_long { "input code-in long" } else { "input code-in" }
                id=parts.id.clone()
                name=name
                type="text"
                autocomplete="off"
                autocapitalize="characters"
                autofocus=autofocus
                required
                maxlength="128"
                spellcheck="false"
                aria-describedby=parts.described_by()
                aria-invalid=parts.invalid()
                node_ref=input
            />
        </div>
    }
    .into_any()
}
