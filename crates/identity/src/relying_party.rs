//! WebAuthn as this installation speaks it: the one place that names webauthn-rs.
//!
//! The library checks what WebAuthn L3 §7.1 and §7.2 ask for: type, challenge, origin, relying
//! party, presence, verification, algorithm, signature. Added here: the length of a credential id;
//! that what is said about copies of a key doesn't contradict itself or change; and, of an
//! authentication, that it wasn't in another site's frame, and names its owner truly.
//!
//! Attestation isn't asked for: it would tell the make of somebody's key, and nothing here depends
//! on it.

use std::time::Duration;

use countersign_domain::KeyKind;
use countersign_store::Credential;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;
use thiserror::Error;
use webauthn_rs::{
    Webauthn, WebauthnBuilder,
    prelude::{
        AuthenticationResult, DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
        RegisterPublicKeyCredential, SecurityKey, SecurityKeyAuthentication, SecurityKeyRegistration, Url, Uuid, WebauthnError,
    },
};

use crate::Error;

/// How long a ceremony may take, in seconds (WebAuthn L3 §15.1 asks for no less than five minutes).
pub(crate) const CEREMONY_SECONDS: i64 = 5 * 60;
/// The most a credential id may have, in bytes (WebAuthn L3 §7.1 step 25).
const MAX_CREDENTIAL_ID: usize = 1023;
/// The most an answer may have, in characters. Real ones have about two thousand.
const MAX_ANSWER: usize = 16 * 1024;
/// Where the flags stand in authenticator data: behind the hash of the relying party id (§6.1).
const FLAGS_AT: usize = 32;
/// Backup eligible, and backed up (§6.1).
const BACKUP_ELIGIBLE: u8 = 0b0000_1000;
const BACKED_UP: u8 = 0b0001_0000;

/// Who asks keys to sign: an origin, and the host that keys are bound to.
pub struct RelyingParty {
    webauthn: Webauthn,
    id: String,
    origin: String,
}

/// The public URL can't be a relying party.
#[derive(Debug, Error)]
#[error("{origin} can't be what security keys are bound to: it needs a host name, not an address")]
pub struct RelyingPartyError {
    origin: String,
}

/// Why an answer wasn't accepted. Nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotAccepted {
    /// It is of no key in question.
    Unknown,
    /// The key's counter didn't grow: there may be a copy of it (§6.1.1).
    CounterBack,
    /// Anything else, by a stable word for the audit trail.
    Invalid(&'static str),
}

/// What the answer to a ceremony is checked against. It is kept in the database meanwhile.
#[derive(Serialize, Deserialize)]
pub(crate) enum State {
    ConnectSecurityKey(SecurityKeyRegistration),
    ConnectPasskey(PasskeyRegistration),
    SecurityKey(SecurityKeyAuthentication),
    Passkey(PasskeyAuthentication),
    AnyPasskey(DiscoverableAuthentication),
}

impl State {
    /// What kind of key it is about.
    pub(crate) const fn kind(&self) -> KeyKind {
        match self {
            Self::ConnectSecurityKey(_) | Self::SecurityKey(_) => KeyKind::SecurityKey,
            Self::ConnectPasskey(_) | Self::Passkey(_) | Self::AnyPasskey(_) => KeyKind::Passkey,
        }
    }
}

/// Who a key is to be connected to.
pub(crate) struct NewOwner<'a> {
    pub(crate) handle: [u8; 16],
    pub(crate) organisation: &'a str,
    pub(crate) email: &'a str,
    pub(crate) name: &'a str,
}

/// A key that proved itself at its registration.
pub(crate) struct Registered {
    pub(crate) credential_id: Vec<u8>,
    pub(crate) public_key: Value,
    pub(crate) backup_eligible: bool,
    pub(crate) counter: u32,
}

/// A key that signed a challenge. Its counter has grown since `credential` was read, and has to be
/// compared again where it is stored.
pub(crate) struct Signed {
    pub(crate) credential: Credential,
    pub(crate) counter: u32,
    pub(crate) public_key: Value,
}

/// An answer without an e-mail: who the key says it belongs to.
pub(crate) struct Claim {
    answer: PublicKeyCredential,
    pub(crate) handle: [u8; 16],
    pub(crate) credential_id: Vec<u8>,
}

type Started = Result<(Value, State), Error>;

impl RelyingParty {
    /// The relying party of an origin such as `https://sign-in.example.com`. Its id is the host.
    ///
    /// # Errors
    /// [`RelyingPartyError`] when the host is an address.
    pub fn new(origin: &str) -> Result<Self, RelyingPartyError> {
        let refuse = || RelyingPartyError { origin: origin.to_owned() };
        let url = Url::parse(origin).map_err(|_| refuse())?;
        let id = url.domain().ok_or_else(refuse)?.to_owned();
        let webauthn = WebauthnBuilder::new(&id, &url)
            .map_err(|_| refuse())?
            .timeout(Duration::from_secs(CEREMONY_SECONDS.unsigned_abs()))
            // A second step follows the password: a touch is enough, also of a key that has a PIN.
            .danger_set_user_presence_only_security_keys(true)
            .build()
            .map_err(|_| refuse())?;
        Ok(Self { webauthn, id, origin: origin.trim_end_matches('/').to_owned() })
    }

    /// The host that keys are bound to (WebAuthn L3 §5.1.2).
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The public URL: where links in mails lead.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Begins to connect a key. What `connected` has already, a browser doesn't offer again.
    pub(crate) fn start_registration(&self, kind: KeyKind, owner: &NewOwner<'_>, connected: &[Credential]) -> Started {
        let handle = Uuid::from_bytes(owner.handle);
        let exclude = connected.iter().map(|credential| credential.credential_id.clone()).collect();
        let (mut options, state) = match kind {
            KeyKind::SecurityKey => {
                let started = self.webauthn.start_securitykey_registration(handle, owner.email, owner.name, Some(exclude), None, None);
                started.map(|(options, state)| (options, State::ConnectSecurityKey(state)))
            }
            KeyKind::Passkey => {
                let started = self.webauthn.start_passkey_registration(handle, owner.email, owner.name, Some(exclude));
                started.map(|(options, state)| (options, State::ConnectPasskey(state)))
            }
        }
        .map_err(Error::fault)?;
        let mut public_key = serde_json::to_value(&mut options.public_key).map_err(Error::fault)?;
        public_key["rp"]["name"] = owner.organisation.into();
        let selection = &mut public_key["authenticatorSelection"];
        match kind {
            // What signs in without an e-mail has to be found by the key itself.
            KeyKind::Passkey => {
                selection["residentKey"] = "required".into();
                selection["requireResidentKey"] = true.into();
                selection["userVerification"] = "required".into();
            }
            // A place on a key is scarce, and a PIN isn't asked for when it signs either.
            KeyKind::SecurityKey => {
                selection["residentKey"] = "discouraged".into();
                selection["requireResidentKey"] = false.into();
                selection["userVerification"] = "discouraged".into();
                selection["authenticatorAttachment"] = "cross-platform".into();
            }
        }
        Ok((public_key, state))
    }

    /// Checks the answer of a key to be connected (WebAuthn L3 §7.1).
    pub(crate) fn finish_registration(&self, state: &State, answer: &str) -> Result<Result<Registered, NotAccepted>, Error> {
        let Some(answer) = read::<RegisterPublicKeyCredential>(answer) else { return Ok(Err(MALFORMED)) };
        let checked = match state {
            State::ConnectSecurityKey(state) => {
                self.webauthn.finish_securitykey_registration(&answer, state).map(|key| (key.cred_id().clone(), serde_json::to_value(key)))
            }
            State::ConnectPasskey(state) => {
                self.webauthn.finish_passkey_registration(&answer, state).map(|key| (key.cred_id().clone(), serde_json::to_value(key)))
            }
            State::SecurityKey(_) | State::Passkey(_) | State::AnyPasskey(_) => return Ok(Err(NotAccepted::Invalid("purpose"))),
        };
        let (credential_id, public_key) = match checked {
            Ok((credential_id, public_key)) => (credential_id, public_key.map_err(Error::fault)?),
            Err(error) => return Ok(Err(why(&error))),
        };
        if credential_id.is_empty() || credential_id.len() > MAX_CREDENTIAL_ID {
            return Ok(Err(NotAccepted::Invalid("credential-id")));
        }
        let said = said_of(&public_key)?;
        if said.backup_state && !said.backup_eligible {
            return Ok(Err(CONTRADICTION));
        }
        Ok(Ok(Registered { credential_id, backup_eligible: said.backup_eligible, counter: said.counter, public_key }))
    }

    /// Asks for a touch of one of these keys, which are all of one kind.
    pub(crate) fn start_authentication(&self, kind: KeyKind, connected: &[Credential]) -> Started {
        let (options, state) = match kind {
            KeyKind::SecurityKey => {
                let keys = connected.iter().map(stored).collect::<Result<Vec<SecurityKey>, _>>()?;
                let started = self.webauthn.start_securitykey_authentication(&keys);
                started.map(|(options, state)| (options, State::SecurityKey(state)))
            }
            KeyKind::Passkey => {
                let keys = connected.iter().map(stored).collect::<Result<Vec<Passkey>, _>>()?;
                let started = self.webauthn.start_passkey_authentication(&keys);
                started.map(|(options, state)| (options, State::Passkey(state)))
            }
        }
        .map_err(Error::fault)?;
        Ok((serde_json::to_value(&options.public_key).map_err(Error::fault)?, state))
    }

    /// The credential id that a new key claims to have.
    pub(crate) fn new_credential_id_of(answer: &str) -> Option<Vec<u8>> {
        read::<RegisterPublicKeyCredential>(answer).map(|answer| answer.raw_id)
    }

    /// The credential id that an answer claims to be of.
    pub(crate) fn credential_id_of(answer: &str) -> Option<Vec<u8>> {
        read::<PublicKeyCredential>(answer).map(|answer| answer.raw_id)
    }

    /// Asks for any passkey at all.
    pub(crate) fn start_discovery(&self) -> Started {
        let (options, state) = self.webauthn.start_discoverable_authentication().map_err(Error::fault)?;
        Ok((serde_json::to_value(&options.public_key).map_err(Error::fault)?, State::AnyPasskey(state)))
    }

    /// Checks the answer of one of `connected` (WebAuthn L3 §7.2).
    pub(crate) fn finish_authentication(
        &self,
        state: &State,
        answer: &str,
        handle: Option<[u8; 16]>,
        connected: Vec<Credential>,
    ) -> Result<Result<Signed, NotAccepted>, Error> {
        let Some(answer) = read::<PublicKeyCredential>(answer) else { return Ok(Err(MALFORMED)) };
        let Some(credential) = connected.into_iter().find(|credential| credential.credential_id == answer.raw_id.as_slice()) else {
            return Ok(Err(NotAccepted::Unknown));
        };
        // A key that says whose it is says so truly (§7.2 step 6). Some browsers write none as an empty one.
        let said = answer.response.user_handle.as_ref().filter(|said| !said.is_empty());
        if said.is_some_and(|said| handle.is_none_or(|handle| said.as_slice() != handle)) {
            return Ok(Err(NotAccepted::Invalid("user-handle")));
        }
        if let Err(refused) = judge_frame(&answer).and_then(|()| judge_backup(&answer, &credential)) {
            return Ok(Err(refused));
        }
        let checked = match state {
            State::SecurityKey(state) => self.webauthn.finish_securitykey_authentication(&answer, state),
            State::Passkey(state) => self.webauthn.finish_passkey_authentication(&answer, state),
            State::ConnectSecurityKey(_) | State::ConnectPasskey(_) | State::AnyPasskey(_) => {
                return Ok(Err(NotAccepted::Invalid("purpose")));
            }
        };
        match checked {
            Ok(result) => signed(credential, &result),
            Err(error) => Ok(Err(why(&error))),
        }
    }

    /// Reads whose an answer without an e-mail claims to be. Nothing is checked yet.
    pub(crate) fn read_claim(&self, answer: &str) -> Result<Claim, NotAccepted> {
        let answer: PublicKeyCredential = read(answer).ok_or(MALFORMED)?;
        let (handle, credential_id) = self.webauthn.identify_discoverable_authentication(&answer).map_err(|error| why(&error))?;
        let (handle, credential_id) = (handle.into_bytes(), credential_id.to_vec());
        Ok(Claim { answer, handle, credential_id })
    }

    /// Checks a claim against the key it names.
    pub(crate) fn finish_discovery(
        &self,
        state: State,
        claim: &Claim,
        credential: Credential,
    ) -> Result<Result<Signed, NotAccepted>, Error> {
        let State::AnyPasskey(state) = state else { return Ok(Err(NotAccepted::Invalid("purpose"))) };
        if let Err(refused) = judge_frame(&claim.answer).and_then(|()| judge_backup(&claim.answer, &credential)) {
            return Ok(Err(refused));
        }
        let passkey: Passkey = stored(&credential)?;
        match self.webauthn.finish_discoverable_authentication_v2(&claim.answer, state, &passkey) {
            // The library asks for it; signing in without a password rests on it.
            Ok(result) if !result.user_verified() => Ok(Err(NotAccepted::Invalid("user-verification"))),
            Ok(result) => signed(credential, &result),
            Err(error) => Ok(Err(why(&error))),
        }
    }
}

impl std::fmt::Debug for RelyingParty {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RelyingParty").field("id", &self.id).finish_non_exhaustive()
    }
}

const MALFORMED: NotAccepted = NotAccepted::Invalid("malformed");
const CONTRADICTION: NotAccepted = NotAccepted::Invalid("backup-state");

fn read<T: DeserializeOwned>(answer: &str) -> Option<T> {
    if answer.len() > MAX_ANSWER { None } else { serde_json::from_str(answer).ok() }
}

fn stored<T: DeserializeOwned>(credential: &Credential) -> Result<T, Error> {
    T::deserialize(&credential.public_key).map_err(Error::fault)
}

/// What the library keeps of a key, as far as we look at it.
#[derive(Deserialize)]
struct Said {
    counter: u32,
    backup_eligible: bool,
    backup_state: bool,
}

fn said_of(public_key: &Value) -> Result<Said, Error> {
    Said::deserialize(&public_key["cred"]).map_err(Error::fault)
}

/// Where an answer was given (§5.8.1), as far as the library leaves it to us.
#[derive(Deserialize)]
struct Frame {
    #[serde(rename = "crossOrigin", default)]
    is_cross_origin: bool,
    #[serde(rename = "topOrigin")]
    top_origin: Option<String>,
}

/// Our pages stand in no other site's frame (§7.2 steps 10 and 11).
fn judge_frame(answer: &PublicKeyCredential) -> Result<(), NotAccepted> {
    let frame: Frame = serde_json::from_slice(answer.response.client_data_json.as_ref()).map_err(|_| MALFORMED)?;
    if frame.is_cross_origin || frame.top_origin.is_some() { Err(NotAccepted::Invalid("origin")) } else { Ok(()) }
}

/// Backed up without being eligible is a contradiction; and eligibility never changes (§7.2
/// steps 18 and 19).
fn judge_backup(answer: &PublicKeyCredential, credential: &Credential) -> Result<(), NotAccepted> {
    let data: &[u8] = answer.response.authenticator_data.as_ref();
    let flags = data.get(FLAGS_AT).copied().ok_or(MALFORMED)?;
    let is_eligible = flags & BACKUP_ELIGIBLE != 0;
    let is_backed_up = flags & BACKED_UP != 0;
    if (is_backed_up && !is_eligible) || is_eligible != credential.backup_eligible { Err(CONTRADICTION) } else { Ok(()) }
}

/// The key as it is to be stored now.
fn signed(credential: Credential, result: &AuthenticationResult) -> Result<Result<Signed, NotAccepted>, Error> {
    let public_key = match credential.kind {
        KeyKind::SecurityKey => {
            let mut key: SecurityKey = stored(&credential)?;
            key.update_credential(result);
            serde_json::to_value(key)
        }
        KeyKind::Passkey => {
            let mut key: Passkey = stored(&credential)?;
            key.update_credential(result);
            serde_json::to_value(key)
        }
    };
    Ok(Ok(Signed { counter: result.counter(), public_key: public_key.map_err(Error::fault)?, credential }))
}

fn why(error: &WebauthnError) -> NotAccepted {
    tracing::debug!(%error, "an answer of a key wasn't accepted");
    NotAccepted::Invalid(match error {
        WebauthnError::CredentialPossibleCompromise => return NotAccepted::CounterBack,
        WebauthnError::CredentialNotFound => return NotAccepted::Unknown,
        WebauthnError::InvalidClientDataType => "type",
        WebauthnError::MismatchedChallenge => "challenge",
        WebauthnError::InvalidRPOrigin | WebauthnError::CredentialCrossOrigin => "origin",
        WebauthnError::InvalidRPIDHash => "relying-party",
        WebauthnError::UserNotPresent => "user-presence",
        WebauthnError::UserNotVerified => "user-verification",
        WebauthnError::CredentialAlteredAlgFromRequest | WebauthnError::COSEKeyInvalidAlgorithm => "algorithm",
        WebauthnError::CredentialExcludedFromRequest => "excluded",
        WebauthnError::CredentialBackupEligibilityInconsistent => "backup-state",
        WebauthnError::AuthenticationFailure | WebauthnError::SignatureInvalid => "signature",
        _ => "other",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_bound_to_the_host_of_the_public_url() {
        assert_eq!(RelyingParty::new("https://sign-in.example.com:8443").unwrap().id(), "sign-in.example.com");
        assert_eq!(RelyingParty::new("http://localhost:3000").unwrap().id(), "localhost");
        for origin in ["https://192.0.2.1", "https://[2001:db8::1]", "nonsense"] {
            assert!(RelyingParty::new(origin).is_err(), "{origin}");
        }
    }

    #[test]
    fn what_is_asked_for_is_what_each_kind_needs() {
        let party = RelyingParty::new("http://localhost:3000").unwrap();
        let owner = NewOwner { handle: [7; 16], organisation: "Quillbrook Support", email: "wren@example.com", name: "Wren" };
        let (key, state) = party.start_registration(KeyKind::SecurityKey, &owner, &[]).unwrap();
        assert_eq!(state.kind(), KeyKind::SecurityKey);
        assert_eq!(key["authenticatorSelection"]["userVerification"], "discouraged");
        assert_eq!((&key["attestation"], &key["rp"]["name"]), (&Value::from("none"), &Value::from("Quillbrook Support")));
        let (passkey, _) = party.start_registration(KeyKind::Passkey, &owner, &[]).unwrap();
        assert_eq!(passkey["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(passkey["timeout"], 300_000);
        let (any, _) = party.start_discovery().unwrap();
        assert_eq!((&any["userVerification"], any["allowCredentials"].as_array().map(Vec::len)), (&Value::from("required"), Some(0)));
    }
}
