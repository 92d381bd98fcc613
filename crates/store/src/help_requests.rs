//! Asking for a temporary access code: a number on the screen of whoever asks, one to a sign-in.

use countersign_domain::{Instant, PersonName, Role};

use crate::accounts::{AccountRow, account_columns};
use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::teams::teams_of_supervisor;
use crate::{Account, AccountId, OrganisationId, SessionId, Store, StoreError, Tx};

sql! {
    ASK = "INSERT INTO help_requests (account_id, session_id, number, asked_at, expires_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT (session_id) DO UPDATE SET number = excluded.number, failures = 0, asked_at = excluded.asked_at, expires_at = excluded.expires_at";
    FIND = "SELECT session_id, number, asked_at, expires_at FROM help_requests WHERE session_id = $1 AND expires_at > $2 AND failures < $3";
    /// From whichever screens, the first of them first.
    SCREENS_OF = "SELECT help_requests.asked_at, sessions.browser, sessions.address FROM help_requests \
        JOIN sessions ON sessions.id = help_requests.session_id \
        WHERE help_requests.account_id = $1 AND help_requests.expires_at > $2 AND help_requests.failures < $3 \
        ORDER BY help_requests.asked_at, help_requests.session_id LIMIT 20";
    COUNT_OF = "SELECT COUNT(*) FROM help_requests WHERE account_id = $1 AND expires_at > $2 AND session_id <> $3";
    /// Whoever takes it out is the one who may give a code for it. Of two screens that show one number by
    /// chance, none does.
    TAKE = "DELETE FROM help_requests WHERE account_id = $1 AND number = $2 AND expires_at > $3 AND failures < $4 \
        AND 1 = (SELECT COUNT(*) FROM help_requests AS same WHERE same.account_id = $1 AND same.number = $2) RETURNING session_id";
    FAIL = "UPDATE help_requests SET failures = failures + 1 WHERE account_id = $1";
    LIST = concat!("SELECT ", account_columns!(), " FROM accounts WHERE accounts.organisation_id = $1 AND accounts.standing <> 2 \
        AND accounts.id IN (SELECT account_id FROM help_requests WHERE expires_at > $2 AND failures < $3) AND (accounts.team_id IN (", teams_of_supervisor!("$4"), ") OR $4 IS NULL) ORDER BY accounts.name_key, accounts.id LIMIT 20");
    /// $1 the organisation, $2 who asks, $3 their team.
    SUPERVISORS_OF = "SELECT name FROM accounts WHERE organisation_id = $1 AND role = 'supervisor' AND standing < 2 AND id <> $2 \
        AND (team_id = $3 OR id IN (SELECT account_id FROM team_supervisors WHERE team_id = $3)) ORDER BY name_key, id LIMIT 3";
    HOLDERS_BESIDE = "SELECT name FROM accounts WHERE organisation_id = $1 AND role = 'account-holder' AND standing < 2 AND id <> $2 \
        ORDER BY name_key, id LIMIT 3";
    PURGE = "DELETE FROM help_requests WHERE expires_at <= $1";
}

/// After so many other numbers a request is over: six digits aren't guessed in five tries.
const MAX_FAILURES: i64 = 5;

/// Somebody asks for a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HelpRequest {
    /// The sign-in they ask from.
    pub session: SessionId,
    /// What its screen shows: six digits.
    pub number: i64,
    /// When they asked.
    pub asked_at: Instant,
    /// Until when the number is worth typing.
    pub expires_at: Instant,
}

/// A screen that shows a number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskingScreen {
    /// Since when.
    pub since: Instant,
    /// What its browser calls itself.
    pub browser: String,
    /// The network address it was last seen at.
    pub address: String,
}

type Row = (SessionId, i64, Micros, Micros);

fn request((session, number, asked_at, expires_at): Row) -> HelpRequest {
    HelpRequest { session, number, asked_at: asked_at.0, expires_at: expires_at.0 }
}

impl Tx {
    /// Keeps what somebody asks, in place of what this sign-in asked before.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn ask_for_help(&mut self, account: AccountId, request: &HelpRequest) -> Result<(), StoreError> {
        let HelpRequest { session, number, asked_at, expires_at } = request;
        run!(self, execute(ASK, account, session, number, Micros(*asked_at), Micros(*expires_at))).map(|_| ())
    }

    /// How many other sign-ins of somebody's ask right now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_asking_beside(&mut self, account: AccountId, session: SessionId, now: Instant) -> Result<i64, StoreError> {
        Ok(run!(self, fetch_one::<(i64,)>(COUNT_OF, account, Micros(now), session))?.0)
    }

    /// Takes somebody's request out, if it shows this number, and says for which sign-in it was.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn take_help_request(&mut self, account: AccountId, number: i64, now: Instant) -> Result<Option<SessionId>, StoreError> {
        let row = run!(self, fetch_optional::<(SessionId,)>(TAKE, account, number, Micros(now), MAX_FAILURES))?;
        Ok(row.map(|(session,)| session))
    }

    /// Notes that another number was typed, for every screen that shows one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn fail_help_request(&mut self, account: AccountId) -> Result<(), StoreError> {
        run!(self, execute(FAIL, account)).map(|_| ())
    }

    /// Removes requests that have expired. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_help_requests(&mut self, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE, Micros(now)))
    }
}

impl Store {
    /// Who may give somebody a code: the supervisors of their team, or else the account holders; the first
    /// three by name.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_helpers(&self, account: &Account) -> Result<Vec<PersonName>, StoreError> {
        let Account { id, organisation_id, team_id, role, .. } = account;
        // An account holder is looked after by another one alone.
        let mut rows = match role {
            Role::AccountHolder => Vec::new(),
            Role::Agent | Role::Supervisor => run!(self, fetch_all::<(String,)>(SUPERVISORS_OF, organisation_id, id, *team_id))?,
        };
        if rows.is_empty() {
            rows = run!(self, fetch_all::<(String,)>(HOLDERS_BESIDE, organisation_id, id))?;
        }
        Ok(rows.into_iter().map(|(name,)| PersonName::from_stored(name)).collect())
    }

    /// What a sign-in asks right now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_help_request(&self, session: SessionId, now: Instant) -> Result<Option<HelpRequest>, StoreError> {
        Ok(run!(self, fetch_optional::<Row>(FIND, session, Micros(now), MAX_FAILURES))?.map(request))
    }

    /// The screens that show a number of somebody's right now, the first one first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_asking_screens(&self, account: AccountId, now: Instant) -> Result<Vec<AskingScreen>, StoreError> {
        let rows = run!(self, fetch_all::<(Micros, String, String)>(SCREENS_OF, account, Micros(now), MAX_FAILURES))?;
        Ok(rows.into_iter().map(|(since, browser, address)| AskingScreen { since: since.0, browser, address }).collect())
    }

    /// Those of an organisation, or of the teams that `supervisor` looks after, who ask right now; the
    /// first twenty.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_asking(
        &self,
        organisation: OrganisationId,
        supervisor: Option<AccountId>,
        now: Instant,
    ) -> Result<Vec<Account>, StoreError> {
        let rows = run!(self, fetch_all::<AccountRow>(LIST, organisation, Micros(now), MAX_FAILURES, supervisor))?;
        Ok(rows.into_iter().map(Account::from).collect())
    }
}
