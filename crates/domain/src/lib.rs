//! The nouns and rules of Countersign, shared by the browser and the server.
//!
//! A value that has rules is a type here, with one `parse` that both the form in the browser and
//! the server function call. This crate performs no I/O, reads no clock and draws no randomness:
//! instants and random numbers come in as values.
//!
//! What lives elsewhere: use cases in `identity`, rows and SQL in `store`, words on screen in `app`.

pub mod alphabet;
pub mod authenticator;
pub mod backup_code;
pub mod demand;
pub mod email;
pub mod email_domain;
pub mod emailed_code;
pub mod factor;
pub mod first_sign;
pub mod instant;
pub mod one_time_code;
pub mod password;
pub mod plural;
pub mod policy;
pub mod recovery_key;
pub mod return_path;
pub mod role;
pub mod secret;
pub mod session;
pub mod text;
pub mod throttle;
pub mod trust;

pub use authenticator::{AppCodeRefusal, StepMatch};
pub use backup_code::BackupCode;
pub use demand::{Demand, Proofs};
pub use email::Email;
pub use email_domain::{EmailDomain, EmailDomainError};
pub use factor::{Factor, KeyKind, MAX_METHODS};
pub use first_sign::FirstSign;
pub use instant::Instant;
pub use one_time_code::OneTimeCode;
pub use password::Password;
pub use plural::count;
pub use policy::{Footing, MethodSet, Policy};
pub use recovery_key::RecoveryKey;
pub use return_path::ReturnPath;
pub use role::Role;
pub use secret::Secret;
pub use session::{Assurance, SessionLengths, Stage};
pub use text::{FactorName, OrganisationName, PersonName, TeamName};
pub use trust::TrustDays;
