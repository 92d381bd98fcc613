//! The code from an authenticator app.

use countersign_domain::Factor;
use leptos::prelude::*;

use super::{TICK_FIRST, another_way, asked_unless_held, framed, trust_box};
use crate::{
    api::{
        Refusal,
        second_step::{SecondStep, VerifyAuthenticatorCode},
    },
    components::{Act, ActForm, Button, ButtonSize, CodeField, ErrorNote, Note, PageTitle, StepTag, Who, use_act},
    words,
};

/// "Enter the code from your app".
#[component]
pub fn AuthenticatorCodePage() -> impl IntoView {
    framed(("Code", "Waiting"), |step, _| {
        let act = use_act();
        asked_unless_held(step, Factor::AuthenticatorApp, act.refusal(), move |step| question(step, act))
    })
}

fn question(step: &SecondStep, act: Act<VerifyAuthenticatorCode>) -> AnyView {
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.read().as_ref().and_then(words::for_code));
    let trust = trust_box(step, Some(!act.typed("trust").is_empty()));
    let is_clock_tip = Memo::new(move |_| matches!(*refusal.read(), Some(Refusal::WrongCode { failures: 2.. })));
    view! {
        <StepTag />
        <PageTitle text="Enter the code from your app" />
        <p class="lede">"Open your authenticator app and find "<b>{step.organisation.clone()}</b>"."</p>
        <ErrorNote fault=act.fault() offline="Your code is still here; press Sign in when you’re back." />
        <ActForm act>
            {trust}
            <CodeField error described_by=TICK_FIRST autofocus=true />
            <div class="block">
                <Button size=ButtonSize::Large wide=true busy=act.pending()>"Sign in"</Button>
            </div>
        </ActForm>
        {another_way()}
        <div class="status" role="status">
            {move || is_clock_tip.get().then(|| view! {
                <Note icon="clock" title="Still not matching?">
                    "Your phone’s clock may be off. Turn on automatic date and time, then try again."
                </Note>
            })}
        </div>
        <Who email=step.email.clone() />
    }
    .into_any()
}
