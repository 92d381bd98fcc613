//! An answer's HTTP side: status, `Retry-After`, and headers that tell clients what it is.

use countersign_domain::Instant;
use http::{HeaderName, HeaderValue, StatusCode, header::RETRY_AFTER};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use super::caller::Request;
use crate::{
    api::{Answer, Refusal},
    error::AppError,
};

/// Says that the body is an [`Answer`]: `done` or `refused`. Our own client reads a refused
/// answer as an answer, whatever its status.
pub const ANSWER_HEADER: HeaderName = HeaderName::from_static("countersign-answer");
/// The page to go to. The server turns it into a redirect for forms without JavaScript.
pub const NEXT_HEADER: HeaderName = HeaderName::from_static("countersign-next");

/// Gives the response an answer's status and headers, and hands the answer back.
#[expect(clippy::unnecessary_wraps, reason = "it ends server functions, which answer with a Result")]
pub(super) fn answered(answer: Answer) -> Result<Answer, AppError> {
    let Some(response) = use_context::<ResponseOptions>() else { return Ok(answer) };
    let (name, next) = match &answer {
        Answer::Done { next } | Answer::Refused(Refusal::ConfirmFirst { next }) if !next.is_empty() => (name_of(&answer), Some(next)),
        _ => (name_of(&answer), None),
    };
    response.insert_header(ANSWER_HEADER, HeaderValue::from_static(name));
    if let Some(next) = next.and_then(|next| HeaderValue::from_str(next).ok()) {
        response.insert_header(NEXT_HEADER, next);
    }
    if let Answer::Refused(refusal) = &answer {
        if let Ok(status) = StatusCode::from_u16(refusal.status()) {
            response.set_status(status);
        }
        if let Refusal::Paused { retry_after, .. } | Refusal::TooSoon { retry_after, .. } = refusal {
            response.insert_header(RETRY_AFTER, HeaderValue::from(*retry_after));
        }
    }
    Ok(answer)
}

const fn name_of(answer: &Answer) -> &'static str {
    match answer {
        Answer::Done { .. } => "done",
        Answer::Refused(_) => "refused",
    }
}

/// Done: on to the next page.
pub(super) fn done(next: impl Into<String>) -> Result<Answer, AppError> {
    answered(Answer::Done { next: next.into() })
}

/// Refused.
pub(super) fn refused(refusal: Refusal) -> Result<Answer, AppError> {
    answered(Answer::Refused(refusal))
}

/// Refused until then.
pub(super) fn too_soon(request: &Request, until: Instant) -> Result<Answer, AppError> {
    refused(Refusal::TooSoon { until: request.when(until), retry_after: until.seconds_since(request.identity.now()) })
}
