//! The people of an organisation, as lists and boards show them.
//!
//! A list is made of segments, by where people stand, and by name within each. An index leads through
//! each segment in both directions, so that a page costs the same at any depth.

use countersign_domain::{Factor, Instant, MethodSet, PersonName, Role, throttle::DISABLED_AT};

use crate::accounts::{AccountRow, account_columns};
use crate::columns::{Code, Micros};
use crate::dispatch::{run, sql};
use crate::teams::teams_of_supervisor;
use crate::{Account, AccountId, OrganisationId, Store, StoreError, TeamId, Tx};

/// One page of a segment. $2 where they stand, $3 and $4 the name and id to go on from, $5 how many.
macro_rules! page {
    ($compare:literal, $order:literal, $which:expr) => {
        concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts WHERE accounts.organisation_id = $1 AND accounts.standing = $2 \
             AND (accounts.name_key, accounts.id) ",
            $compare,
            " ($3, $4) ",
            $which,
            " ORDER BY accounts.name_key ",
            $order,
            ", accounts.id ",
            $order,
            " LIMIT $5"
        )
    };
}

/// The teams somebody looks after, by their id in $6.
macro_rules! of_supervisor {
    ($compare:literal, $order:literal) => {
        page!(
            $compare,
            $order,
            concat!("AND (accounts.role = $7 OR $7 IS NULL) AND accounts.team_id IN (", teams_of_supervisor!("$6"), ")")
        )
    };
}

/// Whose name or address holds $6, of a team, with a role, and of the teams $9 looks after. Everybody is read:
/// from the index, which has all that is looked at, and only those who are found from the table.
macro_rules! like {
    ($compare:literal, $order:literal) => {
        concat!(
            "SELECT ",
            account_columns!(),
            " FROM accounts WHERE accounts.id IN (SELECT found.id FROM accounts AS found \
             WHERE found.organisation_id = $1 AND found.standing = $2 AND (found.name_key, found.id) ",
            $compare,
            " ($3, $4) AND (found.name_key LIKE $6 ESCAPE '!' OR found.email LIKE $6 ESCAPE '!') \
             AND (found.team_id = $7 OR $7 IS NULL) AND (found.role = $8 OR $8 IS NULL) AND (found.team_id IN (",
            teams_of_supervisor!("$9"),
            ") OR $9 IS NULL) ORDER BY found.name_key ",
            $order,
            ", found.id ",
            $order,
            " LIMIT $5) ORDER BY accounts.name_key ",
            $order,
            ", accounts.id ",
            $order
        )
    };
}

sql! {
    // A statement for each way to narrow a list: a filter that might be absent would make the
    // database read everybody. Looking for a name does.
    ALL = page!(">", "ASC", "");
    ALL_BACK = page!("<", "DESC", "");
    OF_TEAM = page!(">", "ASC", "AND accounts.team_id = $6 AND (accounts.role = $7 OR $7 IS NULL)");
    OF_TEAM_BACK = page!("<", "DESC", "AND accounts.team_id = $6 AND (accounts.role = $7 OR $7 IS NULL)");
    OF_ROLE = page!(">", "ASC", "AND accounts.role = $6");
    OF_ROLE_BACK = page!("<", "DESC", "AND accounts.role = $6");
    OF_SUPERVISOR = of_supervisor!(">", "ASC");
    OF_SUPERVISOR_BACK = of_supervisor!("<", "DESC");
    LIKE = like!(">", "ASC");
    LIKE_BACK = like!("<", "DESC");
    /// Those who are held right now. They are few. $4 is a supervisor, if only their teams are meant.
    LIST_HELD = concat!("SELECT ", account_columns!(), " FROM accounts WHERE accounts.organisation_id = $1 AND accounts.standing <> 2 \
        AND (accounts.team_id IN (", teams_of_supervisor!("$4"), ") OR $4 IS NULL) \
        AND accounts.id IN (SELECT account_id FROM throttles \
            WHERE account_id IS NOT NULL AND failures >= 5 AND (paused_until > $2 OR failures >= $3)) \
        ORDER BY accounts.name_key, accounts.id LIMIT 100");
    /// $3 is from how many failures on a factor is switched off.
    HOLDS_OF = "SELECT factor, CASE WHEN failures >= $3 THEN NULL ELSE paused_until END, failures, last_at FROM throttles \
        WHERE account_id = $1 AND failures >= 5 AND (paused_until > $2 OR failures >= $3) ORDER BY factor";
    /// Those who have methods, and none of those in $2.
    LIST_BARE = concat!("SELECT ", account_columns!(), " FROM accounts WHERE accounts.organisation_id = $1 AND accounts.standing < 2 \
        AND accounts.methods IN (SELECT head_counts.methods FROM head_counts \
            WHERE head_counts.organisation_id = $1 AND head_counts.methods <> 0 AND head_counts.methods & $2 = 0) ORDER BY accounts.name_key, accounts.id LIMIT $3");
    COUNT_OTHER_HOLDERS = "SELECT COUNT(*) FROM accounts WHERE organisation_id = $1 AND role = 'account-holder' AND standing < 2 AND id <> $2";
    FIND = concat!("SELECT ", account_columns!(), " FROM accounts WHERE accounts.organisation_id = $1 AND accounts.id = $2");
    SET_ROLE = "UPDATE accounts SET role = $2 WHERE id = $1";
    DISABLE = "UPDATE accounts SET disabled_at = $2 WHERE id = $1 AND disabled_at IS NULL";
    WITHOUT_NAME_KEY = "SELECT id, name FROM accounts WHERE name_key = '' ORDER BY id LIMIT 500";
    SET_NAME_KEY = "UPDATE accounts SET name_key = $2 WHERE id = $1";
    ENABLE = "UPDATE accounts SET disabled_at = NULL WHERE id = $1 AND disabled_at IS NOT NULL";
}

/// A segment of a list: where people stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// No method that is allowed.
    NotSetUp,
    /// A method that is allowed.
    SetUp,
    /// May not sign in.
    Disabled,
}

impl Standing {
    /// All of them, in the order of a list.
    pub const ALL: [Self; 3] = [Self::NotSetUp, Self::SetUp, Self::Disabled];

    /// As the database holds it.
    #[must_use]
    pub const fn code(self) -> i64 {
        match self {
            Self::NotSetUp => 0,
            Self::SetUp => 1,
            Self::Disabled => 2,
        }
    }
}

/// Who is in a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemberFilter {
    /// Those whose name or address holds this, in lower case.
    pub text: Option<String>,
    /// Those of a team.
    pub team: Option<TeamId>,
    /// Those with a role.
    pub role: Option<Role>,
    /// Those of the teams that this person looks after.
    pub supervisor: Option<AccountId>,
}

/// Where a page of a segment begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberCursor {
    /// The name it goes on from, as lists sort it.
    pub name_key: String,
    /// The id it goes on from.
    pub id: AccountId,
    /// Towards the beginning of the list.
    pub is_backwards: bool,
}

impl MemberCursor {
    /// Before everybody.
    #[must_use]
    pub fn first() -> Self {
        Self { name_key: String::new(), id: AccountId::START, is_backwards: false }
    }

    /// After everybody, going back.
    #[must_use]
    pub fn last() -> Self {
        Self { name_key: char::MAX.to_string(), id: AccountId::END, is_backwards: true }
    }
}

/// A factor that somebody can't use right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldFactor {
    /// Which.
    pub factor: Factor,
    /// Until when; `None` when it is switched off.
    pub until: Option<Instant>,
    /// The failures that caused it.
    pub failures: i64,
    /// When the last of them was.
    pub last_at: Instant,
}

type HeldRow = (Code<Factor>, Option<Micros>, i64, Micros);

/// A pattern for LIKE that finds `text` anywhere.
pub(crate) fn pattern(text: &str) -> String {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    ["%", &escaped, "%"].concat()
}

impl Tx {
    /// How many account holders there are beside one, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_other_holders(&mut self, organisation: OrganisationId, except: AccountId) -> Result<i64, StoreError> {
        Ok(run!(self, fetch_one::<(i64,)>(COUNT_OTHER_HOLDERS, organisation, except))?.0)
    }

    /// Gives somebody another role.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn set_role(&mut self, id: AccountId, role: Role) -> Result<(), StoreError> {
        run!(self, execute(SET_ROLE, id, role.code())).map(|_| ())
    }

    /// Lets somebody sign in no more. `false` when they may not already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn disable_account(&mut self, id: AccountId, at: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(DISABLE, id, Micros(at)))? == 1)
    }

    /// Lets somebody sign in again. `false` when they may already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn enable_account(&mut self, id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(ENABLE, id))? == 1)
    }
}

impl Store {
    /// One page of a segment of an organisation's people, in the order of the list, whichever way the
    /// cursor goes.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_members(
        &self,
        organisation: OrganisationId,
        standing: Standing,
        filter: &MemberFilter,
        from: &MemberCursor,
        limit: i64,
    ) -> Result<Vec<Account>, StoreError> {
        let MemberFilter { text, team, role, supervisor } = filter;
        let (standing, name, id, role) = (standing.code(), from.name_key.as_str(), from.id, role.map(Role::code));
        let either = |forth, back| if from.is_backwards { back } else { forth };
        let mut rows = if let Some(text) = text {
            let sql = either(LIKE, LIKE_BACK);
            run!(self, fetch_all::<AccountRow>(sql, organisation, standing, name, id, limit, pattern(text), *team, role, *supervisor))
        } else if let Some(team) = team {
            let sql = either(OF_TEAM, OF_TEAM_BACK);
            run!(self, fetch_all::<AccountRow>(sql, organisation, standing, name, id, limit, *team, role))
        } else if let Some(supervisor) = supervisor {
            let sql = either(OF_SUPERVISOR, OF_SUPERVISOR_BACK);
            run!(self, fetch_all::<AccountRow>(sql, organisation, standing, name, id, limit, *supervisor, role))
        } else if let Some(role) = role {
            let sql = either(OF_ROLE, OF_ROLE_BACK);
            run!(self, fetch_all::<AccountRow>(sql, organisation, standing, name, id, limit, role))
        } else {
            run!(self, fetch_all::<AccountRow>(either(ALL, ALL_BACK), organisation, standing, name, id, limit))
        }?;
        if from.is_backwards {
            rows.reverse();
        }
        Ok(rows.into_iter().map(Account::from).collect())
    }

    /// Writes names as lists compare them, for those who were here before lists did.
    pub(crate) async fn write_name_keys(&self) -> Result<(), StoreError> {
        loop {
            let names = run!(self, fetch_all::<(AccountId, String)>(WITHOUT_NAME_KEY))?;
            if names.is_empty() {
                return Ok(());
            }
            let mut tx = self.begin().await?;
            for (id, name) in names {
                run!(tx, execute(SET_NAME_KEY, id, PersonName::from_stored(name).key()))?;
            }
            tx.commit().await?;
        }
    }

    /// The people of an organisation, or of the teams that `supervisor` looks after, who are held right
    /// now, by name; the first hundred.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_held_members(
        &self,
        organisation: OrganisationId,
        supervisor: Option<AccountId>,
        now: Instant,
    ) -> Result<Vec<Account>, StoreError> {
        let rows = run!(self, fetch_all::<AccountRow>(LIST_HELD, organisation, Micros(now), DISABLED_AT, supervisor))?;
        Ok(rows.into_iter().map(Account::from).collect())
    }

    /// What somebody can't use right now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_holds(&self, id: AccountId, now: Instant) -> Result<Vec<HeldFactor>, StoreError> {
        let rows = run!(self, fetch_all::<HeldRow>(HOLDS_OF, id, Micros(now), DISABLED_AT))?;
        let read = |(factor, until, failures, last_at): HeldRow| HeldFactor {
            factor: factor.0,
            until: until.map(|until| until.0),
            failures,
            last_at: last_at.0,
        };
        Ok(rows.into_iter().map(read).collect())
    }

    /// Somebody of an organisation.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_member(&self, organisation: OrganisationId, id: AccountId) -> Result<Option<Account>, StoreError> {
        Ok(run!(self, fetch_optional::<AccountRow>(FIND, organisation, id))?.map(Account::from))
    }

    /// Those of an organisation who have methods, but none of these; the first `limit`, by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_left_bare(&self, organisation: OrganisationId, methods: MethodSet, limit: i64) -> Result<Vec<Account>, StoreError> {
        let rows = run!(self, fetch_all::<AccountRow>(LIST_BARE, organisation, methods.bits(), limit))?;
        Ok(rows.into_iter().map(Account::from).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_looked_for_is_never_a_pattern() {
        assert_eq!(pattern("a%b_c!"), "%a!%b!_c!!%");
    }
}
