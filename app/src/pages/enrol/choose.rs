//! Choose: the methods there are, strongest first.

use countersign_domain::Factor;
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
    // Emailed codes are turned on once; of the others, there may be several.
    let is_offered = |factor: &Factor| *factor != Factor::EmailedCode || enrolment.can_use_email;
    let cards = enrolment.allowed.iter().filter(|factor| is_offered(factor)).enumerate();
    let cards = cards.map(|(n, factor)| card(*factor, &enrolment.email, n == 0)).collect_view();
    if cards.is_empty() {
        return nothing_left(enrolment.email);
    }
    view! {
        <WizardLayout step=2 email=enrolment.email>
            <PageTitle text="Choose your second step"/>
            <p class="lede">"You’ll use it after your password. You can add more than one, and change your mind later."</p>
            <ActForm act=start>
                <fieldset class="mcards" aria-describedby=described_by>
                    <legend class="sr">"Second step"</legend>
                    <ErrorLine id=ERROR_ID error/>
                    {cards}
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

/// Emailed codes are all that is allowed, and on.
fn nothing_left(email: String) -> AnyView {
    view! {
        <WizardLayout step=2 email>
            <PageTitle text="You have every method there is"/>
            <p class="lede">"Your organisation allows no other second step."</p>
            <p class="block">
                <LinkButton href=paths::SECURITY kind=ButtonKind::Second size=ButtonSize::Large>"Go to your Security page"</LinkButton>
            </p>
        </WizardLayout>
    }
    .into_any()
}

/// The card of a method.
fn card(factor: Factor, email: &str, checked: bool) -> Option<AnyView> {
    let card = match factor {
        Factor::SecurityKey => view! {
            <MethodCard
                name="method"
                value="security-key"
                icon="key"
                title="Security key"
                detail="A small USB key you plug in and touch. Your supervisor has one for you."
                checked
            >
                <Badge kind=BadgeKind::Sign mark=true>"Strongest"</Badge>
                <Badge>"No phone needed"</Badge>
            </MethodCard>
        }
        .into_any(),
        Factor::Passkey => view! {
            <MethodCard
                name="method"
                value="passkey"
                icon="passkey"
                title="Passkey on this computer"
                detail="Your fingerprint, face or screen-lock PIN. Best if you always sit at the same desk."
                checked
            >
                <Badge>"No phone needed"</Badge>
            </MethodCard>
        }
        .into_any(),
        Factor::AuthenticatorApp => view! {
            <MethodCard
                name="method"
                value="authenticator-app"
                icon="app"
                title="Authenticator app"
                detail="A 6-digit code from an app on your phone. Works without signal."
                checked
            />
        }
        .into_any(),
        Factor::EmailedCode => {
            let detail = ["A code sent to ", email, " each time. Slower and weaker than the others, but nothing to install."].concat();
            view! { <MethodCard name="method" value="emailed-code" icon="mail" title="Emailed code" detail checked/> }.into_any()
        }
        // These stand in for a method; nobody chooses them.
        Factor::BackupCode | Factor::RecoveryKey | Factor::AccessCode | Factor::Password => return None,
    };
    Some(card)
}
