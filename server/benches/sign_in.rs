//! Whole sign-ins a second, password and code, beside bare Argon2 verifications in the same run.
//!
//! Run by `cargo xtask bench sign-in`. The server is the built binary on a database file; the load
//! comes from eight connections of this process, which is counted in. Bare means the same pool of
//! threads with reused memory, and nothing else.

#![expect(clippy::disallowed_methods, reason = "measuring is what the clock is read for here")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use countersign_domain::{Email, FactorName, OrganisationName, Password, PersonName, Role};
use countersign_identity::{Clock, HashCost, Hasher, Identity, NewOrganisation, Settings, SystemClock, SystemEntropy, Visitor, code_at};
use countersign_store::{Account, AccountId, AppId, AuthenticatorApp, KeyRing, SessionId, Store, testing::TemporaryFolder};

const CONNECTIONS: usize = 8;
const SECONDS: u64 = 10;
/// Each signs in once: a code is good for one sign-in, and a step lasts 30 seconds.
const PEOPLE: usize = 4000;
const PASSWORD: &str = "plover-candle-ninety-six";
/// Everybody's authenticator key.
const SEED: [u8; 20] = *b"12345678901234567890";
const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

type Fault = Box<dyn std::error::Error>;

#[expect(clippy::print_stdout, reason = "the figures are what this is for")]
fn main() -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = TemporaryFolder::create();
    runtime.block_on(populate(&folder))?;
    let mut server = ServerProcess::start(&folder)?;
    let sign_ins = load(server.address)?;
    let memory = server.resident_kib();
    server.stop()?;
    let bare = runtime.block_on(bare())?;
    println!("bare Argon2 verifications: {bare:.1} a second");
    println!("whole sign-ins:            {sign_ins:.1} a second, over {CONNECTIONS} connections");
    println!("ratio:                     {:.1} %", 100.0 * sign_ins / bare);
    println!("server memory under load:  {} MiB", memory / 1024);
    Ok(())
}

/// Fills a database with people who have the same password and the same app.
async fn populate(folder: &TemporaryFolder) -> Result<(), Fault> {
    let keys = Arc::new(KeyRing::generate()?);
    keys.save(&folder.path().join("keys.toml"))?;
    let store = Store::connect(&url(folder), Arc::clone(&keys)).await?;
    store.migrate().await?;
    let hasher = Hasher::start(1, keys.pepper().as_slice())?;
    let identity = Identity::new(store.clone(), Arc::new(SystemClock), Arc::new(SystemEntropy), hasher, Settings::default());
    let link = identity.open_set_up().await?.ok_or("the database isn't empty")?;
    let email = Email::parse("person0@example.com")?;
    let holder = NewOrganisation {
        organisation: OrganisationName::parse("Bench")?,
        name: PersonName::parse("Person")?,
        email: email.clone(),
        password: Password::parse_new(PASSWORD)?,
    };
    let _entered = identity.set_up(&link, &holder, &Visitor::default()).await?;
    let first = store.find_account_by_email(&email).await?.ok_or("nobody is there")?;
    let mut tx = store.begin().await?;
    for n in 0..PEOPLE {
        let now = SystemClock.now();
        let mut random = [0; 10];
        random[..8].copy_from_slice(&u64::try_from(n)?.to_be_bytes());
        let id = AccountId::from_random(now, random);
        let account = Account { id, email: Email::parse(&format!("bench{n}@example.com"))?, role: Role::Agent, ..first.clone() };
        tx.create_account(&account).await?;
        let app = AuthenticatorApp {
            id: AppId::from_random(now, random),
            account_id: id,
            begun_in: SessionId::from_random(now, random),
            name: FactorName::parse("Phone app")?,
            seed: SEED.to_vec().into(),
            created_at: now,
            confirmed_at: None,
            last_step: None,
            last_used_at: None,
        };
        tx.create_pending_app(&app).await?;
        tx.confirm_app(app.id, id, 0, &app.name, now).await?;
    }
    tx.commit().await?;
    store.close().await;
    Ok(())
}

fn url(folder: &TemporaryFolder) -> String {
    format!("sqlite://{}", folder.path().join("countersign.db").display())
}

struct ServerProcess {
    child: Child,
    address: SocketAddr,
}

impl ServerProcess {
    fn start(folder: &TemporaryFolder) -> Result<Self, Fault> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .arg("serve")
            .env("COUNTERSIGN_LISTEN", address.to_string())
            .env("COUNTERSIGN_PUBLIC_URL", format!("http://localhost:{}", address.port()))
            .env("COUNTERSIGN_DATABASE_URL", url(folder))
            .env("COUNTERSIGN_KEY_FILE", folder.path().join("keys.toml"))
            .stdout(Stdio::null())
            .spawn()?;
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if began.elapsed() > Duration::from_secs(10) {
                return Err("the server doesn't start".into());
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Self { child, address })
    }

    fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default()
    }

    fn stop(&mut self) -> Result<(), Fault> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        let _gone = self.stop();
    }
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
                    connection.sign_in(n).map_err(|error| error.to_string())?;
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

/// One connection that is kept open, as a browser's is.
struct Connection {
    reader: BufReader<TcpStream>,
    origin: String,
}

impl Connection {
    fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { reader: BufReader::new(stream), origin: format!("http://localhost:{}", address.port()) })
    }

    fn sign_in(&mut self, n: usize) -> Result<(), Fault> {
        let form = format!("email=bench{n}%40example.com&password={PASSWORD}");
        let cookie = self.post("/api/sign-in", "", &form)?;
        let code = code_at(KEY, SystemClock.now()).ok_or("no code")?;
        self.post("/api/second-step/authenticator-app", &cookie, &format!("code={code}"))?;
        Ok(())
    }

    /// Sends a form, and gives the session cookie that comes back.
    fn post(&mut self, path: &str, cookie: &str, form: &str) -> Result<String, Fault> {
        let request = format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: {}\r\nAccept: application/json\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.origin,
            form.len()
        );
        self.reader.get_mut().write_all(request.as_bytes())?;
        let mut status = String::new();
        self.reader.read_line(&mut status)?;
        let (mut length, mut cookie) = (0, String::new());
        loop {
            let mut line = String::new();
            self.reader.read_line(&mut line)?;
            let line = line.trim_end();
            if line.is_empty() {
                break;
            }
            let (name, value) = line.split_once(": ").unwrap_or_default();
            match name.to_ascii_lowercase().as_str() {
                "content-length" => length = value.parse()?,
                "set-cookie" if value.starts_with("countersign_session=") => {
                    value.split(';').next().unwrap_or_default().clone_into(&mut cookie);
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        if !status.contains(" 200 ") {
            return Err(format!("{status}{}", String::from_utf8_lossy(&body)).into());
        }
        Ok(cookie)
    }
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
