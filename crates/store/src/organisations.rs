//! Organisations and what each asks of its people.

use countersign_domain::{Footing, Instant, OrganisationName, Policy, SessionLengths, TrustDays};

use crate::columns::{Methods, Micros};
use crate::dispatch::{run, sql};
use crate::{OrganisationId, Store, StoreError, Tx};

/// The columns of [`OrganisationRow`], named so that they can stand beside an account's.
macro_rules! organisation_columns {
    () => {
        "organisations.id AS organisation_id, organisations.name AS organisation_name, organisations.required_from, \
         organisations.announced_at, organisations.allowed_methods, organisations.trust_days, organisations.idle_minutes, \
         organisations.overall_minutes, organisations.policy_changes, organisations.created_at AS organisation_created_at"
    };
}
pub(crate) use organisation_columns;

sql! {
    CREATE = "INSERT INTO organisations (id, name, required_from, announced_at, allowed_methods, policy_changes, created_at, \
        trust_days, idle_minutes, overall_minutes) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    FIND = concat!("SELECT ", organisation_columns!(), " FROM organisations WHERE id = $1");
    /// Two are enough to know that there isn't one.
    FIND_TWO = concat!("SELECT ", organisation_columns!(), " FROM organisations LIMIT 2");
    /// Nobody reads what is asked and acts on it while it changes: whoever reads it in a transaction
    /// that matters takes the row, too.
    LOCK = "UPDATE organisations SET name = name WHERE id = $1";
    SET_POLICY = "UPDATE organisations SET required_from = $3, announced_at = $4, allowed_methods = $5, \
        trust_days = $6, idle_minutes = $7, overall_minutes = $8, policy_changes = policy_changes + 1 WHERE id = $1 AND policy_changes = $2";
}

/// An organisation and its policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its id.
    pub id: OrganisationId,
    /// Its name, also shown in authenticator apps.
    pub name: OrganisationName,
    /// What it asks of its people.
    pub policy: Policy,
    /// When it was said that everybody needs a second step, if they do.
    pub announced_at: Option<Instant>,
    /// How often the policy was changed: of two who change it at once, one looks again.
    pub policy_changes: i64,
    /// When it was set up.
    pub created_at: Instant,
}

#[derive(sqlx::FromRow)]
pub(crate) struct OrganisationRow {
    organisation_id: OrganisationId,
    organisation_name: String,
    #[sqlx(flatten)]
    policy: PolicyRow,
    announced_at: Option<Micros>,
    policy_changes: i64,
    organisation_created_at: Micros,
}

#[derive(sqlx::FromRow)]
struct PolicyRow {
    required_from: Option<Micros>,
    allowed_methods: Methods,
    trust_days: i64,
    idle_minutes: i64,
    overall_minutes: i64,
}

impl From<PolicyRow> for Policy {
    fn from(row: PolicyRow) -> Self {
        Self {
            required_from: row.required_from.map(|at| at.0),
            methods: row.allowed_methods.0,
            trust: TrustDays::new(row.trust_days).unwrap_or(TrustDays::NEVER),
            sessions: SessionLengths::from_stored(row.idle_minutes, row.overall_minutes),
        }
    }
}

impl From<OrganisationRow> for Organisation {
    fn from(row: OrganisationRow) -> Self {
        Self {
            id: row.organisation_id,
            name: OrganisationName::from_stored(row.organisation_name),
            policy: row.policy.into(),
            announced_at: row.announced_at.map(|at| at.0),
            policy_changes: row.policy_changes,
            created_at: row.organisation_created_at.0,
        }
    }
}

impl Tx {
    /// Creates an organisation.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_organisation(&mut self, organisation: &Organisation) -> Result<(), StoreError> {
        let Organisation { id, name, policy, announced_at, policy_changes, created_at } = organisation;
        let Policy { required_from, methods, trust, sessions } = policy;
        run!(
            self,
            execute(
                CREATE,
                id,
                name.as_str(),
                required_from.map(Micros),
                announced_at.map(Micros),
                methods.bits(),
                policy_changes,
                Micros(*created_at),
                trust.days(),
                sessions.idle_minutes(),
                sessions.overall_minutes()
            )
        )
        .map(|_| ())
    }

    /// Changes what is asked, if nobody else has since `changes` was read. `announced_at` says when
    /// it was said that everybody needs a second step. `false` when somebody has.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or when no method would be allowed.
    pub async fn set_policy(
        &mut self,
        id: OrganisationId,
        changes: i64,
        policy: Policy,
        announced_at: Option<Instant>,
    ) -> Result<bool, StoreError> {
        let Policy { required_from, methods, trust, sessions } = policy;
        let rows = run!(
            self,
            execute(
                SET_POLICY,
                id,
                changes,
                required_from.map(Micros),
                announced_at.map(Micros),
                methods.bits(),
                trust.days(),
                sessions.idle_minutes(),
                sessions.overall_minutes()
            )
        )?;
        Ok(rows == 1)
    }

    /// The organisation with this id, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_organisation(&mut self, id: OrganisationId) -> Result<Option<Organisation>, StoreError> {
        Ok(run!(self, fetch_optional::<OrganisationRow>(FIND, id))?.map(Organisation::from))
    }

    /// Makes other transactions that lock the same organisation wait until this one ends.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn lock_organisation(&mut self, id: OrganisationId) -> Result<(), StoreError> {
        run!(self, execute(LOCK, id)).map(|_| ())
    }
}

impl Store {
    /// The organisation with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_organisation(&self, id: OrganisationId) -> Result<Option<Organisation>, StoreError> {
        Ok(run!(self, fetch_optional::<OrganisationRow>(FIND, id))?.map(Organisation::from))
    }

    /// The organisation, if exactly one lives here.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_only_organisation(&self) -> Result<Option<Organisation>, StoreError> {
        let mut rows = run!(self, fetch_all::<OrganisationRow>(FIND_TWO))?;
        Ok(rows.pop().filter(|_| rows.is_empty()).map(Organisation::from))
    }
}

/// What somebody has, and what is asked of them.
#[derive(sqlx::FromRow)]
pub(crate) struct FootingRow {
    methods: Methods,
    #[sqlx(flatten)]
    policy: PolicyRow,
    access_until: Option<Micros>,
}

/// The columns of [`FootingRow`] for a statement about `accounts` alone.
macro_rules! footing_columns {
    () => {
        "methods, (SELECT allowed_methods FROM organisations WHERE organisations.id = organisation_id) AS allowed_methods, \
         (SELECT required_from FROM organisations WHERE organisations.id = organisation_id) AS required_from, \
         (SELECT trust_days FROM organisations WHERE organisations.id = organisation_id) AS trust_days, \
         (SELECT idle_minutes FROM organisations WHERE organisations.id = organisation_id) AS idle_minutes, \
         (SELECT overall_minutes FROM organisations WHERE organisations.id = organisation_id) AS overall_minutes, \
         (SELECT expires_at FROM access_codes WHERE access_codes.account_id = accounts.id) AS access_until"
    };
}
pub(crate) use footing_columns;

impl From<FootingRow> for Footing {
    fn from(row: FootingRow) -> Self {
        Self { has: row.methods.0, policy: row.policy.into(), access_until: row.access_until.map(|at| at.0) }
    }
}
