//! Re-encryption after the keys were rotated.

use uuid::Uuid;

use crate::authenticator_apps::SEEDS;
use crate::dispatch::run;
use crate::{Place, Store, StoreError, access_codes, backup_codes, identity_providers, mails, recovery_keys};

/// Every sealed column there is. One that isn't listed here would be lost with the retired keys.
const SEALED: [SealedColumn; 6] =
    [SEEDS, backup_codes::REVEALS, recovery_keys::REVEALS, access_codes::REVEALS, mails::MESSAGES, identity_providers::SECRETS];

/// A column of sealed values, and the statements that walk through it.
pub(crate) struct SealedColumn {
    pub(crate) table: &'static str,
    pub(crate) column: &'static str,
    /// Ids and values after the id `$1`, in order.
    pub(crate) page: &'static str,
    /// Puts `$3` in the place of `$2` in row `$1`.
    pub(crate) replace: &'static str,
}

impl SealedColumn {
    /// The place of one row's value.
    pub(crate) const fn place(&self, row: Uuid) -> Place {
        Place { table: self.table, column: self.column, row }
    }
}

impl Store {
    /// Seals everything with the active key that was sealed with another one, and says how many
    /// values those were. Afterwards the retired keys can be dropped, once no node still seals
    /// with one of them.
    ///
    /// Other nodes may keep writing: a value is replaced only if it is still the one that was
    /// read, page by page, each in a transaction of its own. It can be run again after a crash.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a value can't be opened; what was done so far
    /// stays done.
    pub async fn reseal_all(&self) -> Result<u64, StoreError> {
        let mut resealed = 0;
        for column in &SEALED {
            resealed += self.reseal_column(column).await?;
        }
        Ok(resealed)
    }

    /// Opens one value of each sealed column, to tell whether the keys belong to this database.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or a value can't be opened.
    pub async fn check_sealed(&self) -> Result<(), StoreError> {
        for sealed in &SEALED {
            let page = run!(self, fetch_all::<(Uuid, Vec<u8>)>(sealed.page, Uuid::nil()))?;
            if let Some((row, value)) = page.first() {
                self.keys().open(sealed.place(*row), value)?;
            }
        }
        Ok(())
    }

    async fn reseal_column(&self, sealed: &SealedColumn) -> Result<u64, StoreError> {
        let mut resealed = 0;
        let mut after = Uuid::nil();
        loop {
            let page = run!(self, fetch_all::<(Uuid, Vec<u8>)>(sealed.page, after))?;
            let Some((last, _)) = page.last() else { return Ok(resealed) };
            after = *last;
            let mut replacements = Vec::new();
            for (row, old) in page {
                if self.keys().is_retired(&old)? {
                    let place = sealed.place(row);
                    let new = self.keys().seal(place, &self.keys().open(place, &old)?)?;
                    replacements.push((row, old, new));
                }
            }
            if replacements.is_empty() {
                continue;
            }
            let mut tx = self.begin().await?;
            for (row, old, new) in &replacements {
                resealed += run!(tx, execute(sealed.replace, row, old.as_slice(), new.as_slice()))?;
            }
            tx.commit().await?;
        }
    }
}
