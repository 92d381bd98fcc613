//! "Reset your password": asks for a link, and never tells whether anybody has the address.

use leptos::prelude::*;

use super::query::use_query;
use crate::{
    api::{
        password::ForgotPassword,
        session::{Session, load_session},
    },
    components::{
        ActForm, AuthLayout, Button, ButtonKind, ButtonSize, ErrorNote, Field, LinkButton, Loaded, Note, PageTitle, Progress, use_act,
    },
    paths,
    words::refusal_text,
};

/// Asks for the address; with `?sent=1`, says where to look.
#[component]
pub fn ForgotPage() -> impl IntoView {
    let sent = use_query("sent");
    // Not loaded again after the act: the page would be drawn, and read out, twice.
    let session = Resource::new_blocking(|| (), |()| load_session());
    let view = move |session: Session| {
        let body = move || if sent.read().is_some() { is_sent() } else { question() };
        view! { <AuthLayout organisation=session.organisation progress=Progress::Nothing>{body}</AuthLayout> }
    };
    view! { <Loaded resource=session children=view/> }.into_any()
}

fn question() -> AnyView {
    let act = use_act::<ForgotPassword>();
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.read().as_ref().map(refusal_text));
    view! {
        <PageTitle text="Reset your password"/>
        <p class="lede">"Type the email you sign in with. We’ll send a link to choose a new password."</p>
        <ErrorNote fault=act.fault() offline="What you typed is still here; press Send link when you’re back."/>
        <ActForm act>
            <Field
                name="email"
                label="Email"
                type_="email"
                autocomplete="username"
                inputmode="email"
                value=act.typed("email")
                error
                max_len=254
                required=true
                autofocus=true
            />
            <div class="block stack-4">
                <div>
                    <Button size=ButtonSize::Large wide=true busy=act.pending()>"Send link"</Button>
                </div>
                <div>
                    <LinkButton href=paths::SIGN_IN kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Go back to sign-in"</LinkButton>
                </div>
            </div>
        </ActForm>
    }
    .into_any()
}

fn is_sent() -> AnyView {
    view! {
        <PageTitle text="Check your email"/>
        <p class="lede">
            "If that email has an account here, a link to choose a new password is on its way. It works once, for 30 minutes."
        </p>
        <div class="block">
            <Note icon="mail" title="No email yet?">"Look in your junk folder. After five minutes you can ask again."</Note>
        </div>
        <div class="block stack-4">
            <div>
                <LinkButton href=paths::SIGN_IN size=ButtonSize::Large wide=true>"Go to sign-in"</LinkButton>
            </div>
            <div>
                <LinkButton href=paths::FORGOT kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Send another link"</LinkButton>
            </div>
        </div>
    }
    .into_any()
}
