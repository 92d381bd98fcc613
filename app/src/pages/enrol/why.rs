//! Why: one reason, and what will be needed.

use countersign_domain::Factor;
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
    let needed = needed(&enrolment.allowed, enrolment.can_use_email);
    // While it can wait, whoever signed in goes on to where they were going.
    let is_set_up = enrolment.methods.iter().any(|method| enrolment.allowed.contains(&method.factor));
    let deadline = enrolment.deadline.filter(|_| !is_set_up);
    let (later, label) = match &deadline {
        Some(_) => (enrolment.destination, "Remind me next time"),
        None => (paths::SECURITY.to_owned(), "Not now"),
    };
    let deadline = deadline.map(|at| {
        let text = ["Your organisation requires one from ", &at.text, "."].concat();
        view! { <li><Icon name="policy"/><span>{text}</span></li> }
    });
    // Those who were sent here at sign-in have nowhere to go back to but out, which is in the bar.
    let later = (!enrolment.is_forced).then(|| {
        view! {
            <div>
                <LinkButton href=later kind=ButtonKind::Second size=ButtonSize::Large wide=true>{label}</LinkButton>
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
                {deadline}
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

/// "You need a security key or your phone. Pick on the next screen.": what the methods they may use take.
fn needed(allowed: &[Factor], can_use_email: bool) -> String {
    let things = allowed.iter().filter_map(|factor| match factor {
        Factor::SecurityKey => Some("a security key"),
        Factor::Passkey => Some("this computer"),
        Factor::AuthenticatorApp => Some("your phone"),
        Factor::EmailedCode => can_use_email.then_some("your email"),
        _ => None,
    });
    let things: Vec<&str> = things.collect();
    match things.split_last() {
        None => "Pick on the next screen.".to_owned(),
        Some((last, [])) => ["You need ", last, "."].concat(),
        Some((last, others)) => ["You need ", &others.join(", "), " or ", last, ". Pick on the next screen."].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_allowed_methods_take_is_needed() {
        const ALL: [Factor; 4] = [Factor::SecurityKey, Factor::Passkey, Factor::AuthenticatorApp, Factor::EmailedCode];
        assert_eq!(needed(&ALL, true), "You need a security key, this computer, your phone or your email. Pick on the next screen.");
        assert_eq!(needed(&ALL, false), "You need a security key, this computer or your phone. Pick on the next screen.");
        assert_eq!(needed(&ALL[..1], true), "You need a security key.");
        assert_eq!(needed(&[], true), "Pick on the next screen.");
    }
}
