//! To the organisation's identity provider, and back.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{home::Onward, query::use_query};
use crate::{
    api::{
        Refusal,
        single_sign_on::{SignOnWay, StartSingleSignOn, finish_single_sign_on, load_sign_on_way},
    },
    browser::redirect::leave,
    components::{
        ActForm, AuthLayout, Button, ButtonKind, ButtonSize, ErrorNote, Field, LinkButton, Loaded, PageTitle, Progress, use_act, use_view,
    },
    paths,
    words::for_field,
};

/// Asks for the address whose domain says which organisation's provider it is.
#[component]
pub fn SignOnPage() -> impl IntoView {
    let act = use_act::<StartSingleSignOn>();
    let refusal = act.refusal();
    let next = use_query("next").get_untracked().unwrap_or_default();
    let error = Signal::derive(move || match &*refusal.read() {
        Some(Refusal::Unmet { .. }) => {
            Some("Single sign-on isn’t set up for that address. Check it, or sign in with your password.".to_owned())
        }
        Some(refusal) => for_field(refusal, "email"),
        None => None,
    });
    view! {
        <AuthLayout organisation=None progress=Progress::Nothing>
            <PageTitle text="Single sign-on"/>
            <p class="lede">"Type your work email. It says which organisation’s sign-in to go to."</p>
            <ErrorNote fault=act.fault() offline="What you typed is still here; press Continue when you’re back."/>
            <ActForm act>
                <input type="hidden" name="next" value=next/>
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
                    <div><Button size=ButtonSize::Large wide=true busy=act.pending()>"Continue"</Button></div>
                    <LinkButton href=paths::SIGN_IN kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Sign in with your password"</LinkButton>
                </div>
            </ActForm>
        </AuthLayout>
    }
    .into_any()
}

/// Sends the browser to the provider. A page, and no redirect: a form without script may not lead to another site.
#[component]
pub fn SignOnGoPage() -> impl IntoView {
    let loaded = use_view(load_sign_on_way);
    view! { <Loaded resource=loaded children=go/> }
}

fn go(way: SignOnWay) -> AnyView {
    let Some(next) = way.next else { return refused(way) };
    // Where no script leads on.
    let refresh = ["<meta http-equiv=\"refresh\" content=\"0;url=", &next.replace('&', "&amp;").replace('"', "%22"), "\">"].concat();
    let link = next.clone();
    Effect::new(move |_| leave(&next));
    view! {
        <AuthLayout organisation=None progress=Progress::Nothing>
            <noscript inner_html=refresh></noscript>
            <PageTitle text="Going to your organisation’s sign-in"/>
            <p class="lede">"If nothing happens, "<a href=link rel="external">"open it yourself"</a>"."</p>
        </AuthLayout>
    }
    .into_any()
}

/// Where the provider sends the browser back to.
#[component]
pub fn SignOnBackPage() -> impl IntoView {
    // As it came: what the router makes of a query isn't always what was sent.
    let answer = StoredValue::new(use_location().search.get_untracked());
    // Not a view that is loaded again after acts: it works once.
    let loaded = Resource::new_blocking(|| (), move |()| finish_single_sign_on(answer.get_value()));
    view! { <Loaded resource=loaded children=back/> }
}

fn back(way: SignOnWay) -> AnyView {
    match way.next {
        Some(next) => view! { <Onward to=next/> }.into_any(),
        None => refused(way),
    }
}

/// Why nobody was signed in, and what to do.
fn refused(SignOnWay { problem, again, back, .. }: SignOnWay) -> AnyView {
    let problem = problem.as_deref().unwrap_or_default();
    let (title, lede) = match problem {
        "not-connected" => {
            ("Single sign-on is off", "Your organisation doesn’t use it here, or stopped a moment ago. Sign in with your password.")
        }
        "ended" => {
            ("That sign-in has ended", "It was finished already, took more than ten minutes, or was begun in another browser. Start again.")
        }
        "refused" => (
            "Your organisation’s sign-in said no",
            "It was cancelled there, or it doesn’t let you in here. Try again, or ask whoever runs it.",
        ),
        "provider" => (
            "Your organisation’s sign-in can’t be reached",
            "It doesn’t answer, or isn’t connected as it should be. Nothing is wrong with your account. Try again in a few minutes. If \
             your organisation still uses passwords, yours works.",
        ),
        "wrong-client" => (
            "Your organisation’s sign-in doesn’t know us",
            "It refused the client ID or the secret that were saved for it here. Nothing is wrong with your account. Tell an account \
             holder: they correct it on the Single sign-on page.",
        ),
        "untrue" => (
            "We couldn’t make sure it’s you",
            "What your organisation’s sign-in said didn’t hold when we checked it, so nobody was signed in. Try again. If it happens \
             again, tell an account holder: the audit log says more.",
        ),
        "disabled" => ("Your account is disabled", "An account holder of your organisation can enable it again."),
        "invited" => (
            "Open the link in your invitation",
            "You’re invited as an account holder, and only the link that we sent you makes you one. Look for it in your mail.",
        ),
        "connect-yourself" => (
            "Connect it yourself first",
            "This account isn’t connected by its address alone. Sign in with your password, then connect single sign-on on your Security \
             page. If you can’t, ask an account holder to reset how you sign in.",
        ),
        "other-address" => (
            "You’re signed in there with another address",
            "Your organisation’s sign-in knows you by another address than the one here. Perhaps somebody else is still signed in there: sign in \
             as yourself. If it is you, ask an account holder.",
        ),
        "invitation-ended" => (
            "This invitation has ended",
            "It was used, replaced by a newer one, or taken back. Look for a newer invitation in your mail, or ask whoever invited you.",
        ),
        "taken" => (
            "That sign-in is connected already",
            "It belongs to another account here, or your account is connected to another one there. Ask an account holder.",
        ),
        _ => (
            "We don’t know you by single sign-on yet",
            "If you have a password here that still works, sign in with it and connect single sign-on on your Security page. Otherwise ask \
             an account holder. If your organisation’s sign-in took you for somebody else, press Try again.",
        ),
    };
    let act = use_act::<StartSingleSignOn>();
    // It began with the link of an invitation, which is as good as before.
    let is_joining = again.is_none() && back.is_none() && !matches!(problem, "invitation-ended" | "taken");
    // The provider asks again who it is: it may know them as somebody else.
    let again = again.filter(|_| !matches!(problem, "not-connected" | "invited")).map(|next| {
        view! {
            <ActForm act>
                <input type="hidden" name="next" value=next/>
                <input type="hidden" name="anew" value="yes"/>
                <Button size=ButtonSize::Large wide=true busy=act.pending()>"Try again"</Button>
            </ActForm>
        }
    });
    let on = if is_joining {
        view! { <p class="block">"Open the link in your invitation again; it still works."</p> }.into_any()
    } else {
        let (href, label) = back.map_or((paths::SIGN_IN.to_owned(), "Go to sign-in"), |back| (back, "Back to Security"));
        view! {
            <p class="block">
                <LinkButton href kind=ButtonKind::Second size=ButtonSize::Large wide=true>{label}</LinkButton>
            </p>
        }
        .into_any()
    };
    view! {
        <AuthLayout organisation=None progress=Progress::Nothing>
            <PageTitle text=title/>
            <p class="lede">{lede}</p>
            <ErrorNote fault=act.fault() offline="Press Try again when you’re back."/>
            {again}
            {on}
        </AuthLayout>
    }
    .into_any()
}
