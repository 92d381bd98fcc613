//! Somebody's own methods, codes, browsers and recent activity.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, Method, When};

/// The Security page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Security {
    /// The organisation's name.
    pub organisation: String,
    /// The organisation requires a second step.
    pub is_required: bool,
    /// Connected methods, strongest first, then oldest first.
    pub methods: Vec<Method>,
    /// The account's keys; `None` if it never began to connect one.
    pub accepted_keys: Option<AcceptedKeys>,
    /// The current set of backup codes.
    pub backup_codes: Option<BackupCodesLeft>,
    /// The recovery key, if there is one.
    pub recovery_key: Option<RecoveryKeyKept>,
    /// Where this account is signed in, this browser first.
    pub sessions: Vec<SignedInBrowser>,
    /// Browsers that are trusted, last used first.
    pub trusted: Vec<TrustedBrowser>,
    /// For how many days this browser may be trusted, if it may and isn't.
    pub trust_days: Option<usize>,
    /// The organisation's identity provider, if one is connected, or was when this account was.
    pub single_sign_on: Option<SignOnHere>,
    /// What happened lately, newest first.
    pub activity: Vec<Activity>,
    /// This sign-in used a backup code: remind of it while it lasts.
    pub used_backup_code: bool,
}

/// What this account's keys are, for a browser that keeps passkeys to forget the others
/// (WebAuthn L3 §5.1.10.3).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AcceptedKeys {
    /// The host that keys are bound to.
    pub rp_id: String,
    /// What keys know this account by, in base64url.
    pub user_handle: String,
    /// Their credential ids, in base64url.
    pub credential_ids: Vec<String>,
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

/// The recovery key, as far as anybody can still know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct RecoveryKeyKept {
    /// When it was made.
    pub made: When,
    /// It was never acknowledged as saved, and can still be shown.
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

/// One browser where the account's password alone signs in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct TrustedBrowser {
    /// What to name it by when it is trusted no more.
    pub id: String,
    /// "Chrome on Windows".
    pub browser: String,
    /// The network address it was last used from.
    pub address: String,
    /// Until when it is trusted.
    pub until: When,
    /// It is the one asking.
    pub is_this: bool,
}

/// An identity provider, and whether it signs this account in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SignOnHere {
    /// The provider's issuer.
    pub issuer: String,
    /// Since when it signs this account in, if it does.
    pub connected: Option<When>,
    /// When it last did.
    pub last_used: Option<When>,
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
    /// Who did it, if that was somebody else.
    pub by: Option<String>,
    /// It was a sign-in without a second step, in a trusted browser.
    pub is_trusted: bool,
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

/// Renames a method.
#[server(prefix = "/api", endpoint = "methods/rename", client = crate::browser::api_client::ApiClient)]
pub async fn rename_method(id: String, name: String) -> Result<Answer, AppError> {
    crate::ssr::security::rename_method(&id, &name).await
}

/// Removes a method. Asks for a fresh second step; the last one takes the backup codes with it.
#[server(prefix = "/api", endpoint = "methods/remove", client = crate::browser::api_client::ApiClient)]
pub async fn remove_method(id: String) -> Result<Answer, AppError> {
    crate::ssr::security::remove_method(&id).await
}

/// Turns two-factor authentication off: every method and every backup code goes. Asks for a fresh
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

/// Trusts the browser that asks: the password alone signs in there, as long as the organisation allows. Asks
/// for a fresh second step.
#[server(prefix = "/api", endpoint = "trusted-browsers/add", client = crate::browser::api_client::ApiClient)]
pub async fn trust_browser() -> Result<Answer, AppError> {
    crate::ssr::security::trust_browser().await
}

/// Trusts one browser no more: the second step is asked for there again.
#[server(prefix = "/api", endpoint = "trusted-browsers/end", client = crate::browser::api_client::ApiClient)]
pub async fn stop_trusting(id: String) -> Result<Answer, AppError> {
    crate::ssr::security::stop_trusting(&id).await
}

/// Signs every other browser out, and trusts none of them any more.
#[server(prefix = "/api", endpoint = "sessions/end-others", client = crate::browser::api_client::ApiClient)]
pub async fn end_other_sessions() -> Result<Answer, AppError> {
    crate::ssr::security::end_other_sessions().await
}
