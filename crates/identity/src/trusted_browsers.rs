//! Browsers that somebody trusts: there the password alone signs in, for as long as the organisation
//! allows, which is not at all unless an account holder says so.
//!
//! Such a sign-in proves one thing, not two (NIST 800-63B-4 §2.1), so its session is told apart: whatever
//! weakens an account asks for the second step there as anywhere.

use countersign_domain::{Factor, Footing};
use countersign_store::{SeenFrom, TrustedBrowser, TrustedBrowserId, Tx};

use crate::{
    Account, Caller, Error, Identity, Token, Visitor,
    audit::{Details, kind},
};

/// A token that was replaced longer ago than this, in seconds, comes from a copy. Within it, it may be one
/// press too many.
const COPIED_AFTER_SECONDS: i64 = 60;

/// The token that a trusted browser keeps from now on.
#[derive(Clone, Debug)]
pub struct Trust {
    /// It replaces the one before.
    pub token: Token,
    /// For how long, in seconds.
    pub seconds: u64,
}

/// What became of trusting a browser from within.
#[derive(Debug)]
#[must_use]
pub enum Trusted {
    /// It is trusted from now on.
    Done(Trust),
    /// A fresh second step is asked for first, given with a method.
    ConfirmFirst,
    /// The organisation trusts no browser, or they have nothing that a browser could stand in for.
    NotAllowed,
}

impl Visitor {
    /// Whether this is the browser that is trusted.
    #[must_use]
    pub fn is(&self, trusted: &TrustedBrowser) -> bool {
        self.trusted.as_ref().is_some_and(|token| token.hash()[..] == trusted.token_hash[..])
    }

    fn seen_from(&self) -> SeenFrom<'_> {
        SeenFrom { browser: &self.browser, address: &self.address }
    }
}

impl Identity {
    /// Whether this browser stands in for the second step of a sign-in whose password was right; its token is
    /// replaced by that.
    pub(crate) async fn stands_in(
        &self,
        tx: &mut Tx,
        account: &Account,
        footing: &Footing,
        visitor: &Visitor,
    ) -> Result<Option<Trust>, Error> {
        let now = self.now();
        // A password that came by mail is no more than the mailbox, and ended all trust.
        let is_enough = footing.is_trust_enough(now) && account.password_by_mail_at.is_none();
        let Some(brought) = visitor.trusted.as_ref().filter(|_| is_enough) else { return Ok(None) };
        let token = self.new_token_of(brought.head())?;
        let theirs = (TrustedBrowserId::from_bytes(brought.head()), account.id);
        if let Some(until) = tx.use_trusted_browser(theirs, brought.hash(), token.hash(), now, visitor.seen_from()).await? {
            return Ok(Some(Trust { token, seconds: until.seconds_since(now) }));
        }
        if tx.end_copied_browser(theirs, brought.hash(), now.plus_seconds(-COPIED_AFTER_SECONDS), now).await? {
            self.record(tx, kind::TRUSTED_BROWSER_COPIED, Some(account), visitor, Details::new()).await?;
            self.tell_of_browser_copied(tx, account, visitor).await?;
        }
        Ok(None)
    }

    /// Trusts this browser for a second step that was given with a method, if the organisation lets people do so.
    pub(crate) async fn trust(
        &self,
        tx: &mut Tx,
        account: &Account,
        (footing, factor): (&Footing, Factor),
        visitor: &Visitor,
    ) -> Result<Option<Trust>, Error> {
        let now = self.now();
        let days = footing.policy.trust;
        // What was saved on paper or given at the desk is for when something is lost.
        if !factor.is_method() || !footing.may_trust() {
            return Ok(None);
        }
        if let Some(before) = &visitor.trusted {
            // The browser keeps one token, so nobody has an honest use for that one any more.
            let ended = tx.end_trusted_browser_here(TrustedBrowserId::from_bytes(before.head())).await?;
            if let Some(other) = ended.filter(|ended| *ended != account.id) {
                let other = tx.find_account(other).await?;
                self.record(tx, kind::TRUSTED_BROWSER_ENDED, other.as_ref(), visitor, Details::new()).await?;
            }
        }
        let id = TrustedBrowserId::from_random(now, self.random()?);
        let token = self.new_token_of(id.as_uuid().into_bytes())?;
        let until = now.plus_seconds(days.seconds());
        tx.trust_browser(id, account.id, token.hash(), visitor.seen_from(), (now, until)).await?;
        let details = Details::new().with("days", days.days().into());
        self.record(tx, kind::TRUSTED_BROWSER_ADDED, Some(account), visitor, details).await?;
        Ok(Some(Trust { token, seconds: until.seconds_since(now) }))
    }

    /// Trusts the browser that the caller is signed in with.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn trust_this_browser(&self, caller: &Caller, visitor: &Visitor) -> Result<Trusted, Error> {
        if caller.may_trust_for().is_none() {
            return Ok(Trusted::NotAllowed);
        }
        let Some(factor) = caller.session.second_factor.filter(|factor| factor.is_method() && caller.is_fresh(self.now(), true)) else {
            return Ok(Trusted::ConfirmFirst);
        };
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        let footing = tx.find_footing(caller.account.id).await?;
        let (Some(footing), true) = (footing, self.is_still_here(&mut tx, caller).await?) else { return Ok(Trusted::ConfirmFirst) };
        let Some(trust) = self.trust(&mut tx, &caller.account, (&footing, factor), visitor).await? else {
            return Ok(Trusted::NotAllowed);
        };
        tx.commit().await?;
        Ok(Trusted::Done(trust))
    }

    /// The browsers that the caller trusts, last used first.
    pub(crate) async fn trusted_browsers(&self, account: &Account) -> Result<Vec<TrustedBrowser>, Error> {
        Ok(self.store.list_trusted_browsers(account.id, self.now()).await?)
    }

    /// Trusts one of the caller's browsers no more, and says whether it is this one; `None` if there is none by
    /// this id.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn stop_trusting(&self, caller: &Caller, id: TrustedBrowserId, visitor: &Visitor) -> Result<Option<bool>, Error> {
        let trusted = self.trusted_browsers(&caller.account).await?;
        let is_this = trusted.iter().any(|trusted| trusted.id == id && visitor.is(trusted));
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        let is_ended = tx.end_trusted_browser(id, caller.account.id).await?;
        if is_ended {
            self.record(&mut tx, kind::TRUSTED_BROWSER_ENDED, Some(&caller.account), visitor, Details::new()).await?;
        }
        tx.commit().await?;
        Ok(is_ended.then_some(is_this))
    }
}
