//! Boxes to tick and cards to choose from.

use leptos::prelude::*;

use super::{ErrorLine, Icon};

/// A checkbox with its label, a small line below, and what is wrong with it above.
#[component]
pub fn Check(
    /// The form field's name and its id.
    name: &'static str,
    /// What it sends when ticked.
    #[prop(default = "yes")]
    value: &'static str,
    /// The label.
    label: &'static str,
    /// A small line below it.
    #[prop(optional)]
    small: Option<&'static str>,
    /// What is wrong.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let input = NodeRef::<leptos::html::Input>::new();
    Effect::new(move |before: Option<()>| {
        if error.read().is_some()
            && before.is_some()
            && let Some(input) = input.get_untracked()
        {
            drop(input.focus());
        }
    });
    let error_id = [name, "-error"].concat();
    let described_by = {
        let error_id = error_id.clone();
        move || error.read().is_some().then(|| error_id.clone())
    };
    view! {
        <ErrorLine id=error_id error />
        <div class="check">
            <input
                type="checkbox"
                id=name
                name=name
                value=value
                aria-describedby=described_by
                aria-invalid=move || error.read().is_some().then_some("true")
                node_ref=input
            />
            <label for=name>{label}</label>
            {small.map(|small| view! { <small>{small}</small> })}
        </div>
    }
    .into_any()
}

/// One of several methods to choose from: a radio in a label.
#[component]
pub fn MethodCard(
    /// The radio group's name.
    name: &'static str,
    /// What it sends when chosen.
    value: &'static str,
    /// The method's icon.
    icon: &'static str,
    /// The method.
    title: &'static str,
    /// One line about it.
    #[prop(into)]
    detail: String,
    /// It is chosen at first.
    #[prop(optional)]
    checked: bool,
    /// Its badges.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let id = [name, "-", value].concat();
    let detail_id = [id.as_str(), "-detail"].concat();
    let name_id = [id.as_str(), "-name"].concat();
    view! {
        <label class="mcard" for=id.clone()>
            <Icon name=icon size=24 />
            <span class="name" id=name_id.clone()>{title}{children.map(|children| children())}</span>
            <span class="detail" id=detail_id.clone()>{detail}</span>
            <input
                type="radio"
                name=name
                value=value
                id=id.clone()
                checked=checked
                aria-labelledby=name_id.clone()
                aria-describedby=detail_id.clone()
            />
        </label>
    }
    .into_any()
}
