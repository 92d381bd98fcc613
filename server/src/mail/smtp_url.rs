//! `COUNTERSIGN_SMTP_URL`: which mail server, how it is talked to, and as whom.
//!
//! It reads one text, strictly: what would send a password or a mail in the clear by accident isn't offered. What is
//! wrong is said without repeating the text, which may hold a password.

use std::net::IpAddr;

use countersign_domain::Secret;
use percent_encoding::percent_decode_str;

use crate::config::ConfigError;

/// A mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpUrl {
    host: String,
    port: u16,
    security: Security,
    login: Option<Login>,
}

/// What protects the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Security {
    /// TLS from the first byte (RFC 8314 §3).
    Tls,
    /// TLS after STARTTLS, and nothing without it.
    StartTls,
    /// Nothing.
    Plain,
}

/// Who we are to the mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Login {
    pub(super) user: String,
    pub(super) password: Secret,
}

impl SmtpUrl {
    /// Reads `smtps://user:password@host:465`, `smtp://user:password@host:587` or `smtp://host:25?tls=none`.
    ///
    /// # Errors
    /// [`ConfigError::SmtpUrl`], which says what would be right.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::read(text).map_err(|problem| ConfigError::SmtpUrl { problem })
    }

    fn read(text: &str) -> Result<Self, &'static str> {
        let Ok(uri) = text.parse::<http::Uri>() else {
            return Err("it isn't a URL. Use something like smtps://user:password@mail.example.com, and write signs \
                        in the password as %40 for @, %2F for / and so on");
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err("it needs a scheme and a host. Use something like smtps://user:password@mail.example.com");
        };
        if !matches!(uri.path(), "" | "/") || text.contains('#') {
            return Err("it must end after the host and port. Write / in a password as %2F, ? as %3F and # as %23");
        }
        let security = match (scheme, uri.query()) {
            ("smtps", None) => Security::Tls,
            ("smtp", None) => Security::StartTls,
            ("smtp", Some("tls=none")) => Security::Plain,
            ("smtps" | "smtp", Some(_)) => {
                return Err("after the ? only tls=none is known, and only with smtp://. smtps:// is TLS from the start, smtp:// \
                            requires STARTTLS; TLS only when it happens to be there isn't offered, because anybody on the way could \
                            switch it off");
            }
            _ => return Err("the scheme must be smtps:// (TLS) or smtp:// (STARTTLS)"),
        };
        let (login, place) = match authority.as_str().rsplit_once('@') {
            Some((login, place)) => (Some(read_login(login)?), place),
            None => (None, authority.as_str()),
        };
        let (host, port) = read_place(place, security)?;
        if security == Security::Plain && login.is_some() && !is_loopback(&host) {
            return Err("with tls=none the password would travel in the clear, which is for this machine only. Take tls=none away, \
                        or the user and password");
        }
        Ok(Self { host, port, security, login })
    }

    /// The host, as it is looked up and as its certificate names it.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port.
    #[must_use]
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// What protects the connection.
    #[must_use]
    pub const fn security(&self) -> Security {
        self.security
    }

    /// Whether we log in.
    #[must_use]
    pub const fn has_login(&self) -> bool {
        self.login.is_some()
    }

    /// Who we are, if anybody.
    pub(super) const fn login(&self) -> Option<&Login> {
        self.login.as_ref()
    }
}

impl std::fmt::Display for SmtpUrl {
    /// Host and port: what may be logged.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.host.contains(':') { write!(f, "[{}]:{}", self.host, self.port) } else { write!(f, "{}:{}", self.host, self.port) }
    }
}

fn read_login(text: &str) -> Result<Login, &'static str> {
    let both = "it needs both a user and a password, as in user:password@. Without a login, take the part up to the @ away";
    let (user, password) = text.split_once(':').ok_or(both)?;
    let decode = |text: &str| match percent_decode_str(text).decode_utf8() {
        // What ends a line could end a command of SMTP's, and NUL separates what a login is made of (RFC 4616 §2).
        Ok(text) if !text.contains(['\r', '\n', '\0']) => Ok(text.into_owned()),
        _ => Err("the user or the password isn't text once its %-signs are read. Write a % itself as %25"),
    };
    let (user, password) = (decode(user)?, decode(password)?);
    if user.is_empty() || password.is_empty() {
        return Err(both);
    }
    Ok(Login { user, password: Secret::new(password) })
}

/// Host and port; the port has a default for each way to connect.
fn read_place(text: &str, security: Security) -> Result<(String, u16), &'static str> {
    let port_at = match text.rfind(']') {
        Some(bracket) => bracket + 1,
        None => text.find(':').unwrap_or(text.len()),
    };
    let (host, port) = text.split_at(port_at);
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() {
        return Err("it needs a host. Use something like smtps://user:password@mail.example.com");
    }
    let port = match (port.strip_prefix(':'), security) {
        (None, Security::Tls) => 465,
        (None, Security::StartTls) => 587,
        (None, Security::Plain) => 25,
        (Some(port), _) => port.parse().ok().filter(|&port| port != 0).ok_or("the port must be a number from 1 to 65535")?,
    };
    Ok((host.to_lowercase(), port))
}

/// Whether what is sent there stays on this machine.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.ends_with(".localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str) -> (String, Security) {
        let url = SmtpUrl::parse(text).unwrap();
        (url.to_string(), url.security())
    }

    #[test]
    fn each_way_to_connect_has_its_port() {
        assert_eq!(place("smtps://mail.example.com"), ("mail.example.com:465".to_owned(), Security::Tls));
        assert_eq!(place("smtps://Mail.Example.com:2465/"), ("mail.example.com:2465".to_owned(), Security::Tls));
        assert_eq!(place("smtp://mail.example.com"), ("mail.example.com:587".to_owned(), Security::StartTls));
        assert_eq!(place("smtp://relay?tls=none"), ("relay:25".to_owned(), Security::Plain));
        assert_eq!(place("smtp://[::1]:1025?tls=none"), ("[::1]:1025".to_owned(), Security::Plain));
    }

    #[test]
    fn signs_in_user_and_password_are_written_with_percent() {
        let url = SmtpUrl::parse("smtps://mail%40example.com:p%40ss%2Fw%3Ard%25@mail.example.com").unwrap();
        let login = url.login().unwrap();
        assert_eq!((login.user.as_str(), login.password.expose()), ("mail@example.com", "p@ss/w:rd%"));
    }

    #[test]
    fn a_password_goes_in_the_clear_to_this_machine_only() {
        for text in ["smtp://a:b@localhost:1025?tls=none", "smtp://a:b@127.0.0.1?tls=none", "smtp://a:b@[::1]:25?tls=none"] {
            assert!(SmtpUrl::parse(text).unwrap().has_login(), "{text}");
        }
        for text in ["smtp://a:b@mail.example.com?tls=none", "smtp://a:b@10.0.0.1:25?tls=none", "smtp://a:b@localhost.example.com?tls=none"]
        {
            assert!(SmtpUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_right_is_refused_without_repeating_it() {
        for text in [
            "",
            "mail.example.com",
            "mail.example.com:587",
            "https://sesame:sesame@mail.example.com",
            "smtp://sesame:sesame@mail.example.com?tls=opportunistic",
            "smtps://sesame:sesame@mail.example.com?tls=none",
            "smtps://sesame:se/same@mail.example.com",
            "smtps://sesame:se#same@mail.example.com",
            "smtps://sesame:se?same@mail.example.com",
            "smtps://sesame@mail.example.com",
            "smtps://sesame:@mail.example.com",
            "smtps://:sesame@mail.example.com",
            "smtps://sesame:%FF@mail.example.com",
            "smtps://sesame:%0D%0A@mail.example.com",
            "smtps://sesame:sesame@mail.example.com:0",
            "smtps://sesame:sesame@mail.example.com:99999",
            "smtps://sesame:sesame@",
            "smtps://sesame:sesame@mail.example.com/inbox",
        ] {
            let refused = SmtpUrl::parse(text).unwrap_err().to_string();
            assert!(refused.starts_with("COUNTERSIGN_SMTP_URL") && !refused.contains("sesame"), "{text}: {refused}");
        }
    }

    #[test]
    fn a_mail_server_prints_no_password() {
        let url = SmtpUrl::parse("smtps://wren:sesame@mail.example.com").unwrap();
        assert!(!format!("{url:?} {url}").contains("sesame"));
    }
}
