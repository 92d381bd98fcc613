//! "This wasn't me".

use leptos::{prelude::*, server_fn::codec::GetUrl};

use super::{Answer, AppError, address::MailLink};

/// Looks at a link from a notice, without using it. The address is masked.
#[server(prefix = "/api", endpoint = "not-me", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_not_me(#[server(default)] token: String) -> Result<MailLink, AppError> {
    crate::ssr::not_me::load(&token).await
}

/// Signs out everywhere, ends the password and tells the account holders; leads to a new password.
#[server(prefix = "/api", endpoint = "not-me", client = crate::browser::api_client::ApiClient)]
pub async fn disown(token: String) -> Result<Answer, AppError> {
    crate::ssr::not_me::disown(&token).await
}

/// The same by somebody who is in. The way to a new password goes to their mailbox.
#[server(prefix = "/api", endpoint = "not-me/here", client = crate::browser::api_client::ApiClient)]
pub async fn disown_here() -> Result<Answer, AppError> {
    crate::ssr::not_me::disown_here().await
}
