//! The signs somebody can give.

use serde::{Deserialize, Serialize};

/// One kind of proof. Failures are counted and paused per account and factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Factor {
    /// The first sign: something known.
    Password,
    /// A code from an app (RFC 6238).
    AuthenticatorApp,
    /// One of the codes saved on paper.
    BackupCode,
}

impl Factor {
    /// Every factor, strongest second step first.
    pub const ALL: [Self; 3] = [Self::AuthenticatorApp, Self::BackupCode, Self::Password];

    /// The stable word for storage, audit and the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::AuthenticatorApp => "authenticator-app",
            Self::BackupCode => "backup-code",
        }
    }

    /// Reads a stored word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.code() == code)
    }

    /// Whether it can stand as the second step after a password.
    #[must_use]
    pub const fn is_second_step(self) -> bool {
        !matches!(self, Self::Password)
    }
}
