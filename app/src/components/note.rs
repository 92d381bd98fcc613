//! What happened, and what to do next.

use std::time::Duration;

use leptos::prelude::*;

use super::{Icon, said_anew, use_live};
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

/// How long a page has to be replaced by what an act made of it before its status speaks.
const SETTLES_AFTER: Duration = Duration::from_millis(150);

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
    let is_live = use_live().get_untracked();
    let settled = RwSignal::new(if is_live { None } else { message.get_untracked() });
    Effect::new(move |before: Option<()>| {
        let message = message.get();
        // What the server rendered stands there already.
        if before.is_some() || is_live {
            set_timeout(
                move || {
                    // The page may have been replaced: then the next one speaks, and only that.
                    settled.try_set(message);
                },
                SETTLES_AFTER,
            );
        }
    });
    let is_now = said_anew();
    let note = move || settled.get().filter(|_| is_now()).map(|text| view! { <Note kind icon>{text}</Note> });
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
    let is_now = said_anew();
    let note = move || {
        fault.get().filter(|_| is_now()).map(|error| {
            let (icon, title, text) = words::fault(&error, offline);
            view! { <Note kind=NoteKind::Stop icon title>{text}</Note> }
        })
    };
    view! { <div class="alert" role="alert">{note}</div> }.into_any()
}
