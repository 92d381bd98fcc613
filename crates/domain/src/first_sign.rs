//! What a session began with.

/// The first sign that was given, or both in one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FirstSign {
    /// The password.
    #[default]
    Password,
    /// A passkey, which is both signs.
    Passkey,
    /// The organisation's identity provider said who it is.
    SingleSignOn,
}

impl FirstSign {
    /// The stable word for storage, audit and the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Passkey => "passkey",
            Self::SingleSignOn => "single-sign-on",
        }
    }

    /// Reads a stored word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Password, Self::Passkey, Self::SingleSignOn].into_iter().find(|sign| sign.code() == code)
    }
}
