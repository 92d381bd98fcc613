//! The chain through the audit trail: its links, and where it ends.
//!
//! Events are written by whoever acts; links are added behind them, in the order in which they were found.
//! So nobody who signs in waits for anybody else's link. What a link's hash is made of isn't decided here.

use crate::audit_events::EventRow;
use crate::dispatch::{run, sql};
use crate::{AuditEvent, AuditEventId, OrganisationId, Store, StoreError, Tx};

sql! {
    LIST_ORGANISATIONS = "SELECT id FROM organisations ORDER BY id";
    BEGIN = "INSERT INTO audit_chains (organisation_id, length, hash) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING";
    /// Whoever adds links takes the row until they are done.
    TAKE_END = "UPDATE audit_chains SET length = length WHERE organisation_id = $1 RETURNING length, hash";
    FIND_END = "SELECT length, hash FROM audit_chains WHERE organisation_id = $1";
    SET_END = "UPDATE audit_chains SET length = $2, hash = $3 WHERE organisation_id = $1";
    ADD = "INSERT INTO audit_links (organisation_id, position, event_id, hash) VALUES ($1, $2, $3, $4)";
    LIST_UNLINKED = "SELECT id, organisation_id, account_id, kind, at, address, browser, details, actor_id, team_id FROM audit_events \
        WHERE organisation_id = $1 AND id > $2 AND NOT EXISTS (SELECT 1 FROM audit_links WHERE audit_links.event_id = audit_events.id) \
        ORDER BY id LIMIT $3";
    LIST_UNLINKED_OF_NONE = "SELECT id, organisation_id, account_id, kind, at, address, browser, details, actor_id, team_id FROM audit_events \
        WHERE organisation_id IS NULL AND id > $1 AND NOT EXISTS (SELECT 1 FROM audit_links WHERE audit_links.event_id = audit_events.id) \
        ORDER BY id LIMIT $2";
    LIST_LINKS = "SELECT position, event_id, hash FROM audit_links WHERE organisation_id = $1 AND position > $2 ORDER BY position LIMIT $3";
    HAS_BACKLOG = "SELECT 1 FROM audit_backlogs";
    END_BACKLOG = "DELETE FROM audit_backlogs";
    HAS_LINK = "SELECT 1 FROM audit_links WHERE organisation_id = $1 AND position = $2 AND hash = $3";
    FIND_EVENT = "SELECT id, organisation_id, account_id, kind, at, address, browser, details, actor_id, team_id FROM audit_events WHERE id = $1";
}

/// Where a chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainEnd {
    /// How many links it has.
    pub length: i64,
    /// The hash of the last one.
    pub hash: [u8; 32],
}

/// A link, with its event if that is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Linked {
    /// Its place in the chain, from 1.
    pub position: i64,
    /// The event it is about.
    pub event_id: AuditEventId,
    /// Its hash.
    pub hash: Vec<u8>,
    /// The event.
    pub event: Option<AuditEvent>,
}

fn end((length, hash): (i64, Vec<u8>)) -> Result<ChainEnd, StoreError> {
    let hash = hash.try_into().map_err(|_| StoreError::new("a hash in the database has another length"))?;
    Ok(ChainEnd { length, hash })
}

impl Tx {
    /// Where the chain of an organisation ends, for whoever adds to it: others wait until this transaction
    /// is over.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn take_end_of_chain(&mut self, organisation: OrganisationId) -> Result<ChainEnd, StoreError> {
        run!(self, execute(BEGIN, organisation, &[0_u8; 32][..]))?;
        end(run!(self, fetch_one::<(i64, Vec<u8>)>(TAKE_END, organisation))?)
    }

    /// The events of an organisation after `after` that have no link yet, oldest first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_unlinked(
        &mut self,
        organisation: OrganisationId,
        after: AuditEventId,
        limit: i64,
    ) -> Result<Vec<AuditEvent>, StoreError> {
        let rows = if organisation == OrganisationId::NONE {
            run!(self, fetch_all::<EventRow>(LIST_UNLINKED_OF_NONE, after, limit))
        } else {
            run!(self, fetch_all::<EventRow>(LIST_UNLINKED, organisation, after, limit))
        }?;
        Ok(rows.into_iter().map(AuditEvent::from).collect())
    }

    /// Adds a link.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails, or the event or the place has one.
    pub async fn add_link(
        &mut self,
        organisation: OrganisationId,
        position: i64,
        event_id: AuditEventId,
        hash: &[u8; 32],
    ) -> Result<(), StoreError> {
        run!(self, execute(ADD, organisation, position, event_id, &hash[..])).map(|_| ())
    }

    /// Notes that every event from before the chain has its link.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_audit_backlog(&mut self) -> Result<(), StoreError> {
        run!(self, execute(END_BACKLOG)).map(|_| ())
    }

    /// Notes where a chain ends now.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn set_end_of_chain(&mut self, organisation: OrganisationId, end: ChainEnd) -> Result<(), StoreError> {
        run!(self, execute(SET_END, organisation, end.length, &end.hash[..])).map(|_| ())
    }
}

impl Store {
    /// Every organisation.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_organisations(&self) -> Result<Vec<OrganisationId>, StoreError> {
        Ok(run!(self, fetch_all::<(OrganisationId,)>(LIST_ORGANISATIONS))?.into_iter().map(|(id,)| id).collect())
    }

    /// Whether events from before the chain are still to be linked.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_audit_backlog(&self) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<()>(HAS_BACKLOG))?.is_some())
    }

    /// Whether the chain of an organisation has this link at this place.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_audit_link(&self, organisation: OrganisationId, position: i64, hash: &[u8; 32]) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<()>(HAS_LINK, organisation, position, &hash[..]))?.is_some())
    }

    /// Where the chain of an organisation ends, if it was begun.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_end_of_chain(&self, organisation: OrganisationId) -> Result<Option<ChainEnd>, StoreError> {
        run!(self, fetch_optional::<(i64, Vec<u8>)>(FIND_END, organisation))?.map(end).transpose()
    }

    /// The links of a chain after the place `after`, each with its event.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_links(&self, organisation: OrganisationId, after: i64, limit: i64) -> Result<Vec<Linked>, StoreError> {
        let rows = run!(self, fetch_all::<(i64, AuditEventId, Vec<u8>)>(LIST_LINKS, organisation, after, limit))?;
        let mut linked = Vec::with_capacity(rows.len());
        for (position, event_id, hash) in rows {
            let event = run!(self, fetch_optional::<EventRow>(FIND_EVENT, event_id))?.map(AuditEvent::from);
            linked.push(Linked { position, event_id, hash, event });
        }
        Ok(linked)
    }

    /// Whether an organisation has events before `before` that have no link.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn first_unlinked(&self, organisation: OrganisationId, before: AuditEventId) -> Result<Option<AuditEventId>, StoreError> {
        let rows = if organisation == OrganisationId::NONE {
            run!(self, fetch_all::<EventRow>(LIST_UNLINKED_OF_NONE, AuditEventId::START, 1_i64))
        } else {
            run!(self, fetch_all::<EventRow>(LIST_UNLINKED, organisation, AuditEventId::START, 1_i64))
        }?;
        Ok(rows.into_iter().map(AuditEvent::from).map(|event| event.id).find(|id| *id < before))
    }
}
