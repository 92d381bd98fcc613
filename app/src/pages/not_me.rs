//! "This wasn't me", from a notice in a mail; and where the Security page's leads to.

use leptos::prelude::*;

use super::mail_link::{LinkPage, link_page, unless_ended};
use crate::{
    api::not_me::{Disown, load_not_me},
    components::{ActForm, Button, ButtonKind, ButtonSize, ErrorNote, LinkButton, PageTitle, use_act},
    paths,
};

/// The page behind the link.
#[component]
pub fn NotMePage() -> impl IntoView {
    link_page(LinkPage { look: |token| Box::pin(load_not_me(token)), open, ended, done })
}

fn open(email: String, token: String) -> AnyView {
    let act = use_act::<Disown>();
    let form = move || {
        let token = token.clone();
        view! {
            <PageTitle text="Wasn’t it you?"/>
            <p class="lede">
                "We’ll sign "<b>{email.clone()}</b>
                " out everywhere and end the password. Then you choose a new one, and your account holders are told."
            </p>
            <ErrorNote fault=act.fault() offline="Press Sign out everywhere when you’re back."/>
            <ActForm act>
                <input type="hidden" name="token" value=token/>
                <div class="stack-4">
                    <div>
                        <Button size=ButtonSize::Large wide=true busy=act.pending()>"Sign out everywhere"</Button>
                    </div>
                    <div>
                        <LinkButton href=paths::HOME kind=ButtonKind::Second size=ButtonSize::Large wide=true>"It was me"</LinkButton>
                    </div>
                </div>
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
            "It was used, or is older than a week. If something is wrong, "<a href=paths::FORGOT>"reset your password"</a>
            " or ask your supervisor."
        </p>
        <p class="block"><LinkButton href=paths::SIGN_IN size=ButtonSize::Large wide=true>"Go to sign-in"</LinkButton></p>
    }
    .into_any()
}

fn done() -> AnyView {
    view! {
        <PageTitle text="You’re signed out everywhere"/>
        <p class="lede">"We sent a link to your email to choose a new password. Your account holders have been told."</p>
        <p class="block">
            <LinkButton href=paths::SIGN_IN kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Go to sign-in"</LinkButton>
        </p>
    }
    .into_any()
}
