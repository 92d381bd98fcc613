//! `countersign doctor`: what is wrong with a configuration, and how to mend it.
//!
//! It makes no database, no key and none of our tables.

use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use countersign_identity::RelyingParty;
use countersign_store::{KeyRing, Store};

use crate::{
    config::{Config, ConfigError},
    keys::KEYS_VARIABLE,
    mail::{Delivery, Security, SmtpFault, SmtpUrl, Step},
    site,
    terminal::say,
};

/// How long the mail server may take to answer.
const MAIL_SERVER_LIMIT: Duration = Duration::from_secs(10);

/// How many mails that weren't delivered are listed.
const FAILED_MAILS_SHOWN: i64 = 5;

/// One finding.
#[derive(Debug)]
pub enum Finding {
    /// All is well.
    Good(String),
    /// Works, and should be known.
    Note(String),
    /// Wrong.
    Bad {
        /// What.
        what: String,
        /// How to mend it.
        mend: String,
    },
}

impl Finding {
    /// Something is wrong.
    #[must_use]
    pub const fn is_bad(&self) -> bool {
        matches!(self, Self::Bad { .. })
    }
}

/// Checks everything, prints the findings, and fails if one is bad.
pub async fn run(config: Result<Config, ConfigError>) -> ExitCode {
    let findings = match config {
        Ok(config) => examine(&config).await,
        Err(error) => vec![Finding::Bad { what: "The settings can't be used.".to_owned(), mend: error.to_string() }],
    };
    for finding in &findings {
        match finding {
            Finding::Good(what) => say(format_args!("  good  {what}")),
            Finding::Note(what) => say(format_args!("  note  {what}")),
            Finding::Bad { what, mend } => say(format_args!("  BAD   {what}\n        {mend}")),
        }
    }
    let bad = findings.iter().filter(|finding| finding.is_bad()).count();
    say(if bad == 0 { "Nothing is wrong.".to_owned() } else { countersign_domain::count(bad, "thing is wrong.", "things are wrong.") });
    if bad == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Everything there is to say about a configuration.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let mut findings = vec![examine_url(config), examine_address(config), examine_site(), examine_mail_server(config).await];
    match load_keys(config) {
        Ok(Some(keys)) => {
            findings.push(Finding::Good("The keys can be read, and by nobody else.".to_owned()));
            findings.extend(examine_database(config, keys).await);
        }
        Ok(None) => findings.push(examine_missing_keys(config).await),
        Err(error) => findings.push(Finding::Bad { what: "The keys can't be used.".to_owned(), mend: error }),
    }
    findings
}

fn examine_url(config: &Config) -> Finding {
    let origin = config.public_url.origin();
    if config.public_url.is_https() {
        return Finding::Good(format!("People reach the site at {origin}."));
    }
    Finding::Note(format!(
        "People reach the site at {origin}: this machine only. To go live, set COUNTERSIGN_PUBLIC_URL to an https address."
    ))
}

fn examine_address(config: &Config) -> Finding {
    match std::net::TcpListener::bind(config.listen) {
        Ok(_) => Finding::Good(format!("{} is free to listen on.", config.listen)),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && is_ours(config.listen) => {
            Finding::Note(format!("A server of ours listens on {} already.", config.listen))
        }
        Err(error) => Finding::Bad {
            what: format!("{} can't be listened on: {error}.", config.listen),
            mend: "Choose another address with COUNTERSIGN_LISTEN.".to_owned(),
        },
    }
}

/// Whether what listens there answers to a health check as a server of ours does.
fn is_ours(address: SocketAddr) -> bool {
    const SOON: Duration = Duration::from_secs(2);
    let ask = || -> std::io::Result<String> {
        let mut connection = TcpStream::connect_timeout(&address, SOON)?;
        connection.set_read_timeout(Some(SOON))?;
        connection.write_all(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        connection.take(4_096).read_to_string(&mut answer)?;
        Ok(answer)
    };
    ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200") && answer.ends_with("\r\n\r\nok\n"))
}

fn examine_site() -> Finding {
    if site::is_built() {
        Finding::Good("The interface is in this binary.".to_owned())
    } else {
        Finding::Bad {
            what: "This binary was built without its interface.".to_owned(),
            mend: "Build it with `cargo xtask build`.".to_owned(),
        }
    }
}

/// Whether the mail server would take mail from us.
async fn examine_mail_server(config: &Config) -> Finding {
    let Some(url) = &config.smtp else {
        return Finding::Note(format!(
            "No mail leaves this machine: each is written to a file in {}. To send them, set COUNTERSIGN_SMTP_URL.",
            config.mail_dir().display()
        ));
    };
    let tested = match Delivery::new(config) {
        Ok(delivery) => tokio::time::timeout(MAIL_SERVER_LIMIT, delivery.test()).await,
        Err(fault) => Ok(Err(fault)),
    };
    match tested {
        Ok(Ok(())) => {
            let accepts = if url.has_login() { "answers and accepts our login" } else { "answers" };
            Finding::Good(format!("Mail goes out by SMTP: {url} {accepts}."))
        }
        Ok(Err(fault)) => {
            Finding::Bad { what: format!("No mail goes out: {fault} ({url})."), mend: mend_mail_server(url, &fault).to_owned() }
        }
        Err(_) => Finding::Bad {
            what: format!("No mail goes out: {url} hasn't answered within {} seconds.", MAIL_SERVER_LIMIT.as_secs()),
            mend: "Check host and port in COUNTERSIGN_SMTP_URL, and that no firewall is between. A server that wants TLS from the start \
                   needs smtps://, and one that wants STARTTLS needs smtp://."
                .to_owned(),
        },
    }
}

const fn mend_mail_server(url: &SmtpUrl, fault: &SmtpFault) -> &'static str {
    match (fault.step, url.security()) {
        (Step::Login, _) => "Check user and password in COUNTERSIGN_SMTP_URL; signs in them are written with %, such as %40 for @.",
        (Step::Connect, Security::Tls) | (Step::StartTls, _) => {
            "Check host and port in COUNTERSIGN_SMTP_URL. smtps:// is TLS from the start, often on port 465; smtp:// is STARTTLS, often on \
             587. The certificate must be for that host, and from an authority that this machine trusts; SSL_CERT_FILE names the file \
             of a private one."
        }
        _ => "Check host and port in COUNTERSIGN_SMTP_URL, and that this machine may use the server.",
    }
}

fn load_keys(config: &Config) -> Result<Option<KeyRing>, String> {
    if let Ok(text) = std::env::var(KEYS_VARIABLE) {
        return KeyRing::parse(&text).map(Some).map_err(|error| error.to_string());
    }
    if !config.key_file.exists() {
        return Ok(None);
    }
    KeyRing::load(&config.key_file).map(Some).map_err(|error| error.to_string())
}

/// Without a key file: a first start, or a loss.
async fn examine_missing_keys(config: &Config) -> Finding {
    let first = Finding::Note(format!("There are no keys yet: the first start makes {}.", config.key_file.display()));
    if config.missing_database_file().is_some() {
        return first;
    }
    // Looking needs no key of this database's; these are never used, nor kept.
    let Ok(keys) = KeyRing::generate() else { return first };
    let store = match Store::connect(&config.database_url, Arc::new(keys)).await {
        Ok(store) => store,
        Err(error) => return unreachable_database(&error),
    };
    // An empty database has no such table yet.
    let known = store.find_key_check().await;
    store.close().await;
    if matches!(known, Ok(Some(_))) {
        Finding::Bad {
            what: format!("The keys are missing: there is no {}, and this database knows its keys.", config.key_file.display()),
            mend: "Put the key file back from its backup. Without it no password and no authenticator app works any more.".to_owned(),
        }
    } else {
        first
    }
}

async fn examine_database(config: &Config, keys: KeyRing) -> Vec<Finding> {
    // Connecting would make the file: a look must not.
    if let Some(path) = config.missing_database_file() {
        return vec![Finding::Note(format!("There is no database yet: the first start makes {path}."))];
    }
    let lookup = **keys.lookup();
    let store = match Store::connect(&config.database_url, Arc::new(keys)).await {
        Ok(store) => store,
        Err(error) => return vec![unreachable_database(&error)],
    };
    let mut findings = Vec::new();
    match store.pending_migrations().await {
        Ok(pending) if pending.is_empty() => {
            findings.push(Finding::Good("The database is up to date.".to_owned()));
            findings.push(examine_sealed(&store, lookup).await);
            findings.push(examine_host(config, &store).await);
            findings.extend(examine_failed_mails(config, &store).await);
        }
        Ok(pending) => findings.push(Finding::Note(format!("The next start applies migrations: {}.", pending.join(", ")))),
        Err(error) => findings.push(unreachable_database(&error)),
    }
    store.close().await;
    findings
}

/// Whether the public URL has the host that security keys are bound to.
async fn examine_host(config: &Config, store: &Store) -> Finding {
    let origin = config.public_url.origin();
    let party = match RelyingParty::new(origin) {
        Ok(party) => party,
        Err(error) => {
            let mend = "Set COUNTERSIGN_PUBLIC_URL to an address with a host name.".to_owned();
            return Finding::Bad { what: format!("{error}."), mend };
        }
    };
    match (store.find_rp_id().await, store.count_credentials().await) {
        (Ok(bound), Ok(_)) if bound.as_deref().is_none_or(|bound| bound == party.id()) => {
            Finding::Good(format!("Security keys and passkeys are bound to {}, the public URL's host.", party.id()))
        }
        (Ok(bound), Ok(0)) => Finding::Note(format!(
            "No key or passkey is connected yet: the next start binds them to {}, instead of {}.",
            party.id(),
            bound.unwrap_or_default()
        )),
        (Ok(bound), Ok(keys)) => Finding::Bad {
            what: format!(
                "The public URL's host is {}, but security keys and passkeys ({keys} of them) are bound to {}.",
                party.id(),
                bound.unwrap_or_default()
            ),
            mend: "Set COUNTERSIGN_PUBLIC_URL back; or, to move for good, run `countersign keys move-host`, which removes them all."
                .to_owned(),
        },
        (Err(error), _) | (_, Err(error)) => unreachable_database(&error),
    }
}

/// Mails that were given up, if there are any.
async fn examine_failed_mails(config: &Config, store: &Store) -> Option<Finding> {
    let (failed, counts) = match (store.list_failed_mails(FAILED_MAILS_SHOWN).await, store.count_mails().await) {
        (Ok(failed), Ok(counts)) => (failed, counts),
        (Err(error), _) | (_, Err(error)) => return Some(unreachable_database(&error)),
    };
    if failed.is_empty() {
        return None;
    }
    let count = usize::try_from(counts.failed).unwrap_or(usize::MAX).max(failed.len());
    let mut lines = vec![format!("{} couldn't be delivered. The latest:", countersign_domain::count(count, "mail", "mails"))];
    lines.extend(failed.iter().map(|mail| {
        let ended_at = jiff::Timestamp::from_microsecond(mail.ended_at.as_micros())
            .map(|at| at.to_zoned(config.time_zone.clone()).strftime("%Y-%m-%d %H:%M").to_string())
            .unwrap_or_default();
        // Whoever may read the terminal needn't learn everybody's address.
        format!("{ended_at}  {}  {}  {}", mail.kind, mail.recipient.masked(), mail.reason)
    }));
    let what = lines.join("\n          ");
    let mend = "Mend what the reasons say, then have these mails sent anew: invite again, ask for a new code. Failed ones aren't tried \
                again, and are forgotten after a while."
        .to_owned();
    Some(Finding::Bad { what, mend })
}

/// Whether these are the keys that the database was first started with.
async fn examine_sealed(store: &Store, lookup: [u8; 32]) -> Finding {
    let is_ours = store.find_key_check().await.map(|kept| kept.is_none_or(|kept| kept == countersign_identity::key_check(&lookup)));
    match (is_ours, store.check_sealed().await) {
        (Ok(true), Ok(())) => Finding::Good("The keys open what the database holds.".to_owned()),
        (Err(error), _) => unreachable_database(&error),
        _ => Finding::Bad {
            what: "The keys aren't those this database was first started with.".to_owned(),
            mend: "The key file belongs to another database, or is an old copy. Put the right one in place; without it, no password and no authenticator app works.".to_owned(),
        },
    }
}

fn unreachable_database(error: &dyn std::error::Error) -> Finding {
    let cause = error.source().map_or_else(|| error.to_string(), ToString::to_string);
    Finding::Bad {
        what: format!("The database can't be used: {cause}."),
        mend: "Check COUNTERSIGN_DATABASE_URL, that the server runs, and that this user may use it.".to_owned(),
    }
}
