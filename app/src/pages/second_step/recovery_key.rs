//! The recovery key: the day that everything else is gone.

use countersign_domain::Factor;
use leptos::prelude::*;

use super::{another_way, asked_unless_held, framed};
use crate::{
    api::{recovery_key::VerifyRecoveryKey, second_step::SecondStep},
    components::{Act, ActForm, Button, ButtonSize, ErrorNote, LongCodeField, Note, PageTitle, StepTag, Who, use_act},
    words,
};

/// "Use your recovery key".
#[component]
pub fn RecoveryKeyPage() -> impl IntoView {
    framed(("Recovery key", "Waiting"), |step, _| {
        let act = use_act();
        asked_unless_held(step, Factor::RecoveryKey, act.refusal(), move |step| question(step, act))
    })
}

fn question(step: &SecondStep, act: Act<VerifyRecoveryKey>) -> AnyView {
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.read().as_ref().and_then(words::for_code));
    view! {
        <StepTag />
        <PageTitle text="Use your recovery key" />
        <p class="lede">"Type the long key you saved when you set up. It works once; then you save a new one."</p>
        <ErrorNote fault=act.fault() offline="Your key is still here; press Sign in when you’re back." />
        <ActForm act>
            <LongCodeField
                label="Recovery key"
                hint="30 letters and numbers. Capitals and dashes don’t matter."
                error
                autofocus=true
                is_long=true
            />
            <div class="block">
                <Button size=ButtonSize::Large wide=true busy=act.pending()>"Sign in"</Button>
            </div>
        </ActForm>
        {another_way()}
        <div class="block">
            <Note title="Lost your key or phone?">"Once you’re in, remove it on your Security page so nobody else can use it."</Note>
        </div>
        <Who email=step.email.clone() />
    }
    .into_any()
}
