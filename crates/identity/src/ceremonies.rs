//! Challenges on their way: kept in the database, answered once, by whoever was asked.

use countersign_store::{Ceremony, CeremonyId};
use serde_json::Value;

use crate::{
    Error, Identity, Token,
    relying_party::{CEREMONY_SECONDS, State},
};

/// What an answer is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Connecting a key.
    Connect,
    /// The second step of a sign-in.
    SecondStep,
    /// "Confirm it's you".
    Confirm,
    /// Signing in with a passkey alone.
    SignIn,
}

impl Purpose {
    const fn code(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::SecondStep => "second-step",
            Self::Confirm => "confirm",
            Self::SignIn => "sign-in",
        }
    }
}

/// A challenge, for the browser to hand to `navigator.credentials`.
#[derive(Debug)]
pub struct Challenge {
    /// What the browser brings back beside the answer.
    pub ceremony: String,
    /// The `publicKey` options (WebAuthn L3 §5.4 and §5.5), binary values in base64url.
    pub public_key: Value,
}

/// An answer as a browser brings it.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    /// [`Challenge::ceremony`].
    pub ceremony: &'a str,
    /// The credential as JSON (WebAuthn L3 §5.1, `toJSON`).
    pub credential: &'a str,
}

impl Identity {
    /// Keeps a challenge for the bearer of `token`.
    pub(crate) async fn keep_ceremony(
        &self,
        token: &Token,
        purpose: Purpose,
        (public_key, state): (Value, State),
    ) -> Result<Challenge, Error> {
        let now = self.now();
        let ceremony = Ceremony {
            id: CeremonyId::from_random(now, self.random()?),
            bound_to: *token.hash(),
            purpose: purpose.code(),
            state: serde_json::to_value(state).map_err(Error::fault)?,
            expires_at: now.plus_seconds(CEREMONY_SECONDS),
        };
        self.store.create_ceremony(&ceremony, now).await?;
        Ok(Challenge { ceremony: ceremony.id.to_string(), public_key })
    }

    /// Takes a challenge back, once. `None` when there is none for this bearer and purpose any more.
    pub(crate) async fn take_ceremony(&self, token: &Token, purpose: Purpose, id: &str) -> Result<Option<State>, Error> {
        let Some(id) = CeremonyId::parse(id) else { return Ok(None) };
        let state = self.store.consume_ceremony(id, token.hash(), purpose.code(), self.now()).await?;
        state.map(|state| serde_json::from_value(state).map_err(Error::fault)).transpose()
    }
}
