//! Faults: logged once, here, under a reference that the person can quote.

use countersign_identity::{Error, Fault, Identity};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

use crate::error::AppError;

/// Turns a fault of a use case into what the browser may know.
pub(super) fn fault(identity: &Identity, error: &Error) -> AppError {
    let app_error = match error {
        Error::Busy { retry_after } => AppError::Busy { retry_after: *retry_after },
        Error::Fault(cause) => AppError::Internal { reference: report(identity, cause) },
    };
    refuse(app_error)
}

/// Logs a fault, and gives the reference that it stands under.
#[must_use]
pub fn report(identity: &Identity, cause: &Fault) -> String {
    let reference = identity.new_reference();
    tracing::error!(%reference, cause = %Chain(cause), "a request failed");
    reference
}

/// Gives the response the error's status, and hands the error back.
pub(super) fn refuse(error: AppError) -> AppError {
    if let Some(response) = use_context::<ResponseOptions>() {
        if let Ok(status) = http::StatusCode::from_u16(error.status()) {
            response.set_status(status);
        }
        if let AppError::Busy { retry_after } = &error {
            response.insert_header(http::header::RETRY_AFTER, http::HeaderValue::from(*retry_after));
        }
    }
    error
}

/// An error with its causes, on one line.
struct Chain<'a>(&'a (dyn std::error::Error + 'a));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}
