//! What every act answers with: done, or refused and why.
//!
//! The JSON is a flat, tagged object.

use countersign_domain::Factor;
use serde::Serialize;

use super::{
    When,
    tree::{Fields, FromTree, Tree, read_from_tree},
};

/// What became of an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "outcome")]
pub enum Answer {
    /// It was done.
    Done {
        /// The page to go to.
        next: String,
    },
    /// It wasn't, and nothing changed but the count of failures.
    Refused(Refusal),
}

/// Why an act was refused. The words for each are in `crate::words`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum Refusal {
    /// A field holds nothing, or something it can't hold (422).
    Field {
        /// The field's name, as in the form.
        field: String,
        /// What is wrong with it.
        problem: FieldProblem,
    },
    /// Unknown e-mail, wrong password: the same answer (401).
    NoMatch,
    /// The code is of no step nearby (401).
    WrongCode {
        /// Failures in a row, this one included.
        failures: i64,
    },
    /// The code was right, and has been used (401).
    UsedCode,
    /// The code is right for another time: the phone's clock is off (401).
    ClockOff {
        /// By about this many minutes; negative when the phone's clock is slow.
        minutes: i64,
    },
    /// The backup code isn't one of this person's (401).
    WrongBackupCode {
        /// Failures in a row, this one included.
        failures: i64,
    },
    /// The backup code was used before (401).
    UsedBackupCode {
        /// "12 November".
        on: String,
    },
    /// The emailed code isn't the one that was sent (401).
    WrongEmailedCode {
        /// Failures in a row, this one included.
        failures: i64,
    },
    /// The emailed code has expired or was used, or none was sent (410).
    ExpiredCode,
    /// The recovery key isn't this person's (401).
    WrongRecoveryKey,
    /// The temporary access code isn't the one that was given, or has ended (401).
    WrongAccessCode {
        /// Failures in a row, this one included.
        failures: i64,
    },
    /// The organisation, or somebody in it, isn't so that it could be done (409). Each page of the
    /// console says its own in words.
    Unmet {
        /// What: `not-understood`, `count-changed`, `no-method`, `set-up-first`, `no-way-back`, `no-mail`,
        /// `last-holder`, `not-yours`, `nobody-to-invite`, `invited-changed`, `bad-lines`, `too-many`, `too-many-teams` or
        /// `wrong-number`.
        what: String,
        /// How many people it is about, where it is about so many.
        count: i64,
    },
    /// A mail went a moment ago, or many did: not before then (429, with `Retry-After`).
    TooSoon {
        /// From when on.
        until: When,
        /// Seconds until then.
        retry_after: u64,
    },
    /// The address has to be confirmed first; a link is on its way (409).
    EmailUnconfirmed {
        /// The address.
        email: String,
    },
    /// The organisation doesn't allow it (403).
    NotAllowed,
    /// The key isn't connected to this account; for a sign-in with a passkey, to any (401).
    KeyUnknown {
        /// Those that are.
        names: Vec<String>,
    },
    /// The key's answer can't be accepted (401).
    KeyNotAccepted,
    /// The key's counter didn't grow: there may be a copy of it (401).
    KeyCounterBack {
        /// What it is called.
        name: String,
    },
    /// The key is connected already (409).
    KeyConnected {
        /// Under this name, if it is this person's.
        name: Option<String>,
    },
    /// The key's challenge was answered before, or has expired (410).
    CeremonyEnded,
    /// The password typed to confirm is wrong (401).
    WrongPassword,
    /// Too many failures in a row (429, with `Retry-After`).
    Paused {
        /// What is paused.
        #[cfg_attr(feature = "ssr", schemars(with = "String"))]
        factor: Factor,
        /// Until when.
        until: When,
        /// Seconds until then.
        retry_after: u64,
        /// The failures that caused it.
        failures: i64,
    },
    /// So many failures that the factor is switched off for this account (403).
    Disabled {
        /// What is switched off.
        #[cfg_attr(feature = "ssr", schemars(with = "String"))]
        factor: Factor,
    },
    /// A fresh proof is asked for first (403).
    ConfirmFirst {
        /// The page that asks for it and comes back.
        next: String,
    },
    /// "I've saved these" isn't ticked (422).
    NotSaved,
    /// This is the only second step, and the organisation requires one (409).
    LastMethod,
    /// They have as many methods as anybody may have (409).
    TooManyMethods,
    /// The link has been used or replaced, or has expired (410).
    LinkEnded,
    /// Somebody changed the same thing at the same time; look again (409).
    Conflict,
}

impl Refusal {
    /// The HTTP status this refusal travels with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Field { .. } | Self::NotSaved => 422,
            Self::NoMatch
            | Self::WrongCode { .. }
            | Self::UsedCode
            | Self::ClockOff { .. }
            | Self::WrongBackupCode { .. }
            | Self::UsedBackupCode { .. }
            | Self::KeyUnknown { .. }
            | Self::KeyNotAccepted
            | Self::KeyCounterBack { .. }
            | Self::WrongEmailedCode { .. }
            | Self::WrongRecoveryKey
            | Self::WrongAccessCode { .. }
            | Self::WrongPassword => 401,
            Self::Paused { .. } | Self::TooSoon { .. } => 429,
            Self::Disabled { .. } | Self::ConfirmFirst { .. } | Self::NotAllowed => 403,
            Self::Unmet { .. }
            | Self::LastMethod
            | Self::TooManyMethods
            | Self::Conflict
            | Self::KeyConnected { .. }
            | Self::EmailUnconfirmed { .. } => 409,
            Self::LinkEnded | Self::CeremonyEnded | Self::ExpiredCode => 410,
        }
    }

    /// A refusal of one field.
    #[must_use]
    pub fn field(field: &str, problem: FieldProblem) -> Self {
        Self::Field { field: field.to_owned(), problem }
    }
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum FieldProblem {
    /// Nothing was typed.
    Empty,
    /// Over `max` characters.
    TooLong {
        /// The most allowed.
        max: usize,
    },
    /// Under `min` characters.
    TooShort {
        /// The fewest allowed.
        min: usize,
    },
    /// Not of the right form: not an address, not six digits.
    Malformed,
    /// A password that anybody would guess, or one made of the person's own name or e-mail.
    Guessable,
    /// It is what is there already.
    Unchanged,
}

impl FromTree for Answer {
    fn from_tree(tree: Tree) -> Option<Self> {
        let mut fields = tree.fields()?;
        match fields.text("outcome")?.as_str() {
            "done" => Some(Self::Done { next: fields.text("next")? }),
            "refused" => refusal(&mut fields).map(Self::Refused),
            _ => None,
        }
    }
}

fn refusal(fields: &mut Fields) -> Option<Refusal> {
    Some(match fields.text("because")?.as_str() {
        "field" => Refusal::Field { field: fields.text("field")?, problem: fields.read("problem")? },
        "no-match" => Refusal::NoMatch,
        "wrong-code" => Refusal::WrongCode { failures: fields.number("failures")? },
        "used-code" => Refusal::UsedCode,
        "clock-off" => Refusal::ClockOff { minutes: fields.number("minutes")? },
        "wrong-backup-code" => Refusal::WrongBackupCode { failures: fields.number("failures")? },
        "used-backup-code" => Refusal::UsedBackupCode { on: fields.text("on")? },
        "wrong-emailed-code" => Refusal::WrongEmailedCode { failures: fields.number("failures")? },
        "expired-code" => Refusal::ExpiredCode,
        "wrong-recovery-key" => Refusal::WrongRecoveryKey,
        "wrong-access-code" => Refusal::WrongAccessCode { failures: fields.number("failures")? },
        "unmet" => Refusal::Unmet { what: fields.text("what")?, count: fields.number("count")? },
        "too-soon" => Refusal::TooSoon { until: fields.read("until")?, retry_after: fields.count("retry_after")? },
        "email-unconfirmed" => Refusal::EmailUnconfirmed { email: fields.text("email")? },
        "not-allowed" => Refusal::NotAllowed,
        "key-unknown" => Refusal::KeyUnknown { names: fields.take("names")?.list()?.into_iter().map(Tree::text).collect::<Option<_>>()? },
        "key-not-accepted" => Refusal::KeyNotAccepted,
        "key-counter-back" => Refusal::KeyCounterBack { name: fields.text("name")? },
        "key-connected" => Refusal::KeyConnected { name: fields.text("name") },
        "ceremony-ended" => Refusal::CeremonyEnded,
        "wrong-password" => Refusal::WrongPassword,
        "paused" => Refusal::Paused {
            factor: factor(fields)?,
            until: fields.read("until")?,
            retry_after: fields.count("retry_after")?,
            failures: fields.number("failures")?,
        },
        "disabled" => Refusal::Disabled { factor: factor(fields)? },
        "confirm-first" => Refusal::ConfirmFirst { next: fields.text("next")? },
        "not-saved" => Refusal::NotSaved,
        "last-method" => Refusal::LastMethod,
        "too-many-methods" => Refusal::TooManyMethods,
        "link-ended" => Refusal::LinkEnded,
        "conflict" => Refusal::Conflict,
        _ => return None,
    })
}

fn factor(fields: &mut Fields) -> Option<Factor> {
    Factor::from_code(&fields.text("factor")?)
}

impl FromTree for FieldProblem {
    fn from_tree(tree: Tree) -> Option<Self> {
        let mut fields = tree.fields()?;
        Some(match fields.text("kind")?.as_str() {
            "empty" => Self::Empty,
            "too-long" => Self::TooLong { max: fields.count("max")? },
            "too-short" => Self::TooShort { min: fields.count("min")? },
            "malformed" => Self::Malformed,
            "guessable" => Self::Guessable,
            "unchanged" => Self::Unchanged,
            _ => return None,
        })
    }
}

read_from_tree!(Answer);

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn every_answer_reads_back_as_itself() {
        let until = When { at: 1, clock: "09:21".into(), text: "today, 09:21".into(), day: "today".into(), full: "x".into() };
        let field = |problem| Refusal::field("email", problem);
        let refusals = [
            field(FieldProblem::Empty),
            field(FieldProblem::TooLong { max: 9 }),
            field(FieldProblem::TooShort { min: 2 }),
            field(FieldProblem::Malformed),
            field(FieldProblem::Guessable),
            field(FieldProblem::Unchanged),
            Refusal::NoMatch,
            Refusal::WrongCode { failures: 3 },
            Refusal::UsedCode,
            Refusal::ClockOff { minutes: -3 },
            Refusal::WrongBackupCode { failures: 1 },
            Refusal::UsedBackupCode { on: "12 November".into() },
            Refusal::WrongEmailedCode { failures: 2 },
            Refusal::ExpiredCode,
            Refusal::WrongRecoveryKey,
            Refusal::WrongAccessCode { failures: 2 },
            Refusal::Unmet { what: "count-changed".into(), count: 12 },
            Refusal::TooSoon { until: until.clone(), retry_after: 42 },
            Refusal::EmailUnconfirmed { email: "wren@example.com".into() },
            Refusal::NotAllowed,
            Refusal::KeyUnknown { names: vec!["Desk key".into(), "Spare".into()] },
            Refusal::KeyNotAccepted,
            Refusal::KeyCounterBack { name: "Desk key".into() },
            Refusal::KeyConnected { name: Some("Desk key".into()) },
            Refusal::KeyConnected { name: None },
            Refusal::CeremonyEnded,
            Refusal::WrongPassword,
            Refusal::Paused { factor: Factor::AuthenticatorApp, until, retry_after: 30, failures: 5 },
            Refusal::Disabled { factor: Factor::Password },
            Refusal::ConfirmFirst { next: "/x".into() },
            Refusal::NotSaved,
            Refusal::LastMethod,
            Refusal::TooManyMethods,
            Refusal::LinkEnded,
            Refusal::Conflict,
        ];
        for answer in refusals.into_iter().map(Answer::Refused).chain([Answer::Done { next: "/".into() }]) {
            let json = serde_json::to_string(&answer).unwrap();
            assert_eq!(serde_json::from_str::<Answer>(&json).unwrap(), answer, "{json}");
        }
        for json in ["{}", r#"{"outcome":"x"}"#, r#"{"outcome":"refused"}"#, r#"{"outcome":"refused","because":"paused"}"#] {
            assert!(serde_json::from_str::<Answer>(json).is_err(), "{json}");
        }
    }
}
