//! Which second steps somebody has: over the tables of apps, keys and emailed codes.

use countersign_domain::Factor;

use crate::columns::Code;
use crate::dispatch::{run, sql};
use crate::{AccountId, Store, StoreError, Tx};

sql! {
    /// Emailed codes count where the organisation allows them, and the address is confirmed.
    LIST = "SELECT kind FROM credentials WHERE account_id = $1 \
        UNION SELECT 'authenticator-app' FROM authenticator_apps WHERE account_id = $1 AND confirmed_at IS NOT NULL \
        UNION SELECT 'emailed-code' FROM emailed_code_methods \
            JOIN accounts ON accounts.id = emailed_code_methods.account_id \
            JOIN organisations ON organisations.id = accounts.organisation_id \
            WHERE emailed_code_methods.account_id = $1 AND accounts.email_confirmed_at IS NOT NULL AND organisations.allows_emailed_code";
    COUNT = "SELECT (SELECT COUNT(*) FROM credentials WHERE account_id = $1) + \
        (SELECT COUNT(*) FROM emailed_code_methods WHERE account_id = $1) + \
        (SELECT COUNT(*) FROM authenticator_apps WHERE account_id = $1 AND confirmed_at IS NOT NULL)";
}

type Row = (Code<Factor>,);

fn strongest_first(rows: &[Row]) -> Vec<Factor> {
    let has = |factor: &Factor| rows.iter().any(|(row,)| row.0 == *factor);
    Factor::ALL.into_iter().filter(has).collect()
}

impl Tx {
    /// The kinds of second step that somebody has connected, strongest first, as this transaction
    /// sees them. Backup codes aren't among them: they stand in for what is here.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_second_steps(&mut self, account_id: AccountId) -> Result<Vec<Factor>, StoreError> {
        Ok(strongest_first(&run!(self, fetch_all::<Row>(LIST, account_id))?))
    }

    /// How many methods somebody has connected, as this transaction sees them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_second_steps(&mut self, account_id: AccountId) -> Result<u64, StoreError> {
        let (count,) = run!(self, fetch_one::<(i64,)>(COUNT, account_id))?;
        Ok(count.unsigned_abs())
    }
}

impl Store {
    /// The kinds of second step that somebody has connected, strongest first. Backup codes aren't
    /// among them: they stand in for what is here.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_second_steps(&self, account_id: AccountId) -> Result<Vec<Factor>, StoreError> {
        Ok(strongest_first(&run!(self, fetch_all::<Row>(LIST, account_id))?))
    }
}
