//! A way that can't be taken right now: paused until a clock time, or switched off.

use countersign_domain::Factor;
use leptos::prelude::*;

use super::ask::ask_button;
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
        Factor::SecurityKey => Some("Use your security key. That isn’t paused."),
        Factor::Passkey => Some("Use your passkey. That isn’t paused."),
        Factor::AuthenticatorApp => Some("Use the code from your authenticator app. That isn’t paused."),
        Factor::EmailedCode => Some("Use a code by email. Those aren’t paused."),
        Factor::BackupCode => Some("Use a backup code. Those aren’t paused."),
        Factor::RecoveryKey => Some("Use your recovery key. That is never paused."),
        Factor::AccessCode => Some("Use your temporary access code. That isn’t paused."),
        Factor::Password => None,
    }
}

/// What a way is called where it is held.
struct Called {
    /// "Codes are", paused.
    paused: &'static str,
    /// "Codes from your app are", switched off.
    off: &'static str,
    /// One answer, and more of them.
    answers: (&'static str, &'static str),
    /// The page to try again on.
    again: &'static str,
    /// The button that leads there.
    label: &'static str,
}

const fn called(factor: Factor) -> Called {
    const CODES: (&str, &str) = ("code", "codes");
    match factor {
        Factor::SecurityKey => Called {
            paused: "Security keys are",
            off: "Your security keys are",
            answers: ("touch", "touches"),
            again: paths::SECOND_STEP_KEY,
            label: "Use my key again",
        },
        Factor::Passkey => Called {
            paused: "Passkeys are",
            off: "Your passkeys are",
            answers: ("try with a passkey", "tries with a passkey"),
            again: paths::SECOND_STEP_PASSKEY,
            label: "Use my passkey again",
        },
        Factor::BackupCode => Called {
            paused: "Backup codes are",
            off: "Your backup codes are",
            answers: CODES,
            again: paths::SECOND_STEP_BACKUP,
            label: "Type a code again",
        },
        Factor::EmailedCode => Called {
            paused: "Emailed codes are",
            off: "Your emailed codes are",
            answers: CODES,
            again: paths::SECOND_STEP_EMAIL,
            label: "Type a code again",
        },
        Factor::AccessCode => Called {
            paused: "Temporary access codes are",
            off: "Your temporary access codes are",
            answers: CODES,
            again: paths::SECOND_STEP_ACCESS,
            label: "Type a code again",
        },
        // Neither of the last two is ever held here.
        Factor::AuthenticatorApp | Factor::RecoveryKey | Factor::Password => Called {
            paused: "Codes are",
            off: "Codes from your app are",
            answers: CODES,
            again: paths::SECOND_STEP_APP,
            label: "Type a code again",
        },
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
    let Called { paused, off, answers, again, label } = called(factor);
    let other = still_works(&step, factor);
    let is_paused = matches!(hold, Hold::Paused { .. });
    let (title, lede) = match hold {
        Hold::Paused { until, failures } => {
            let failed =
                if failures == 1 { [" ", answers.0, " didn’t match."] } else { [" ", answers.1, " in a row didn’t match."] }.concat();
            (
                [paused, " paused until ", until.clock.as_str()].concat(),
                [words::number(failures).as_str(), failed.as_str(), " The pause stops anyone from guessing their way in."].concat(),
            )
        }
        Hold::Disabled => {
            ([off, " switched off"].concat(), ["So many ", answers.1, " in a row didn’t match that we stopped taking them."].concat())
        }
    };
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
                    {label}
                </LinkButton>
            })}
        </div>
        {ask_button(&step.helpers)}
        <Who email=step.email />
    }
    .into_any()
}
