//! The organisation. There is one to an installation, and the database sees to it.

use countersign_domain::{Instant, OrganisationName};

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::{OrganisationId, Store, StoreError, Tx};

sql! {
    CREATE = "INSERT INTO organisations (id, name, requires_second_step, allows_emailed_code, created_at) VALUES ($1, $2, $3, $4, $5) \
        ON CONFLICT DO NOTHING";
    FIND = "SELECT id, name, requires_second_step, allows_emailed_code, created_at FROM organisations";
    SET_ALLOWS_EMAILED_CODE = "UPDATE organisations SET allows_emailed_code = $2 WHERE id = $1";
    SET_REQUIRES_SECOND_STEP = "UPDATE organisations SET requires_second_step = $2 WHERE id = $1";
}

/// The organisation and its policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name, also shown in authenticator apps.
    pub name: OrganisationName,
    /// Whether everybody needs a second step.
    pub requires_second_step: bool,
    /// Whether a code by mail may be a second step.
    pub allows_emailed_code: bool,
    /// When it was set up.
    pub created_at: Instant,
}

#[derive(sqlx::FromRow)]
struct OrganisationRow {
    id: OrganisationId,
    name: String,
    requires_second_step: bool,
    allows_emailed_code: bool,
    created_at: Micros,
}

impl From<OrganisationRow> for Organisation {
    fn from(row: OrganisationRow) -> Self {
        Self {
            id: row.id,
            name: OrganisationName::from_stored(row.name),
            requires_second_step: row.requires_second_step,
            allows_emailed_code: row.allows_emailed_code,
            created_at: row.created_at.0,
        }
    }
}

impl Tx {
    /// Creates the organisation. `false` when there is one already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_organisation(&mut self, organisation: &Organisation) -> Result<bool, StoreError> {
        let Organisation { id, name, requires_second_step, allows_emailed_code, created_at } = organisation;
        Ok(run!(self, execute(CREATE, id, name.as_str(), requires_second_step, allows_emailed_code, Micros(*created_at)))? == 1)
    }

    /// Says whether everybody needs a second step from now on.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn set_requires_second_step(&mut self, id: OrganisationId, requires: bool) -> Result<(), StoreError> {
        run!(self, execute(SET_REQUIRES_SECOND_STEP, id, requires)).map(|_| ())
    }

    /// Says whether a code by mail may be a second step from now on.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn set_allows_emailed_code(&mut self, id: OrganisationId, allows: bool) -> Result<(), StoreError> {
        run!(self, execute(SET_ALLOWS_EMAILED_CODE, id, allows)).map(|_| ())
    }

    /// The organisation, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_organisation(&mut self) -> Result<Option<Organisation>, StoreError> {
        Ok(run!(self, fetch_optional::<OrganisationRow>(FIND))?.map(Organisation::from))
    }

    /// Whether everybody needs a second step, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn requires_second_step(&mut self) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<OrganisationRow>(FIND))?.is_some_and(|row| row.requires_second_step))
    }
}

impl Store {
    /// The organisation, once there is one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_organisation(&self) -> Result<Option<Organisation>, StoreError> {
        Ok(run!(self, fetch_optional::<OrganisationRow>(FIND))?.map(Organisation::from))
    }
}
