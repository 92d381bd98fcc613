//! A sign-in with a password and a security key: the server's own share, beside one bare Argon2
//! verification in the same run. The key is in software and answers at once.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use countersign_identity::{HashCost, Hasher};
use countersign_store::testing::TemporaryFolder;
use serde_json::Value;

use crate::{
    server::{Connection, Fault, PASSWORD, ServerProcess, median, open},
    soft_key::{Lie, SoftKey},
};

const SIGN_INS: usize = 100;

pub(crate) fn measure() -> Result<(), Fault> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = TemporaryFolder::create();
    let (store, _) = runtime.block_on(open(&folder))?;
    runtime.block_on(store.close());
    let mut server = ServerProcess::start(&folder)?;
    let mut connection = Connection::open(server.address)?;
    let honest = Lie { origin: Some(connection.origin().leak()), ..Lie::default() };
    let mut key = SoftKey::new(1).counting_from(1);
    connect(&mut connection, &mut key, &honest)?;
    let mut whole = Vec::new();
    for _ in 0..SIGN_INS {
        whole.push(sign_in(&mut connection, &mut key, &honest)?);
    }
    server.stop()?;
    let whole = median(&mut whole);
    let bare = runtime.block_on(bare())?;
    let ms = |time: Duration| time.as_secs_f64() * 1e3;
    println!("password, challenge, touch: {:.2} ms, the median of {SIGN_INS}, one after the other", ms(whole));
    println!("bare Argon2 verification:   {:.2} ms", ms(bare));
    println!("the server's own share:     Argon2 + {:.2} ms", ms(whole.saturating_sub(bare)));
    Ok(())
}

fn password(connection: &mut Connection) -> Result<String, Fault> {
    connection.post("/api/sign-in", "", &format!("email=person0%40example.com&password={PASSWORD}"))
}

/// Asks for a challenge.
fn challenge(connection: &mut Connection, cookie: &str, path: &str) -> Result<Value, Fault> {
    let answer = connection.send("POST", path, cookie, "method=security-key")?;
    Ok(serde_json::from_str(&answer.body)?)
}

fn answer(challenge: &Value, credential: &Value) -> Result<String, Fault> {
    let ceremony = challenge["ceremony"].as_str().unwrap_or_default();
    Ok(serde_html_form::to_string([("ceremony", ceremony), ("credential", &credential.to_string())])?)
}

fn connect(connection: &mut Connection, key: &mut SoftKey, honest: &Lie) -> Result<(), Fault> {
    let cookie = password(connection)?;
    let challenge = challenge(connection, &cookie, "/api/enrolment/key/start")?;
    let form = answer(&challenge, &key.create(&challenge, honest))?;
    connection.post("/api/enrolment/key", &cookie, &form)?;
    Ok(())
}

fn sign_in(connection: &mut Connection, key: &mut SoftKey, honest: &Lie) -> Result<Duration, Fault> {
    let began = Instant::now();
    let cookie = password(connection)?;
    let challenge = challenge(connection, &cookie, "/api/second-step/key/start")?;
    let asked = began.elapsed();
    // The key's own time isn't the server's.
    let form = answer(&challenge, &key.get(&challenge, honest))?;
    let answered = Instant::now();
    connection.post("/api/second-step/key", &cookie, &form)?;
    Ok(asked + answered.elapsed())
}

/// The median time of one verification, one after the other.
async fn bare() -> Result<Duration, Fault> {
    let hasher = Arc::new(Hasher::start(1, b"pepper")?);
    let mut times = Vec::new();
    for _ in 0..SIGN_INS {
        let began = Instant::now();
        hasher.hash(hasher.reserve(1)?, PASSWORD.as_bytes(), [7; 16], HashCost::default()).await?;
        times.push(began.elapsed());
    }
    Ok(median(&mut times))
}
