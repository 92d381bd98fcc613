//! The real router, driven as a hostile client would.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod api;
mod backup_codes;
mod connections;
mod enrolment;
mod forms;
mod gates;
mod passkeys;
mod security;
mod security_keys;
mod sign_in;
mod soft_key;
mod stages;
mod start;
mod support;
mod throttle;
