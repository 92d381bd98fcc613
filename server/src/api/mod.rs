//! `/api/`: server functions as an API that stands by itself.
//!
//! They take a form or JSON. A client gets JSON and an honest status; a form without JavaScript
//! gets a redirect, and the page after it gets the answer once.

mod body;
mod form;

use axum::{
    Json,
    body::{Body, Bytes},
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use countersign_app::{api::reference, error::AppError, ssr::invitations};
use http::{HeaderValue, Method, StatusCode, header, request::Parts};

use crate::{pages::provide, router::AppState};

/// The most a request's body may hold, in bytes.
pub const MAX_BODY: usize = 64 * 1024;
/// The most that a list of people may hold: a mebibyte of text, each byte of which a form may write as three.
const MAX_LIST_BODY: usize = 3 * countersign_identity::MAX_DRAFT + MAX_BODY;
/// How many of them are taken at once.
pub const MAX_LISTS: usize = 4;
/// How many server functions run at once; those beyond are told to come again. A floor of hundreds
/// that signs in at the same minute has far fewer.
pub const MAX_CALLS: usize = 512;

/// Answers `GET /api/openapi.json`.
pub async fn openapi() -> Response {
    Json(reference::openapi(env!("CARGO_PKG_VERSION"))).into_response()
}

/// Answers a server function's path.
pub async fn call(State(state): State<AppState>, request: Request) -> Response {
    let (mut parts, body) = request.into_parts();
    if let Err(response) = check_endpoint(&parts) {
        return *response;
    }
    let most = most_of(&state, &parts).await;
    // Held until it is answered: what is long is in memory for as long.
    let _place = if most > MAX_BODY {
        match state.lists.clone().try_acquire_owned() {
            Ok(place) => Some(place),
            Err(_) => return busy(),
        }
    } else {
        None
    };
    let form = match body::read(&parts, body, most).await {
        Ok(form) => form,
        Err(response) => return *response,
    };
    let is_form_post = parts.method == Method::POST && accepts_html(&parts);
    let asked = parts.clone();
    // Server functions always answer JSON here; redirects are made below, for every one alike.
    parts.headers.insert(header::ACCEPT, HeaderValue::from_static("application/json"));
    parts.headers.remove(header::CONTENT_LENGTH);
    let request = Request::from_parts(parts, Body::from(form.clone()));
    let context = provide(&state);
    // A task of its own: what was begun is finished and recorded, even for a browser that hangs up
    // in between. An attempt that was counted is verified, and a code that was spent signs in.
    let response = match state.calls.clone().try_acquire_owned() {
        Ok(place) => {
            let handled = tokio::spawn(async move {
                let _place = place;
                leptos_axum::handle_server_fns_with_context(context, request).await.into_response()
            });
            match handled.await {
                Ok(response) => honest_status(response).await,
                // It panicked, which the log has told; nothing of it was committed.
                Err(_) => error(StatusCode::INTERNAL_SERVER_ERROR, &AppError::Internal { reference: "000000".to_owned() }),
            }
        }
        // So that those who hang up don't pile up behind.
        Err(_) => busy(),
    };
    if is_form_post { form::redirect(&state, &asked, &form, response).await } else { response }
}

/// The most that this request's body may hold, in bytes. A list of people to invite is longer than anything
/// else, and taken from those alone who may send one: strangers must not fill the memory.
async fn most_of(state: &AppState, parts: &Parts) -> usize {
    let takes_list = reference::endpoints()
        .any(|endpoint| endpoint.path == parts.uri.path() && endpoint.fields.iter().any(|field| field.max > MAX_BODY));
    let may_send = takes_list && invitations::may_send_list(&state.services.identity, parts, state.is_https).await;
    if may_send { MAX_LIST_BODY } else { MAX_BODY }
}

/// The endpoint exists, by this method.
fn check_endpoint(parts: &Parts) -> Result<(), Box<Response>> {
    let path = parts.uri.path();
    let mut of_path = reference::endpoints().filter(|endpoint| endpoint.path == path).peekable();
    if of_path.peek().is_none() {
        return Err(Box::new(error(StatusCode::NOT_FOUND, &AppError::NotFound)));
    }
    if of_path.any(|endpoint| endpoint.method == parts.method.as_str()) {
        return Ok(());
    }
    let mut response = error(StatusCode::METHOD_NOT_ALLOWED, &AppError::BadRequest);
    let allowed: Vec<_> = reference::endpoints().filter(|endpoint| endpoint.path == path).map(|endpoint| endpoint.method).collect();
    if let Ok(allow) = HeaderValue::from_str(&allowed.join(", ")) {
        response.headers_mut().insert(header::ALLOW, allow);
    }
    Err(Box::new(response))
}

fn accepts_html(parts: &Parts) -> bool {
    parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok()).is_some_and(|accept| accept.contains("text/html"))
}

/// A JSON error.
fn error(status: StatusCode, error: &AppError) -> Response {
    (status, Json(error)).into_response()
}

/// Too many at once.
fn busy() -> Response {
    let mut response = error(StatusCode::SERVICE_UNAVAILABLE, &AppError::Busy { retry_after: 1 });
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    response
}

/// Server functions answer every error with 500 unless told otherwise; arguments that can't be
/// read never reach our code, so their status is mended here.
async fn honest_status(response: Response) -> Response {
    if response.status() != StatusCode::INTERNAL_SERVER_ERROR {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = read_all(body).await;
    if let Ok(error) = serde_json::from_slice::<AppError>(&bytes)
        && let Ok(status) = StatusCode::from_u16(error.status())
    {
        parts.status = status;
    }
    parts.headers.remove(header::CONTENT_LENGTH);
    Response::from_parts(parts, Body::from(bytes))
}

/// The body of one of our own responses, which is in memory already.
async fn read_all(body: Body) -> Bytes {
    axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default()
}
