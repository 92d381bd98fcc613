//! Pages, rendered on the server first.

use axum::{
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use countersign_app::ssr::{CallerCell, cookies};
use http::{Extensions, HeaderMap, Method, StatusCode, Version, header, request::Parts};
use leptos::{
    nonce::Nonce,
    prelude::{provide_context, use_context},
};

use crate::{headers::CspNonce, router::AppState};

/// Marks a document that holds nothing about anybody.
#[derive(Clone, Copy)]
struct ForAStranger;

/// Renders the page at the request's path.
pub async fn render(State(state): State<AppState>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")]).into_response();
    }
    let is_stranger = cookies::is_stranger(request.headers(), state.is_https);
    let render = leptos_axum::render_app_async_with_context(provide(&state), countersign_app::document);
    let mut response = render(request).await;
    if is_stranger {
        response.extensions_mut().insert(ForAStranger);
    }
    response
}

/// Only documents for strangers are compressed: the length of any other could tell a secret that
/// stands in it beside what an attacker chose (BREACH).
pub fn may_be_compressed(_: StatusCode, _: Version, _: &HeaderMap, extensions: &Extensions) -> bool {
    extensions.get::<ForAStranger>().is_some()
}

/// What server functions and pages find in their context.
pub fn provide(state: &AppState) -> impl Fn() + Clone + Send + Sync + 'static {
    let services = state.services.clone();
    move || {
        provide_context(services.clone());
        provide_context(CallerCell::default());
        // Ours, because the response's Content-Security-Policy names it.
        if let Some(nonce) = use_context::<Parts>().and_then(|parts| parts.extensions.get::<CspNonce>().cloned()) {
            provide_context(Nonce::from_value(nonce.0));
        }
    }
}
