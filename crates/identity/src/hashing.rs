//! Argon2id on a bounded pool of threads that reuse their memory.
//!
//! One job a core: more threads than cores gain nothing, since the work is bound by memory. Each
//! thread keeps its 19 MiB and wipes it after each job, which is much faster than asking the
//! system for fresh pages. A full queue answers [`Error::Busy`] at once, so that a burst of
//! sign-ins delays itself and not the rest of the server. A place in the queue can be taken before
//! an attempt is counted, so that nobody is blamed for an attempt that was never verified.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    },
    thread,
};

use argon2::{Algorithm, Argon2, Block, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use zeroize::{Zeroize, Zeroizing};

use crate::Error;

/// Length of a salt, in bytes (RFC 9106 §3.1).
pub(crate) const SALT_LEN: usize = 16;
/// Hashes that may wait per thread: at about 15 ms each, four seconds.
const QUEUE_PER_THREAD: usize = 256;
/// What a refused caller is told to wait, in seconds.
const RETRY_AFTER: u64 = 2;

/// What one hash costs. The default is OWASP's first recommendation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub passes: u32,
    /// Lanes.
    pub lanes: u32,
}

impl Default for HashCost {
    fn default() -> Self {
        Self { memory_kib: 19_456, passes: 2, lanes: 1 }
    }
}

impl HashCost {
    fn params(self) -> Result<Params, argon2::Error> {
        Params::new(self.memory_kib, self.passes, self.lanes, Some(32))
    }

    /// As in the hash's own text: `m=19456,t=2,p=1`.
    #[must_use]
    pub fn to_text(self) -> String {
        format!("m={},t={},p={}", self.memory_kib, self.passes, self.lanes)
    }

    /// Reads [`HashCost::to_text`]; costs over 1 GiB or 64 passes aren't ours.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let mut parts = text.split(',');
        let mut number = |prefix: &str| parts.next()?.strip_prefix(prefix)?.parse::<u32>().ok();
        let cost = Self { memory_kib: number("m=")?, passes: number("t=")?, lanes: number("p=")? };
        let is_ours = cost.memory_kib <= 1 << 20 && (1..=64).contains(&cost.passes) && (1..=16).contains(&cost.lanes);
        (is_ours && parts.next().is_none() && cost.params().is_ok()).then_some(cost)
    }
}

/// Several inputs under one salt and cost: one for a password, fifteen for a set of codes.
struct Job {
    inputs: Vec<Zeroizing<Vec<u8>>>,
    salt: [u8; SALT_LEN],
    cost: HashCost,
    answer: oneshot::Sender<Result<Vec<[u8; 32]>, argon2::Error>>,
    /// Given back when the job is done.
    _slot: Slot,
}

/// A place in the queue, for as many hashes as it was asked for.
#[derive(Debug)]
pub struct Slot(#[expect(dead_code, reason = "it is held to be given back")] OwnedSemaphorePermit);

/// The pool.
#[derive(Debug)]
pub struct Hasher {
    queue: SyncSender<Job>,
    places: Arc<Semaphore>,
}

impl Hasher {
    /// Starts `threads` threads that key every hash with `pepper`. They end when the pool is
    /// dropped.
    ///
    /// # Errors
    /// When a thread can't be started.
    pub fn start(threads: usize, pepper: &[u8]) -> Result<Self, std::io::Error> {
        let threads = threads.max(1);
        let places = threads * QUEUE_PER_THREAD;
        let (queue, jobs) = sync_channel(places);
        let jobs = Arc::new(Mutex::new(jobs));
        for n in 0..threads {
            let jobs = Arc::clone(&jobs);
            let pepper = Zeroizing::new(pepper.to_vec());
            thread::Builder::new().name(format!("argon2-{n}")).spawn(move || work(&jobs, &pepper))?;
        }
        Ok(Self { queue, places: Arc::new(Semaphore::new(places)) })
    }

    /// Takes a place in the queue for `hashes` hashes.
    ///
    /// # Errors
    /// [`Error::Busy`] when so many aren't left.
    pub fn reserve(&self, hashes: u32) -> Result<Slot, Error> {
        let permit = Arc::clone(&self.places).try_acquire_many_owned(hashes);
        permit.map(Slot).map_err(|_| Error::Busy { retry_after: RETRY_AFTER })
    }

    /// Hashes one input.
    ///
    /// # Errors
    /// [`Error::Fault`] when the cost can't be met.
    pub async fn hash(&self, slot: Slot, input: &[u8], salt: [u8; SALT_LEN], cost: HashCost) -> Result<[u8; 32], Error> {
        let hashes = self.hash_all(slot, vec![Zeroizing::new(input.to_vec())], salt, cost).await?;
        hashes.first().copied().ok_or_else(|| Error::fault("the hashing pool lost a job"))
    }

    /// Hashes several inputs under one salt.
    pub(crate) async fn hash_all(
        &self,
        slot: Slot,
        inputs: Vec<Zeroizing<Vec<u8>>>,
        salt: [u8; SALT_LEN],
        cost: HashCost,
    ) -> Result<Vec<[u8; 32]>, Error> {
        let (answer, hashed) = oneshot::channel();
        match self.queue.try_send(Job { inputs, salt, cost, answer, _slot: slot }) {
            Ok(()) => hashed.await.map_err(Error::fault)?.map_err(Error::fault),
            Err(TrySendError::Full(_)) => Err(Error::Busy { retry_after: RETRY_AFTER }),
            Err(TrySendError::Disconnected(_)) => Err(Error::fault("the hashing pool has ended")),
        }
    }
}

/// One thread of the pool, until the queue is closed.
fn work(jobs: &Mutex<Receiver<Job>>, pepper: &[u8]) {
    let mut memory: Vec<Block> = Vec::new();
    loop {
        // The lock is held only while waiting: the next thread waits behind it.
        let next = jobs.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Nobody waits for the answer any more: the browser went away.
        if job.answer.is_closed() {
            continue;
        }
        let hashes = hash_job(&job, pepper, &mut memory);
        memory.iter_mut().for_each(Zeroize::zeroize);
        let _gone = job.answer.send(hashes);
    }
}

fn hash_job(job: &Job, pepper: &[u8], memory: &mut Vec<Block>) -> Result<Vec<[u8; 32]>, argon2::Error> {
    let params = job.cost.params()?;
    memory.resize(params.block_count(), Block::new());
    let argon2 = Argon2::new_with_secret(pepper, Algorithm::Argon2id, Version::V0x13, params)?;
    let mut hashes = Vec::with_capacity(job.inputs.len());
    for input in &job.inputs {
        let mut hash = [0; 32];
        argon2.hash_password_into_with_memory(input, &job.salt, &mut hash, memory.as_mut_slice())?;
        hashes.push(hash);
    }
    Ok(hashes)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: HashCost = HashCost { memory_kib: 64, passes: 1, lanes: 1 };

    #[tokio::test]
    async fn reused_memory_gives_the_same_hash_as_fresh_memory() {
        let hasher = Hasher::start(1, b"pepper").unwrap();
        let first = hasher.hash(hasher.reserve(1).unwrap(), b"password", [1; 16], CHEAP).await.unwrap();
        hasher.hash(hasher.reserve(1).unwrap(), b"another", [2; 16], HashCost { memory_kib: 128, ..CHEAP }).await.unwrap();
        let again = hasher.hash(hasher.reserve(1).unwrap(), b"password", [1; 16], CHEAP).await.unwrap();
        let mut fresh = [0; 32];
        let argon2 = Argon2::new_with_secret(b"pepper", Algorithm::Argon2id, Version::V0x13, CHEAP.params().unwrap()).unwrap();
        argon2.hash_password_into(b"password", &[1; 16], &mut fresh).unwrap();
        assert_eq!((first, again), (fresh, fresh));
    }

    #[tokio::test]
    async fn the_pepper_is_part_of_the_hash() {
        let one = hash_with(b"pepper").await;
        let other = hash_with(b"salt and pepper").await;
        assert_ne!(one, other);
    }

    async fn hash_with(pepper: &[u8]) -> [u8; 32] {
        let hasher = Hasher::start(1, pepper).unwrap();
        hasher.hash(hasher.reserve(1).unwrap(), b"password", [1; 16], CHEAP).await.unwrap()
    }

    #[tokio::test]
    async fn a_full_queue_answers_busy_at_once_and_places_come_back() {
        let hasher = Hasher::start(1, b"pepper").unwrap();
        let most = u32::try_from(QUEUE_PER_THREAD).unwrap();
        let all = hasher.reserve(most).unwrap();
        assert!(matches!(hasher.reserve(1), Err(Error::Busy { .. })));
        drop(all);
        let slot = hasher.reserve(most).unwrap();
        hasher.hash(slot, b"password", [1; 16], CHEAP).await.unwrap();
        // The thread gives the place back just after it has answered.
        while hasher.reserve(most).is_err() {
            tokio::task::yield_now().await;
        }
    }

    #[test]
    fn a_cost_reads_back_as_itself_and_absurd_ones_are_refused() {
        let cost = HashCost::default();
        assert_eq!(HashCost::from_text(&cost.to_text()), Some(cost));
        for text in ["", "m=19456", "m=19456,t=2,p=1,x=1", "m=4000000000,t=2,p=1", "m=19456,t=0,p=1", "t=2,m=19456,p=1"] {
            assert_eq!(HashCost::from_text(text), None, "{text}");
        }
    }
}
