//! A code by mail.

use countersign_domain::Factor;
use leptos::prelude::*;

use super::{another_way, asked_unless_held, framed, held::way_of, trust_box};
use crate::{
    api::{
        emailed_code::{SendSecondStepCode, SentCode, VerifyEmailedCode},
        second_step::SecondStep,
    },
    components::{
        Act, ActForm, Button, ButtonSize, CodeField, ErrorNote, Note, NoteKind, PageTitle, SendAgain, SendFirst, StepTag, Who, use_act,
        where_it_went,
    },
    words,
};

/// "Check your email".
#[component]
pub fn EmailedCodePage() -> impl IntoView {
    framed(("Emailed code", "Waiting"), |step, _| {
        let act = use_act();
        let again = use_act();
        if step.sent_code.is_none() && way_of(&step, Factor::EmailedCode).is_none() {
            return closed(&step);
        }
        asked_unless_held(step, Factor::EmailedCode, act.refusal(), move |step| match step.sent_code.clone().filter(|sent| sent.is_live) {
            Some(sent) => question(step, sent, act, again),
            None => not_sent(step, again),
        })
    })
}

fn question(step: &SecondStep, sent: SentCode, act: Act<VerifyEmailedCode>, again: Act<SendSecondStepCode>) -> AnyView {
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.read().as_ref().and_then(words::for_code));
    let trust = trust_box(step, Some(!act.typed("trust").is_empty()));
    view! {
        <StepTag />
        <PageTitle text="Check your email" />
        <p class="lede">{where_it_went(&sent)}</p>
        <ErrorNote fault=act.fault() offline="Your code is still here; press Sign in when you’re back." />
        <ActForm act>
            {trust}
            <CodeField error described_by="where-it-went trust-first" autofocus=true />
            <div class="block">
                <Button size=ButtonSize::Large wide=true busy=act.pending()>"Sign in"</Button>
            </div>
        </ActForm>
        {another_way()}
        <SendAgain act=again sent />
        <Who email=step.email.clone() />
    }
    .into_any()
}

/// None was sent for this sign-in, or it has expired.
fn not_sent(step: &SecondStep, again: Act<SendSecondStepCode>) -> AnyView {
    let to = way_of(step, Factor::EmailedCode).and_then(|way| way.names.first().cloned()).unwrap_or_default();
    let (before, label) = match &step.sent_code {
        Some(sent) => {
            (["The code we sent at ", sent.sent.clock.as_str(), " has expired. We’ll send a new one to "].concat(), "Send a new code")
        }
        None => ("We’ll send a 6-digit code to ".to_owned(), "Send code"),
    };
    view! {
        <StepTag />
        <PageTitle text="Check your email" />
        <p class="lede">{before}<b>{to}</b>"."</p>
        <SendFirst act=again label />
        {another_way()}
        <Who email=step.email.clone() />
    }
    .into_any()
}

/// It isn't one of theirs now.
fn closed(step: &SecondStep) -> AnyView {
    view! {
        <StepTag />
        <PageTitle text="Use another way" />
        {step.is_mailbox_spent.then(spent)}
        {another_way()}
        <Who email=step.email.clone() />
    }
    .into_any()
}

/// Why a code by mail isn't among the ways this time.
pub(super) fn spent() -> AnyView {
    view! {
        <div class="block">
            <Note kind=NoteKind::Wait icon="mail" title="No code by email this time">
                "You chose your password with a link from your email, so a code from there would prove nothing more. Use a backup code or your recovery key, or ask your supervisor."
            </Note>
        </div>
    }
    .into_any()
}
