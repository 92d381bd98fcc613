//! "Try another way": only what this person has, strongest first.

use countersign_domain::{Factor, count};
use leptos::prelude::*;

use crate::{
    api::{Way, second_step::load_second_step},
    components::{AuthLayout, Loaded, PageTitle, Progress, StepTag, WayRow, Who, use_view},
    paths,
};

/// "Try another way".
#[component]
pub fn WaysPage() -> impl IntoView {
    let step = use_view(load_second_step);
    view! {
        <Loaded resource=step let:step>
            <AuthLayout organisation=Some(step.organisation) progress=Progress::First { at: step.password_at.clock }>
                <StepTag />
                <PageTitle text="Try another way" />
                <p class="lede">"Pick whatever you have with you."</p>
                <ul class="ways block">{step.ways.iter().map(row).collect_view()}</ul>
                <p class="block meta">
                    "None of these with you? Your supervisor or an account holder can help. "<a href=paths::HELP>"See how"</a>
                </p>
                <Who email=step.email />
            </AuthLayout>
        </Loaded>
    }
    .into_any()
}

fn row(way: &Way) -> Option<AnyView> {
    let (href, icon, name) = match way.factor {
        Factor::AuthenticatorApp => (paths::SECOND_STEP_APP, "app", "Authenticator app"),
        Factor::BackupCode => (paths::SECOND_STEP_BACKUP, "codes", "Backup code"),
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
    // Which one of several to open can't be told from here; which they could be, can.
    if way.names.len() > 1 {
        return ["The 6-digit code from ", &way.names.join(" or ")].concat();
    }
    "The 6-digit code on your phone".to_owned()
}
