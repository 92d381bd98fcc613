//! "This wasn't me": everything that is open closes, the password ends, and those who can help are
//! told.
//!
//! Methods stay: whoever reads a mailbox must not be able to take somebody's key away. An address
//! that was just changed is put back, because the link went to the one before.

use countersign_domain::Email;
use countersign_store::{Organisation, Tx};

use crate::{
    Account, Caller, Error, Identity, Token, Visitor,
    audit::{Details, kind},
    letters::{self, Letter},
    links::LinkPurpose,
    mail::{About, Posting},
    notices::WORTH_SECONDS,
};

/// The kind of the mail to account holders.
const MAIL_KIND: &str = "reported";

/// For how long a notice leads to a new password at once, in seconds. Later the way there is mailed.
const AT_ONCE_SECONDS: i64 = 30 * 60;

/// What became of a link from a notice.
#[derive(Debug)]
#[must_use]
pub enum Disowned {
    /// All is closed. The token sets a new password; there is none when the mailbox isn't the
    /// account's any more.
    Done(Option<Token>),
    /// The link was used, or has expired.
    Ended,
}

impl Identity {
    /// Whether a link from a notice still works. Looking uses nothing up.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn find_notice(&self, token: &Token) -> Result<Option<Email>, Error> {
        let link = self.store.find_link(token.hash(), LinkPurpose::NotMe.code(), self.now()).await?;
        Ok(link.map(|link| link.email))
    }

    /// "This wasn't me", from a mail.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn disown(&self, token: &Token, visitor: &Visitor) -> Result<Disowned, Error> {
        let now = self.now();
        let Some(found) = self.store.find_link(token.hash(), LinkPurpose::NotMe.code(), now).await? else { return Ok(Disowned::Ended) };
        let mut tx = self.store.begin().await?;
        // The account first, as everywhere: whoever takes locks in another order waits for ever.
        tx.lock_account(found.account_id).await?;
        let Some(link) = tx.consume_link(token.hash(), LinkPurpose::NotMe.code(), now).await? else { return Ok(Disowned::Ended) };
        let Some(mut account) = tx.find_account(link.account_id).await? else { return Ok(Disowned::Ended) };
        let mut put_back_from = None;
        if account.email != link.email && tx.change_email(account.id, &account.email, &link.email, now).await? {
            // Whoever had it since has no say any more; whoever had it before still does.
            tx.delete_links_since(account.id, LinkPurpose::NotMe.code(), link.created_at).await?;
            put_back_from = Some(std::mem::replace(&mut account.email, link.email.clone()));
            self.record(&mut tx, kind::EMAIL_CHANGED, Some(&account), visitor, Details::new().with("because", "put-back".into())).await?;
        }
        self.close(&mut tx, &account, visitor, put_back_from.as_ref()).await?;
        let mut reset = None;
        if account.email != link.email {
            // The mailbox isn't the account's any more: no password comes from there.
        } else if now < link.created_at.plus_seconds(AT_ONCE_SECONDS) {
            let link = self.fresh_link(LinkPurpose::ResetPassword)?;
            self.keep_link(&mut tx, &link, Some(&account), None, &account.email).await?;
            reset = Some(link.token);
        } else {
            // An old mail may have been passed on, or copied: who reads the mailbox now is asked.
            self.post_reset(&mut tx, &account, visitor).await?;
        }
        tx.commit().await?;
        Ok(Disowned::Done(reset))
    }

    /// "This wasn't me", from the Security page. The way back in goes to the mailbox: whoever sits
    /// here may be the one it wasn't. `false` when the session ended in the meantime.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn disown_here(&self, caller: &Caller, visitor: &Visitor) -> Result<bool, Error> {
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        if !self.is_still_here(&mut tx, caller).await? {
            return Ok(false);
        }
        let Some(account) = tx.find_account(caller.account.id).await? else { return Ok(false) };
        self.close(&mut tx, &account, visitor, None).await?;
        self.post_reset(&mut tx, &account, visitor).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Sends the way to a new password to the mailbox.
    async fn post_reset(&self, tx: &mut Tx, account: &Account, visitor: &Visitor) -> Result<(), Error> {
        let organisation = self.organisation_in(tx, account).await?;
        let link = self.fresh_link(LinkPurpose::ResetPassword)?;
        let (at, until) = (self.told(self.now()), self.told(link.expires_at));
        let letter = letters::way_back(&self.sheet(&organisation), &at.happened(visitor), &link.url, &until.full);
        let posting = Posting {
            kind: "reset-password",
            to: &account.email,
            about: About::Account(account),
            letter,
            session: None,
            slot: None,
            due_at: self.now(),
            expires_at: link.expires_at,
        };
        let mail = self.post(tx, &organisation, posting).await?;
        self.keep_link(tx, &link, Some(account), mail, &account.email).await
    }

    /// Ends sessions, links and the password, forgets browsers, and tells the account holders. The
    /// mailbox from before a change of address keeps its link: this press may be of whoever changed it.
    async fn close(&self, tx: &mut Tx, account: &Account, visitor: &Visitor, put_back_from: Option<&Email>) -> Result<(), Error> {
        let no_password = self.no_password()?;
        if !tx.set_password(account.id, &account.password_hash, &no_password, None).await? {
            return Err(Error::fault("a password changed under its account's lock"));
        }
        tx.delete_sessions_of(account.id, None).await?;
        tx.end_trusted_browsers_of(account.id, None).await?;
        tx.disconnect_identities_of(account.id).await?;
        tx.keep_apart(account.id, self.now()).await?;
        tx.forget_browsers(account.id).await?;
        tx.end_access_codes_around(account.id).await?;
        tx.withdraw_invitations_by(account.id).await?;
        for purpose in [LinkPurpose::ConfirmEmail, LinkPurpose::ResetPassword] {
            tx.delete_links_of(account.id, purpose.code()).await?;
        }
        tx.delete_links_sent_to(account.id, LinkPurpose::NotMe.code(), &account.email).await?;
        self.record(tx, kind::ACCOUNT_DISOWNED, Some(account), visitor, Details::new()).await?;
        if let Some(displaced) = put_back_from {
            self.tell_displaced(tx, account, displaced, visitor).await?;
        }
        self.alert_holders(tx, account, visitor, put_back_from).await
    }

    /// Tells the address that was put out of its place. It has no link: whoever changed the address to
    /// it could change it again.
    async fn tell_displaced(&self, tx: &mut Tx, account: &Account, displaced: &Email, visitor: &Visitor) -> Result<(), Error> {
        let organisation = self.organisation_in(tx, account).await?;
        let at = self.told(self.now());
        let letter = letters::put_back(&self.sheet(&organisation), &at.happened(visitor), &account.email.masked());
        self.post_news(tx, &organisation, "email-put-back", displaced, account, letter).await
    }

    async fn alert_holders(&self, tx: &mut Tx, account: &Account, visitor: &Visitor, put_back_from: Option<&Email>) -> Result<(), Error> {
        let organisation = self.organisation_in(tx, account).await?;
        let at = self.told(self.now());
        let put_back_from = put_back_from.map(Email::masked);
        for holder in tx.list_account_holders(account.organisation_id).await? {
            if holder.id == account.id {
                continue;
            }
            let sheet = self.sheet(&organisation);
            let letter =
                letters::reported(&sheet, &at.happened(visitor), account.name.as_str(), account.email.as_str(), put_back_from.as_deref());
            self.post_news(tx, &organisation, MAIL_KIND, &holder.email, &holder, letter).await?;
        }
        Ok(())
    }

    /// Posts a letter without a link: it goes at once, and is worth sending as long as a notice is.
    pub(crate) async fn post_news(
        &self,
        tx: &mut Tx,
        organisation: &Organisation,
        kind: &'static str,
        to: &Email,
        account: &Account,
        letter: Letter,
    ) -> Result<(), Error> {
        let now = self.now();
        let expires_at = now.plus_seconds(WORTH_SECONDS);
        let posting = Posting { kind, to, about: About::Account(account), letter, session: None, slot: None, due_at: now, expires_at };
        self.post(tx, organisation, posting).await?;
        Ok(())
    }
}
