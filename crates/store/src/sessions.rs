//! Sessions: one browser that is signed in, or on its way.
//!
//! A session is found by the hash of its token only, and only while it lives. Every change of
//! stage or proof changes the token in the same statement that checks the old one, so that of two
//! requests with the same token one wins, and a token seen before the change is worth nothing
//! after it.

use countersign_domain::{Assurance, Factor, FirstSign, Instant, MethodSet, Stage};

use crate::accounts::{AccountRow, account_columns};
use crate::columns::{Code, Micros};
use crate::dispatch::{run, sql};
use crate::organisations::{OrganisationRow, organisation_columns};
use crate::{Account, AccountId, Organisation, OrganisationId, SessionId, Store, StoreError, TeamId, Tx};

macro_rules! session_columns {
    () => {
        "sessions.id, sessions.account_id, sessions.stage, sessions.assurance, sessions.first_sign, sessions.second_factor, sessions.password_at, \
         sessions.second_step_at, sessions.created_at, sessions.seen_at, sessions.expires_at, sessions.return_to, \
         sessions.browser, sessions.address"
    };
}

/// Whether a session that is signed in still may be, by how long its organisation lets it: without use, and
/// in all. $2 is now.
macro_rules! lasts {
    () => {
        "sessions.seen_at > $2 - organisations.idle_minutes * 60000000 AND sessions.created_at > $2 - organisations.overall_minutes * 60000000"
    };
}

/// Whether a session began as its organisation wants: by single sign-on, where that is the only way, but for account
/// holders. Compared at each look-up, so that a password that is being checked while that changes lets nobody in.
macro_rules! began_as_asked {
    () => {
        "(sessions.first_sign = 'single-sign-on' OR accounts.role = 'account-holder' OR NOT EXISTS (SELECT 1 FROM identity_providers \
         WHERE identity_providers.organisation_id = accounts.organisation_id AND identity_providers.is_required))"
    };
}

/// Whether a session may be used at all, whose account is `accounts`, of `organisations`. $2 is now.
/// Methods are compared here once more: on PostgreSQL a method that changes while the policy does
/// can leave `standing` behind. Columns of the same name are equal, so it doesn't matter which one is read. Who is disabled has
/// no session, and who has no second step when one is required isn't signed in: on every node, from
/// the instant it is so.
macro_rules! lives {
    () => {
        concat!(
            "sessions.expires_at > $2 AND accounts.standing <> 2 AND ",
            crate::sessions::began_as_asked!(),
            " AND (sessions.stage <> 'signed-in' OR (",
            crate::sessions::lasts!(),
            " AND (accounts.methods & organisations.allowed_methods <> 0 \
             OR organisations.required_from IS NULL OR organisations.required_from > $2)))"
        )
    };
}

pub(crate) use {began_as_asked, lasts, lives};

sql! {
    CREATE = "INSERT INTO sessions (id, account_id, token_hash, stage, assurance, second_factor, password_at, second_step_at, \
        created_at, seen_at, expires_at, return_to, browser, address, first_sign) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)";
    FIND = concat!("SELECT ", session_columns!(), ", ", account_columns!(), ", ", organisation_columns!(), " FROM sessions \
        JOIN accounts ON accounts.id = sessions.account_id JOIN organisations ON organisations.id = accounts.organisation_id \
        WHERE sessions.token_hash = $1 AND ", lives!());
    /// $1 the organisation, $2 now, $3 the methods that count.
    /// Which sets of others there are is looked up, so that an index leads to those who have them. A list of
    /// who is signed in is made once (`IS TRUE` keeps it a list): PostgreSQL, before it has looked at a
    /// new table's rows, would go through the sessions once for each person.
    COUNT_WITHOUT = concat!("WITH bare AS MATERIALIZED (SELECT accounts.id, accounts.team_id FROM accounts \
        WHERE accounts.organisation_id = $1 AND accounts.standing < 2 \
            AND accounts.methods IN (SELECT head_counts.methods FROM head_counts \
                WHERE head_counts.organisation_id = $1 AND head_counts.methods & $3 = 0)) \
        SELECT bare.team_id, COUNT(*) FROM bare WHERE (bare.id IN (SELECT sessions.account_id FROM sessions, organisations \
            WHERE organisations.id = $1 AND sessions.stage = 'signed-in' AND sessions.expires_at > $2 AND ", lasts!(), ")) IS TRUE \
        GROUP BY bare.team_id");
    NOTE_WITHOUT = "INSERT INTO ended_sessions (token_hash, because, ended_at) \
        SELECT sessions.token_hash, 'second-step-required', $2 FROM sessions JOIN accounts ON accounts.id = sessions.account_id \
        WHERE accounts.organisation_id = $1 AND accounts.standing = 0 AND sessions.stage = 'signed-in' ON CONFLICT DO NOTHING";
    END_WITHOUT = "DELETE FROM sessions WHERE stage = 'signed-in' \
        AND account_id IN (SELECT id FROM accounts WHERE organisation_id = $1 AND standing = 0)";
    /// $1 the organisation, $2 now: those that its lengths let last no longer, so that longer ones bring none back.
    END_PAST = concat!("DELETE FROM sessions WHERE stage = 'signed-in' AND account_id IN (SELECT id FROM accounts WHERE organisation_id = $1) \
        AND NOT EXISTS (SELECT 1 FROM organisations WHERE organisations.id = $1 AND ", lasts!(), ")");
    /// People who are signed in, by whether single sign-on was the first sign ($3). $1 the organisation, $2 now.
    COUNT_BY_FIRST_SIGN = concat!("SELECT COUNT(DISTINCT sessions.account_id) FROM sessions \
        JOIN accounts ON accounts.id = sessions.account_id JOIN organisations ON organisations.id = accounts.organisation_id \
        WHERE accounts.organisation_id = $1 AND sessions.stage = 'signed-in' AND sessions.expires_at > $2 AND ", lasts!(), " \
        AND ", began_as_asked!(), " AND (sessions.first_sign = 'single-sign-on') = $3 AND (accounts.role <> 'account-holder' OR $3)");
    END_NOT_AS_ASKED = "DELETE FROM sessions WHERE first_sign <> 'single-sign-on' AND account_id IN \
        (SELECT id FROM accounts WHERE organisation_id = $1 AND role <> 'account-holder')";
    END_SIGNED_ON_OF = "DELETE FROM sessions WHERE account_id = $1 AND first_sign = 'single-sign-on' AND id <> $2";
    END_SIGNED_ON = "DELETE FROM sessions WHERE first_sign = 'single-sign-on' AND id <> $2 AND account_id IN \
        (SELECT id FROM accounts WHERE organisation_id = $1)";
    WHY_ENDED = "SELECT CAST(1 AS BIGINT) FROM ended_sessions WHERE token_hash = $1 UNION ALL SELECT 1 FROM sessions \
        JOIN accounts ON accounts.id = sessions.account_id JOIN organisations ON organisations.id = accounts.organisation_id \
        WHERE sessions.token_hash = $1 AND sessions.stage = 'signed-in' AND sessions.expires_at > $2 \
        AND accounts.methods & organisations.allowed_methods = 0 AND organisations.required_from <= $2";
    PURGE_ENDED = "DELETE FROM ended_sessions WHERE ended_at <= $1";
    ADVANCE = "UPDATE sessions SET token_hash = $4, stage = $5, assurance = $6, second_factor = $7, second_step_at = $8, \
        expires_at = $9, pass_hash = NULL WHERE id = $1 AND stage = $2 AND token_hash = $3";
    REFRESH_PROOF = "UPDATE sessions SET token_hash = $3, password_at = COALESCE($4, password_at), \
        second_step_at = COALESCE($5, second_step_at), second_factor = COALESCE($6, second_factor), \
        assurance = CASE WHEN $5 IS NULL THEN assurance ELSE 'two' END, pass_hash = NULL \
        WHERE id = $1 AND token_hash = $2";
    /// Where somebody wants to go who isn't in yet, or is on the way to a second step.
    SET_RETURN = "UPDATE sessions SET return_to = $3 WHERE id = $1 AND token_hash = $2";
    TOUCH = "UPDATE sessions SET seen_at = $2, browser = $3, address = $4 WHERE id = $1 AND seen_at < $2";
    DELETE = "DELETE FROM sessions WHERE id = $1 AND account_id = $2";
    HAS = "SELECT 1 FROM sessions WHERE id = $1 AND token_hash = $2";
    DELETE_BY_TOKEN = "DELETE FROM sessions WHERE token_hash = $1";
    DELETE_OF = "DELETE FROM sessions WHERE account_id = $1 AND id <> $2";
    LIST = concat!("SELECT ", session_columns!(), " FROM sessions \
        JOIN accounts ON accounts.id = sessions.account_id JOIN organisations ON organisations.id = accounts.organisation_id \
        WHERE sessions.account_id = $1 AND sessions.stage = 'signed-in' AND sessions.expires_at > $2 AND ", lasts!(), " \
        AND ", began_as_asked!(), " ORDER BY sessions.seen_at DESC, sessions.id DESC LIMIT 50");
    PURGE = "DELETE FROM sessions WHERE expires_at <= $1 OR seen_at <= $2";
}

/// One browser that is signed in, or on its way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub account_id: AccountId,
    /// How far it has come.
    pub stage: Stage,
    /// How sure we are that it is them.
    pub assurance: Assurance,
    /// What it began with.
    pub first_sign: FirstSign,
    /// What the second step was given with.
    pub second_factor: Option<Factor>,
    /// When the first sign was last proved.
    pub password_at: Instant,
    /// When the second step was last proved.
    pub second_step_at: Option<Instant>,
    /// When it began.
    pub created_at: Instant,
    /// When it was last used.
    pub seen_at: Instant,
    /// When it ends, however much it is used.
    pub expires_at: Instant,
    /// The page to go to once signed in.
    pub return_to: Option<String>,
    /// What the browser calls itself, in words for people.
    pub browser: String,
    /// The address it was last seen at.
    pub address: String,
}

/// What a session becomes when it reaches another stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Advance {
    /// The stage reached.
    pub stage: Stage,
    /// How sure we are now.
    pub assurance: Assurance,
    /// What the second step was given with.
    pub second_factor: Option<Factor>,
    /// When the second step was proved.
    pub second_step_at: Option<Instant>,
    /// When the session ends now.
    pub expires_at: Instant,
}

#[derive(sqlx::FromRow)]
struct SessionRow {
    id: SessionId,
    account_id: AccountId,
    stage: Code<Stage>,
    assurance: Code<Assurance>,
    first_sign: Code<FirstSign>,
    second_factor: Option<Code<Factor>>,
    password_at: Micros,
    second_step_at: Option<Micros>,
    created_at: Micros,
    seen_at: Micros,
    expires_at: Micros,
    return_to: Option<String>,
    browser: String,
    address: String,
}

#[derive(sqlx::FromRow)]
struct LiveRow {
    #[sqlx(flatten)]
    session: SessionRow,
    #[sqlx(flatten)]
    account: AccountRow,
    #[sqlx(flatten)]
    organisation: OrganisationRow,
}

impl From<SessionRow> for Session {
    fn from(row: SessionRow) -> Self {
        Self {
            id: row.id,
            account_id: row.account_id,
            stage: row.stage.0,
            assurance: row.assurance.0,
            first_sign: row.first_sign.0,
            second_factor: row.second_factor.map(|factor| factor.0),
            password_at: row.password_at.0,
            second_step_at: row.second_step_at.map(|at| at.0),
            created_at: row.created_at.0,
            seen_at: row.seen_at.0,
            expires_at: row.expires_at.0,
            return_to: row.return_to,
            browser: row.browser,
            address: row.address,
        }
    }
}

impl Tx {
    /// Creates a session that whoever has the token belongs to.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or when the account is gone.
    pub async fn create_session(&mut self, session: &Session, token_hash: &[u8; 32]) -> Result<(), StoreError> {
        run!(
            self,
            execute(
                CREATE,
                session.id,
                session.account_id,
                &token_hash[..],
                session.stage.code(),
                session.assurance.code(),
                session.second_factor.map(Factor::code),
                Micros(session.password_at),
                session.second_step_at.map(Micros),
                Micros(session.created_at),
                Micros(session.seen_at),
                Micros(session.expires_at),
                session.return_to.as_deref(),
                session.browser.as_str(),
                session.address.as_str(),
                session.first_sign.code()
            )
        )
        .map(|_| ())
    }

    /// Moves a session from one stage to another, and from one token to another. `true` for
    /// exactly one of those who race with the same token.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn advance_session(
        &mut self,
        id: SessionId,
        from_stage: Stage,
        from_token_hash: &[u8; 32],
        to_token_hash: &[u8; 32],
        advance: &Advance,
    ) -> Result<bool, StoreError> {
        let advanced = run!(
            self,
            execute(
                ADVANCE,
                id,
                from_stage.code(),
                &from_token_hash[..],
                &to_token_hash[..],
                advance.stage.code(),
                advance.assurance.code(),
                advance.second_factor.map(Factor::code),
                advance.second_step_at.map(Micros),
                Micros(advance.expires_at)
            )
        )?;
        Ok(advanced == 1)
    }

    /// Notes a fresh proof on a session ("Confirm it's you") and changes its token; `None` leaves
    /// a value as it is, and a second step raises the assurance. `true` for exactly one of those who race with the same token.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn refresh_session_proof(
        &mut self,
        id: SessionId,
        from_token_hash: &[u8; 32],
        to_token_hash: &[u8; 32],
        password_at: Option<Instant>,
        second_step_at: Option<Instant>,
        second_factor: Option<Factor>,
    ) -> Result<bool, StoreError> {
        let refreshed = run!(
            self,
            execute(
                REFRESH_PROOF,
                id,
                &from_token_hash[..],
                &to_token_hash[..],
                password_at.map(Micros),
                second_step_at.map(Micros),
                second_factor.map(Factor::code)
            )
        )?;
        Ok(refreshed == 1)
    }

    /// Notes where somebody wants to go next, if the session still has this token.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn set_return_of_session(&mut self, id: SessionId, token_hash: &[u8; 32], return_to: &str) -> Result<bool, StoreError> {
        Ok(run!(self, execute(SET_RETURN, id, &token_hash[..], return_to))? == 1)
    }

    /// Notes that a session was used, and from where. It never goes back, whichever of two
    /// requests is last.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn touch_session(&mut self, id: SessionId, seen_at: Instant, browser: &str, address: &str) -> Result<(), StoreError> {
        run!(self, execute(TOUCH, id, Micros(seen_at), browser, address)).map(|_| ())
    }

    /// Ends one of somebody's sessions. `false` when there is none of theirs with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_session(&mut self, id: SessionId, account_id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(DELETE, id, account_id))? == 1)
    }

    /// Whether a session is still there with this token.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_session(&mut self, id: SessionId, token_hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<()>(HAS, id, &token_hash[..]))?.is_some())
    }

    /// Ends the session with this token, whosever it is. `false` when there is none.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_session_by_token(&mut self, token_hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, execute(DELETE_BY_TOKEN, &token_hash[..]))? == 1)
    }

    /// Ends all of somebody's sessions, in every stage, but one if it is to stay. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_sessions_of(&mut self, account_id: AccountId, except: Option<SessionId>) -> Result<u64, StoreError> {
        run!(self, execute(DELETE_OF, account_id, except.unwrap_or(SessionId::NONE)))
    }

    /// How many people of an organisation are signed in without any of these methods, by team,
    /// as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_signed_in_without_method(
        &mut self,
        organisation: OrganisationId,
        methods: MethodSet,
        now: Instant,
    ) -> Result<Vec<(Option<TeamId>, i64)>, StoreError> {
        run!(self, fetch_all::<(Option<TeamId>, i64)>(COUNT_WITHOUT, organisation, Micros(now), methods.bits()))
    }

    /// Signs everybody of an organisation out who has no method that is allowed, and keeps why for
    /// their browsers. Says how many sessions ended.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_sessions_without_method(&mut self, organisation: OrganisationId, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(NOTE_WITHOUT, organisation, Micros(now)))?;
        run!(self, execute(END_WITHOUT, organisation))
    }

    /// How many people of an organisation are signed in with single sign-on, or otherwise: account holders not counted then.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_by_first_sign(&mut self, organisation: OrganisationId, is_sign_on: bool, now: Instant) -> Result<i64, StoreError> {
        Ok(run!(self, fetch_one::<(i64,)>(COUNT_BY_FIRST_SIGN, organisation, Micros(now), is_sign_on))?.0)
    }

    /// Ends what didn't begin with single sign-on, but for account holders. Says how many sessions.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_sessions_not_signed_on(&mut self, organisation: OrganisationId) -> Result<u64, StoreError> {
        run!(self, execute(END_NOT_AS_ASKED, organisation))
    }

    /// Ends what began with single sign-on, but for one session. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_sessions_signed_on(&mut self, organisation: OrganisationId, except: SessionId) -> Result<u64, StoreError> {
        run!(self, execute(END_SIGNED_ON, organisation, except))
    }

    /// Ends what somebody began with single sign-on, but for `except`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_signed_on_of(&mut self, account: AccountId, except: Option<SessionId>) -> Result<u64, StoreError> {
        run!(self, execute(END_SIGNED_ON_OF, account, except.unwrap_or(SessionId::NONE)))
    }

    /// Ends the sessions of an organisation's people that last no longer by what it says now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_sessions_past(&mut self, organisation: OrganisationId, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(END_PAST, organisation, Micros(now)))
    }

    /// Forgets why sessions were ended that ended by `before`.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_ended_sessions(&mut self, before: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE_ENDED, Micros(before)))
    }

    /// Removes the sessions that have ended by themselves: all that weren't used after `idle_since`, too. Says
    /// how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_sessions(&mut self, now: Instant, idle_since: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE, Micros(now), Micros(idle_since)))
    }
}

impl Store {
    /// The session with this token, whose it is and where they belong, if it lasts still at `now` and they may
    /// be signed in. Any stage: what the stage allows is the caller's to ask.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_session(&self, token_hash: &[u8; 32], now: Instant) -> Result<Option<(Session, Account, Organisation)>, StoreError> {
        let row = run!(self, fetch_optional::<LiveRow>(FIND, &token_hash[..], Micros(now)))?;
        Ok(row.map(|row| (row.session.into(), row.account.into(), row.organisation.into())))
    }

    /// Whether the session with this token was ended because its owner has no second step.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn was_ended_by_policy(&self, token_hash: &[u8; 32], now: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<(i64,)>(WHY_ENDED, &token_hash[..], Micros(now)))?.is_some())
    }

    /// How many people of an organisation are signed in without any of these methods, by team.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_signed_in_without_method(
        &self,
        organisation: OrganisationId,
        methods: MethodSet,
        now: Instant,
    ) -> Result<Vec<(Option<TeamId>, i64)>, StoreError> {
        run!(self, fetch_all::<(Option<TeamId>, i64)>(COUNT_WITHOUT, organisation, Micros(now), methods.bits()))
    }

    /// How many people of an organisation are signed in with single sign-on, or otherwise: account holders not counted then.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_by_first_sign(&self, organisation: OrganisationId, is_sign_on: bool, now: Instant) -> Result<i64, StoreError> {
        Ok(run!(self, fetch_one::<(i64,)>(COUNT_BY_FIRST_SIGN, organisation, Micros(now), is_sign_on))?.0)
    }

    /// Where somebody is signed in: the fifty sessions last used, latest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_sessions(&self, account_id: AccountId, now: Instant) -> Result<Vec<Session>, StoreError> {
        let rows = run!(self, fetch_all::<SessionRow>(LIST, account_id, Micros(now)))?;
        Ok(rows.into_iter().map(Session::from).collect())
    }
}
