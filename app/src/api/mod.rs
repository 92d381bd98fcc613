//! The public endpoints: wire types, and server functions of a few lines.
//!
//! Every act (POST) answers with an [`Answer`]: done, and where to go next; or refused, and why.
//! Every view (GET) answers with what a page shows. Both may fail with an [`AppError`].
//! `crate::ssr` gives acts their HTTP status and turns them into redirects for forms without
//! JavaScript; [`reference`] describes each endpoint for `/api/openapi.json`.

#![expect(missing_docs, reason = "#[server] makes a struct of the arguments, whose fields can't carry docs; `reference` describes them")]

pub mod address;
mod answer;
pub mod application;
pub mod audit;
pub mod backup_codes;
pub mod confirm;
pub mod domains;
pub mod emailed_code;
pub mod enrolment;
pub mod export;
pub mod flash;
pub mod invitations;
pub mod keys;
pub mod not_me;
pub mod password;
pub mod people;
pub mod policy;
pub mod recovery_key;
#[cfg(feature = "ssr")]
pub mod reference;
pub mod rollout;
pub mod second_step;
pub mod security;
pub mod session;
pub mod set_up;
pub mod sign_in;
pub mod single_sign_on;
pub(crate) mod tree;

use countersign_domain::{Factor, Role, Stage};
use serde::{Deserialize, Serialize};

use self::tree::{FromTree, Tree, read_from_tree};
pub use crate::error::AppError;
pub use answer::{Answer, FieldProblem, Refusal};

/// An instant with the words for it, in the organisation's time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
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

impl FromTree for When {
    fn from_tree(tree: Tree) -> Option<Self> {
        let mut fields = tree.fields()?;
        Some(Self {
            at: fields.number("at")?,
            clock: fields.text("clock")?,
            text: fields.text("text")?,
            day: fields.text("day")?,
            full: fields.text("full")?,
        })
    }
}

read_from_tree!(When);

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
    /// They have shown that it is theirs.
    pub is_email_confirmed: bool,
    /// Their role.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub role: Role,
    /// By when they have to set up a second step, while that is to come.
    pub set_up_by: Option<When>,
}

/// A connected method: an app, a security key, a passkey or emailed codes, whose name is the address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Method {
    /// Its id.
    pub id: String,
    /// What it is.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub factor: Factor,
    /// What its owner calls it.
    pub name: String,
    /// When it was connected.
    pub added: When,
    /// When it was last accepted.
    pub last_used: Option<When>,
}

/// A second step this person could take now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Way {
    /// Which.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub factor: Factor,
    /// Names of the apps or keys; for emailed codes, the masked address; for the others, nothing.
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
