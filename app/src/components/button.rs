//! Buttons, and links that look like them. Labels start with a verb and name the result.

use leptos::{ev::MouseEvent, ev::SubmitEvent, prelude::*};
use leptos_router::hooks::use_navigate;

use super::{Icon, Mark};

/// What a button is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ButtonKind {
    /// The one thing to do: at most one a view.
    #[default]
    Primary,
    /// Something else to do.
    Second,
    /// In rows, and beside a primary.
    Quiet,
    /// Destroys something; in dialogs only.
    Danger,
    /// Leads to something that destroys.
    Danger2,
}

/// How big a button is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ButtonSize {
    /// 40 pixels (48 on phones).
    #[default]
    Desk,
    /// 48 pixels: sign-in and wizard.
    Large,
    /// 32 pixels: in rows.
    Small,
}

fn class(kind: ButtonKind, size: ButtonSize, wide: bool) -> String {
    let kind = match kind {
        ButtonKind::Primary => "btn primary",
        ButtonKind::Second => "btn second",
        ButtonKind::Quiet => "btn quiet",
        ButtonKind::Danger => "btn danger",
        ButtonKind::Danger2 => "btn danger-2",
    };
    let size = match size {
        ButtonSize::Desk => "",
        ButtonSize::Large => " lg",
        ButtonSize::Small => " sm",
    };
    [kind, size, if wide { " wide" } else { "" }].concat()
}

/// A button; it submits its form unless `type_` says otherwise.
#[component]
pub fn Button(
    /// What it is for.
    #[prop(optional)]
    kind: ButtonKind,
    /// How big it is.
    #[prop(optional)]
    size: ButtonSize,
    /// As wide as its column.
    #[prop(optional)]
    wide: bool,
    /// What it started is under way: it says "Checking" and keeps its width.
    #[prop(optional, into)]
    busy: Option<Signal<bool>>,
    /// `submit` or `button`.
    #[prop(default = "submit")]
    type_: &'static str,
    /// An icon before the label.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// Called on a press.
    #[prop(optional, into)]
    on_click: Option<Callback<MouseEvent>>,
    /// The field it stands for, when its form has more than one button.
    #[prop(optional)]
    name: Option<&'static str>,
    /// That field's value.
    #[prop(optional, into)]
    value: Option<String>,
    /// The accessible name, where the label alone doesn't say what it is about: "Remove Phone app".
    #[prop(optional, into)]
    label: Option<String>,
    /// It can't be pressed to any good yet; it stays focusable, and `described_by` says why.
    #[prop(optional, into)]
    unavailable: Option<Signal<bool>>,
    /// The id of what describes it.
    #[prop(optional)]
    described_by: Option<&'static str>,
    /// The label.
    children: Children,
) -> impl IntoView {
    let icon = icon.map(|name| view! { <Icon name /> });
    let content = match busy {
        None => view! { {icon}{children()} }.into_any(),
        Some(_) => view! {
            <span class="swap">
                <span class="rest">{icon}{children()}</span>
                <span class="during"><Busy />"Checking"</span>
            </span>
        }
        .into_any(),
    };
    view! {
        <button
            class=class(kind, size, wide)
            type=type_
            name=name
            value=value
            aria-label=label
            aria-disabled=move || unavailable.is_some_and(|unavailable| unavailable.get()).then_some("true")
            aria-describedby=described_by
            aria-busy=move || busy.is_some_and(|busy| busy.get()).then_some("true")
            on:click=move |event| {
                if let Some(on_click) = on_click {
                    on_click.run(event);
                }
            }
        >
            {content}
        </button>
    }
    .into_any()
}

/// The two strokes taking turns.
#[component]
fn Busy() -> impl IntoView {
    view! { <span class="busy"><Mark size=16 /></span> }.into_any()
}

/// A link that looks like a button.
#[component]
pub fn LinkButton(
    /// Where it leads.
    #[prop(into)]
    href: String,
    /// What it is for.
    #[prop(optional)]
    kind: ButtonKind,
    /// How big it is.
    #[prop(optional)]
    size: ButtonSize,
    /// As wide as its column.
    #[prop(optional)]
    wide: bool,
    /// An icon before the label.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// `external` asks the server for the page anew.
    #[prop(optional)]
    rel: Option<&'static str>,
    /// The accessible name, where the label alone doesn't say what it is about.
    #[prop(optional, into)]
    label: Option<String>,
    /// The label.
    children: Children,
) -> impl IntoView {
    view! {
        <a class=class(kind, size, wide) href=href rel=rel aria-label=label>
            {icon.map(|name| view! { <Icon name /> })}
            {children()}
        </a>
    }
    .into_any()
}

/// A button that leads to another page: a real one, in a form of its own, so that it is a button
/// to everybody and works without script.
#[component]
pub fn GoButton(
    /// The page it leads to; a path without a query.
    href: &'static str,
    /// What it is for.
    #[prop(optional)]
    kind: ButtonKind,
    /// How big it is.
    #[prop(optional)]
    size: ButtonSize,
    /// As wide as its column.
    #[prop(optional)]
    wide: bool,
    /// An icon before the label.
    #[prop(optional)]
    icon: Option<&'static str>,
    /// The label.
    children: Children,
) -> impl IntoView {
    let navigate = use_navigate();
    let on_submit = move |event: SubmitEvent| {
        event.prevent_default();
        navigate(href, leptos_router::NavigateOptions::default());
    };
    view! {
        <form action=href on:submit=on_submit>
            <button class=class(kind, size, wide) type="submit">
                {icon.map(|name| view! { <Icon name /> })}
                {children()}
            </button>
        </form>
    }
    .into_any()
}
