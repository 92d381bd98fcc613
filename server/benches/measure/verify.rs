//! `/auth/verify` at 64 connections, beside an axum handler that answers with the same headers and asks nobody, on
//! both databases.

use std::{
    io::{BufRead, BufReader},
    net::SocketAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant as Clock},
};

use axum::{Router, http::HeaderMap, response::IntoResponse, routing::get};
use countersign_domain::{Email, PersonName, Role};
use countersign_identity::{Clock as _, SystemClock};
use countersign_store::{Account, AccountId, testing::PrivateCluster, testing::TemporaryFolder};
use data_encoding::BASE64URL_NOPAD;
use sha2::{Digest, Sha256};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader as AsyncBufReader},
    net::TcpStream,
};

use crate::{
    people::{hash, random, session},
    server::{Fault, ServerProcess, connect_app, open_at, url},
};

const CONNECTIONS: usize = 64;
/// So many people are signed in, and come in turn.
const PEOPLE: usize = 1_000;
/// Rounds in turns, so that whatever else the machine does hits both; the middle one counts.
const ROUNDS: usize = 5;
const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);

/// Names this binary's other self: the handler without a database.
pub(crate) const BARE: &str = "bare";

pub(crate) fn measure() -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    for is_postgres in [false, true] {
        let database = if is_postgres { "postgres" } else { "sqlite" };
        let folder = TemporaryFolder::create();
        let address = if is_postgres { runtime.block_on(PrivateCluster::shared().fresh_database_url()) } else { url(&folder) };
        runtime.block_on(populate(&folder, &address))?;
        let environment =
            [("COUNTERSIGN_DATABASE_URL", address.as_str()), ("COUNTERSIGN_APPLICATIONS", "http://localhost:8080"), ("RUST_LOG", "error")];
        let server = ServerProcess::start_with(&folder, &environment)?;
        let bare = Bare::start()?;
        let mut rounds = Vec::new();
        for _ in 0..ROUNDS {
            rounds.push((runtime.block_on(ask(server.address))?, runtime.block_on(ask(bare.address))?));
        }
        rounds.sort_by(|one, other| ratio(one).total_cmp(&ratio(other)));
        let ratios: Vec<_> = rounds.iter().map(|round| format!("{:.2}", ratio(round))).collect();
        let (own, bare) = &rounds[ROUNDS / 2];
        println!("verify, {database}: {:>8.0} a second, p50 {:>5.2} ms, p99 {:>5.2} ms", own.per_second, own.p50, own.p99);
        println!("  bare handler:    {:>8.0} a second, p50 {:>5.2} ms, p99 {:>5.2} ms", bare.per_second, bare.p50, bare.p99);
        println!("  ratio:           {:>8.2} (of {})", ratio(&rounds[ROUNDS / 2]), ratios.join(", "));
    }
    Ok(())
}

/// How it answered; times are in milliseconds.
struct Answers {
    per_second: f64,
    p50: f64,
    p99: f64,
}

fn ratio((own, bare): &(Answers, Answers)) -> f64 {
    own.per_second / bare.per_second
}

/// Asks for a while over all connections at once.
async fn ask(address: SocketAddr) -> Result<Answers, Fault> {
    let begun = Clock::now();
    let asking: Vec<_> = (0..CONNECTIONS).map(|n| tokio::spawn(ask_over_one(address, n, begun))).collect();
    let mut times = Vec::new();
    for one in asking {
        times.extend(one.await?.map_err(|error| error.to_string())?);
    }
    times.sort_unstable();
    let at = |percent: usize| times.get(times.len() * percent / 100).map_or(0.0, |time| f64::from(*time) / 1e3);
    let per_second = f64::from(u32::try_from(times.len())?) / MEASURED.as_secs_f64();
    Ok(Answers { per_second, p50: at(50), p99: at(99) })
}

/// One connection that is kept open; answers with what each request took, in microseconds.
async fn ask_over_one(address: SocketAddr, connection: usize, begun: Clock) -> std::io::Result<Vec<u32>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut stream = AsyncBufReader::with_capacity(4_096, stream);
    let requests: Vec<Vec<u8>> = (0..PEOPLE).filter(|n| n % CONNECTIONS == connection).map(request).collect();
    let mut times = Vec::new();
    for request in requests.iter().cycle() {
        let asked = Clock::now();
        if begun.elapsed() > WARM_UP + MEASURED {
            break;
        }
        stream.get_mut().write_all(request).await?;
        read_answer(&mut stream).await?;
        if begun.elapsed() > WARM_UP {
            times.push(u32::try_from(asked.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
    }
    Ok(times)
}

/// As nginx asks.
fn request(person: usize) -> Vec<u8> {
    format!(
        "GET /auth/verify HTTP/1.1\r\nHost: countersign\r\nCookie: theme=dark; countersign_pass={}\r\n\
         X-Original-URL: http://localhost:8080/calls\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) Chrome/143.0\r\n\r\n",
        BASE64URL_NOPAD.encode(&pass(person))
    )
    .into_bytes()
}

async fn read_answer(stream: &mut AsyncBufReader<TcpStream>) -> std::io::Result<()> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    if !line.starts_with("HTTP/1.1 200") {
        return Err(std::io::Error::other(line));
    }
    let mut length = 0;
    loop {
        line.clear();
        stream.read_line(&mut line).await?;
        let text = line.trim_end();
        if text.is_empty() {
            break;
        }
        if let Some(value) = text.to_ascii_lowercase().strip_prefix("content-length: ") {
            length = value.parse().map_err(std::io::Error::other)?;
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.map(|_| ())
}

fn pass(person: usize) -> [u8; 32] {
    let mut pass = [7; 32];
    pass[..8].copy_from_slice(&u64::try_from(person).unwrap_or_default().to_be_bytes());
    pass
}

async fn populate(folder: &TemporaryFolder, database: &str) -> Result<(), Fault> {
    let (_identity, store, first) = open_at(folder, database).await?;
    let now = SystemClock.now();
    let mut tx = store.begin().await?;
    for n in 0..PEOPLE {
        let id = AccountId::from_random(now, random(n, 2));
        let account = Account {
            id,
            email: Email::parse(&format!("worker{n}@example.com"))?,
            name: PersonName::parse(&format!("Worker {n}"))?,
            role: Role::Agent,
            ..first.clone()
        };
        tx.create_account(&account).await?;
        connect_app(&mut tx, id, random(n, 3)).await?;
        let session = session(id, n);
        tx.create_session(&session, &hash(n)).await?;
        tx.give_pass(session.id, &hash(n), &Sha256::digest(pass(n)).into()).await?;
    }
    tx.commit().await?;
    store.gather_statistics().await;
    store.close().await;
    Ok(())
}

/// A process that answers with the same headers, and asks nobody.
struct Bare {
    child: Child,
    address: SocketAddr,
}

impl Bare {
    fn start() -> Result<Self, Fault> {
        let mut child = Command::new(std::env::current_exe()?).arg(BARE).stdout(Stdio::piped()).spawn()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take().ok_or("no output")?).read_line(&mut line)?;
        Ok(Self { child, address: line.trim().parse()? })
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _gone = self.child.kill().and_then(|()| self.child.wait());
    }
}

pub(crate) fn serve_bare() -> Result<(), Fault> {
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        println!("{}", listener.local_addr()?);
        Ok(axum::serve(listener, Router::new().route("/auth/verify", get(answer))).await?)
    })
}

async fn answer(_headers: HeaderMap) -> impl IntoResponse {
    [
        ("cache-control", "no-store"),
        ("remote-user", "0197f0a8-5a5e-7000-8000-000000000000"),
        ("remote-email", "worker500@example.com"),
        ("remote-name", "Worker 500"),
        ("remote-groups", "role:agent"),
        ("countersign-organisation", "0197f0a8-5a5e-7000-8000-000000000001"),
        ("countersign-assurance", "1"),
        ("countersign-methods", "password"),
    ]
}
