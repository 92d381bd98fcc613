//! Where to go after signing in: a path of this site, and never another one.

use serde::{Deserialize, Serialize};

/// A same-origin path with an optional query, safe to redirect to (ASVS 5 3.7.2).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ReturnPath(String);

impl ReturnPath {
    /// The longest path kept.
    pub const MAX_LEN: usize = 2048;

    /// Reads a path, or `None` if it could leave this site or isn't a page: `//host`,
    /// `/\host`, schemes, control characters and the API are all refused.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix('/')?;
        let path = text.split('?').next().unwrap_or(text);
        let is_safe = text.len() <= Self::MAX_LEN
            && !rest.starts_with(['/', '\\'])
            && text.bytes().all(|b| b.is_ascii_graphic() && !matches!(b, b'\\' | b'#' | b'"' | b'<' | b'>'))
            && !path.contains("//")
            && !path.split('/').any(|part| part == "." || part == "..")
            // A browser reads these as a dot or a slash, and we would not.
            && !["%2e", "%2f", "%5c"].iter().any(|hidden| path.to_ascii_lowercase().contains(hidden))
            // The page that only leads on to this one.
            && path != "/"
            && !is_under(text, "/api")
            && !is_under(text, "/sign-in")
            && !is_under(text, "/set-up");
        is_safe.then(|| Self(text.to_owned()))
    }

    /// The path.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_under(path: &str, root: &str) -> bool {
    path.strip_prefix(root).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_of_this_site_is_kept() {
        for text in ["/account/security", "/account/security?tab=1", "/sign-ins"] {
            assert_eq!(ReturnPath::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn anything_that_could_leave_the_site_is_dropped() {
        for text in [
            "",
            "account",
            "//evil.example",
            "/\\evil.example",
            "\\/evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\nb",
            "/ /evil",
            "/a#b",
            "/..//evil.example",
            "/a/../..",
            "javascript:alert(1)",
            "/api/sign-out",
            "/sign-in",
            "/sign-in?next=/x",
            "/é",
        ] {
            assert_eq!(ReturnPath::parse(text), None, "{text}");
        }
        assert_eq!(ReturnPath::parse(&format!("/{}", "a".repeat(2048))), None);
    }
}
