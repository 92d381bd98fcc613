//! A way that can't be taken right now: paused until a clock time, or switched off.

use countersign_domain::Factor;
use leptos::prelude::*;

use crate::{
    api::{Refusal, Way, When, second_step::SecondStep},
    components::{ButtonKind, ButtonSize, GoButton, LinkButton, Note, NoteKind, PageTitle, StepTag, Who},
    paths, words,
};

/// Why a way can't be taken.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Hold {
    /// Paused.
    Paused {
        /// Until when.
        until: When,
        /// The failures that caused it.
        failures: i64,
    },
    /// Switched off.
    Disabled,
}

impl Hold {
    /// What holds this way as the page is shown.
    pub(super) fn of_way(way: &Way) -> Option<Self> {
        if way.is_disabled {
            return Some(Self::Disabled);
        }
        way.paused_until.clone().map(|until| Self::Paused { until, failures: way.failures })
    }

    /// What holds it after a try.
    pub(super) fn of_refusal(refusal: &Refusal) -> Option<Self> {
        match refusal {
            Refusal::Paused { until, failures, .. } => Some(Self::Paused { until: until.clone(), failures: *failures }),
            Refusal::Disabled { .. } => Some(Self::Disabled),
            _ => None,
        }
    }
}

/// The way of `factor`, if this person has it.
pub(super) fn way_of(step: &SecondStep, factor: Factor) -> Option<&Way> {
    step.ways.iter().find(|way| way.factor == factor)
}

/// "Use a backup code. Those aren’t paused.": what still works beside `factor`.
fn still_works(step: &SecondStep, factor: Factor) -> Option<&'static str> {
    let other = step.ways.iter().find(|way| way.factor != factor && Hold::of_way(way).is_none() && way.left != Some(0))?;
    match other.factor {
        Factor::AuthenticatorApp => Some("Use the code from your authenticator app. That isn’t paused."),
        Factor::BackupCode => Some("Use a backup code. Those aren’t paused."),
        Factor::Password => None,
    }
}

/// Says what is held, until when, and what still works.
#[component]
pub(super) fn Held(
    /// Why.
    hold: Hold,
    /// What is held.
    factor: Factor,
    /// Whose sign-in it is, and what else they have.
    step: SecondStep,
) -> impl IntoView {
    let is_app = factor == Factor::AuthenticatorApp;
    let other = still_works(&step, factor);
    let is_paused = matches!(hold, Hold::Paused { .. });
    let (title, lede) = match hold {
        Hold::Paused { until, failures } => {
            let what = if is_app { "Codes are paused until " } else { "Backup codes are paused until " };
            let failed = if failures == 1 { " code didn’t match." } else { " codes in a row didn’t match." };
            (
                [what, until.clock.as_str()].concat(),
                [words::number(failures).as_str(), failed, " The pause stops anyone from guessing their way in."].concat(),
            )
        }
        Hold::Disabled => (
            if is_app { "Codes from your app are switched off" } else { "Your backup codes are switched off" }.to_owned(),
            "So many codes in a row didn’t match that we stopped taking them.".to_owned(),
        ),
    };
    let again = if is_app { paths::SECOND_STEP_APP } else { paths::SECOND_STEP_BACKUP };
    view! {
        <StepTag />
        <PageTitle text=title />
        <p class="lede">{lede}</p>
        <div class="block">
            <Note kind=NoteKind::Wait icon="clock" role="status" title="Need to start now?">
                {other.unwrap_or("Ask your supervisor or an account holder: they can have you let in.")}
            </Note>
        </div>
        <div class="block stack-4">
            {other.is_some().then(|| view! {
                <GoButton href=paths::SECOND_STEP size=ButtonSize::Large wide=true>"Try another way"</GoButton>
            })}
            {is_paused.then(|| view! {
                <LinkButton href=again rel="external" kind=ButtonKind::Second size=ButtonSize::Large wide=true>
                    "Type a code again"
                </LinkButton>
            })}
        </div>
        <Who email=step.email />
    }
    .into_any()
}
