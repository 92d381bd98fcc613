//! A backup code: the day the phone is lost.

use countersign_domain::Factor;
use leptos::prelude::*;

use super::held::{Held, Hold, way_of};
use crate::{
    api::second_step::{SecondStep, VerifyBackupCode, load_second_step},
    components::{
        ActForm, AuthLayout, Button, ButtonKind, ButtonSize, ErrorNote, GoButton, Loaded, LongCodeField, Note, PageTitle, Progress,
        StepTag, Who, use_act, use_view,
    },
    paths, words,
};

/// "Use a backup code".
#[component]
pub fn BackupCodePage() -> impl IntoView {
    let step = use_view(load_second_step);
    view! {
        <Loaded resource=step let:step>
            <AuthLayout
                organisation=Some(step.organisation.clone())
                progress=Progress::First { at: step.password_at.clock.clone() }
            >
                <Question step />
            </AuthLayout>
        </Loaded>
    }
    .into_any()
}

#[component]
fn Question(step: SecondStep) -> impl IntoView {
    let act = use_act::<VerifyBackupCode>();
    let refusal = act.refusal();
    let held_at_first = way_of(&step, Factor::BackupCode).and_then(Hold::of_way);
    // A memo, so that a second wrong code doesn't draw the form anew.
    let hold = Memo::new(move |_| refusal.read().as_ref().and_then(Hold::of_refusal).or_else(|| held_at_first.clone()));
    let page = move || {
        if let Some(hold) = hold.get() {
            return view! { <Held hold factor=Factor::BackupCode step=step.clone() /> }.into_any();
        }
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
            <div class="next">
                <GoButton href=paths::SECOND_STEP kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Try another way"</GoButton>
            </div>
            <div class="block">
                <Note title="Lost your phone?">"Once you’re in, remove it on your Security page so nobody else can use it."</Note>
            </div>
            <Who email=step.email.clone() />
        }
        .into_any()
    };
    page.into_any()
}
