//! The server: configuration, router, security headers, command line.
//!
//! `main` calls [`cli::run`]; tests call [`startup::Server`] with their own configuration, so
//! that what they attack is what is shipped. Sign-in itself is in `countersign-identity`; pages
//! and server functions are in `countersign-app`.

pub mod api;
pub mod cli;
pub mod client_address;
pub mod config;
pub mod demo;
pub mod doctor;
pub mod forward_auth;
pub mod headers;
pub mod health;
pub mod keys;
pub mod listener;
pub mod mail;
pub mod metrics;
pub mod pages;
mod records;
pub mod router;
pub mod same_origin;
pub mod site;
pub mod startup;
mod terminal;
