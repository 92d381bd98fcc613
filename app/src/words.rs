//! The words for every refusal and fault, so that the same thing is said in the same way
//! everywhere: what happened, then what to do next, and never whose fault it was.

use countersign_domain::{Factor, MAX_METHODS};
use leptos::prelude::*;

use crate::api::{AppError, FieldProblem, Refusal};

/// The words for a refusal beside the field `field` it is about, or `None` when it is about
/// something else: another field, or the whole page (a pause, a switch-off).
#[must_use]
pub fn for_field(refusal: &Refusal, field: &str) -> Option<String> {
    match refusal {
        Refusal::Field { field: name, problem } if name == field => Some(field_problem(field, *problem)),
        _ => None,
    }
}

/// The words for a refusal of a code, beside its field.
#[must_use]
pub fn for_code(refusal: &Refusal) -> Option<String> {
    let text = match refusal {
        Refusal::WrongCode { failures } => {
            ["That code didn’t match. Wait for the next code in your app, then type it here.", tries_left(*failures)].concat()
        }
        Refusal::UsedCode => "That code has been used. Wait for the next one in your app.".to_owned(),
        Refusal::ClockOff { minutes } => clock_off(*minutes),
        Refusal::WrongBackupCode { failures } => {
            ["That code didn’t match. Check it against your list, then type it again.", tries_left(*failures)].concat()
        }
        Refusal::WrongEmailedCode { failures } => {
            ["That code didn’t match. Look for the newest mail from us, then type its code here.", tries_left(*failures)].concat()
        }
        Refusal::WrongAccessCode { failures } => {
            ["That code didn’t match. Check it with whoever gave it to you, then type it again.", tries_left(*failures)].concat()
        }
        Refusal::ExpiredCode => "That code has expired. Send a new code, then type it here.".to_owned(),
        Refusal::WrongRecoveryKey => "That key didn’t match. Check it against the one you saved, then type it again.".to_owned(),
        Refusal::UsedBackupCode { on } => {
            // "today" and "yesterday" stand alone; a date takes its preposition.
            let on = if on.starts_with(|c: char| c.is_ascii_digit()) { ["on ", on.as_str()].concat() } else { on.clone() };
            ["That code was used ", on.as_str(), ". Try another from your list."].concat()
        }
        refusal => return for_field(refusal, "code"),
    };
    Some(text)
}

/// The words for a refusal of a key's answer, by the kind of key that was asked.
#[must_use]
pub fn for_key(refusal: &Refusal, factor: Factor) -> Option<String> {
    let noun = if factor == Factor::Passkey { "passkey" } else { "key" };
    Some(match refusal {
        Refusal::KeyUnknown { names } if names.is_empty() => {
            ["That ", noun, " isn’t connected to an account here. Sign in another way."].concat()
        }
        Refusal::KeyUnknown { names } => {
            ["That ", noun, " isn’t connected to your account. Use ", &quoted(names), ", or try another way."].concat()
        }
        Refusal::KeyNotAccepted => ["We couldn’t check your ", noun, "’s answer. Try again, or try another way."].concat(),
        Refusal::KeyCounterBack { name } => [
            "“",
            name,
            "” says it was used less often than we know. It may have been copied, so it wasn’t accepted. Try another way, then remove it on your Security page.",
        ]
        .concat(),
        Refusal::CeremonyEnded => "That took too long, so it no longer counts. Try again.".to_owned(),
        Refusal::Unmet { what, .. } if what == "use-single-sign-on" => {
            "Your organisation uses single sign-on. Press Continue with single sign-on.".to_owned()
        }
        _ => return None,
    })
}

/// **Desk key** or **Spare**.
#[must_use]
pub fn names_in_bold(names: &[String]) -> AnyView {
    let parts = names.iter().enumerate().map(|(n, name)| {
        let before = if n == 0 { "" } else { " or " };
        view! { {before}<b>{name.clone()}</b> }
    });
    parts.collect_view().into_any()
}

/// “Desk key” or “Spare”.
#[must_use]
pub fn quoted(names: &[String]) -> String {
    names.iter().map(|name| ["“", name, "”"].concat()).collect::<Vec<_>>().join(" or ")
}

/// The words for any refusal at all, for places with no field to put them at.
#[must_use]
pub fn refusal_text(refusal: &Refusal) -> String {
    if let Some(text) = for_code(refusal) {
        return text;
    }
    match refusal {
        Refusal::Field { field, problem } => field_problem(field, *problem),
        Refusal::NoMatch => "That email and password don’t match. Check both, or reset your password.".to_owned(),
        Refusal::KeyUnknown { .. } | Refusal::KeyNotAccepted | Refusal::KeyCounterBack { .. } | Refusal::CeremonyEnded => {
            for_key(refusal, Factor::SecurityKey).unwrap_or_default()
        }
        Refusal::KeyConnected { name: Some(name) } => ["That one is connected already, as “", name, "”. Use another."].concat(),
        Refusal::KeyConnected { name: None } => "That key can’t be connected here. Use another one.".to_owned(),
        Refusal::WrongPassword => "That password didn’t match. Check it, then try again.".to_owned(),
        Refusal::Paused { until, .. } => ["This is paused until ", until.clock.as_str(), ". Try again then."].concat(),
        Refusal::Disabled { .. } => "This is switched off after too many tries. Ask your supervisor or an account holder.".to_owned(),
        Refusal::TooSoon { until, .. } => ["You can send a new one at ", until.clock.as_str(), ". Try again then."].concat(),
        Refusal::EmailUnconfirmed { email } => ["Confirm your email first. We sent a link to ", email, "."].concat(),
        Refusal::NotAllowed => "Your organisation doesn’t allow this one. Choose another.".to_owned(),
        Refusal::NotSaved => "Tick “I’ve saved these” first: the codes aren’t shown again.".to_owned(),
        Refusal::LastMethod => "This is your only second step and your organisation requires one. Add another first.".to_owned(),
        Refusal::TooManyMethods => {
            ["You have ", &MAX_METHODS.to_string(), " methods, which is the most there can be. Remove one first."].concat()
        }
        Refusal::LinkEnded => "This link has ended.".to_owned(),
        _ => "This was changed somewhere else at the same time. Look again, then try again.".to_owned(),
    }
}

/// Says how many tries are left once there are two: not before, so that nobody is hurried.
const fn tries_left(failures: i64) -> &'static str {
    match failures {
        3 => " Two tries left before a pause.",
        4 => " One try left before a pause.",
        _ => "",
    }
}

fn clock_off(minutes: i64) -> String {
    let text = minutes.abs().to_string();
    let unit = if minutes.abs() == 1 { " minute " } else { " minutes " };
    let way = if minutes < 0 { "slow" } else { "fast" };
    [
        "That code was for another time: your phone’s clock is about ",
        &text,
        unit,
        way,
        ". Turn on automatic date and time, then type the next code.",
    ]
    .concat()
}

fn field_problem(field: &str, problem: FieldProblem) -> String {
    let is_code = field == "code";
    let text = match (problem, field) {
        (FieldProblem::Empty | FieldProblem::Malformed, "email") => "Type your whole email address, like wren@example.com.",
        (FieldProblem::Empty, "password") => "Type your password.",
        (FieldProblem::Empty, "current") => "Type your current password.",
        (FieldProblem::Empty, "organisation") => "Type your organisation’s name.",
        (FieldProblem::Empty, "name") => "Type a name.",
        (FieldProblem::Empty, "domain") => "Type a domain, like example.com.",
        (FieldProblem::Empty, "client_secret") => "Type this provider’s secret. Another issuer needs its own.",
        (FieldProblem::Empty, _) if is_code => "Type the code.",
        (FieldProblem::Empty, _) => "Fill this in.",
        (FieldProblem::Malformed | FieldProblem::TooLong { .. } | FieldProblem::TooShort { .. }, _) if is_code => {
            "That isn’t the whole code. Check it, then type it again."
        }
        (FieldProblem::Malformed, "domain") => "That isn’t a domain. It looks like example.com.",
        (FieldProblem::Malformed, _) => "That has a character we can’t show. Leave it out.",
        (FieldProblem::Unchanged, _) => "That is the one you have. Type another.",
        (FieldProblem::Guessable, _) => {
            "That password is easy to guess. Try a few unrelated words, without your name or your organisation’s."
        }
        (FieldProblem::TooLong { max }, _) => return ["That is too long. Use ", &max.to_string(), " characters at most."].concat(),
        (FieldProblem::TooShort { min }, _) => return ["That is too short. Use at least ", &min.to_string(), " characters."].concat(),
    };
    text.to_owned()
}

/// Icon, first line and the rest for a fault. `offline` says what is still here, and what to
/// press when the network is back.
#[must_use]
pub fn fault(error: &AppError, offline: &str) -> (&'static str, &'static str, String) {
    match error {
        AppError::Offline => ("offline", "We can’t reach Countersign.", ["Check your network. ", offline].concat()),
        AppError::Busy { retry_after } => (
            "clock",
            "Many people are signing in right now.",
            ["Try again in ", &countersign_domain::count(usize::try_from(*retry_after).unwrap_or(1).max(1), "second", "seconds"), "."]
                .concat(),
        ),
        AppError::Internal { reference } => {
            ("warn", "Something went wrong on our side and nothing was saved.", ["Try again. Reference ", reference.as_str(), "."].concat())
        }
        AppError::CrossSite => (
            "warn",
            "This page was opened under another address.",
            "Go to the address your organisation gave you, then sign in there.".to_owned(),
        ),
        AppError::NotAllowed => ("lock", "This isn’t yours to see.", "An account holder of your organisation can.".to_owned()),
        AppError::NotFound => ("warn", "That isn’t here any more.", "Load the page again to see what is.".to_owned()),
        _ => ("warn", "We couldn’t read that, and nothing was saved.", "Load the page again, then try again.".to_owned()),
    }
}

/// A small number as a word at the beginning of a sentence.
#[must_use]
pub fn number(n: i64) -> String {
    const WORDS: [&str; 10] = ["One", "Two", "Three", "Four", "Five", "Six", "Seven", "Eight", "Nine", "Ten"];
    usize::try_from(n - 1).ok().and_then(|n| WORDS.get(n)).map_or_else(|| n.to_string(), |word| (*word).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_counted_down_only_when_two_are_left() {
        for (failures, is_counted) in [(1, false), (2, false), (3, true), (4, true), (5, false)] {
            let text = for_code(&Refusal::WrongCode { failures }).unwrap();
            assert_eq!(text.contains("left before a pause"), is_counted, "{failures}");
        }
    }

    #[test]
    fn a_clock_is_slow_when_its_codes_are_of_the_past() {
        assert!(for_code(&Refusal::ClockOff { minutes: -3 }).unwrap().contains("about 3 minutes slow"));
        assert!(for_code(&Refusal::ClockOff { minutes: 1 }).unwrap().contains("about 1 minute fast"));
    }

    #[test]
    fn a_number_is_a_word_up_to_ten() {
        assert_eq!((number(5).as_str(), number(10).as_str(), number(11).as_str()), ("Five", "Ten", "11"));
    }
}
