//! The first sign: e-mail and password.
//!
//! An unknown e-mail and a wrong password are the same answer, after the same work: the same
//! look-ups, one Argon2 run, one audit event (ASVS 5 6.3.8).

use countersign_domain::{Email, Factor, FirstSign, Footing, Instant, Password, ReturnPath, Stage, throttle::Hold};
use countersign_store::Tx;

use crate::{
    Account, Error, Identity, Token, Trust, Visitor,
    attempts::Attempt,
    audit::{Details, kind},
    sessions::{NewSession, StartedSession},
};

/// What was given first.
pub(crate) struct FirstSignGiven {
    pub(crate) sign: FirstSign,
    /// A second step was given elsewhere, where that is taken for ours.
    pub(crate) has_second_step: bool,
    /// When it was proved, if that isn't now.
    pub(crate) proved_at: Option<Instant>,
    /// The page that was asked for.
    pub(crate) return_to: Option<String>,
}

/// A session has begun, or moved on. Its token replaces the one before.
#[derive(Clone, Debug)]
pub struct Entered {
    /// The new session token.
    pub token: Token,
    /// The device cookie to keep, once somebody is in.
    pub device: Option<Token>,
    /// The token to keep in a browser that is trusted.
    pub trust: Option<Box<Trust>>,
    /// Where the session stands now.
    pub stage: Stage,
    /// In the second step: what is asked for first.
    pub way: Option<Factor>,
    /// They are in, and have to set up a second step before long: the wizard comes first.
    pub is_reminded: bool,
    /// The page that was asked for before signing in.
    pub return_to: Option<String>,
}

/// What became of e-mail and password.
#[derive(Debug)]
#[must_use]
pub enum SignInOutcome {
    /// They match.
    Entered(Entered),
    /// They don't.
    NoMatch,
    /// Too many failures in a row.
    Held(Hold),
    /// They match, and the organisation's provider is the only way in.
    UseSingleSignOn,
}

impl Identity {
    /// Checks e-mail and password, and opens a session in the stage that comes next.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn sign_in(
        &self,
        email: &Email,
        password: &Password,
        return_to: Option<ReturnPath>,
        visitor: &Visitor,
    ) -> Result<SignInOutcome, Error> {
        let account = self.store.find_account_by_email(email).await?;
        let subject = self.subject_of_email(email);
        let key = self.throttle_key(visitor, account.as_ref(), subject, Factor::Password).await?;
        let slot = self.hasher.reserve(1)?;
        let attempt = match self.charge(key).await? {
            Ok(attempt) => attempt,
            Err(hold) => return Ok(SignInOutcome::Held(hold)),
        };
        // For nobody the same work is done, and the answer is no.
        let stored = account.as_ref().map(|account| account.password_hash.as_str());
        let is_right = self.is_password(slot, password, stored).await?;
        match &account {
            Some(account) if is_right => self.open_session(account, password, &attempt, return_to, visitor).await,
            _ => self.refuse_password(account.as_ref(), &attempt, visitor).await,
        }
    }

    async fn refuse_password(&self, account: Option<&Account>, attempt: &Attempt, visitor: &Visitor) -> Result<SignInOutcome, Error> {
        self.record_failure(kind::PASSWORD_REFUSED, &attempt.key, account, visitor, "no-match").await?;
        Ok(attempt.hold_if_failed(self.now()).map_or(SignInOutcome::NoMatch, SignInOutcome::Held))
    }

    async fn open_session(
        &self,
        account: &Account,
        password: &Password,
        attempt: &Attempt,
        return_to: Option<ReturnPath>,
        visitor: &Visitor,
    ) -> Result<SignInOutcome, Error> {
        let rehashed = self.rehash(account, password).await?;
        let return_to = return_to.map(|path| path.as_str().to_owned());
        let mut tx = self.store.begin().await?;
        // Takes the account's row, and makes sure of what was verified: while Argon2 ran, somebody
        // may have changed the password or connected a first method.
        let hash = rehashed.as_deref().unwrap_or(&account.password_hash);
        let Some(footing) = tx.accept_password(account.id, &account.password_hash, hash).await? else {
            drop(tx);
            return self.refuse_password(Some(account), attempt, visitor).await;
        };
        tx.clear_attempts(&attempt.key).await?;
        if tx.must_sign_on(account.id).await? {
            let details = Details::new().with("reason", "single-sign-on".into());
            self.record(&mut tx, kind::PASSWORD_REFUSED, Some(account), visitor, details).await?;
            tx.commit().await?;
            return Ok(SignInOutcome::UseSingleSignOn);
        }
        if rehashed.is_some() {
            self.record(&mut tx, kind::PASSWORD_REHASHED, Some(account), visitor, Details::new()).await?;
        }
        let given = FirstSignGiven { sign: FirstSign::Password, has_second_step: false, proved_at: None, return_to };
        let entered = self.enter_after_first_sign(tx, account, &footing, given, visitor).await?;
        Ok(SignInOutcome::Entered(entered))
    }

    /// Opens a session in the stage that comes next, once the first sign is given, and commits `tx`, which has the account's
    /// row.
    pub(crate) async fn enter_after_first_sign(
        &self,
        mut tx: Tx,
        account: &Account,
        footing: &Footing,
        given: FirstSignGiven,
        visitor: &Visitor,
    ) -> Result<Entered, Error> {
        let FirstSignGiven { sign: first_sign, has_second_step, proved_at, return_to } = given;
        let mut stage = footing.after_password(self.now());
        let mut trust = None;
        if stage == Stage::SecondStep && has_second_step {
            stage = footing.after_second_step(self.now());
        } else if stage == Stage::SecondStep {
            trust = self.stands_in(&mut tx, account, footing, visitor).await?;
            if trust.is_some() {
                stage = footing.after_second_step(self.now());
            }
        }
        let way = self.first_of(account, footing).filter(|_| stage == Stage::SecondStep);
        let new = NewSession {
            account,
            stage,
            first_sign,
            lengths: footing.policy.sessions,
            has_second_step,
            proved_at,
            second_factor: None,
            return_to: return_to.clone(),
        };
        let StartedSession { token, id: session, is_awaited } = self.start_session(&mut tx, new, visitor).await?;
        if stage == Stage::SecondStep {
            if !is_awaited {
                self.await_second_step(&mut tx, account, session, visitor).await?;
            }
        } else if account.password_by_mail_at.is_some() && first_sign == FirstSign::Password {
            // They have no second step that the mailbox could be instead of.
            tx.forget_password_by_mail(account.id).await?;
        }
        if way == Some(Factor::EmailedCode) {
            self.send_first_code(&mut tx, account, session, visitor).await?;
        }
        let details = Details::new().with("factor", first_sign.code().into());
        let details = if has_second_step { details.with("second-step-elsewhere", true.into()) } else { details };
        let device = if stage == Stage::SignedIn {
            tx.record_sign_in(account.id, self.now()).await?;
            let details = if trust.is_some() { details.with("trusted", true.into()) } else { details };
            self.record(&mut tx, kind::SIGN_IN_SUCCEEDED, Some(account), visitor, details).await?;
            Some(self.welcome(&mut tx, account, visitor).await?)
        } else {
            self.record(&mut tx, kind::PASSWORD_ACCEPTED, Some(account), visitor, details).await?;
            None
        };
        tx.commit().await?;
        let is_reminded = stage == Stage::SignedIn && footing.is_reminded(self.now());
        Ok(Entered { token, device, trust: trust.map(Box::new), stage, way, is_reminded, return_to })
    }

    /// The hash at today's cost, if the stored one is of another. When the queue is full it waits
    /// for the next sign-in.
    async fn rehash(&self, account: &Account, password: &Password) -> Result<Option<String>, Error> {
        if !self.is_outdated(&account.password_hash) {
            return Ok(None);
        }
        match self.hash_password(password).await {
            Ok(hash) => Ok(Some(hash)),
            Err(Error::Busy { .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }

    /// Whether somebody has been in with this browser before.
    pub(crate) async fn knows_browser(&self, tx: &mut countersign_store::Tx, account: &Account, visitor: &Visitor) -> Result<bool, Error> {
        match &visitor.device {
            Some(device) => Ok(tx.knows_browser(account.id, device.hash()).await?),
            None => Ok(false),
        }
    }

    /// Somebody is in: notes which browser it was, and tells them when it is a new one. A token that the browser brought is
    /// taken only if it is one of ours: else whoever planted it would share this browser's counter.
    pub(crate) async fn welcome(&self, tx: &mut countersign_store::Tx, account: &Account, visitor: &Visitor) -> Result<Token, Error> {
        let now = self.now();
        if let Some(device) = &visitor.device
            && tx.see_browser_again(account.id, device.hash(), now).await?
        {
            return Ok(device.clone());
        }
        // The very first sign-in is no news.
        if account.last_sign_in_at.is_some() {
            self.tell_of_browser(tx, account, visitor).await?;
        }
        let device = match &visitor.device {
            Some(device) if tx.is_browser_of_anybody(device.hash()).await? => device.clone(),
            _ => self.new_token()?,
        };
        tx.remember_browser(account.id, device.hash(), now).await?;
        Ok(device)
    }
}
