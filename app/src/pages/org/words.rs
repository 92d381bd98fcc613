//! What more than one page of the console says, and how it counts.

use countersign_domain::{Factor, count};
use leptos::prelude::*;

use crate::{
    api::{
        Refusal, When,
        people::{Hold, Standing},
    },
    components::{Badge, BadgeKind, Icon},
    words::refusal_text,
};

/// A factor by its one name.
pub(super) const fn factor_in_words(factor: Factor) -> &'static str {
    match factor {
        Factor::Password => "Password",
        Factor::SecurityKey => "Security key",
        Factor::Passkey => "Passkey",
        Factor::AuthenticatorApp => "Authenticator app",
        Factor::EmailedCode => "Emailed code",
        Factor::BackupCode => "Backup codes",
        Factor::RecoveryKey => "Recovery key",
        Factor::AccessCode => "Temporary access code",
    }
}

/// The same inside a sentence: "the authenticator app".
pub(super) fn factor_in_sentence(factor: Factor) -> String {
    factor_in_words(factor).to_lowercase()
}

/// A factor's icon.
pub(super) const fn factor_icon(factor: Factor) -> &'static str {
    match factor {
        Factor::Password => "lock",
        Factor::SecurityKey => "key",
        Factor::Passkey => "passkey",
        Factor::AuthenticatorApp => "app",
        Factor::EmailedCode => "mail",
        Factor::BackupCode => "codes",
        Factor::RecoveryKey => "rkey",
        Factor::AccessCode => "ticket",
    }
}

/// "Security key, app": the first in full, the others after it.
pub(super) fn methods_in_words(methods: &[Factor]) -> String {
    let Some((first, others)) = methods.split_first() else { return "None".to_owned() };
    let others =
        others.iter().map(|factor| if *factor == Factor::AuthenticatorApp { "app".to_owned() } else { factor_in_sentence(*factor) });
    [factor_in_words(*first).to_owned()].into_iter().chain(others).collect::<Vec<_>>().join(", ")
}

/// How the server says the day that it is.
const TODAY: &str = "today";

/// "09:25" today, and "tomorrow, 05:00" otherwise.
pub(super) fn clock_in_words(when: &When) -> &str {
    if when.day == TODAY { &when.clock } else { &when.text }
}

/// "14 minutes left", "8 hours left".
pub(super) fn time_left(minutes: i64) -> String {
    /// From here on, hours say enough.
    const LONG: usize = 120;
    match whole(minutes) {
        0 => "Its time is up".to_owned(),
        minutes if minutes < LONG => [&count(minutes, "minute", "minutes"), " left"].concat(),
        minutes => [&count(minutes.div_ceil(60), "hour", "hours"), " left"].concat(),
    }
}

/// "5 wrong codes, last at 09:06. Paused until 09:21."
pub(super) fn hold_in_words(hold: &Hold) -> String {
    let (one, many) = match hold.factor {
        Factor::Password => ("wrong password", "wrong passwords"),
        Factor::SecurityKey | Factor::Passkey => ("try that wasn’t accepted", "tries that weren’t accepted"),
        _ => ("wrong code", "wrong codes"),
    };
    let last = if hold.last.day == TODAY { ["at ", &hold.last.clock].concat() } else { hold.last.text.clone() };
    let ends = hold.until.as_ref().map_or_else(|| "Switched off.".to_owned(), |until| ["Paused until ", &until.clock, "."].concat());
    [&count(whole(hold.failures), one, many), ", last ", &last, ". ", &ends].concat()
}

/// "Night desk 5, Retentions 4".
pub(super) fn teams_in_words(teams: &[(Option<String>, i64)]) -> String {
    let team = |(name, people): &(Option<String>, i64)| [name.as_deref().unwrap_or("no team"), " ", &people.to_string()].concat();
    teams.iter().map(team).collect::<Vec<_>>().join(", ")
}

/// "1 person", "2 people".
pub(super) fn people(n: i64) -> String {
    [count_of(n).as_str(), if n == 1 { " person" } else { " people" }].concat()
}

/// "9,998": a large number as it is read.
pub(super) fn count_of(n: i64) -> String {
    let digits = whole(n).to_string();
    let mut said = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            said.push(',');
        }
        said.push(digit);
    }
    said
}

/// A count from the wire: never negative.
pub(super) fn whole(n: i64) -> usize {
    usize::try_from(n).unwrap_or_default()
}

/// `text` with a capital at its start: "today, 08:57" stands alone in a cell.
pub(super) fn capitalised(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

/// What somebody is called among colleagues: the first word of their name.
pub(super) fn first_name(name: &str) -> &str {
    name.split(' ').next().unwrap_or_default()
}

/// Where somebody stands, in a word with its shape. `until` is when a lock ends by itself.
pub(super) fn standing_badge(standing: Standing, until: Option<&When>) -> AnyView {
    match standing {
        Standing::Locked => {
            let word = until.map_or_else(|| "Locked".to_owned(), |until| ["Locked until ", &until.clock].concat());
            view! { <Badge kind=BadgeKind::Stop><Icon name="lock" size=16/>{word}</Badge> }.into_any()
        }
        Standing::NotSetUp => view! { <Badge kind=BadgeKind::Wait mark=true>"Not set up"</Badge> }.into_any(),
        Standing::SetUp => view! { <Badge kind=BadgeKind::Sign mark=true>"On"</Badge> }.into_any(),
        Standing::Disabled => view! { <Badge>"Disabled"</Badge> }.into_any(),
        Standing::Invited => view! { <Badge>"Invited"</Badge> }.into_any(),
        Standing::InvitationExpired => {
            view! { <Badge kind=BadgeKind::Wait><Icon name="clock" size=16/>"Invitation expired"</Badge> }.into_any()
        }
    }
}

/// What was typed isn't what the other screen shows.
pub(super) const WRONG_NUMBER: &str = "That isn’t the number on their screen. Ask them to read it again, or to show a new one.";

/// Why an act of the console was refused.
pub(super) fn refused(refusal: &Refusal) -> String {
    let Refusal::Unmet { what, count } = refusal else { return refusal_text(refusal) };
    let text = match what.as_str() {
        "count-changed" if *count == 0 => "Now nobody would be signed out. Look again, then save.",
        "count-changed" => return ["Now ", &people(*count), " would be signed out. Look again, then save."].concat(),
        "not-understood" => "Tick “I understand” first.",
        "no-method" => "Allow at least one method.",
        "set-up-first" => "Set up your own second step first.",
        "no-way-back" => "Save your recovery key first, or make someone else an account holder.",
        "no-mail" => "Mail doesn’t leave this server yet, so emailed codes can’t be the only method.",
        "last-holder" => "They’re the only account holder. Make someone else one first.",
        "not-yours" => "Someone with a higher role has to do this.",
        "wrong-number" => WRONG_NUMBER,
        "already-reminded" => "They were reminded within the last day already.",
        "nobody-chosen" => "Choose somebody to remind first.",
        "nobody-to-invite" => "There’s nobody to invite in this list.",
        "invited-changed" if *count == 0 => "This list has changed meanwhile. Look at it again.",
        "invited-changed" => return ["Now ", &people(*count), " would be invited. Look again, then invite."].concat(),
        "bad-lines" if *count == 1 => "1 line can’t be used. Correct it, or tick “Leave out”.",
        "bad-lines" => return [&count_of(*count), " lines can’t be used. Correct them, or tick “Leave out”."].concat(),
        "try-first" => {
            "Nobody has signed in with it as it is now. Save it beside passwords, sign in with it once, then make it the only way in."
        }
        "too-many-domains" => "Twenty domains wait to be proven already. Prove or remove one first.",
        "too-many-teams" => return [&count_of(*count), " new teams are more than one list can make. Check the column of teams."].concat(),
        "too-many" => return [&count_of(*count), " people are more than one list can hold. Send it in parts."].concat(),
        _ => return refusal_text(refusal),
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn when(day: &str, clock: &str) -> When {
        When { at: 0, clock: clock.into(), text: [day, ", ", clock].concat(), day: day.into(), full: String::new() }
    }

    #[test]
    fn the_first_method_is_named_in_full() {
        let words = |methods: &[Factor]| methods_in_words(methods);
        assert_eq!(words(&[]), "None");
        assert_eq!(words(&[Factor::AuthenticatorApp]), "Authenticator app");
        assert_eq!(words(&[Factor::SecurityKey, Factor::AuthenticatorApp]), "Security key, app");
        assert_eq!(words(&[Factor::SecurityKey, Factor::Passkey, Factor::EmailedCode]), "Security key, passkey, emailed code");
    }

    #[test]
    fn a_hold_says_when_the_last_failure_was_and_when_it_ends() {
        let hold = |day: &str, until, failures| Hold { factor: Factor::AuthenticatorApp, until, failures, last: when(day, "09:06") };
        assert_eq!(hold_in_words(&hold("today", Some(when("today", "09:21")), 5)), "5 wrong codes, last at 09:06. Paused until 09:21.");
        assert_eq!(hold_in_words(&hold("yesterday", None, 100)), "100 wrong codes, last yesterday, 09:06. Switched off.");
        let touch = Hold { factor: Factor::SecurityKey, ..hold("today", None, 1) };
        assert_eq!(hold_in_words(&touch), "1 try that wasn’t accepted, last at 09:06. Switched off.");
    }

    #[test]
    fn what_is_left_of_a_code_is_said_in_minutes_and_then_in_hours() {
        for (minutes, words) in
            [(14, "14 minutes left"), (1, "1 minute left"), (120, "2 hours left"), (480, "8 hours left"), (0, "Its time is up")]
        {
            assert_eq!(time_left(minutes), words);
        }
        assert_eq!(clock_in_words(&when("today", "09:25")), "09:25");
        assert_eq!(clock_in_words(&when("tomorrow", "05:00")), "tomorrow, 05:00");
    }

    #[test]
    fn teams_are_named_with_how_many_people_it_is_about() {
        let teams = [(Some("Night desk".to_owned()), 5), (Some("Retentions".to_owned()), 4), (None, 1)];
        assert_eq!(teams_in_words(&teams), "Night desk 5, Retentions 4, no team 1");
        assert_eq!(teams_in_words(&[]), "");
    }

    #[test]
    fn a_cell_begins_with_a_capital_and_a_name_with_its_first_word() {
        assert_eq!((capitalised("today, 09:06").as_str(), capitalised("").as_str()), ("Today, 09:06", ""));
        assert_eq!((first_name("Juniper Vance-Okoro"), first_name("Wren")), ("Juniper", "Wren"));
    }

    #[test]
    fn people_are_counted_and_never_fewer_than_none() {
        assert_eq!((people(1).as_str(), people(11).as_str(), people(-1).as_str()), ("1 person", "11 people", "0 people"));
    }

    #[test]
    fn a_large_number_is_read_in_threes() {
        assert_eq!([0, 7, 999, 1000, 9998, 10_000, 1_234_567].map(count_of), ["0", "7", "999", "1,000", "9,998", "10,000", "1,234,567"]);
    }

    #[test]
    fn a_refusal_of_the_console_has_words_of_its_own() {
        let unmet = |what: &str, count| refused(&Refusal::Unmet { what: what.to_owned(), count });
        assert_eq!(unmet("count-changed", 13), "Now 13 people would be signed out. Look again, then save.");
        assert_eq!(unmet("count-changed", 1), "Now 1 person would be signed out. Look again, then save.");
        assert_eq!(unmet("count-changed", 0), "Now nobody would be signed out. Look again, then save.");
        let unknown = unmet("moon", 0);
        for what in [
            "not-understood",
            "no-method",
            "set-up-first",
            "no-way-back",
            "no-mail",
            "last-holder",
            "not-yours",
            "nobody-to-invite",
            "invited-changed",
            "bad-lines",
            "too-many",
        ] {
            assert_ne!(unmet(what, 0), unknown, "{what}");
        }
    }
}
