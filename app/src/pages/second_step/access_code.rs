//! A temporary access code: given at the desk, by somebody who knows them.

use countersign_domain::Factor;
use leptos::prelude::*;

use super::{another_way, asked_unless_held, framed};
use crate::{
    api::second_step::{SecondStep, VerifyAccessCode},
    components::{Act, ActForm, Button, ButtonSize, ErrorNote, LongCodeField, PageTitle, StepTag, Who, use_act},
    words,
};

/// "Use a temporary access code".
#[component]
pub fn AccessCodePage() -> impl IntoView {
    framed(("Temporary access code", "Waiting"), |step, _| {
        let act = use_act();
        asked_unless_held(step, Factor::AccessCode, act.refusal(), move |step| question(step, act))
    })
}

fn question(step: &SecondStep, act: Act<VerifyAccessCode>) -> AnyView {
    let refusal = act.refusal();
    let error = Signal::derive(move || refusal.read().as_ref().and_then(words::for_code));
    view! {
        <StepTag />
        <PageTitle text="Use a temporary access code" />
        <p class="lede">"Type the code your supervisor or an account holder gave you. It works once."</p>
        <ErrorNote fault=act.fault() offline="Your code is still here; press Sign in when you’re back." />
        <ActForm act>
            <LongCodeField
                label="Temporary access code"
                hint="8 letters and numbers. Capitals and dashes don’t matter."
                error
                autofocus=true
            />
            <div class="block">
                <Button size=ButtonSize::Large wide=true busy=act.pending()>"Sign in"</Button>
            </div>
        </ActForm>
        {another_way()}
        <Who email=step.email.clone() />
    }
    .into_any()
}
