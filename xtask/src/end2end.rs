//! A person at the screen: Playwright in Chromium against the built binary.
//!
//! The tests start their own servers; they are told where the binary and a PostgreSQL server are.

use crate::{
    Outcome, postgres,
    suite::Tally,
    tools::{self, Tool, end2end},
};
use serde::Deserialize;
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

/// Playwright's own count, from its JSON report.
#[derive(Deserialize)]
struct Report {
    stats: Stats,
}

#[derive(Deserialize)]
struct Stats {
    expected: u64,
    unexpected: u64,
    flaky: u64,
}

impl From<Stats> for Tally {
    /// A test that passes only now and then has failed.
    fn from(stats: Stats) -> Self {
        Self { passed: stats.expected, failed: stats.unexpected + stats.flaky }
    }
}

/// Installs what is missing and runs the tests; arguments go to Playwright.
pub(crate) fn run(binary: &Path, postgres_url: &str, arguments: &[String]) -> Outcome<Tally> {
    // In this order: whether Chromium is missing is asked of Playwright, which npm brings.
    tools::ensure(&[Tool::Node, Tool::Oathtool, Tool::Openssl, Tool::Nginx, Tool::Caddy])?;
    tools::ensure_node_modules()?;
    tools::ensure(&[Tool::Chromium])?;

    let report = end2end().join("playwright-report/results.json");
    drop(fs::remove_file(&report));
    let mut playwright = Command::new("npx");
    playwright.args(["--no-install", "playwright", "test"]).args(arguments).current_dir(end2end()).stdin(Stdio::null());
    playwright.env("COUNTERSIGN_BIN", binary).env(postgres::URL_VARIABLE, postgres_url);
    let succeeded = playwright.status()?.success();

    let report = fs::read(&report).map_err(|_| "Playwright left no report")?;
    let mut tally = Tally::from(serde_json::from_slice::<Report>(&report)?.stats);
    // Errors outside of any test, such as a file that doesn't compile, end in the exit code only.
    if !succeeded && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

#[cfg(test)]
mod tests {
    use super::{Report, Tally};

    #[test]
    fn flaky_tests_count_as_failed() {
        let report =
            r#"{"config":{},"suites":[],"stats":{"startTime":"","duration":1.5,"expected":7,"skipped":1,"unexpected":2,"flaky":1}}"#;
        let report: Report = serde_json::from_str(report).unwrap();
        assert_eq!(Tally::from(report.stats), Tally { passed: 7, failed: 3 });
    }
}
