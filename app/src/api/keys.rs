//! Security keys and passkeys: each act begins with a challenge, which the browser hands to the
//! key, and ends with the key's answer.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Answer, AppError};

/// A challenge for a key. It is good once, for five minutes, in this session and for this act.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Challenge {
    /// To be sent back beside the answer.
    pub ceremony: String,
    /// What to hand to `navigator.credentials` as `publicKey`, with its binary values in base64url
    /// (WebAuthn L3 §5.1.8 and §5.1.9 read it as it is).
    #[cfg_attr(feature = "ssr", schemars(with = "std::collections::BTreeMap<String, serde_json::Value>"))]
    pub public_key: PublicKeyOptions,
}

/// Options for `navigator.credentials`: JSON, which only the browser reads.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct PublicKeyOptions(pub String);

impl Serialize for PublicKeyOptions {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[cfg(feature = "ssr")]
        return serde_json::from_str::<serde_json::Value>(&self.0).map_err(serde::ser::Error::custom)?.serialize(serializer);
        #[cfg(not(feature = "ssr"))]
        serializer.serialize_str(&self.0)
    }
}

/// Begins to connect a key: `method` is `security-key` or `passkey`.
#[server(prefix = "/api", endpoint = "enrolment/key/start", client = crate::browser::api_client::ApiClient)]
pub async fn start_key(method: String) -> Result<Challenge, AppError> {
    crate::ssr::keys::start(&method).await
}

/// Connects the key, if its answer is right. Makes backup codes when there are none.
#[server(prefix = "/api", endpoint = "enrolment/key", client = crate::browser::api_client::ApiClient)]
pub async fn connect_key(ceremony: String, credential: String, #[server(default)] name: String) -> Result<Answer, AppError> {
    crate::ssr::keys::connect(&ceremony, &credential, &name).await
}

/// Asks one of the caller's keys for the second step.
#[server(prefix = "/api", endpoint = "second-step/key/start", client = crate::browser::api_client::ApiClient)]
pub async fn start_key_verification(method: String) -> Result<Challenge, AppError> {
    crate::ssr::keys::start_verification(&method).await
}

/// Checks a key's answer, as the second step.
#[server(prefix = "/api", endpoint = "second-step/key", client = crate::browser::api_client::ApiClient)]
pub async fn verify_key(ceremony: String, credential: String, #[server(default)] trust: String) -> Result<Answer, AppError> {
    crate::ssr::keys::verify(&ceremony, &credential, &trust).await
}

/// Asks one of the caller's keys for a fresh proof.
#[server(prefix = "/api", endpoint = "confirmation/key/start", client = crate::browser::api_client::ApiClient)]
pub async fn start_key_confirmation(method: String) -> Result<Challenge, AppError> {
    crate::ssr::keys::start_confirmation(&method).await
}

/// Confirms with a key; `next` is the page to return to.
#[server(prefix = "/api", endpoint = "confirmation/key", client = crate::browser::api_client::ApiClient)]
pub async fn confirm_with_key(ceremony: String, credential: String, #[server(default)] next: String) -> Result<Answer, AppError> {
    crate::ssr::keys::confirm(&ceremony, &credential, &next).await
}

/// Asks for any passkey, to sign in with.
#[server(prefix = "/api", endpoint = "sign-in/passkey/start", client = crate::browser::api_client::ApiClient)]
pub async fn start_passkey_sign_in() -> Result<Challenge, AppError> {
    // It waits for nothing; a server function is async all the same.
    std::future::ready(crate::ssr::keys::start_sign_in()).await
}

/// Signs in with a passkey, which is both signs in one.
#[server(prefix = "/api", endpoint = "sign-in/passkey", client = crate::browser::api_client::ApiClient)]
pub async fn sign_in_with_passkey(ceremony: String, credential: String, #[server(default)] next: String) -> Result<Answer, AppError> {
    crate::ssr::keys::sign_in(&ceremony, &credential, &next).await
}
