//! Which second steps somebody is asked for: of what the tables of apps, keys and emailed codes hold,
//! which the database keeps count of in the account's row.

use countersign_domain::{Factor, Footing};

use crate::dispatch::{run, sql};
use crate::{AccountId, Store, StoreError, Tx};

sql! {
    COUNT = "SELECT (SELECT COUNT(*) FROM credentials WHERE account_id = $1) + \
        (SELECT COUNT(*) FROM emailed_code_methods WHERE account_id = $1) + \
        (SELECT COUNT(*) FROM authenticator_apps WHERE account_id = $1 AND confirmed_at IS NOT NULL)";
}

fn asked(footing: Option<Footing>) -> Vec<Factor> {
    footing.map(|footing| footing.asked().iter().collect()).unwrap_or_default()
}

impl Tx {
    /// The kinds of second step to ask somebody for, strongest first, as this transaction
    /// sees them. Backup codes aren't among them: they stand in for what is here.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_second_steps(&mut self, account_id: AccountId) -> Result<Vec<Factor>, StoreError> {
        Ok(asked(self.find_footing(account_id).await?))
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
    /// The kinds of second step to ask somebody for, strongest first. Backup codes aren't
    /// among them: they stand in for what is here.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_second_steps(&self, account_id: AccountId) -> Result<Vec<Factor>, StoreError> {
        Ok(asked(self.find_footing(account_id).await?))
    }
}
