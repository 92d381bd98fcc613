//! What the content security policy forbids is kept out of the sources, so that it can't fail in a browser only.

use std::{
    fs,
    path::{Path, PathBuf},
};

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    fn collect(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                collect(&path, extension, found);
            } else if path.extension().is_some_and(|actual| actual == extension) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), extension, &mut found);
    found
}

/// Lines that contain one of the strings, as `path:line`; comments are left out.
fn offenders(folder: &str, extension: &str, refused: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder, extension) {
        for (at, line) in fs::read_to_string(&path).unwrap().lines().enumerate() {
            let is_comment = line.trim_start().starts_with("//");
            if !is_comment && refused.iter().any(|refused| line.contains(refused)) {
                found.push(format!("{}:{}: {}", path.display(), at + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn the_stylesheets_load_nothing_from_elsewhere() {
    let refused = ["url(http", "url(\"http", "url('http", "url(//", "url(\"//", "url('//", "@import"];
    assert_eq!(offenders("style", "css", &refused), Vec::<String>::new());
}

#[test]
fn no_page_carries_an_inline_style() {
    assert_eq!(offenders("app/src", "rs", &[" style=", " style:"]), Vec::<String>::new());
}
