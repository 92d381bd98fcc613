//! The browser that asks, as far as its request tells.

use countersign_identity::Visitor;
use http::{HeaderMap, header::USER_AGENT, request::Parts};

use super::cookies;

/// The client's network address, put into the request's extensions by the server, which knows
/// which proxies to believe.
#[derive(Clone, Debug)]
pub struct ClientAddress(pub String);

/// The browser behind a request.
#[must_use]
pub fn visitor(parts: &Parts, is_https: bool) -> Visitor {
    Visitor {
        address: parts.extensions.get::<ClientAddress>().map(|address| address.0.clone()).unwrap_or_default(),
        browser: browser_name(&parts.headers),
        device: cookies::device(&parts.headers, is_https),
        session: cookies::session(&parts.headers, is_https),
        trusted: cookies::trust(&parts.headers, is_https),
        ceremony: cookies::ceremony(&parts.headers, is_https),
        sign_on: cookies::sign_on(&parts.headers, is_https),
    }
}

/// "Chrome on Windows": enough for its owner to recognise, from a list of known words, so that a
/// made-up header can't put text of its own on somebody's Security page.
#[must_use]
pub fn browser_name(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let first_of = |known: &[(&str, &'static str)]| known.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    // Order matters: Edge and Opera also say Chrome, and Chrome also says Safari.
    let browser = first_of(&[
        ("Edg", "Edge"),
        ("OPR/", "Opera"),
        ("SamsungBrowser", "Samsung Internet"),
        ("FxiOS", "Firefox"),
        ("Firefox/", "Firefox"),
        ("CriOS", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
        ("curl/", "curl"),
    ]);
    let system = first_of(&[
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Android", "Android"),
        ("CrOS", "ChromeOS"),
        ("Windows", "Windows"),
        ("Mac OS X", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(browser), None) => browser.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => "An unknown browser".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn browsers_are_recognised_and_made_up_ones_are_not_repeated() {
        let name = |agent: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(USER_AGENT, agent.parse().unwrap());
            browser_name(&headers)
        };
        assert_eq!(
            name("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/143.0 Safari/537.36"),
            "Chrome on Windows"
        );
        assert_eq!(name("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/143.0 Safari/537.36 Edg/143.0"), "Edge on Windows");
        assert_eq!(name("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"), "Firefox on Linux");
        assert_eq!(name("<script>alert(1)</script>"), "An unknown browser");
    }
}
