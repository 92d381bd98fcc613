//! From settings to a serving process, and back to rest.

use std::{net::SocketAddr, sync::Arc};

use countersign_app::ssr::{Assets, Services, Site};
use countersign_identity::{
    Clock, Entropy, Hasher, Identity, Parts, RelyingParty, RelyingPartyError, Settings, SystemClock, SystemEntropy,
};
use countersign_store::{KeyError, KeyRing, Store, StoreError};
use thiserror::Error;
use tokio::{
    net::TcpListener,
    sync::{Semaphore, watch},
};

use crate::{
    config::Config,
    keys,
    listener::{self, Limits},
    mail::{self, Delivery, SmtpFault},
    metrics,
    router::{AppState, router},
    site,
};

/// How often ended sessions and old throttles are forgotten, in seconds.
const TIDY_SECONDS: u64 = 10 * 60;
/// How often to look whether a reminder of a deadline is due.
const REMIND_SECONDS: u64 = 60;
/// How often the chains of the audit trail are added to.
const CHAIN_SECONDS: u64 = 5;

/// Why the server didn't start, and how to mend it.
#[derive(Debug, Error)]
pub enum StartError {
    /// The keys.
    #[error(transparent)]
    Keys(#[from] KeyError),
    /// The database.
    #[error("the database can't be used: {0}. `countersign doctor` says more")]
    Store(#[from] StoreError),
    /// The keys are another installation's, or were lost.
    #[error(
        "the keys in {0} aren't those this database was first started with. Put the right file back in place. \
         Without it no password and no authenticator app works any more; `countersign doctor` says more"
    )]
    OtherKeys(std::path::PathBuf),
    /// The public URL has another host than the one that security keys are bound to.
    #[error(
        "the public URL's host is {now}, but the security keys and passkeys in this database are bound to {bound} and would stop \
         working. Set COUNTERSIGN_PUBLIC_URL back to an address at {bound}; or, to move for good, run `countersign keys move-host`, \
         which removes everybody's keys and passkeys"
    )]
    OtherHost {
        /// What keys are bound to.
        bound: String,
        /// What the public URL has now.
        now: String,
    },
    /// The public URL has no host that keys could be bound to.
    #[error("the server can't start: {0}. Set COUNTERSIGN_PUBLIC_URL to an address with a host name")]
    RelyingParty(#[from] RelyingPartyError),
    /// The address to listen on.
    #[error("{listen} can't be listened on: {cause}. Is another server running there? Choose another address with COUNTERSIGN_LISTEN")]
    Listen {
        /// The address.
        listen: SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
    /// The address to serve metrics on.
    #[error("{listen} can't be listened on for metrics: {cause}. Choose another address with COUNTERSIGN_METRICS_LISTEN")]
    ListenMetrics {
        /// The address.
        listen: SocketAddr,
        /// Why.
        cause: std::io::Error,
    },
    /// The way to the mail server.
    #[error("mail can't be sent: {0}. `countersign doctor` says more")]
    Mail(#[from] SmtpFault),
    /// Threads, or the operating system otherwise.
    #[error("the server can't start: {0}")]
    System(#[from] std::io::Error),
    /// A use case.
    #[error("the server can't start: {0}")]
    Identity(#[from] countersign_identity::Error),
}

/// The seams that tests replace.
pub struct Seams {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
}

impl Default for Seams {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), entropy: Arc::new(SystemEntropy) }
    }
}

/// The use cases over a migrated database, whose keys and host are those of today.
///
/// # Errors
/// [`StartError`].
pub async fn identity(config: &Config, seams: Seams) -> Result<Identity, StartError> {
    let identity = unbound_identity(config, seams).await?;
    match identity.bound_host().await? {
        None => Ok(identity),
        Some(bound) => Err(StartError::OtherHost { bound, now: identity.relying_party().id().to_owned() }),
    }
}

/// The same, whatever host security keys are bound to.
///
/// # Errors
/// [`StartError`].
pub async fn unbound_identity(config: &Config, seams: Seams) -> Result<Identity, StartError> {
    // A missing key file is made, but only for a database that has never known another one.
    let found = keys::find(&config.key_file)?;
    let is_new = found.is_none();
    let keys = Arc::new(found.map_or_else(KeyRing::generate, Ok)?);
    let store = Store::connect(&config.database_url, Arc::clone(&keys)).await?;
    store.migrate().await?;
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let hasher = Hasher::start(threads, keys.pepper().as_slice())?;
    let settings = Settings {
        hash_cost: config.hash_cost,
        sends_mail: config.smtp.is_some(),
        dns_server: config.dns_server,
        applications: config.applications.clone(),
        time_zone: config.time_zone.clone(),
        ..Settings::default()
    };
    let relying_party = RelyingParty::new(config.public_url.origin())?;
    let identity = Identity::new(Parts { store, clock: seams.clock, entropy: seams.entropy, hasher, relying_party, settings });
    if is_new && identity.store().find_key_check().await?.is_none() {
        keys.save(&config.key_file)?;
    }
    if identity.are_keys_ours().await? { Ok(identity) } else { Err(StartError::OtherKeys(config.key_file.clone())) }
}

/// A server that listens, and doesn't serve yet.
pub struct Server {
    listener: TcpListener,
    state: AppState,
    delivery: Delivery,
    metrics: Option<TcpListener>,
}

impl Server {
    /// Binds the address, and the one for metrics if there is one.
    ///
    /// # Errors
    /// [`StartError::Listen`], [`StartError::ListenMetrics`], or [`StartError::Mail`] when TLS can't be set up.
    pub async fn bind(config: &Config, identity: Identity) -> Result<Self, StartError> {
        let listen = config.listen;
        let listener = TcpListener::bind(listen).await.map_err(|cause| StartError::Listen { listen, cause })?;
        let metrics = match config.metrics_listen {
            Some(listen) => Some(TcpListener::bind(listen).await.map_err(|cause| StartError::ListenMetrics { listen, cause })?),
            None => None,
        };
        Ok(Self { listener, state: state(config, identity), delivery: Delivery::new(config)?, metrics })
    }

    /// Shows the mails that this server writes to files at `/demo/mailbox`, if nobody but this machine can reach it.
    /// Says whether it does.
    pub fn show_mailbox(&mut self) -> bool {
        // With https in front there is a proxy, and whoever it serves.
        let is_ours_alone = !self.state.is_https && self.address().is_ok_and(|address| address.ip().is_loopback());
        self.state.mailbox = if is_ours_alone { self.delivery.keep_for_demo() } else { None };
        self.state.mailbox.is_some()
    }

    /// Where it listens: the port is known once bound.
    ///
    /// # Errors
    /// When the socket has no address.
    pub fn address(&self) -> Result<SocketAddr, std::io::Error> {
        self.listener.local_addr()
    }

    /// Serves until `stop` resolves, then finishes what is in flight: requests, and mails on their way.
    ///
    /// # Errors
    /// When the listener breaks.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> Result<(), StartError> {
        let identity = self.state.services.identity.clone();
        let (stopping, stopped) = watch::channel(false);
        let tidying = tokio::spawn(tidy(identity.clone()));
        let reminding = tokio::spawn(remind(identity.clone()));
        let chaining = tokio::spawn(chain(identity.clone()));
        self.delivery.announce();
        let mailing = tokio::spawn(mail::run(identity.clone(), Arc::new(self.delivery), stopped.clone()));
        let measuring = self.metrics.map(|listener| tokio::spawn(measure(listener, identity.clone(), stopped)));
        let stop = async move {
            stop.await;
            // Everything stops at once, so that what takes longest is all that is waited for.
            stopping.send_replace(true);
        };
        listener::serve(self.listener, router(self.state), Limits::default(), stop).await;
        tidying.abort();
        reminding.abort();
        chaining.abort();
        if let Err(error) = mailing.await {
            tracing::error!(%error, "the delivery of mails broke down");
        }
        if let Some(measuring) = measuring {
            measuring.abort();
        }
        identity.store().close().await;
        Ok(())
    }
}

/// What handlers share.
#[must_use]
pub fn state(config: &Config, identity: Identity) -> AppState {
    let assets = site::assets().map(|assets| Assets {
        js: assets.js.to_owned(),
        wasm: assets.wasm.to_owned(),
        css: assets.css.to_owned(),
        css_beyond: assets.css_beyond.to_owned(),
    });
    let is_https = config.public_url.is_https();
    AppState {
        services: Services { identity, site: Arc::new(Site { is_https, time_zone: config.time_zone.clone(), assets }) },
        origin: config.public_url.origin().into(),
        is_https,
        trusted_proxies: config.trusted_proxies.clone().into(),
        calls: Arc::new(Semaphore::new(crate::api::MAX_CALLS)),
        lists: Arc::new(Semaphore::new(crate::api::MAX_LISTS)),
        mailbox: None,
    }
}

/// Serves metrics until the server stops.
async fn measure(listener: TcpListener, identity: Identity, mut stopped: watch::Receiver<bool>) {
    if let Ok(address) = listener.local_addr() {
        if address.ip().is_loopback() {
            tracing::info!(%address, "metrics are served");
        } else {
            tracing::warn!(%address, "metrics are served to anybody who reaches this address");
        }
    }
    let stop = async move {
        let _ = stopped.wait_for(|stopped| *stopped).await;
    };
    listener::serve(listener, metrics::router(identity), Limits::default(), stop).await;
}

/// Adds links to the chains of the audit trail, behind the events.
async fn chain(identity: Identity) {
    let mut every = tokio::time::interval(std::time::Duration::from_secs(CHAIN_SECONDS));
    let mut is_failing = false;
    loop {
        every.tick().await;
        loop {
            match identity.extend_audit_chains().await {
                Ok(has_more) => {
                    is_failing = false;
                    if !has_more {
                        break;
                    }
                }
                Err(error) => {
                    if !std::mem::replace(&mut is_failing, true) {
                        tracing::warn!(%error, "the audit trail couldn't be chained; it is tried again every few seconds");
                    }
                    break;
                }
            }
        }
    }
}

/// Writes reminders of deadlines as their days come, and invitations that another node, or this one before
/// it was restarted, has left.
async fn remind(identity: Identity) {
    let mut every = tokio::time::interval(std::time::Duration::from_secs(REMIND_SECONDS));
    loop {
        every.tick().await;
        write_all("reminders", || identity.remind_of_deadlines()).await;
        write_all("invitations", || identity.send_invitations()).await;
    }
}

/// Writes mails a few at a time, for as long as there are more.
async fn write_all<W: Future<Output = Result<bool, countersign_identity::Error>>>(what: &str, write: impl Fn() -> W) {
    loop {
        match write().await {
            Ok(true) => {}
            Ok(false) => break,
            Err(error) => {
                tracing::warn!(%error, "{what} could not be written; the next try is in a minute");
                break;
            }
        }
    }
}

async fn tidy(identity: Identity) {
    let mut every = tokio::time::interval(std::time::Duration::from_secs(TIDY_SECONDS));
    loop {
        every.tick().await;
        if let Err(error) = identity.mend_audit_chains().await {
            tracing::warn!(%error, "the audit trail couldn't be chained; the next try is in ten minutes");
        }
        if let Err(error) = identity.tidy_up().await {
            tracing::warn!(%error, "ended sessions could not be forgotten; the next try is in ten minutes");
        }
    }
}

/// Resolves on Ctrl-C, and on SIGTERM where there is one.
pub async fn stop_signal() {
    let interrupt = async {
        let _ = tokio::signal::ctrl_c().await;
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
    tracing::info!("stopping: what is in flight is finished first");
}
