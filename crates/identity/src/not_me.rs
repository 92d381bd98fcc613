//! "This wasn't me": everything that is open closes, the password ends, and those who can help are
//! told.
//!
//! Methods stay: whoever reads a mailbox must not be able to take somebody's key away. An address
//! that was just changed is put back, because the link went to the one before.

use countersign_domain::Email;
use countersign_store::Tx;

use crate::{
    Account, Caller, Error, Identity, Token, Visitor,
    audit::{Details, kind},
    letters,
    links::LinkPurpose,
    mail::Posting,
};

/// The kind of the mail to account holders.
const MAIL_KIND: &str = "reported";

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
        let mut tx = self.store.begin().await?;
        let Some(link) = tx.consume_link(token.hash(), LinkPurpose::NotMe.code(), now).await? else { return Ok(Disowned::Ended) };
        tx.lock_account(link.account_id).await?;
        let Some(mut account) = tx.find_account(link.account_id).await? else { return Ok(Disowned::Ended) };
        if account.email != link.email && tx.change_email(account.id, &account.email, &link.email, now).await? {
            // Whoever had it since has no say any more; whoever had it before still does.
            tx.delete_links_since(account.id, LinkPurpose::NotMe.code(), link.created_at).await?;
            account.email = link.email.clone();
            self.record(&mut tx, kind::EMAIL_CHANGED, Some(&account), visitor, Details::new().with("because", "put-back".into())).await?;
        }
        self.close(&mut tx, &account, visitor).await?;
        let mut reset = None;
        if account.email == link.email {
            let link = self.fresh_link(LinkPurpose::ResetPassword)?;
            self.keep_link(&mut tx, &link, Some(&account), None, &account.email).await?;
            reset = Some(link.token);
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
        self.close(&mut tx, &account, visitor).await?;
        let organisation = self.organisation_in(&mut tx).await?;
        let link = self.fresh_link(LinkPurpose::ResetPassword)?;
        let (at, until) = (self.told(self.now()), self.told(link.expires_at));
        let letter = letters::reset_password(&self.sheet(&organisation), &at.happened(visitor), &link.url, &until.full);
        let posting = Posting {
            kind: "reset-password",
            to: &account.email,
            account: Some(&account),
            letter,
            session: None,
            slot: None,
            due_at: self.now(),
            expires_at: link.expires_at,
        };
        let mail = self.post(&mut tx, &organisation, posting).await?;
        self.keep_link(&mut tx, &link, Some(&account), mail, &account.email).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Ends sessions, links and the password, forgets browsers, and tells the account holders. The
    /// mailbox from before a change of address keeps its link: this press may be of whoever changed it.
    async fn close(&self, tx: &mut Tx, account: &Account, visitor: &Visitor) -> Result<(), Error> {
        let no_password = self.no_password()?;
        if !tx.set_password(account.id, &account.password_hash, &no_password, None).await? {
            return Err(Error::fault("a password changed under its account's lock"));
        }
        tx.delete_sessions_of(account.id, None).await?;
        tx.forget_browsers(account.id).await?;
        for purpose in [LinkPurpose::ConfirmEmail, LinkPurpose::ResetPassword] {
            tx.delete_links_of(account.id, purpose.code()).await?;
        }
        tx.delete_links_to(account.id, LinkPurpose::NotMe.code(), &account.email).await?;
        self.record(tx, kind::ACCOUNT_DISOWNED, Some(account), visitor, Details::new()).await?;
        self.alert_holders(tx, account, visitor).await
    }

    async fn alert_holders(&self, tx: &mut Tx, account: &Account, visitor: &Visitor) -> Result<(), Error> {
        let organisation = self.organisation_in(tx).await?;
        let now = self.now();
        let at = self.told(now);
        for holder in tx.list_account_holders(account.organisation_id).await? {
            if holder.id == account.id {
                continue;
            }
            let sheet = self.sheet(&organisation);
            let letter = letters::reported(&sheet, &at.happened(visitor), account.name.as_str(), account.email.as_str());
            let posting = Posting {
                kind: MAIL_KIND,
                to: &holder.email,
                account: Some(&holder),
                letter,
                session: None,
                slot: None,
                due_at: now,
                expires_at: now.plus_seconds(3 * 24 * 60 * 60),
            };
            self.post(tx, &organisation, posting).await?;
        }
        Ok(())
    }
}
