//! Help at the desk: what those who look after people may do for them.
//!
//! Every act needs a fresh second step of whoever helps, is written down with both names, and is asked
//! again in its transaction: whether the helper still is one, and whether the other is still theirs.

use countersign_domain::{Factor, Instant, Role, Secret, TeamName};
use countersign_store::{Account, AccountId, TeamId, Tx};

use crate::{
    Caller, Error, Identity, MethodId, Visitor,
    audit::{Details, kind},
    letters::Notice,
    notices::method_in_words,
    people::may_help,
};

/// What became of helping somebody.
#[derive(Debug)]
#[must_use]
pub enum Helped<T = ()> {
    /// Done.
    Done(T),
    /// There is nobody by this id whom the caller looks after.
    NotFound,
    /// They may see this person, but not do this for them: themselves, or a higher role.
    NotAllowed,
    /// A fresh proof is asked for first.
    ConfirmFirst,
    /// The helper needs a second step of their own first.
    SetUpFirst,
    /// Nobody else could run the organisation then.
    LastHolder,
    /// The one account holder who is left would have no other way back.
    NoWayBack,
    /// It was done a moment ago; not before then.
    TooSoon(Instant),
    /// All of them were reminded within a day.
    AlreadyReminded,
    /// That isn't the number on their screen, or they don't ask any more.
    WrongNumber,
}

/// How the helper knows whom they are talking to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// They stand before them.
    InPerson,
    /// They called back on a number that was known before.
    CalledBack,
    /// They read out the number on their screen: this one. The code works on that screen alone.
    Number(i64),
}

impl Known {
    /// The stable word for the API and the audit log.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::InPerson => "in-person",
            Self::CalledBack => "called-back",
            Self::Number(_) => "number",
        }
    }

    /// Reads that word; `number` is what was typed beside it.
    #[must_use]
    pub fn from_code(code: &str, number: i64) -> Option<Self> {
        [Self::InPerson, Self::CalledBack, Self::Number(number)].into_iter().find(|known| known.code() == code)
    }
}

/// What of somebody's to reset.
#[derive(Clone, Copy, Debug)]
pub enum Reset {
    /// One method.
    Method(MethodId),
    /// The backup codes.
    BackupCodes,
    /// Everything.
    All,
}

/// What an account holder makes of somebody.
#[derive(Clone, Debug)]
pub struct Placement {
    /// Their role.
    pub role: Role,
    /// Their team; a name that no team has makes one.
    pub team: Option<TeamName>,
    /// The teams they look after, if they are a supervisor.
    pub looks_after: Vec<TeamId>,
}

/// Who may do it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Needs {
    /// Whoever looks after them.
    Helper,
    /// An account holder.
    Holder,
}

/// An act that may go on: its transaction, in which the account is locked, and whom it is about.
struct Begun {
    tx: Tx,
    account: Account,
}

impl Identity {
    /// Begins an act of the caller's for `id`, or says why there is none.
    async fn begin_help<T>(&self, caller: &Caller, id: AccountId, needs: Needs) -> Result<Result<Begun, Helped<T>>, Error> {
        let Some(reach) = self.reach(caller).await? else { return Ok(Err(Helped::NotFound)) };
        let seen = self.store.find_member(caller.organisation.id, id).await?.filter(|account| reach.holds(account));
        let Some(account) = seen else { return Ok(Err(Helped::NotFound)) };
        let is_allowed = |helper: &Account, account: &Account| match needs {
            Needs::Helper => may_help(helper, account),
            Needs::Holder => helper.role == Role::AccountHolder,
        };
        if !is_allowed(&caller.account, &account) {
            return Ok(Err(Helped::NotAllowed));
        }
        if caller.account.methods.is_empty() {
            // Their password alone would be all that stands before everybody else's second step.
            return Ok(Err(Helped::SetUpFirst));
        }
        if self.must_confirm_first(caller) {
            return Ok(Err(Helped::ConfirmFirst));
        }
        let mut tx = self.store.begin().await?;
        if needs == Needs::Holder {
            // Two account holders who demote each other at once must not both succeed.
            tx.lock_organisation(caller.organisation.id).await?;
        }
        tx.lock_account(id).await?;
        let account = tx.find_account(id).await?;
        let helper = self.reach_in(&mut tx, caller).await?;
        let is_here = self.is_still_here(&mut tx, caller).await?;
        match (account, helper) {
            (Some(account), Some((helper, reach))) if is_here && reach.holds(&account) && is_allowed(&helper, &account) => {
                Ok(Ok(Begun { tx, account }))
            }
            _ => Ok(Err(Helped::NotFound)),
        }
    }

    /// Whether, where a second step is or will be required, one account holder would be left without
    /// `account`, and that one hasn't saved a recovery key.
    async fn leaves_no_way_back(&self, tx: &mut Tx, account: &Account) -> Result<bool, Error> {
        let Some(organisation) = tx.find_organisation(account.organisation_id).await? else { return Ok(false) };
        if account.role != Role::AccountHolder || organisation.policy.required_from.is_none() {
            return Ok(false);
        }
        let mut left = tx.list_account_holders(organisation.id).await?;
        left.retain(|holder| holder.id != account.id);
        match left.as_slice() {
            [only] => Ok(!tx.has_saved_recovery_key(only.id).await?),
            _ => Ok(false),
        }
    }

    /// Ends somebody's pauses and forgets their failures.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn unlock(&self, caller: &Caller, id: AccountId, visitor: &Visitor) -> Result<Helped, Error> {
        let Begun { mut tx, account } = match self.begin_help(caller, id, Needs::Helper).await? {
            Ok(begun) => begun,
            Err(refused) => return Ok(refused),
        };
        tx.unlock(&self.subject_of_email(&account.email)).await?;
        tx.unlock(&self.subject_of_account(&account)).await?;
        self.record_act(&mut tx, kind::MEMBER_UNLOCKED, caller, Some(&account), visitor, Details::new()).await?;
        tx.commit().await?;
        Ok(Helped::Done(()))
    }

    /// Takes a method, the backup codes or everything off somebody, and signs them out everywhere.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn reset(&self, caller: &Caller, id: AccountId, what: Reset, visitor: &Visitor) -> Result<Helped, Error> {
        // Looked up before the transaction: who holds one connection must not wait for another.
        let named = match what {
            Reset::Method(method) => self.method_of(id, method).await?,
            Reset::BackupCodes | Reset::All => None,
        };
        let Begun { mut tx, account } = match self.begin_help(caller, id, Needs::Helper).await? {
            Ok(begun) => begun,
            Err(refused) => return Ok(refused),
        };
        let by = caller.account.name.as_str();
        let (event, details, notice_of) = match what {
            Reset::All => {
                self.remove_all_methods(&mut tx, &account).await?;
                tx.disconnect_identities_of(account.id).await?;
                tx.let_link(account.id).await?;
                (kind::MEMBER_RESET, Details::new(), None)
            }
            Reset::BackupCodes => {
                if !tx.has_backup_codes(account.id).await? {
                    return Ok(Helped::NotFound);
                }
                tx.delete_backup_codes(account.id).await?;
                (kind::METHOD_RESET, Details::new().factor(Factor::BackupCode), Some("the backup codes".to_owned()))
            }
            Reset::Method(method) => {
                let Some((factor, name)) = named else { return Ok(Helped::NotFound) };
                let is_removed = match factor {
                    Factor::EmailedCode => tx.turn_off_emailed_codes(account.id).await?,
                    Factor::AuthenticatorApp => tx.remove_app(method.app, account.id).await?,
                    _ => tx.remove_credential(method.key, account.id).await?,
                };
                if !is_removed {
                    return Ok(Helped::NotFound);
                }
                let is_bare = tx.find_footing(account.id).await?.is_none_or(|footing| footing.has.is_empty());
                if is_bare {
                    // The rest stands in for a method, and for nothing else.
                    tx.delete_backup_codes(account.id).await?;
                    tx.delete_recovery_key(account.id).await?;
                }
                (kind::METHOD_RESET, Details::new().factor(factor).name(name.as_str()), Some(method_in_words(factor, &name)))
            }
        };
        tx.delete_sessions_of(account.id, None).await?;
        tx.end_trusted_browsers_of(account.id, None).await?;
        self.end_pending_address(&mut tx, &account).await?;
        tx.forget_browsers(account.id).await?;
        tx.unlock(&self.subject_of_account(&account)).await?;
        self.record_act(&mut tx, event, caller, Some(&account), visitor, details).await?;
        let notice = match &notice_of {
            Some(what) => Notice::MethodResetBy { what, by },
            None => Notice::MethodsResetBy { by },
        };
        self.tell_of_help(&mut tx, &account, visitor, notice).await?;
        tx.commit().await?;
        Ok(Helped::Done(()))
    }

    /// Signs somebody out everywhere, and says of how many browsers.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn sign_out_member(&self, caller: &Caller, id: AccountId, visitor: &Visitor) -> Result<Helped<u64>, Error> {
        let Begun { mut tx, account } = match self.begin_help(caller, id, Needs::Helper).await? {
            Ok(begun) => begun,
            Err(refused) => return Ok(refused),
        };
        let ended = tx.delete_sessions_of(account.id, None).await?;
        let distrusted = tx.end_trusted_browsers_of(account.id, None).await?;
        self.end_pending_address(&mut tx, &account).await?;
        let details = Details::new().with("count", ended.into()).with("trusted", distrusted.into());
        self.record_act(&mut tx, kind::MEMBER_SIGNED_OUT, caller, Some(&account), visitor, details).await?;
        tx.commit().await?;
        Ok(Helped::Done(ended))
    }

    /// Gives somebody a temporary access code: it stands in for their second step once, and is shown this
    /// once. The one they had before ends.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn give_access_code(
        &self,
        caller: &Caller,
        id: AccountId,
        known: Known,
        expires_at: Instant,
        visitor: &Visitor,
    ) -> Result<Helped, Error> {
        let Begun { mut tx, account } = match self.begin_help(caller, id, Needs::Helper).await? {
            Ok(begun) => begun,
            Err(refused) => return Ok(refused),
        };
        if account.disabled_at.is_some() {
            return Ok(Helped::NotAllowed);
        }
        let mut only_session = None;
        if let Known::Number(number) = known {
            match self.match_number(tx, (caller, &account), number, visitor).await? {
                Ok((matched, session)) => {
                    tx = matched;
                    only_session = Some(session);
                }
                Err(()) => return Ok(Helped::WrongNumber),
            }
        }
        let (code, kept) = self.fresh_access_code(&account, &caller.account, expires_at, only_session)?;
        if account.methods.is_empty() {
            // Who came in by the password alone before the code was given would set up their own.
            tx.delete_sessions_of(account.id, only_session).await?;
        }
        // Whoever needs one has lost something, and maybe with it a browser that they trust.
        tx.end_trusted_browsers_of(account.id, None).await?;
        // Guesses before there was anything to guess must not keep its owner from using it.
        tx.forget_failures(&self.subject_of_account(&account), Factor::AccessCode).await?;
        tx.give_access_code(account.id, &kept, code.expose().as_bytes(), caller.session.id).await?;
        let until = self.told(expires_at);
        let details = Details::new().with("known", known.code().into()).with("until", until.full.clone().into());
        self.record_act(&mut tx, kind::ACCESS_CODE_GIVEN, caller, Some(&account), visitor, details).await?;
        let notice = Notice::AccessCodeGiven { by: caller.account.name.as_str(), until: &until.full };
        self.tell_of_help(&mut tx, &account, visitor, notice).await?;
        tx.commit().await?;
        Ok(Helped::Done(()))
    }

    /// The code that the caller gave in this session, the first time it is asked for.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn reveal_access_code(&self, caller: &Caller, id: AccountId) -> Result<Option<Secret>, Error> {
        let mut tx = self.store.begin().await?;
        let Some(code) = tx.take_access_code_reveal(id, caller.session.id, self.now()).await? else { return Ok(None) };
        let code = std::str::from_utf8(&code).map_err(Error::fault)?.to_owned();
        tx.commit().await?;
        Ok(Some(Secret::new(code)))
    }

    /// Takes a temporary access code back.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn cancel_access_code(&self, caller: &Caller, id: AccountId, visitor: &Visitor) -> Result<Helped, Error> {
        let Begun { mut tx, account } = match self.begin_help(caller, id, Needs::Helper).await? {
            Ok(begun) => begun,
            Err(refused) => return Ok(refused),
        };
        if !tx.cancel_access_code(account.id).await? {
            return Ok(Helped::NotFound);
        }
        self.record_act(&mut tx, kind::ACCESS_CODE_CANCELLED, caller, Some(&account), visitor, Details::new()).await?;
        tx.commit().await?;
        Ok(Helped::Done(()))
    }

    /// Gives somebody another role and team.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn place_member(&self, caller: &Caller, id: AccountId, place: &Placement, visitor: &Visitor) -> Result<Helped, Error> {
        let Begun { mut tx, account } = match self.begin_help(caller, id, Needs::Holder).await? {
            Ok(begun) => begun,
            Err(refused) => return Ok(refused),
        };
        let organisation = account.organisation_id;
        let now = self.now();
        if account.role == Role::AccountHolder
            && place.role != Role::AccountHolder
            && tx.count_other_holders(organisation, account.id).await? == 0
        {
            return Ok(Helped::LastHolder);
        }
        if place.role != Role::AccountHolder && self.leaves_no_way_back(&mut tx, &account).await? {
            return Ok(Helped::NoWayBack);
        }
        let team = match &place.team {
            Some(name) => Some(tx.team_by_name(organisation, name, TeamId::from_random(now, self.random()?), now).await?),
            None => None,
        };
        tx.set_role(account.id, place.role).await?;
        if place.role == Role::AccountHolder && account.role != Role::AccountHolder {
            // Who they are at a provider was taken on its word; an account holder says it themselves.
            tx.disconnect_identities_of(account.id).await?;
            tx.end_signed_on_of(account.id, None).await?;
        }
        if account.role == Role::AccountHolder && tx.must_sign_on(account.id).await? {
            // What is no session any more doesn't become one again.
            tx.delete_sessions_of(account.id, None).await?;
        }
        tx.move_to_team(account.id, team).await?;
        let looks_after = if place.role == Role::Supervisor { place.looks_after.as_slice() } else { &[] };
        tx.set_supervised_teams(account.id, organisation, looks_after).await?;
        // What was given to, or by, who they were.
        tx.end_access_codes_around(account.id).await?;
        if place.role != Role::AccountHolder {
            tx.withdraw_invitations_by(account.id).await?;
        }
        let mut details = Details::new().with("role", place.role.code().into()).with("role-before", account.role.code().into());
        if let Some(name) = &place.team {
            details = details.with("team", name.as_str().into());
        }
        self.record_act(&mut tx, kind::MEMBER_CHANGED, caller, Some(&account), visitor, details).await?;
        tx.commit().await?;
        Ok(Helped::Done(()))
    }

    /// Lets somebody sign in no more, and ends their sessions at once.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn disable_member(&self, caller: &Caller, id: AccountId, visitor: &Visitor) -> Result<Helped, Error> {
        if id == caller.account.id {
            return Ok(Helped::NotAllowed);
        }
        let Begun { mut tx, account } = match self.begin_help(caller, id, Needs::Holder).await? {
            Ok(begun) => begun,
            Err(refused) => return Ok(refused),
        };
        if account.role == Role::AccountHolder && tx.count_other_holders(account.organisation_id, account.id).await? == 0 {
            return Ok(Helped::LastHolder);
        }
        if self.leaves_no_way_back(&mut tx, &account).await? {
            return Ok(Helped::NoWayBack);
        }
        if tx.disable_account(account.id, self.now()).await? {
            tx.delete_sessions_of(account.id, None).await?;
            tx.end_trusted_browsers_of(account.id, None).await?;
            self.end_pending_address(&mut tx, &account).await?;
            tx.end_access_codes_around(account.id).await?;
            tx.withdraw_invitations_by(account.id).await?;
            self.record_act(&mut tx, kind::MEMBER_DISABLED, caller, Some(&account), visitor, Details::new()).await?;
        }
        tx.commit().await?;
        Ok(Helped::Done(()))
    }

    /// Lets somebody sign in again.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn enable_member(&self, caller: &Caller, id: AccountId, visitor: &Visitor) -> Result<Helped, Error> {
        let Begun { mut tx, account } = match self.begin_help(caller, id, Needs::Holder).await? {
            Ok(begun) => begun,
            Err(refused) => return Ok(refused),
        };
        if tx.enable_account(account.id).await? {
            self.record_act(&mut tx, kind::MEMBER_ENABLED, caller, Some(&account), visitor, Details::new()).await?;
        }
        tx.commit().await?;
        Ok(Helped::Done(()))
    }
}
