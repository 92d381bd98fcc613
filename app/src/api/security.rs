//! Somebody's own methods, codes, browsers and recent activity.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, When};

/// The Security page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Security {
    /// The organisation's name.
    pub organisation: String,
    /// The organisation requires a second step.
    pub is_required: bool,
    /// Connected apps, oldest first.
    pub apps: Vec<ConnectedApp>,
    /// The current set of backup codes.
    pub backup_codes: Option<BackupCodesLeft>,
    /// Where this account is signed in, this browser first.
    pub sessions: Vec<SignedInBrowser>,
    /// What happened lately, newest first.
    pub activity: Vec<Activity>,
    /// This sign-in used a backup code: remind of it while it lasts.
    pub used_backup_code: bool,
}

/// One connected authenticator app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct ConnectedApp {
    /// Its id.
    pub id: String,
    /// What its owner calls it.
    pub name: String,
    /// When it was connected.
    pub added: When,
    /// When a code of it was last accepted.
    pub last_used: Option<When>,
}

/// How many backup codes are left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct BackupCodesLeft {
    /// Unused ones.
    pub left: usize,
    /// All of the set.
    pub total: usize,
    /// When the set was made.
    pub made: When,
    /// When one was last used.
    pub last_used: Option<When>,
    /// They were never acknowledged as saved, and can still be shown.
    pub is_unsaved: bool,
}

/// One browser where the account is signed in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SignedInBrowser {
    /// The session's id.
    pub id: String,
    /// "Chrome on Windows".
    pub browser: String,
    /// The network address it was last seen from.
    pub address: String,
    /// When it signed in.
    pub signed_in: When,
    /// When it was last active.
    pub active: When,
    /// It is the one asking.
    pub is_this: bool,
}

/// One line of recent activity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Activity {
    /// The event's name: "sign-in.succeeded".
    pub kind: String,
    /// The factor it was about, if any.
    pub factor: Option<String>,
    /// The name of the method it was about, if any.
    pub name: Option<String>,
    /// When.
    pub when: When,
    /// "Chrome on Windows".
    pub browser: String,
    /// The network address.
    pub address: String,
}

/// Shows the Security page.
#[server(prefix = "/api", endpoint = "security", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_security() -> Result<Security, AppError> {
    crate::ssr::security::load().await
}

/// Renames an authenticator app.
#[server(prefix = "/api", endpoint = "authenticator-apps/rename", client = crate::browser::api_client::ApiClient)]
pub async fn rename_authenticator_app(id: String, name: String) -> Result<Answer, AppError> {
    crate::ssr::security::rename_authenticator_app(&id, &name).await
}

/// Removes an authenticator app. Asks for a fresh second step; the last one takes its backup
/// codes with it.
#[server(prefix = "/api", endpoint = "authenticator-apps/remove", client = crate::browser::api_client::ApiClient)]
pub async fn remove_authenticator_app(id: String) -> Result<Answer, AppError> {
    crate::ssr::security::remove_authenticator_app(&id).await
}

/// Turns two-factor authentication off: every app and every backup code goes. Asks for a fresh
/// second step.
#[server(prefix = "/api", endpoint = "second-step/turn-off", client = crate::browser::api_client::ApiClient)]
pub async fn turn_off_second_step() -> Result<Answer, AppError> {
    crate::ssr::security::turn_off_second_step().await
}

/// Signs one other browser out.
#[server(prefix = "/api", endpoint = "sessions/end", client = crate::browser::api_client::ApiClient)]
pub async fn end_session(id: String) -> Result<Answer, AppError> {
    crate::ssr::security::end_session(&id).await
}

/// Signs every other browser out.
#[server(prefix = "/api", endpoint = "sessions/end-others", client = crate::browser::api_client::ApiClient)]
pub async fn end_other_sessions() -> Result<Answer, AppError> {
    crate::ssr::security::end_other_sessions().await
}
