//! The key ring: from `COUNTERSIGN_KEYS` in the environment, else from the key file.

use std::path::Path;

use countersign_store::{KeyError, KeyRing};

/// The environment variable that may hold the whole key ring, for installations without a disk.
pub const KEYS_VARIABLE: &str = "COUNTERSIGN_KEYS";

/// Loads the keys; `None` when there is no file yet.
///
/// # Errors
/// [`KeyError`], which says how to mend it.
pub fn find(file: &Path) -> Result<Option<KeyRing>, KeyError> {
    match std::env::var(KEYS_VARIABLE) {
        Ok(text) => KeyRing::parse(&text).map(Some),
        Err(_) if !file.exists() => Ok(None),
        Err(_) => KeyRing::load(file).map(Some),
    }
}
