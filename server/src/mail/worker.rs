//! The worker: takes mails from the outbox, has them delivered, and says how it went.
//!
//! It claims only what it can begin at once, because a claim is a lease that runs out: a mail that waited here behind
//! a slow one could be sent by another node, too. It keeps no mail of its own. A process that ends without warning
//! loses none, and a mail that was delivered but not recorded comes again with the same Message-ID.

use std::{sync::Arc, time::Duration};

use countersign_identity::{Identity, OutgoingMail, SEND_SECONDS, Undelivered};
use tokio::{
    sync::watch,
    task::JoinSet,
    time::{MissedTickBehavior, interval, sleep, timeout},
};

use super::Delivery;

/// Mails under way at once: enough that one slow answer holds nothing up, few enough for any mail server.
const AT_ONCE: usize = 4;

/// How often to look without being told to: a retry may be due, another node may have posted a mail.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// How often an outcome is tried to be recorded. A lease outlasts a delivery by half a minute, and each try but the
/// last is followed by [`LOOK_EVERY`].
const RECORD_TRIES: u32 = 12;

/// Delivers mails until `stop` says true or its sender is gone, and then those that are under way.
pub(crate) async fn run(identity: Identity, delivery: Arc<Delivery>, mut stop: watch::Receiver<bool>) {
    let mut under_way = JoinSet::new();
    let mut look_every = interval(LOOK_EVERY);
    look_every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut may_be_due = true;
    let mut is_failing = false;
    loop {
        let places = AT_ONCE - under_way.len().min(AT_ONCE);
        if may_be_due && places > 0 {
            match identity.claim_mail(i64::try_from(places).unwrap_or(1)).await {
                Ok(mails) => {
                    if std::mem::take(&mut is_failing) {
                        tracing::info!("the outbox can be read again");
                    }
                    // As many as were asked for: there may be more.
                    may_be_due = mails.len() >= places;
                    for mail in mails {
                        under_way.spawn(deliver(identity.clone(), Arc::clone(&delivery), mail));
                    }
                }
                Err(error) => {
                    may_be_due = false;
                    if !std::mem::replace(&mut is_failing, true) {
                        tracing::error!(%error, "no mail goes out: the outbox can't be read; it is tried again every two seconds");
                    }
                }
            }
        }
        tokio::select! {
            () = stopped(&mut stop) => break,
            Some(ended) = under_way.join_next() => {
                if let Err(error) = ended {
                    tracing::error!(%error, "a delivery broke down; the mail is tried again when its lease ends");
                }
            }
            () = identity.mail_posted() => may_be_due = true,
            _ = look_every.tick() => {
                may_be_due = true;
                if under_way.is_empty() {
                    delivery.rest();
                }
            }
        }
    }
    while under_way.join_next().await.is_some() {}
    delivery.rest();
}

/// Resolves when the server stops.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    // An error means that nobody is left who could say so.
    let _ = stop.wait_for(|stopped| *stopped).await;
}

/// One mail: its delivery within its time, and the record of it.
async fn deliver(identity: Identity, delivery: Arc<Delivery>, mail: OutgoingMail) {
    let limit = Duration::from_secs(SEND_SECONDS);
    let outcome = timeout(limit, delivery.deliver(&mail))
        .await
        .unwrap_or_else(|_| Err(Undelivered::Failed(format!("the mail server took longer than {SEND_SECONDS} seconds"))));
    let (id, kind, attempt) = (mail.id, mail.kind.as_str(), mail.attempts);
    match &outcome {
        Ok(()) => tracing::debug!(%id, kind, attempt, "a mail was delivered"),
        Err(Undelivered::Refused(reason)) => tracing::warn!(%id, kind, attempt, reason, "a mail was refused and isn't tried again"),
        Err(Undelivered::Failed(reason)) => tracing::warn!(%id, kind, attempt, reason, "a mail couldn't be delivered this time"),
    }
    record(&identity, &mail, &outcome).await;
}

/// Records an outcome; a database that is away for a moment costs no second copy of a mail.
async fn record(identity: &Identity, mail: &OutgoingMail, outcome: &Result<(), Undelivered>) {
    for left in (0..RECORD_TRIES).rev() {
        match identity.record_delivery(mail, outcome.clone()).await {
            Ok(()) => return,
            Err(_) if left > 0 => sleep(LOOK_EVERY).await,
            Err(error) => {
                tracing::error!(%error, id = %mail.id, "a mail's outcome couldn't be recorded; the mail is sent again when its lease ends");
            }
        }
    }
}
