//! Embeds the site that `cargo xtask build` left in `target/site/`.
//!
//! Reads its manifest and writes a table of `include_bytes!` for `src/site.rs`. Without a site the table is empty, so
//! that lints and tests of the server need no build of the interface.

use serde_json::Value;
use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// What a missing site looks like.
const NO_SITE: &str = r#"{"named":null,"files":[]}"#;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-env-changed=COUNTERSIGN_SITE_DIR");
    let folder = match env::var_os("COUNTERSIGN_SITE_DIR") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/site"),
    };
    let path = folder.join("manifest.json");
    if !path.exists() {
        // Cargo runs a build script again, and builds the server again, each time a file it watches isn't there. An
        // empty manifest is there; failing to write it costs only that time.
        drop(fs::create_dir_all(&folder).and_then(|()| fs::write(&path, NO_SITE)));
    }
    println!("cargo::rerun-if-changed={}", path.display());

    let manifest: Value = serde_json::from_str(&fs::read_to_string(&path).unwrap_or_else(|_| NO_SITE.to_owned()))?;
    let table = Path::new(&env::var("OUT_DIR")?).join("site.rs");
    fs::write(table, generate(&manifest, &folder.canonicalize().unwrap_or(folder))?)?;
    Ok(())
}

/// Rust source with the two statics that `src/site.rs` includes.
fn generate(manifest: &Value, folder: &Path) -> Result<String, Box<dyn Error>> {
    let mut source = String::from("static FILES: &[SiteFile] = &[\n");
    for file in manifest["files"].as_array().ok_or("the manifest lists no files")? {
        let embedded = |name: &str| format!("include_bytes!({:?})", folder.join(name).display().to_string());
        let encoding = |key: &str| file[key].as_str().map_or_else(|| "None".to_owned(), |name| format!("Some({})", embedded(name)));
        writeln!(
            source,
            "SiteFile {{ path: {:?}, content_type: {:?}, immutable: {}, etag: {:?}, identity: {}, brotli: {}, gzip: {} }},",
            text(file, "path")?,
            text(file, "content_type")?,
            file["immutable"].as_bool().unwrap_or(false),
            format!("W/\"{}\"", text(file, "fingerprint")?),
            embedded(text(file, "file")?),
            encoding("br"),
            encoding("gz"),
        )?;
    }
    source.push_str("];\n");
    let assets = match &manifest["named"] {
        Value::Null => "None".to_owned(),
        named => {
            let path = |name| text(named, name);
            let (js, wasm, css, css_beyond) = (path("js")?, path("wasm")?, path("css")?, path("css_beyond")?);
            format!("Some(Assets {{ js: {js:?}, wasm: {wasm:?}, css: {css:?}, css_beyond: {css_beyond:?} }})")
        }
    };
    writeln!(source, "static ASSETS: Option<Assets> = {assets};")?;
    Ok(source)
}

fn text<'a>(value: &'a Value, key: &str) -> Result<&'a str, Box<dyn Error>> {
    value[key].as_str().ok_or_else(|| format!("the site's manifest has no `{key}`").into())
}
