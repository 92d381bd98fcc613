//! "Try another way": only what this person has, strongest first.

use countersign_domain::{Factor, count};
use leptos::prelude::*;

use super::{ask::ask_button, emailed_code::spent, framed};
use crate::{
    api::{Way, second_step::SecondStep},
    components::{PageTitle, StepTag, WayRow, Who},
    paths,
};

/// "Try another way".
#[component]
pub fn WaysPage() -> impl IntoView {
    framed(("Second step", "Waiting"), |step, _| list(step))
}

fn list(step: SecondStep) -> AnyView {
    view! {
        <StepTag />
        <PageTitle text="Try another way" />
        <p class="lede">"Pick whatever you have with you."</p>
        {step.is_mailbox_spent.then(spent)}
        <ul class="ways block">{step.ways.iter().map(row).collect_view()}</ul>
        {ask_button(&step.helpers)}
        <p class="block meta">
            "None of these with you? Your supervisor or an account holder can help. "<a href=paths::HELP>"See how"</a>
        </p>
        <Who email=step.email />
    }
    .into_any()
}

fn row(way: &Way) -> Option<AnyView> {
    let (href, icon, name) = match way.factor {
        Factor::SecurityKey => (paths::SECOND_STEP_KEY, "key", "Security key"),
        Factor::Passkey => (paths::SECOND_STEP_PASSKEY, "passkey", "Passkey"),
        Factor::AuthenticatorApp => (paths::SECOND_STEP_APP, "app", "Authenticator app"),
        Factor::EmailedCode => (paths::SECOND_STEP_EMAIL, "mail", "Emailed code"),
        Factor::BackupCode => (paths::SECOND_STEP_BACKUP, "codes", "Backup code"),
        Factor::RecoveryKey => (paths::SECOND_STEP_RECOVERY, "rkey", "Recovery key"),
        Factor::AccessCode => (paths::SECOND_STEP_ACCESS, "ticket", "Temporary access code"),
        Factor::Password => return None,
    };
    Some(view! { <WayRow href icon name detail=detail(way) /> }.into_any())
}

fn detail(way: &Way) -> String {
    if way.is_disabled {
        return "Switched off after too many tries".to_owned();
    }
    if let Some(until) = &way.paused_until {
        return ["Paused until ", until.clock.as_str()].concat();
    }
    if let (Some(left), Some(total)) = (way.left, way.total) {
        let total = count(usize::try_from(total).unwrap_or_default(), "code", "codes");
        return [left.to_string().as_str(), " of your ", &total, if left == 1 { " is left" } else { " are left" }].concat();
    }
    match way.factor {
        Factor::SecurityKey | Factor::Passkey => return way.names.join(" or "),
        Factor::EmailedCode => return ["Sent to ", &way.names.concat()].concat(),
        Factor::RecoveryKey => return "The long key you saved when you set up".to_owned(),
        Factor::AccessCode => return "Given to you by your supervisor or an account holder".to_owned(),
        _ => {}
    }
    // Which one of several to open can't be told from here; which they could be, can.
    if way.names.len() > 1 {
        return ["The 6-digit code from ", &way.names.join(" or ")].concat();
    }
    "The 6-digit code on your phone".to_owned()
}
