//! Requests that change state come from our own pages, or are refused (CSRF).
//!
//! `Sec-Fetch-Site` decides where the browser sends it; else `Origin`; a request with neither is
//! refused. No token has to be carried in forms, so forms work before any script has loaded.

use axum::{
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, Method, StatusCode, header::ORIGIN};

use crate::router::AppState;

/// Lets safe methods through, and others only from our own origin.
pub async fn require(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if is_safe || is_ours(request.headers(), &state.origin) {
        next.run(request).await
    } else {
        tracing::info!(path = request.uri().path(), "a request from another site was refused");
        (StatusCode::FORBIDDEN, [("content-type", "application/json")], r#"{"error":"cross-site"}"#).into_response()
    }
}

fn is_ours(headers: &HeaderMap, origin: &str) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text("sec-fetch-site"), text(ORIGIN.as_str())) {
        // Both are set by the browser and out of a page's reach; when both are there, both count.
        (Some(site), Some(from)) => site == "same-origin" && from == origin,
        (Some(site), None) => site == "same-origin",
        (None, Some(from)) => from == origin,
        (None, None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_origin_may_change_state() {
        let is_ours = |site: Option<&str>, origin: Option<&str>| {
            let mut headers = HeaderMap::new();
            if let Some(site) = site {
                headers.insert("sec-fetch-site", site.parse().unwrap());
            }
            if let Some(origin) = origin {
                headers.insert(ORIGIN, origin.parse().unwrap());
            }
            super::is_ours(&headers, "https://sign-in.example.com")
        };
        let ours = Some("https://sign-in.example.com");
        assert!(is_ours(Some("same-origin"), ours));
        assert!(is_ours(Some("same-origin"), None));
        assert!(is_ours(None, ours));
        for site in ["cross-site", "same-site", "none", ""] {
            assert!(!is_ours(Some(site), ours), "{site}");
        }
        for origin in [
            "null",
            "https://evil.example",
            "http://sign-in.example.com",
            "https://sign-in.example.com:8443",
            "https://sign-in.example.com.evil.example",
        ] {
            assert!(!is_ours(None, Some(origin)), "{origin}");
            assert!(!is_ours(Some("same-origin"), Some(origin)), "{origin}");
        }
        assert!(!is_ours(None, None));
    }
}
