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
    /// For how many days people may trust a browser; 0 for never.
    pub trust_days: i64,
    /// How many browsers are trusted.
    pub trusted: i64,
    /// After how many minutes without use a session ends.
    pub idle_minutes: i64,
    /// How many minutes after the password it ends, whatever happens.
    pub overall_minutes: i64,
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

/// What a form says that the policy is to be.
#[derive(Clone, Copy, Debug)]
pub struct Form<'a> {
    /// Anything but nothing: everybody needs a second step.
    pub required: &'a str,
    /// `now` or `deadline`.
    pub start: &'a str,
    /// The deadline, as a date field holds it.
    pub deadline: &'a str,
    /// Anything but nothing for each method that people may use, strongest first.
    pub methods: [&'a str; 4],
    /// For how many days a browser may be trusted; nothing for as it is.
    pub trust: &'a str,
    /// After how many minutes without use a session ends; nothing for as it is.
    pub idle: &'a str,
    /// How many minutes after the password it ends; nothing for as it is.
    pub overall: &'a str,
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
    #[server(default)] trust: String,
    #[server(default)] idle: String,
    #[server(default)] overall: String,
    changes: String,
    count: String,
    #[server(default)] understood: String,
) -> Result<Answer, AppError> {
    let methods = [&*security_key, &*passkey, &*authenticator_app, &*emailed_code];
    let form = Form { required: &required, start: &start, deadline: &deadline, methods, trust: &trust, idle: &idle, overall: &overall };
    crate::ssr::policy::save(form, (&changes, &count, &understood)).await
}
