//! Emailed codes: sending one, and what it is good for.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, When};

/// The code that was last sent for an attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SentCode {
    /// Where it went: masked, except to somebody who is in.
    pub email: String,
    /// When.
    pub sent: When,
    /// From when on a new one may be asked for.
    pub resend: When,
    /// Seconds until then; 0 when it is now.
    pub wait_seconds: u64,
    /// It still works.
    pub is_live: bool,
    /// For how many minutes a code works.
    pub minutes: i64,
}

/// Turning emailed codes on, as far as it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PendingEmailedCode {
    /// The address codes are sent to.
    pub email: String,
    /// The code to type.
    pub sent: Option<SentCode>,
}

/// Sends a code for the second step. It ends the one before; not within a minute of it.
#[server(prefix = "/api", endpoint = "second-step/emailed-code/send", client = crate::browser::api_client::ApiClient)]
pub async fn send_second_step_code() -> Result<Answer, AppError> {
    crate::ssr::emailed_code::send_for_second_step().await
}

/// Checks an emailed code, as the second step.
#[server(prefix = "/api", endpoint = "second-step/emailed-code", client = crate::browser::api_client::ApiClient)]
pub async fn verify_emailed_code(code: String, #[server(default)] trust: String) -> Result<Answer, AppError> {
    crate::ssr::emailed_code::verify(&code, &trust).await
}

/// Sends a code for a fresh proof; `next` is the page to return to after it.
#[server(prefix = "/api", endpoint = "confirmation/emailed-code/send", client = crate::browser::api_client::ApiClient)]
pub async fn send_confirmation_code(#[server(default)] next: String) -> Result<Answer, AppError> {
    crate::ssr::emailed_code::send_for_confirmation(&next).await
}

/// Confirms with an emailed code; `next` is the page to return to.
#[server(prefix = "/api", endpoint = "confirmation/emailed-code", client = crate::browser::api_client::ApiClient)]
pub async fn confirm_with_emailed_code(code: String, #[server(default)] next: String) -> Result<Answer, AppError> {
    crate::ssr::emailed_code::confirm(&code, &next).await
}

/// Shows the code that was sent to turn emailed codes on.
#[server(prefix = "/api", endpoint = "enrolment/emailed-code", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_pending_emailed_code() -> Result<PendingEmailedCode, AppError> {
    crate::ssr::emailed_code::load_pending().await
}

/// Sends a code to turn emailed codes on with.
#[server(prefix = "/api", endpoint = "enrolment/emailed-code/send", client = crate::browser::api_client::ApiClient)]
pub async fn send_enrolment_code() -> Result<Answer, AppError> {
    crate::ssr::emailed_code::send_for_enrolment().await
}

/// Turns emailed codes on, if the code is right. Makes backup codes and a recovery key when there are none.
#[server(prefix = "/api", endpoint = "enrolment/emailed-code", client = crate::browser::api_client::ApiClient)]
pub async fn connect_emailed_code(code: String) -> Result<Answer, AppError> {
    crate::ssr::emailed_code::connect(&code).await
}
