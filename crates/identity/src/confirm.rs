//! "Confirm it's you": a fresh proof within a session.

use countersign_domain::{BackupCode, Factor, OneTimeCode, Password, throttle::Hold};

use crate::{
    Answer, Caller, CodePurpose, Error, Identity, Purpose, SecondStepRefusal, Token, Visitor,
    audit::{Details, kind},
    second_step::Checked,
};

/// What became of a confirmation.
#[derive(Debug)]
#[must_use]
pub enum Confirmed {
    /// Confirmed for ten minutes; the session's token was replaced.
    Done(Token),
    /// The second step was refused.
    Refused(SecondStepRefusal),
    /// The password is wrong.
    WrongPassword,
    /// Too many wrong passwords.
    Held(Hold),
    /// This isn't how they confirm: there is a second step to ask for, or the session has gone.
    Gone,
}

impl Identity {
    /// Confirms with an authenticator app.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn confirm_with_app(&self, caller: &Caller, code: &OneTimeCode, visitor: &Visitor) -> Result<Confirmed, Error> {
        let checked = self.check_app_code(caller, code, visitor, kind::CONFIRMATION_REFUSED).await?;
        self.confirm(caller, checked, visitor).await
    }

    /// Confirms with a backup code, which is spent.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn confirm_with_backup_code(&self, caller: &Caller, code: &BackupCode, visitor: &Visitor) -> Result<Confirmed, Error> {
        let checked = self.check_backup_code(caller, code, visitor, kind::CONFIRMATION_REFUSED).await?;
        self.confirm(caller, checked, visitor).await
    }

    /// Confirms with a security key or a passkey.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn confirm_with_key(&self, caller: &Caller, answer: Answer<'_>, visitor: &Visitor) -> Result<Confirmed, Error> {
        let checked = self.check_key(caller, answer, Purpose::Confirm, visitor, kind::CONFIRMATION_REFUSED).await?;
        self.confirm(caller, checked, visitor).await
    }

    /// Confirms with an emailed code.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn confirm_with_emailed_code(&self, caller: &Caller, code: &OneTimeCode, visitor: &Visitor) -> Result<Confirmed, Error> {
        let checked = self.check_emailed_code(caller, code, CodePurpose::Confirm, visitor, kind::CONFIRMATION_REFUSED).await?;
        self.confirm(caller, checked, visitor).await
    }

    async fn confirm(&self, caller: &Caller, checked: Checked, visitor: &Visitor) -> Result<Confirmed, Error> {
        let proof = match checked {
            Ok(proof) => proof,
            Err(refusal) => return Ok(Confirmed::Refused(refusal)),
        };
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        // A method that was switched off counts only for those who have no other.
        let footing = tx.find_footing(caller.account.id).await?;
        if proof.factor().is_method() && !footing.is_some_and(|footing| footing.asked().contains(proof.factor())) {
            return Ok(Confirmed::Gone);
        }
        if let Err(refusal) = self.spend(&mut tx, caller, &proof, visitor).await? {
            drop(tx);
            self.record_unspent(caller, &refusal, visitor).await?;
            return Ok(Confirmed::Refused(refusal));
        }
        let Some(token) = self.refresh_proof(&mut tx, caller, proof.factor()).await? else { return Ok(Confirmed::Gone) };
        let details = Details::new().factor(proof.factor());
        self.record(&mut tx, kind::CONFIRMATION_SUCCEEDED, Some(&caller.account), visitor, details).await?;
        tx.commit().await?;
        Ok(Confirmed::Done(token))
    }

    /// Confirms with the password: only for somebody who has no second step to give.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn confirm_with_password(&self, caller: &Caller, password: &Password, visitor: &Visitor) -> Result<Confirmed, Error> {
        let account = &caller.account;
        if !account.methods.is_empty() {
            return Ok(Confirmed::Gone);
        }
        let subject = self.subject_of_email(&account.email);
        let key = self.throttle_key(visitor, Some(account), subject, Factor::Password).await?;
        let slot = self.hasher.reserve(1)?;
        let attempt = match self.charge(key).await? {
            Ok(attempt) => attempt,
            Err(hold) => return Ok(Confirmed::Held(hold)),
        };
        if !self.is_password(slot, password, Some(&account.password_hash)).await? {
            self.record_failure(kind::CONFIRMATION_REFUSED, &attempt.key, Some(account), visitor, "no-match").await?;
            return Ok(attempt.hold_if_failed(self.now()).map_or(Confirmed::WrongPassword, Confirmed::Held));
        }
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        tx.clear_attempts(&attempt.key).await?;
        let Some(token) = self.refresh_proof(&mut tx, caller, Factor::Password).await? else { return Ok(Confirmed::Gone) };
        let details = Details::new().factor(Factor::Password);
        self.record(&mut tx, kind::CONFIRMATION_SUCCEEDED, Some(account), visitor, details).await?;
        tx.commit().await?;
        Ok(Confirmed::Done(token))
    }
}
