//! `GET /auth/verify`: whether whoever comes to an application behind is signed in, and sure enough.
//!
//! A proxy asks with each request it is about to pass on, with the browser's cookies: nginx (`auth_request`), Caddy
//! (`forward_auth`), Traefik (`forwardAuth`). Yes is 200 with who it is in headers; no is 401 with where to sign in.
//! Whatever the proxy says about the request decides only where somebody comes back to.

use std::sync::Arc;

use axum::{
    extract::{Query, Request, State, rejection::QueryRejection},
    response::{IntoResponse, Response},
};
use countersign_app::ssr::{application, cookies, report, visitor};
use countersign_domain::{Assurance, Demand};
use countersign_identity::{Error, Grant, Identity, OrganisationId, Verified};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Deserialize;

use crate::{client_address, router::AppState};

const ASSURANCE: HeaderName = HeaderName::from_static("countersign-assurance");
const METHODS: HeaderName = HeaderName::from_static("countersign-methods");
const ORGANISATION: HeaderName = HeaderName::from_static("countersign-organisation");
const REMOTE_USER: HeaderName = HeaderName::from_static("remote-user");
const REMOTE_EMAIL: HeaderName = HeaderName::from_static("remote-email");
const REMOTE_NAME: HeaderName = HeaderName::from_static("remote-name");
const REMOTE_GROUPS: HeaderName = HeaderName::from_static("remote-groups");
/// An answer holds for one request only.
const NO_STORE: (HeaderName, HeaderValue) = (header::CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// What an application asks for, in the proxy's configuration.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// How many signs: 1 or 2.
    #[serde(default)]
    assurance: String,
    /// How old the proof may be, in seconds.
    #[serde(default)]
    max_age: String,
    /// The organisation that the application is for.
    organisation: Option<String>,
    /// For a proxy that passes the answer on as it is: pages are redirected.
    #[serde(default)]
    redirect: String,
}

/// The same, read.
struct Asked {
    demand: Demand,
    organisation: Option<OrganisationId>,
    redirects_pages: bool,
}

impl Fields {
    /// `None` when something isn't as it should be: a proxy that asks for what isn't understood lets nobody in.
    fn read(self) -> Option<Asked> {
        let organisation = self.organisation.map(|id| OrganisationId::parse(&id).ok_or(())).transpose().ok()?;
        let redirects_pages = match self.redirect.as_str() {
            "" | "0" => false,
            "1" => true,
            _ => return None,
        };
        Some(Asked { demand: application::demand(&self.assurance, &self.max_age)?, organisation, redirects_pages })
    }
}

/// Answers a proxy.
pub async fn verify(State(state): State<Arc<AppState>>, asked: Result<Query<Fields>, QueryRejection>, request: Request) -> Response {
    let identity = &state.services.identity;
    let applications = &identity.settings().applications;
    if applications.is_empty() {
        return plain(StatusCode::NOT_FOUND, "there are no applications: set COUNTERSIGN_APPLICATIONS\n");
    }
    let Some(asked) = asked.ok().and_then(|Query(asked)| asked.read()) else {
        return plain(
            StatusCode::BAD_REQUEST,
            "not understood: assurance is 1 or 2, max_age from 30 to 86400 seconds, organisation an id, redirect 0 or 1\n",
        );
    };
    let (mut parts, _) = request.into_parts();
    let pass = cookies::pass(&parts.headers, state.is_https, applications.cookie_domain());
    let verified = identity
        .verify_pass(pass.as_ref(), asked.demand, asked.organisation, || {
            let address = client_address::of(&parts.extensions, &parts.headers, &state);
            parts.extensions.insert(address);
            visitor(&parts, state.is_https)
        })
        .await;
    match verified {
        Ok(Verified::Granted(grant)) => granted(&grant),
        Ok(Verified::SignInRequired) => refused(&state, &parts.headers, &asked, "sign-in-required"),
        Ok(Verified::ProofRequired) => refused(&state, &parts.headers, &asked, "confirm-first"),
        Ok(Verified::WrongOrganisation) => (StatusCode::FORBIDDEN, [NO_STORE, JSON], r#"{"error":"not-allowed"}"#).into_response(),
        Err(error) => fault(identity, &error),
    }
}

const JSON: (HeaderName, HeaderValue) = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));

fn plain(status: StatusCode, text: impl IntoResponse) -> Response {
    (status, [NO_STORE], text).into_response()
}

/// Who it is. Every header is there each time, so that the proxy replaces what a client may have sent.
fn granted(grant: &Grant) -> Response {
    let mut response = StatusCode::OK.into_response();
    let headers = response.headers_mut();
    headers.reserve(16);
    headers.insert(NO_STORE.0, NO_STORE.1);
    let mut insert = |name: HeaderName, text: &str| {
        // No name, address or word of ours holds a control character; if one did, nobody would be let in as somebody else.
        headers.insert(name, HeaderValue::from_bytes(text.as_bytes()).unwrap_or(HeaderValue::from_static("")));
    };
    insert(REMOTE_USER, &grant.account_id.to_string());
    insert(REMOTE_EMAIL, grant.email.as_str());
    insert(REMOTE_NAME, grant.name.as_str());
    insert(REMOTE_GROUPS, &groups(grant));
    insert(ORGANISATION, &grant.organisation_id.to_string());
    insert(ASSURANCE, if grant.assurance == Assurance::Two { "2" } else { "1" });
    let methods: Vec<&str> = grant.methods().collect();
    insert(METHODS, &methods.join(","));
    response
}

/// `role:supervisor,team:Billing`: a team can't be called so that it reads like a role, or like two.
fn groups(grant: &Grant) -> String {
    let mut groups = format!("role:{}", grant.role.code());
    for team in &grant.teams {
        groups.push_str(",team:");
        groups.push_str(&team.replace('%', "%25").replace(',', "%2C"));
    }
    groups
}

/// Where to sign in, or to confirm; and from there back to where they were.
fn refused(state: &AppState, headers: &HeaderMap, asked: &Asked, error: &str) -> Response {
    let url = asked_for(headers).and_then(|address| state.services.identity.settings().applications.find(&address));
    let path = url.map_or_else(
        || {
            tracing::debug!(address = ?asked_for(headers), "an application that isn't in COUNTERSIGN_APPLICATIONS asked");
            application::UNKNOWN.to_owned()
        },
        |url| application::way_back(&url, asked.demand),
    );
    let location = format!("{}{path}", state.origin);
    let body = serde_json::json!({ "error": error, "next": location }).to_string();
    let is_page = asked.redirects_pages && is_page(headers);
    let status = if is_page { StatusCode::FOUND } else { StatusCode::UNAUTHORIZED };
    let challenge = (header::WWW_AUTHENTICATE, HeaderValue::from_static("Countersign"));
    let mut response = (status, [NO_STORE, JSON, challenge], body).into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

/// The address that was asked for, as nginx is told to say it, or as Caddy and Traefik do.
fn asked_for(headers: &HeaderMap) -> Option<String> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(url) = text("x-original-url") {
        return Some(url.to_owned());
    }
    Some(format!("{}://{}{}", text("x-forwarded-proto")?, text("x-forwarded-host")?, text("x-forwarded-uri")?))
}

/// A page that a browser goes to, which can be led elsewhere: not what a script fetches, nor a form that would be lost.
fn is_page(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let is_read = text("x-forwarded-method").is_none_or(|method| matches!(method, "GET" | "HEAD"));
    let is_navigation = text("sec-fetch-mode").is_none_or(|mode| mode == "navigate");
    is_read && is_navigation && text("accept").is_some_and(|accept| accept.contains("text/html"))
}

fn fault(identity: &Identity, error: &Error) -> Response {
    let Error::Fault(cause) = error else { return plain(StatusCode::SERVICE_UNAVAILABLE, "busy\n") };
    let reference = report(identity, cause);
    plain(StatusCode::INTERNAL_SERVER_ERROR, format!("something went wrong on our side: reference {reference}\n"))
}
