//! "Confirm it's you": a fresh proof before anything that weakens the account.

use countersign_domain::Secret;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, Way, emailed_code::SentCode};

/// How this person can confirm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Confirmation {
    /// The organisation's name, as the authenticator app lists it.
    pub organisation: String,
    /// Who they are.
    pub email: String,
    /// Their second steps, strongest first; empty when only the password is left to ask for.
    pub ways: Vec<Way>,
    /// They can prove it at their organisation's identity provider, in place of a password.
    pub single_sign_on: bool,
    /// The code that was last emailed to confirm with.
    pub sent_code: Option<SentCode>,
}

/// Shows how to confirm.
#[server(prefix = "/api", endpoint = "confirmation", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_confirmation() -> Result<Confirmation, AppError> {
    crate::ssr::confirm::load().await
}

/// Confirms with a code from an authenticator app; `next` is the page to return to.
#[server(prefix = "/api", endpoint = "confirmation/authenticator-app", client = crate::browser::api_client::ApiClient)]
pub async fn confirm_with_app(code: String, #[server(default)] next: String) -> Result<Answer, AppError> {
    crate::ssr::confirm::with_app(&code, &next).await
}

/// Confirms with a backup code, which is spent.
#[server(prefix = "/api", endpoint = "confirmation/backup-code", client = crate::browser::api_client::ApiClient)]
pub async fn confirm_with_backup_code(code: String, #[server(default)] next: String) -> Result<Answer, AppError> {
    crate::ssr::confirm::with_backup_code(&code, &next).await
}

/// Confirms with the password, for those who have no second step.
#[server(prefix = "/api", endpoint = "confirmation/password", client = crate::browser::api_client::ApiClient)]
pub async fn confirm_with_password(password: Secret, #[server(default)] next: String) -> Result<Answer, AppError> {
    crate::ssr::confirm::with_password(&password, &next).await
}
