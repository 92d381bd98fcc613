//! "Is this your email?": a press on the page of a mailed link says yes, in any browser.

use leptos::prelude::*;

use super::mail_link::{LinkPage, link_page, unless_ended};
use crate::{
    api::address::{ConfirmEmail, load_confirm_email},
    components::{ActForm, Button, ButtonSize, ErrorNote, LinkButton, PageTitle, use_act},
    paths,
};

/// The page behind the link.
#[component]
pub fn ConfirmEmailPage() -> impl IntoView {
    link_page(LinkPage { look: |token| Box::pin(load_confirm_email(token)), open, ended, done })
}

fn open(email: String, token: String) -> AnyView {
    let act = use_act::<ConfirmEmail>();
    let form = move || {
        let token = token.clone();
        view! {
            <PageTitle text="Confirm your email"/>
            <p class="lede">"Is this your email?"</p>
            <p class="block"><b>{email.clone()}</b></p>
            <ErrorNote fault=act.fault() offline="Press Confirm email when you’re back."/>
            <ActForm act>
                <input type="hidden" name="token" value=token/>
                <Button size=ButtonSize::Large wide=true busy=act.pending()>"Confirm email"</Button>
            </ActForm>
        }
        .into_any()
    };
    unless_ended(act.refusal(), ended, form)
}

fn ended() -> AnyView {
    view! {
        <PageTitle text="This link has ended"/>
        <p class="lede">
            "Links like this work once, for a day, and a newer one ends the older. Sign in and send it again from your Profile page."
        </p>
        <p class="block"><LinkButton href=paths::SIGN_IN size=ButtonSize::Large wide=true>"Go to sign-in"</LinkButton></p>
    }
    .into_any()
}

fn done() -> AnyView {
    view! {
        <PageTitle text="Your email is confirmed"/>
        <p class="block"><LinkButton href=paths::HOME size=ButtonSize::Large wide=true>"Go on"</LinkButton></p>
    }
    .into_any()
}
