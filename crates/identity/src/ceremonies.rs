//! Challenges on their way, each answered once, by whoever was asked.
//!
//! A session's wait in the database. A stranger's is sealed and travels with the stranger, and is
//! written down when it has been answered: asking for one costs us no row and no turn to write.

use countersign_domain::Instant;
use countersign_store::{Ceremony, CeremonyId, Place, Tx};
use data_encoding::BASE64URL_NOPAD;
use serde::{Deserialize, Serialize};
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

/// A sealed challenge.
#[derive(Serialize, Deserialize)]
struct Kept {
    /// Microseconds since 1970.
    expires_at: i64,
    bound_to: [u8; 32],
    state: State,
}

/// A challenge that was opened, to be spent.
pub(crate) struct Open {
    id: CeremonyId,
    bound_to: [u8; 32],
    expires_at: Instant,
}

/// Where a challenge would lie, were it kept.
const fn place(id: CeremonyId) -> Place {
    Place { table: "ceremonies", column: "state", row: id.as_uuid() }
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
        self.store.create_ceremony(&ceremony).await?;
        Ok(Challenge { ceremony: ceremony.id.to_string(), public_key })
    }

    /// Seals a challenge for the bearer of `token` to keep.
    pub(crate) fn seal_ceremony(&self, token: &Token, (public_key, state): (Value, State)) -> Result<Challenge, Error> {
        let now = self.now();
        let id = CeremonyId::from_random(now, self.random()?);
        let expires_at = now.plus_seconds(CEREMONY_SECONDS).as_micros();
        let kept = serde_json::to_vec(&Kept { expires_at, bound_to: *token.hash(), state }).map_err(Error::fault)?;
        let sealed = self.store.keys().seal(place(id), &kept).map_err(Error::fault)?;
        let ceremony = [id.to_string().as_str(), ".", &BASE64URL_NOPAD.encode(&sealed)].concat();
        Ok(Challenge { ceremony, public_key })
    }

    /// Opens a challenge that [`Identity::seal_ceremony`] gave to this bearer. It may have been spent.
    pub(crate) fn open_ceremony(&self, token: &Token, text: &str) -> Option<(Open, State)> {
        let (id, sealed) = text.split_once('.')?;
        let id = CeremonyId::parse(id)?;
        let kept = self.store.keys().open(place(id), &BASE64URL_NOPAD.decode(sealed.as_bytes()).ok()?).ok()?;
        let Kept { expires_at, bound_to, state } = serde_json::from_slice(&kept).ok()?;
        let open = Open { id, bound_to, expires_at: Instant::from_micros(expires_at) };
        (bound_to == *token.hash() && self.now() < open.expires_at).then_some((open, state))
    }

    /// Whether an open challenge has been spent by now.
    pub(crate) async fn is_spent(&self, open: &Open) -> Result<bool, Error> {
        Ok(self.store.is_ceremony_spent(open.id, &open.bound_to).await?)
    }

    /// Spends an open challenge. `false` when it was spent before.
    pub(crate) async fn spend_ceremony(&self, tx: &mut Tx, purpose: Purpose, open: &Open) -> Result<bool, Error> {
        Ok(tx.spend_ceremony(open.id, &open.bound_to, purpose.code(), open.expires_at).await?)
    }

    /// Takes a challenge back, once. `None` when there is none for this bearer and purpose any more.
    pub(crate) async fn take_ceremony(&self, token: &Token, purpose: Purpose, id: &str) -> Result<Option<State>, Error> {
        let Some(id) = CeremonyId::parse(id) else { return Ok(None) };
        let state = self.store.consume_ceremony(id, token.hash(), purpose.code(), self.now()).await?;
        state.map(|state| serde_json::from_value(state).map_err(Error::fault)).transpose()
    }
}
