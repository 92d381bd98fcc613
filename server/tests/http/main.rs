//! The real router, driven as a hostile client would.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod addresses;
mod api;
mod asking;
mod audit;
mod backup_codes;
mod connected;
mod connecting;
mod connections;
mod domains;
mod emailed_code_limits;
mod emailed_codes;
mod enrolment;
mod forms;
mod forward_auth;
mod gates;
mod injection;
mod invitations;
mod isolation;
mod joining;
mod lying_provider;
mod mailbox;
mod name_server;
mod not_me;
mod not_me_twice;
mod notices;
mod organisation;
mod passkeys;
mod password_change;
mod password_links;
mod people;
mod policy;
mod recovery_keys;
mod security;
mod security_keys;
mod sign_in;
mod single_sign_on;
mod soft_key;
mod stages;
mod start;
mod support;
mod throttle;
mod trusted_browsers;
