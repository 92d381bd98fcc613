//! The small parts of the second step.

use leptos::prelude::*;

use super::{Icon, Mark, MarkState, SignOutForm};

/// One way to go on: the whole row is the link.
#[component]
pub fn WayRow(
    /// Where it leads.
    href: &'static str,
    /// The method's icon.
    icon: &'static str,
    /// The method.
    name: &'static str,
    /// One line about it.
    #[prop(into)]
    detail: String,
) -> impl IntoView {
    view! {
        <li>
            <a href=href>
                <Icon name=icon size=24 />
                <span><b>{name}</b><small>{detail}</small></span>
                <Icon name="right" size=16 />
            </a>
        </li>
    }
    .into_any()
}

/// "Step 2 of 2", with the mark as far as it has come.
#[component]
pub fn StepTag() -> impl IntoView {
    view! { <p class="step-tag"><Mark size=20 state=MarkState::First />"Step 2 of 2"</p> }.into_any()
}

/// Whose sign-in this is, and a way out if it is somebody else's.
#[component]
pub fn Who(
    /// The e-mail.
    #[prop(into)]
    email: String,
) -> impl IntoView {
    view! {
        <div class="block who">
            <span>{email}</span>
            <SignOutForm class="link">"Not you?"</SignOutForm>
        </div>
    }
    .into_any()
}
