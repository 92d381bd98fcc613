//! The site inside the binary: the interface's WASM, its glue, the stylesheet and the public files.
//!
//! Compressed once at build time and served from the binary's own pages: a request copies nothing and compresses
//! nothing. The plain form is embedded beside its compressed ones: the few clients that accept neither cost a megabyte
//! on disk this way, never resident unless asked for, and not one line that decompresses.
//!
//! It knows no path beyond the table: there is no file system to walk out of.

use axum::{
    body::{Body, Bytes},
    http::{
        HeaderMap, HeaderValue, Method, StatusCode, Uri,
        header::{ACCEPT_ENCODING, ALLOW, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
    },
    response::{IntoResponse, Response},
};

include!(concat!(env!("OUT_DIR"), "/site.rs"));

/// A file whose path names its content never changes.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Any other is asked after once an hour, which its entity tag makes cheap.
const FOR_AN_HOUR: HeaderValue = HeaderValue::from_static("public, max-age=3600");

/// One file of the site with its encodings.
#[derive(Debug)]
pub struct SiteFile {
    /// The path it is served at, from the root of the site.
    pub path: &'static str,
    /// Its media type, as the browser is told.
    pub content_type: &'static str,
    /// Whether the path carries a hash of the content, so that it may be kept for ever.
    pub immutable: bool,
    /// A weak entity tag, the same for every encoding of the same content.
    pub etag: &'static str,
    /// The content itself.
    pub identity: &'static [u8],
    /// The content in brotli, when that is smaller.
    pub brotli: Option<&'static [u8]>,
    /// The content in gzip, when that is smaller.
    pub gzip: Option<&'static [u8]>,
}

/// The paths that the HTML shell names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The glue that loads the interface; its default export takes the path of the module.
    pub js: &'static str,
    /// The interface.
    pub wasm: &'static str,
    /// The stylesheet that every page needs.
    pub css: &'static str,
    /// The one that the pages beyond sign-in need, too.
    pub css_beyond: &'static str,
}

/// The paths for the HTML shell; none when the server was built without its site.
#[must_use]
pub fn assets() -> Option<Assets> {
    ASSETS
}

/// Whether the server was built with its site.
#[must_use]
pub fn is_built() -> bool {
    ASSETS.is_some()
}

/// Answers `/pkg/*` and the public files such as `/favicon.svg`; 404 for everything else.
pub async fn serve(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    match FILES.iter().find(|file| file.path == uri.path()) {
        Some(file) => respond(file, &method, &headers),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Decides what of a file to send.
fn respond(file: &SiteFile, method: &Method, headers: &HeaderMap) -> Response {
    if method != Method::GET && method != Method::HEAD {
        return (StatusCode::METHOD_NOT_ALLOWED, [(ALLOW, HeaderValue::from_static("GET, HEAD"))]).into_response();
    }
    let mut response = Response::new(Body::empty());
    let answer = response.headers_mut();
    answer.insert(VARY, HeaderValue::from_static("accept-encoding"));
    answer.insert(CACHE_CONTROL, if file.immutable { FOR_EVER } else { FOR_AN_HOUR });
    answer.insert(ETAG, HeaderValue::from_static(file.etag));
    if is_known(file, headers) {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let (encoding, content) = choose(file, headers);
    answer.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
    answer.insert(CONTENT_LENGTH, HeaderValue::from(content.len()));
    if let Some(encoding) = encoding {
        answer.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    if method == Method::GET {
        *response.body_mut() = Body::from(Bytes::from_static(content));
    }
    response
}

/// Whether the client says that it has this very content (RFC 9110 §13.1.2).
fn is_known(file: &SiteFile, headers: &HeaderMap) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    list(headers, &IF_NONE_MATCH).any(|tag| tag.trim() == "*" || opaque(tag) == opaque(file.etag))
}

/// The encoding that the client ranks highest; among equals the smallest.
fn choose(file: &SiteFile, headers: &HeaderMap) -> (Option<&'static str>, &'static [u8]) {
    let offers = [("br", file.brotli), ("gzip", file.gzip)];
    offers
        .into_iter()
        .filter_map(|(name, content)| Some((quality(headers, name), name, content?)))
        .filter(|(quality, ..)| *quality > 0)
        // `max_by_key` takes the last of equals, and brotli comes first.
        .rev()
        .max_by_key(|(quality, ..)| *quality)
        .map_or((None, file.identity), |(_, name, content)| (Some(name), content))
}

/// How much the client wants an encoding, in thousandths (RFC 9110 §12.5.3); what it doesn't name it doesn't want.
fn quality(headers: &HeaderMap, encoding: &str) -> u16 {
    let mut wanted = 0;
    for offer in list(headers, &ACCEPT_ENCODING) {
        let (name, parameter) = offer.split_once(';').unwrap_or((offer, "q=1"));
        let name = name.trim();
        if name.eq_ignore_ascii_case(encoding) {
            return thousandths(parameter);
        }
        if name == "*" {
            wanted = thousandths(parameter);
        }
    }
    wanted
}

/// Reads `q=0.5` as 500; what isn't a quality is taken for a no.
fn thousandths(parameter: &str) -> u16 {
    let value = parameter.trim().trim_start_matches(['q', 'Q']).trim_start().strip_prefix('=').unwrap_or_default().trim();
    let (whole, fraction) = value.split_once('.').unwrap_or((value, ""));
    let fraction = format!("{fraction:0<3}");
    match (whole, fraction.parse::<u16>()) {
        ("1", Ok(_)) => 1000,
        ("0", Ok(fraction)) => fraction.min(1000),
        _ => 0,
    }
}

/// The members of a header that holds a comma-separated list, over all its lines.
fn list<'a>(headers: &'a HeaderMap, name: &axum::http::HeaderName) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).into_iter().filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(','))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: SiteFile = SiteFile {
        path: "/pkg/countersign-1.js",
        content_type: "text/javascript; charset=utf-8",
        immutable: true,
        etag: "W/\"1\"",
        identity: b"plain",
        brotli: Some(b"br"),
        gzip: Some(b"gz"),
    };
    const ICON: SiteFile = SiteFile { path: "/favicon.svg", immutable: false, brotli: None, ..SCRIPT };

    fn headers(name: axum::http::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    fn encoding_for(accept: &'static str) -> Option<&'static str> {
        choose(&SCRIPT, &headers(ACCEPT_ENCODING, accept)).0
    }

    #[test]
    fn a_browser_gets_brotli() {
        assert_eq!(encoding_for("gzip, deflate, br, zstd"), Some("br"));
        assert_eq!(encoding_for("*"), Some("br"));
    }

    #[test]
    fn a_client_without_brotli_gets_gzip() {
        assert_eq!(encoding_for("gzip, deflate"), Some("gzip"));
        assert_eq!(encoding_for("GZIP;q=0.1"), Some("gzip"));
    }

    #[test]
    fn a_refused_encoding_is_not_sent() {
        assert_eq!(encoding_for("br;q=0, gzip"), Some("gzip"));
        assert_eq!(encoding_for("br; q=0.000, *"), Some("gzip"));
        assert_eq!(encoding_for("*;q=0"), None);
        assert_eq!(encoding_for("br;q=nonsense"), None);
    }

    #[test]
    fn the_clients_order_of_preference_counts() {
        assert_eq!(encoding_for("br;q=0.5, gzip;q=0.8"), Some("gzip"));
        assert_eq!(encoding_for("br;q=0.25, gzip;q=0.2"), Some("br"));
    }

    #[test]
    fn a_client_that_names_nothing_gets_the_plain_content() {
        assert_eq!(choose(&SCRIPT, &HeaderMap::new()), (None, b"plain".as_slice()));
        assert_eq!(encoding_for("identity"), None);
    }

    #[test]
    fn an_encoding_that_was_not_smaller_is_not_offered() {
        assert_eq!(choose(&ICON, &headers(ACCEPT_ENCODING, "br")).0, None);
    }

    #[test]
    fn hashed_files_are_kept_for_ever_and_others_asked_after() {
        let of = |file| respond(file, &Method::GET, &HeaderMap::new()).headers()[CACHE_CONTROL].clone();
        assert_eq!(of(&SCRIPT), FOR_EVER);
        assert_eq!(of(&ICON), FOR_AN_HOUR);
    }

    #[test]
    fn what_the_client_has_is_not_sent_again() {
        for tag in ["W/\"1\"", "\"1\"", "\"0\", W/\"1\"", "*"] {
            let response = respond(&ICON, &Method::GET, &headers(IF_NONE_MATCH, tag));
            assert_eq!(response.status(), StatusCode::NOT_MODIFIED, "{tag}");
            assert!(!response.headers().contains_key(CONTENT_LENGTH));
        }
        assert_eq!(respond(&ICON, &Method::GET, &headers(IF_NONE_MATCH, "\"2\"")).status(), StatusCode::OK);
    }

    #[tokio::test]
    async fn head_says_the_same_without_the_content() {
        let response = respond(&SCRIPT, &Method::HEAD, &headers(ACCEPT_ENCODING, "br"));
        assert_eq!(response.headers()[CONTENT_LENGTH], "2");
        assert_eq!(response.headers()[CONTENT_ENCODING], "br");
        assert_eq!(response.headers()[VARY], "accept-encoding");
        assert!(axum::body::to_bytes(response.into_body(), 10).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn an_unknown_path_is_not_found() {
        let response = serve(Method::GET, Uri::from_static("/pkg/../Cargo.toml"), HeaderMap::new()).await;
        assert_eq!(response.status(), StatusCode::NOT_FOUND);
    }

    #[test]
    fn writing_to_the_site_is_refused() {
        let response = respond(&SCRIPT, &Method::POST, &HeaderMap::new());
        assert_eq!(
            (response.status(), &response.headers()[ALLOW]),
            (StatusCode::METHOD_NOT_ALLOWED, &HeaderValue::from_static("GET, HEAD"))
        );
    }

    #[test]
    fn every_embedded_file_can_be_named_in_headers() {
        for file in FILES {
            respond(file, &Method::GET, &HeaderMap::new());
            assert!(
                file.path.starts_with('/') && !file.identity.is_empty()
                    || std::path::Path::new(file.path).extension().is_some_and(|extension| extension == "css")
            );
        }
        assert_eq!(is_built(), assets().is_some_and(|assets| FILES.iter().any(|file| file.path == assets.wasm)));
    }
}
