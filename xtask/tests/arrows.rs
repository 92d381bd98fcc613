//! The arrows between our houses, and what each house may not name.
//!
//! `frontend → app → domain` · `app(ssr) → identity → store → domain` · `server → app, identity, store`

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

/// Which of our packages each may depend on. A package that isn't listed fails the test until somebody decides.
const ARROWS: &[(&str, &[&str])] = &[
    ("countersign-domain", &[]),
    ("countersign-store", &["countersign-domain"]),
    ("countersign-identity", &["countersign-domain", "countersign-store"]),
    ("countersign-app", &["countersign-domain", "countersign-identity"]),
    ("countersign-frontend", &["countersign-app"]),
    ("countersign-server", &["countersign-app", "countersign-domain", "countersign-identity", "countersign-store"]),
    ("xtask", &[]),
];

/// Crates that only some packages may name, in dependencies of any kind.
const RESERVED: &[(&str, &[&str])] = &[("sqlx", &["countersign-store"])];

/// Crates that a package may not name itself, whatever its dependencies bring along.
const UNNAMED: &[(&str, &[&str])] = &[("countersign-identity", &["axum", "http", "leptos", "leptos_axum", "server_fn"])];

/// What never reaches the browser.
const KEPT_ON_THE_SERVER: &[&str] =
    &["argon2", "countersign-identity", "countersign-store", "sqlx", "sqlx-core", "tokio", "webauthn-rs-core"];

/// What would give the pure rules a clock, randomness, files or a network.
const IMPURE: &[&str] = &["axum", "getrandom", "http", "hyper", "jiff", "mio", "rand", "reqwest", "sqlx", "sqlx-core", "tokio"];

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "cargo {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Each package of the workspace with what its manifest names: crate, kind and whether it is optional.
fn named_dependencies() -> BTreeMap<String, Vec<Value>> {
    let metadata: Value = serde_json::from_str(&cargo(&["metadata", "--no-deps", "--format-version=1"])).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    packages.map(|package| (package["name"].as_str().unwrap().to_owned(), package["dependencies"].as_array().unwrap().clone())).collect()
}

/// Every crate that ends up in a build of the package.
fn reached(package: &str, target: &[&str]) -> BTreeSet<String> {
    let base = ["tree", "--package", package, "--edges=normal", "--prefix=none", "--format={p}"];
    let tree = cargo(&[&base, target].concat());
    tree.lines().filter_map(|line| line.split(' ').next()).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn names(dependencies: &[Value]) -> impl Iterator<Item = &str> {
    dependencies.iter().map(|dependency| dependency["name"].as_str().unwrap())
}

#[test]
fn nothing_points_back() {
    let packages = named_dependencies();
    for (package, dependencies) in &packages {
        let (_, allowed) =
            ARROWS.iter().find(|(name, _)| name == package).unwrap_or_else(|| panic!("{package} has no place among the arrows"));
        // A package may name itself: that is how its own tests switch on a feature made for tests.
        for ours in names(dependencies).filter(|name| packages.contains_key(*name) && name != package) {
            assert!(allowed.contains(&ours), "{package} may not depend on {ours}");
        }
    }
}

#[test]
fn only_the_store_names_the_database() {
    for (package, dependencies) in named_dependencies() {
        for (reserved, owners) in RESERVED {
            let is_named = names(&dependencies).any(|name| name == *reserved || name.starts_with(&format!("{reserved}-")));
            assert!(!is_named || owners.contains(&package.as_str()), "{package} may not name {reserved}");
        }
    }
}

#[test]
fn the_use_cases_know_nothing_of_the_web() {
    let packages = named_dependencies();
    for (package, refused) in UNNAMED {
        for name in names(&packages[*package]) {
            assert!(!refused.contains(&name), "{package} may not name {name}");
        }
    }
}

#[test]
fn the_rules_reach_no_clock_no_randomness_and_no_network() {
    let reached = reached("countersign-domain", &[]);
    for impure in IMPURE {
        assert!(!reached.contains(*impure), "countersign-domain may not reach {impure}");
    }
}

#[test]
fn what_verifies_and_stores_never_reaches_the_browser() {
    let reached = reached("countersign-frontend", &["--target=wasm32-unknown-unknown"]);
    assert!(reached.contains("countersign-app"), "the tree is the interface's");
    for kept in KEPT_ON_THE_SERVER {
        assert!(!reached.contains(*kept), "the browser's build may not reach {kept}");
    }
}

#[test]
fn the_interface_takes_the_use_cases_only_when_it_renders_on_the_server() {
    let packages = named_dependencies();
    for dependency in packages["countersign-app"].iter().filter(|dependency| dependency["name"] == "countersign-identity") {
        assert_eq!(dependency["optional"], true, "countersign-app takes countersign-identity with `ssr` only");
    }
}

/// Tests and the binary share one build of every dependency. A dev-dependency that asks for one more feature of a crate
/// both use would have cargo build that crate, and all that stands on it, twice on every fresh machine.
#[test]
fn tests_add_no_features_to_what_the_binary_is_built_from() {
    let selection = [
        "--package=countersign-domain",
        "--package=countersign-store",
        "--package=countersign-identity",
        "--package=countersign-app",
        "--package=countersign-server",
        "--features=countersign-app/ssr",
    ];
    let crates = |edges: &str| -> BTreeMap<String, BTreeSet<String>> {
        let tree = cargo(&[&["tree", edges, "--prefix=none", "--format={p}|{f}"], selection.as_slice()].concat());
        let mut crates = BTreeMap::<_, BTreeSet<_>>::new();
        for (name, features) in tree.lines().filter_map(|line| line.trim_end_matches(" (*)").split_once('|')) {
            crates.entry(name.to_owned()).or_default().insert(features.to_owned());
        }
        crates
    };
    let with_tests = crates("--edges=normal,build,dev");
    for (name, features) in crates("--edges=normal,build").into_iter().filter(|(name, _)| !name.starts_with("countersign-")) {
        assert_eq!(with_tests[&name], features, "dev-dependencies change the features of {name}; ask for them in the workspace's table");
    }
}
