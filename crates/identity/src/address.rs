//! The address somebody signs in with: showing that it is theirs, and changing it.
//!
//! A link in a mail shows it, whoever's browser opens it; only a press uses it up, since scanners
//! open every link. A new address counts once it is confirmed, and not before; the old one is told.

use countersign_domain::{Email, Instant};
use countersign_store::Tx;

use crate::{
    Account, Caller, Error, Identity, Token, Visitor,
    audit::{Details, kind},
    letters::{self, Notice},
    links::LinkPurpose,
    mail::{About, Posting},
    visitor::keyed_hash,
};

/// The kind of the mail that asks to confirm an address.
const MAIL_KIND: &str = "confirm-email";
/// One such mail to an account in this many seconds.
const APART_SECONDS: i64 = 60;
/// How many such mails an account is sent in an hour because it asks again.
const LINKS_IN_AN_HOUR: u64 = 10;
/// How many changes of address may be asked for in an hour.
const CHANGES_IN_AN_HOUR: u64 = 5;

/// What became of asking for a link again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum ConfirmationSent {
    /// It is on its way, or another went less than a minute ago.
    Sent,
    /// The address is confirmed.
    Confirmed,
    /// Too many were sent: not before this instant.
    TooMany(Instant),
    /// The session changed in the meantime.
    Gone,
}

/// What became of asking for another address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum EmailChange {
    /// A link went to the new address; if somebody else has it, none did, and that isn't told.
    Asked,
    /// It is the address they have.
    Same,
    /// A fresh proof is asked for first.
    ConfirmFirst,
    /// Too many were asked for: not before this instant.
    TooMany(Instant),
    /// The session changed in the meantime.
    Gone,
}

/// What became of a link to confirm an address.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum EmailConfirmed {
    /// It is theirs, and what they sign in with.
    Done(Email),
    /// The link was used, replaced, or has expired; or the address is somebody else's by now.
    Ended,
}

impl Identity {
    /// Posts a link that confirms `email` for an account; it ends older ones to that mailbox. `slot` keeps two from
    /// going out at once. `false` when one just did.
    pub(crate) async fn post_confirmation(
        &self,
        tx: &mut Tx,
        account: &Account,
        email: &Email,
        visitor: &Visitor,
        slot: Option<[u8; 32]>,
    ) -> Result<bool, Error> {
        let now = self.now();
        let organisation = self.organisation_in(tx, account).await?;
        let link = self.fresh_link(LinkPurpose::ConfirmEmail)?;
        let (at, until) = (self.told(now), self.told(link.expires_at));
        let letter = letters::confirm_email(&self.sheet(&organisation), &at.happened(visitor), &link.url, &until.full);
        let posting = Posting {
            kind: MAIL_KIND,
            to: email,
            about: About::Account(account),
            letter,
            session: None,
            slot,
            due_at: now,
            expires_at: link.expires_at,
        };
        let Some(mail) = self.post(tx, &organisation, posting).await? else { return Ok(false) };
        tx.delete_links_to(account.id, LinkPurpose::ConfirmEmail.code(), email).await?;
        self.keep_link(tx, &link, Some(account), Some(mail), email).await?;
        Ok(true)
    }

    /// Sends the link for the address somebody has again: at most one a minute.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn send_confirmation(&self, caller: &Caller, visitor: &Visitor) -> Result<ConfirmationSent, Error> {
        let account = &caller.account;
        if account.email_confirmed_at.is_some() {
            return Ok(ConfirmationSent::Confirmed);
        }
        let minute = self.now().as_unix_seconds() / APART_SECONDS.unsigned_abs();
        let text = [account.id.as_uuid().as_bytes().as_slice(), &minute.to_be_bytes()].concat();
        let slot = keyed_hash(self.store.keys().lookup(), b"confirm-email", &text);
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        if !self.is_still_here(&mut tx, caller).await? {
            return Ok(ConfirmationSent::Gone);
        }
        // The address may have been changed or confirmed since the request came in.
        let Some(current) = tx.find_account(account.id).await? else { return Ok(ConfirmationSent::Gone) };
        if current.email_confirmed_at.is_some() {
            return Ok(ConfirmationSent::Confirmed);
        }
        let hour_ago = self.now().plus_seconds(-60 * 60);
        if tx.count_mails_since(account.id, MAIL_KIND, hour_ago).await? >= LINKS_IN_AN_HOUR {
            return Ok(ConfirmationSent::TooMany(self.now().plus_seconds(60 * 60)));
        }
        self.post_confirmation(&mut tx, &current, &current.email, visitor, Some(slot)).await?;
        tx.commit().await?;
        Ok(ConfirmationSent::Sent)
    }

    /// Asks for another address: it counts once it is confirmed. The old one is told now.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn ask_email_change(&self, caller: &Caller, new: &Email, visitor: &Visitor) -> Result<EmailChange, Error> {
        let account = &caller.account;
        if *new == account.email {
            return Ok(EmailChange::Same);
        }
        if self.must_confirm_first(caller) {
            return Ok(EmailChange::ConfirmFirst);
        }
        let is_taken = self.store.find_account_by_email(new).await?.is_some();
        let now = self.now();
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        if !self.is_still_here(&mut tx, caller).await? {
            return Ok(EmailChange::Gone);
        }
        let hour_ago = now.plus_seconds(-60 * 60);
        if tx.count_mails_since(account.id, "notice.email-change-asked", hour_ago).await? >= CHANGES_IN_AN_HOUR {
            return Ok(EmailChange::TooMany(now.plus_seconds(60 * 60)));
        }
        // Another change that was asked for before; the address they have may still be confirmed.
        tx.delete_links_not_to(account.id, LinkPurpose::ConfirmEmail.code(), &account.email).await?;
        if !is_taken {
            self.post_confirmation(&mut tx, account, new, visitor, None).await?;
        }
        self.tell(&mut tx, account, visitor, Notice::EmailChangeAsked { to: &new.masked() }).await?;
        self.record(&mut tx, kind::EMAIL_CHANGE_ASKED, Some(account), visitor, Details::new()).await?;
        tx.commit().await?;
        Ok(EmailChange::Asked)
    }

    /// The address that a link would confirm, if it still works. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn find_confirmation(&self, token: &Token) -> Result<Option<Email>, Error> {
        let link = self.store.find_link(token.hash(), LinkPurpose::ConfirmEmail.code(), self.now()).await?;
        Ok(link.map(|link| link.email))
    }

    /// Confirms an address with a link, whoever is signed in here.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn confirm_email(&self, token: &Token, visitor: &Visitor) -> Result<EmailConfirmed, Error> {
        let now = self.now();
        let Some(found) = self.store.find_link(token.hash(), LinkPurpose::ConfirmEmail.code(), now).await? else {
            return Ok(EmailConfirmed::Ended);
        };
        let mut tx = self.store.begin().await?;
        // The account first, as everywhere: whoever takes locks in another order waits for ever.
        tx.lock_account(found.account_id).await?;
        let Some(link) = tx.consume_link(token.hash(), LinkPurpose::ConfirmEmail.code(), now).await? else {
            return Ok(EmailConfirmed::Ended);
        };
        let Some(account) = tx.find_account(link.account_id).await? else { return Ok(EmailConfirmed::Ended) };
        if link.email == account.email {
            tx.confirm_email(account.id, &account.email, now).await?;
            self.record(&mut tx, kind::EMAIL_CONFIRMED, Some(&account), visitor, Details::new()).await?;
        } else {
            if !tx.change_email(account.id, &account.email, &link.email, now).await? {
                return Ok(EmailConfirmed::Ended);
            }
            // For whoever is sent codes it is another method.
            tx.end_trusted_browsers_of(account.id, None).await?;
            // What went to the old mailbox gives no password any more; only this change can be undone from there.
            tx.delete_links_of(account.id, LinkPurpose::ConfirmEmail.code()).await?;
            tx.delete_links_of(account.id, LinkPurpose::ResetPassword.code()).await?;
            // A mailbox from before an earlier change keeps its own: else a second change would shut its owner out.
            tx.delete_links_sent_to(account.id, LinkPurpose::NotMe.code(), &account.email).await?;
            let to = link.email.masked();
            self.tell_old_address(&mut tx, &account, &account.email, visitor, Notice::EmailChanged { to: &to }).await?;
            self.record(&mut tx, kind::EMAIL_CHANGED, Some(&account), visitor, Details::new()).await?;
        }
        tx.commit().await?;
        Ok(EmailConfirmed::Done(link.email))
    }
}
