//! The public endpoints: wire types, and server functions of a few lines.
//!
//! Every act (POST) answers with an [`Answer`]: done, and where to go next; or refused, and why.
//! Every view (GET) answers with what a page shows. Both may fail with an [`AppError`].
//! `crate::ssr` gives acts their HTTP status and turns them into redirects for forms without
//! JavaScript; [`reference`] describes each endpoint for `/api/openapi.json`.

#![expect(missing_docs, reason = "#[server] makes a struct of the arguments, whose fields can't carry docs; `reference` describes them")]

pub mod backup_codes;
pub mod confirm;
pub mod enrolment;
pub mod flash;
#[cfg(feature = "ssr")]
pub mod reference;
pub mod second_step;
pub mod security;
pub mod session;
pub mod set_up;
pub mod sign_in;

use countersign_domain::{Factor, Role, Stage};
use serde::{Deserialize, Serialize};

pub use crate::error::AppError;

/// What became of an act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The set-up link has been used or replaced (410).
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
            | Self::WrongPassword => 401,
            Self::Paused { .. } => 429,
            Self::Disabled { .. } | Self::ConfirmFirst { .. } => 403,
            Self::LastMethod | Self::Conflict => 409,
            Self::LinkEnded => 410,
        }
    }

    /// A refusal of one field.
    #[must_use]
    pub fn field(field: &str, problem: FieldProblem) -> Self {
        Self::Field { field: field.to_owned(), problem }
    }
}

/// What is wrong with a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
}

/// An instant with the words for it, in the organisation's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct When {
    /// Microseconds since the Unix epoch.
    pub at: i64,
    /// The clock time: "09:21".
    pub clock: String,
    /// Day and time as in a sentence: "today, 08:57", "yesterday, 18:02", "12 November, 17:20".
    pub text: String,
    /// The day alone: "today", "12 November"; with the year when it isn't this one.
    pub day: String,
    /// In full, for paper: "26 November 2026, 09:14".
    pub full: String,
}

/// Somebody, as shown to themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Person {
    /// Their name.
    pub name: String,
    /// Up to two initials.
    pub initials: String,
    /// Their e-mail.
    pub email: String,
    /// Their role.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub role: Role,
}

/// A second step this person could take now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Way {
    /// Which.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub factor: Factor,
    /// For apps, their names; for backup codes, nothing.
    pub names: Vec<String>,
    /// For backup codes: how many are left of the set.
    pub left: Option<i64>,
    /// For backup codes: how many the set had.
    pub total: Option<i64>,
    /// When it is paused: until when.
    pub paused_until: Option<When>,
    /// The failures in a row that paused it.
    pub failures: i64,
    /// Switched off after too many failures.
    pub is_disabled: bool,
}

/// The stage of a session on the wire, where `None` is nobody.
pub type StageOf = Option<Stage>;
