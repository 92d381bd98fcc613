//! One file per screen.

pub mod application;
pub mod beyond;
pub mod change_email;
pub mod change_password;
pub mod confirm;
pub mod confirm_email;
pub mod enrol;
pub mod forgot;
pub mod help;
pub mod home;
pub mod join;
mod mail_link;
pub mod not_found;
pub mod not_me;
pub mod org;
mod passkey;
pub mod privacy;
pub mod profile;
mod query;
pub mod reset_password;
pub mod second_step;
pub mod security;
pub mod set_up;
pub mod sign_in;
pub mod single_sign_on;
