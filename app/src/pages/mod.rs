//! One file per screen.

pub mod beyond;
pub mod confirm;
pub mod enrol;
pub mod help;
pub mod home;
pub mod not_found;
mod passkey;
pub mod privacy;
pub mod profile;
pub mod second_step;
pub mod security;
pub mod set_up;
pub mod sign_in;
