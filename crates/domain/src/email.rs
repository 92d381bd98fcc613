//! E-mail addresses, as names to sign in with.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::text::is_unprintable;

/// An e-mail address in the form it is stored and compared: trimmed and in lower case.
///
/// The check is shallow on purpose: one `@`, something on both sides, a domain of plausible
/// labels. Whether the mailbox exists is found out by sending to it, not by grammar.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(String);

/// Why an address was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum EmailError {
    /// Nothing was typed.
    #[error("the email is empty")]
    Empty,
    /// Over 254 octets (RFC 5321 §4.5.3.1.3).
    #[error("the email is longer than 254 characters")]
    TooLong,
    /// Not of the form name@domain.
    #[error("that isn't an email address")]
    Malformed,
}

impl Email {
    /// The most octets an address may have (RFC 5321 §4.5.3.1.3).
    pub const MAX_LEN: usize = 254;

    /// Reads a typed address.
    ///
    /// # Errors
    /// [`EmailError`] when it is empty, too long or not an address.
    pub fn parse(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(EmailError::Empty);
        }
        if text.len() > Self::MAX_LEN {
            return Err(EmailError::TooLong);
        }
        let address = text.to_lowercase();
        let (local, domain) = address.rsplit_once('@').ok_or(EmailError::Malformed)?;
        let is_local = !local.is_empty()
            && local.len() <= 64
            && !local.contains('@')
            && local.chars().all(|c| !c.is_whitespace() && !c.is_control() && !is_unprintable(c) && !"<>()[]\\,;:\"".contains(c));
        let is_domain = domain.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && label.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !label.starts_with('-')
                && !label.ends_with('-')
        });
        if is_local && is_domain && address.len() <= Self::MAX_LEN { Ok(Self(address)) } else { Err(EmailError::Malformed) }
    }

    /// The address in its stored form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// An address read back from our own storage, where it was checked on the way in.
    #[must_use]
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// As shown to somebody who may not be its owner: `w•••••@example.com`, whatever its length.
    #[must_use]
    pub fn masked(&self) -> String {
        let (local, domain) = self.0.rsplit_once('@').unwrap_or((&self.0, ""));
        let first: String = local.chars().take(1).collect();
        format!("{first}•••••@{domain}")
    }

    /// The part after the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// The part before the `@`, for the context words a password may not consist of.
    #[must_use]
    pub fn local_part(&self) -> &str {
        self.0.rsplit_once('@').map_or(self.0.as_str(), |(local, _)| local)
    }
}

impl std::fmt::Display for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_compared_without_case_or_spaces() {
        assert_eq!(Email::parse("  Wren.Halloway@Example.COM ").unwrap().as_str(), "wren.halloway@example.com");
    }

    #[test]
    fn a_masked_address_tells_its_domain_and_no_length() {
        assert_eq!(Email::parse("wren.halloway@example.com").unwrap().masked(), "w•••••@example.com");
        assert_eq!(Email::parse("w@example.com").unwrap().masked(), "w•••••@example.com");
    }

    #[test]
    fn what_is_not_an_address_is_refused() {
        for text in
            ["wren", "@example.com", "wren@", "wren@@example.com", "wren@exa mple.com", "wren@.com", "a b@example.com", "wren@-a.com"]
        {
            assert_eq!(Email::parse(text), Err(EmailError::Malformed), "{text}");
        }
        assert_eq!(Email::parse("   "), Err(EmailError::Empty));
        assert_eq!(Email::parse(&format!("{}@example.com", "a".repeat(300))), Err(EmailError::TooLong));
    }
}
