//! What an organisation asks of its people.

#![expect(clippy::too_many_arguments, reason = "a policy is one form")]

use countersign_domain::Factor;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, Person, When};

/// The Policy page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Policy {
    /// Who looks at it.
    pub person: Person,
    /// The organisation's name.
    pub organisation: String,
    /// A second step is required, or will be.
    pub is_required: bool,
    /// The deadline, while it is to come.
    pub deadline: Option<When>,
    /// The deadline as a date field holds it: "2026-12-04T09:00".
    pub deadline_field: Option<String>,
    /// The time zone of that: "Europe/London".
    pub time_zone: String,
    /// Every method, strongest first.
    pub methods: Vec<PolicyMethod>,
    /// Whom it touches as it is.
    pub effect: Effect,
    /// The number of the change that this is; it travels with the next one.
    pub changes: i64,
}

/// One method in a policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PolicyMethod {
    /// Which.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub factor: Factor,
    /// People may use it.
    pub is_allowed: bool,
    /// How many have connected it.
    pub people: i64,
}

/// Whom a policy touches when it is saved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Effect {
    /// How many people there are.
    pub people: i64,
    /// How many of them are signed in now without a method that counts.
    pub signed_in_without: i64,
    /// The same by team, most first: "Night desk", 5; no name for those without a team.
    pub by_team: Vec<(Option<String>, i64)>,
    /// How many others have none.
    pub others_without: i64,
    /// How many have one.
    pub ready: i64,
    /// How many have a method, but none that would be allowed.
    pub left_bare: i64,
    /// The first twenty of those, by name.
    pub left_bare_names: Vec<String>,
}

/// Shows the policy. For account holders.
#[server(prefix = "/api", endpoint = "organisation/policy", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_policy() -> Result<Policy, AppError> {
    crate::ssr::policy::load().await
}

/// Shows whom a set of methods would touch. For account holders.
#[server(prefix = "/api", endpoint = "organisation/policy/effect", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn weigh_policy(
    #[server(default)] security_key: String,
    #[server(default)] passkey: String,
    #[server(default)] authenticator_app: String,
    #[server(default)] emailed_code: String,
) -> Result<Effect, AppError> {
    crate::ssr::policy::weigh([&security_key, &passkey, &authenticator_app, &emailed_code]).await
}

/// Saves the policy, if `count` people would be signed out, and nobody saved another one meanwhile.
#[server(prefix = "/api", endpoint = "organisation/policy", client = crate::browser::api_client::ApiClient)]
pub async fn save_policy(
    #[server(default)] required: String,
    #[server(default)] start: String,
    #[server(default)] deadline: String,
    #[server(default)] security_key: String,
    #[server(default)] passkey: String,
    #[server(default)] authenticator_app: String,
    #[server(default)] emailed_code: String,
    changes: String,
    count: String,
    #[server(default)] understood: String,
) -> Result<Answer, AppError> {
    let methods = [&*security_key, &*passkey, &*authenticator_app, &*emailed_code];
    crate::ssr::policy::save((&required, &start, &deadline), methods, (&changes, &count, &understood)).await
}
