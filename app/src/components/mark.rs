//! The mark: two strokes that meet and never fuse. It also shows how far a sign-in has come.

use leptos::prelude::*;

const FIRST: &str = "M2.5 13h7l3.25 6.5-3.5 7z";
const SECOND: &str = "M22.5 4h7l-12 24h-7z";

/// Which strokes are filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum MarkState {
    /// Both: signed in, or simply the logo.
    #[default]
    Both,
    /// The first sign is given, the second is next.
    First,
    /// Nothing yet.
    None,
}

/// The mark. It decorates; the same fact is always in words.
#[component]
pub fn Mark(
    /// Width and height in pixels.
    #[prop(default = 26)]
    size: u16,
    /// Which strokes are filled.
    #[prop(optional)]
    state: MarkState,
) -> impl IntoView {
    let (first, second) = match state {
        MarkState::Both => ("a", "b"),
        MarkState::First => ("a", "next"),
        MarkState::None => ("todo", "todo"),
    };
    view! {
        <svg class="mark" width=size height=size viewBox="0 0 32 32" aria-hidden="true">
            <path class=first d=FIRST />
            <path class=second d=SECOND />
        </svg>
    }
    .into_any()
}

/// The mark and the name.
#[component]
pub fn Logo() -> impl IntoView {
    view! { <span class="logo"><Mark />"Countersign"</span> }.into_any()
}

/// The mark as engraved on the petrol panel. The pattern ids are fixed: one panel a page.
#[component]
pub(super) fn Engraving(
    /// Which strokes are filled.
    state: MarkState,
) -> impl IntoView {
    let first = if state == MarkState::None {
        view! { <path fill="url(#engraving-a)" d=FIRST /><path class="outline" d=FIRST /> }.into_any()
    } else {
        view! { <path class="solid-a" d=FIRST /> }.into_any()
    };
    let second = if state == MarkState::Both {
        view! { <path class="solid-b" d=SECOND /> }.into_any()
    } else {
        let outline = if state == MarkState::First { "outline b-now" } else { "outline" };
        view! { <path fill="url(#engraving-b)" d=SECOND /><path class=outline d=SECOND /> }.into_any()
    };
    view! {
        <svg class="big" class:wait-b=state == MarkState::First viewBox="0 0 32 32" aria-hidden="true">
            <defs>
                <pattern id="engraving-a" width="0.42" height="0.42" patternUnits="userSpaceOnUse" patternTransform="rotate(-26.565)">
                    <path class="ha" d="M0.21 0V0.42" />
                </pattern>
                <pattern id="engraving-b" width="0.42" height="0.42" patternUnits="userSpaceOnUse" patternTransform="rotate(26.565)">
                    <path class="hb" d="M0.21 0V0.42" />
                </pattern>
            </defs>
            {first}
            {second}
        </svg>
    }
    .into_any()
}
