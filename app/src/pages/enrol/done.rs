//! Done: what was set up, and on to where they were going.

use countersign_domain::{Factor, count};
use leptos::prelude::*;

use crate::{
    api::{
        Method,
        enrolment::{Enrolment, load_enrolment},
    },
    components::{ButtonKind, ButtonSize, Icon, LinkButton, Loaded, Mark, Note, PageTitle, WizardLayout, use_view},
    pages::home::Onward,
    paths,
    words::names_in_bold,
};

/// The last page of the wizard.
#[component]
pub fn DonePage() -> impl IntoView {
    let enrolment = use_view(load_enrolment);
    view! { <Loaded resource=enrolment children=done/> }
}

fn done(enrolment: Enrolment) -> AnyView {
    // Not done yet: back to where they are.
    if enrolment.methods.is_empty() || (enrolment.is_forced && enrolment.has_codes_to_save) {
        return view! { <Onward to=paths::ENROL.to_owned() /> }.into_any();
    }
    let Enrolment { email, methods, codes_left, has_recovery_key, destination, .. } = enrolment;
    let spare = (methods.len() < 2).then(|| {
        view! {
            <div class="block">
                <Note icon="app" title="Add a spare now?">"With two ways to sign in, a lost key or phone won’t hold up a shift."</Note>
            </div>
        }
    });
    let next_time = next_time(&methods);
    let connected = methods.iter().map(|method| view! { <Tick text=connected(method)/> }).collect_view();
    let left = codes_left.and_then(|left| usize::try_from(left).ok()).unwrap_or_default();
    let spares = spares(left, has_recovery_key).map(|text| view! { <Tick text/> });
    view! {
        <WizardLayout step=5 email>
            <Mark size=64/>
            <div class="under-mark">
                <PageTitle text="You’re set up"/>
                <p class="lede">{next_time}</p>
            </div>
            <ul class="block ticks">{connected} {spares} <Tick text="Nobody else can see your codes."/></ul>
            {spare}
            <div class="block stack-4 narrow">
                <div>
                    <LinkButton href=destination size=ButtonSize::Large wide=true>"Go to your desk"</LinkButton>
                </div>
                <div>
                    <LinkButton href=paths::ENROL_CHOOSE kind=ButtonKind::Second size=ButtonSize::Large wide=true>"Add a second method"</LinkButton>
                </div>
            </div>
        </WizardLayout>
    }
    .into_any()
}

/// What a method does from now on.
fn connected(method: &Method) -> String {
    if method.factor == Factor::EmailedCode {
        ["Codes will be emailed to ", &method.name, "."].concat()
    } else {
        [&method.name, " is connected."].concat()
    }
}

/// What helps when the methods are lost.
fn spares(codes_left: usize, has_recovery_key: bool) -> Option<String> {
    let codes = count(codes_left, "backup code", "backup codes");
    match (codes_left, has_recovery_key) {
        (0, false) => None,
        (0, true) => Some("You have a recovery key.".to_owned()),
        (_, false) => Some(["You have ", &codes, "."].concat()),
        (_, true) => Some(["You have ", &codes, " and a recovery key."].concat()),
    }
}

/// What is asked for at the next sign-in: the strongest of what they have.
fn next_time(methods: &[Method]) -> AnyView {
    let first = methods.first().map_or(Factor::AuthenticatorApp, |method| method.factor);
    let names: Vec<String> = methods.iter().filter(|method| method.factor == first).map(|method| method.name.clone()).collect();
    match first {
        Factor::SecurityKey => {
            view! { "Next time, after your password, touch "{names_in_bold(&names)}". It won’t ask for a PIN." }.into_any()
        }
        Factor::Passkey => {
            view! { "Next time, press “Use a passkey” and use "{names_in_bold(&names)}". You won’t need your password." }.into_any()
        }
        Factor::EmailedCode => view! { "Next time, after your password, we’ll email you a code." }.into_any(),
        _ => view! { "Next time, after your password, type the code from "{names_in_bold(&names)}"." }.into_any(),
    }
}

#[component]
fn Tick(#[prop(into)] text: String) -> impl IntoView {
    view! { <li><Icon name="tick"/><span>{text}</span></li> }.into_any()
}
