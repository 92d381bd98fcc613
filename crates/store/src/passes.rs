//! Passes: what a signed-in browser shows to the applications behind, looked up with every request of theirs.
//!
//! A pass is a column of its session, so that whatever ends the session ends the pass with it, in the same
//! statement, whoever runs it. Nothing is kept between two look-ups: each reads what is committed.

use std::collections::HashMap;

use countersign_domain::{Assurance, Email, Factor, Instant, PersonName, Role};

use crate::columns::{Code, Methods, Micros};
use crate::dispatch::{run, sql};
use crate::sessions::lives;
use crate::teams::teams_of_supervisor;
use crate::{AccountId, OrganisationId, SessionId, Store, StoreError, Tx};

/// Between the names of teams: no name holds a control character.
const BETWEEN_TEAMS: &str = "\u{1f}";

/// Sessions that are signed in, by the passes in `$list`. $2 is now, $3 what stands between the names of teams.
macro_rules! find {
    ($list:literal) => {
        concat!(
            "SELECT sessions.pass_hash, sessions.id, sessions.assurance, sessions.second_factor, sessions.password_at, \
             sessions.second_step_at, sessions.seen_at, accounts.id, accounts.organisation_id, accounts.email, accounts.name, \
             accounts.role, accounts.methods, (SELECT string_agg(teams.name, $3) FROM teams WHERE teams.id IN (",
            teams_of_supervisor!("accounts.id"),
            ")) FROM sessions \
             JOIN accounts ON accounts.id = sessions.account_id JOIN organisations ON organisations.id = accounts.organisation_id \
             WHERE sessions.pass_hash IN (",
            $list,
            ") AND sessions.stage = 'signed-in' AND ",
            lives!()
        )
    };
}

sql! {
    GIVE = "UPDATE sessions SET pass_hash = $3 WHERE id = $1 AND token_hash = $2 AND stage = 'signed-in'";
    FIND_ONE = find!("$1");
    /// The same for several at once: what a statement costs is shared by all who wait for it.
    FIND_EIGHT = find!("$1, $4, $5, $6, $7, $8, $9, $10");
    FIND_ALL = find!("$1, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, \
        $27, $28, $29, $30, $31, $32, $33, $34");
}

/// So many passes can be looked up in one statement.
pub const MAX_PASSES: usize = 32;

/// Somebody who is signed in, as the applications behind may know them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pass {
    /// The session it belongs to.
    pub session_id: SessionId,
    /// How sure we are that it is them.
    pub assurance: Assurance,
    /// What the second step was given with.
    pub second_factor: Option<Factor>,
    /// When the password was last proved.
    pub password_at: Instant,
    /// When the second step was last proved.
    pub second_step_at: Option<Instant>,
    /// When the session was last used.
    pub seen_at: Instant,
    /// Who it is.
    pub account_id: AccountId,
    /// Where they belong.
    pub organisation_id: OrganisationId,
    /// Their address.
    pub email: Email,
    /// Their name.
    pub name: PersonName,
    /// Their role.
    pub role: Role,
    /// They have a method of their own for the second step.
    pub has_method: bool,
    /// Their team, and those they look after, by name.
    pub teams: Vec<String>,
}

type Row = (
    Vec<u8>,
    SessionId,
    Code<Assurance>,
    Option<Code<Factor>>,
    Micros,
    Option<Micros>,
    Micros,
    AccountId,
    OrganisationId,
    String,
    String,
    Code<Role>,
    Methods,
    Option<String>,
);

fn found(row: Row) -> Result<([u8; 32], Pass), StoreError> {
    let (hash, session_id, assurance, second_factor, password_at, second_step_at, seen_at, account_id, organisation_id, ..) = row;
    let (.., email, name, role, methods, teams) = row;
    let hash = hash.try_into().map_err(|_| StoreError::new("the database holds a pass that can't be one"))?;
    let mut teams: Vec<String> = teams.iter().flat_map(|teams| teams.split(BETWEEN_TEAMS)).map(str::to_owned).collect();
    teams.sort_unstable();
    let pass = Pass {
        session_id,
        assurance: assurance.0,
        second_factor: second_factor.map(|factor| factor.0),
        password_at: password_at.0,
        second_step_at: second_step_at.map(|at| at.0),
        seen_at: seen_at.0,
        account_id,
        organisation_id,
        email: Email::from_stored(email),
        name: PersonName::from_stored(name),
        role: role.0,
        has_method: !methods.0.is_empty(),
        teams,
    };
    Ok((hash, pass))
}

impl Tx {
    /// Gives a session that is signed in its pass, if it still has this token. `false` when it hasn't.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn give_pass(&mut self, id: SessionId, token_hash: &[u8; 32], pass_hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, execute(GIVE, id, &token_hash[..], &pass_hash[..]))? == 1)
    }
}

impl Store {
    /// Whose these passes are, of those who are signed in at `now` and may be: at most [`MAX_PASSES`] are looked up.
    /// Reads what is committed, all at one instant after it was called.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_passes(&self, hashes: &[[u8; 32]], now: Instant) -> Result<HashMap<[u8; 32], Pass>, StoreError> {
        let Some(first) = hashes.first() else { return Ok(HashMap::new()) };
        let (statement, places) = match hashes.len() {
            1 => (FIND_ONE, 0),
            2..=8 => (FIND_EIGHT, 7),
            _ => (FIND_ALL, MAX_PASSES - 1),
        };
        // A statement has as many places as it has; what is over is filled with one that is looked for anyway.
        let others = hashes.iter().skip(1).chain(std::iter::repeat(first)).take(places);
        let rows = run!(self, fetch_all::<Row>(statement, &first[..], Micros(now), BETWEEN_TEAMS; each others))?;
        rows.into_iter().map(found).collect()
    }
}
