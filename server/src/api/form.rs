//! Forms without JavaScript: an answer becomes a redirect, and is shown by the page after it.

use axum::response::{IntoResponse, Response};
use countersign_app::{
    api::{Answer, flash::Flash},
    error::AppError,
    paths,
    ssr::{ANSWER_HEADER, NEXT_HEADER, cookies, flash},
};
use http::{HeaderValue, StatusCode, header, request::Parts};

use super::read_all;
use crate::router::AppState;

/// Fields that may be shown again after a refusal; passwords and codes never are.
const SHOWN_AGAIN: [&str; 13] = [
    "organisation",
    "name",
    "email",
    "next",
    "trust",
    "domain",
    "issuer",
    "client_id",
    "adds_people",
    "role",
    "team",
    "second_step",
    "required",
];

/// Turns the JSON response to a form into a redirect.
pub(super) async fn redirect(state: &AppState, asked: &Parts, form: &[u8], response: Response) -> Response {
    let (mut parts, body) = response.into_parts();
    let is_answer = parts.headers.contains_key(&ANSWER_HEADER);
    let page = page_of(state, asked);
    let next = parts.headers.remove(&NEXT_HEADER);
    let mut to = next.unwrap_or_else(|| page.clone());
    if !parts.headers.contains_key(header::LOCATION) && to == page {
        let body = read_all(body).await;
        let answer: Option<Answer> = if is_answer { serde_json::from_slice(&body).ok() } else { None };
        let error: Option<AppError> = if is_answer { None } else { serde_json::from_slice(&body).ok() };
        match &error {
            Some(AppError::WrongStage { next }) => to = HeaderValue::from_str(next).unwrap_or(to),
            Some(AppError::SignInRequired) => to = HeaderValue::from_static(paths::SIGN_IN),
            _ if matches!(answer, Some(Answer::Done { .. })) => {}
            _ => {
                let path = asked.uri.path().to_owned();
                let told = flash::encode(&Flash { path, answer, error, typed: typed(form) });
                if let Some(cookie) = told.and_then(|told| cookies::flash_cookie(state.is_https, &told)) {
                    parts.headers.append(header::SET_COOKIE, cookie);
                }
            }
        }
    }
    parts.headers.insert(header::LOCATION, to);
    parts.headers.remove(header::CONTENT_TYPE);
    parts.headers.remove(header::CONTENT_LENGTH);
    // 303: the browser goes on with GET, so that reloading sends nothing twice.
    parts.status = StatusCode::SEE_OTHER;
    (parts, ()).into_response()
}

/// The page that the form is on, by `Referer`; ours only.
fn page_of(state: &AppState, asked: &Parts) -> HeaderValue {
    let referer = asked.headers.get(header::REFERER).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let page = referer.strip_prefix(&*state.origin).filter(|page| page.starts_with('/') && !page.starts_with("//"));
    page.and_then(|page| HeaderValue::from_str(page).ok()).unwrap_or(HeaderValue::from_static(paths::HOME))
}

fn typed(form: &[u8]) -> Vec<(String, String)> {
    let pairs: Vec<(String, String)> = serde_html_form::from_bytes(form).unwrap_or_default();
    pairs.into_iter().filter(|(name, _)| SHOWN_AGAIN.contains(&name.as_str())).collect()
}
