//! How far a sign-in has come, and what it proved.

use serde::{Deserialize, Serialize};

/// Where a session stands. It is kept on the server, and the token changes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    /// The password was right; the second step is still to come.
    SecondStep,
    /// Both signs given, or one by somebody who has none to give yet, who must set one up first.
    Enrolment,
    /// In.
    SignedIn,
}

impl Stage {
    /// The stable word for storage and the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::SecondStep => "second-step",
            Self::Enrolment => "enrolment",
            Self::SignedIn => "signed-in",
        }
    }

    /// Reads a stored word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::SecondStep, Self::Enrolment, Self::SignedIn].into_iter().find(|stage| stage.code() == code)
    }
}

/// How sure we are that it is them (NIST 800-63B-4 §2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Assurance {
    /// One sign.
    One,
    /// Two different signs.
    Two,
}

impl Assurance {
    /// The stable word for storage and the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::One => "one",
            Self::Two => "two",
        }
    }

    /// Reads a stored word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::One, Self::Two].into_iter().find(|assurance| assurance.code() == code)
    }
}

/// For how long a proof counts as fresh for "Confirm it's you", in seconds.
pub const FRESH_SECONDS: i64 = 10 * 60;
