//! The recovery key: made with the first method, used once, and then replaced.
//!
//! It has 145 random bits, so there is nothing to guess, and no failures are counted that could keep
//! its owner out (NIST 800-63B-4 §3.1.2.2 asks for a limit below 64 bits).

use countersign_domain::{Instant, RecoveryKey};
use countersign_store::{RecoveryKeyId, Tx};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    Account, Caller, Error, Identity, SecondStepOutcome, SecondStepRefusal, Visitor,
    audit::{Details, kind},
    letters::Notice,
    second_step::{Checked, Proof},
};

impl Identity {
    /// Gives somebody a new key in `tx`; the old one ends.
    pub(crate) async fn store_recovery_key(&self, tx: &mut Tx, account: &Account, visitor: &Visitor, now: Instant) -> Result<(), Error> {
        let key = loop {
            if let Some(key) = RecoveryKey::from_random(&self.random::<{ RecoveryKey::RANDOM_LEN }>()?) {
                break key;
            }
        };
        let reveal = Zeroizing::new(key.shown().into_bytes());
        let id = RecoveryKeyId::from_random(now, self.random()?);
        tx.replace_recovery_key(id, account.id, &hash(&key), &reveal, now).await?;
        self.record(tx, kind::RECOVERY_KEY_MADE, Some(account), visitor, Details::new()).await
    }

    /// Makes a new key for somebody who has a second step; `false` when they have none.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn make_recovery_key(&self, caller: &Caller, visitor: &Visitor) -> Result<bool, Error> {
        let account = &caller.account;
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        if tx.list_second_steps(account.id).await?.is_empty() || !self.is_still_here(&mut tx, caller).await? {
            return Ok(false);
        }
        self.store_recovery_key(&mut tx, account, visitor, self.now()).await?;
        self.tell(&mut tx, account, visitor, Notice::RecoveryKeyMade).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The second step of a sign-in, with the recovery key. It ends, and a new one waits to be saved.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn verify_recovery_key(&self, caller: &Caller, key: &RecoveryKey, visitor: &Visitor) -> Result<SecondStepOutcome, Error> {
        let checked = self.check_recovery_key(caller, key, visitor).await?;
        self.enter(caller, checked, false, visitor).await
    }

    async fn check_recovery_key(&self, caller: &Caller, key: &RecoveryKey, visitor: &Visitor) -> Result<Checked, Error> {
        let account = &caller.account;
        let has_second_step = !self.store.list_second_steps(account.id).await?.is_empty();
        let hash = hash(key);
        let kept = self.store.find_recovery_key(account.id).await?.filter(|_| has_second_step);
        if kept.is_some_and(|kept| bool::from(kept.hash.as_slice().ct_eq(&hash))) {
            return Ok(Ok(Proof::RecoveryKey { hash }));
        }
        let details = Details::new().factor(countersign_domain::Factor::RecoveryKey).with("because", "no-match".into());
        self.record_now_and_then(kind::RECOVERY_KEY_REFUSED, account, visitor, details).await?;
        Ok(Err(SecondStepRefusal::RecoveryKeyWrong))
    }

    /// Uses a right key up in `tx`, and makes the next. `false` when somebody was faster.
    pub(crate) async fn spend_recovery_key(
        &self,
        tx: &mut Tx,
        account: &Account,
        hash: &[u8; 32],
        visitor: &Visitor,
    ) -> Result<bool, Error> {
        if !tx.consume_recovery_key(account.id, hash).await? {
            return Ok(false);
        }
        // Whoever uses it has lost something.
        tx.end_trusted_browsers_of(account.id, None).await?;
        self.record(tx, kind::RECOVERY_KEY_USED, Some(account), visitor, Details::new()).await?;
        self.store_recovery_key(tx, account, visitor, self.now()).await?;
        self.tell(tx, account, visitor, Notice::RecoveryKeyUsed).await?;
        Ok(true)
    }
}

/// What is stored: a key of 145 random bits needs no slow hash.
fn hash(key: &RecoveryKey) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}
