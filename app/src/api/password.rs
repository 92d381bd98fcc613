//! A new password.

use countersign_domain::Secret;
use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::{Answer, AppError, address::MailLink};

/// Sends a link for a new password, if somebody has this address. The answer is the same for any.
#[server(prefix = "/api", endpoint = "password/forgot", client = crate::browser::api_client::ApiClient)]
pub async fn forgot_password(email: String) -> Result<Answer, AppError> {
    crate::ssr::password::forgot(&email).await
}

/// Looks at a link for a new password, without using it.
#[server(prefix = "/api", endpoint = "password/reset", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_reset_password(#[server(default)] token: String) -> Result<MailLink, AppError> {
    crate::ssr::password::load_reset(&token).await
}

/// Sets a new password with a link. Nobody is signed in by it; every session of the account ends.
#[server(prefix = "/api", endpoint = "password/reset", client = crate::browser::api_client::ApiClient)]
pub async fn reset_password(token: String, password: Secret) -> Result<Answer, AppError> {
    crate::ssr::password::reset(&token, &password).await
}

/// Changes the caller's password. Asks for a fresh second step of those who have one.
#[server(prefix = "/api", endpoint = "password/change", client = crate::browser::api_client::ApiClient)]
pub async fn change_password(current: Secret, password: Secret) -> Result<Answer, AppError> {
    crate::ssr::password::change(&current, &password).await
}
