//! Applications behind: where a browser may be sent back to, and which cookie reaches them.
//!
//! An address is taken only if it begins with an origin of the list, letter by letter, and a URL parser that works
//! as browsers do (WHATWG URL) agrees about its origin. What is handed out is what that parser made of it.

use thiserror::Error;
use url::Url;

/// The longest address somebody is sent back to; from a longer one, to the application's first page.
const MAX_LEN: usize = 1_024;

/// The applications of this installation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applications {
    origins: Vec<String>,
    cookie_domain: Option<String>,
}

/// What is wrong with the list, and how to mend it.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ApplicationsError {
    /// Not an origin.
    #[error("{0:?} isn't the address of an application. Use scheme and host and nothing after, such as https://wallboard.example.com")]
    NotAnOrigin(String),
    /// Another scheme than the public URL's.
    #[error("{0} can't be an application here: cookies would travel in the clear. It needs https, as the public URL has")]
    OtherScheme(String),
    /// The cookie wouldn't get there.
    #[error(
        "a browser wouldn't show {0} that it is signed in. Applications need the public URL's host, or a cookie domain that both are \
         under: for https://wallboard.example.com beside https://sign-in.example.com it is example.com"
    )]
    OutOfReach(String),
    /// The domain isn't one.
    #[error("{0:?} can't be a cookie domain. Use one that you alone give names under, with at least two parts, such as example.com")]
    NotADomain(String),
}

/// A page of an application behind, to be sent back to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApplicationUrl(Url);

impl ApplicationUrl {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The application's first page.
    #[must_use]
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// Its host, and its port if that is an unusual one: what people know the application by.
    #[must_use]
    pub fn host(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }
}

impl Applications {
    /// Reads a list of origins, and the domain whose hosts see the cookie: without one only the host of
    /// `public_origin` does.
    ///
    /// # Errors
    /// [`ApplicationsError`], which says how to mend it.
    pub fn parse(origins: &[String], cookie_domain: Option<&str>, public_origin: &str) -> Result<Self, ApplicationsError> {
        let public = origin(public_origin).ok_or_else(|| ApplicationsError::NotAnOrigin(public_origin.to_owned()))?;
        let cookie_domain = cookie_domain.map(domain).transpose()?;
        let sees_cookie = |url: &Url| match (&cookie_domain, url.host_str()) {
            (_, None) => false,
            (None, Some(host)) => public.host_str() == Some(host),
            (Some(domain), Some(host)) => is_under(host, domain),
        };
        if !sees_cookie(&public) {
            return Err(ApplicationsError::OutOfReach(public_origin.to_owned()));
        }
        let named = origins.iter().filter(|origin| !origin.trim().is_empty());
        let read = |text: &String| {
            let url = origin(text.trim()).ok_or_else(|| ApplicationsError::NotAnOrigin(text.clone()))?;
            if url.scheme() != public.scheme() {
                return Err(ApplicationsError::OtherScheme(text.clone()));
            }
            if !sees_cookie(&url) {
                return Err(ApplicationsError::OutOfReach(text.clone()));
            }
            Ok(url.origin().ascii_serialization())
        };
        Ok(Self { origins: named.map(read).collect::<Result<_, _>>()?, cookie_domain })
    }

    /// There are none: nothing is handed to any.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.origins.is_empty()
    }

    /// Their origins.
    #[must_use]
    pub fn origins(&self) -> &[String] {
        &self.origins
    }

    /// The domain whose hosts all see the cookie, unless it is the public URL's host alone.
    #[must_use]
    pub fn cookie_domain(&self) -> Option<&str> {
        self.cookie_domain.as_deref()
    }

    /// The page at an address, if it is one of an application here. From one that is too long to keep, the
    /// application's first page.
    #[must_use]
    pub fn find(&self, address: &str) -> Option<ApplicationUrl> {
        let origin = self.origins.iter().find(|origin| {
            let rest = address.strip_prefix(origin.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
        })?;
        let is_plain = address.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'\\' | b'"' | b'<' | b'>'));
        let mut url = Url::parse(if address.len() > MAX_LEN { origin } else { address }).ok()?;
        url.set_fragment(None);
        let is_theirs = is_plain && url.origin().ascii_serialization() == *origin && url.username().is_empty() && url.password().is_none();
        is_theirs.then_some(ApplicationUrl(url))
    }
}

/// An origin of the web, written as one.
fn origin(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_bare =
        !text.contains('*') && url.path() == "/" && url.query().is_none() && url.fragment().is_none() && !text.contains(['@', '\\']);
    (matches!(url.scheme(), "https" | "http") && url.has_host() && is_bare).then_some(url)
}

/// A domain, in lower case and without the dot that some write before it.
fn domain(text: &str) -> Result<String, ApplicationsError> {
    let domain = text.trim().trim_start_matches('.').to_ascii_lowercase();
    let is_name = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let is_address = domain.parse::<std::net::IpAddr>().is_ok();
    if domain.split('.').count() < 2 || !domain.split('.').all(is_name) || is_address {
        return Err(ApplicationsError::NotADomain(text.to_owned()));
    }
    Ok(domain)
}

fn is_under(host: &str, domain: &str) -> bool {
    host.strip_suffix(domain).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(origins: &[&str], domain: Option<&str>, public: &str) -> Result<Applications, ApplicationsError> {
        let origins: Vec<String> = origins.iter().map(|&origin| origin.to_owned()).collect();
        Applications::parse(&origins, domain, public)
    }

    fn applications() -> Applications {
        read(&["https://wallboard.example.com", "https://crm.example.com:8443"], Some("example.com"), "https://sign-in.example.com")
            .unwrap()
    }

    #[test]
    fn an_application_is_an_origin_that_sees_the_cookie() {
        let applications = applications();
        assert_eq!(applications.origins(), ["https://wallboard.example.com", "https://crm.example.com:8443"]);
        assert_eq!(applications.cookie_domain(), Some("example.com"));
        let local = read(&["http://localhost:8080/"], None, "http://localhost:3000").unwrap();
        assert_eq!(local.origins(), ["http://localhost:8080"]);
        let beside = "https://sign-in.example.com";
        assert!(read(&[], None, beside).unwrap().is_empty());
        for wrong in [
            "wallboard.example.com",
            "https://",
            "https://a.example.com/app",
            "https://a@a.example.com",
            "ftp://a.example.com",
            "https://*.example.com",
        ] {
            assert_eq!(read(&[wrong], Some("example.com"), beside), Err(ApplicationsError::NotAnOrigin(wrong.to_owned())), "{wrong}");
        }
        let plain = "http://wallboard.example.com";
        assert_eq!(read(&[plain], Some("example.com"), beside), Err(ApplicationsError::OtherScheme(plain.to_owned())));
        for (far, domain) in [
            ("https://wallboard.example.com", None),
            ("https://wallboard.example.org", Some("example.com")),
            ("https://notexample.com", Some("example.com")),
        ] {
            assert_eq!(read(&[far], domain, beside), Err(ApplicationsError::OutOfReach(far.to_owned())), "{far}");
        }
        assert_eq!(read(&[], Some("example.org"), beside), Err(ApplicationsError::OutOfReach(beside.to_owned())));
        for wrong in ["com", "", ".", "a..example.com", "example.com/", "192.0.2.7", "*.example.com"] {
            assert_eq!(read(&[], Some(wrong), beside), Err(ApplicationsError::NotADomain(wrong.to_owned())), "{wrong}");
        }
        assert!(read(&[], Some(".Example.com"), beside).is_ok());
    }

    #[test]
    fn somebody_is_sent_back_to_where_they_were() {
        for address in [
            "https://wallboard.example.com/",
            "https://wallboard.example.com/a/b?c=d&e=%2F",
            "https://crm.example.com:8443/x",
            "https://wallboard.example.com/?next=https://evil.example/",
        ] {
            assert_eq!(applications().find(address).unwrap().as_str(), address);
        }
        let found = applications().find("https://wallboard.example.com?a").unwrap();
        assert_eq!((found.as_str(), found.host().as_str()), ("https://wallboard.example.com/?a", "wallboard.example.com"));
        assert_eq!(applications().find("https://crm.example.com:8443").unwrap().host(), "crm.example.com:8443");
        let long = format!("https://wallboard.example.com/{}", "a".repeat(MAX_LEN));
        assert_eq!(applications().find(&long).unwrap().as_str(), "https://wallboard.example.com/");
        assert_eq!(applications().find("https://wallboard.example.com/a#b").unwrap().as_str(), "https://wallboard.example.com/a");
    }

    /// The usual ways to make an address look like one of ours that a browser reads as another's.
    #[test]
    fn no_disguise_leads_elsewhere() {
        for disguise in [
            "https://evil.example",
            "https://evil.example/",
            "//evil.example",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/evil",
            "evil.example",
            "https:evil.example",
            "https:/evil.example",
            "https:///evil.example",
            "https:\\\\evil.example",
            "http://wallboard.example.com/",
            "HTTPS://wallboard.example.com/",
            "https://WALLBOARD.example.com/",
            "https://wallboard.example.com.evil.example/",
            "https://wallboard.example.com@evil.example/",
            "https://wallboard.example.com:443@evil.example/",
            "https://wallboard.example.com:@evil.example/",
            "https://wallboard.example.com%2eevil.example/",
            "https://wallboard.example.com%40evil.example/",
            "https://wallboard.example.com%00.evil.example/",
            "https://wallboard.example.com\u{0}.evil.example/",
            "https://wallboard.example.com\\@evil.example/",
            "https://wallboard.example.com\\.evil.example/",
            "https://wallboard.example.com#@evil.example/",
            "https://wallboard.example.com;@evil.example/",
            "https://wallboard.example.com,evil.example/",
            "https://wallboard.example.com&@evil.example/",
            "https://wallboard.example.com\t.evil.example/",
            "https://wallboard.example.com\n@evil.example/",
            "https://wallboard.example.com .evil.example/",
            " https://wallboard.example.com/",
            "https://evil.example/https://wallboard.example.com/",
            "https://evil.example?https://wallboard.example.com/",
            "https://evil.example#https://wallboard.example.com/",
            "https://user:pass@wallboard.example.com/",
            "https://wallboard.example.com:8443/",
            "https://wallboard.example.com:443/",
            "https://wallboardXexample.com/",
            "https://notwallboard.example.com/",
            "https://example.com/",
            "https://wallboard\u{3002}example.com/",
            "https://wallboard.example.com\u{ff0f}.evil.example/",
            "https://wallboard.example.com/\\evil.example",
            "https://wallboard.example.com/\r\nLocation: https://evil.example/",
            "https://wallboard.example.com/ü",
            "javascript:alert(1)//https://wallboard.example.com/",
            "data:text/html,https://wallboard.example.com/",
            "blob:https://wallboard.example.com/x",
            "view-source:https://wallboard.example.com/",
            "",
        ] {
            assert_eq!(applications().find(disguise), None, "{disguise:?}");
        }
        // These stay where they are, however they look.
        for (address, lands) in [
            ("https://wallboard.example.com//evil.example", "https://wallboard.example.com//evil.example"),
            ("https://wallboard.example.com/../..//evil.example", "https://wallboard.example.com//evil.example"),
            ("https://wallboard.example.com/@evil.example", "https://wallboard.example.com/@evil.example"),
            ("https://wallboard.example.com?@evil.example", "https://wallboard.example.com/?@evil.example"),
        ] {
            assert_eq!(applications().find(address).unwrap().as_str(), lands);
        }
    }
}
