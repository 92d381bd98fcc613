//! Every path of the server, and the layers around them.

use std::{net::IpAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::{any, get},
};
use countersign_app::ssr::Services;
use http::StatusCode;
use tokio::sync::Semaphore;
use tower_http::{compression::CompressionLayer, timeout::TimeoutLayer};

use crate::{api, client_address, forward_auth, headers, health, mail, pages, same_origin, site};

/// How long a request may take before it is given up.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// What handlers and layers share.
#[derive(Clone, Debug)]
pub struct AppState {
    /// What server functions work with.
    pub services: Services,
    /// The public origin.
    pub origin: Arc<str>,
    /// Browsers reach us over https.
    pub is_https: bool,
    /// Proxies whose word on the client's address is taken.
    pub trusted_proxies: Arc<[IpAddr]>,
    /// Places for server functions under way.
    pub calls: Arc<Semaphore>,
    /// Places for lists of people under way, which are long.
    pub lists: Arc<Semaphore>,
    /// In a demo that only this machine reaches, the mails it has sent.
    pub mailbox: Option<Arc<mail::DemoMailbox>>,
}

/// The whole site.
pub fn router(state: AppState) -> Router {
    // Leptos runs the pages' futures on the runtime that is here; a second time is no error.
    let _ = any_spawner::Executor::init_tokio();
    let demo = match state.mailbox {
        Some(_) => Router::new().route("/demo/mailbox", get(mail::show_demo_mailbox)),
        None => Router::new(),
    };
    demo.route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/api/openapi.json", get(api::openapi))
        // What a body may hold is decided there, before it is read: axum's own two megabytes come after.
        .route("/api/{*path}", any(api::call).layer(DefaultBodyLimit::disable()))
        .route("/pkg/{*path}", any(site::serve))
        .route("/favicon.svg", any(site::serve))
        .route("/favicon.ico", any(site::serve))
        .fallback(pages::render)
        .layer(from_fn_with_state(state.clone(), same_origin::require))
        .layer(from_fn_with_state(state.clone(), client_address::note))
        .layer(TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, TIME_LIMIT))
        .layer(CompressionLayer::new().compress_when(pages::may_be_compressed))
        .layer(from_fn_with_state(state.clone(), headers::add))
        .layer(from_fn(log))
        .with_state(state.clone())
        // Asked with every request of every application: it has its own few headers, and goes through no layer.
        .merge(Router::new().route("/auth/verify", get(forward_auth::verify)).with_state(Arc::new(state)))
}

/// One line a request: method, path and status; never a query, which may hold a link's token.
async fn log(request: axum::extract::Request, next: axum::middleware::Next) -> axum::response::Response {
    let method = request.method().clone();
    let path = request.uri().path().to_owned();
    let response = next.run(request).await;
    tracing::debug!(%method, path, status = response.status().as_u16(), "answered");
    response
}
