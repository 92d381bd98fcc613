//! A new password: chosen by somebody who is in, or with a mailed link.
//!
//! Whoever asks for a link learns nothing: for an address that nobody has, the same rows are written
//! and nothing is sent. Only a line of the audit trail, once in six hours, is an account's alone. A link signs nobody in, and the second step is asked for as ever; but not in
//! the mailbox that has just given the password, which would be one thing asked for twice.

use countersign_domain::{Email, Factor, Instant, OrganisationName, Password, Policy, throttle::Hold};
use countersign_store::{AccountId, AuditEventId, Organisation, OrganisationId, Tx};

use crate::{
    Account, Caller, Error, Identity, Token, Visitor,
    audit::{Details, kind},
    letters::{self, Notice},
    links::LinkPurpose,
    mail::{About, Posting},
    passwords::guessable,
    visitor::keyed_hash,
};

/// The kind of the mail with a link for a new password.
const MAIL_KIND: &str = "reset-password";
/// One such mail to an address in this many seconds.
const APART_SECONDS: u64 = 5 * 60;
/// How far apart requests for one are recorded, in seconds.
const RECORDED_APART_SECONDS: i64 = 6 * 60 * 60;

/// What became of a new password chosen by somebody who is in.
#[derive(Debug)]
#[must_use]
pub enum PasswordChange {
    /// It is changed; the session's token was replaced, and every other session has ended.
    Done(Token),
    /// A fresh proof is asked for first.
    ConfirmFirst,
    /// The current password is wrong.
    WrongPassword,
    /// Too many wrong passwords.
    Held(Hold),
    /// The new password is one that anybody would guess.
    Guessable,
    /// The session changed in the meantime.
    Gone,
}

/// What became of a new password chosen with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum PasswordReset {
    /// It is changed, and every session has ended.
    Done,
    /// The link was used, ended by a new password, or has expired.
    LinkEnded,
    /// The new password is one that anybody would guess.
    Guessable,
}

impl Identity {
    /// Whether a fresh second step must come before the password is changed. Those who have none give
    /// their password with the new one.
    #[must_use]
    pub fn must_give_second_step(&self, caller: &Caller) -> bool {
        !caller.account.methods.is_empty() && !caller.is_fresh(self.now(), true)
    }

    /// Changes the caller's password: the current one is asked for, and a fresh second step of those
    /// who have one.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn change_password(
        &self,
        caller: &Caller,
        current: &Password,
        new: &Password,
        visitor: &Visitor,
    ) -> Result<PasswordChange, Error> {
        let account = &caller.account;
        let has_second_step = !self.store.list_second_steps(account.id).await?.is_empty();
        if has_second_step && !caller.is_fresh(self.now(), true) {
            return Ok(PasswordChange::ConfirmFirst);
        }
        if self.is_guessable(account, new).await? {
            return Ok(PasswordChange::Guessable);
        }
        let key = self.throttle_key(visitor, Some(account), self.subject_of_email(&account.email), Factor::Password).await?;
        let slot = self.hasher.reserve(1)?;
        let attempt = match self.charge(key).await? {
            Ok(attempt) => attempt,
            Err(hold) => return Ok(PasswordChange::Held(hold)),
        };
        if !self.is_password(slot, current, Some(&account.password_hash)).await? {
            self.record_failure(kind::CONFIRMATION_REFUSED, &attempt.key, Some(account), visitor, "no-match").await?;
            return Ok(attempt.hold_if_failed(self.now()).map_or(PasswordChange::WrongPassword, PasswordChange::Held));
        }
        let hash = self.hash_password(new).await?;
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        // A second step may have come or gone while Argon2 ran, and so may the address: what went to the
        // one that was put out of its place isn't for this change to end.
        let still_has = !tx.list_second_steps(account.id).await?.is_empty();
        let is_same_address = tx.find_account(account.id).await?.is_some_and(|current| current.email == account.email);
        if !is_same_address || still_has != has_second_step || !tx.set_password(account.id, &account.password_hash, &hash, None).await? {
            return Ok(PasswordChange::Gone);
        }
        tx.clear_attempts(&attempt.key).await?;
        self.end_what_the_old_password_opened(&mut tx, account, Some(caller)).await?;
        let Some(token) = self.refresh_proof(&mut tx, caller, Factor::Password).await? else { return Ok(PasswordChange::Gone) };
        self.tell(&mut tx, account, visitor, Notice::PasswordChanged).await?;
        self.record(&mut tx, kind::PASSWORD_CHANGED, Some(account), visitor, Details::new()).await?;
        tx.commit().await?;
        Ok(PasswordChange::Done(token))
    }

    /// Ends sessions but for `except`, trust in browsers, and links: also those to another address, which may have been
    /// asked for in one of these sessions. The address they have keeps its own.
    pub(crate) async fn end_what_the_old_password_opened(
        &self,
        tx: &mut Tx,
        account: &Account,
        except: Option<&Caller>,
    ) -> Result<(), Error> {
        tx.delete_sessions_of(account.id, except.map(|caller| caller.session.id)).await?;
        tx.end_trusted_browsers_of(account.id, None).await?;
        tx.delete_links_of(account.id, LinkPurpose::ResetPassword.code()).await?;
        tx.delete_links_not_to(account.id, LinkPurpose::ConfirmEmail.code(), &account.email).await?;
        // Each would lead to another password. The notice of this change has one of its own.
        tx.delete_links_sent_to(account.id, LinkPurpose::NotMe.code(), &account.email).await?;
        Ok(())
    }

    async fn is_guessable(&self, account: &Account, password: &Password) -> Result<bool, Error> {
        let organisation = self.organisation_of(account).await?;
        Ok(guessable(password, &[organisation.name.as_str(), account.name.as_str(), account.email.as_str()]))
    }

    /// Posts a link for a new password, if somebody has this address: one in five minutes. Whoever
    /// asks can't tell whether anything was sent.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn forgot_password(&self, email: &Email, visitor: &Visitor) -> Result<(), Error> {
        let found = self.store.find_account_by_email(email).await?.filter(|account| account.disabled_at.is_none());
        let now = self.now();
        let link = self.fresh_link(LinkPurpose::ResetPassword)?;
        let (at, until) = (self.told(now), self.told(link.expires_at));
        let window = (now.as_unix_seconds() / APART_SECONDS).to_be_bytes();
        let slot = keyed_hash(self.store.keys().lookup(), b"reset-password", &[email.as_str().as_bytes(), &window].concat());
        // The same statements for everybody, from here to the commit, but for a line of the audit trail
        // now and then.
        let nobody = AccountId::from_random(now, [0; 10]);
        let id = found.as_ref().map_or(nobody, |account| account.id);
        let mut tx = self.store.begin().await?;
        tx.lock_account(id).await?;
        let organisation_id = found.as_ref().map_or(OrganisationId::from_random(now, [0; 10]), |account| account.organisation_id);
        let organisation = tx.find_organisation(organisation_id).await?.unwrap_or_else(|| nobodys(organisation_id, now));
        let letter = letters::reset_password(&self.sheet(&organisation), &at.happened(visitor), &link.url, &until.full);
        let account = found.as_ref();
        let posting = Posting {
            kind: MAIL_KIND,
            to: email,
            about: account.map_or(About::Nobody, About::Account),
            letter,
            session: None,
            slot: Some(slot),
            due_at: now,
            expires_at: link.expires_at,
        };
        let Some(mail) = self.post(&mut tx, &organisation, posting).await? else { return Ok(()) };
        // Those before it go on: else any stranger could end the one that its owner is about to use.
        self.keep_link(&mut tx, &link, account, Some(mail), email).await?;
        // Now and then, so that a stranger can't push other lines out of somebody's sight.
        let since = AuditEventId::from_random(now.plus_seconds(-RECORDED_APART_SECONDS), [0; 10]);
        let is_recent = tx.count_events_since(id, kind::PASSWORD_RESET_ASKED, since).await? > 0;
        if account.is_some() && !is_recent {
            self.record(&mut tx, kind::PASSWORD_RESET_ASKED, account, visitor, Details::new()).await?;
        }
        Ok(tx.commit().await?)
    }

    /// The address that a link is for, if it still works. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn find_reset(&self, token: &Token) -> Result<Option<Email>, Error> {
        let link = self.store.find_link(token.hash(), LinkPurpose::ResetPassword.code(), self.now()).await?;
        Ok(link.map(|link| link.email))
    }

    /// Sets a password with a link. Nobody is signed in by it.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn reset_password(&self, token: &Token, new: &Password, visitor: &Visitor) -> Result<PasswordReset, Error> {
        // A look first, so that strangers without a link can't make the server hash.
        let link = self.store.find_link(token.hash(), LinkPurpose::ResetPassword.code(), self.now()).await?;
        let account = match link {
            Some(link) => self.store.find_account(link.account_id).await?.filter(|account| account.email == link.email),
            None => None,
        };
        let Some(account) = account else { return Ok(PasswordReset::LinkEnded) };
        if self.is_guessable(&account, new).await? {
            return Ok(PasswordReset::Guessable);
        }
        let hash = self.hash_password(new).await?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        let is_ours = tx.consume_link(token.hash(), LinkPurpose::ResetPassword.code(), now).await?.is_some()
            && tx.find_account(account.id).await?.is_some_and(|current| current.email == account.email)
            && tx.set_password(account.id, &account.password_hash, &hash, Some(now)).await?;
        if !is_ours {
            return Ok(PasswordReset::LinkEnded);
        }
        // The mailbox has shown that it is theirs.
        tx.confirm_email(account.id, &account.email, now).await?;
        self.end_what_the_old_password_opened(&mut tx, &account, None).await?;
        tx.unlock(&self.subject_of_email(&account.email)).await?;
        self.tell(&mut tx, &account, visitor, Notice::PasswordReset).await?;
        self.record(&mut tx, kind::PASSWORD_RESET, Some(&account), visitor, Details::new()).await?;
        tx.commit().await?;
        Ok(PasswordReset::Done)
    }
}

/// Stands for the organisation of an address that nobody has: its letter is written, and never sent.
fn nobodys(id: OrganisationId, now: Instant) -> Organisation {
    let name = OrganisationName::from_stored("Nobody".to_owned());
    Organisation { id, name, policy: Policy::OPEN, announced_at: None, policy_changes: 0, created_at: now }
}
