//! The chain through the audit trail: added to behind the events, and checked from the command line.
//!
//! Each link is HMAC-SHA256 under the look-up key, over the link before, the place in the chain and the
//! whole event. Who can write to the database but hasn't the keys can't mend a chain they broke. They can
//! take links away and have the server add others: a hash that was written down elsewhere shows that.

use countersign_domain::Instant;
use countersign_store::{AuditEvent, AuditEventId, ChainEnd, OrganisationId};
use subtle::ConstantTimeEq;

use crate::{Error, Identity, visitor::keyed_hash};

/// How many links are added in one transaction.
const BATCH: i64 = 500;
/// How far back events without a link are looked for each time, in seconds: longer than any request lasts.
const LOOK_BACK_SECONDS: i64 = 120;
/// How far back they are looked for now and then: as far as a node's clock may be wrong.
const LOOK_FAR_BACK_SECONDS: i64 = 24 * 60 * 60;
/// How old an event without a link may be before the chain counts as broken, in seconds.
const GRACE_SECONDS: i64 = 15 * 60;

/// How a chain stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum ChainCheck {
    /// Every link holds.
    Whole {
        /// How many there are.
        links: i64,
        /// The hash of the last one: written down elsewhere, it shows a chain that was made anew.
        last: [u8; 32],
    },
    /// The first that doesn't, and why.
    Broken {
        /// Its place, from 1.
        position: i64,
        /// The event it is about, if there is a link at all.
        event: Option<AuditEventId>,
        /// Why.
        why: ChainFault,
    },
    /// An event that is old enough has no link.
    Unlinked {
        /// Which.
        event: AuditEventId,
    },
}

/// What is wrong with a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChainFault {
    /// A link is missing.
    LinkMissing,
    /// Its event is gone.
    EventMissing,
    /// Its event, or a link, isn't what it was.
    Changed,
    /// It ends elsewhere than it says.
    EndChanged,
}

impl Identity {
    /// Adds links behind the events that have none. Says whether there may be more.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn extend_audit_chains(&self) -> Result<bool, Error> {
        self.extend_chains(self.now().plus_seconds(-LOOK_BACK_SECONDS)).await
    }

    /// The same, looking far back: for events of a node whose clock was wrong, and after an update.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn mend_audit_chains(&self) -> Result<(), Error> {
        let has_backlog = self.store.has_audit_backlog().await?;
        // After the update that brought the chain, all of it.
        let since = if has_backlog { Instant::from_micros(0) } else { self.now().plus_seconds(-LOOK_FAR_BACK_SECONDS) };
        while self.extend_chains(since).await? {}
        if has_backlog {
            let mut tx = self.store.begin().await?;
            tx.end_audit_backlog().await?;
            tx.commit().await?;
        }
        Ok(())
    }

    async fn extend_chains(&self, since: Instant) -> Result<bool, Error> {
        let mut has_more = false;
        let after = AuditEventId::from_random(since, [0; 10]);
        for organisation in self.store.list_organisations().await?.into_iter().chain([OrganisationId::NONE]) {
            let mut tx = self.store.begin().await?;
            let end = tx.take_end_of_chain(organisation).await?;
            let events = tx.list_unlinked(organisation, after, BATCH).await?;
            let mut new = end;
            for event in &events {
                new = ChainEnd { length: new.length + 1, hash: self.hash_link(&new, event) };
                tx.add_link(organisation, new.length, event.id, &new.hash).await?;
            }
            if new != end {
                tx.set_end_of_chain(organisation, new).await?;
            }
            tx.commit().await?;
            has_more |= i64::try_from(events.len()).is_ok_and(|added| added == BATCH);
        }
        Ok(has_more)
    }

    /// Checks every chain from its beginning to its end.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn verify_audit_chains(&self) -> Result<Vec<(OrganisationId, ChainCheck)>, Error> {
        let mut checks = Vec::new();
        for organisation in self.store.list_organisations().await?.into_iter().chain([OrganisationId::NONE]) {
            checks.push((organisation, self.verify_chain(organisation).await?));
        }
        Ok(checks)
    }

    /// Whether some chain still has the link that it had at `position` when somebody wrote its hash down.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn has_audit_link(&self, position: i64, hash: &[u8; 32]) -> Result<bool, Error> {
        for organisation in self.store.list_organisations().await?.into_iter().chain([OrganisationId::NONE]) {
            if self.store.has_audit_link(organisation, position, hash).await? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn verify_chain(&self, organisation: OrganisationId) -> Result<ChainCheck, Error> {
        let ends = self.store.find_end_of_chain(organisation).await?.unwrap_or(ChainEnd { length: 0, hash: [0; 32] });
        let mut so_far = ChainEnd { length: 0, hash: [0; 32] };
        loop {
            let links = self.store.list_links(organisation, so_far.length, BATCH).await?;
            if links.is_empty() {
                break;
            }
            for link in links {
                let broken = |why| ChainCheck::Broken { position: so_far.length + 1, event: Some(link.event_id), why };
                if link.position != so_far.length + 1 {
                    return Ok(ChainCheck::Broken { position: so_far.length + 1, event: None, why: ChainFault::LinkMissing });
                }
                let Some(event) = link.event.as_ref() else { return Ok(broken(ChainFault::EventMissing)) };
                let hash = self.hash_link(&so_far, event);
                let is_ours = event.organisation_id.unwrap_or(OrganisationId::NONE) == organisation;
                if !is_ours || !bool::from(link.hash.as_slice().ct_eq(&hash)) {
                    return Ok(broken(ChainFault::Changed));
                }
                so_far = ChainEnd { length: link.position, hash };
            }
        }
        if so_far != ends {
            return Ok(ChainCheck::Broken { position: so_far.length + 1, event: None, why: ChainFault::EndChanged });
        }
        let before = AuditEventId::from_random(self.now().plus_seconds(-GRACE_SECONDS), [0; 10]);
        Ok(match self.store.first_unlinked(organisation, before).await? {
            Some(event) => ChainCheck::Unlinked { event },
            None => ChainCheck::Whole { links: so_far.length, last: so_far.hash },
        })
    }

    /// The hash of the link behind `before`.
    fn hash_link(&self, before: &ChainEnd, event: &AuditEvent) -> [u8; 32] {
        keyed_hash(self.store.keys().lookup(), b"audit-link", &text_of(before, event))
    }
}

/// What a link is a hash of: each part behind its length, so that no two events are written alike.
fn text_of(before: &ChainEnd, event: &AuditEvent) -> Vec<u8> {
    let AuditEvent { id, organisation_id, account_id, kind, at, address, browser, details, actor_id, team_id } = event;
    let uuid = |uuid: Option<[u8; 16]>| uuid.map(Vec::from).unwrap_or_default();
    let parts = [
        before.hash.to_vec(),
        (before.length + 1).to_be_bytes().to_vec(),
        id.as_uuid().into_bytes().to_vec(),
        uuid(organisation_id.map(|id| id.as_uuid().into_bytes())),
        uuid(account_id.map(|id| id.as_uuid().into_bytes())),
        kind.as_bytes().to_vec(),
        at.as_micros().to_be_bytes().to_vec(),
        address.as_bytes().to_vec(),
        browser.as_bytes().to_vec(),
        details.to_string().into_bytes(),
        uuid(actor_id.map(|id| id.as_uuid().into_bytes())),
        uuid(team_id.map(|id| id.as_uuid().into_bytes())),
    ];
    let mut text = Vec::new();
    for part in parts {
        text.extend_from_slice(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        text.extend_from_slice(&part);
    }
    text
}
