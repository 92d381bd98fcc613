//! A backup code: the day the phone or the key is lost.

use countersign_domain::Factor;
use leptos::prelude::*;

use super::{another_way, asked_unless_held, framed, held::way_of};
use crate::{
    api::second_step::{SecondStep, VerifyBackupCode},
    components::{
        Act, ActForm, Button, ButtonKind, ButtonSize, ErrorNote, GoButton, LongCodeField, Note, PageTitle, StepTag, Who, use_act,
    },
    paths, words,
};

/// "Use a backup code".
#[component]
pub fn BackupCodePage() -> impl IntoView {
    framed(("Backup code", "Waiting"), |step, _| {
        let act = use_act();
        asked_unless_held(step, Factor::BackupCode, act.refusal(), move |step| question(step, act))
    })
}

fn question(step: &SecondStep, act: Act<VerifyBackupCode>) -> AnyView {
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.read().as_ref().and_then(words::for_code));
    view! {
        <StepTag />
        <PageTitle text="Use a backup code" />
        <p class="lede">"Type any code from your list that you haven’t used. Each one works once."</p>
        <ErrorNote fault=act.fault() offline="Your code is still here; press Sign in when you’re back." />
        <ActForm act>
            <LongCodeField hint="8 letters and numbers. Capitals and dashes don’t matter." error autofocus=true />
            <div class="block">
                <Button size=ButtonSize::Large wide=true busy=act.pending()>"Sign in"</Button>
            </div>
        </ActForm>
        {match way_of(step, Factor::RecoveryKey) {
            Some(_) => view! {
                <div class="next">
                    <GoButton href=paths::SECOND_STEP_RECOVERY kind=ButtonKind::Second size=ButtonSize::Large wide=true icon="rkey">
                        "Use your recovery key instead"
                    </GoButton>
                </div>
            }
            .into_any(),
            None => ().into_any(),
        }}
        {another_way()}
        <div class="block">
            <Note title="Lost your key or phone?">"Once you’re in, remove it on your Security page so nobody else can use it."</Note>
        </div>
        <Who email=step.email.clone() />
    }
    .into_any()
}
