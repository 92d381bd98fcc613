//! Backup codes: look-up secrets for the day the phone is lost (NIST 800-63B-4 §3.1.2).

use thiserror::Error;

use crate::alphabet::{draw, read};

/// One backup code, in capitals and without its dash.
#[derive(Clone, PartialEq, Eq)]
pub struct BackupCode([u8; BackupCode::LEN]);

/// The text typed isn't a backup code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a backup code has eight letters and numbers")]
pub struct BackupCodeError;

impl BackupCode {
    /// Characters in a code: 29^8 makes 38.9 bits.
    pub const LEN: usize = 8;
    /// The longest text worth reading, in bytes.
    pub const MAX_TYPED: usize = 64;
    /// Codes in a set.
    pub const SET: usize = 15;
    /// At this many left, or fewer, people are asked to make new ones.
    pub const FEW: usize = 3;

    /// Reads a typed code: any case, spaces and dashes ignored.
    ///
    /// # Errors
    /// [`BackupCodeError`] unless eight characters of the alphabet are left.
    pub fn parse(text: &str) -> Result<Self, BackupCodeError> {
        if text.len() > Self::MAX_TYPED {
            return Err(BackupCodeError);
        }
        read(text).map(Self).ok_or(BackupCodeError)
    }

    /// Makes a code from random bytes, or `None` when too few of them are usable.
    #[must_use]
    pub fn from_random(bytes: &[u8]) -> Option<Self> {
        draw(bytes).map(Self)
    }

    /// The eight characters, as they are hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As shown and printed: `7KQM-2XWD`.
    #[must_use]
    pub fn shown(&self) -> String {
        let text = String::from_utf8_lossy(&self.0);
        let (first, second) = text.split_at(Self::LEN / 2);
        format!("{first}-{second}")
    }
}

impl std::fmt::Debug for BackupCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_in_any_case_with_spaces_or_dashes() {
        let code = BackupCode::parse("7KQM-2XWD").unwrap();
        for text in ["7kqm2xwd", " 7kqm 2xwd ", "7-K-Q-M-2-X-W-D", "7KQM\u{2013}2XWD"] {
            assert_eq!(BackupCode::parse(text).unwrap(), code);
        }
        assert_eq!(code.shown(), "7KQM-2XWD");
    }

    #[test]
    fn what_is_not_a_code_is_refused() {
        for text in ["", "7KQM", "7KQM-2XWDX", "7KQM-2XW0", "7KQM-2XWÄ", &"A".repeat(1000)] {
            assert!(BackupCode::parse(text).is_err(), "{text}");
        }
    }
}
