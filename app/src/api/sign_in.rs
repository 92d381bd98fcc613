//! The first sign: e-mail and password.

use countersign_domain::Secret;
use leptos::prelude::*;

use super::{Answer, AppError};

/// Checks e-mail and password. `next` is the page to return to, and is dropped unless it is a
/// path of this site.
#[server(prefix = "/api", endpoint = "sign-in", client = crate::browser::api_client::ApiClient)]
pub async fn sign_in(email: String, password: Secret, #[server(default)] next: String) -> Result<Answer, AppError> {
    crate::ssr::sign_in::sign_in(&email, &password, &next).await
}
