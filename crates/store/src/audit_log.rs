//! Reading the audit trail of an organisation: newest first, narrowed, a page at a time.
//!
//! Ids begin with their time, so a span of time is a span of ids, and every way to narrow the trail is an
//! index that leads straight to its page.

use crate::audit_events::EventRow;
use crate::dispatch::{run, sql};
use crate::teams::teams_of_supervisor;
use crate::{AccountId, AuditEvent, AuditEventId, OrganisationId, Store, StoreError, TeamId};

/// $1 the organisation, $2 and $3 the span of ids, both left out, $4 how many.
macro_rules! page {
    ($which:expr, $order:literal) => {
        concat!(
            "SELECT id, organisation_id, account_id, kind, at, address, browser, details, actor_id, team_id FROM audit_events \
             WHERE organisation_id = $1 AND id > $2 AND id < $3 ",
            $which,
            " ORDER BY ",
            $order,
            " LIMIT $4"
        )
    };
}

/// $5 the person, $6 the name of the event or none, $7 a supervisor who sees their teams alone, or none.
macro_rules! of_person {
    ($column:literal) => {
        concat!(
            "AND ",
            $column,
            " = $5 AND (kind = $6 OR $6 IS NULL) \
             AND (team_id IN (",
            teams_of_supervisor!("$7"),
            ") OR $7 IS NULL)"
        )
    };
}

sql! {
    ALL = page!("", "id DESC");
    ALL_NEWER = page!("", "id ASC");
    /// One name, as a span of the index by name. Asked for with `=`, SQLite goes through the whole trail.
    OF_KIND = page!("AND (kind, id) > ($5, $2) AND (kind, id) < ($5, $3)", "kind DESC, id DESC");
    OF_KIND_NEWER = page!("AND (kind, id) > ($5, $2) AND (kind, id) < ($5, $3)", "kind ASC, id ASC");
    OF_ACCOUNT = page!(of_person!("account_id"), "id DESC");
    OF_ACCOUNT_NEWER = page!(of_person!("account_id"), "id ASC");
    OF_ACTOR = page!(of_person!("actor_id"), "id DESC");
    OF_ACTOR_NEWER = page!(of_person!("actor_id"), "id ASC");
    OF_TEAM = page!("AND team_id = $5 AND (kind = $6 OR $6 IS NULL)", "id DESC");
    OF_TEAM_NEWER = page!("AND team_id = $5 AND (kind = $6 OR $6 IS NULL)", "id ASC");
    /// Of every organisation.
    EXPORT = "SELECT id, organisation_id, account_id, kind, at, address, browser, details, actor_id, team_id FROM audit_events \
        WHERE id > $1 AND id < $2 ORDER BY id LIMIT $3";
}

/// One way into the trail of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuditPath<'a> {
    /// Everything.
    All,
    /// Events by one name.
    Kind(&'a str),
    /// What happened to somebody; to those in a supervisor's teams alone, where one is named.
    Account(AccountId, Option<&'a str>, Option<AccountId>),
    /// What somebody did to others; the same.
    Actor(AccountId, Option<&'a str>, Option<AccountId>),
    /// What happened to those who were in a team.
    Team(TeamId, Option<&'a str>),
}

/// Which part of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditSpan {
    /// Later than this one.
    pub after: AuditEventId,
    /// Earlier than this one.
    pub before: AuditEventId,
    /// Those nearest to `after`, rather than those nearest to `before`.
    pub is_newer: bool,
    /// How many.
    pub limit: i64,
}

impl Store {
    /// Entries of every organisation between two, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn export_events(&self, (after, before): (AuditEventId, AuditEventId), limit: i64) -> Result<Vec<AuditEvent>, StoreError> {
        let rows = run!(self, fetch_all::<EventRow>(EXPORT, after, before, limit))?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }

    /// A part of an organisation's trail, newest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_audit(
        &self,
        organisation: OrganisationId,
        path: AuditPath<'_>,
        span: AuditSpan,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let AuditSpan { after, before, is_newer, limit } = span;
        let either = |older, newer| if is_newer { newer } else { older };
        let mut rows = match path {
            AuditPath::All => run!(self, fetch_all::<EventRow>(either(ALL, ALL_NEWER), organisation, after, before, limit)),
            AuditPath::Kind(kind) => {
                run!(self, fetch_all::<EventRow>(either(OF_KIND, OF_KIND_NEWER), organisation, after, before, limit, kind))
            }
            AuditPath::Account(id, kind, by) => {
                run!(self, fetch_all::<EventRow>(either(OF_ACCOUNT, OF_ACCOUNT_NEWER), organisation, after, before, limit, id, kind, by))
            }
            AuditPath::Actor(id, kind, by) => {
                run!(self, fetch_all::<EventRow>(either(OF_ACTOR, OF_ACTOR_NEWER), organisation, after, before, limit, id, kind, by))
            }
            AuditPath::Team(id, kind) => {
                run!(self, fetch_all::<EventRow>(either(OF_TEAM, OF_TEAM_NEWER), organisation, after, before, limit, id, kind))
            }
        }?;
        if is_newer {
            rows.reverse();
        }
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }
}
