//! Setting up a second step.

use countersign_domain::{Factor, Secret};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, Method, When};

/// Where somebody stands in the wizard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "what a page shows: one fact each")]
pub struct Enrolment {
    /// The organisation's name.
    pub organisation: String,
    /// Who they are.
    pub email: String,
    /// The organisation requires a second step by now.
    pub is_required: bool,
    /// The time by which it requires one, while that is to come.
    pub deadline: Option<When>,
    /// The methods people may use here, strongest first.
    #[cfg_attr(feature = "ssr", schemars(with = "Vec<String>"))]
    pub allowed: Vec<Factor>,
    /// The wizard was forced at sign-in: nothing else is reachable until it is done.
    pub is_forced: bool,
    /// What is connected already, strongest first.
    pub methods: Vec<Method>,
    /// New backup codes wait to be saved.
    pub has_codes_to_save: bool,
    /// Backup codes left, if there is a set.
    pub codes_left: Option<i64>,
    /// There is a recovery key.
    pub has_recovery_key: bool,
    /// Emailed codes can be turned on: the organisation allows them, and they are off.
    pub can_use_email: bool,
    /// Where "Go to your desk" leads.
    pub destination: String,
}

/// An app that is being connected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PendingApp {
    /// The QR code's dark modules as an SVG path on a grid of `qr_size` units, margin included.
    pub qr_path: String,
    /// Units to a side, with the margin of four modules.
    pub qr_size: usize,
    /// The key as text, in groups of four: "JBSW Y3DP …".
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub key: Secret,
    /// The `otpauth:` link, for phones.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub link: Secret,
    /// What the app will be called unless they say otherwise.
    pub suggested_name: String,
}

/// Shows where somebody stands in the wizard.
#[server(prefix = "/api", endpoint = "enrolment", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_enrolment() -> Result<Enrolment, AppError> {
    crate::ssr::enrolment::load().await
}

/// Begins to connect a method: `authenticator-app`, `security-key`, `passkey` or `emailed-code`, of
/// which one is sent. An app begun before goes on.
#[server(prefix = "/api", endpoint = "enrolment/start", client = crate::browser::api_client::ApiClient)]
pub async fn start_enrolment(#[server(default)] method: String) -> Result<Answer, AppError> {
    crate::ssr::enrolment::start(&method).await
}

/// Shows the app that is being connected: the QR code, the key and the link.
#[server(prefix = "/api", endpoint = "enrolment/authenticator-app", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_pending_app() -> Result<PendingApp, AppError> {
    crate::ssr::enrolment::load_pending_app().await
}

/// Connects the app, if the code is right. Makes backup codes when there are none.
#[server(prefix = "/api", endpoint = "enrolment/authenticator-app", client = crate::browser::api_client::ApiClient)]
pub async fn connect_authenticator_app(code: String, #[server(default)] name: String) -> Result<Answer, AppError> {
    crate::ssr::enrolment::connect_authenticator_app(&code, &name).await
}
