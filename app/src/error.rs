//! What goes wrong, as opposed to what is refused.
//!
//! A refusal that a view has words for is an `Ok` value ([`crate::api::Answer::Refused`]). An
//! [`AppError`] is everything else: few variants, stable codes, an HTTP status, and never a cause.

use serde::{Deserialize, Serialize};
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

/// A fault or a closed door, as the browser sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", tag = "error")]
pub enum AppError {
    /// Nobody is signed in, or the session has ended (401).
    #[error("sign in first")]
    SignInRequired,
    /// The session stands elsewhere in the sign-in (403).
    #[error("not at this stage of the sign-in")]
    WrongStage {
        /// The page where it goes on.
        next: String,
    },
    /// The request isn't of the form the endpoint takes (400).
    #[error("the request isn't of the form this endpoint takes")]
    BadRequest,
    /// What was named isn't there, or isn't this person's (404).
    #[error("not found")]
    NotFound,
    /// More sign-ins are being checked than the server can do at once (503, with `Retry-After`).
    #[error("busy, try again in {retry_after} seconds")]
    Busy {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Our fault (500). The cause is in the server's log under this reference.
    #[error("internal error, reference {reference}")]
    Internal {
        /// Six characters to quote.
        reference: String,
    },
    /// The browser couldn't reach the server. Never sent by it.
    #[error("the server can't be reached")]
    Offline,
}

impl AppError {
    /// The HTTP status this error travels with.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::SignInRequired => 401,
            Self::WrongStage { .. } => 403,
            Self::BadRequest => 400,
            Self::NotFound => 404,
            Self::Busy { .. } => 503,
            Self::Internal { .. } | Self::Offline => 500,
        }
    }
}

impl FromServerFnError for AppError {
    type Encoder = JsonEncoding;

    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            // In the browser: fetch itself failed, or something that isn't our server answered.
            ServerFnErrorErr::Request(_) | ServerFnErrorErr::Response(_) => Self::Offline,
            ServerFnErrorErr::Args(_) | ServerFnErrorErr::MissingArg(_) | ServerFnErrorErr::Deserialization(_) => Self::BadRequest,
            _ => Self::Internal { reference: "000000".to_owned() },
        }
    }
}
