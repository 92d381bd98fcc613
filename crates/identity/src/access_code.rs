//! Temporary access codes: given by somebody who knows whom they are talking to, good once.
//!
//! A code stands in for the second step, never for the password. It is shown to whoever gives it, once,
//! and kept as a keyed hash; its owner is told by mail that there is one, without it.

use countersign_domain::{BackupCode, Factor, Instant, Secret};
use countersign_store::{AccessCode, SessionId, Tx};
use subtle::ConstantTimeEq;

use crate::{
    Account, Caller, Error, Identity, SecondStepOutcome, SecondStepRefusal, Visitor,
    audit::{Details, kind},
    second_step::{Checked, Proof},
    visitor::keyed_hash,
};

impl Identity {
    /// A new code for an account: itself, and what is kept of it.
    pub(crate) fn fresh_access_code(
        &self,
        account: &Account,
        given_by: &Account,
        expires_at: Instant,
        only_session: Option<SessionId>,
    ) -> Result<(Secret, AccessCode), Error> {
        let code = loop {
            if let Some(code) = BackupCode::from_random(&self.random::<16>()?) {
                break code;
            }
        };
        let hash = self.hash_access_code(account, &code);
        let kept = AccessCode { hash, given_by: given_by.id, created_at: self.now(), expires_at, only_session };
        Ok((Secret::new(code.shown()), kept))
    }

    fn hash_access_code(&self, account: &Account, code: &BackupCode) -> [u8; 32] {
        // Keyed: eight characters alone would be found from their hash.
        let text = [&account.id.as_uuid().into_bytes()[..], code.as_bytes()].concat();
        keyed_hash(self.store.keys().lookup(), b"access-code", &text)
    }

    /// The second step of a sign-in, with a temporary access code.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn verify_access_code(&self, caller: &Caller, code: &BackupCode, visitor: &Visitor) -> Result<SecondStepOutcome, Error> {
        let checked = self.check_access_code(caller, code, visitor).await?;
        self.enter(caller, checked, false, visitor).await
    }

    async fn check_access_code(&self, caller: &Caller, code: &BackupCode, visitor: &Visitor) -> Result<Checked, Error> {
        let kept = self.store.find_access_code(caller.account.id, self.now()).await?;
        // One that was given for another screen is none here.
        let is_for_this = |code: &AccessCode| code.only_session.is_none_or(|session| session == caller.session.id);
        let Some(kept) = kept.filter(is_for_this) else {
            // There is nothing to guess, and so nothing to count: a thief must not use up the tries
            // of whoever is given one next.
            return Ok(Err(SecondStepRefusal::AccessCodeWrong { failures: 0 }));
        };
        let attempt = match self.charge_second_step(caller, Factor::AccessCode, visitor).await? {
            Ok(attempt) => attempt,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let hash = self.hash_access_code(&caller.account, code);
        if bool::from(kept.hash.as_slice().ct_eq(&hash)) {
            return Ok(Ok(Proof::AccessCode { attempt, hash }));
        }
        let failures = attempt.failures;
        let refusal = SecondStepRefusal::AccessCodeWrong { failures };
        self.fail(caller, &attempt, visitor, kind::SECOND_STEP_REFUSED, refusal).await.map(Err)
    }

    /// Uses a right code up in `tx`. `false` when somebody was faster, or it was taken back.
    pub(crate) async fn spend_access_code(&self, tx: &mut Tx, caller: &Caller, hash: &[u8; 32], visitor: &Visitor) -> Result<bool, Error> {
        if !tx.consume_access_code(caller.account.id, hash, caller.session.id, self.now()).await? {
            return Ok(false);
        }
        self.record(tx, kind::ACCESS_CODE_USED, Some(&caller.account), visitor, Details::new()).await?;
        Ok(true)
    }
}
