//! Done: what was set up, and on to where they were going.

use countersign_domain::count;
use leptos::prelude::*;

use crate::{
    api::enrolment::{Enrolment, load_enrolment},
    components::{ButtonKind, ButtonSize, Icon, LinkButton, Loaded, Mark, Note, PageTitle, WizardLayout, use_view},
    pages::home::Onward,
    paths,
};

/// The last page of the wizard.
#[component]
pub fn DonePage() -> impl IntoView {
    let enrolment = use_view(load_enrolment);
    view! { <Loaded resource=enrolment children=done/> }
}

fn done(enrolment: Enrolment) -> AnyView {
    // Not done yet: back to where they are.
    if enrolment.apps.is_empty() || (enrolment.is_forced && enrolment.has_codes_to_save) {
        return view! { <Onward to=paths::ENROL.to_owned() /> }.into_any();
    }
    let Enrolment { email, apps, codes_left, destination, .. } = enrolment;
    let next_time = match apps.as_slice() {
        [app] => view! { "Next time, after your password, type the code from "<b>{app.clone()}</b>"." }.into_any(),
        _ => view! { "Next time, after your password, type the code from any of your apps." }.into_any(),
    };
    let spare = (apps.len() < 2).then(|| {
        view! {
            <div class="block">
                <Note icon="app" title="Add a spare now?">"With two ways to sign in, a lost phone won’t hold up a shift."</Note>
            </div>
        }
    });
    let connected = apps.into_iter().map(|name| view! { <Tick text=[&name, " is connected."].concat()/> }).collect_view();
    let left = codes_left.and_then(|left| usize::try_from(left).ok()).unwrap_or_default();
    let codes = (left > 0).then(|| view! { <Tick text=["You have ", &count(left, "backup code", "backup codes"), "."].concat()/> });
    view! {
        <WizardLayout step=5 email>
            <Mark size=64/>
            <div class="under-mark">
                <PageTitle text="You’re set up"/>
                <p class="lede">{next_time}</p>
            </div>
            <ul class="block ticks">{connected} {codes} <Tick text="Nobody else can see your codes."/></ul>
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

#[component]
fn Tick(#[prop(into)] text: String) -> impl IntoView {
    view! { <li><Icon name="tick"/><span>{text}</span></li> }.into_any()
}
