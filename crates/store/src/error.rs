//! What can go wrong while storing, as far as a caller may know.
//!
//! A caller can't mend a fault of the database, so it is one opaque type: `Display` is safe to
//! show to anybody, and what the database said is only in `source`, for the log. What a caller
//! can act on ("this email is taken") is never an error but the `bool` or `Option` of a method.

use std::error::Error;

use crate::keys::SealError;

/// A fault of the database, or of what was read from it.
#[derive(Debug, thiserror::Error)]
#[error("{what}")]
pub struct StoreError {
    what: &'static str,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
    is_unique_violation: bool,
}

impl StoreError {
    /// A fault with nothing beneath it.
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what, source: None, is_unique_violation: false }
    }

    /// A fault caused by `source`.
    pub(crate) fn caused_by(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { what, source: Some(source.into()), is_unique_violation: false }
    }

    /// Whether the database refused a second row with the same key. The methods of this crate
    /// answer expected collisions with `false`; what is left is a repeated random value.
    #[must_use]
    pub const fn is_unique_violation(&self) -> bool {
        self.is_unique_violation
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        // By kind, never by message: messages are translated and change between versions.
        let is_unique_violation = error.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation);
        let what = match error {
            sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => {
                "the database can't be reached"
            }
            sqlx::Error::Configuration(_) => "the database URL can't be used",
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => "the database holds a value that can't be read",
            _ => "the database couldn't carry out a statement",
        };
        Self { is_unique_violation, ..Self::caused_by(what, error) }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        Self::caused_by("the database couldn't be migrated", error)
    }
}

impl From<SealError> for StoreError {
    fn from(error: SealError) -> Self {
        Self::caused_by("a secret in the database can't be opened or sealed", error)
    }
}
