//! What a page shows of a ceremony: where it stands, and the button that begins it.

use countersign_domain::Factor;
use leptos::{html, prelude::*, wasm_bindgen::JsCast};
use web_sys::HtmlElement;

use super::{Button, ButtonKind, ButtonSize, Ceremony, Icon, Mark, Standing, use_live};
use crate::browser::{
    shown::{in_next_frame, when_shown},
    webauthn::{self, Call, Trouble},
};

/// Words for a key that gave no answer to `call`.
#[must_use]
pub fn trouble_text(trouble: Trouble, factor: Factor, call: Call) -> &'static str {
    let is_passkey = factor == Factor::Passkey;
    let is_new = call == Call::Create;
    match trouble {
        Trouble::NotTouched if is_passkey && is_new => "Your passkey wasn’t created. Try again, or go back and choose another way.",
        Trouble::NotTouched if is_new => "We didn’t get a touch from your key. Try again, or go back and choose another way.",
        Trouble::Unsupported if is_passkey => "This browser can’t use passkeys. Try another way, or use a current browser.",
        Trouble::Unsupported => "This browser can’t use security keys. Try another way, or use a current browser.",
        Trouble::NotTouched if is_passkey => "Your passkey wasn’t used. Try again, or try another way.",
        Trouble::NotTouched => "We didn’t get a touch from your key. Try again, or try another way.",
        Trouble::AlreadyConnected if is_passkey => "There is a passkey for your account on that device already.",
        Trouble::AlreadyConnected => "That key is connected already. Use another one.",
        Trouble::WrongAddress => "This page was opened under another address. Go to the address your organisation gave you.",
        Trouble::NotCapable if is_passkey => "That device can’t keep a passkey. Use another one, or try another way.",
        Trouble::NotCapable => "That key can’t be used here. Use another one, or try another way.",
        Trouble::Aborted | Trouble::Other if is_passkey => "Something went wrong with your passkey. Try again, or try another way.",
        Trouble::Aborted | Trouble::Other => "Something went wrong with your key. Try again, or try another way.",
    }
}

/// The plate that says where the ceremony stands: waiting, a button to begin, or what went wrong
/// and a button to try again.
#[component]
pub fn CeremonyPlate(
    /// The ceremony.
    ceremony: Ceremony,
    /// What is asked.
    factor: Factor,
    /// The button that begins it: "Use my key".
    begin: &'static str,
    /// What was wrong with the last answer.
    #[prop(into)]
    refused: Signal<Option<String>>,
    /// The answer is being checked.
    #[prop(into)]
    pending: Signal<bool>,
    /// Its icon.
    icon: &'static str,
    /// What to say of a key that is connected already.
    #[prop(optional_no_strip)]
    already: Option<String>,
    /// The prompt opens as soon as the page is there, where the browser allows it.
    #[prop(optional)]
    on_arrival: bool,
) -> impl IntoView {
    let live = use_live();
    let (waiting, button) = (NodeRef::<html::P>::new(), NodeRef::<html::Div>::new());
    if on_arrival {
        begin_when_shown(ceremony, waiting);
    }
    lead_back_after_prompt(ceremony, button);
    let standing = ceremony.standing();
    let waiting_text = if factor == Factor::Passkey { "Waiting for your passkey" } else { "Waiting for your touch" };
    let wrong = Signal::derive(move || match standing.get() {
        Standing::Stopped(Trouble::AlreadyConnected) if already.is_some() => already.clone(),
        Standing::Stopped(trouble) => Some(trouble_text(trouble, factor, ceremony.call()).to_owned()),
        Standing::Ready => refused.get(),
        _ => None,
    });
    let status = move || {
        let text = match standing.get() {
            Standing::Loading => "Loading",
            Standing::Waiting => waiting_text,
            Standing::Answered => "Checking",
            Standing::Unpressed => {
                return Some(view! { <span class="sr">{["Press “", begin, "” to begin"].concat()}</span> }.into_any());
            }
            _ => return None,
        };
        Some(view! { <span class="busy"><Mark size=16 /></span>{text} }.into_any())
    };
    let can_begin = move || standing.get().takes_a_press();
    let label = move || if wrong.read().is_some() { "Try again" } else { begin };
    // The button goes while the prompt is open; the focus stays in its place.
    let on_click = move |_| {
        if let Some(waiting) = waiting.get_untracked() {
            drop(waiting.focus());
        }
        ceremony.begin(false);
    };
    view! {
        <div class="alert" role="alert">
            {move || wrong.get().map(|text| view! { <p class="err"><Icon name="warn" size=16 /><span>{text}</span></p> })}
        </div>
        <p
            class="waiting"
            role="status"
            tabindex="-1"
            class:idle=can_begin
            hidden=move || standing.get() == Standing::Stopped(Trouble::Unsupported)
            node_ref=waiting
        >
            {status}
        </p>
        <div hidden=move || !can_begin() || !live.get() node_ref=button>
            <Button size=ButtonSize::Large wide=true type_="button" kind=ButtonKind::Primary icon busy=pending on_click=on_click>
                {label}
            </Button>
        </div>
    }
    .into_any()
}

/// Begins once `line` is on the page, and the page has been drawn: its words come before the
/// browser's.
fn begin_when_shown(ceremony: Ceremony, line: NodeRef<html::P>) {
    Effect::new(move |_| {
        if let Some(line) = line.get()
            && webauthn::is_supported()
        {
            when_shown(line, move |_| in_next_frame(Box::new(move || ceremony.begin(true))));
        }
    });
}

/// Brings a reader whose prompt has closed to the button that opens it again, unless they went on
/// to something else meanwhile.
fn lead_back_after_prompt(ceremony: Ceremony, plate: NodeRef<html::Div>) {
    Effect::new(move |was_open: Option<bool>| {
        let standing = ceremony.standing().get();
        let has_closed = was_open == Some(true) && standing.takes_a_press();
        if has_closed {
            in_next_frame(Box::new(move || {
                let Some(plate) = plate.try_get_untracked().flatten() else { return };
                let is_lost =
                    document().active_element().is_none_or(|active| active.tag_name() == "BODY" || active.class_list().contains("waiting"));
                let button = plate.query_selector("button").ok().flatten().and_then(|button| button.dyn_into::<HtmlElement>().ok());
                if let Some(button) = button.filter(|_| is_lost) {
                    drop(button.focus());
                }
            }));
        }
        matches!(standing, Standing::Waiting | Standing::Answered)
    });
}

/// Says, where there is no script, that this needs one. The browser reads it only then, so it is
/// no part of what is hydrated.
#[component]
pub fn NeedsScript(
    /// What to do instead. Plain text.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    let paragraph = ["<p class=\"block\">".to_owned(), text, "</p>".to_owned()].concat();
    view! { <noscript inner_html=paragraph></noscript> }.into_any()
}

/// The drawing of a key beside the socket it goes into. It decorates.
#[component]
pub fn PlugDrawing() -> impl IntoView {
    view! {
        <svg class="plug" viewBox="0 0 400 132" aria-hidden="true">
            <path class="soft" d="M0 18h118v96H0z" />
            <path class="ln" d="M0 18h118v34H96v28h22v34H0" />
            <path class="ln" stroke-dasharray="3 4" d="M126 66h26" />
            <path class="key" d="M158 52h34v28h-34z" />
            <path class="ln" d="M165 60h12M165 66h12M165 72h12" />
            <path class="key" d="M192 34h172a32 32 0 010 64H192z" />
            <circle class="key" cx="364" cy="66" r="9" />
            <circle class="ring" cx="262" cy="66" r="28" />
            <circle class="ring" cx="262" cy="66" r="23" />
            <circle class="pad" cx="262" cy="66" r="17" />
        </svg>
    }
    .into_any()
}
