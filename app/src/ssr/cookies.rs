//! Cookies: the session, the browser, the trust somebody has in it, a passkey's challenge, a form's answer on
//! its way through a redirect, and the theme.
//!
//! Over https each is `__Host-`, `Secure`, `HttpOnly` and `SameSite=Lax`. Over plain http, which
//! is accepted for loopback only, the prefix and `Secure` go, since not every browser keeps a
//! secure cookie for `http://localhost`.

use countersign_identity::Token;
use http::{
    HeaderMap, HeaderValue,
    header::{COOKIE, SET_COOKIE},
};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// The session's token. It ends with the browser; the server ends it sooner.
const SESSION: &str = "countersign_session";
/// Names a browser that somebody has signed in with, so that its failures are its own.
const DEVICE: &str = "countersign_browser";
/// Stands in for its owner's second step, where they trust this browser.
const TRUST: &str = "countersign_trust";
/// The answer to a form, for the page after the redirect.
const FLASH: &str = "countersign_answer";
/// Binds the challenge of a sign-in with a passkey to this browser.
const CEREMONY: &str = "countersign_ceremony";
/// What the applications behind are shown.
const PASS: &str = "countersign_pass";
/// The state of a way to the identity provider and back.
const SIGN_ON: &str = "countersign_sign_on";
/// The chosen theme; readable by nobody but the server.
const THEME: &str = "countersign_theme";

/// How long a browser is recognised after its last sign-in: 400 days, the most browsers keep.
const DEVICE_SECONDS: u32 = 400 * 24 * 60 * 60;
/// How long a challenge can be answered: as long as the server keeps it.
const CEREMONY_SECONDS: u32 = 5 * 60;
/// How long a browser may take at the provider: as long as the server remembers it.
const SIGN_ON_SECONDS: u32 = 10 * 60;
/// How long an answer waits for its page.
const FLASH_SECONDS: u32 = 60;

/// The value of a cookie, by its unprefixed name.
fn read<'a>(headers: &'a HeaderMap, is_https: bool, name: &str) -> Option<&'a str> {
    read_prefixed(headers, if is_https { "__Host-" } else { "" }, name)
}

fn read_prefixed<'a>(headers: &'a HeaderMap, prefix: &str, name: &str) -> Option<&'a str> {
    all_prefixed(headers, prefix, name).next()
}

fn all_prefixed<'a>(headers: &'a HeaderMap, prefix: &str, name: &str) -> impl Iterator<Item = &'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .filter_map(move |(key, value)| (key.strip_prefix(prefix) == Some(name)).then_some(value))
}

/// A `Set-Cookie` value.
fn write(is_https: bool, name: &str, value: &str, max_age: Option<u32>) -> Option<HeaderValue> {
    let prefix = if is_https { "__Host-" } else { "" };
    let secure = if is_https { "; Secure" } else { "" };
    let age = max_age.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    HeaderValue::from_str(&format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}{age}")).ok()
}

/// The same for all hosts of a domain, of which none may pretend to be the only one: the prefix says less.
fn write_for(is_https: bool, domain: Option<&str>, name: &str, value: &str, max_age: Option<u32>) -> Option<HeaderValue> {
    let Some(domain) = domain else { return write(is_https, name, value, max_age) };
    let own = write(false, name, value, max_age)?;
    let (prefix, secure) = if is_https { ("__Secure-", "; Secure") } else { ("", "") };
    HeaderValue::from_str(&format!("{prefix}{}; Domain={domain}{secure}", own.to_str().ok()?)).ok()
}

fn append(value: Option<HeaderValue>) {
    if let (Some(response), Some(value)) = (use_context::<ResponseOptions>(), value) {
        response.append_header(SET_COOKIE, value);
    }
}

/// The session token this browser sent.
pub(super) fn session(headers: &HeaderMap, is_https: bool) -> Option<Token> {
    read(headers, is_https, SESSION).and_then(Token::parse)
}

/// The device token this browser sent.
pub(super) fn device(headers: &HeaderMap, is_https: bool) -> Option<Token> {
    read(headers, is_https, DEVICE).and_then(Token::parse)
}

/// The token of the trust that this browser sent.
pub(super) fn trust(headers: &HeaderMap, is_https: bool) -> Option<Token> {
    read(headers, is_https, TRUST).and_then(Token::parse)
}

/// The pass that this browser sent, as it was set for `domain`.
#[must_use]
pub fn pass(headers: &HeaderMap, is_https: bool, domain: Option<&str>) -> Option<Token> {
    let prefix = match (is_https, domain) {
        (true, Some(_)) => "__Secure-",
        (true, None) => "__Host-",
        (false, _) => "",
    };
    let mut passes = all_prefixed(headers, prefix, PASS);
    // One of two was set by somebody else, and nobody knows which: a host under the domain may set one as well.
    let only = passes.next().filter(|_| passes.next().is_none());
    only.and_then(Token::parse)
}

/// Whether these cookies are of somebody we know nothing about: no session, and no answer that
/// waits to be shown.
#[must_use]
pub fn is_stranger(headers: &HeaderMap, is_https: bool) -> bool {
    session(headers, is_https).is_none() && flash(headers, is_https).is_none()
}

/// The chosen theme.
pub(super) fn theme(headers: &HeaderMap, is_https: bool) -> Option<&str> {
    read(headers, is_https, THEME)
}

/// The token that this browser's challenges are bound to.
pub(super) fn ceremony(headers: &HeaderMap, is_https: bool) -> Option<Token> {
    read(headers, is_https, CEREMONY).and_then(Token::parse)
}

/// The state that this browser was sent to the identity provider with.
pub(super) fn sign_on(headers: &HeaderMap, is_https: bool) -> Option<Token> {
    read(headers, is_https, SIGN_ON).and_then(Token::parse)
}

/// The answer waiting for this page, still encoded.
pub(super) fn flash(headers: &HeaderMap, is_https: bool) -> Option<&str> {
    read(headers, is_https, FLASH).filter(|value| !value.is_empty())
}

/// Sets the session's new token.
pub(super) fn set_session(is_https: bool, token: &Token) {
    append(write(is_https, SESSION, token.expose(), None));
}

/// Takes the session cookie away.
pub(super) fn clear_session(is_https: bool) {
    append(write(is_https, SESSION, "", Some(0)));
}

/// Sets what the applications behind are shown; it ends with the browser, and with the session.
pub(super) fn set_pass(is_https: bool, domain: Option<&str>, pass: &Token) {
    append(write_for(is_https, domain, PASS, pass.expose(), None));
}

/// Takes the pass away.
pub(super) fn clear_pass(is_https: bool, domain: Option<&str>) {
    append(write_for(is_https, domain, PASS, "", Some(0)));
}

/// Recognises this browser from now on.
pub(super) fn set_device(is_https: bool, token: &Token) {
    append(write(is_https, DEVICE, token.expose(), Some(DEVICE_SECONDS)));
}

/// Keeps a token that stands in for the second step, for so many seconds.
pub(super) fn set_trust(is_https: bool, token: &Token, seconds: u64) {
    append(write(is_https, TRUST, token.expose(), u32::try_from(seconds).ok()));
}

/// This browser is trusted no more.
pub(super) fn clear_trust(is_https: bool) {
    append(write(is_https, TRUST, "", Some(0)));
}

/// Binds challenges to this browser.
pub(super) fn set_ceremony(is_https: bool, token: &Token) {
    append(write(is_https, CEREMONY, token.expose(), Some(CEREMONY_SECONDS)));
}

/// A challenge was answered.
pub(super) fn clear_ceremony(is_https: bool) {
    append(write(is_https, CEREMONY, "", Some(0)));
}

/// Binds a way to the identity provider and back to this browser.
pub(super) fn set_sign_on(is_https: bool, state: &Token) {
    append(write(is_https, SIGN_ON, state.expose(), Some(SIGN_ON_SECONDS)));
}

/// It is back.
pub(super) fn clear_sign_on(is_https: bool) {
    append(write(is_https, SIGN_ON, "", Some(0)));
}

/// The answer has been shown.
pub(super) fn clear_flash(is_https: bool) {
    append(write(is_https, FLASH, "", Some(0)));
}

/// The `Set-Cookie` value that carries an encoded answer through a redirect.
#[must_use]
pub fn flash_cookie(is_https: bool, encoded: &str) -> Option<HeaderValue> {
    write(is_https, FLASH, encoded, Some(FLASH_SECONDS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(cookie: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::from_str(cookie).unwrap());
        headers
    }

    #[test]
    fn over_https_only_the_prefixed_cookie_counts() {
        let both = headers("countersign_session=planted; __Host-countersign_session=real");
        assert_eq!(read(&both, true, SESSION), Some("real"));
        assert_eq!(read(&headers("countersign_session=planted"), true, SESSION), None);
    }

    #[test]
    fn a_pass_for_a_domain_is_read_by_the_prefix_it_was_set_with() {
        let value = |is_https, domain| write_for(is_https, domain, PASS, "abc", None).unwrap().to_str().unwrap().to_owned();
        assert_eq!(
            value(true, Some("example.com")),
            "__Secure-countersign_pass=abc; Path=/; HttpOnly; SameSite=Lax; Domain=example.com; Secure"
        );
        assert_eq!(value(true, None), "__Host-countersign_pass=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
        assert_eq!(value(false, None), "countersign_pass=abc; Path=/; HttpOnly; SameSite=Lax");
        let text = "A".repeat(43);
        let sent = |name: &str| headers(&format!("{name}={text}"));
        assert!(pass(&sent("__Secure-countersign_pass"), true, Some("example.com")).is_some());
        assert!(pass(&sent("__Host-countersign_pass"), true, Some("example.com")).is_none());
        assert!(pass(&sent("__Secure-countersign_pass"), true, None).is_none());
        assert!(pass(&sent("countersign_pass"), true, None).is_none());
        assert!(pass(&sent("countersign_pass"), false, None).is_some());
        let two = headers(&format!("countersign_pass={text}; theme=dark; countersign_pass={}", "B".repeat(43)));
        assert!(pass(&two, false, None).is_none(), "one of two was planted");
    }

    #[test]
    fn cookies_are_host_only_and_out_of_reach_for_scripts() {
        let value = write(true, SESSION, "abc", None).unwrap();
        assert_eq!(value.to_str().unwrap(), "__Host-countersign_session=abc; Path=/; HttpOnly; SameSite=Lax; Secure");
    }
}
