//! Headers that every response carries.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use data_encoding::BASE64URL_NOPAD;
use http::{HeaderName, HeaderValue, header};

use crate::router::AppState;

/// The document's nonce, in the request's extensions.
#[derive(Clone, Debug)]
pub struct CspNonce(pub String);

/// What anything but a document may do: nothing.
const NOTHING: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");

/// Adds the security headers, and a nonce for the document.
pub async fn add(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let nonce = new_nonce();
    request.extensions_mut().insert(CspNonce(nonce.clone()));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let is_document = headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    let applications = state.services.identity.settings().applications.origins();
    let policy = if is_document { document_policy(&nonce, applications).unwrap_or(NOTHING) } else { NOTHING };
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in FIXED {
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
    }
    if state.is_https {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=63072000; includeSubDomains"));
    }
    // Whatever doesn't say otherwise belongs to one person and isn't kept (ASVS 5 14.3.2).
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

const FIXED: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), midi=(), payment=(), \
         usb=(), publickey-credentials-get=(self), publickey-credentials-create=(self), clipboard-write=(self)",
    ),
];

/// Scripts by nonce only, styles from one file, nothing from elsewhere. A form leads to our own pages, and by a
/// redirect back to the application that somebody came from.
fn document_policy(nonce: &str, applications: &[String]) -> Option<HeaderValue> {
    let forms = [&["'self'".to_owned()], applications].concat().join(" ");
    HeaderValue::from_str(&format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; \
         connect-src 'self'; form-action {forms}; base-uri 'none'; frame-ancestors 'none'"
    ))
    .ok()
}

#[expect(clippy::disallowed_methods, reason = "a nonce is no use case's randomness; a page without one merely stays a plain page")]
fn new_nonce() -> String {
    let mut bytes = [0; 16];
    // Without randomness the nonce is empty of it, but then no session token can be made either.
    let _ = getrandom::fill(&mut bytes);
    BASE64URL_NOPAD.encode(&bytes)
}
