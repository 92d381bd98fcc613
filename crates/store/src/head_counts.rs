//! How many people of each team have connected exactly which methods, kept by the database: asking
//! costs the same in a large organisation as in a small one.

use std::collections::BTreeMap;

use countersign_domain::MethodSet;

use crate::columns::Methods;
use crate::dispatch::{run, sql};
use crate::{OrganisationId, Store, StoreError, TeamId, Tx};

sql! {
    BY_METHODS = "SELECT team_id, methods, CAST(SUM(people) AS BIGINT) FROM head_counts WHERE organisation_id = $1 \
        GROUP BY team_id, methods HAVING SUM(people) <> 0";
    BY_TEAM = "SELECT head_counts.team_id, CAST(SUM(people) AS BIGINT), \
        CAST(SUM(CASE WHEN methods & allowed_methods <> 0 THEN people ELSE 0 END) AS BIGINT) \
        FROM head_counts JOIN organisations ON organisations.id = head_counts.organisation_id \
        WHERE head_counts.organisation_id = $1 GROUP BY head_counts.team_id HAVING SUM(people) <> 0";
    /// Whether there is anything to sum up.
    IS_SCATTERED = "SELECT CAST(1 AS BIGINT) FROM head_counts GROUP BY organisation_id, team_id, methods HAVING COUNT(*) > 1 OR SUM(people) = 0 LIMIT 1";
    /// Of two nodes that do this at once the second finds what the first has left.
    TAKE = "DELETE FROM head_counts RETURNING organisation_id, team_id, methods, people";
    PUT = "INSERT INTO head_counts (organisation_id, team_id, methods, people) VALUES ($1, $2, $3, $4)";
}

/// How far a team has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TeamCount {
    /// Which; `None` for those without one.
    pub team: Option<TeamId>,
    /// How many people.
    pub people: i64,
    /// How many of them have a method that is allowed.
    pub set_up: i64,
}

type Row = (OrganisationId, Option<TeamId>, i64, i64);

impl Tx {
    /// Sums up what was counted since the last time. Nobody's count changes.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn sum_up_head_counts(&mut self) -> Result<(), StoreError> {
        if run!(self, fetch_optional::<(i64,)>(IS_SCATTERED))?.is_none() {
            return Ok(());
        }
        let mut sums = BTreeMap::new();
        for (organisation, team, methods, people) in run!(self, fetch_all::<Row>(TAKE))? {
            *sums.entry((organisation, team, methods)).or_insert(0) += people;
        }
        for ((organisation, team, methods), people) in sums {
            if people != 0 {
                run!(self, execute(PUT, organisation, team, methods, people))?;
            }
        }
        Ok(())
    }
}

impl Store {
    /// How far each team has come.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_by_team(&self, organisation: OrganisationId) -> Result<Vec<TeamCount>, StoreError> {
        let rows = run!(self, fetch_all::<(Option<TeamId>, i64, i64)>(BY_TEAM, organisation))?;
        Ok(rows.into_iter().map(|(team, people, set_up)| TeamCount { team, people, set_up }).collect())
    }

    /// How many people of each team have connected exactly these methods.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_by_methods(&self, organisation: OrganisationId) -> Result<Vec<(Option<TeamId>, MethodSet, i64)>, StoreError> {
        let rows = run!(self, fetch_all::<(Option<TeamId>, Methods, i64)>(BY_METHODS, organisation))?;
        Ok(rows.into_iter().map(|(team, methods, count)| (team, methods.0, count)).collect())
    }
}
