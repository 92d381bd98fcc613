//! Passes: what a signed-in browser shows to the applications behind, and what they are told.
//!
//! A pass goes with its session's token and can't be turned back into it: an application that is broken into can't
//! act in its people's name here. It is looked up in the database with every request, never remembered. Requests
//! that come while one is being looked up share the next look-up, which begins after all of them did: what is
//! revoked is refused at the very next request, on every node, whoever revoked it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use countersign_domain::{Demand, Factor, Proofs, ReturnPath, Stage};
use countersign_store::{MAX_PASSES, OrganisationId, Pass, SessionId, StoreError, Tx};
use tokio::sync::oneshot;

use crate::{Caller, Error, Identity, Token, Visitor};

/// So many look-ups may be under way at once. One alone finds more who wait when it comes back.
const MAX_READERS: usize = 1;

/// How often others are let go first before a look-up begins.
const MOST_YIELDS: usize = 4;

/// Somebody an application may let in.
#[derive(Clone, Debug)]
pub struct Grant(Arc<Pass>);

impl std::ops::Deref for Grant {
    type Target = Pass;

    fn deref(&self) -> &Pass {
        &self.0
    }
}

impl Grant {
    /// What they signed in with.
    pub fn methods(&self) -> impl Iterator<Item = &'static str> {
        // A passkey that was both signs is said once.
        let second = self.second_factor.map(Factor::code).filter(|second| *second != self.first_sign.code());
        std::iter::once(self.first_sign.code()).chain(second)
    }
}

/// What an application is told.
#[derive(Debug)]
#[must_use]
pub enum Verified {
    /// They are signed in, and as sure as was asked.
    Granted(Grant),
    /// Nobody is signed in with that pass.
    SignInRequired,
    /// They are signed in; what was asked for needs another proof.
    ProofRequired,
    /// They are of another organisation than the application is for.
    WrongOrganisation,
}

type Told = Result<Option<Arc<Pass>>, Arc<StoreError>>;
type Asked = ([u8; 32], oneshot::Sender<Told>);

/// Who waits for a look-up, and how many are under way.
#[derive(Default)]
struct Waiting {
    asked: Vec<Asked>,
    readers: usize,
}

#[derive(Default)]
pub(crate) struct PassReaders(Mutex<Waiting>);

impl PassReaders {
    fn with<T>(&self, act: impl FnOnce(&mut Waiting) -> T) -> T {
        // Nothing in here can stop half-way.
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One of those who look up; however it ends, there is room for another one afterwards.
struct Reader {
    readers: Arc<PassReaders>,
    has_left: bool,
}

impl Reader {
    /// Those who wait now. When there is nobody, this reader is gone in the same instant: whoever asks next begins
    /// with another one.
    fn take(&mut self) -> Vec<Asked> {
        let has_left = &mut self.has_left;
        self.readers.with(|waiting| {
            let count = waiting.asked.len().min(MAX_PASSES);
            if count == 0 {
                *has_left = true;
                waiting.readers -= 1;
            }
            waiting.asked.drain(..count).collect()
        })
    }
}

impl Reader {
    /// Whoever is about to ask goes first, as long as that brings more: the more who share a look-up, the less it costs
    /// each of them. Who is alone waits for nobody.
    async fn let_others_ask(&self) {
        let mut before = 0;
        for _ in 0..MOST_YIELDS {
            tokio::task::yield_now().await;
            let waiting = self.readers.with(|waiting| waiting.asked.len());
            if waiting == before || waiting >= MAX_PASSES {
                break;
            }
            before = waiting;
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if !self.has_left {
            self.readers.with(|waiting| waiting.readers -= 1);
        }
    }
}

impl Identity {
    /// Whether a pass is good for what an application asks: `organisation` is whom it is for, if not everybody.
    /// Who it comes from is asked for only where it is noted, once a minute.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn verify_pass(
        &self,
        pass: Option<&Token>,
        demand: Demand,
        organisation: Option<OrganisationId>,
        visitor: impl FnOnce() -> Visitor,
    ) -> Result<Verified, Error> {
        let Some(token) = pass else { return Ok(Verified::SignInRequired) };
        let Some(pass) = self.find_pass(*token.hash()).await? else { return Ok(Verified::SignInRequired) };
        let now = self.now();
        if Self::is_touch_due(pass.seen_at, now) {
            self.touch(pass.session_id, now, &visitor()).await?;
        }
        if organisation.is_some_and(|organisation| organisation != pass.organisation_id) {
            return Ok(Verified::WrongOrganisation);
        }
        let proofs = Proofs {
            assurance: pass.assurance,
            has_method: pass.has_method,
            password_at: pass.password_at,
            second_step_at: pass.second_step_at,
        };
        Ok(if demand.is_met_by(&proofs, now) { Verified::Granted(Grant(pass)) } else { Verified::ProofRequired })
    }

    /// Whose pass this is, by a look-up that begins after the question.
    async fn find_pass(&self, hash: [u8; 32]) -> Result<Option<Arc<Pass>>, Error> {
        let (tell, told) = oneshot::channel();
        let may_begin = self.pass_readers.with(|waiting| {
            waiting.asked.push((hash, tell));
            let may_begin = waiting.readers < MAX_READERS;
            waiting.readers += usize::from(may_begin);
            may_begin
        });
        if may_begin {
            let reader = Reader { readers: Arc::clone(&self.pass_readers), has_left: false };
            // On its own, so that whoever goes away takes nobody's answer along.
            tokio::spawn(self.clone().read_passes(reader));
        }
        let told = told.await.map_err(|_| Error::fault("a look-up of passes ended without an answer"))?;
        told.map_err(Error::fault)
    }

    /// Looks up for all who wait, until nobody does.
    async fn read_passes(self, mut reader: Reader) {
        loop {
            reader.let_others_ask().await;
            let asked = reader.take();
            if asked.is_empty() {
                break;
            }
            let hashes: Vec<[u8; 32]> = asked.iter().map(|(hash, _)| *hash).collect();
            let found = match self.store.find_passes(&hashes, self.now()).await {
                Ok(found) => Ok(found.into_iter().map(|(hash, pass)| (hash, Arc::new(pass))).collect::<HashMap<_, _>>()),
                Err(error) => Err(Arc::new(error)),
            };
            for (hash, tell) in asked {
                // Whoever went away meanwhile doesn't want it any more.
                let _ = tell.send(found.as_ref().map(|found| found.get(&hash).cloned()).map_err(Arc::clone));
            }
        }
    }

    /// Gives a session its pass, with its new token, if it is signed in and there is any application to show it to.
    pub(crate) async fn give_pass(&self, tx: &mut Tx, id: SessionId, stage: Stage, token: &Token) -> Result<(), Error> {
        if stage == Stage::SignedIn && !self.settings.applications.is_empty() {
            tx.give_pass(id, token.hash(), token.pass().hash()).await?;
        }
        Ok(())
    }

    /// Gives the caller's session its pass again: it began before there were applications, or its browser has lost
    /// the cookie. `false`: the session changed in the meantime.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn renew_pass(&self, caller: &Caller) -> Result<bool, Error> {
        let mut tx = self.store.begin().await?;
        let is_ours = tx.give_pass(caller.session.id, caller.token.hash(), caller.token.pass().hash()).await?;
        tx.commit().await?;
        Ok(is_ours)
    }

    /// Remembers where the caller wants to go once they have given what is asked of them.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn remember_return(&self, caller: &Caller, path: &ReturnPath) -> Result<(), Error> {
        let mut tx = self.store.begin().await?;
        tx.set_return_of_session(caller.session.id, caller.token.hash(), path.as_str()).await?;
        Ok(tx.commit().await?)
    }
}
