//! Another address. It counts once its owner has confirmed it, and not before.

use leptos::prelude::*;

use super::query::use_query;
use crate::{
    api::{
        AppError, Person,
        address::ChangeEmail,
        session::{load_person, load_person_for_change},
    },
    components::{
        AccountLayout, AccountTab, Act, ActForm, Button, ButtonKind, ButtonSize, ErrorNote, Field, LinkButton, Loaded, Note, PageTitle,
        use_act,
    },
    paths,
    words::refusal_text,
};

/// Asks for the new address; with `?sent=1`, says what to do there.
#[component]
pub fn ChangeEmailPage() -> impl IntoView {
    let act = use_act::<ChangeEmail>();
    let sent = use_query("sent");
    // Not loaded again after the act: the page would be drawn, and read out, twice.
    let is_asked = sent.get_untracked().is_some();
    let person = Resource::new_blocking(|| (), move |()| load(is_asked));
    let page = move |person: Person| {
        let email = person.email.clone();
        let body = move || if sent.read().is_some() { is_sent(&email) } else { question(&email, act) };
        view! {
            <AccountLayout tab=AccountTab::Profile person>
                <div class="ask">{body}</div>
            </AccountLayout>
        }
    };
    view! { <Loaded resource=person children=page/> }.into_any()
}

/// The proof is asked for before anything is typed, and not again once it is done.
async fn load(is_asked: bool) -> Result<Person, AppError> {
    if is_asked { load_person().await } else { load_person_for_change("email".to_owned()).await }
}

fn question(current: &str, act: Act<ChangeEmail>) -> AnyView {
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.read().as_ref().map(refusal_text));
    let lede = ["You sign in with ", current, ". The new address counts once you’ve confirmed it; the old one is told."].concat();
    view! {
        <PageTitle text="Change your email"/>
        <p class="lede">{lede}</p>
        <ErrorNote fault=act.fault() offline="What you typed is still here; press Send link when you’re back."/>
        <ActForm act>
            <Field
                name="email"
                label="New email"
                type_="email"
                autocomplete="email"
                inputmode="email"
                value=act.typed("email")
                error
                max_len=254
                required=true
                autofocus=true
            />
            <div class="block btn-row">
                <Button size=ButtonSize::Large busy=act.pending()>"Send link"</Button>
                <LinkButton href=paths::PROFILE kind=ButtonKind::Quiet size=ButtonSize::Large>"Cancel"</LinkButton>
            </div>
        </ActForm>
    }
    .into_any()
}

fn is_sent(current: &str) -> AnyView {
    let text =
        ["We sent a link to your new email. Open it there and press Confirm email. Until then, you sign in with ", current, "."].concat();
    view! {
        <PageTitle text="Check your new email"/>
        <div class="block"><Note icon="mail">{text}</Note></div>
        <p class="block">
            <LinkButton href=paths::PROFILE kind=ButtonKind::Second size=ButtonSize::Large>"Go back to your profile"</LinkButton>
        </p>
    }
    .into_any()
}
