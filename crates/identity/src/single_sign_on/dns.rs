//! What the DNS says of a domain: whoever can write there has it.

use std::{net::SocketAddr, time::Duration};

use countersign_domain::EmailDomain;
use hickory_resolver::{
    TokioResolver,
    config::{ConnectionConfig, NameServerConfig, ResolverConfig},
    net::{NetError, runtime::TokioRuntimeProvider},
    proto::rr::{Name, RData},
};
use thiserror::Error;

/// How long all of it may take.
const TIME_LIMIT: Duration = Duration::from_secs(6);

/// Why a domain isn't proven.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum DnsFault {
    /// There is no such record.
    #[error("there is no TXT record")]
    NoRecord,
    /// There is one, and it says something else.
    #[error("the TXT record says something else")]
    OtherRecord,
    /// The DNS doesn't answer, or not what can be read.
    #[error("the DNS doesn't answer")]
    NoAnswer,
}

impl DnsFault {
    /// The stable word for the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NoRecord => "no-record",
            Self::OtherRecord => "other-record",
            Self::NoAnswer => "no-answer",
        }
    }
}

/// The name of the record, below the domain: one of its own, so that nobody has to share it.
pub(super) fn record_name(domain: &EmailDomain) -> String {
    format!("_countersign-challenge.{domain}")
}

/// What the record has to say.
pub(super) fn record_value(challenge: &str) -> String {
    format!("countersign-domain={challenge}")
}

/// Asks the DNS, anew each time: people ask because they have just changed it.
pub(super) async fn is_said(server: Option<SocketAddr>, domain: &EmailDomain, challenge: &str) -> Result<(), DnsFault> {
    let said = tokio::time::timeout(TIME_LIMIT, texts(server, &record_name(domain))).await;
    let said = match said {
        Ok(Ok(said)) => said,
        Ok(Err(error)) if error.is_no_records_found() => return Err(DnsFault::NoRecord),
        Ok(Err(error)) => {
            tracing::info!(%domain, %error, "the DNS was asked about a domain and didn't answer");
            return Err(DnsFault::NoAnswer);
        }
        Err(_) => return Err(DnsFault::NoAnswer),
    };
    if said.is_empty() {
        return Err(DnsFault::NoRecord);
    }
    let wanted = record_value(challenge);
    // Where two organisations try, each has a record of its own.
    if said.iter().any(|text| text.trim_ascii() == wanted.as_bytes()) { Ok(()) } else { Err(DnsFault::OtherRecord) }
}

async fn texts(server: Option<SocketAddr>, name: &str) -> Result<Vec<Vec<u8>>, NetError> {
    let mut builder = match server {
        None => TokioResolver::builder_tokio()?,
        Some(server) => {
            let at = |mut connection: ConnectionConfig| {
                connection.port = server.port();
                connection
            };
            let connections = vec![at(ConnectionConfig::udp()), at(ConnectionConfig::tcp())];
            let servers = vec![NameServerConfig::new(server.ip(), true, connections)];
            TokioResolver::builder_with_config(ResolverConfig::from_name_servers(servers), TokioRuntimeProvider::default())
        }
    };
    let options = builder.options_mut();
    options.cache_size = 0;
    options.timeout = Duration::from_secs(2);
    options.attempts = 1;
    // With the dot at its end it is this name, and none below a domain of the server's own.
    let name = Name::from_ascii(format!("{name}."))?;
    let found = builder.build()?.txt_lookup(name.clone()).await?;
    let texts = found.answers().iter().filter_map(|record| match &record.data {
        // Of this very name: a wildcard may lead anywhere else, to whoever has what it leads to. A long text comes in
        // pieces (RFC 7208 §3.3).
        RData::TXT(text) if record.name == name => Some(text.txt_data.concat()),
        _ => None,
    });
    Ok(texts.collect())
}
