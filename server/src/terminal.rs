//! What a person at the terminal is told, as opposed to what is logged.

/// Writes a line to standard output.
#[expect(clippy::print_stdout, reason = "this is the one place that talks to the person at the terminal")]
pub(crate) fn say(line: impl std::fmt::Display) {
    println!("{line}");
}

/// Writes a line to standard error.
#[expect(clippy::print_stderr, reason = "this is the one place that talks to the person at the terminal")]
pub(crate) fn complain(line: impl std::fmt::Display) {
    eprintln!("{line}");
}
