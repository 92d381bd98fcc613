//! Mail domains: what stands after the `@`.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::Email;

/// A mail domain in the form that it is stored and compared in: in lower case, with a dot in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailDomain(String);

/// Why a domain was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EmailDomainError {
    /// Nothing was typed.
    #[error("the domain is empty")]
    Empty,
    /// Over 253 characters (RFC 1035 §2.3.4).
    #[error("the domain is longer than 253 characters")]
    TooLong,
    /// Not something like example.com.
    #[error("that isn't a mail domain: use something like example.com")]
    Malformed,
}

impl EmailDomain {
    /// The most characters of a domain (RFC 1035 §2.3.4, without the length octets).
    pub const MAX_LEN: usize = 253;

    /// Reads a typed domain. What people paste is more: a whole address, a link, the dot of a complete name.
    ///
    /// # Errors
    /// [`EmailDomainError`] when it is empty, too long or not a domain.
    pub fn parse(text: &str) -> Result<Self, EmailDomainError> {
        let text = text.trim();
        let text = text.split_once("://").map_or(text, |(_, rest)| rest.split('/').next().unwrap_or(rest));
        let text = text.rsplit('@').next().unwrap_or(text);
        let text = text.strip_suffix('.').unwrap_or(text);
        if text.is_empty() {
            return Err(EmailDomainError::Empty);
        }
        if text.len() > Self::MAX_LEN {
            return Err(EmailDomainError::TooLong);
        }
        // One of a single label is nobody's, and one whose last label is a number is an address of a machine.
        let is_domain = text.rsplit_once('.').is_some_and(|(_, last)| !last.chars().all(|c| c.is_ascii_digit()));
        if !is_domain {
            return Err(EmailDomainError::Malformed);
        }
        // What an address may have after its `@`, and nothing else.
        let address = Email::parse(&["a@", text].concat()).map_err(|_| EmailDomainError::Malformed)?;
        Ok(Self(address.domain().to_owned()))
    }

    /// The domain in its stored form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A domain read back from our own storage, where it was checked on the way in.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }
}

impl std::fmt::Display for EmailDomain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_read_as_people_type_it() {
        for text in [
            "example.com",
            "  Example.COM ",
            "@example.com",
            "example.com.",
            "wren@example.com",
            "https://example.com/about",
            "http://example.com",
        ] {
            assert_eq!(EmailDomain::parse(text).unwrap().as_str(), "example.com", "{text}");
        }
        assert_eq!(EmailDomain::parse("münchen.example").unwrap().as_str(), "münchen.example");
    }

    #[test]
    fn what_is_no_domain_is_refused() {
        for text in ["com", "localhost", "example..com", ".example.com", "*.example.com", "a b.com", "192.168.0.1", "https://10.0.0.1/x"] {
            assert_eq!(EmailDomain::parse(text), Err(EmailDomainError::Malformed), "{text}");
        }
        assert_eq!(EmailDomain::parse(" @ "), Err(EmailDomainError::Empty));
        assert_eq!(EmailDomain::parse(&"a.".repeat(200)), Err(EmailDomainError::TooLong));
    }
}
