//! The recovery key: a look-up secret so long that no pause has to guard it (NIST 800-63B-4
//! §3.1.2.2), for the day that everything else is gone.

use thiserror::Error;

use crate::alphabet::{draw, read};

/// A recovery key, in capitals and without its dashes.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryKey([u8; RecoveryKey::LEN]);

/// The text typed isn't a recovery key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a recovery key has thirty letters and numbers")]
pub struct RecoveryKeyError;

impl RecoveryKey {
    /// Characters in a key: 29^30 makes 145 bits.
    pub const LEN: usize = 30;
    /// Random bytes to draw one from: enough, but for one time in a thousand million.
    pub const RANDOM_LEN: usize = 64;
    /// The longest text worth reading, in bytes.
    pub const MAX_TYPED: usize = 128;
    /// Characters between two dashes.
    const GROUP: usize = 5;

    /// Reads a typed key: any case, spaces and dashes ignored.
    ///
    /// # Errors
    /// [`RecoveryKeyError`] unless thirty characters of the alphabet are left.
    pub fn parse(text: &str) -> Result<Self, RecoveryKeyError> {
        if text.len() > Self::MAX_TYPED {
            return Err(RecoveryKeyError);
        }
        read(text).map(Self).ok_or(RecoveryKeyError)
    }

    /// Makes a key from random bytes, or `None` when too few of them are usable.
    #[must_use]
    pub fn from_random(bytes: &[u8]) -> Option<Self> {
        draw(bytes).map(Self)
    }

    /// The thirty characters, as they are hashed.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// As shown and printed: `R4KD9-XTM2W-QP7HB-CV3NZ-8JGFE-5YKTA`.
    #[must_use]
    pub fn shown(&self) -> String {
        let groups: Vec<_> = self.0.chunks(Self::GROUP).map(String::from_utf8_lossy).collect();
        groups.join("-")
    }
}

impl std::fmt::Debug for RecoveryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOWN: &str = "R4KD9-XTM2W-QP7HB-CV3NZ-8JGFE-5YKTA";

    #[test]
    fn a_key_is_read_in_any_case_with_spaces_or_dashes() {
        let key = RecoveryKey::parse(SHOWN).unwrap();
        assert_eq!(key.shown(), SHOWN);
        for text in [SHOWN.to_lowercase(), SHOWN.replace('-', " "), SHOWN.replace('-', "\u{2013}")] {
            assert_eq!(RecoveryKey::parse(&text).unwrap(), key);
        }
    }

    #[test]
    fn what_is_not_a_key_is_refused() {
        for text in ["", "7KQM-2XWD", &SHOWN[1..], &format!("{SHOWN}A"), &SHOWN.replace('R', "0"), &"A".repeat(1000)] {
            assert!(RecoveryKey::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn too_little_randomness_makes_no_key() {
        assert!(RecoveryKey::from_random(&[255; RecoveryKey::RANDOM_LEN]).is_none());
        assert!(RecoveryKey::from_random(&[7; RecoveryKey::RANDOM_LEN]).is_some());
    }
}
