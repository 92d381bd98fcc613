//! Choose: the methods there are, strongest first.

use leptos::prelude::*;

use crate::{
    api::enrolment::{Enrolment, StartEnrolment, load_enrolment},
    components::{
        Act, ActForm, Badge, BadgeKind, Button, ButtonKind, ButtonSize, ErrorLine, ErrorNote, LinkButton, Loaded, MethodCard, PageTitle,
        WizardLayout, use_act, use_view,
    },
    paths,
    words::refusal_text,
};

/// The id of what is wrong with the choice.
const ERROR_ID: &str = "method-error";

/// The second page of the wizard.
#[component]
pub fn ChoosePage() -> impl IntoView {
    let enrolment = use_view(load_enrolment);
    let start = use_act::<StartEnrolment>();
    view! { <Loaded resource=enrolment children=move |enrolment| choose(enrolment, start)/> }
}

fn choose(enrolment: Enrolment, start: Act<StartEnrolment>) -> AnyView {
    let error = Signal::derive(move || start.refusal().get().map(|refusal| refusal_text(&refusal)));
    let described_by = move || error.read().is_some().then_some(ERROR_ID);
    let by_email = enrolment.can_use_email.then(|| {
        let detail =
            ["A code sent to ", &enrolment.email, " each time. Slower and weaker than the others, but nothing to install."].concat();
        view! { <MethodCard name="method" value="emailed-code" icon="mail" title="Emailed code" detail/> }
    });
    view! {
        <WizardLayout step=2 email=enrolment.email>
            <PageTitle text="Choose your second step"/>
            <p class="lede">"You’ll use it after your password. You can add more than one, and change your mind later."</p>
            <ActForm act=start>
                <fieldset class="mcards" aria-describedby=described_by>
                    <legend class="sr">"Second step"</legend>
                    <ErrorLine id=ERROR_ID error/>
                    <MethodCard
                        name="method"
                        value="security-key"
                        icon="key"
                        title="Security key"
                        detail="A small USB key you plug in and touch. Your supervisor has one for you."
                        checked=true
                    >
                        <Badge kind=BadgeKind::Sign mark=true>"Strongest"</Badge>
                        <Badge>"No phone needed"</Badge>
                    </MethodCard>
                    <MethodCard
                        name="method"
                        value="passkey"
                        icon="passkey"
                        title="Passkey on this computer"
                        detail="Your fingerprint, face or screen-lock PIN. Best if you always sit at the same desk."
                    >
                        <Badge>"No phone needed"</Badge>
                    </MethodCard>
                    <MethodCard
                        name="method"
                        value="authenticator-app"
                        icon="app"
                        title="Authenticator app"
                        detail="A 6-digit code from an app on your phone. Works without signal."
                    />
                    {by_email}
                </fieldset>
                <ErrorNote fault=start.fault() offline="Press Continue when you’re back."/>
                <div class="block btn-row">
                    <Button size=ButtonSize::Large busy=start.pending()>"Continue"</Button>
                    <LinkButton href=paths::ENROL kind=ButtonKind::Quiet size=ButtonSize::Large>"Back"</LinkButton>
                </div>
            </ActForm>
        </WizardLayout>
    }
    .into_any()
}
