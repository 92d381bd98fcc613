//! What goes wrong, as opposed to what is refused.
//!
//! A refusal that a view has words for is an `Ok` value ([`crate::api::Answer::Refused`]). An
//! [`AppError`] is everything else: few variants, stable codes, an HTTP status, and never a cause.

use serde::Serialize;
use server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};

use crate::api::tree::{FromTree, Tree, read_from_tree};

/// A fault or a closed door, as the browser sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, thiserror::Error)]
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
    /// The request came from another site, or from this one under another address (403).
    #[error("the request came from another site")]
    CrossSite,
    /// Somebody else may: account holders, or those who look after this person (403).
    #[error("not allowed")]
    NotAllowed,
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
            Self::WrongStage { .. } | Self::CrossSite | Self::NotAllowed => 403,
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

impl FromTree for AppError {
    fn from_tree(tree: Tree) -> Option<Self> {
        let mut fields = tree.fields()?;
        Some(match fields.text("error")?.as_str() {
            "sign-in-required" => Self::SignInRequired,
            "wrong-stage" => Self::WrongStage { next: fields.text("next")? },
            "bad-request" => Self::BadRequest,
            "cross-site" => Self::CrossSite,
            "not-allowed" => Self::NotAllowed,
            "not-found" => Self::NotFound,
            "busy" => Self::Busy { retry_after: fields.count("retry_after")? },
            "internal" => Self::Internal { reference: fields.text("reference")? },
            "offline" => Self::Offline,
            _ => return None,
        })
    }
}

read_from_tree!(AppError);

#[cfg(all(test, feature = "ssr"))]
mod tests {
    use super::*;

    #[test]
    fn every_error_reads_back_as_itself() {
        for error in [
            AppError::SignInRequired,
            AppError::WrongStage { next: "/enrol".to_owned() },
            AppError::BadRequest,
            AppError::CrossSite,
            AppError::NotAllowed,
            AppError::NotFound,
            AppError::Busy { retry_after: 2 },
            AppError::Internal { reference: "7F3A2C".to_owned() },
            AppError::Offline,
        ] {
            let json = serde_json::to_string(&error).unwrap();
            assert_eq!(serde_json::from_str::<AppError>(&json).unwrap(), error, "{json}");
        }
    }
}
