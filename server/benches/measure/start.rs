//! From the start of the process to its first answers: on an empty database file, and on one with
//! 100,000 accounts.

use std::time::{Duration, Instant};

use countersign_domain::Email;
use countersign_identity::{Clock, SystemClock};
use countersign_store::{Account, AccountId, testing::TemporaryFolder};

use crate::server::{Connection, Fault, ServerProcess, median, open};

const ACCOUNTS: u64 = 100_000;
/// How often each start is measured; the median counts.
const STARTS: usize = 7;

pub(crate) fn measure() -> Result<(), Fault> {
    let empty = starts_on(|| Ok(TemporaryFolder::create()))?;
    println!("start, empty database:     {empty}");
    let full = TemporaryFolder::create();
    tokio::runtime::Runtime::new()?.block_on(fill(&full))?;
    let full = starts_on(|| Ok(&full))?;
    println!("start, {ACCOUNTS} accounts:   {full}");
    Ok(())
}

/// Starts on `folder` again and again. `STARTS` new folders for an empty one, the same one for a full one.
fn starts_on<F: std::borrow::Borrow<TemporaryFolder>>(folder: impl Fn() -> Result<F, Fault>) -> Result<String, Fault> {
    let (mut healthy, mut rendered) = (Vec::new(), Vec::new());
    for _ in 0..STARTS {
        let folder = folder()?;
        let began = Instant::now();
        let mut server = ServerProcess::start(folder.borrow())?;
        for (path, times) in [("/healthz", &mut healthy), ("/sign-in", &mut rendered)] {
            let answer = Connection::open(server.address)?.send("GET", path, "", "")?;
            times.push(began.elapsed());
            if answer.status != 200 {
                return Err(format!("{path} answered {}", answer.status).into());
            }
        }
        server.stop()?;
    }
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(format!("{:.1} ms to the first healthy answer, {:.1} ms to a rendered page", ms(median(&mut healthy)), ms(median(&mut rendered))))
}

/// Fills a database with people.
async fn fill(folder: &TemporaryFolder) -> Result<(), Fault> {
    let (store, first) = open(folder).await?;
    let mut tx = store.begin().await?;
    for n in 0..ACCOUNTS {
        let mut random = [0; 10];
        random[2..].copy_from_slice(&n.to_be_bytes());
        let id = AccountId::from_random(SystemClock.now(), random);
        let account = Account { id, email: Email::parse(&format!("person-{n}@example.com"))?, ..first.clone() };
        tx.create_account(&account).await?;
    }
    tx.commit().await?;
    store.close().await;
    Ok(())
}
