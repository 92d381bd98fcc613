//! Emailed codes: how long one lives, and how soon another may follow (ASVS 5 6.6).

/// For how long a code works, in seconds.
pub const LIFETIME_SECONDS: i64 = 10 * 60;
/// How soon a new one may be asked for, in seconds.
pub const RESEND_SECONDS: i64 = 60;
/// How many are sent to an account in [`WINDOW_SECONDS`]; half of them to browsers it doesn't know.
pub const MAX_IN_WINDOW: u64 = 20;
/// The window that they are counted in, in seconds.
pub const WINDOW_SECONDS: i64 = 60 * 60;
