//! What an organisation asks of its people: seeing it, weighing a change, and making it.
//!
//! A change says first whom it touches. Saving it counts again, in the transaction that makes it, and
//! makes nothing when the count is another than the one that was agreed to.

use countersign_domain::{Factor, Instant, MethodSet, Policy, Role, SessionLengths, TrustDays};
use countersign_store::{Account, Organisation, Team, TeamId, Tx};

use crate::{
    Caller, Error, Identity, Visitor,
    audit::{Details, kind},
};

/// How many people are named who would be left without a method.
const NAMED: i64 = 20;
/// The furthest off that a deadline may be, in seconds: a year.
const LATEST_SECONDS: i64 = 366 * 24 * 60 * 60;

/// When a second step is required from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// As soon as it is saved.
    Now,
    /// From then on.
    By(Instant),
}

/// What somebody would like the policy to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PolicyDraft {
    /// Whether everybody needs a second step, and from when on.
    pub required: Option<Start>,
    /// The methods people may use.
    pub methods: MethodSet,
    /// For how long a browser may be trusted.
    pub trust: TrustDays,
    /// How long people stay signed in.
    pub sessions: SessionLengths,
}

/// How many people a policy touches.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Effect {
    /// How many people there are.
    pub people: i64,
    /// How many are signed out when it is saved.
    pub signed_out: i64,
    /// The same by team, most first; `None` for those without one.
    pub by_team: Vec<(Option<Team>, i64)>,
    /// How many others have no second step that counts.
    pub without: i64,
    /// How many have one.
    pub ready: i64,
    /// Those who have a method, but none that would be allowed: the first twenty by name, and how many
    /// there are.
    pub left_bare: (Vec<Account>, i64),
}

/// The policy, and how it stands.
#[derive(Clone, Debug)]
pub struct PolicyView {
    /// The organisation.
    pub organisation: Organisation,
    /// How many people have each method, strongest first.
    pub uses: Vec<(Factor, i64)>,
    /// How many browsers are trusted.
    pub trusted: i64,
    /// What it touches as it is.
    pub effect: Effect,
}

/// Why a policy wasn't saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PolicyRefusal {
    /// Somebody changed it meanwhile.
    Changed,
    /// It would sign out another number of people than was agreed to: this many.
    CountChanged(i64),
    /// It would sign this many people out, and nobody said that they understand.
    NotUnderstood(i64),
    /// No method would be allowed.
    NoMethod,
    /// Whoever saves it has no second step that would count.
    SetUpFirst,
    /// There is no other account holder, and no recovery key of this one that was saved.
    NoWayBack,
    /// Emailed codes would be the only method, and no mail leaves this server.
    NoMail,
    /// The deadline is past, or more than a year away.
    BadDeadline,
}

/// What became of saving a policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum PolicySaved {
    /// It is saved, and this many people were signed out.
    Done(i64),
    /// It isn't, and nothing changed.
    Refused(PolicyRefusal),
    /// A fresh proof is asked for first.
    ConfirmFirst,
    /// Only account holders may.
    NotAllowed,
}

/// What was agreed to when a policy is saved.
#[derive(Clone, Copy, Debug)]
pub struct Agreement {
    /// The number of the change it was seen at.
    pub changes: i64,
    /// How many people would be signed out, as it was shown.
    pub signed_out: i64,
    /// "I understand" was ticked.
    pub is_understood: bool,
}

impl PolicyDraft {
    /// The policy that it makes of the one there is. What is required already stays so from when it was.
    fn applied(self, before: Policy, now: Instant) -> Policy {
        let required_from = match self.required {
            None => None,
            Some(Start::By(at)) => Some(at),
            Some(Start::Now) => before.required_from.filter(|from| *from <= now).or(Some(now)),
        };
        Policy { required_from, methods: self.methods, trust: self.trust, sessions: self.sessions }
    }
}

/// How many people of a team have just these methods.
type ByMethods = (Option<TeamId>, MethodSet, i64);

/// How many people have each method, strongest first.
pub(crate) fn uses_in(by_methods: &[ByMethods]) -> Vec<(Factor, i64)> {
    let uses = MethodSet::ALL.iter().map(|factor| {
        let has = by_methods.iter().filter(|(_, methods, _)| methods.contains(factor));
        (factor, has.map(|(.., count)| count).sum())
    });
    uses.collect()
}

impl Identity {
    /// The policy of the caller's organisation, and how it stands. `None` unless they are an account holder.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn policy(&self, caller: &Caller) -> Result<Option<PolicyView>, Error> {
        if caller.account.role != Role::AccountHolder {
            return Ok(None);
        }
        let organisation = caller.organisation.clone();
        let by_methods = self.store.count_by_methods(organisation.id).await?;
        let uses = uses_in(&by_methods);
        let effect = self.effect_of(&organisation, organisation.policy, &by_methods).await?;
        let trusted = self.store.count_trusted_browsers(organisation.id, self.now()).await?;
        Ok(Some(PolicyView { organisation, uses, trusted, effect }))
    }

    /// Whom a draft would touch. `None` unless the caller is an account holder.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn weigh_policy(&self, caller: &Caller, draft: PolicyDraft) -> Result<Option<Effect>, Error> {
        if caller.account.role != Role::AccountHolder {
            return Ok(None);
        }
        let policy = draft.applied(caller.organisation.policy, self.now());
        let by_methods = self.store.count_by_methods(caller.organisation.id).await?;
        self.effect_of(&caller.organisation, policy, &by_methods).await.map(Some)
    }

    /// Whom a policy touches. Nobody is signed out by one that requires nothing yet; as to who is signed
    /// in without a method, that is told of any.
    async fn effect_of(&self, organisation: &Organisation, policy: Policy, by_methods: &[ByMethods]) -> Result<Effect, Error> {
        let now = self.now();
        let sum = |is_counted: &dyn Fn(MethodSet) -> bool| -> i64 {
            by_methods.iter().filter(|(_, methods, _)| is_counted(*methods)).map(|(.., count)| count).sum()
        };
        let people = sum(&|_| true);
        let ready = sum(&|methods| !methods.and(policy.methods).is_empty());
        let bare = sum(&|methods| !methods.is_empty() && methods.and(policy.methods).is_empty());
        let named = if bare == 0 { Vec::new() } else { self.store.list_left_bare(organisation.id, policy.methods, NAMED).await? };
        let signed_out = self.store.count_signed_in_without_method(organisation.id, policy.methods, now).await?;
        let teams = self.store.list_teams(organisation.id).await?;
        let team = |id: TeamId| teams.iter().find(|team| team.id == id).cloned();
        let mut by_team: Vec<_> = signed_out.iter().map(|(id, count)| (id.and_then(team), *count)).collect();
        by_team.sort_by_key(|(team, count)| (-count, team.as_ref().map(|team| team.name.key())));
        let signed_out = signed_out.iter().map(|(_, count)| count).sum();
        Ok(Effect { people, signed_out, by_team, without: people - ready - signed_out, ready, left_bare: (named, bare) })
    }

    /// Saves a policy, and signs out at once whoever has no second step when one is required now.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn save_policy(
        &self,
        caller: &Caller,
        draft: PolicyDraft,
        agreement: Agreement,
        visitor: &Visitor,
    ) -> Result<PolicySaved, Error> {
        if caller.account.role != Role::AccountHolder {
            return Ok(PolicySaved::NotAllowed);
        }
        if caller.account.methods.is_empty() {
            return Ok(PolicySaved::Refused(PolicyRefusal::SetUpFirst));
        }
        if self.must_confirm_first(caller) {
            return Ok(PolicySaved::ConfirmFirst);
        }
        let now = self.now();
        let mut tx = self.store.begin().await?;
        tx.lock_organisation(caller.organisation.id).await?;
        let Some(organisation) = tx.find_organisation(caller.organisation.id).await? else {
            return Err(Error::fault("an account without its organisation"));
        };
        let still_holder = tx.find_account(caller.account.id).await?.filter(|account| account.role == Role::AccountHolder);
        let (Some(holder), true) = (still_holder, self.is_still_here(&mut tx, caller).await?) else {
            return Ok(PolicySaved::NotAllowed);
        };
        if organisation.policy_changes != agreement.changes {
            return Ok(PolicySaved::Refused(PolicyRefusal::Changed));
        }
        let policy = draft.applied(organisation.policy, now);
        if let Some(refusal) = self.guard_policy(&mut tx, &holder, draft, policy).await? {
            return Ok(PolicySaved::Refused(refusal));
        }
        let is_required = policy.is_required(now);
        let mut count = 0;
        if is_required {
            // As it was weighed: before other lengths of sessions end some of them.
            let counted = tx.count_signed_in_without_method(organisation.id, policy.methods, now).await?;
            count = counted.iter().map(|(_, count)| count).sum();
            if count != agreement.signed_out {
                return Ok(PolicySaved::Refused(PolicyRefusal::CountChanged(count)));
            }
            if count > 0 && !agreement.is_understood {
                return Ok(PolicySaved::Refused(PolicyRefusal::NotUnderstood(count)));
            }
        }
        let announced_at = policy.required_from.map(|_| organisation.announced_at.unwrap_or(now));
        if !tx.set_policy(organisation.id, agreement.changes, policy, announced_at).await? {
            return Ok(PolicySaved::Refused(PolicyRefusal::Changed));
        }
        if is_required {
            tx.end_sessions_without_method(organisation.id, now).await?;
        }
        self.end_what_is_allowed_no_more(&mut tx, &organisation, policy).await?;
        let details = self.changes_in(organisation.policy, policy).with("signed-out", count.into());
        self.record_act(&mut tx, kind::POLICY_CHANGED, caller, None, visitor, details).await?;
        tx.commit().await?;
        Ok(PolicySaved::Done(count))
    }

    /// Ends trust in browsers and sessions that a policy that was just set lets last no longer, so that another
    /// one brings none back.
    pub(crate) async fn end_what_is_allowed_no_more(&self, tx: &mut Tx, before: &Organisation, policy: Policy) -> Result<(), Error> {
        let Policy { methods, trust, sessions, .. } = before.policy;
        // Trust that was given with a method goes with it, and nobody knows with which.
        let limit = if methods.and(policy.methods) == methods { policy.trust } else { TrustDays::NEVER };
        if limit < trust {
            tx.limit_trust(before.id, limit).await?;
        }
        if sessions != policy.sessions {
            tx.end_sessions_past(before.id, self.now()).await?;
        }
        Ok(())
    }

    /// What keeps a policy from being saved, whoever agreed to it.
    async fn guard_policy(
        &self,
        tx: &mut Tx,
        holder: &Account,
        draft: PolicyDraft,
        policy: Policy,
    ) -> Result<Option<PolicyRefusal>, Error> {
        if policy.methods.is_empty() {
            return Ok(Some(PolicyRefusal::NoMethod));
        }
        if let Some(Start::By(at)) = draft.required
            && (at <= self.now() || at > self.now().plus_seconds(LATEST_SECONDS))
        {
            return Ok(Some(PolicyRefusal::BadDeadline));
        }
        if policy.required_from.is_none() {
            return Ok(None);
        }
        if holder.methods.and(policy.methods).is_empty() {
            return Ok(Some(PolicyRefusal::SetUpFirst));
        }
        let has_other = tx.count_other_holders(holder.organisation_id, holder.id).await? > 0;
        if !has_other && !tx.has_saved_recovery_key(holder.id).await? {
            return Ok(Some(PolicyRefusal::NoWayBack));
        }
        let is_mail_alone = policy.methods.iter().all(|factor| factor == Factor::EmailedCode);
        if is_mail_alone && !self.settings.sends_mail {
            return Ok(Some(PolicyRefusal::NoMail));
        }
        Ok(None)
    }

    /// What an event says of a change of policy.
    fn changes_in(&self, before: Policy, after: Policy) -> Details {
        let words = |methods: MethodSet| methods.iter().map(Factor::code).collect::<Vec<_>>();
        let mut details = Details::new();
        if before.required_from != after.required_from {
            details = details.with("required-from", after.required_from.map(|at| self.told(at).full).into());
            if let Some(from) = before.required_from {
                details = details.with("required-from-before", self.told(from).full.into());
            }
        }
        if before.methods != after.methods {
            details = details.with("methods", words(after.methods).into()).with("methods-before", words(before.methods).into());
        }
        if before.trust != after.trust {
            details = details.with("trust-days", after.trust.days().into()).with("trust-days-before", before.trust.days().into());
        }
        if before.sessions != after.sessions {
            let minutes = |lengths: SessionLengths| [lengths.idle_minutes(), lengths.overall_minutes()];
            let [idle, overall] = minutes(after.sessions);
            let [idle_before, overall_before] = minutes(before.sessions);
            details = details.with("idle-minutes", idle.into()).with("idle-minutes-before", idle_before.into());
            details = details.with("overall-minutes", overall.into()).with("overall-minutes-before", overall_before.into());
        }
        details
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_seconds(1_000);

    fn applied(required: Option<Start>, before: Option<i64>) -> Option<Instant> {
        let before = Policy { required_from: before.map(Instant::from_seconds), ..Policy::OPEN };
        let Policy { methods, trust, sessions, .. } = before;
        PolicyDraft { required, methods, trust, sessions }.applied(before, NOW).required_from
    }

    #[test]
    fn what_is_required_already_stays_so_from_when_it_was() {
        assert_eq!(applied(Some(Start::Now), Some(500)), Some(Instant::from_seconds(500)));
        assert_eq!(applied(Some(Start::Now), Some(2_000)), Some(NOW));
        assert_eq!(applied(Some(Start::Now), None), Some(NOW));
    }

    #[test]
    fn a_deadline_replaces_what_was_and_turning_it_off_leaves_nothing() {
        let deadline = Instant::from_seconds(3_000);
        assert_eq!(applied(Some(Start::By(deadline)), Some(500)), Some(deadline));
        assert_eq!(applied(None, Some(500)), None);
    }
}
