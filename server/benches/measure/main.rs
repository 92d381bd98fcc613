//! Measurements against the built server. `cargo xtask bench` runs them: each is named by the one argument.

#![expect(clippy::disallowed_methods, reason = "measuring is what the clock is read for here")]
#![expect(clippy::print_stdout, reason = "the figures are what this is for")]

mod invite;
mod key;
mod mail;
mod people;
mod server;
mod sign_in;
#[path = "../../tests/http/soft_key.rs"]
#[expect(dead_code, reason = "here it tells no lies")]
#[expect(clippy::unwrap_used, reason = "as the tests use it")]
mod soft_key;
mod start;
mod verify;

fn main() -> Result<(), server::Fault> {
    // `cargo bench` adds a flag of its own.
    match std::env::args()
        .find(|argument| matches!(argument.as_str(), "start" | "sign-in" | "key" | "mail" | "people" | "invite" | "verify" | verify::BARE))
        .as_deref()
    {
        Some("start") => start::measure(),
        Some("key") => key::measure(),
        Some("mail") => mail::measure(),
        Some("people") => people::measure(),
        Some("invite") => invite::measure(),
        Some("verify") => verify::measure(),
        Some(verify::BARE) => verify::serve_bare(),
        Some("sign-in") => sign_in::measure(),
        _ => Err("name what to measure: start, sign-in, key, mail, people, invite or verify".into()),
    }
}
