//! The recovery key.

use leptos::prelude::*;

use super::{Answer, AppError};

/// Spends the recovery key, as the second step. A new one waits to be saved.
#[server(prefix = "/api", endpoint = "second-step/recovery-key", client = crate::browser::api_client::ApiClient)]
pub async fn verify_recovery_key(code: String) -> Result<Answer, AppError> {
    crate::ssr::recovery_key::verify(&code).await
}

/// Makes a new recovery key, which ends the old one. Asks for a fresh second step.
#[server(prefix = "/api", endpoint = "recovery-key", client = crate::browser::api_client::ApiClient)]
pub async fn make_recovery_key() -> Result<Answer, AppError> {
    crate::ssr::recovery_key::make().await
}
