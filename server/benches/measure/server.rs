//! What the measurements share: a server process, and a connection to it.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use countersign_domain::{Email, FactorName, OrganisationName, Password, PersonName};
use countersign_identity::{Clock, Hasher, Identity, NewOrganisation, Parts, RelyingParty, Settings, SystemClock, SystemEntropy, Visitor};
use countersign_store::{Account, AccountId, AppId, AuthenticatorApp, KeyRing, SessionId, Store, Tx, testing::TemporaryFolder};

pub(crate) type Fault = Box<dyn std::error::Error>;

/// Everybody's password.
pub(crate) const PASSWORD: &str = "plover-candle-ninety-six";

/// Everybody's authenticator key, and the same as an app takes it.
const SEED: [u8; 20] = *b"12345678901234567890";
pub(crate) const KEY: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

/// Gives somebody an app with that key.
pub(crate) async fn connect_app(tx: &mut Tx, account_id: AccountId, random: [u8; 10]) -> Result<(), Fault> {
    let now = SystemClock.now();
    let app = AuthenticatorApp {
        id: AppId::from_random(now, random),
        account_id,
        begun_in: SessionId::from_random(now, random),
        name: FactorName::parse("Phone app")?,
        seed: SEED.to_vec().into(),
        created_at: now,
        confirmed_at: None,
        last_step: None,
        last_used_at: None,
    };
    tx.create_pending_app(&app).await?;
    tx.confirm_app(app.id, account_id, 0, &app.name, now).await?;
    Ok(())
}

pub(crate) fn url(folder: &TemporaryFolder) -> String {
    format!("sqlite://{}", folder.path().join("countersign.db").display())
}

pub(crate) struct ServerProcess {
    child: Child,
    pub(crate) address: SocketAddr,
}

impl ServerProcess {
    pub(crate) fn start(folder: &TemporaryFolder) -> Result<Self, Fault> {
        Self::start_with(folder, &[])
    }

    /// With more of the environment: names and values.
    pub(crate) fn start_with(folder: &TemporaryFolder, environment: &[(&str, &str)]) -> Result<Self, Fault> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let child = Command::new(env!("CARGO_BIN_EXE_countersign"))
            .arg("serve")
            .env("COUNTERSIGN_LISTEN", address.to_string())
            .env("COUNTERSIGN_PUBLIC_URL", format!("http://localhost:{}", address.port()))
            .env("COUNTERSIGN_DATABASE_URL", url(folder))
            .env("COUNTERSIGN_DATA_DIR", folder.path())
            .env("COUNTERSIGN_KEY_FILE", folder.path().join("keys.toml"))
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .spawn()?;
        let began = Instant::now();
        while TcpStream::connect(address).is_err() {
            if began.elapsed() > Duration::from_secs(10) {
                return Err("the server doesn't start".into());
            }
            thread::sleep(Duration::from_millis(1));
        }
        Ok(Self { child, address })
    }

    pub(crate) fn resident_kib(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        line.split_whitespace().next().and_then(|kib| kib.parse().ok()).unwrap_or_default()
    }

    pub(crate) fn stop(&mut self) -> Result<(), Fault> {
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

/// One connection that is kept open, as a browser's is.
pub(crate) struct Connection {
    reader: BufReader<TcpStream>,
    origin: String,
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { reader: BufReader::new(stream), origin: format!("http://localhost:{}", address.port()) })
    }

    /// The site's origin.
    pub(crate) fn origin(&self) -> String {
        self.origin.clone()
    }

    /// Sends a form that has to be accepted, and gives the session cookie that comes back.
    pub(crate) fn post(&mut self, path: &str, cookie: &str, form: &str) -> Result<String, Fault> {
        let answer = self.send("POST", path, cookie, form)?;
        if answer.status != 200 {
            return Err(format!("{path}: {} {}", answer.status, answer.body).into());
        }
        Ok(answer.session)
    }

    /// Sends a request and reads the whole answer.
    pub(crate) fn send(&mut self, method: &str, path: &str, cookie: &str, form: &str) -> Result<Answer, Fault> {
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: {}\r\nAccept: application/json\r\nCookie: {cookie}\r\n\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            self.origin,
            form.len()
        );
        self.reader.get_mut().write_all(request.as_bytes())?;
        let mut line = String::new();
        self.reader.read_line(&mut line)?;
        let status = line.split(' ').nth(1).unwrap_or_default().parse()?;
        let (mut length, mut session) = (0, String::new());
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
                    value.split(';').next().unwrap_or_default().clone_into(&mut session);
                }
                _ => {}
            }
        }
        let mut body = vec![0; length];
        self.reader.read_exact(&mut body)?;
        Ok(Answer { status, session, body: String::from_utf8_lossy(&body).into_owned() })
    }
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) session: String,
    pub(crate) body: String,
}

/// A new database with its keys, one organisation and its account holder.
pub(crate) async fn open(folder: &TemporaryFolder) -> Result<(Store, Account), Fault> {
    let (_identity, store, first) = open_at(folder, &url(folder)).await?;
    Ok((store, first))
}

/// The same in another database, with its use cases; its keys are in the folder.
pub(crate) async fn open_at(folder: &TemporaryFolder, database: &str) -> Result<(Identity, Store, Account), Fault> {
    let keys = Arc::new(KeyRing::generate()?);
    keys.save(&folder.path().join("keys.toml"))?;
    let store = Store::connect(database, Arc::clone(&keys)).await?;
    store.migrate().await?;
    let hasher = Hasher::start(1, keys.pepper().as_slice())?;
    let identity = Identity::new(Parts {
        store: store.clone(),
        clock: Arc::new(SystemClock),
        entropy: Arc::new(SystemEntropy),
        hasher,
        relying_party: RelyingParty::new("http://localhost")?,
        settings: Settings::default(),
    });
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
    Ok((identity, store, first))
}

/// The middle one.
pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times.get(times.len() / 2).copied().unwrap_or_default()
}
