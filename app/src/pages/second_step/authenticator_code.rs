//! The code from an authenticator app.

use countersign_domain::Factor;
use leptos::prelude::*;

use super::held::{Held, Hold, way_of};
use crate::{
    api::{
        Refusal,
        second_step::{SecondStep, VerifyAuthenticatorCode, load_second_step},
    },
    components::{
        ActForm, AuthLayout, Button, ButtonKind, ButtonSize, CodeField, ErrorNote, GoButton, Loaded, Note, PageTitle, Progress, StepTag,
        Who, use_act, use_view,
    },
    paths, words,
};

/// "Enter the code from your app".
#[component]
pub fn AuthenticatorCodePage() -> impl IntoView {
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
    let act = use_act::<VerifyAuthenticatorCode>();
    let refusal = act.refusal();
    let held_at_first = way_of(&step, Factor::AuthenticatorApp).and_then(Hold::of_way);
    // A memo, so that a second wrong code doesn't draw the form anew.
    let hold = Memo::new(move |_| refusal.read().as_ref().and_then(Hold::of_refusal).or_else(|| held_at_first.clone()));
    let page = move || {
        if let Some(hold) = hold.get() {
            return view! { <Held hold factor=Factor::AuthenticatorApp step=step.clone() /> }.into_any();
        }
        let error = Signal::derive(move || refusal.read().as_ref().and_then(words::for_code));
        let is_clock_tip = Memo::new(move |_| matches!(*refusal.read(), Some(Refusal::WrongCode { failures: 2.. })));
        view! {
            <StepTag />
            <PageTitle text="Enter the code from your app" />
            <p class="lede">"Open your authenticator app and find "<b>{step.organisation.clone()}</b>"."</p>
            <ErrorNote fault=act.fault() offline="Your code is still here; press Sign in when you’re back." />
            <ActForm act>
                <CodeField error autofocus=true />
                <div class="block">
                    <Button size=ButtonSize::Large wide=true busy=act.pending()>"Sign in"</Button>
                </div>
            </ActForm>
            <div class="next">
                <GoButton href=paths::SECOND_STEP kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Try another way"</GoButton>
            </div>
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
    };
    page.into_any()
}
