//! A security key in software, which can lie in every way that a real one can't.
//!
//! It answers challenges as `PublicKeyCredential.toJSON` writes them (WebAuthn L3 §5.1), with an
//! attestation of "none" and ES256. A [`Lie`] changes one thing about an answer; what is signed is
//! signed after the change, unless the lie is about what was signed.

use ciborium::Value as Cbor;
use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Where it believes to be, unless it lies.
pub(crate) const ORIGIN: &str = "http://localhost:3000";

/// User present, user verified, backup eligible, backed up, attested data included (§6.1).
pub(crate) const UP: u8 = 0x01;
pub(crate) const UV: u8 = 0x04;
pub(crate) const BE: u8 = 0x08;
pub(crate) const BS: u8 = 0x10;
const AT: u8 = 0x40;

/// ES256 (RFC 9053), the algorithm of the key.
const ES256: i64 = -7;

#[derive(Clone)]
pub(crate) struct SoftKey {
    signing: SigningKey,
    pub(crate) credential_id: Vec<u8>,
    pub(crate) user_handle: Option<String>,
    flags: u8,
    counter: u32,
}

/// What is wrong with one answer.
#[derive(Clone, Default)]
pub(crate) struct Lie {
    pub(crate) kind: Option<&'static str>,
    pub(crate) origin: Option<&'static str>,
    pub(crate) cross_origin: bool,
    pub(crate) top_origin: Option<&'static str>,
    pub(crate) rp_id: Option<&'static str>,
    pub(crate) challenge: Option<String>,
    pub(crate) flags: Option<u8>,
    pub(crate) counter: Option<u32>,
    pub(crate) credential_id: Option<Vec<u8>>,
    pub(crate) user_handle: Option<String>,
    pub(crate) algorithm: Option<i64>,
    pub(crate) tampered: Option<Tampered>,
}

/// What was changed after signing.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Tampered {
    /// A space more in the client data.
    ClientData,
    /// A higher counter in the authenticator data.
    AuthenticatorData,
    /// A bit of the signature.
    Signature,
}

fn encode(bytes: &[u8]) -> String {
    BASE64URL_NOPAD.encode(bytes)
}

impl SoftKey {
    /// A key that is touched, and no more: each number is another one.
    pub(crate) fn new(number: u8) -> Self {
        let secret = Sha256::digest([b'k', number]);
        let signing = SigningKey::from_slice(&secret).unwrap();
        Self { signing, credential_id: Sha256::digest([b'i', number]).to_vec(), user_handle: None, flags: UP, counter: 0 }
    }

    /// A passkey, which verifies its owner and has no counter.
    pub(crate) fn passkey(number: u8) -> Self {
        Self { flags: UP | UV, ..Self::new(number) }
    }

    /// The same, with a counter.
    pub(crate) fn counting_from(self, counter: u32) -> Self {
        Self { counter, ..self }
    }

    fn client_data(kind: &str, public_key: &Value, lie: &Lie) -> String {
        let challenge = lie.challenge.clone().unwrap_or_else(|| public_key["challenge"].as_str().unwrap().to_owned());
        let mut data = json!({
            "type": lie.kind.unwrap_or(kind),
            "challenge": challenge,
            "origin": lie.origin.unwrap_or(ORIGIN),
            "crossOrigin": lie.cross_origin,
        });
        if let Some(top) = lie.top_origin {
            data["topOrigin"] = top.into();
        }
        data.to_string()
    }

    fn authenticator_data(rp_id: &str, flags: u8, counter: u32) -> Vec<u8> {
        let mut data = Sha256::digest(rp_id).to_vec();
        data.push(flags);
        data.extend(counter.to_be_bytes());
        data
    }

    fn cose_key(&self, algorithm: i64) -> Vec<u8> {
        let point = self.signing.verifying_key().to_sec1_point(false);
        let int = |n: i64| Cbor::Integer(n.into());
        let key = Cbor::Map(vec![
            (int(1), int(2)),
            (int(3), int(algorithm)),
            (int(-1), int(1)),
            (int(-2), Cbor::Bytes(point.x().unwrap().to_vec())),
            (int(-3), Cbor::Bytes(point.y().unwrap().to_vec())),
        ]);
        let mut bytes = Vec::new();
        ciborium::into_writer(&key, &mut bytes).unwrap();
        bytes
    }

    /// Answers a challenge of `navigator.credentials.create`.
    pub(crate) fn create(&mut self, challenge: &Value, lie: &Lie) -> Value {
        let public_key = &challenge["public_key"];
        self.user_handle = public_key["user"]["id"].as_str().map(ToOwned::to_owned);
        let id = lie.credential_id.clone().unwrap_or_else(|| self.credential_id.clone());
        let rp_id = lie.rp_id.unwrap_or_else(|| public_key["rp"]["id"].as_str().unwrap());
        let mut data = Self::authenticator_data(rp_id, lie.flags.unwrap_or(self.flags) | AT, lie.counter.unwrap_or(self.counter));
        data.extend([0; 16]);
        data.extend(u16::try_from(id.len()).unwrap().to_be_bytes());
        data.extend(&id);
        data.extend(self.cose_key(lie.algorithm.unwrap_or(ES256)));
        let text = |text: &str| Cbor::Text(text.to_owned());
        let attestation =
            Cbor::Map(vec![(text("fmt"), text("none")), (text("attStmt"), Cbor::Map(Vec::new())), (text("authData"), Cbor::Bytes(data))]);
        let mut object = Vec::new();
        ciborium::into_writer(&attestation, &mut object).unwrap();
        json!({
            "id": encode(&id),
            "rawId": encode(&id),
            "type": "public-key",
            "response": {
                "clientDataJSON": encode(Self::client_data("webauthn.create", public_key, lie).as_bytes()),
                "attestationObject": encode(&object),
                "transports": ["usb"],
            },
            "clientExtensionResults": {},
        })
    }

    /// Answers a challenge of `navigator.credentials.get`. Keys that count have counted one more.
    pub(crate) fn get(&mut self, challenge: &Value, lie: &Lie) -> Value {
        let public_key = &challenge["public_key"];
        let client_data = Self::client_data("webauthn.get", public_key, lie);
        let rp_id = lie.rp_id.unwrap_or_else(|| public_key["rpId"].as_str().unwrap());
        if self.counter > 0 {
            self.counter += 1;
        }
        let mut data = Self::authenticator_data(rp_id, lie.flags.unwrap_or(self.flags), lie.counter.unwrap_or(self.counter));
        let signed = [data.as_slice(), &Sha256::digest(&client_data)].concat();
        let signature: Signature = self.signing.sign(&signed);
        let mut signature = signature.to_der().as_bytes().to_vec();
        if lie.tampered == Some(Tampered::AuthenticatorData) {
            *data.last_mut().unwrap() += 9;
        }
        if lie.tampered == Some(Tampered::Signature) {
            *signature.last_mut().unwrap() ^= 1;
        }
        let client_data = if lie.tampered == Some(Tampered::ClientData) {
            client_data.replace("\"crossOrigin\"", " \"crossOrigin\"")
        } else {
            client_data
        };
        let id = lie.credential_id.clone().unwrap_or_else(|| self.credential_id.clone());
        json!({
            "id": encode(&id),
            "rawId": encode(&id),
            "type": "public-key",
            "response": {
                "clientDataJSON": encode(client_data.as_bytes()),
                "authenticatorData": encode(&data),
                "signature": encode(&signature),
                "userHandle": lie.user_handle.clone().or_else(|| self.user_handle.clone()),
            },
            "clientExtensionResults": {},
        })
    }
}
