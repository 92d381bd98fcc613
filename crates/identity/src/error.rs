//! Faults: what no outcome has words for.

use countersign_store::StoreError;
use thiserror::Error;

/// Why a use case could not be carried out at all.
#[derive(Debug, Error)]
pub enum Error {
    /// The queue of the hashing pool is full: come back in `retry_after` seconds.
    #[error("too many passwords are being checked at once")]
    Busy {
        /// Seconds to wait.
        retry_after: u64,
    },
    /// Something broke. Nothing was saved.
    #[error("something broke")]
    Fault(#[source] Fault),
}

/// A cause for the log; it never reaches a person.
#[derive(Debug, Error)]
#[error(transparent)]
pub struct Fault(Box<dyn std::error::Error + Send + Sync>);

impl Error {
    /// A fault from any cause.
    pub fn fault(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self::Fault(Fault(cause.into()))
    }
}

impl From<StoreError> for Error {
    fn from(cause: StoreError) -> Self {
        Self::fault(cause)
    }
}
