//! The Rust tests: built once for all layers, run package by package, counted from what the runners print.

use crate::{
    Outcome,
    cargo::{self, Artifact, NATIVE, Target},
};
use std::{
    io::{BufRead, BufReader},
    ops::AddAssign,
    process::{Command, Stdio},
};

/// How many tests passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub passed: u64,
    pub failed: u64,
}

impl Tally {
    pub(crate) fn count(&mut self, passed: bool) {
        if passed { self.passed += 1 } else { self.failed += 1 }
    }

    /// What a line of libtest's says, if it is the line that sums up: `test result: ok. 3 passed; 0 failed; …`.
    fn read(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let number = |unit: &str| counts.split("; ").find_map(|count| count.strip_suffix(unit)?.trim().parse().ok());
        Some(Self { passed: number("passed")?, failed: number("failed")? })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Runs a command that runs tests, shows what it prints and counts. Failing without a failed test, such as by not
/// compiling or by a crash, counts as one failure.
pub(crate) fn run_command(command: &mut Command) -> Outcome<Tally> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let mut tally = Tally::default();
    for line in BufReader::new(child.stdout.take().expect("stdout is piped")).lines() {
        let line = line?;
        if let Some(counted) = Tally::read(&line) {
            tally += counted;
        }
        println!("{line}");
    }
    if !child.wait()?.success() && tally.failed == 0 {
        tally.failed = 1;
    }
    Ok(tally)
}

/// The tests of the native selection, built.
pub(crate) struct Suite {
    artifacts: Vec<Artifact>,
    packages: Vec<cargo::Package>,
}

impl Suite {
    /// Builds every test that compiles. What doesn't is found missing when its layer runs.
    pub(crate) fn build() -> Outcome<Self> {
        // Not `cargo test --no-run`: it stops at the first package that doesn't compile.
        let arguments = ["build", "--tests", "--keep-going"].into_iter().chain(NATIVE.iter().copied());
        let artifacts = cargo::build(arguments)?.artifacts.into_iter().filter(|artifact| artifact.profile.test).collect();
        Ok(Self { artifacts, packages: cargo::packages()? })
    }

    /// Runs the tests of one package; one failure more when some of them didn't build.
    pub(crate) fn run(&self, package: &str, environment: &[(&str, &str)], arguments: &[String]) -> Outcome<Tally> {
        let package = self.packages.iter().find(|known| known.name == package).ok_or_else(|| format!("there is no package {package}"))?;
        let mut tally = Tally::default();
        let mut is_complete = true;
        for target in package.targets.iter().filter(|target| is_tested(target)) {
            let built = self.artifacts.iter().find(|built| built.manifest_path == package.manifest_path && &built.target == target);
            let Some(executable) = built.and_then(|built| built.executable.as_ref()) else {
                println!("  {} {} didn't build", package.name, target.name);
                is_complete = false;
                continue;
            };
            println!("  {} {} {}", package.name, target.kind.join(" "), target.name);
            // As `cargo test` does: in the package's folder, which is also how tests find their fixtures.
            let folder = package.manifest_path.parent().expect("a manifest lies in a folder");
            let mut command = Command::new(executable);
            command.args(arguments).current_dir(folder).env("CARGO_MANIFEST_DIR", folder).envs(environment.iter().copied());
            tally += run_command(&mut command)?;
        }
        if !is_complete {
            tally.failed += 1;
        }
        Ok(tally)
    }
}

fn is_tested(target: &Target) -> bool {
    target.test && target.kind.iter().any(|kind| matches!(kind.as_str(), "lib" | "bin" | "test"))
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn the_runners_last_line_is_counted() {
        let line = "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 3 filtered out; finished in 0.02s";
        assert_eq!(Tally::read(line), Some(Tally { passed: 12, failed: 0 }));
        let line = "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        assert_eq!(Tally::read(line), Some(Tally { passed: 1, failed: 2 }));
    }

    #[test]
    fn other_lines_are_not() {
        for line in ["test a ... ok", "running 3 tests", "test result: unknown", ""] {
            assert_eq!(Tally::read(line), None);
        }
    }
}
