//! How far a sign-in has come, what it proved, and how long it lasts.

use std::ops::RangeInclusive;

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

/// How long somebody stays signed in: less than this without a request, and less than that in all. At the
/// most an hour and a day (NIST 800-63B-4 §2.2.3).
///
/// ```
/// use countersign_domain::SessionLengths;
///
/// assert_eq!(SessionLengths::new(15, 8 * 60).unwrap().overall_seconds(), 8 * 60 * 60);
/// assert!(SessionLengths::new(61, 8 * 60).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionLengths {
    idle_minutes: i64,
    overall_minutes: i64,
}

impl SessionLengths {
    /// How many minutes without a request may end a session.
    pub const IDLE_MINUTES: RangeInclusive<i64> = 5..=60;
    /// How many minutes after the password may end it, whatever happens.
    pub const OVERALL_MINUTES: RangeInclusive<i64> = 60..=24 * 60;
    /// An hour, and half a day.
    pub const DEFAULT: Self = Self { idle_minutes: 60, overall_minutes: 12 * 60 };

    /// `None` when one of them is shorter or longer than it may be.
    #[must_use]
    pub fn new(idle_minutes: i64, overall_minutes: i64) -> Option<Self> {
        let is_allowed = Self::IDLE_MINUTES.contains(&idle_minutes) && Self::OVERALL_MINUTES.contains(&overall_minutes);
        is_allowed.then_some(Self { idle_minutes, overall_minutes })
    }

    /// Reads what was stored: the nearest there may be.
    #[must_use]
    pub fn from_stored(idle_minutes: i64, overall_minutes: i64) -> Self {
        let near = |range: RangeInclusive<i64>, minutes: i64| minutes.clamp(*range.start(), *range.end());
        Self { idle_minutes: near(Self::IDLE_MINUTES, idle_minutes), overall_minutes: near(Self::OVERALL_MINUTES, overall_minutes) }
    }

    /// After so many minutes without a request it ends.
    #[must_use]
    pub const fn idle_minutes(self) -> i64 {
        self.idle_minutes
    }

    /// So many minutes after the password it ends.
    #[must_use]
    pub const fn overall_minutes(self) -> i64 {
        self.overall_minutes
    }

    /// The same in seconds.
    #[must_use]
    pub const fn overall_seconds(self) -> i64 {
        self.overall_minutes * 60
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_stay_within_what_the_standard_allows() {
        for (idle, overall, is_allowed) in
            [(5, 60, true), (60, 1_440, true), (4, 60, false), (61, 60, false), (5, 59, false), (5, 1_441, false), (-1, 0, false)]
        {
            assert_eq!(SessionLengths::new(idle, overall).is_some(), is_allowed, "{idle} {overall}");
        }
        assert_eq!(SessionLengths::from_stored(0, 9_999), SessionLengths::new(5, 1_440).unwrap());
    }
}
