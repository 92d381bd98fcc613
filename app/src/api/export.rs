//! What an export gives.

use serde::{Deserialize, Serialize};

/// An export of entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Export {
    /// The entries as CSV (RFC 4180), with a header line.
    pub csv: String,
    /// How many there are.
    pub entries: i64,
}
