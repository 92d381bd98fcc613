//! Tokens that stand for somebody: 256 random bits in a cookie or a link, stored hashed.

use countersign_domain::Secret;
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};

use crate::{Error, Identity};

/// A session, browser or set-up token. Only its SHA-256 is stored: a token of 256 random bits
/// needs no slow hash (ASVS 5 7.2.3).
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    text: Secret,
    hash: [u8; 32],
}

impl Token {
    /// Length of the text, in characters.
    const TEXT_LEN: usize = 43;

    /// Reads a token from a cookie or a link; `None` if it can't be one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != Self::TEXT_LEN {
            return None;
        }
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        Some(Self { text: Secret::new(text.to_owned()), hash: Sha256::digest(&bytes).into() })
    }

    /// The token that these bytes are.
    pub(crate) fn from_bytes(bytes: [u8; 32]) -> Self {
        Self { text: Secret::new(BASE64URL_NOPAD.encode(&bytes)), hash: Sha256::digest(bytes).into() }
    }

    /// Its first half: what it names, where it names something.
    pub(crate) fn head(&self) -> [u8; 16] {
        let mut head = [0; 16];
        if let Ok(bytes) = BASE64URL_NOPAD.decode(self.text.expose().as_bytes())
            && let Some(first) = bytes.first_chunk()
        {
            head = *first;
        }
        head
    }

    /// The pass that goes with a session's token: what applications behind are shown, which can't be turned
    /// back into the token.
    #[must_use]
    pub fn pass(&self) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"countersign pass\0");
        hash.update(self.text.expose());
        Self::from_bytes(hash.finalize().into())
    }

    /// What is stored.
    pub(crate) const fn hash(&self) -> &[u8; 32] {
        &self.hash
    }

    /// What the cookie or link holds.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(..)")
    }
}

impl Identity {
    /// A new token that names something, and is random for the rest: 128 bits.
    pub(crate) fn new_token_of(&self, head: [u8; 16]) -> Result<Token, Error> {
        let mut bytes = [0; 32];
        bytes[..16].copy_from_slice(&head);
        bytes[16..].copy_from_slice(&self.random::<16>()?);
        Ok(Token::from_bytes(bytes))
    }

    /// A new random token.
    pub(crate) fn new_token(&self) -> Result<Token, Error> {
        Ok(Token::from_bytes(self.random()?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_as_itself_and_prints_nothing() {
        let token = Token::from_bytes([7; 32]);
        assert_eq!(Token::parse(token.expose()).unwrap(), token);
        assert_eq!(token.head(), [7; 16]);
        assert_eq!(format!("{token:?}"), "Token(..)");
        for text in ["", "short", &"!".repeat(43), &"A".repeat(44)] {
            assert!(Token::parse(text).is_none());
        }
    }
}
