//! The one container. Sheets don't nest; hairlines divide them.

use leptos::prelude::*;

use super::Icon;

/// A sheet.
#[component]
pub fn Sheet(
    /// The id of its heading, which names the section.
    #[prop(optional)]
    labelled_by: Option<&'static str>,
    /// Its content.
    children: Children,
) -> impl IntoView {
    view! { <section class="sheet" aria-labelledby=labelled_by>{children()}</section> }.into_any()
}

/// A sheet's head: heading, lede, and what can be done with the whole sheet.
#[component]
pub fn SheetHead(
    /// The heading.
    title: &'static str,
    /// The heading's id.
    #[prop(optional)]
    id: Option<&'static str>,
    /// A badge beside the heading.
    #[prop(optional)]
    badge: Option<AnyView>,
    /// A line below it.
    #[prop(optional, into)]
    lede: Option<String>,
    /// A button or link.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="head">
            <div>
                <h2 id=id>{title}{badge}</h2>
                {lede.map(|lede| view! { <p>{lede}</p> })}
            </div>
            {children.map(|children| children())}
        </div>
    }
    .into_any()
}

/// The rows of a sheet.
#[component]
pub fn Rows(
    /// [`Row`]s.
    children: Children,
) -> impl IntoView {
    view! { <ul class="rows">{children()}</ul> }.into_any()
}

/// One row: icon, name, badge, a line or more, and what can be done with it.
#[component]
pub fn Row(
    /// Its icon.
    icon: &'static str,
    /// Its name.
    #[prop(into)]
    name: String,
    /// A badge beside the name.
    #[prop(optional_no_strip)]
    badge: Option<AnyView>,
    /// A line below it.
    #[prop(into)]
    detail: String,
    /// More below the line: strokes.
    #[prop(optional)]
    more: Option<AnyView>,
    /// Buttons and links.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <li>
            <Icon name=icon />
            <div>
                <p class="name">{name}{badge}</p>
                <p>{detail}</p>
                {more}
            </div>
            {children.map(|children| view! { <div class="btn-row">{children()}</div> })}
        </li>
    }
    .into_any()
}
