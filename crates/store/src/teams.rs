//! Teams, and who looks after them.

use countersign_domain::{Instant, PersonName, TeamName};

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::{AccountId, OrganisationId, Store, StoreError, TeamId, Tx};

/// The teams that a supervisor looks after: those they are named for, and the one they are in.
macro_rules! teams_of_supervisor {
    ($account:literal) => {
        concat!(
            "SELECT team_id FROM team_supervisors WHERE account_id = ",
            $account,
            " UNION SELECT team_id FROM accounts AS self WHERE self.id = ",
            $account,
            " AND self.team_id IS NOT NULL"
        )
    };
}

pub(crate) use teams_of_supervisor;

sql! {
    CREATE = "INSERT INTO teams (id, organisation_id, name, name_key, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";
    FIND_BY_NAME = "SELECT id FROM teams WHERE organisation_id = $1 AND name_key = $2";
    LIST = "SELECT id, name, reminded_at FROM teams WHERE organisation_id = $1 ORDER BY name_key";
    LIST_SUPERVISORS = "SELECT team_supervisors.team_id, accounts.name FROM team_supervisors \
        JOIN accounts ON accounts.id = team_supervisors.account_id \
        WHERE team_supervisors.organisation_id = $1 AND accounts.standing < 2 \
        UNION SELECT accounts.team_id, accounts.name FROM accounts \
        WHERE accounts.organisation_id = $1 AND accounts.role = 'supervisor' AND accounts.standing < 2 AND accounts.team_id IS NOT NULL";
    LIST_OF_SUPERVISOR = teams_of_supervisor!("$1");
    ADD_SUPERVISOR = "INSERT INTO team_supervisors (team_id, account_id, organisation_id) \
        SELECT id, $2, organisation_id FROM teams WHERE id = $1 AND organisation_id = $3 ON CONFLICT DO NOTHING";
    REMOVE_SUPERVISOR = "DELETE FROM team_supervisors WHERE account_id = $1";
    MOVE = "UPDATE accounts SET team_id = $2 WHERE id = $1";
}

/// A team.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// What it is called.
    pub name: TeamName,
    /// When those of it who aren't set up were last reminded.
    pub reminded_at: Option<Instant>,
}

type Row = (TeamId, String, Option<Micros>);

fn team((id, name, reminded_at): Row) -> Team {
    Team { id, name: TeamName::from_stored(name), reminded_at: reminded_at.map(|at| at.0) }
}

impl Tx {
    /// The teams of an organisation, by name, as this transaction sees them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_teams(&mut self, organisation_id: OrganisationId) -> Result<Vec<Team>, StoreError> {
        Ok(run!(self, fetch_all::<Row>(LIST, organisation_id))?.into_iter().map(team).collect())
    }

    /// The team of an organisation by this name; made with the id `new` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn team_by_name(
        &mut self,
        organisation_id: OrganisationId,
        name: &TeamName,
        new: TeamId,
        at: Instant,
    ) -> Result<TeamId, StoreError> {
        run!(self, execute(CREATE, new, organisation_id, name.as_str(), name.key(), Micros(at)))?;
        let (id,) = run!(self, fetch_one::<(TeamId,)>(FIND_BY_NAME, organisation_id, name.key()))?;
        Ok(id)
    }

    /// Moves somebody to a team of their organisation, or to none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or the team is another organisation's.
    pub async fn move_to_team(&mut self, account_id: AccountId, team: Option<TeamId>) -> Result<(), StoreError> {
        run!(self, execute(MOVE, account_id, team)).map(|_| ())
    }

    /// Lets somebody look after exactly these teams of their organisation; another's are left out.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn set_supervised_teams(
        &mut self,
        account_id: AccountId,
        organisation_id: OrganisationId,
        teams: &[TeamId],
    ) -> Result<(), StoreError> {
        run!(self, execute(REMOVE_SUPERVISOR, account_id))?;
        for team in teams {
            run!(self, execute(ADD_SUPERVISOR, *team, account_id, organisation_id))?;
        }
        Ok(())
    }

    /// The teams somebody looks after as a supervisor, their own included, as this transaction sees them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_supervised_teams(&mut self, account_id: AccountId) -> Result<Vec<TeamId>, StoreError> {
        let rows = run!(self, fetch_all::<(TeamId,)>(LIST_OF_SUPERVISOR, account_id))?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }
}

impl Store {
    /// The teams of an organisation, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_teams(&self, organisation_id: OrganisationId) -> Result<Vec<Team>, StoreError> {
        Ok(run!(self, fetch_all::<Row>(LIST, organisation_id))?.into_iter().map(team).collect())
    }

    /// Who looks after which team of an organisation, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_supervisors(&self, organisation_id: OrganisationId) -> Result<Vec<(TeamId, PersonName)>, StoreError> {
        let rows = run!(self, fetch_all::<(TeamId, String)>(LIST_SUPERVISORS, organisation_id))?;
        Ok(rows.into_iter().map(|(team, name)| (team, PersonName::from_stored(name))).collect())
    }

    /// The teams somebody looks after as a supervisor, their own included.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_supervised_teams(&self, account_id: AccountId) -> Result<Vec<TeamId>, StoreError> {
        let rows = run!(self, fetch_all::<(TeamId,)>(LIST_OF_SUPERVISOR, account_id))?;
        Ok(rows.into_iter().map(|(id,)| id).collect())
    }
}
