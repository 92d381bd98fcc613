//! A new password, with a mailed link. It signs nobody in: the password is typed again at the door.

use leptos::prelude::*;

use super::mail_link::{LinkPage, link_page, unless_ended};
use crate::{
    api::password::{ResetPassword, load_reset_password},
    components::{ActForm, Button, ButtonKind, ButtonSize, ErrorNote, Field, LinkButton, PageTitle, PasswordField, use_act},
    paths,
    words::for_field,
};

/// The page behind the link.
#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    link_page(LinkPage { look: |token| Box::pin(load_reset_password(token)), open, ended, done })
}

fn open(email: String, token: String) -> AnyView {
    let act = use_act::<ResetPassword>();
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.read().as_ref().and_then(|refusal| for_field(refusal, "password")));
    let form = move || {
        let (email, token) = (email.clone(), token.clone());
        view! {
            <PageTitle text="Choose a new password"/>
            <ErrorNote fault=act.fault() offline="What you typed is still here; press Save password when you’re back."/>
            <ActForm act>
                <input type="hidden" name="token" value=token/>
                <Field name="email" label="Email" type_="email" autocomplete="username" value=email readonly=true/>
                <PasswordField
                    label="New password"
                    autocomplete="new-password"
                    hint="At least 12 characters. A few unrelated words work well."
                    error
                    show_strength=true
                    autofocus=true
                />
                <div class="block">
                    <Button size=ButtonSize::Large wide=true busy=act.pending()>"Save password"</Button>
                </div>
            </ActForm>
            <p class="block meta">"Your second step will still be asked."</p>
        }
        .into_any()
    };
    unless_ended(refusal, ended, form)
}

fn ended() -> AnyView {
    view! {
        <PageTitle text="This link has ended"/>
        <p class="lede">"Links like this work once, for 30 minutes."</p>
        <div class="block stack-4">
            <div>
                <LinkButton href=paths::FORGOT size=ButtonSize::Large wide=true icon="mail">"Send me a new link"</LinkButton>
            </div>
            <div>
                <LinkButton href=paths::SIGN_IN kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Go to sign-in"</LinkButton>
            </div>
        </div>
    }
    .into_any()
}

fn done() -> AnyView {
    view! {
        <PageTitle text="Your password is changed"/>
        <p class="lede">"You’ve been signed out everywhere. Sign in with your new password."</p>
        <p class="block"><LinkButton href=paths::SIGN_IN size=ButtonSize::Large wide=true>"Go to sign-in"</LinkButton></p>
    }
    .into_any()
}
