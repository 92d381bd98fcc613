//! Inviting ten thousand people from one list, and what somebody who signs in meanwhile waits. Over HTTP, on
//! both databases.

use std::{
    fmt::Write as _,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use countersign_identity::{Clock as _, SystemClock, code_at};
use countersign_store::testing::{PrivateCluster, TemporaryFolder};
use serde_json::Value;

use crate::{
    people::settle_holder,
    server::{Connection, Fault, KEY, PASSWORD, ServerProcess, median, open_at, url},
};

/// As many as one list may have.
const PEOPLE: usize = 10_000;
/// How long to wait for the last mail.
const LIMIT: Duration = Duration::from_mins(2);

pub(crate) fn measure() -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    for is_postgres in [false, true] {
        let folder = TemporaryFolder::create();
        let database = if is_postgres { runtime.block_on(PrivateCluster::shared().fresh_database_url()) } else { url(&folder) };
        runtime.block_on(async {
            let (_identity, store, first) = open_at(&folder, &database).await?;
            settle_holder(&store, &first).await?;
            store.close().await;
            Ok::<_, Fault>(())
        })?;
        let mut server = ServerProcess::start_with(&folder, &[("COUNTERSIGN_DATABASE_URL", &database), ("RUST_LOG", "error")])?;
        measure_one(server.address, if is_postgres { "postgres" } else { "sqlite" })?;
        server.stop()?;
    }
    Ok(())
}

fn measure_one(address: SocketAddr, database: &str) -> Result<(), Fault> {
    let mut connection = Connection::open(address)?;
    let cookie = connection.post("/api/sign-in", "", &format!("email=person0%40example.com&password={PASSWORD}"))?;
    let code = code_at(KEY, SystemClock.now()).ok_or("no code")?;
    let cookie = connection.post("/api/second-step/authenticator-app", &cookie, &format!("code={code}"))?;
    let mut form = "role=agent&team=Night+desk&people=".to_owned();
    for n in 0..PEOPLE {
        write!(form, "newcomer{n}%40example.com%2CNewcomer+{n}%2Cagent%2CTeam+{}%0A", n % 40)?;
    }
    let (mut alone, _) = signing_in(address, &AtomicBool::new(false), 40)?;
    let is_over = Arc::new(AtomicBool::new(false));
    let meanwhile = thread::spawn({
        let is_over = Arc::clone(&is_over);
        move || signing_in(address, &is_over, usize::MAX).map_err(|error| error.to_string())
    });
    let began = Instant::now();
    let said = |what: &str, since: Instant| println!("invite, {database}: {what:<32} {:>8.0} ms", since.elapsed().as_secs_f64() * 1e3);
    connection.post("/api/organisation/invite/draft", &cookie, &form)?;
    said("the list is kept", began);
    let since = Instant::now();
    let review = connection.send("GET", "/api/organisation/invite", &cookie, "")?;
    let review: Value = serde_json::from_str(&review.body)?;
    if review["draft"]["people"] != PEOPLE {
        return Err(format!("{} people", review["draft"]["people"]).into());
    }
    said("it is read and shown", since);
    let digest = review["draft"]["digest"].as_str().ok_or("no digest")?;
    let since = Instant::now();
    connection.post("/api/organisation/invite", &cookie, &format!("draft={digest}&count={PEOPLE}"))?;
    said("everybody is invited", since);
    let since = Instant::now();
    loop {
        let members = connection.send("GET", "/api/organisation/members", &cookie, "")?;
        let members: Value = serde_json::from_str(&members.body)?;
        if members["unsent"] == 0 && members["invited"] == PEOPLE {
            break;
        }
        if since.elapsed() > LIMIT {
            return Err("the mails aren't written".into());
        }
        thread::sleep(Duration::from_millis(100));
    }
    said("every mail is written", since);
    said("altogether", began);
    is_over.store(true, Ordering::Relaxed);
    let (mut during, slowest) = meanwhile.join().map_err(|_| "the one who signs in has panicked")??;
    let (before, during) = (median(&mut alone).as_secs_f64() * 1e3, median(&mut during).as_secs_f64() * 1e3);
    println!(
        "invite, {database}: a wrong password, median {before:.0} ms before, {during:.0} ms meanwhile; slowest {:.0} ms",
        slowest.as_secs_f64() * 1e3
    );
    Ok(())
}

/// Types wrong passwords for addresses that nobody has, one after the other, and says how long each took, and
/// the slowest.
fn signing_in(address: SocketAddr, is_over: &AtomicBool, most: usize) -> Result<(Vec<Duration>, Duration), Fault> {
    let mut connection = Connection::open(address)?;
    let mut took = Vec::new();
    while took.len() < most && !is_over.load(Ordering::Relaxed) {
        let form = format!("email=nobody{}of{}%40example.com&password=wrong", took.len(), most % 1_000);
        let began = Instant::now();
        let answer = connection.send("POST", "/api/sign-in", "", &form)?;
        if answer.status != 401 {
            return Err(format!("a wrong password: {} {}", answer.status, answer.body).into());
        }
        took.push(began.elapsed());
    }
    let slowest = took.iter().max().copied().unwrap_or_default();
    Ok((took, slowest))
}
