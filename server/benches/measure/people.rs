//! The console of a large organisation: each page's time at any depth, beside that of a small one, and the
//! time of requiring a second step of everybody. Over HTTP, on both databases.

use std::time::{Duration, Instant as Clock};

use countersign_domain::{Assurance, Email, FirstSign, PersonName, Role, Stage, TeamName};
use countersign_identity::{Clock as _, SystemClock, code_at};
use countersign_store::{
    Account, AccountId, AuditEvent, AuditEventId, Session, SessionId, Store, TeamId,
    testing::{PrivateCluster, TemporaryFolder},
};
use serde_json::Value;

use crate::server::{Connection, Fault, KEY, PASSWORD, ServerProcess, connect_app, median, open_at, url};

/// Every so many people one has no method, and every so many one is signed in.
const BARE_EVERY: usize = 10;
const BARE: usize = 3;
const SIGNED_IN_EVERY: usize = 5;
const TEAMS: usize = 50;
/// How often each page is asked for.
const ASKED: usize = 21;

pub(crate) fn measure() -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    for is_postgres in [false, true] {
        let database = if is_postgres { "postgres" } else { "sqlite" };
        let small = measure_of(&runtime, is_postgres, 1_000)?;
        let large = measure_of(&runtime, is_postgres, 100_000)?;
        println!("people, {database}:                       1,000      100,000    ratio");
        for ((name, small), (_, large)) in small.iter().zip(&large) {
            let (small, large) = (small.as_secs_f64() * 1e3, large.as_secs_f64() * 1e3);
            println!("  {name:<36} {small:>8.2} ms {large:>8.2} ms   {:>5.2}", large / small);
        }
    }
    Ok(())
}

type Times = Vec<(&'static str, Duration)>;

fn measure_of(runtime: &tokio::runtime::Runtime, is_postgres: bool, people: usize) -> Result<Times, Fault> {
    let folder = TemporaryFolder::create();
    let database = if is_postgres { runtime.block_on(PrivateCluster::shared().fresh_database_url()) } else { url(&folder) };
    runtime.block_on(populate(&folder, &database, people))?;
    let mut server = ServerProcess::start_with(&folder, &[("COUNTERSIGN_DATABASE_URL", &database), ("RUST_LOG", "error")])?;
    let mut connection = Connection::open(server.address)?;
    let cookie = connection.post("/api/sign-in", "", &format!("email=person0%40example.com&password={PASSWORD}"))?;
    let code = code_at(KEY, SystemClock.now()).ok_or("no code")?;
    let cookie = connection.post("/api/second-step/authenticator-app", &cookie, &format!("code={code}"))?;
    let mut times = Vec::new();
    let mut get = |name: &'static str, path: &str| -> Result<Value, Fault> {
        let mut asked = Vec::new();
        let mut answer = Value::Null;
        for _ in 0..ASKED {
            let began = Clock::now();
            let reply = connection.send("GET", path, &cookie, "")?;
            asked.push(began.elapsed());
            if reply.status != 200 {
                return Err(format!("{path}: {} {}", reply.status, reply.body).into());
            }
            answer = serde_json::from_str(&reply.body)?;
        }
        times.push((name, median(&mut asked)));
        Ok(answer)
    };
    let first = get("members, first page", "/api/organisation/members")?;
    let team = first["teams"][7]["id"].as_str().ok_or("no team")?.to_owned();
    // As deep as it goes: the last of those who are set up, reached from behind.
    let deep = deepest(&mut get, &first)?;
    get("members, deepest page", &deep)?;
    get("members, one team", &format!("/api/organisation/members?team={team}"))?;
    get("members, account holders", "/api/organisation/members?role=account-holder")?;
    get("members, a rare name", "/api/organisation/members?q=zzyzx")?;
    get("rollout board", "/api/organisation/rollout")?;
    let log = get("audit log, first page", "/api/organisation/audit")?;
    let older = log["older"].as_str().ok_or("one page of events")?.replace('+', "%2B");
    get("audit log, second page", &format!("/api/organisation/audit?at={older}"))?;
    get("audit log, a rare topic", "/api/organisation/audit?what=policy")?;
    let policy = get("policy, with its counts", "/api/organisation/policy")?;
    let effect = get("confirmation counts", "/api/organisation/policy/effect?security_key=1&passkey=1&authenticator_app=1&emailed_code=1")?;
    let count = effect["signed_in_without"].as_i64().ok_or("no count")?;
    let form = format!(
        "required=1&start=now&security_key=1&passkey=1&authenticator_app=1&emailed_code=1&changes={}&count={count}&understood=1",
        policy["changes"]
    );
    let began = Clock::now();
    connection.post("/api/organisation/policy", &cookie, &form)?;
    times.push(("save and sign out", began.elapsed()));
    server.stop()?;
    println!("  ({people} people, {count} of them signed out)");
    Ok(times)
}

/// The address of the last page of those who have a second step.
fn deepest(get: &mut impl FnMut(&'static str, &str) -> Result<Value, Fault>, first: &Value) -> Result<String, Fault> {
    // The cursor is a place, not a number of pages: one that lies behind the last name is as deep as any.
    let _ = first;
    let last = get("members, set up, first page", "/api/organisation/members?state=set-up")?;
    let at = last["next"].as_str().ok_or("one page of people")?;
    let text = String::from_utf8(data_encoding::BASE64URL_NOPAD.decode(at.as_bytes())?)?;
    let (head, _) = text.split_at(38);
    let place = format!("-{}{}", &head[1..], char::MAX);
    Ok(format!("/api/organisation/members?state=set-up&at={}", data_encoding::BASE64URL_NOPAD.encode(place.as_bytes())))
}

/// Fills a database: three of ten have no method, two of ten are signed in, and as many events as people.
async fn populate(folder: &TemporaryFolder, database: &str, people: usize) -> Result<(), Fault> {
    let (identity, store, first) = open_at(folder, database).await?;
    let now = SystemClock.now();
    let mut tx = store.begin().await?;
    let mut teams = Vec::with_capacity(TEAMS);
    for n in 0..TEAMS {
        let name = TeamName::parse(&format!("Team {n}"))?;
        teams.push(tx.team_by_name(first.organisation_id, &name, TeamId::from_random(now, random(n, 1)), now).await?);
    }
    tx.commit().await?;
    settle_holder(&store, &first).await?;
    for begin in (0..people).step_by(1_000) {
        let mut tx = store.begin().await?;
        for n in begin..(begin + 1_000).min(people) {
            let id = AccountId::from_random(now.plus_seconds(-i64::try_from(n)?), random(n, 2));
            let account = Account {
                id,
                email: Email::parse(&format!("worker{n}@example.com"))?,
                name: PersonName::parse(&format!("{} Worker {n}", NAMES[n % NAMES.len()]))?,
                role: Role::Agent,
                team_id: Some(teams[n % TEAMS]),
                last_sign_in_at: (n % 7 != 0).then_some(now),
                ..first.clone()
            };
            tx.create_account(&account).await?;
            if n % BARE_EVERY >= BARE {
                connect_app(&mut tx, id, random(n, 3)).await?;
            }
            if n % SIGNED_IN_EVERY == 0 {
                tx.create_session(&session(id, n), &hash(n)).await?;
            }
            tx.record_event(&event(&account, n)).await?;
        }
        // As the server does now and then: people don't come a hundred thousand at once.
        tx.sum_up_head_counts().await?;
        tx.commit().await?;
    }
    // Events are chained as they come: a server that chains a hundred thousand of them isn't what is measured.
    identity.mend_audit_chains().await?;
    // As its own housekeeping does within the minute: this measures pages, not a database that has seen nothing yet.
    store.gather_statistics().await;
    store.close().await;
    Ok(())
}

const NAMES: [&str; 8] = ["Ada", "Bea", "Cleo", "Dana", "Esme", "Finn", "Gus", "Hana"];

pub(crate) fn random(n: usize, kind: u8) -> [u8; 10] {
    let mut random = [kind; 10];
    random[2..].copy_from_slice(&u64::try_from(n).unwrap_or_default().to_be_bytes());
    random
}

pub(crate) fn hash(n: usize) -> [u8; 32] {
    let mut hash = [9; 32];
    hash[..8].copy_from_slice(&u64::try_from(n).unwrap_or_default().to_be_bytes());
    hash
}

/// The account holder has an app, and somebody beside them who could take over.
pub(crate) async fn settle_holder(store: &Store, first: &Account) -> Result<(), Fault> {
    let mut tx = store.begin().await?;
    connect_app(&mut tx, first.id, random(usize::MAX / 2, 3)).await?;
    let other = Account {
        id: AccountId::from_random(SystemClock.now(), random(usize::MAX / 2, 4)),
        email: Email::parse("another.holder@example.com")?,
        ..first.clone()
    };
    tx.create_account(&other).await?;
    Ok(tx.commit().await?)
}

pub(crate) fn session(account_id: AccountId, n: usize) -> Session {
    let now = SystemClock.now();
    Session {
        id: SessionId::from_random(now, random(n, 5)),
        account_id,
        stage: Stage::SignedIn,
        assurance: Assurance::One,
        first_sign: FirstSign::Password,
        second_factor: None,
        password_at: now,
        second_step_at: None,
        created_at: now,
        seen_at: now,
        expires_at: now.plus_seconds(12 * 60 * 60),
        return_to: None,
        browser: "Chrome on Windows".to_owned(),
        address: "192.0.2.7".to_owned(),
    }
}

fn event(account: &Account, n: usize) -> AuditEvent {
    let at = SystemClock.now().plus_seconds(-i64::try_from(n).unwrap_or_default());
    AuditEvent {
        id: AuditEventId::from_random(at, random(n, 6)),
        organisation_id: Some(account.organisation_id),
        account_id: Some(account.id),
        kind: "sign-in.succeeded".to_owned(),
        at,
        address: "192.0.2.7".to_owned(),
        browser: "Chrome on Windows".to_owned(),
        details: serde_json::json!({ "factor": "authenticator-app" }),
        actor_id: None,
        team_id: account.team_id,
    }
}
