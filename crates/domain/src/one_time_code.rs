//! Six digits, from an app or a mail.

use thiserror::Error;

/// A complete one-time code: exactly six digits.
#[derive(Clone, PartialEq, Eq)]
pub struct OneTimeCode(String);

/// The text typed isn't a six-digit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a code has six digits")]
pub struct OneTimeCodeError;

impl OneTimeCode {
    /// How many digits a code has.
    pub const DIGITS: usize = 6;
    /// The longest text worth reading: six digits with a space or dash between each, and around.
    pub const MAX_TYPED: usize = 32;

    /// Reads a typed or pasted code; spaces and dashes are ignored.
    ///
    /// # Errors
    /// [`OneTimeCodeError`] unless six ASCII digits are left.
    pub fn parse(text: &str) -> Result<Self, OneTimeCodeError> {
        if text.len() > Self::MAX_TYPED {
            return Err(OneTimeCodeError);
        }
        let digits: String = text.chars().filter(|c| !c.is_whitespace() && !is_dash(*c)).collect();
        if digits.len() == Self::DIGITS && digits.bytes().all(|b| b.is_ascii_digit()) { Ok(Self(digits)) } else { Err(OneTimeCodeError) }
    }

    /// Makes a code from random bytes, or `None` for the few values that would make some codes
    /// likelier than others (2^32 isn't a multiple of a million).
    #[must_use]
    pub fn from_random(bytes: [u8; 4]) -> Option<Self> {
        const CODES: u32 = 1_000_000;
        let n = u32::from_be_bytes(bytes);
        (n < u32::MAX / CODES * CODES).then(|| Self(format!("{:06}", n % CODES)))
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A dash as people and their phones type it.
pub(crate) fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}')
}

impl std::fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_with_spaces_or_dashes() {
        for text in ["428913", "428 913", " 428-913 ", "4 2 8 9 1 3", "428\u{2013}913"] {
            assert_eq!(OneTimeCode::parse(text).unwrap().as_str(), "428913");
        }
    }

    #[test]
    fn a_random_code_has_six_digits_and_no_favourites() {
        assert_eq!(OneTimeCode::from_random([0; 4]).unwrap().as_str(), "000000");
        assert_eq!(OneTimeCode::from_random(1_000_042_u32.to_be_bytes()).unwrap().as_str(), "000042");
        assert_eq!(OneTimeCode::from_random(4_293_999_999_u32.to_be_bytes()).unwrap().as_str(), "999999");
        assert!(OneTimeCode::from_random(4_294_000_000_u32.to_be_bytes()).is_none());
    }

    #[test]
    fn anything_but_six_digits_is_refused() {
        for text in ["", "42891", "4289134", "42891a", "٤٢٨٩١٣", &"1".repeat(10_000)] {
            assert!(OneTimeCode::parse(text).is_err());
        }
    }
}
