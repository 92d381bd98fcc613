//! Measurements of the release build, each on its own or all in order.
//!
//! A measure is one function that answers a few lines to print; figures that carry a bar in the architecture are
//! judged by people, not here.

use crate::{
    Outcome, cargo, encoding,
    probe::{Answer, Server},
    run,
};
use clap::Subcommand;
use std::path::Path;

#[derive(Clone, Subcommand)]
pub(crate) enum Measure {
    /// Bytes over the wire for the first visit to /sign-in
    Size,
    /// Time from the start of the process to its first answers, on an empty database and on a full one
    Start,
    /// Resident memory of the idle server
    Memory,
    /// Whole sign-ins a second beside bare Argon2 verifications, and what the time of a refusal tells
    SignIn,
    /// The server's share of a sign-in with a password and a security key
    Key,
    /// The time of sign-ins while the mail server is dead, beside that while it lives
    Mail,
    /// The console of an organisation of 100,000, beside one of 1,000, on both databases
    People,
    /// Inviting ten thousand people from one list, and what signing in takes meanwhile, on both databases
    Invite,
    /// `/auth/verify` at 64 connections beside a handler that asks nobody, on both databases
    Verify,
}

/// Builds the release binary and measures what is named, or everything.
pub(crate) fn bench(measure: Option<Measure>) -> Outcome {
    let binary = run::build(true)?;
    let all = || {
        vec![
            Measure::Size,
            Measure::Start,
            Measure::Memory,
            Measure::SignIn,
            Measure::Key,
            Measure::Mail,
            Measure::People,
            Measure::Invite,
            Measure::Verify,
        ]
    };
    let measures = measure.map_or_else(all, |one| vec![one]);
    for measure in measures {
        match measure {
            Measure::Size => size(&binary)?,
            Measure::Start => by_server("start")?,
            Measure::Memory => memory(&binary)?,
            Measure::SignIn => by_server("sign-in")?,
            Measure::Key => by_server("key")?,
            Measure::Mail => by_server("mail")?,
            Measure::People => by_server("people")?,
            Measure::Invite => by_server("invite")?,
            Measure::Verify => by_server("verify")?,
        }
    }
    Ok(())
}

/// What a browser loads before a person can type: the document and the files it names.
fn size(binary: &Path) -> Outcome {
    let server = Server::start(binary)?;
    let document = server.get("/sign-in", "br")?;
    if document.status != 200 {
        return Err(format!("/sign-in answered {}", document.status).into());
    }
    let plain = server.get("/sign-in", "identity")?;
    let mut total = print_size("html", &document)?;
    for path in linked_files(&String::from_utf8_lossy(&plain.body)) {
        total += print_size(path.rsplit('.').next().unwrap_or_default(), &server.get(&path, "br")?)?;
    }
    println!("size   total  {total:>8} bytes");
    println!("size   binary {:>8} bytes", std::fs::metadata(binary)?.len());
    Ok(())
}

fn print_size(kind: &str, answer: &Answer) -> Outcome<usize> {
    let (bytes, note) = match answer.header("content-encoding") {
        Some("br") => (answer.body.len(), ""),
        _ => (encoding::brotli(&answer.body)?.len(), "  (the server doesn't compress it; this is what brotli would make of it)"),
    };
    println!("size   {kind:<6} {bytes:>8} bytes{note}");
    Ok(bytes)
}

/// The hashed files that a document names, each once.
fn linked_files(html: &str) -> Vec<String> {
    let end = |character: char| matches!(character, '"' | '\'' | ')' | '>' | ' ');
    let mut paths: Vec<String> =
        html.match_indices("/pkg/").map(|(at, _)| html[at..].split(end).next().unwrap_or_default().to_owned()).collect();
    paths.sort();
    paths.dedup();
    paths
}

/// Measured by one of the server's own benchmarks, which know how to make people and codes.
fn by_server(name: &str) -> Outcome {
    let arguments = ["bench"].into_iter().chain(cargo::NATIVE.iter().copied()).chain(["--bench", "measure", "--", name]);
    if cargo::cargo(arguments).status()?.success() { Ok(()) } else { Err(format!("the benchmark {name} failed").into()) }
}

fn memory(binary: &Path) -> Outcome {
    let server = Server::start(binary)?;
    println!("memory idle   {:>8.1} MiB resident", server.resident_kib()? as f64 / 1024.0);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::linked_files;

    #[test]
    fn each_linked_file_is_counted_once() {
        let html = r#"<link href="/pkg/a.css"><link href='/pkg/b.js'><script>import("/pkg/b.js")</script>"#;
        assert_eq!(linked_files(html), ["/pkg/a.css", "/pkg/b.js"]);
    }
}
