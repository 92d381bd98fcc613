//! Boxes to tick and cards to choose from.

use leptos::{html, prelude::*};

use super::{ErrorLine, Icon, field::Parts, use_live};

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
    let input = NodeRef::<html::Input>::new();
    lead_to(input, error);
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

/// Brings the reader to the box after each refusal.
fn lead_to(input: NodeRef<html::Input>, error: Signal<Option<String>>) {
    Effect::new(move |before: Option<()>| {
        if error.read().is_some()
            && before.is_some()
            && let Some(input) = input.get_untracked()
        {
            drop(input.focus());
        }
    });
}

/// Keeps a box in step with what is known of it. What somebody chose before the script was there
/// counts, and is handed to `take_over`.
fn keep_in_step(input: NodeRef<html::Input>, is_on: impl Fn() -> bool + 'static, take_over: impl Fn(bool) + 'static) {
    let is_hydrating = !use_live().get_untracked();
    Effect::new(move |before: Option<()>| {
        let is_on = is_on();
        let Some(input) = input.get_untracked() else { return };
        let is_checked = input.checked();
        if is_checked == is_on {
            return;
        }
        if before.is_none() && is_hydrating {
            take_over(is_checked);
        } else {
            input.set_checked(is_on);
        }
    });
}

/// A checkbox that the page knows of: it can be ticked from the start, and stands as `on` says.
#[component]
pub fn Tick(
    /// The form field's name and its id.
    name: &'static str,
    /// What it sends when ticked.
    #[prop(default = "yes")]
    value: &'static str,
    /// Whether it is ticked.
    on: RwSignal<bool>,
    /// A small line below it.
    #[prop(optional, into)]
    small: Option<String>,
    /// What is wrong. Each time there is something, the box is focused.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
    /// The label.
    children: Children,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    keep_in_step(input, move || on.get(), move |is_on| on.set(is_on));
    lead_to(input, error);
    // The small line stands where a field has its hint.
    let parts = Parts::new(None, name, small.is_some().then_some(""), error);
    let small_id = [name, "-hint"].concat();
    view! {
        <ErrorLine id=[name, "-error"].concat() error />
        <div class="check">
            <input
                type="checkbox"
                id=name
                name=name
                value=value
                checked=on.get_untracked()
                aria-describedby=parts.described_by()
                aria-invalid=parts.invalid()
                on:change=move |event| on.set(event_target_checked(&event))
                node_ref=input
            />
            <label for=name>{children()}</label>
            {small.map(|small| view! { <small id=small_id>{small}</small> })}
        </div>
    }
    .into_any()
}

/// One of several answers, in a row of its own: a radio, its label and a small line.
#[component]
pub fn Radio(
    /// The radio group's name.
    name: &'static str,
    /// What it sends when chosen.
    value: &'static str,
    /// The answer.
    #[prop(into)]
    label: String,
    /// A small line below it.
    #[prop(optional, into)]
    small: Option<String>,
    /// The value that is chosen in the group.
    chosen: RwSignal<&'static str>,
) -> impl IntoView {
    let input = NodeRef::<html::Input>::new();
    let is_chosen = move || chosen.get() == value;
    let choose = move |is_on: bool| {
        if is_on {
            chosen.set(value);
        }
    };
    keep_in_step(input, is_chosen, choose);
    let is_chosen_first = chosen.get_untracked() == value;
    let id = [name, "-", value].concat();
    let small_id = [id.as_str(), "-hint"].concat();
    let described_by = small.as_ref().map(|_| small_id.clone());
    view! {
        <div class="check">
            <input
                type="radio"
                id=id.clone()
                name=name
                value=value
                checked=is_chosen_first
                aria-describedby=described_by
                on:change=move |event| choose(event_target_checked(&event))
                node_ref=input
            />
            <label for=id>{label}</label>
            {small.map(|small| view! { <small id=small_id>{small}</small> })}
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
