//! The second sign: the code from an app, a backup code, and the list of ways.

mod authenticator_code;
mod backup_code;
mod held;
mod ways;

pub use authenticator_code::AuthenticatorCodePage;
pub use backup_code::BackupCodePage;
pub use ways::WaysPage;
