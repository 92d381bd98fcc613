//! The audit trail: what happened to whom, from where. It only grows; the database itself refuses
//! to change or remove a line.

use countersign_domain::Instant;
use serde_json::Value;

use crate::columns::{JsonText, Micros};
use crate::dispatch::{run, sql};
use crate::{AccountId, AuditEventId, OrganisationId, Store, StoreError, TeamId, Tx};

sql! {
    RECORD = "INSERT INTO audit_events (id, organisation_id, account_id, kind, at, address, browser, details, actor_id, team_id) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    LIST = "SELECT id, organisation_id, account_id, kind, at, address, browser, details, actor_id, team_id FROM audit_events \
        WHERE account_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3";
    COUNT_SINCE = "SELECT COUNT(*) FROM audit_events WHERE account_id = $1 AND id >= $2 AND kind = $3";
}

/// One line of the audit trail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    /// Its id, by which events sort.
    pub id: AuditEventId,
    /// The organisation, if it is known.
    pub organisation_id: Option<OrganisationId>,
    /// The account it happened to, if there is one. The event outlives it.
    pub account_id: Option<AccountId>,
    /// What happened: a stable word.
    pub kind: String,
    /// When.
    pub at: Instant,
    /// From which address.
    pub address: String,
    /// With which browser, in words for people.
    pub browser: String,
    /// What else is worth knowing. Never a secret.
    pub details: Value,
    /// Who did it, where that is somebody else.
    pub actor_id: Option<AccountId>,
    /// The team of whom it happened to, then.
    pub team_id: Option<TeamId>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct EventRow {
    id: AuditEventId,
    organisation_id: Option<OrganisationId>,
    account_id: Option<AccountId>,
    kind: String,
    at: Micros,
    address: String,
    browser: String,
    details: JsonText,
    actor_id: Option<AccountId>,
    team_id: Option<TeamId>,
}

impl From<EventRow> for AuditEvent {
    fn from(row: EventRow) -> Self {
        Self {
            id: row.id,
            organisation_id: row.organisation_id,
            account_id: row.account_id,
            kind: row.kind,
            at: row.at.0,
            address: row.address,
            browser: row.browser,
            details: row.details.0,
            actor_id: row.actor_id,
            team_id: row.team_id,
        }
    }
}

/// Writes an event on a transaction, or alone.
macro_rules! record {
    ($on:expr, $event:expr) => {{
        let AuditEvent { id, organisation_id, account_id, kind, at, address, browser, details, actor_id, team_id } = $event;
        let details = details.to_string();
        run!($on, execute(RECORD, id, *organisation_id, *account_id, kind, Micros(*at), address, browser, details, *actor_id, *team_id))
            .map(|_| ())
    }};
}

impl Tx {
    /// How many events of one kind an account has had, from the id `since` on, as this transaction
    /// sees them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_events_since(&mut self, account_id: AccountId, kind: &str, since: AuditEventId) -> Result<u64, StoreError> {
        let (count,) = run!(self, fetch_one::<(i64,)>(COUNT_SINCE, account_id, since, kind))?;
        Ok(count.unsigned_abs())
    }

    /// Writes an event down, in the same transaction as what it tells of.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn record_event(&mut self, event: &AuditEvent) -> Result<(), StoreError> {
        record!(self, event)
    }
}

impl Store {
    /// Writes an event down that tells of nothing else that is stored: a refusal.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn record_event(&self, event: &AuditEvent) -> Result<(), StoreError> {
        record!(self.alone(), event)
    }

    /// How many events of one kind an account has had, from the id `since` on.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_events_since(&self, account_id: AccountId, kind: &str, since: AuditEventId) -> Result<u64, StoreError> {
        let (count,) = run!(self, fetch_one::<(i64,)>(COUNT_SINCE, account_id, since, kind))?;
        Ok(count.unsigned_abs())
    }

    /// What happened to an account, latest first: at most `limit` events, those before `before`
    /// if it is given.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_events(
        &self,
        account_id: AccountId,
        before: Option<AuditEventId>,
        limit: i64,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let rows = run!(self, fetch_all::<EventRow>(LIST, account_id, before.unwrap_or(AuditEventId::END), limit.max(0)))?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }
}
