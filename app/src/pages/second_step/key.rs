//! A touch of a security key, or a passkey, after the password.

use countersign_domain::{Factor, count};
use leptos::prelude::*;

use super::{Stands, another_way, asked_unless_held, framed, held::way_of, trust_box};
use crate::{
    api::{
        keys::{StartKeyVerification, VerifyKey},
        second_step::SecondStep,
    },
    browser::webauthn::Call,
    components::{
        Act, ActForm, AnswerFields, Ceremony, CeremonyPlate, ErrorNote, NeedsScript, PageTitle, PlugDrawing, Standing, StepTag, Who,
        use_act, use_ceremony,
    },
    words::{for_key, names_in_bold},
};

/// "Touch your security key".
#[component]
pub fn SecurityKeyPage() -> impl IntoView {
    framed(("Security key", "Waiting for your touch"), |step, stands| asked(step, Factor::SecurityKey, stands))
}

/// "Use your passkey".
#[component]
pub fn PasskeyPage() -> impl IntoView {
    framed(("Passkey", "Waiting for you"), |step, stands| asked(step, Factor::Passkey, stands))
}

fn asked(step: SecondStep, factor: Factor, stands: Stands) -> AnyView {
    let act = use_act::<VerifyKey>();
    let fields = AnswerFields::new();
    let on_answer = Callback::new(move |answered| fields.send(&answered));
    let body = if factor == Factor::Passkey { "method=passkey" } else { "method=security-key" };
    let ceremony = use_ceremony::<StartKeyVerification>(Call::Get, body, on_answer, act.on_error());
    let (at_first, standing) = (stands.get_untracked(), ceremony.standing());
    Effect::new(move |_| {
        let is_awaited = matches!(standing.get(), Standing::Loading | Standing::Waiting | Standing::Answered);
        stands.set(if is_awaited { at_first } else { "Not given yet" });
    });
    asked_unless_held(step, factor, act.refusal(), move |step| question(step, factor, act, fields, ceremony))
}

fn question(step: &SecondStep, factor: Factor, act: Act<VerifyKey>, fields: AnswerFields, ceremony: Ceremony) -> AnyView {
    ceremony.start_over_after(act);
    let refusal = act.refusal();
    let refused = Signal::derive(move || refusal.read().as_ref().and_then(|refusal| for_key(refusal, factor)));
    let names = way_of(step, factor).map(|way| way.names.clone()).unwrap_or_default();
    let (title, lede, drawing, begin, icon) = if factor == Factor::Passkey {
        let lede = view! { "Use "{names_in_bold(&names)}": your fingerprint, face or screen-lock PIN." }.into_any();
        ("Use your passkey", lede, None, "Use my passkey", "passkey")
    } else {
        let lede = view! { "Plug in "{names_in_bold(&names)}". When it lights up, touch the gold disc or press its button." }.into_any();
        let drawing = view! { <div class="block"><PlugDrawing /></div> };
        ("Touch your security key", lede, Some(drawing), "Use my key", "key")
    };
    let others = step.ways.iter().filter(|way| way.factor != factor).count();
    let trust = trust_box(step, None);
    let without = ["It needs JavaScript, which is off here. You have ", &count(others, "other way", "other ways"), "."].concat();
    view! {
        <div class="hide-desk"><StepTag /></div>
        <PageTitle text=title />
        <p class="lede">{lede}</p>
        {drawing}
        <ErrorNote fault=act.fault() offline="Press Try again when you’re back." />
        <ActForm act>
            {fields.view()}
            <CeremonyPlate ceremony factor begin refused pending=act.pending() icon on_arrival=true />
            {trust}
        </ActForm>
        <NeedsScript text=without />
        {another_way()}
        <Who email=step.email.clone() />
    }
    .into_any()
}
