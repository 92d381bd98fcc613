//! Text fields: label, hint, error, box, in that order.
//!
//! The boxes are uncontrolled: hydration and refusals never rewrite what somebody typed.

use leptos::{html, prelude::*};

use super::{Icon, said_anew, use_live};
use crate::browser::shown::when_shown;

/// The ids of a field's hint and error, for `aria-describedby`.
#[derive(Clone)]
pub(super) struct Parts {
    pub(super) id: String,
    hint: Option<&'static str>,
    error: Signal<Option<String>>,
}

impl Parts {
    pub(super) fn new(id: Option<String>, name: &str, hint: Option<&'static str>, error: Signal<Option<String>>) -> Self {
        Self { id: id.unwrap_or_else(|| name.to_owned()), hint, error }
    }

    /// `aria-describedby`: the hint, then the error.
    pub(super) fn described_by(&self) -> impl Fn() -> Option<String> + Send + Sync + use<> {
        let hint = self.hint.map(|_| [self.id.as_str(), "-hint"].concat());
        let error = [self.id.as_str(), "-error"].concat();
        let is_wrong = self.error;
        move || match (&hint, is_wrong.read().is_some()) {
            (Some(hint), true) => Some([hint.as_str(), " ", error.as_str()].concat()),
            (Some(hint), false) => Some(hint.clone()),
            (None, true) => Some(error.clone()),
            (None, false) => None,
        }
    }

    /// `aria-invalid`.
    pub(super) fn invalid(&self) -> impl Fn() -> Option<&'static str> + Send + Sync + use<> {
        let error = self.error;
        move || error.read().is_some().then_some("true")
    }

    /// The label, the hint and the error line.
    pub(super) fn head(&self, label: &'static str) -> AnyView {
        let hint_id = [self.id.as_str(), "-hint"].concat();
        let error_id = [self.id.as_str(), "-error"].concat();
        view! {
            <label class="label" for=self.id.clone()>{label}</label>
            {self.hint.map(|hint| view! { <span class="hint" id=hint_id>{hint}</span> })}
            <ErrorLine id=error_id error=self.error />
        }
        .into_any()
    }
}

/// What is wrong with the control that follows.
#[component]
pub fn ErrorLine(
    /// Its id, for `aria-describedby`.
    #[prop(into)]
    id: String,
    /// The words, while something is wrong.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let is_now = said_anew();
    let line = move || {
        error.get().filter(|_| is_now()).map(|text| {
            view! {
                <span class="err" id=id.clone()>
                    <Icon name="warn" size=16 />
                    <span>{text}</span>
                </span>
            }
        })
    };
    // It is in the page from the start, so that what appears in it is read out.
    view! { <span class="said" role="alert">{line}</span> }.into_any()
}

/// Brings the reader to the control: on arrival by script if `on_arrival`, and after each refusal.
pub(super) fn lead_to(input: NodeRef<html::Input>, error: Signal<Option<String>>, on_arrival: bool) {
    // A page from the server has the `autofocus` attribute; hydration moves nothing.
    let on_arrival = on_arrival && use_live().get_untracked();
    Effect::new(move |before: Option<()>| {
        let is_wrong = error.read().is_some();
        let Some(input) = input.get_untracked() else { return };
        if before.is_none() && on_arrival {
            when_shown(input, |input| drop(input.focus()));
        } else if before.is_some() && is_wrong {
            drop(input.focus());
            input.select();
        }
    });
}

/// A text field.
#[component]
pub fn Field(
    /// The form field's name, and its id unless `id` says otherwise.
    name: &'static str,
    /// The label.
    label: &'static str,
    /// Another id, when a page has several fields of this name.
    #[prop(optional, into)]
    id: Option<String>,
    /// The input's type.
    #[prop(default = "text")]
    type_: &'static str,
    /// What a browser or password manager fills in.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// A line below the label.
    #[prop(optional)]
    hint: Option<&'static str>,
    /// What is wrong. Each time there is something, the field is focused and selected.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// What it holds at first.
    #[prop(optional, into)]
    value: String,
    /// It has to be filled in.
    #[prop(optional)]
    required: bool,
    /// It is shown only.
    #[prop(optional)]
    readonly: bool,
    /// It is focused on arrival.
    #[prop(optional)]
    autofocus: bool,
    /// The most characters it takes.
    #[prop(optional)]
    max_len: Option<usize>,
    /// Which keyboard a phone shows.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// More classes for the input.
    #[prop(default = "input")]
    class: &'static str,
) -> impl IntoView {
    let input = NodeRef::new();
    lead_to(input, error, autofocus);
    let parts = Parts::new(id, name, hint, error);
    view! {
        <div class="field">
            {parts.head(label)}
            <input
                class=class
                id=parts.id.clone()
                name=name
                type=type_
                value=value
                autocomplete=autocomplete
                required=required
                readonly=readonly
                autofocus=autofocus
                maxlength=max_len.map(|n| n.to_string())
                inputmode=inputmode
                spellcheck=(type_ != "text" || autocomplete == "off").then_some("false")
                aria-describedby=parts.described_by()
                aria-invalid=parts.invalid()
                node_ref=input
            />
        </div>
    }
    .into_any()
}
