//! What somebody is in the organisation.

use serde::{Deserialize, Serialize};

/// A person's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Takes calls.
    Agent,
    /// Runs a team.
    Supervisor,
    /// Owns the organisation's settings.
    AccountHolder,
}

impl Role {
    /// The stable word for storage and the API.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Agent => "agent",
            Self::Supervisor => "supervisor",
            Self::AccountHolder => "account-holder",
        }
    }

    /// The words on screen.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Agent => "Agent",
            Self::Supervisor => "Supervisor",
            Self::AccountHolder => "Account holder",
        }
    }

    /// Reads a stored word.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Agent, Self::Supervisor, Self::AccountHolder].into_iter().find(|role| role.code() == code)
    }
}
