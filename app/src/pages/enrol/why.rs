//! Why: one reason, and what will be needed.

use leptos::prelude::*;

use crate::{
    api::enrolment::{Enrolment, load_enrolment},
    components::{ButtonKind, ButtonSize, Icon, LinkButton, Loaded, PageTitle, WizardLayout, use_view},
    pages::home::Onward,
    paths,
};

/// The first page of the wizard.
#[component]
pub fn WhyPage() -> impl IntoView {
    let enrolment = use_view(load_enrolment);
    view! { <Loaded resource=enrolment children=why/> }
}

fn why(enrolment: Enrolment) -> AnyView {
    // Somebody left half-way, and comes back to the same step.
    if enrolment.is_forced && enrolment.has_codes_to_save {
        return view! { <Onward to=paths::ENROL_CODES.to_owned() /> }.into_any();
    }
    let title = match (enrolment.methods.is_empty(), enrolment.is_required) {
        (true, true) => "Your organisation now asks for a second step",
        (true, false) => "Add a second step",
        (false, _) => "Add another second step",
    };
    let needed = if enrolment.can_use_email {
        "You need a security key, this computer, your phone or your email. Pick on the next screen."
    } else {
        "You need a security key, this computer or your phone. Pick on the next screen."
    };
    // Those who were sent here at sign-in have nowhere to go back to but out, which is in the bar.
    let later = (!enrolment.is_forced).then(|| {
        view! {
            <div>
                <LinkButton href=paths::SECURITY kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Not now"</LinkButton>
            </div>
        }
    });
    view! {
        <WizardLayout step=1 email=enrolment.email>
            <PageTitle text=title/>
            <p class="lede">
                "After your password, you’ll prove it’s you with something you have. Then a stolen password isn’t enough to get in."
            </p>
            <ul class="block ticks">
                <li><Icon name="clock"/><span>"It takes about two minutes."</span></li>
                <li><Icon name="key"/><span>{needed}</span></li>
                <li><Icon name="codes"/><span>"You’ll save backup codes, so a lost key or phone won’t stop a shift."</span></li>
            </ul>
            <div class="block stack-4 narrow">
                <div>
                    <LinkButton href=paths::ENROL_CHOOSE size=ButtonSize::Large wide=true>"Set it up now"</LinkButton>
                </div>
                {later}
            </div>
        </WizardLayout>
    }
    .into_any()
}
