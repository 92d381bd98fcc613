//! Sessions: finding whose request it is, and ending them.

use countersign_domain::{
    Assurance, Factor, FirstSign, Footing, Instant, Proofs, SessionLengths, Stage, TrustDays, session::FRESH_SECONDS,
};
use countersign_store::{Account, Organisation, Session, SessionId, Tx};

use crate::{
    Error, Identity, Token, Visitor,
    audit::{Details, kind},
    links::LinkPurpose,
    notices::SECOND_STEP_MISSING,
    relying_party::CEREMONY_SECONDS,
};

/// How stale `seen_at` may be, in seconds, before a request writes it again.
const TOUCH_AFTER_SECONDS: i64 = 60;

/// Somebody with a live session.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The session.
    pub session: Session,
    /// Whose it is.
    pub account: Account,
    /// Where they belong.
    pub organisation: Organisation,
    /// The token it was found by; an advance replaces it.
    pub(crate) token: Token,
}

impl Caller {
    /// Where they stand with what is asked of them.
    #[must_use]
    pub const fn footing(&self) -> Footing {
        Footing { has: self.account.methods, policy: self.organisation.policy, access_until: None }
    }

    /// For how long they may trust a browser; `None` when not at all.
    #[must_use]
    pub fn may_trust_for(&self) -> Option<TrustDays> {
        self.footing().may_trust().then_some(self.organisation.policy.trust)
    }

    /// Whether the proof that matters was given within the last ten minutes: the second step for
    /// those who have one, else the password.
    #[must_use]
    pub fn is_fresh(&self, now: Instant, has_second_step: bool) -> bool {
        Proofs { has_method: has_second_step, ..self.proofs() }.is_within(FRESH_SECONDS, now)
    }

    /// What they have proved, and when.
    #[must_use]
    pub const fn proofs(&self) -> Proofs {
        Proofs {
            assurance: self.session.assurance,
            has_method: !self.account.methods.is_empty(),
            password_at: self.session.password_at,
            second_step_at: self.session.second_step_at,
        }
    }
}

/// What a new session starts from.
pub(crate) struct NewSession<'a> {
    pub(crate) account: &'a Account,
    pub(crate) stage: Stage,
    /// What it begins with.
    pub(crate) first_sign: FirstSign,
    /// How long it may last.
    pub(crate) lengths: SessionLengths,
    /// Both signs were given at once.
    pub(crate) has_second_step: bool,
    /// When the first sign was proved, if that isn't now: a provider may know somebody since this morning.
    pub(crate) proved_at: Option<Instant>,
    /// What the second step was given with, when it was given here.
    pub(crate) second_factor: Option<Factor>,
    pub(crate) return_to: Option<String>,
}

/// A session that has begun.
pub(crate) struct StartedSession {
    pub(crate) token: Token,
    pub(crate) id: SessionId,
    /// Its second step is awaited already, since an attempt before it.
    pub(crate) is_awaited: bool,
}

impl Identity {
    /// When a session of this stage ends that began with a password at `begun`.
    pub(crate) fn session_expiry(&self, stage: Stage, begun: Instant, lengths: SessionLengths) -> Instant {
        match stage {
            Stage::SignedIn => begun.plus_seconds(lengths.overall_seconds()),
            Stage::SecondStep | Stage::Enrolment => self.now().plus_seconds(self.settings.step_seconds),
        }
    }

    /// The live session behind a token, and whose it is. Notes now and then that it is used, and
    /// from where.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn find_caller(&self, token: &Token, visitor: &Visitor) -> Result<Option<Caller>, Error> {
        let now = self.now();
        let Some((mut session, account, organisation)) = self.store.find_session(token.hash(), now).await? else {
            return Ok(None);
        };
        if Self::is_touch_due(session.seen_at, now) {
            self.touch(session.id, now, visitor).await?;
            visitor.browser.clone_into(&mut session.browser);
            visitor.address.clone_into(&mut session.address);
            session.seen_at = now;
        }
        Ok(Some(Caller { session, account, organisation, token: token.clone() }))
    }

    /// Whether it was a minute ago that a session was last noted to be used.
    pub(crate) fn is_touch_due(seen_at: Instant, now: Instant) -> bool {
        seen_at.plus_seconds(TOUCH_AFTER_SECONDS) <= now
    }

    /// Notes that a session is used, and from where.
    pub(crate) async fn touch(&self, id: SessionId, now: Instant, visitor: &Visitor) -> Result<(), Error> {
        let mut tx = self.store.begin().await?;
        tx.touch_session(id, now, &visitor.browser, &visitor.address).await?;
        Ok(tx.commit().await?)
    }

    /// Whether the session behind a token was ended because a second step is required and its owner
    /// has none.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn was_ended_by_policy(&self, token: &Token) -> Result<bool, Error> {
        Ok(self.store.was_ended_by_policy(token.hash(), self.now()).await?)
    }

    /// Starts a session in `tx`; the one this browser had before ends.
    pub(crate) async fn start_session(&self, tx: &mut Tx, new: NewSession<'_>, visitor: &Visitor) -> Result<StartedSession, Error> {
        let now = self.now();
        let id = SessionId::from_random(now, self.random()?);
        let mut is_awaited = false;
        if let Some(previous) = &visitor.session {
            if new.stage == Stage::SecondStep {
                // The same person begins anew: what is to be told of the attempt before is told of
                // both, and no later for that.
                is_awaited = tx.move_mails_of_attempt(previous.hash(), new.account.id, SECOND_STEP_MISSING, id).await?;
            }
            tx.void_mails_of_attempt(previous.hash(), new.account.id, now).await?;
            tx.delete_session_by_token(previous.hash()).await?;
        }
        let proved_at = new.proved_at.map_or(now, |at| at.min(now));
        let token = self.new_token()?;
        let session = Session {
            id,
            account_id: new.account.id,
            stage: new.stage,
            assurance: if new.has_second_step { Assurance::Two } else { Assurance::One },
            first_sign: new.first_sign,
            second_factor: new.second_factor,
            password_at: proved_at,
            second_step_at: new.has_second_step.then_some(proved_at),
            created_at: now,
            seen_at: now,
            expires_at: self.session_expiry(new.stage, now, new.lengths),
            return_to: new.return_to,
            browser: visitor.browser.clone(),
            address: visitor.address.clone(),
        };
        tx.create_session(&session, token.hash()).await?;
        self.give_pass(tx, id, session.stage, &token).await?;
        Ok(StartedSession { token, id, is_awaited })
    }

    /// Whether the caller's session is still the one it was when the request came in. Asked in the
    /// transaction of a change, after the account was locked.
    pub(crate) async fn is_still_here(&self, tx: &mut Tx, caller: &Caller) -> Result<bool, Error> {
        Ok(tx.has_session(caller.session.id, caller.token.hash()).await?)
    }

    /// Replaces the token after a fresh proof. `None`: the session changed in the meantime.
    pub(crate) async fn refresh_proof(&self, tx: &mut Tx, caller: &Caller, factor: Factor) -> Result<Option<Token>, Error> {
        let token = self.new_token()?;
        let now = self.now();
        let is_second = factor.is_second_step();
        let (password_at, second_step_at) = if is_second { (None, Some(now)) } else { (Some(now), None) };
        let is_ours = tx
            .refresh_session_proof(
                caller.session.id,
                caller.token.hash(),
                token.hash(),
                password_at,
                second_step_at,
                is_second.then_some(factor),
            )
            .await?;
        if !is_ours {
            return Ok(None);
        }
        self.give_pass(tx, caller.session.id, caller.session.stage, &token).await?;
        Ok(Some(token))
    }

    /// Ends the caller's own session. Ending it twice is no error.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn sign_out(&self, caller: &Caller, visitor: &Visitor) -> Result<(), Error> {
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        if tx.delete_session(caller.session.id, caller.account.id).await? {
            self.record(&mut tx, kind::SESSION_ENDED, Some(&caller.account), visitor, Details::new()).await?;
        }
        Ok(tx.commit().await?)
    }

    /// Ends one of the caller's other sessions; `false` if there is none by this id.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn end_session(&self, caller: &Caller, visitor: &Visitor, id: SessionId) -> Result<bool, Error> {
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        let is_ended = tx.delete_session(id, caller.account.id).await?;
        if is_ended {
            self.end_pending_address(&mut tx, &caller.account).await?;
            let details = Details::new().with("which", "another".into());
            self.record(&mut tx, kind::SESSION_ENDED, Some(&caller.account), visitor, details).await?;
        }
        tx.commit().await?;
        Ok(is_ended)
    }

    /// Ends every session of the caller but this one, and says how many. Other browsers are trusted no more.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn end_other_sessions(&self, caller: &Caller, visitor: &Visitor) -> Result<u64, Error> {
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        let ended = tx.delete_sessions_of(caller.account.id, Some(caller.session.id)).await?;
        let distrusted = tx.end_trusted_browsers_of(caller.account.id, visitor.trusted.as_ref().map(Token::hash)).await?;
        // Whoever asked for it may have signed out since.
        self.end_pending_address(&mut tx, &caller.account).await?;
        if ended + distrusted > 0 {
            let details = Details::new().with("which", "all others".into()).with("count", ended.into()).with("trusted", distrusted.into());
            self.record(&mut tx, kind::SESSION_ENDED, Some(&caller.account), visitor, details).await?;
        }
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends a change of address that waits to be confirmed: it may have been asked for in a session that
    /// ends now.
    pub(crate) async fn end_pending_address(&self, tx: &mut Tx, account: &Account) -> Result<(), Error> {
        tx.delete_links_not_to(account.id, LinkPurpose::ConfirmEmail.code(), &account.email).await?;
        Ok(())
    }

    /// Where the caller is signed in, newest first.
    pub(crate) async fn live_sessions(&self, caller: &Caller) -> Result<Vec<Session>, Error> {
        Ok(self.store.list_sessions(caller.account.id, self.now()).await?)
    }

    /// Forgets sessions, challenges and links that ended by time, throttles nobody has touched for
    /// thirty days, and mails that were sent a week ago, failed thirty days ago or weren't needed two hours
    /// ago.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn tidy_up(&self) -> Result<(), Error> {
        let mut tx = self.store.begin().await?;
        let longest_idle = 60 * SessionLengths::IDLE_MINUTES.end();
        tx.purge_sessions(self.now(), self.now().plus_seconds(-longest_idle)).await?;
        tx.purge_trusted_browsers(self.now()).await?;
        tx.purge_throttles(self.now().plus_seconds(-30 * 24 * 60 * 60)).await?;
        tx.purge_links(self.now()).await?;
        tx.purge_sign_on_attempts(self.now()).await?;
        let ago = |seconds: i64| self.now().plus_seconds(-seconds);
        tx.purge_access_codes(self.now()).await?;
        tx.purge_help_requests(self.now()).await?;
        tx.purge_ended_sessions(ago(24 * 60 * 60)).await?;
        tx.purge_mails(ago(2 * 60 * 60), ago(7 * 24 * 60 * 60), ago(30 * 24 * 60 * 60)).await?;
        tx.sum_up_head_counts().await?;
        self.purge_invitations(&mut tx).await?;
        tx.commit().await?;
        // Later than they expire: what was spent has to be remembered by the slowest clock of all nodes.
        self.store.purge_ceremonies(self.now().plus_seconds(-CEREMONY_SECONDS)).await?;
        Ok(())
    }
}
