//! The site's files as they travel: brotli and gzip, made once at build time and never by the server.
//!
//! Brotli at its highest quality takes seconds, so each result is kept in `target/site-cache` under the hash of its
//! content; what didn't change is read back.

use crate::{Outcome, root};
use data_encoding::HEXLOWER;
use flate2::{Compression, write::GzEncoder};
use sha2::{Digest, Sha256};
use std::{fs, io::Write, path::PathBuf};

/// How many hexadecimal digits of a SHA-256 name a file: 64 bits, far beyond what one site could make collide.
const DIGITS: usize = 16;

/// The short content hash that stands in file names and entity tags.
pub(crate) fn fingerprint(content: &[u8]) -> String {
    let mut digest = HEXLOWER.encode(&Sha256::digest(content));
    digest.truncate(DIGITS);
    digest
}

/// Brotli at quality 11 with the largest window every browser accepts (16 MiB).
pub(crate) fn brotli(content: &[u8]) -> Outcome<Vec<u8>> {
    cached(content, "br", || {
        let parameters = brotli::enc::BrotliEncoderParams { quality: 11, lgwin: 24, size_hint: content.len(), ..Default::default() };
        let mut compressed = Vec::new();
        brotli::BrotliCompress(&mut &*content, &mut compressed, &parameters)?;
        Ok(compressed)
    })
}

/// Gzip, for the few clients that don't take brotli; browsers offer brotli only over https and on localhost.
pub(crate) fn gzip(content: &[u8]) -> Outcome<Vec<u8>> {
    cached(content, "gz", || {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(content)?;
        Ok(encoder.finish()?)
    })
}

fn cached(content: &[u8], extension: &str, compress: impl FnOnce() -> Outcome<Vec<u8>>) -> Outcome<Vec<u8>> {
    let folder: PathBuf = root().join("target/site-cache");
    let path = folder.join(format!("{}.{extension}", HEXLOWER.encode(&Sha256::digest(content))));
    if let Ok(kept) = fs::read(&path) {
        return Ok(kept);
    }
    let compressed = compress()?;
    fs::create_dir_all(&folder)?;
    // Through a second name, so that an interrupted build never leaves half a file to be believed later.
    let unfinished = path.with_extension(format!("{extension}.{}", std::process::id()));
    fs::write(&unfinished, &compressed)?;
    fs::rename(unfinished, path)?;
    Ok(compressed)
}
