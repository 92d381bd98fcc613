//! The first run: one link, one organisation, one account holder.

use countersign_domain::Secret;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError};

/// Whether a set-up link still works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SetUpLink {
    /// It does.
    pub is_open: bool,
    /// There is an organisation already.
    pub is_set_up: bool,
}

/// Looks at a set-up link without using it.
#[server(prefix = "/api", endpoint = "set-up", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_set_up(token: String) -> Result<SetUpLink, AppError> {
    crate::ssr::set_up::load(&token).await
}

/// Creates the organisation and its account holder, and signs them in as far as a password goes.
#[server(prefix = "/api", endpoint = "set-up", client = crate::browser::api_client::ApiClient)]
pub async fn set_up_organisation(
    token: String,
    organisation: String,
    name: String,
    email: String,
    password: Secret,
) -> Result<Answer, AppError> {
    crate::ssr::set_up::create(&token, &organisation, &name, &email, &password).await
}
