//! The address somebody signs in with.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError};

/// A link from a mail, looked at and not used.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MailLink {
    /// The mailbox it went to; `None` when it doesn't work any more.
    pub email: Option<String>,
}

/// Sends the link that confirms the caller's address again: at most one a minute.
#[server(prefix = "/api", endpoint = "email/confirmation", client = crate::browser::api_client::ApiClient)]
pub async fn send_confirmation() -> Result<Answer, AppError> {
    crate::ssr::address::send_confirmation().await
}

/// Asks for another address. It counts once it is confirmed; the old one is told.
#[server(prefix = "/api", endpoint = "email/change", client = crate::browser::api_client::ApiClient)]
pub async fn change_email(email: String) -> Result<Answer, AppError> {
    crate::ssr::address::change(&email).await
}

/// Looks at a link that confirms an address, without using it.
#[server(prefix = "/api", endpoint = "email/confirm", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_confirm_email(#[server(default)] token: String) -> Result<MailLink, AppError> {
    crate::ssr::address::load_confirm(&token).await
}

/// Confirms an address with a link, whoever is signed in here.
#[server(prefix = "/api", endpoint = "email/confirm", client = crate::browser::api_client::ApiClient)]
pub async fn confirm_email(token: String) -> Result<Answer, AppError> {
    crate::ssr::address::confirm(&token).await
}
