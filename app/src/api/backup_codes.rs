//! Fifteen codes and the recovery key, shown once.

use countersign_domain::Secret;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, When};

/// New backup codes, or a new recovery key, until they are acknowledged as saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct NewBackupCodes {
    /// Whose they are.
    pub organisation: String,
    /// For whom.
    pub email: String,
    /// When they were made.
    pub made: When,
    /// The codes, as shown: "7KQM-2XWD"; none when only the recovery key is new.
    #[cfg_attr(feature = "ssr", schemars(with = "Vec<String>"))]
    pub codes: Vec<Secret>,
    /// The recovery key, if it is new: "R4KD9-XTM2W-…".
    #[cfg_attr(feature = "ssr", schemars(with = "Option<String>"))]
    pub recovery_key: Option<Secret>,
    /// They belong to the wizard (else they replace an earlier set).
    pub is_enrolment: bool,
}

/// Shows new codes, as long as nobody has said that they are saved.
#[server(prefix = "/api", endpoint = "backup-codes/new", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_new_backup_codes() -> Result<NewBackupCodes, AppError> {
    crate::ssr::backup_codes::load_new().await
}

/// Makes a new set, which ends the old one. Asks for a fresh second step.
#[server(prefix = "/api", endpoint = "backup-codes", client = crate::browser::api_client::ApiClient)]
pub async fn make_backup_codes() -> Result<Answer, AppError> {
    crate::ssr::backup_codes::make().await
}

/// "I've saved these": they are never shown again, and the wizard goes on.
#[server(prefix = "/api", endpoint = "backup-codes/saved", client = crate::browser::api_client::ApiClient)]
pub async fn acknowledge_backup_codes(#[server(default)] saved: String) -> Result<Answer, AppError> {
    crate::ssr::backup_codes::acknowledge(&saved).await
}
