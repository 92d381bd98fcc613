//! The second sign.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, Way, When, emailed_code::SentCode};

/// What the second step can be for the person whose password was right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SecondStep {
    /// The organisation's name, as the authenticator app lists it.
    pub organisation: String,
    /// Whose sign-in this is.
    pub email: String,
    /// When the first sign was accepted.
    pub password_at: When,
    /// It was single sign-on, and no password.
    pub is_signed_on: bool,
    /// Only what this person has, strongest first.
    pub ways: Vec<Way>,
    /// The code that was last emailed for this sign-in.
    pub sent_code: Option<SentCode>,
    /// A code by mail can't be the second step this time: the password was chosen with a mailed link.
    pub is_mailbox_spent: bool,
    /// For how many days this browser may be trusted, if it may.
    pub trust_days: Option<usize>,
    /// Who may give them a temporary access code, by name.
    pub helpers: Vec<String>,
}

/// Asking for a temporary access code: what the screen of whoever asks shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AskedHelp {
    /// The number to read out: `427 193`. None when nothing is asked, any more or yet.
    pub number: Option<String>,
    /// Until when it is worth reading out.
    pub until: Option<When>,
    /// A code was given for this screen, and can be typed.
    pub is_given: bool,
}

/// Shows what the second step can be.
#[server(prefix = "/api", endpoint = "second-step", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_second_step() -> Result<SecondStep, AppError> {
    crate::ssr::second_step::load().await
}

/// Shows the number to read out to whoever may give a temporary access code.
#[server(prefix = "/api", endpoint = "second-step/ask", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_asked() -> Result<AskedHelp, AppError> {
    crate::ssr::second_step::load_asked().await
}

/// Asks for a temporary access code: a number is shown for ten minutes.
#[server(prefix = "/api", endpoint = "second-step/ask", client = crate::browser::api_client::ApiClient)]
pub async fn ask_for_code() -> Result<Answer, AppError> {
    crate::ssr::second_step::ask().await
}

/// Checks the code from an authenticator app. `trust`: anything but nothing trusts this browser from now on.
#[server(prefix = "/api", endpoint = "second-step/authenticator-app", client = crate::browser::api_client::ApiClient)]
pub async fn verify_authenticator_code(code: String, #[server(default)] trust: String) -> Result<Answer, AppError> {
    crate::ssr::second_step::verify_authenticator_code(&code, &trust).await
}

/// Spends a temporary access code.
#[server(prefix = "/api", endpoint = "second-step/access-code", client = crate::browser::api_client::ApiClient)]
pub async fn verify_access_code(code: String) -> Result<Answer, AppError> {
    crate::ssr::second_step::verify_access_code(&code).await
}

/// Spends a backup code.
#[server(prefix = "/api", endpoint = "second-step/backup-code", client = crate::browser::api_client::ApiClient)]
pub async fn verify_backup_code(code: String) -> Result<Answer, AppError> {
    crate::ssr::second_step::verify_backup_code(&code).await
}
