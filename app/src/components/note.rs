//! What happened, and what to do next.

use leptos::prelude::*;

use super::Icon;
use crate::{api::AppError, words};

/// What a note is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum NoteKind {
    /// Good to know.
    #[default]
    Info,
    /// Done.
    Sign,
    /// Waiting on someone.
    Wait,
    /// Refused or gone wrong.
    Stop,
}

impl NoteKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Info => "note",
            Self::Sign => "note sign",
            Self::Wait => "note wait",
            Self::Stop => "note stop",
        }
    }
}

/// A notice.
#[component]
pub fn Note(
    /// What it is about.
    #[prop(optional)]
    kind: NoteKind,
    /// Its icon.
    #[prop(default = "info")]
    icon: &'static str,
    /// Its first, strong line.
    #[prop(optional, into)]
    title: Option<String>,
    /// `status` or `alert`, for a note that appears by itself.
    #[prop(optional)]
    role: Option<&'static str>,
    /// The rest.
    children: Children,
) -> impl IntoView {
    view! {
        <div class=kind.class() role=role>
            <Icon name=icon />
            <div>{title.map(|title| view! { <b>{title}</b> })}{children()}</div>
        </div>
    }
    .into_any()
}

/// The polite region under the page title. It is in the page from the start, so that what
/// appears in it is read out, and it stays until the next action.
#[component]
pub fn Status(
    /// What to say.
    #[prop(into)]
    message: Signal<Option<String>>,
    /// What it is about.
    #[prop(default = NoteKind::Sign)]
    kind: NoteKind,
    /// Its icon.
    #[prop(default = "tick")]
    icon: &'static str,
) -> impl IntoView {
    let note = move || message.get().map(|text| view! { <Note kind icon>{text}</Note> });
    view! { <div class="status" role="status">{note}</div> }.into_any()
}

/// A form that couldn't be sent or wasn't carried out by our fault.
#[component]
pub fn ErrorNote(
    /// What went wrong.
    #[prop(into)]
    fault: Signal<Option<AppError>>,
    /// When the server can't be reached: what is still here, and what to press then.
    #[prop(default = "What you typed is still here; try again when you’re back.")]
    offline: &'static str,
) -> impl IntoView {
    let note = move || {
        fault.get().map(|error| {
            let (icon, title, text) = words::fault(&error, offline);
            view! { <Note kind=NoteKind::Stop icon title>{text}</Note> }
        })
    };
    view! { <div class="alert" role="alert">{note}</div> }.into_any()
}
