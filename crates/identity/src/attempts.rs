//! One guess at one factor: counted before it is verified.

use countersign_domain::{
    Instant,
    throttle::{Hold, pause_seconds},
};
use countersign_store::{Account, Charge, ThrottleKey};

use crate::{Error, Identity, Visitor, audit::Details};

/// An attempt that may be verified. It has been counted as a failure already; a success clears it.
pub(crate) struct Attempt {
    pub(crate) key: ThrottleKey,
    /// Failures in a row, this attempt included.
    pub(crate) failures: i64,
}

impl Attempt {
    /// The pause that this attempt caused, if it fails.
    pub(crate) fn hold_if_failed(&self, now: Instant) -> Option<Hold> {
        pause_seconds(self.failures).map(|seconds| Hold::Paused { until: now.plus_seconds(seconds), failures: self.failures })
    }
}

impl Identity {
    /// Counts an attempt, or says why there may be none now. What is refused unverified leaves no
    /// audit event: the failures that led to it have theirs, and a stranger could fill the disk.
    pub(crate) async fn charge(&self, key: ThrottleKey) -> Result<Result<Attempt, Hold>, Error> {
        Ok(match self.store.charge_attempt(&key, self.now()).await? {
            Charge::Allowed { failures } => Ok(Attempt { key, failures }),
            Charge::Paused { until, failures } => Err(Hold::Paused { until, failures }),
            Charge::Disabled => Err(Hold::Disabled),
        })
    }

    /// Records a failed attempt; it was counted when it was charged.
    pub(crate) async fn record_failure(
        &self,
        event: &str,
        key: &ThrottleKey,
        account: Option<&Account>,
        visitor: &Visitor,
        why: &str,
    ) -> Result<(), Error> {
        let details = Details::new().factor(key.factor).with("because", why.into());
        self.record_alone(event, account, visitor, details).await
    }
}
