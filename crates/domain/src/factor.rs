//! The signs somebody can give.

use serde::{Deserialize, Serialize};

/// The most apps and keys an account may have. Nobody needs as many; each costs at every sign-in.
pub const MAX_METHODS: u64 = 20;

/// One kind of proof. Failures are counted and paused per account and factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Factor {
    /// The first sign: something known.
    Password,
    /// A key to touch, after the password (WebAuthn L3).
    SecurityKey,
    /// A key that asks for a finger, a face or a PIN itself, and so is both signs in one.
    Passkey,
    /// A code from an app (RFC 6238).
    AuthenticatorApp,
    /// A code sent to the confirmed address: weaker than a key or an app (NIST 800-63B-4 §3.1.3.1
    /// counts no mail as out-of-band), and better than a password alone.
    EmailedCode,
    /// One of the codes saved on paper.
    BackupCode,
    /// The long key saved beside them, for the day they are gone, too.
    RecoveryKey,
    /// A code that somebody who knows them gave them, for once.
    AccessCode,
}

impl Factor {
    /// Every factor, strongest second step first.
    pub const ALL: [Self; 8] = [
        Self::SecurityKey,
        Self::Passkey,
        Self::AuthenticatorApp,
        Self::EmailedCode,
        Self::BackupCode,
        Self::RecoveryKey,
        Self::AccessCode,
        Self::Password,
    ];

    /// The stable word for storage, audit and the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::SecurityKey => "security-key",
            Self::Passkey => "passkey",
            Self::AuthenticatorApp => "authenticator-app",
            Self::EmailedCode => "emailed-code",
            Self::BackupCode => "backup-code",
            Self::RecoveryKey => "recovery-key",
            Self::AccessCode => "access-code",
        }
    }

    /// Reads a stored word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|factor| factor.code() == code)
    }

    /// Whether it is a method that people connect, and not something that stands in for one.
    #[must_use]
    pub const fn is_method(self) -> bool {
        matches!(self, Self::SecurityKey | Self::Passkey | Self::AuthenticatorApp | Self::EmailedCode)
    }

    /// Whether it can stand as the second step after a password.
    #[must_use]
    pub const fn is_second_step(self) -> bool {
        !matches!(self, Self::Password)
    }
}

/// What a WebAuthn credential may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeyKind {
    /// The second step after a password: a touch is enough.
    SecurityKey,
    /// Both signs in one: the person is verified by the key, each time.
    Passkey,
}

impl KeyKind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::SecurityKey, Self::Passkey];

    /// The factor that it is.
    #[must_use]
    pub const fn factor(self) -> Factor {
        match self {
            Self::SecurityKey => Factor::SecurityKey,
            Self::Passkey => Factor::Passkey,
        }
    }

    /// The stable word for storage and the API: the factor's.
    #[must_use]
    pub const fn code(self) -> &'static str {
        self.factor().code()
    }

    /// Reads a stored word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.code() == code)
    }
}
