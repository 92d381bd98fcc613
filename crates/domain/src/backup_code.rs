//! Backup codes: look-up secrets for the day the phone is lost (NIST 800-63B-4 §3.1.2).

use thiserror::Error;

use crate::one_time_code::is_dash;

/// The 29 characters of backup codes and recovery keys: without 0 O, 1 I L, S, U, which are
/// misread on paper and misheard aloud.
pub const ALPHABET: &[u8; 29] = b"23456789ABCDEFGHJKMNPQRTVWXYZ";

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
        let mut code = [0; Self::LEN];
        let mut typed = text.chars().filter(|c| !c.is_whitespace() && !is_dash(*c));
        for place in &mut code {
            let c = typed.next().ok_or(BackupCodeError)?.to_ascii_uppercase();
            let byte = u8::try_from(c).map_err(|_| BackupCodeError)?;
            *place = ALPHABET.contains(&byte).then_some(byte).ok_or(BackupCodeError)?;
        }
        if typed.next().is_some() { Err(BackupCodeError) } else { Ok(Self(code)) }
    }

    /// Makes a code from random bytes, or `None` when too few of them are usable: a byte of 232
    /// or more is skipped, so that all characters are equally likely (8 × 29 = 232).
    #[must_use]
    pub fn from_random(bytes: &[u8]) -> Option<Self> {
        let mut code = [0; Self::LEN];
        let mut usable = bytes.iter().filter(|byte| **byte < 232);
        for place in &mut code {
            *place = ALPHABET[usize::from(*usable.next()? % 29)];
        }
        Some(Self(code))
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

    #[test]
    fn every_character_is_equally_likely() {
        let mut counts = std::collections::BTreeMap::new();
        for byte in 0..=255_u8 {
            if let Some(code) = BackupCode::from_random(&[byte; 8]) {
                *counts.entry(code.as_bytes()[0]).or_insert(0) += 1;
            }
        }
        assert_eq!(counts.len(), 29);
        assert!(counts.values().all(|n| *n == 8));
    }

    #[test]
    fn the_alphabet_leaves_out_what_is_misread() {
        for c in b"0O1ILSU" {
            assert!(!ALPHABET.contains(c));
        }
    }
}
