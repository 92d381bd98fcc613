//! Passes: what a signed-in browser shows to the applications behind, looked up with every request of theirs.
//!
//! A pass is a column of its session, so that whatever ends the session ends the pass with it, in the same
//! statement, whoever runs it. Nothing is kept between two look-ups: each reads what is committed.

use std::collections::HashMap;

use countersign_domain::{Assurance, Email, Factor, FirstSign, Instant, PersonName, Role};

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::sessions::lives;
use crate::teams::teams_of_supervisor;
use crate::{AccountId, OrganisationId, SessionId, Store, StoreError, Tx};

/// Stands between the parts of a packed column: no name or address holds a control character.
const BETWEEN: char = '\u{1f}';

/// Sessions that are signed in, by the passes in `$list`. $2 is now. All that isn't an id comes in one column: on its
/// way from `SQLite`'s thread each column is copied by itself, which took as long as the look-up.
macro_rules! find {
    ($list:literal) => {
        concat!(
            "SELECT sessions.pass_hash, sessions.id, accounts.id, accounts.organisation_id, \
             sessions.assurance || '\u{1f}' || sessions.first_sign || '\u{1f}' || COALESCE(sessions.second_factor, '') || '\u{1f}' || \
             sessions.password_at || '\u{1f}' || COALESCE(CAST(sessions.second_step_at AS TEXT), '') || '\u{1f}' || \
             sessions.seen_at || '\u{1f}' || accounts.methods || '\u{1f}' || accounts.role || '\u{1f}' || accounts.email || '\u{1f}' || \
             accounts.name || COALESCE('\u{1f}' || CASE WHEN accounts.role = 'supervisor' \
             THEN (SELECT string_agg(teams.name, '\u{1f}') FROM teams WHERE teams.id IN (",
            teams_of_supervisor!("accounts.id"),
            ")) ELSE (SELECT teams.name FROM teams WHERE teams.id = accounts.team_id) END, '') FROM sessions \
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
    FIND_EIGHT = find!("$1, $3, $4, $5, $6, $7, $8, $9");
    FIND_SIXTEEN = find!("$1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17");
    FIND_ALL = find!("$1, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, \
        $26, $27, $28, $29, $30, $31, $32, $33");
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
    /// What the session began with.
    pub first_sign: FirstSign,
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

type Row = (Vec<u8>, SessionId, AccountId, OrganisationId, String);

fn found((hash, session_id, account_id, organisation_id, packed): Row) -> Result<([u8; 32], Pass), StoreError> {
    let hash = hash.try_into().map_err(|_| UNREADABLE)?;
    let mut parts = packed.split(BETWEEN);
    let mut next = || parts.next().ok_or(UNREADABLE);
    let instant = |text: &str| text.parse().map(Instant::from_micros).map_err(|_| UNREADABLE);
    let assurance = Assurance::from_code(next()?).ok_or(UNREADABLE)?;
    let first_sign = FirstSign::from_code(next()?).ok_or(UNREADABLE)?;
    let second_factor = match next()? {
        "" => None,
        code => Some(Factor::from_code(code).ok_or(UNREADABLE)?),
    };
    let password_at = instant(next()?)?;
    let second_step_at = match next()? {
        "" => None,
        at => Some(instant(at)?),
    };
    let seen_at = instant(next()?)?;
    let has_method = next()? != "0";
    let role = Role::from_code(next()?).ok_or(UNREADABLE)?;
    let email = Email::from_stored(next()?.to_owned());
    let name = PersonName::from_stored(next()?.to_owned());
    let mut teams: Vec<String> = parts.map(str::to_owned).collect();
    teams.sort_unstable();
    let pass = Pass {
        session_id,
        assurance,
        first_sign,
        second_factor,
        password_at,
        second_step_at,
        seen_at,
        account_id,
        organisation_id,
        email,
        name,
        role,
        has_method,
        teams,
    };
    Ok((hash, pass))
}

const UNREADABLE: StoreError = StoreError::new("the database holds a session that can't be read");

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
            9..=16 => (FIND_SIXTEEN, 15),
            _ => (FIND_ALL, MAX_PASSES - 1),
        };
        // A statement has as many places as it has; what is over is filled with one that is looked for anyway.
        let others = hashes.iter().skip(1).chain(std::iter::repeat(first)).take(places);
        let rows = run!(self, fetch_all::<Row>(statement, &first[..], Micros(now); each others))?;
        rows.into_iter().map(found).collect()
    }
}
