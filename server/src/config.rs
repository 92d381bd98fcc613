//! Settings: from `countersign.toml`, then `COUNTERSIGN_*`, then flags.

use std::{
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
};

use clap::Args;
use countersign_domain::Secret;
use countersign_identity::{Applications, ApplicationsError, HashCost};
use lettre::Address;
use serde::Deserialize;
use thiserror::Error;

use crate::mail::SmtpUrl;

/// Where the file is looked for, unless `--config` names another.
const DEFAULT_FILE: &str = "countersign.toml";

/// Settings as given; what is missing comes from the next source, and last from the defaults.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::doc_markdown, reason = "clap shows these lines as they are")]
pub struct Settings {
    /// Address and port to listen on [default: 127.0.0.1:3000]
    #[arg(long, env = "COUNTERSIGN_LISTEN")]
    pub listen: Option<SocketAddr>,
    /// The address people type [default: http://localhost:3000, or the port that is listened on]
    #[arg(long, env = "COUNTERSIGN_PUBLIC_URL")]
    pub public_url: Option<String>,
    /// sqlite://path or postgres://user@host/name [default: a file in the data folder]
    #[arg(long, env = "COUNTERSIGN_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// Folder for the database, the keys and mails in files [default: ./data]
    #[arg(long, env = "COUNTERSIGN_DATA_DIR")]
    pub data_dir: Option<PathBuf>,
    /// File with the keys of secrets at rest, readable by its owner only [default: keys.toml in the data folder]
    #[arg(long, env = "COUNTERSIGN_KEY_FILE")]
    pub key_file: Option<PathBuf>,
    /// Time zone that clock times are shown in, such as Europe/London [default: the system's]
    #[arg(long, env = "COUNTERSIGN_TIME_ZONE")]
    pub time_zone: Option<String>,
    /// Addresses of proxies whose X-Forwarded-For is believed, separated by commas [default: none]
    #[arg(long, env = "COUNTERSIGN_TRUSTED_PROXIES", value_delimiter = ',')]
    pub trusted_proxies: Option<Vec<IpAddr>>,
    /// Applications behind that people are sent back to, as origins separated by commas, such as https://wallboard.example.com [default: none]
    #[arg(long, env = "COUNTERSIGN_APPLICATIONS", value_delimiter = ',')]
    pub applications: Option<Vec<String>>,
    /// Domain whose hosts all see the cookie for applications, such as example.com [default: the public URL's host alone]
    #[arg(long, env = "COUNTERSIGN_COOKIE_DOMAIN")]
    pub cookie_domain: Option<String>,
    /// Address and port of the DNS server that is asked whose a mail domain is [default: the system's]
    #[arg(long, env = "COUNTERSIGN_DNS_SERVER")]
    pub dns_server: Option<SocketAddr>,
    /// Mail server, as smtps://user:password@host or smtp://user:password@host (STARTTLS) [default: none; mails are written to files in the data folder]
    #[arg(long, env = "COUNTERSIGN_SMTP_URL", hide_env_values = true, value_parser = secret)]
    pub smtp_url: Option<Secret>,
    /// The address that mails come from [default: countersign@ and the public URL's host]
    #[arg(long, env = "COUNTERSIGN_MAIL_FROM")]
    pub mail_from: Option<String>,
    /// Address and port to serve /metrics on, to anybody who asks [default: none]
    #[arg(long, env = "COUNTERSIGN_METRICS_LISTEN")]
    pub metrics_listen: Option<SocketAddr>,
    /// Memory of one password hash, in KiB [default: 19456]
    #[arg(long, env = "COUNTERSIGN_HASH_MEMORY_KIB")]
    pub hash_memory_kib: Option<u32>,
    /// Passes of one password hash [default: 2]
    #[arg(long, env = "COUNTERSIGN_HASH_PASSES")]
    pub hash_passes: Option<u32>,
    /// Log as text or json [default: text]
    #[arg(long, env = "COUNTERSIGN_LOG_FORMAT")]
    pub log_format: Option<LogFormat>,
}

/// Takes a setting that must not be printed; what is wrong with it is said later, without repeating it.
#[expect(clippy::unnecessary_wraps, reason = "clap wants a Result")]
fn secret(text: &str) -> Result<Secret, std::convert::Infallible> {
    Ok(Secret::new(text.to_owned()))
}

/// How log lines look.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For machines.
    Json,
}

/// Settings in force.
#[derive(Clone, Debug)]
pub struct Config {
    /// Address and port to listen on.
    pub listen: SocketAddr,
    /// The address people type.
    pub public_url: PublicUrl,
    /// Where the database is.
    pub database_url: String,
    /// Folder for the database, the keys and mails in files.
    pub data_dir: PathBuf,
    /// The key file.
    pub key_file: PathBuf,
    /// Time zone for clock times.
    pub time_zone: jiff::tz::TimeZone,
    /// Proxies whose word on the client's address is taken.
    pub trusted_proxies: Vec<IpAddr>,
    /// The applications behind, and the cookie that reaches them.
    pub applications: Applications,
    /// The DNS server that is asked whose a mail domain is; the system's if `None`.
    pub dns_server: Option<SocketAddr>,
    /// The mail server; without one, mails are written to files.
    pub smtp: Option<SmtpUrl>,
    /// The address that mails come from.
    pub mail_from: Address,
    /// Where metrics are served, if anywhere.
    pub metrics_listen: Option<SocketAddr>,
    /// What a password hash costs.
    pub hash_cost: HashCost,
    /// How log lines look.
    pub log_format: LogFormat,
}

/// What is wrong with the settings, and how to mend it.
#[derive(Debug, Error)]
pub enum ConfigError {
    /// The file can't be read.
    #[error("{path} can't be read: {cause}. Check that it exists and that this user may read it")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The file isn't what it should be.
    #[error("{path} isn't right: {cause}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// Where and why.
        cause: toml::de::Error,
    },
    /// The public URL can't be used.
    #[error("COUNTERSIGN_PUBLIC_URL is {url:?}: {problem}")]
    PublicUrl {
        /// As given.
        url: String,
        /// What is wrong, and what would be right.
        problem: &'static str,
    },
    /// An application can't be one, or the cookie's domain.
    #[error("COUNTERSIGN_APPLICATIONS or COUNTERSIGN_COOKIE_DOMAIN isn't right: {0}")]
    Applications(#[from] ApplicationsError),
    /// The time zone isn't known.
    #[error("COUNTERSIGN_TIME_ZONE is {0:?}, which isn't a known time zone. Use a name such as Europe/London")]
    TimeZone(String),
    /// The database URL can't be used.
    #[error("COUNTERSIGN_DATABASE_URL must start with sqlite:// or postgres://")]
    DatabaseUrl,
    /// The mail server's URL can't be used.
    #[error("COUNTERSIGN_SMTP_URL can't be used: {problem}")]
    SmtpUrl {
        /// What is wrong, and what would be right; never the URL, which may hold a password.
        problem: &'static str,
    },
    /// The address that mails come from isn't one.
    #[error("COUNTERSIGN_MAIL_FROM is {0:?}, which isn't a mail address. Use the address alone, such as countersign@example.com")]
    MailFrom(String),
    /// The cost of hashing is out of range.
    #[error("a password hash must cost at least 7168 KiB and 1 pass, and at most 1048576 KiB and 64 passes")]
    HashCost,
}

/// The address people type: scheme, host and port, and nothing after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl {
    origin: String,
    host: String,
}

impl PublicUrl {
    /// Reads a public URL.
    ///
    /// # Errors
    /// [`ConfigError::PublicUrl`] unless it is an https origin, or http on a loopback host.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        let refuse = |problem| Err(ConfigError::PublicUrl { url: text.to_owned(), problem });
        let Ok(uri) = text.trim_end_matches('/').parse::<http::Uri>() else {
            return refuse("it isn't a URL. Use something like https://sign-in.example.com");
        };
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return refuse("it needs a scheme and a host. Use something like https://sign-in.example.com");
        };
        let host = authority.host().to_lowercase();
        if authority.as_str().contains('@') || !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return refuse("it must end after the host and port. Countersign needs a host name of its own");
        }
        let is_loopback = matches!(host.as_str(), "localhost" | "127.0.0.1" | "[::1]") || host.ends_with(".localhost");
        match scheme {
            "https" => {}
            "http" if is_loopback => {}
            "http" => return refuse("http is for localhost only: passwords would travel in the clear. Use https"),
            _ => return refuse("the scheme must be https"),
        }
        let port = match (scheme, authority.port_u16()) {
            ("https", Some(443)) | ("http", Some(80)) | (_, None) => String::new(),
            (_, Some(port)) => format!(":{port}"),
        };
        Ok(Self { origin: format!("{scheme}://{host}{port}"), host })
    }

    /// As browsers send it in `Origin`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The host alone.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the browser talks https to us, or to the proxy in front.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

impl Settings {
    /// These settings, with what is missing from `below`.
    fn or(self, below: Self) -> Self {
        Self {
            listen: self.listen.or(below.listen),
            public_url: self.public_url.or(below.public_url),
            database_url: self.database_url.or(below.database_url),
            data_dir: self.data_dir.or(below.data_dir),
            key_file: self.key_file.or(below.key_file),
            time_zone: self.time_zone.or(below.time_zone),
            trusted_proxies: self.trusted_proxies.or(below.trusted_proxies),
            applications: self.applications.or(below.applications),
            cookie_domain: self.cookie_domain.or(below.cookie_domain),
            dns_server: self.dns_server.or(below.dns_server),
            smtp_url: self.smtp_url.or(below.smtp_url),
            mail_from: self.mail_from.or(below.mail_from),
            metrics_listen: self.metrics_listen.or(below.metrics_listen),
            hash_memory_kib: self.hash_memory_kib.or(below.hash_memory_kib),
            hash_passes: self.hash_passes.or(below.hash_passes),
            log_format: self.log_format.or(below.log_format),
        }
    }

    /// Reads the file, if there is one; one that was asked for must exist.
    fn from_file(path: Option<&Path>) -> Result<Self, ConfigError> {
        let chosen = path.unwrap_or(Path::new(DEFAULT_FILE));
        let text = match std::fs::read_to_string(chosen) {
            Ok(text) => text,
            Err(cause) if path.is_none() && cause.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            Err(cause) => return Err(ConfigError::Unreadable { path: chosen.to_owned(), cause }),
        };
        toml::from_str(&text).map_err(|cause| ConfigError::Malformed { path: chosen.to_owned(), cause })
    }

    /// Flags and environment (`self`) over the file over the defaults.
    ///
    /// # Errors
    /// [`ConfigError`], which says how to mend it.
    pub fn resolve(self, file: Option<&Path>) -> Result<Config, ConfigError> {
        let settings = self.or(Self::from_file(file)?);
        let data_dir = settings.data_dir.unwrap_or_else(|| PathBuf::from("data"));
        let database_url = settings.database_url.unwrap_or_else(|| format!("sqlite://{}", data_dir.join("countersign.db").display()));
        if !["sqlite://", "postgres://", "postgresql://"].iter().any(|scheme| database_url.starts_with(scheme)) {
            return Err(ConfigError::DatabaseUrl);
        }
        let default = HashCost::default();
        let hash_cost = HashCost {
            memory_kib: settings.hash_memory_kib.unwrap_or(default.memory_kib),
            passes: settings.hash_passes.unwrap_or(default.passes),
            lanes: default.lanes,
        };
        // OWASP's smallest recommended memory; the upper bounds are those that stored hashes are read with.
        if hash_cost.memory_kib < 7168 || HashCost::from_text(&hash_cost.to_text()).is_none() {
            return Err(ConfigError::HashCost);
        }
        let time_zone = match settings.time_zone {
            Some(name) => jiff::tz::TimeZone::get(&name).map_err(|_| ConfigError::TimeZone(name))?,
            None => jiff::tz::TimeZone::system(),
        };
        let listen = settings.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 3000)));
        // On another port of this machine, the address people type has it, too.
        let port = if listen.ip().is_loopback() && listen.port() != 0 { listen.port() } else { 3000 };
        let public_url = PublicUrl::parse(&settings.public_url.unwrap_or_else(|| format!("http://localhost:{port}")))?;
        let mail_from = settings.mail_from.unwrap_or_else(|| format!("countersign@{}", public_url.host()));
        let applications =
            Applications::parse(&settings.applications.unwrap_or_default(), settings.cookie_domain.as_deref(), public_url.origin())?;
        Ok(Config {
            applications,
            listen,
            public_url,
            database_url,
            key_file: settings.key_file.unwrap_or_else(|| data_dir.join("keys.toml")),
            data_dir,
            time_zone,
            trusted_proxies: settings.trusted_proxies.unwrap_or_default(),
            dns_server: settings.dns_server,
            smtp: settings.smtp_url.map(|url| SmtpUrl::parse(url.expose())).transpose()?,
            // Beyond ASCII, not every server would take it (RFC 6531).
            mail_from: mail_from.parse().ok().filter(|_| mail_from.is_ascii()).ok_or(ConfigError::MailFrom(mail_from))?,
            metrics_listen: settings.metrics_listen,
            hash_cost,
            log_format: settings.log_format.unwrap_or_default(),
        })
    }
}

impl Config {
    /// Where mails are written while there is no mail server.
    #[must_use]
    pub fn mail_dir(&self) -> PathBuf {
        self.data_dir.join("mail")
    }

    /// The path of a database file that isn't there yet.
    #[must_use]
    pub fn missing_database_file(&self) -> Option<&str> {
        let path = self.database_url.strip_prefix("sqlite://")?;
        let path = path.split('?').next().unwrap_or(path);
        (!Path::new(path).exists()).then_some(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_is_an_https_origin_or_http_on_localhost() {
        for (text, origin) in [
            ("https://sign-in.example.com", "https://sign-in.example.com"),
            ("https://Sign-In.example.com:443/", "https://sign-in.example.com"),
            ("https://sign-in.example.com:8443", "https://sign-in.example.com:8443"),
            ("http://localhost:3000", "http://localhost:3000"),
        ] {
            assert_eq!(PublicUrl::parse(text).unwrap().origin(), origin);
        }
        for text in [
            "http://sign-in.example.com",
            "sign-in.example.com",
            "https://example.com/auth",
            "ftp://localhost",
            "https://a@example.com",
            "",
        ] {
            assert!(PublicUrl::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn flags_win_over_the_file_and_the_file_over_the_defaults() {
        let file: Settings = toml::from_str("listen = \"127.0.0.1:4000\"\ntime-zone = \"x\"").unwrap_or_default();
        assert_eq!(file.listen, None, "unknown keys are refused");
        let file: Settings = toml::from_str("listen = \"127.0.0.1:4000\"\nhash_passes = 3").unwrap();
        let flags = Settings { hash_passes: Some(4), ..Settings::default() };
        let both = flags.or(file);
        assert_eq!((both.listen.unwrap().port(), both.hash_passes), (4000, Some(4)));
    }

    #[test]
    fn a_cost_below_owasps_smallest_is_refused() {
        let settings = Settings { hash_memory_kib: Some(1024), ..Settings::default() };
        assert!(matches!(settings.resolve(None), Err(ConfigError::HashCost)));
    }

    fn resolved(smtp_url: &str, mail_from: Option<&str>) -> Result<Config, ConfigError> {
        let smtp_url = Some(Secret::new(smtp_url.to_owned()));
        Settings { smtp_url, mail_from: mail_from.map(str::to_owned), time_zone: Some("UTC".to_owned()), ..Settings::default() }
            .resolve(None)
    }

    #[test]
    fn no_settings_print_the_mail_servers_password() {
        let text = "smtps://wren:sesame@mail.example.com";
        let settings = Settings { smtp_url: Some(secret(text).unwrap()), ..Settings::default() };
        let config = resolved(text, None).unwrap();
        assert!(config.smtp.is_some());
        assert!(!format!("{settings:?} {config:?}").contains("sesame"));
        let file: Settings = toml::from_str(&format!("smtp_url = \"{text}\"")).unwrap();
        assert_eq!(file.smtp_url.unwrap().expose(), text);
    }

    #[test]
    fn mails_come_from_the_public_host_unless_an_address_is_set() {
        let url = "smtps://mail.example.com";
        assert_eq!(resolved(url, None).unwrap().mail_from.to_string(), "countersign@localhost");
        assert_eq!(resolved(url, Some("sign-in@example.com")).unwrap().mail_from.to_string(), "sign-in@example.com");
        for text in [
            "",
            "example.com",
            "Countersign <a@example.com>",
            "a@example.com, b@example.com",
            "a@example.com\r\nBcc: b@example.com",
            "ä@example.com",
        ] {
            assert!(matches!(resolved(url, Some(text)), Err(ConfigError::MailFrom(_))), "{text}");
        }
    }
}
