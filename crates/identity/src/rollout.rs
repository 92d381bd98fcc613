//! How far an organisation has come with setting up, and reminding those who haven't.

use std::collections::BTreeSet;

use countersign_domain::{Factor, Instant, PersonName};
use countersign_store::{Account, AccountId, Organisation, Round, Team, TeamId, Tx};

use crate::{
    Caller, Error, Helped, Identity, Visitor,
    audit::{Details, kind},
    letters::{self, Reminder},
    mail::{About, Posting},
    people::Reach,
    policy::uses_in,
};

/// A team is reminded once in so many seconds: a day.
const REMINDED_APART_SECONDS: i64 = 24 * 60 * 60;
/// "This week", in seconds.
const WEEK_SECONDS: i64 = 7 * 24 * 60 * 60;
/// How many people one press reminds at most; more are reminded a day later.
const MOST_AT_ONCE: i64 = 2_000;
/// How many mails of a round are written in one transaction.
const BATCH: i64 = 200;
/// So many days before a deadline people are reminded.
const DAYS_BEFORE: [i64; 4] = [7, 3, 1, 0];
/// How long a reminder is worth sending, in seconds.
const WORTH_SECONDS: i64 = 24 * 60 * 60;
const DAY_SECONDS: i64 = 24 * 60 * 60;
/// The kind of these mails.
pub(crate) const MAIL_KIND: &str = "reminder.set-up";

/// How far an organisation has come, as somebody sees it.
#[derive(Clone, Debug)]
pub struct Rollout {
    /// The organisation.
    pub organisation: Organisation,
    /// How many people.
    pub people: i64,
    /// How many have a second step that counts.
    pub set_up: i64,
    /// Of the others, how many signed in this week.
    pub recent: i64,
    /// Of the others, how many have never signed in.
    pub never: i64,
    /// Each team, those with fewest set up first.
    pub teams: Vec<TeamProgress>,
    /// How many people have each method, strongest first.
    pub uses: Vec<(Factor, i64)>,
}

/// How far a team has come.
#[derive(Clone, Debug)]
pub struct TeamProgress {
    /// Which; `None` for those without one.
    pub team: Option<Team>,
    /// Who looks after it, by name.
    pub supervisors: Vec<PersonName>,
    /// How many people.
    pub people: i64,
    /// How many have a second step that counts.
    pub set_up: i64,
    /// From when on they may be reminded again, if they were a moment ago.
    pub remind_from: Option<Instant>,
}

impl Identity {
    /// How far the teams have come that the caller looks after. `None` for an agent.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn rollout(&self, caller: &Caller) -> Result<Option<Rollout>, Error> {
        let Some(reach) = self.reach(caller).await? else { return Ok(None) };
        let now = self.now();
        let organisation = caller.organisation.clone();
        let known = self.store.list_teams(organisation.id).await?;
        let supervisors = self.store.list_supervisors(organisation.id).await?;
        let mut counts = self.store.count_by_team(organisation.id).await?;
        counts.retain(|count| reach.holds_team(count.team));
        let mut left = self.store.count_left(organisation.id, now.plus_seconds(-WEEK_SECONDS)).await?;
        left.retain(|count| reach.holds_team(count.team));
        let mut by_methods = self.store.count_by_methods(organisation.id).await?;
        by_methods.retain(|(team, ..)| reach.holds_team(*team));
        let uses = uses_in(&by_methods);
        let mut teams: Vec<TeamProgress> = counts
            .iter()
            .map(|count| {
                let team = known.iter().find(|team| count.team == Some(team.id)).cloned();
                let reminded_at = team.as_ref().and_then(|team| team.reminded_at);
                TeamProgress {
                    supervisors: supervisors.iter().filter(|(team, _)| count.team == Some(*team)).map(|(_, name)| name.clone()).collect(),
                    remind_from: reminded_at.map(|at| at.plus_seconds(REMINDED_APART_SECONDS)).filter(|at| *at > now),
                    team,
                    people: count.people,
                    set_up: count.set_up,
                }
            })
            .collect();
        // By share: 6 of 14 comes before 11 of 18. Multiplied out, so that nothing is rounded.
        teams.sort_by(|one, other| {
            let (one_share, other_share) = (one.set_up * other.people, other.set_up * one.people);
            one_share.cmp(&other_share).then_with(|| name_of(one).cmp(&name_of(other)))
        });
        Ok(Some(Rollout {
            organisation,
            people: counts.iter().map(|count| count.people).sum(),
            set_up: counts.iter().map(|count| count.set_up).sum(),
            recent: left.iter().map(|count| count.recent).sum(),
            never: left.iter().map(|count| count.never).sum(),
            teams,
            uses,
        }))
    }

    /// Reminds those of a team who aren't set up, or of every team the caller looks after: once a day a
    /// team. Says how many were.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn remind(&self, caller: &Caller, team: Option<TeamId>, visitor: &Visitor) -> Result<Helped<i64>, Error> {
        let now = self.now();
        let Some((mut tx, reach, organisation)) = self.begin_reminding(caller).await? else { return Ok(Helped::NotFound) };
        let known = tx.list_teams(organisation.id).await?;
        let asked: Vec<_> =
            known.into_iter().filter(|known| reach.holds_team(Some(known.id)) && team.is_none_or(|team| team == known.id)).collect();
        if asked.is_empty() {
            return Ok(Helped::NotFound);
        }
        tx.commit().await?;
        // When the first of those may be reminded again that have somebody left.
        let mut again_from: Option<Instant> = None;
        let mut reminded = 0;
        let mut claimed = 0;
        for team in &asked {
            // A team at a time: whoever signs in meanwhile waits for one team's mails at most.
            let mut tx = self.store.begin().await?;
            let people = tx.list_to_remind(organisation.id, team.id, MOST_AT_ONCE).await?;
            if people.is_empty() {
                continue;
            }
            if !tx.claim_reminder(team.id, organisation.id, now, now.plus_seconds(-REMINDED_APART_SECONDS)).await? {
                let from = team.reminded_at.unwrap_or(now).plus_seconds(REMINDED_APART_SECONDS);
                again_from = Some(again_from.map_or(from, |earlier| earlier.min(from)));
                continue;
            }
            claimed += 1;
            for account in &people {
                self.post_reminder(&mut tx, &organisation, account, Some(caller.account.name.as_str())).await?;
            }
            let count = i64::try_from(people.len()).unwrap_or(i64::MAX);
            reminded += count;
            let details = Details::new().with("team", team.name.as_str().into()).with("count", count.into());
            self.record_act(&mut tx, kind::REMINDER_SENT, caller, None, visitor, details).await?;
            tx.commit().await?;
        }
        if claimed == 0
            && let Some(from) = again_from
        {
            return Ok(Helped::TooSoon(from));
        }
        Ok(Helped::Done(reminded))
    }

    /// Reminds these people, whom the caller looks after: those who aren't set up, and weren't reminded within
    /// a day by whomever. Says how many, and how many of them were left out for that.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn remind_people(&self, caller: &Caller, ids: &BTreeSet<AccountId>, visitor: &Visitor) -> Result<Helped<(i64, i64)>, Error> {
        let now = self.now();
        let Some((mut tx, reach, organisation)) = self.begin_reminding(caller).await? else { return Ok(Helped::NotFound) };
        let mut reminded = 0;
        let mut already = 0;
        // In the order of their ids, so that two who remind the same people wait for each other.
        for id in ids {
            tx.lock_account(*id).await?;
            let theirs = tx.find_account(*id).await?.filter(|account| account.organisation_id == organisation.id && reach.holds(account));
            let Some(account) = theirs else { return Ok(Helped::NotFound) };
            if account.disabled_at.is_some() || !account.methods.and(organisation.policy.methods).is_empty() {
                continue;
            }
            if tx.count_mails_since(account.id, MAIL_KIND, now.plus_seconds(-REMINDED_APART_SECONDS)).await? > 0 {
                already += 1;
                continue;
            }
            self.post_reminder(&mut tx, &organisation, &account, Some(caller.account.name.as_str())).await?;
            self.record_act(&mut tx, kind::REMINDER_SENT, caller, Some(&account), visitor, Details::new()).await?;
            reminded += 1;
        }
        if reminded == 0 && already > 0 {
            return Ok(Helped::AlreadyReminded);
        }
        tx.commit().await?;
        Ok(Helped::Done((reminded, already)))
    }

    /// Whom the caller may remind, if they look after people and are still here.
    async fn begin_reminding(&self, caller: &Caller) -> Result<Option<(Tx, Reach, Organisation)>, Error> {
        let mut tx = self.store.begin().await?;
        let Some((_, reach)) = self.reach_in(&mut tx, caller).await? else { return Ok(None) };
        if !self.is_still_here(&mut tx, caller).await? {
            return Ok(None);
        }
        let organisation = self.organisation_in(&mut tx, &caller.account).await?;
        Ok(Some((tx, reach, organisation)))
    }

    async fn post_reminder(&self, tx: &mut Tx, organisation: &Organisation, account: &Account, by: Option<&str>) -> Result<(), Error> {
        let now = self.now();
        let deadline = organisation.policy.deadline(now).map(|at| self.told(at).full);
        let about =
            Reminder { name: account.name.as_str(), deadline: deadline.as_deref(), is_required: organisation.policy.is_required(now), by };
        let posting = Posting {
            kind: MAIL_KIND,
            to: &account.email,
            about: About::Account(account),
            letter: letters::reminder(&self.sheet(organisation), &about),
            session: None,
            slot: None,
            due_at: now,
            expires_at: now.plus_seconds(WORTH_SECONDS),
        };
        self.post(tx, organisation, posting).await?;
        Ok(())
    }

    /// Writes reminders of deadlines that are due: seven, three and one days before, and on the day; a few
    /// hundred at a time, whichever nodes do it. Says whether there may be more to write.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn remind_of_deadlines(&self) -> Result<bool, Error> {
        let now = self.now();
        let furthest = DAYS_BEFORE.iter().max().copied().unwrap_or_default();
        let mut has_more = false;
        for organisation in self.store.list_deadlines(now, now.plus_seconds(furthest * DAY_SECONDS)).await? {
            let Some(deadline) = organisation.policy.deadline(now) else { continue };
            let Some(days) = days_due(deadline, now, organisation.announced_at) else { continue };
            let round = Round { organisation: organisation.id, required_from: deadline, days };
            has_more |= self.write_part_of(round, &organisation, now).await?;
        }
        Ok(has_more)
    }

    /// Writes the next few mails of a round. Says whether there are more.
    async fn write_part_of(&self, round: Round, organisation: &Organisation, now: Instant) -> Result<bool, Error> {
        let mut tx = self.store.begin().await?;
        let Some(after) = tx.round_of_reminders(round).await? else { return Ok(false) };
        let people = tx.list_left_after(organisation.id, after, BATCH).await?;
        let has_more = i64::try_from(people.len()).is_ok_and(|found| found == BATCH);
        let last: AccountId = people.last().map_or(after, |account| account.id);
        if !tx.advance_round(round, after, last, (!has_more).then_some(now)).await? {
            return Ok(true);
        }
        for account in &people {
            self.post_reminder(&mut tx, organisation, account, None).await?;
        }
        tx.commit().await?;
        Ok(has_more)
    }
}

fn name_of(progress: &TeamProgress) -> Option<String> {
    progress.team.as_ref().map(|team| team.name.key())
}

/// Which reminder of a deadline is due: the last whose day has come, if it is one that there was time for
/// since the deadline was announced.
fn days_due(deadline: Instant, now: Instant, announced_at: Option<Instant>) -> Option<i64> {
    let due_at = |days: i64| if days == 0 { start_of_last_hours(deadline) } else { deadline.plus_seconds(-days * DAY_SECONDS) };
    let last = DAYS_BEFORE.into_iter().filter(|days| due_at(*days) <= now).min()?;
    announced_at.is_none_or(|announced| announced < due_at(last)).then_some(last)
}

/// "On the day": eight hours before, at the shift's beginning rather than at its end.
fn start_of_last_hours(deadline: Instant) -> Instant {
    deadline.plus_seconds(-8 * 60 * 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEADLINE: Instant = Instant::from_seconds(100 * DAY_SECONDS);

    fn due(hours_before: i64, announced_days_before: i64) -> Option<i64> {
        let now = DEADLINE.plus_seconds(-hours_before * 3600);
        days_due(DEADLINE, now, Some(DEADLINE.plus_seconds(-announced_days_before * DAY_SECONDS)))
    }

    #[test]
    fn each_reminder_is_due_from_its_day_until_the_next_one_is() {
        let hours = [8 * 24, 7 * 24, 4 * 24, 3 * 24, 25, 24, 9, 8, 1];
        let expected = [None, Some(7), Some(7), Some(3), Some(3), Some(1), Some(1), Some(0), Some(0)];
        assert_eq!(hours.map(|hours| due(hours, 30)), expected);
    }

    #[test]
    fn nobody_is_reminded_of_days_that_had_passed_when_it_was_announced() {
        assert_eq!(due(4 * 24, 5), None, "a week before, nobody knew");
        assert_eq!(due(3 * 24, 5), Some(3));
    }
}
