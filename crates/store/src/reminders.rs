//! Reminding people to set up: whom, how often, and how far a large round has come.

use countersign_domain::Instant;

use crate::accounts::{AccountRow, account_columns};
use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::organisations::{OrganisationRow, organisation_columns};
use crate::{Account, AccountId, Organisation, OrganisationId, Store, StoreError, TeamId, Tx};

sql! {
    /// One round in a while, whoever asks for it at the same time.
    CLAIM_TEAM = "UPDATE teams SET reminded_at = $3 WHERE id = $1 AND organisation_id = $2 AND (reminded_at IS NULL OR reminded_at <= $4)";
    LIST_OF_TEAM = concat!("SELECT ", account_columns!(), " FROM accounts WHERE accounts.organisation_id = $1 AND accounts.team_id = $2 \
        AND accounts.standing = 0 ORDER BY accounts.name_key, accounts.id LIMIT $3");
    LIST_AFTER = concat!("SELECT ", account_columns!(), " FROM accounts WHERE accounts.organisation_id = $1 AND accounts.standing = 0 \
        AND accounts.id > $2 ORDER BY accounts.id LIMIT $3");
    /// Organisations whose deadline is to come before $2, or came since $1.
    LIST_DUE = concat!("SELECT ", organisation_columns!(), " FROM organisations WHERE required_from > $1 AND required_from <= $2");
    BEGIN_ROUND = "INSERT INTO deadline_reminders (organisation_id, required_from, days, after_id) VALUES ($1, $2, $3, $4) \
        ON CONFLICT DO NOTHING";
    FIND_ROUND = "SELECT after_id FROM deadline_reminders WHERE organisation_id = $1 AND required_from = $2 AND days = $3 AND done_at IS NULL";
    /// Of two nodes that write the same part, one gets here.
    ADVANCE_ROUND = "UPDATE deadline_reminders SET after_id = $5, done_at = $6 \
        WHERE organisation_id = $1 AND required_from = $2 AND days = $3 AND after_id = $4 AND done_at IS NULL";
    COUNT_LEFT = "SELECT team_id, COUNT(*), CAST(SUM(CASE WHEN last_sign_in_at >= $2 THEN 1 ELSE 0 END) AS BIGINT), \
        CAST(SUM(CASE WHEN last_sign_in_at IS NULL THEN 1 ELSE 0 END) AS BIGINT) \
        FROM accounts WHERE organisation_id = $1 AND standing = 0 GROUP BY team_id";
}

/// Those of a team who aren't set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LeftCount {
    /// Which team; `None` for those without one.
    pub team: Option<TeamId>,
    /// How many.
    pub people: i64,
    /// How many of them signed in since the instant that was asked for.
    pub recent: i64,
    /// How many of them have never signed in.
    pub never: i64,
}

/// A round of reminders of one deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Round {
    /// Whose.
    pub organisation: OrganisationId,
    /// Of which deadline.
    pub required_from: Instant,
    /// So many days before it.
    pub days: i64,
}

impl Tx {
    /// Notes that a team is reminded now. `false` when it was since `since`, or is another organisation's.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn claim_reminder(
        &mut self,
        team: TeamId,
        organisation: OrganisationId,
        now: Instant,
        since: Instant,
    ) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CLAIM_TEAM, team, organisation, Micros(now), Micros(since)))? == 1)
    }

    /// Those of a team who aren't set up, by name; at most `limit`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_to_remind(&mut self, organisation: OrganisationId, team: TeamId, limit: i64) -> Result<Vec<Account>, StoreError> {
        let rows = run!(self, fetch_all::<AccountRow>(LIST_OF_TEAM, organisation, team, limit))?;
        Ok(rows.into_iter().map(Account::from).collect())
    }

    /// How far a round has come, begun if it wasn't; `None` when it is done.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn round_of_reminders(&mut self, round: Round) -> Result<Option<AccountId>, StoreError> {
        let Round { organisation, required_from, days } = round;
        run!(self, execute(BEGIN_ROUND, organisation, Micros(required_from), days, AccountId::START))?;
        let row = run!(self, fetch_optional::<(AccountId,)>(FIND_ROUND, organisation, Micros(required_from), days))?;
        Ok(row.map(|(after,)| after))
    }

    /// Notes how far a round has come, and that it is done if it is. `false` when another node was here.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn advance_round(
        &mut self,
        round: Round,
        from: AccountId,
        to: AccountId,
        done_at: Option<Instant>,
    ) -> Result<bool, StoreError> {
        let Round { organisation, required_from, days } = round;
        let done_at = done_at.map(Micros);
        Ok(run!(self, execute(ADVANCE_ROUND, organisation, Micros(required_from), days, from, to, done_at))? == 1)
    }

    /// Those of an organisation who aren't set up, in the order of their ids, after `after`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_left_after(
        &mut self,
        organisation: OrganisationId,
        after: AccountId,
        limit: i64,
    ) -> Result<Vec<Account>, StoreError> {
        let rows = run!(self, fetch_all::<AccountRow>(LIST_AFTER, organisation, after, limit))?;
        Ok(rows.into_iter().map(Account::from).collect())
    }
}

impl Store {
    /// The organisations whose deadline lies after `since` and no later than `until`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_deadlines(&self, since: Instant, until: Instant) -> Result<Vec<Organisation>, StoreError> {
        let rows = run!(self, fetch_all::<OrganisationRow>(LIST_DUE, Micros(since), Micros(until)))?;
        Ok(rows.into_iter().map(Organisation::from).collect())
    }

    /// Those who aren't set up, counted by team.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_left(&self, organisation: OrganisationId, recent_since: Instant) -> Result<Vec<LeftCount>, StoreError> {
        let rows = run!(self, fetch_all::<(Option<TeamId>, i64, i64, i64)>(COUNT_LEFT, organisation, Micros(recent_since)))?;
        Ok(rows.into_iter().map(|(team, people, recent, never)| LeftCount { team, people, recent, never }).collect())
    }
}
