//! Passwords: their length, their form, and how strong one looks while it is being typed.
//!
//! There are no composition rules (NIST 800-63B-4 §3.1.1.2): length counts, and `identity`
//! refuses what anybody would guess. What is shown while typing is an estimate, and says so.

use serde::{Deserialize, Serialize};
use thiserror::Error;
use unicode_normalization::UnicodeNormalization;

use crate::Secret;

/// A password to be set or checked, in Unicode NFC so that every keyboard agrees on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Password(Secret);

/// Why a new password was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum PasswordError {
    /// Fewer characters than the policy asks for.
    #[error("the password is shorter than {min} characters")]
    TooShort {
        /// The fewest characters allowed.
        min: usize,
    },
    /// More than [`Password::MAX_CHARS`] characters.
    #[error("the password is longer than {max} characters")]
    TooLong {
        /// The most characters allowed.
        max: usize,
    },
}

impl Password {
    /// The fewest characters of a new password, unless policy says otherwise (ASVS 5 6.2.1).
    pub const MIN_CHARS: usize = 12;
    /// The most characters; longer input is refused before it is hashed (ASVS 5 6.2.9).
    pub const MAX_CHARS: usize = 128;

    /// Reads a new password.
    ///
    /// # Errors
    /// [`PasswordError`] when it is too short or too long.
    pub fn parse_new(text: &str) -> Result<Self, PasswordError> {
        let password = Self::parse_typed(text)?;
        if password.expose().chars().count() < Self::MIN_CHARS {
            return Err(PasswordError::TooShort { min: Self::MIN_CHARS });
        }
        Ok(password)
    }

    /// Reads a password typed at sign-in: only the upper bound counts, since the rules may have
    /// been others when it was set.
    ///
    /// # Errors
    /// [`PasswordError::TooLong`].
    pub fn parse_typed(text: &str) -> Result<Self, PasswordError> {
        let too_long = Err(PasswordError::TooLong { max: Self::MAX_CHARS });
        if text.len() > Self::MAX_CHARS * 8 {
            return too_long;
        }
        let normal: String = text.nfc().collect();
        if normal.chars().count() > Self::MAX_CHARS {
            return too_long;
        }
        Ok(Self(Secret::new(normal)))
    }

    /// The password itself, in NFC.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

/// How a password looks while it is typed: four strokes and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Strength {
    /// Below the shortest length allowed.
    TooShort,
    /// Long enough, but of few different characters.
    Weak,
    /// Long enough.
    Fair,
    /// 16 varied characters or more.
    Strong,
    /// 20 varied characters or more.
    VeryStrong,
}

impl Strength {
    /// Estimates `text` by its length and how often it repeats itself. A hint for the person
    /// typing; whether the password is accepted is decided on the server.
    #[must_use]
    pub fn estimate(text: &str) -> Self {
        let mut seen: Vec<char> = Vec::new();
        let mut runs = 0_usize;
        let mut before: Option<char> = None;
        let mut length = 0_usize;
        for c in text.chars().take(Password::MAX_CHARS) {
            length += 1;
            if !seen.contains(&c) {
                seen.push(c);
            }
            // "aaaa", "abcd" and "4321" add little; count characters that don't follow on.
            if before.is_none_or(|b| (u32::from(c)).abs_diff(u32::from(b)) > 1) {
                runs += 1;
            }
            before = Some(c);
        }
        if length < Password::MIN_CHARS {
            return Self::TooShort;
        }
        match (runs, seen.len()) {
            (0..8, _) | (_, 0..6) => Self::Weak,
            (20.., 10..) => Self::VeryStrong,
            (15.., 9..) => Self::Strong,
            _ => Self::Fair,
        }
    }

    /// Strokes to draw, of four.
    #[must_use]
    pub const fn strokes(self) -> u8 {
        self as u8
    }

    /// The word beside the strokes.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::TooShort => "Too short",
            Self::Weak => "Weak",
            Self::Fair => "Fair",
            Self::Strong => "Strong",
            Self::VeryStrong => "Very strong",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_the_same_however_the_keyboard_composes_it() {
        let composed = Password::parse_new("caf\u{e9} au lait 12").unwrap();
        let decomposed = Password::parse_new("cafe\u{301} au lait 12").unwrap();
        assert_eq!(composed, decomposed);
    }

    #[test]
    fn length_is_counted_in_characters_and_bounded() {
        assert_eq!(Password::parse_new(&"é".repeat(11)), Err(PasswordError::TooShort { min: 12 }));
        assert!(Password::parse_new(&"é".repeat(12)).is_ok());
        assert!(Password::parse_new(&"é".repeat(128)).is_ok());
        assert_eq!(Password::parse_new(&"é".repeat(129)), Err(PasswordError::TooLong { max: 128 }));
        assert_eq!(Password::parse_typed(&"a".repeat(1_000_000)), Err(PasswordError::TooLong { max: 128 }));
    }

    #[test]
    fn repetition_and_sequences_look_weak() {
        assert_eq!(Strength::estimate("short"), Strength::TooShort);
        assert_eq!(Strength::estimate("aaaaaaaaaaaaaaaaaaaaaaaa"), Strength::Weak);
        assert_eq!(Strength::estimate("abcdefghijklmnopqrst"), Strength::Weak);
        assert_eq!(Strength::estimate("plover-candle-ninety-six"), Strength::VeryStrong);
    }

    #[test]
    fn a_password_prints_nothing_of_itself() {
        assert!(!format!("{:?}", Password::parse_typed("hunter2").unwrap()).contains("hunter2"));
    }
}
