//! The first sign: e-mail and password.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{beyond::fetch_ahead, home::Onward, passkey::WithPasskey};
use crate::{
    api::{
        Refusal,
        session::{Session, load_session},
        sign_in::SignIn,
        single_sign_on::StartSingleSignOn,
    },
    components::{
        ActForm, AuthLayout, Button, ButtonKind, ButtonSize, ErrorNote, Field, LinkButton, Loaded, Note, NoteKind, PageTitle,
        PasswordField, Progress, said_anew, use_act, use_view,
    },
    paths, words,
};

/// "Sign in to Quillbrook Support".
#[component]
pub fn SignInPage() -> impl IntoView {
    let session = use_view(load_session);
    fetch_ahead();
    view! {
        <Loaded resource=session let:session>
            {match session {
                Session { stage: Some(_), next, .. } => view! { <Onward to=next /> }.into_any(),
                Session { organisation: None, .. } => view! { <NotSetUp /> }.into_any(),
                Session { organisation: Some(organisation), ended, instead, .. } => {
                    let is_put_out = ended.as_deref() == Some("second-step-required");
                    view! {
                        <AuthLayout organisation=Some(organisation.clone()) progress=Progress::Nothing panel=panel()>
                            <Question organisation is_put_out has_single_sign_on=instead.is_some() />
                        </AuthLayout>
                    }
                    .into_any()
                }
            }}
        </Loaded>
    }
    .into_any()
}

fn panel() -> AnyView {
    view! {
        <p class="say">
            <b>"Two signs, and you’re in."</b>
            "Your password first. Then a second step: something only you have."
        </p>
    }
    .into_any()
}

/// What keeps everybody from trying this account's password for now.
#[derive(Clone, PartialEq, Eq)]
enum Hold {
    PausedUntil(String),
    Disabled,
}

#[component]
fn Question(organisation: String, is_put_out: bool, has_single_sign_on: bool) -> impl IntoView {
    let act = use_act::<SignIn>();
    let sign_on = use_act::<StartSingleSignOn>();
    let refusal = act.refusal();
    let next = StoredValue::new(use_location().query.with_untracked(|query| query.get("next")).unwrap_or_default());
    // A memo, so that a second wrong password doesn't draw the form anew.
    let hold = Memo::new(move |_| match &*refusal.read() {
        Some(Refusal::Paused { until, .. }) => Some(Hold::PausedUntil(until.clock.clone())),
        Some(Refusal::Disabled { .. }) => Some(Hold::Disabled),
        _ => None,
    });
    let page = move || {
        if let Some(hold) = hold.get() {
            return view! { <Held hold next=next.get_value() /> }.into_any();
        }
        let typed = act.typed("email");
        let is_wrong = Signal::derive(move || matches!(*refusal.read(), Some(Refusal::NoMatch)));
        let is_only_way = Signal::derive(move || matches!(&*refusal.read(), Some(Refusal::Unmet { .. })));
        let is_now = said_anew();
        let error =
            move |field: &'static str| Signal::derive(move || refusal.read().as_ref().and_then(|refusal| words::for_field(refusal, field)));
        view! {
            <PageTitle text=["Sign in to ", organisation.as_str()].concat() />
            {(!next.read_value().is_empty()).then(|| view! { <p class="lede">"Then you’ll go back to the page you asked for."</p> })}
            {is_put_out.then(|| {
                let text = [&organisation, " now requires a second step, so you were signed out. Sign in to set one up."].concat();
                view! { <div class="block"><Note kind=NoteKind::Wait>{text}</Note></div> }
            })}
            <div class="alert" role="alert">
                {move || (is_wrong.get() && is_now()).then(|| view! {
                    <Note kind=NoteKind::Stop icon="warn" title="That email and password don’t match.">
                        "Check both, or "<a href=paths::FORGOT>"reset your password"</a>"."
                    </Note>
                })}
            </div>
            <div class="alert" role="alert">
                {move || (is_only_way.get() && is_now()).then(|| view! {
                    <Note kind=NoteKind::Wait icon="door" title="Your organisation uses single sign-on.">
                        "Passwords don’t sign in here any more. Press Continue with single sign-on below."
                    </Note>
                })}
            </div>
            <ErrorNote fault=act.fault() offline="What you typed is still here; press Sign in when you’re back." />
            <ActForm act>
                <input type="hidden" name="next" value=next.get_value() />
                <Field
                    name="email"
                    label="Email"
                    type_="email"
                    autocomplete="username webauthn"
                    inputmode="email"
                    value=typed.clone()
                    error=error("email")
                    max_len=254
                    required=true
                    autofocus=typed.is_empty()
                />
                <PasswordField autofocus=!typed.is_empty() error=error("password") rejected=is_wrong />
                <div class="block">
                    <Button size=ButtonSize::Large wide=true busy=act.pending()>"Sign in"</Button>
                </div>
            </ActForm>
            <WithPasskey next=next.get_value() password=act.pending() />
            {has_single_sign_on.then(|| view! {
                <div class="block">
                    <ErrorNote fault=sign_on.fault() offline="Press Continue with single sign-on when you’re back." />
                    <ActForm act=sign_on class="">
                        <input type="hidden" name="next" value=next.get_value() />
                        <Button kind=ButtonKind::Second size=ButtonSize::Large wide=true icon="door" busy=sign_on.pending()>
                            "Continue with single sign-on"
                        </Button>
                    </ActForm>
                </div>
            })}
        }
        .into_any()
    };
    page.into_any()
}

/// Too many passwords in a row didn't match.
#[component]
fn Held(hold: Hold, next: String) -> impl IntoView {
    let (title, lede, help) = match hold {
        Hold::PausedUntil(clock) => (
            ["Sign-in is paused until ", clock.as_str()].concat(),
            "Too many passwords in a row didn’t match. The pause stops anyone from guessing their way in.",
            "A browser where you’ve signed in before isn’t paused by tries made elsewhere. If you’ve lost your password, ask your supervisor or an account holder.",
        ),
        Hold::Disabled => (
            "Sign-in is switched off for this account".to_owned(),
            "So many passwords in a row didn’t match that we stopped taking them.",
            "Ask your supervisor or an account holder: they can have it switched on again.",
        ),
    };
    let again = if next.is_empty() {
        paths::SIGN_IN.to_owned()
    } else {
        [paths::SIGN_IN, "?next=", &leptos_router::location::Url::escape(&next)].concat()
    };
    view! {
        <PageTitle text=title />
        <p class="lede">{lede}</p>
        <div class="block">
            <Note kind=NoteKind::Wait icon="clock" role="status" title="Need to start now?">{help}</Note>
        </div>
        <div class="block stack-4">
            <LinkButton href=paths::HELP size=ButtonSize::Large wide=true>"Get help signing in"</LinkButton>
            <LinkButton href=again rel="external" kind=ButtonKind::Second size=ButtonSize::Large wide=true>
                "Sign in again"
            </LinkButton>
        </div>
    }
    .into_any()
}

/// Nobody has set this installation up.
#[component]
fn NotSetUp() -> impl IntoView {
    view! {
        <AuthLayout organisation=None progress=Progress::Nothing>
            <PageTitle text="Countersign isn’t set up yet" />
            <p class="lede">"Whoever started this server finds a set-up link in its output. It works once, and creates the organisation."</p>
            <div class="block">
                <Note title="No link in the log?">
                    "Restart the server: as long as there’s no organisation, each start prints a new link and ends the old one."
                </Note>
            </div>
        </AuthLayout>
    }
    .into_any()
}
