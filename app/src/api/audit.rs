//! The audit log.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{AppError, Person, When, export::Export};

/// The Audit log page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AuditLog {
    /// Who looks at it.
    pub person: Person,
    /// The organisation's name.
    pub organisation: String,
    /// The time zone of its times: "Europe/London".
    pub time_zone: String,
    /// Its entries, newest first.
    pub entries: Vec<AuditEntry>,
    /// The `at` of the page with newer entries.
    pub newer: Option<String>,
    /// The `at` of the page with older entries.
    pub older: Option<String>,
}

/// How an entry is to be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Mark {
    /// Nothing to see.
    Plain,
    /// It was accepted.
    Accepted,
    /// It was refused.
    Refused,
    /// Somebody should look at it.
    NeedsALook,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AuditEntry {
    /// Its id.
    pub id: String,
    /// The event's name: "sign-in.succeeded".
    pub kind: String,
    /// The same as a sentence: "Gave Juniper Vance-Okoro a temporary access code".
    pub sentence: String,
    /// How to look at it.
    pub mark: Mark,
    /// When.
    pub when: When,
    /// Its day in full: "Thursday 26 November".
    pub date: String,
    /// Who did it.
    pub who: String,
    /// From which address.
    pub address: String,
    /// With which browser.
    pub browser: String,
}

/// Shows a page of the log. Supervisors see what happened to those in their teams.
#[server(prefix = "/api", endpoint = "organisation/audit", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_audit_log(
    #[server(default)] who: String,
    #[server(default)] what: String,
    #[server(default)] since: String,
    #[server(default)] until: String,
    #[server(default)] at: String,
) -> Result<AuditLog, AppError> {
    crate::ssr::audit::load((&who, &what, &since, &until), &at).await
}

/// Gives everything that the same filters ask for, as CSV: the newest ten thousand entries.
#[server(prefix = "/api", endpoint = "organisation/audit/export", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn export_audit_log(
    #[server(default)] who: String,
    #[server(default)] what: String,
    #[server(default)] since: String,
    #[server(default)] until: String,
) -> Result<Export, AppError> {
    crate::ssr::audit::export((&who, &what, &since, &until)).await
}
