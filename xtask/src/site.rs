//! The web site: the interface as WASM with its glue, two stylesheets and the public files, hashed and compressed.
//!
//! Everything lands in `target/site/` with a `manifest.json`, from which the server's build script makes its table.
//! Files whose name carries their hash may be cached for ever; the others are revalidated.

use crate::{
    Outcome, cargo,
    encoding::{brotli, fingerprint, gzip},
    root, stylesheet, tools,
};
use serde::Serialize;
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};
use wasm_bindgen_cli_support::Bindgen;

/// Changes whenever this module makes something else of the same WASM, so that an older result isn't reused.
const RECIPE: &str = "3";

/// What `server/build.rs` reads.
#[derive(Serialize)]
struct Manifest {
    named: Named,
    files: Vec<File>,
}

/// The paths that the HTML shell writes into every document.
#[derive(Serialize)]
struct Named {
    js: String,
    wasm: String,
    css: String,
    css_beyond: String,
}

/// One file of the site and its encodings, as names inside `target/site/`.
#[derive(Serialize)]
struct File {
    path: String,
    file: String,
    br: Option<String>,
    gz: Option<String>,
    content_type: &'static str,
    immutable: bool,
    fingerprint: String,
}

/// Builds the site; quick when nothing changed.
pub(crate) fn build() -> Outcome {
    tools::ensure_wasm_target()?;
    let wasm = cargo::build_frontend()?;
    let bound = bind(&wasm)?;
    let mut site = Site::default();
    let code = site.add_code(&bound)?;
    let named = Named {
        js: format!("{code}/countersign.js"),
        wasm: format!("{code}/countersign_bg.wasm"),
        css: site.add_hashed("css", stylesheet::read(&root().join("style"))?.as_bytes())?,
        css_beyond: site.add_hashed("css", stylesheet::read(&root().join("style/beyond"))?.as_bytes())?,
    };
    for path in files_below(&root().join("app/public"))? {
        site.add_public(&path)?;
    }
    site.write(named)
}

/// Splits the module into chunks and runs wasm-bindgen on the main one, unless both already ran on the very same
/// module; answers the folder with what they made.
fn bind(wasm: &Path) -> Outcome<PathBuf> {
    let folder = root().join("target/site-cache/bound");
    let stamp = folder.join("stamp");
    let expected = format!("{RECIPE} {}", fingerprint(&fs::read(wasm)?));
    if fs::read_to_string(&stamp).is_ok_and(|stamped| stamped == expected) {
        return Ok(folder);
    }
    fs::remove_dir_all(&folder).or_else(|error| if folder.exists() { Err(error) } else { Ok(()) })?;
    let main = split(wasm, &folder)?;
    let mut output = Bindgen::new()
        .input_path(&main)
        .out_name("countersign")
        .web(true)?
        .typescript(false)
        // The shell passes the module's hashed path to `init`; a default would name a file that doesn't exist.
        .omit_default_module_path(true)
        .remove_name_section(true)
        .remove_producers_section(true)
        // The chunks import what the linker exported from the main module, by the linker's names.
        .keep_lld_exports(true)
        .demangle(false)
        .generate_output()?;
    if output.snippets().values().any(|snippets| !snippets.is_empty()) || !output.local_modules().is_empty() {
        return Err("a dependency brings JavaScript snippets of its own, and the site has no place for them yet".into());
    }
    let renamed = shorten_imports(output.wasm_mut().imports.iter_mut().map(|import| &mut import.name));
    output.emit(&folder)?;
    let glue = folder.join("countersign.js");
    fs::write(&glue, with_short_names(&fs::read_to_string(&glue)?, &renamed)?)?;
    fs::remove_file(main)?;
    fs::write(stamp, expected)?;
    Ok(folder)
}

/// Gives what the module imports short names: each ends in sixteen digits of a hash, twice over what doesn't
/// compress. Answers what each was called.
fn shorten_imports<'a>(names: impl Iterator<Item = &'a mut String>) -> Vec<(String, String)> {
    let mut renamed = Vec::new();
    for (number, name) in names.filter(|name| name.starts_with("__wbg_")).enumerate() {
        let long = std::mem::replace(name, format!("i{number}"));
        renamed.push((long, name.clone()));
    }
    renamed
}

/// The glue, in which each of these names stands once, where what it stands for is defined.
fn with_short_names(glue: &str, renamed: &[(String, String)]) -> Outcome<String> {
    let mut glue = glue.to_owned();
    for (long, short) in renamed {
        let (definition, shorter) = (format!("        {long}: function("), format!("        {short}: function("));
        if glue.matches(long.as_str()).count() != 1 || !glue.contains(&definition) {
            return Err(format!("wasm-bindgen's glue doesn't define {long} where this expects it").into());
        }
        glue = glue.replacen(&definition, &shorter, 1);
    }
    Ok(glue)
}

/// Cuts the lazily loaded pages out of the module; answers the path of what remains.
fn split(wasm: &Path, folder: &Path) -> Outcome<PathBuf> {
    let input = fs::read(wasm)?;
    let main = folder.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = folder;
    options.main_out_path = &main;
    options.main_module = "./countersign.js";
    wasm_split_cli_support::transform(options).map_err(|report| format!("the WASM can't be split: {report:#}"))?;
    Ok(main)
}

/// The files gathered so far, with the content of each name to be written.
#[derive(Default)]
struct Site {
    files: Vec<File>,
    contents: Vec<(String, Vec<u8>)>,
}

impl Site {
    /// Adds a file whose path carries its hash; answers that path.
    fn add_hashed(&mut self, extension: &str, content: &[u8]) -> Outcome<String> {
        let path = format!("/pkg/countersign-{}.{extension}", fingerprint(content));
        self.add(&path, content, true)?;
        Ok(path)
    }

    /// Adds the modules under a folder whose name carries the hash of them all: they import one another by relative
    /// paths, which stay as they are. Answers that folder.
    fn add_code(&mut self, bound: &Path) -> Outcome<String> {
        let mut modules: Vec<PathBuf> = files_below(bound)?.into_iter().collect();
        modules.retain(|path| path.extension().is_some_and(|extension| extension == "js" || extension == "wasm"));
        modules.sort();
        let contents = modules.iter().map(fs::read).collect::<Result<Vec<_>, _>>()?;
        let folder = format!("/pkg/{}", fingerprint(&contents.concat()));
        for (path, content) in modules.iter().zip(&contents) {
            let name = path.file_name().and_then(|name| name.to_str()).ok_or("file names of the site are plain text")?;
            self.add(&format!("{folder}/{name}"), content, true)?;
        }
        Ok(folder)
    }

    /// Adds a file of `app/public` under the path it has there.
    fn add_public(&mut self, path: &Path) -> Outcome {
        let below = path.strip_prefix(root().join("app/public"))?;
        self.add(&format!("/{}", below.to_str().ok_or("file names of the site are plain text")?), &fs::read(path)?, false)
    }

    fn add(&mut self, path: &str, content: &[u8], immutable: bool) -> Outcome {
        let content_type = content_type(path)?;
        let fingerprint = fingerprint(content);
        // On disk every name carries the hash, so that the manifest changes exactly when some content does.
        let extension = path.rsplit('.').next().unwrap_or_default();
        let file = format!("{fingerprint}.{extension}");
        let mut keep_smaller = |suffix: &str, encoded: Vec<u8>| {
            let name = format!("{file}.{suffix}");
            (encoded.len() < content.len()).then(|| self.contents.push((name.clone(), encoded))).map(|()| name)
        };
        let br = keep_smaller("br", brotli(content)?);
        let gz = keep_smaller("gz", gzip(content)?);
        self.contents.push((file.clone(), content.to_owned()));
        self.files.push(File { path: path.to_owned(), file, br, gz, content_type, immutable, fingerprint });
        Ok(())
    }

    /// Writes what changed, removes what is no longer part of the site, and prints what a browser will load.
    fn write(mut self, named: Named) -> Outcome {
        let folder = root().join("target/site");
        fs::create_dir_all(&folder)?;
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
        for file in &self.files {
            let encoded = |name: &Option<String>| name.as_ref().and_then(|name| self.contents.iter().find(|(of, _)| of == name));
            let size = |name: &Option<String>| encoded(name).map_or_else(|| "-".to_owned(), |(_, content)| content.len().to_string());
            println!("{:>9} {:>9} {:>9}  {}", size(&Some(file.file.clone())), size(&file.gz), size(&file.br), file.path);
        }
        let manifest = serde_json::to_vec_pretty(&Manifest { named, files: self.files })?;
        self.contents.push(("manifest.json".to_owned(), manifest));
        let kept: BTreeSet<&str> = self.contents.iter().map(|(name, _)| name.as_str()).collect();
        for path in files_below(&folder)? {
            if !path.file_name().and_then(|name| name.to_str()).is_some_and(|name| kept.contains(name)) {
                fs::remove_file(path)?;
            }
        }
        for (name, content) in &self.contents {
            let path = folder.join(name);
            // Cargo compares times: a file that is written again unchanged would build the server again.
            if fs::read(&path).ok().as_ref() != Some(content) {
                fs::write(path, content)?;
            }
        }
        Ok(())
    }
}

/// What the browser is told a file is; an unknown kind is refused here rather than sniffed there.
fn content_type(path: &str) -> Outcome<&'static str> {
    Ok(match path.rsplit('.').next().unwrap_or_default() {
        "css" => "text/css; charset=utf-8",
        "ico" => "image/x-icon",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "png" => "image/png",
        "svg" => "image/svg+xml",
        "txt" => "text/plain; charset=utf-8",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "woff2" => "font/woff2",
        other => return Err(format!("the site has no content type for .{other} files ({path})").into()),
    })
}

/// Every file below a folder, in a stable order; none when the folder doesn't exist.
fn files_below(folder: &Path) -> Outcome<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files_below(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_have_short_names_on_both_sides() {
        let mut names = ["__wbg_body_5f971cbc6950ca4f", "__wbindgen_init", "__wbg_add_0123456789abcdef"].map(str::to_owned);
        let renamed = shorten_imports(names.iter_mut());
        assert_eq!(names, ["i0", "__wbindgen_init", "i1"]);
        let glue = "{\n        __wbg_body_5f971cbc6950ca4f: function(arg0) {},\n        __wbg_add_0123456789abcdef: function() {},\n}";
        assert_eq!(with_short_names(glue, &renamed).unwrap(), "{\n        i0: function(arg0) {},\n        i1: function() {},\n}");
        // A glue that is written another way is noticed, not broken.
        assert!(with_short_names(&glue.replace(": function", " = "), &renamed).is_err());
    }
}
