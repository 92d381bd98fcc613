//! The organisation's mail domains: those that are proven to be its own, and those that wait for it.

use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Answer, AppError};

/// A domain that isn't proven yet, and the TXT record of its DNS that proves it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct PendingDomain {
    /// The domain.
    pub domain: String,
    /// The record's name.
    pub record_name: String,
    /// What it has to say.
    pub record_value: String,
}

/// Says that a domain is the organisation's, which its DNS has to say, too. For account holders, after a fresh second
/// step.
#[server(prefix = "/api", endpoint = "organisation/domains/add", client = crate::browser::api_client::ApiClient)]
pub async fn add_domain(domain: String) -> Result<Answer, AppError> {
    crate::ssr::domains::add(&domain).await
}

/// Asks the DNS whether a domain is the organisation's. For account holders, after a fresh second step.
#[server(prefix = "/api", endpoint = "organisation/domains/check", client = crate::browser::api_client::ApiClient)]
pub async fn check_domain(domain: String) -> Result<Answer, AppError> {
    crate::ssr::domains::check(&domain).await
}

/// Gives a domain up, proven or not. For account holders, after a fresh second step.
#[server(prefix = "/api", endpoint = "organisation/domains/remove", client = crate::browser::api_client::ApiClient)]
pub async fn remove_domain(domain: String) -> Result<Answer, AppError> {
    crate::ssr::domains::remove(&domain).await
}
