//! Whole sign-ins a second, password and code, beside bare Argon2 verifications in the same run.
//! And whether the time of an answer tells an unknown e-mail from a wrong password.
//!
//! The server is the built binary on a database file; the load
//! comes from eight connections of this process, which is counted in. Bare means the same pool of
//! threads with reused memory, and nothing else.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use countersign_domain::{Email, Role};
use countersign_identity::{Clock, HashCost, Hasher, SystemClock, code_at};
use countersign_store::{Account, AccountId, testing::TemporaryFolder};

use crate::server::{Connection, Fault, KEY, PASSWORD, ServerProcess, connect_app, median, open};

const CONNECTIONS: usize = 8;
const SECONDS: u64 = 10;
/// Each signs in once: a code is good for one sign-in, and a step lasts 30 seconds.
pub(crate) const PEOPLE: usize = 8000;
/// Refusals of each kind whose time is compared. None is asked about twice, so that nobody is paused.
const REFUSALS: usize = 150;

pub(crate) fn measure() -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = TemporaryFolder::create();
    runtime.block_on(populate(&folder))?;
    let mut server = ServerProcess::start(&folder)?;
    let (wrong, unknown) = refusals(server.address)?;
    let sign_ins = load(server.address)?;
    let memory = server.resident_kib();
    server.stop()?;
    let bare = runtime.block_on(bare())?;
    println!("refusal, wrong password:   {:.2} ms, the median of {REFUSALS}", wrong.as_secs_f64() * 1e3);
    println!("refusal, unknown e-mail:   {:.2} ms, in turn with them", unknown.as_secs_f64() * 1e3);
    println!("ratio:                     {:.3}", unknown.as_secs_f64() / wrong.as_secs_f64());
    println!("bare Argon2 verifications: {bare:.1} a second");
    println!("whole sign-ins:            {sign_ins:.1} a second, over {CONNECTIONS} connections");
    println!("ratio:                     {:.1} %", 100.0 * sign_ins / bare);
    println!("server memory under load:  {} MiB", memory / 1024);
    Ok(())
}

/// Fills a database with people who have the same password and the same app, and have been here
/// before: each sign-in is from a browser that is new to them, and is told by mail.
pub(crate) async fn populate(folder: &TemporaryFolder) -> Result<(), Fault> {
    let (store, first) = open(folder).await?;
    let mut tx = store.begin().await?;
    for n in 0..PEOPLE {
        let now = SystemClock.now();
        let mut random = [0; 10];
        random[..8].copy_from_slice(&u64::try_from(n)?.to_be_bytes());
        let id = AccountId::from_random(now, random);
        let account = Account {
            id,
            email: Email::parse(&format!("bench{n}@example.com"))?,
            role: Role::Agent,
            last_sign_in_at: Some(now),
            ..first.clone()
        };
        tx.create_account(&account).await?;
        connect_app(&mut tx, id, random).await?;
    }
    tx.commit().await?;
    store.close().await;
    Ok(())
}

/// Whole sign-ins a second.
fn load(address: SocketAddr) -> Result<f64, Fault> {
    let next = Arc::new(AtomicUsize::new(0));
    let began = Instant::now();
    let until = began + Duration::from_secs(SECONDS);
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let next = Arc::clone(&next);
            thread::spawn(move || -> Result<usize, String> {
                let mut connection = Connection::open(address).map_err(|error| error.to_string())?;
                let mut done = 0;
                while Instant::now() < until {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= PEOPLE {
                        return Err("there are too few people for this machine".to_owned());
                    }
                    sign_in(&mut connection, n).map_err(|error| error.to_string())?;
                    done += 1;
                }
                Ok(done)
            })
        })
        .collect();
    let mut done = 0;
    for worker in workers {
        done += worker.join().map_err(|_| "a connection broke")??;
    }
    #[expect(clippy::cast_precision_loss, reason = "a few thousand sign-ins")]
    Ok(done as f64 / began.elapsed().as_secs_f64())
}

pub(crate) fn sign_in(connection: &mut Connection, n: usize) -> Result<(), Fault> {
    let form = format!("email=bench{n}%40example.com&password={PASSWORD}");
    let cookie = connection.post("/api/sign-in", "", &form)?;
    let code = code_at(KEY, SystemClock.now()).ok_or("no code")?;
    connection.post("/api/second-step/authenticator-app", &cookie, &format!("code={code}"))?;
    Ok(())
}

/// The median times of a wrong password and of an unknown e-mail, asked in turn.
fn refusals(address: SocketAddr) -> Result<(Duration, Duration), Fault> {
    let mut connection = Connection::open(address)?;
    let (mut wrong, mut unknown) = (Vec::new(), Vec::new());
    for n in 0..REFUSALS {
        for (who, times) in [("bench", &mut wrong), ("nobody", &mut unknown)] {
            let form = format!("email={who}{}%40example.com&password=not-the-password", PEOPLE - 1 - n);
            let began = Instant::now();
            let answer = connection.send("POST", "/api/sign-in", "", &form)?;
            times.push(began.elapsed());
            if answer.status != 401 {
                return Err(format!("a wrong password answered {}", answer.status).into());
            }
        }
    }
    Ok((median(&mut wrong), median(&mut unknown)))
}

/// Bare verifications a second, from the same number of callers.
async fn bare() -> Result<f64, Fault> {
    let threads = thread::available_parallelism()?.get();
    let hasher = Arc::new(Hasher::start(threads, b"pepper")?);
    let began = Instant::now();
    let until = began + Duration::from_secs(SECONDS);
    let callers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let hasher = Arc::clone(&hasher);
            tokio::spawn(async move {
                let mut done = 0_u32;
                while Instant::now() < until {
                    let Ok(slot) = hasher.reserve(1) else { return 0 };
                    if hasher.hash(slot, PASSWORD.as_bytes(), [7; 16], HashCost::default()).await.is_err() {
                        return 0;
                    }
                    done += 1;
                }
                done
            })
        })
        .collect();
    let mut done = 0;
    for caller in callers {
        done += caller.await?;
    }
    Ok(f64::from(done) / began.elapsed().as_secs_f64())
}
