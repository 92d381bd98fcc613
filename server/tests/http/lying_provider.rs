//! An identity provider on loopback that can lie in every way a real one shouldn't. It signs with a key of its own
//! (ES256), checks the client and the code verifier as it should, and says what it is told to.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
};

use axum::{
    Form, Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use countersign_identity::{Clock, MovableClock};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use http::{HeaderMap, StatusCode, header};
use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

pub(crate) const CLIENT: &str = "countersign-test";
pub(crate) const SECRET: &str = "a secret of the client";

/// What isn't true.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Lie {
    #[default]
    None,
    OtherIssuer,
    OtherAudience,
    AnotherAudienceToo,
    OtherNonce,
    NoNonce,
    Expired,
    FromTheFuture,
    AlgorithmNone,
    SignedWithTheSecret,
    UnknownKey,
    WrongSignature,
    NoIdToken,
    EmptySubject,
    LongSubject,
    UnverifiedEmail,
    NoEmail,
    Redirects,
    Breaks,
    NotJson,
    /// It doesn't say that it names itself each time. That isn't one.
    Nameless,
}

/// Whom it signs in, and how it lies.
#[derive(Clone, Debug)]
pub(crate) struct Says {
    pub(crate) lie: Lie,
    pub(crate) subject: String,
    pub(crate) email: String,
    pub(crate) name: Option<String>,
    /// They logged in there so many seconds ago.
    pub(crate) proved_ago: i64,
    /// More that stands in the token.
    pub(crate) more: Value,
}

struct Inner {
    says: Mutex<Says>,
    /// Codes it has handed out: their challenge and nonce.
    codes: Mutex<BTreeMap<String, (String, String)>>,
    key: Mutex<(SigningKey, String)>,
    issuer: String,
    clock: Arc<MovableClock>,
    /// Held while its token endpoint is to answer nobody.
    gate: Arc<tokio::sync::RwLock<()>>,
    /// How often it was brought a code.
    brought: tokio::sync::watch::Sender<usize>,
}

pub(crate) struct Provider {
    inner: Arc<Inner>,
    server: tokio::task::JoinHandle<()>,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn key(n: u8) -> (SigningKey, String) {
    (SigningKey::from_slice(&[n; 32]).unwrap(), format!("key-{n}"))
}

impl Provider {
    pub(crate) async fn start(clock: Arc<MovableClock>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let issuer = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
        let says = Says {
            lie: Lie::None,
            subject: "subject-1".to_owned(),
            email: crate::support::EMAIL.to_owned(),
            name: None,
            proved_ago: 0,
            more: json!({}),
        };
        let inner = Arc::new(Inner {
            says: Mutex::new(says),
            codes: Mutex::default(),
            key: Mutex::new(key(1)),
            issuer,
            clock,
            gate: Arc::default(),
            brought: tokio::sync::watch::Sender::new(0),
        });
        let router = Router::new()
            .route("/.well-known/openid-configuration", get(discovery))
            .route("/keys", get(keys))
            .route("/token", post(token))
            .with_state(Arc::clone(&inner));
        let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { inner, server }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.inner.issuer
    }

    pub(crate) fn say(&self, change: impl FnOnce(&mut Says)) {
        change(&mut self.inner.says.lock().unwrap());
    }

    pub(crate) fn lie(&self, lie: Lie) {
        self.say(|says| says.lie = lie);
    }

    /// Answers nobody who brings a code, until what this gives is dropped.
    pub(crate) fn hold(&self) -> tokio::sync::OwnedRwLockWriteGuard<()> {
        Arc::clone(&self.inner.gate).try_write_owned().unwrap()
    }

    /// How often it was brought a code, to wait for the next.
    pub(crate) fn brought(&self) -> tokio::sync::watch::Receiver<usize> {
        self.inner.brought.subscribe()
    }

    /// Another key, under another name; the one before is gone.
    pub(crate) fn change_key(&self) {
        *self.inner.key.lock().unwrap() = key(2);
    }

    /// The person says yes on its page: what the browser is sent back with.
    pub(crate) fn consent(&self, page: &str) -> String {
        let (path, query) = page.split_once('?').unwrap();
        assert_eq!(path, format!("{}/authorize", self.inner.issuer));
        let asked: BTreeMap<String, String> = serde_html_form::from_str(query).unwrap();
        let get = |name: &str| asked.get(name).cloned().unwrap_or_else(|| panic!("no {name} in {page}"));
        assert_eq!(
            (get("client_id").as_str(), get("response_type").as_str(), get("code_challenge_method").as_str()),
            (CLIENT, "code", "S256")
        );
        assert_eq!(get("redirect_uri"), format!("{}/auth/single-sign-on", crate::support::ORIGIN));
        assert!(get("scope").split(' ').any(|scope| scope == "openid"));
        let code = format!("code-{}%2B", self.inner.codes.lock().unwrap().len());
        self.inner.codes.lock().unwrap().insert(code.clone(), (get("code_challenge"), get("nonce")));
        serde_html_form::to_string([("state", get("state")), ("code", code), ("iss", self.inner.issuer.clone())]).unwrap()
    }
}

async fn discovery(State(inner): State<Arc<Inner>>) -> Response {
    let issuer = &inner.issuer;
    match inner.says.lock().unwrap().lie {
        Lie::Breaks => return StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        Lie::NotJson => return "<html>a firewall's page</html>".into_response(),
        Lie::Redirects => return (StatusCode::FOUND, [(header::LOCATION, format!("{issuer}/keys"))]).into_response(),
        _ => {}
    }
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["ES256"],
        "authorization_response_iss_parameter_supported": inner.says.lock().unwrap().lie != Lie::Nameless,
    }))
    .into_response()
}

async fn keys(State(inner): State<Arc<Inner>>) -> Json<Value> {
    let (key, name) = &*inner.key.lock().unwrap();
    let point = key.verifying_key().to_sec1_point(false);
    let at = |range: std::ops::Range<usize>| BASE64URL_NOPAD.encode(&point.as_bytes()[range]);
    Json(json!({ "keys": [{ "kty": "EC", "crv": "P-256", "use": "sig", "kid": name, "alg": "ES256", "x": at(1..33), "y": at(33..65) }] }))
}

async fn token(State(inner): State<Arc<Inner>>, headers: HeaderMap, Form(form): Form<BTreeMap<String, String>>) -> Response {
    inner.brought.send_modify(|brought| *brought += 1);
    drop(inner.gate.read().await);
    let refuse = |error: &str| (StatusCode::BAD_REQUEST, Json(json!({ "error": error }))).into_response();
    let escaped = |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let basic = format!("{}:{}", CLIENT, SECRET.replace(' ', "+"));
    let basic_escaped = format!("{}:{}", escaped(CLIENT), escaped(SECRET));
    let said = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let said = said.strip_prefix("Basic ").and_then(|text| BASE64.decode(text.as_bytes()).ok()).unwrap_or_default();
    if said != basic.as_bytes() && said != basic_escaped.as_bytes() {
        return (StatusCode::UNAUTHORIZED, Json(json!({ "error": "invalid_client" }))).into_response();
    }
    let Some((challenge, nonce)) = inner.codes.lock().unwrap().remove(form.get("code").map_or("", String::as_str)) else {
        return refuse("invalid_grant");
    };
    let verifier = form.get("code_verifier").map_or("", String::as_str);
    if BASE64URL_NOPAD.encode(&Sha256::digest(verifier)) != challenge {
        return refuse("invalid_grant");
    }
    let says = inner.says.lock().unwrap().clone();
    let mut answer = json!({ "access_token": "opaque", "token_type": "Bearer", "expires_in": 300 });
    if says.lie != Lie::NoIdToken {
        answer["id_token"] = json!(id_token(&inner, &says, &nonce));
    }
    Json(answer).into_response()
}

fn id_token(inner: &Inner, says: &Says, nonce: &str) -> String {
    let now = inner.clock.now().as_micros() / 1_000_000;
    let (key, name) = inner.key.lock().unwrap().clone();
    let mut claims = json!({
        "iss": inner.issuer, "sub": says.subject, "aud": CLIENT, "nonce": nonce, "iat": now, "exp": now + 300, "auth_time": now - says.proved_ago,
        "email": says.email, "email_verified": says.lie != Lie::UnverifiedEmail,
    });
    if let Some(name) = &says.name {
        claims["name"] = json!(name);
    }
    for (name, value) in says.more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    match says.lie {
        Lie::OtherIssuer => claims["iss"] = json!("https://login.evil.example"),
        Lie::OtherAudience => claims["aud"] = json!("another-client"),
        Lie::AnotherAudienceToo => claims["aud"] = json!([CLIENT, "another-client"]),
        Lie::OtherNonce => claims["nonce"] = json!("another nonce"),
        Lie::NoNonce => drop(claims.as_object_mut().unwrap().remove("nonce")),
        Lie::Expired => claims["exp"] = json!(now - 3_600),
        Lie::FromTheFuture => claims["iat"] = json!(now + 3_600),
        Lie::EmptySubject => claims["sub"] = json!(""),
        Lie::LongSubject => claims["sub"] = json!("s".repeat(256)),
        Lie::NoEmail => drop(claims.as_object_mut().unwrap().remove("email")),
        _ => {}
    }
    let (algorithm, name) = match says.lie {
        Lie::AlgorithmNone => ("none", name),
        Lie::SignedWithTheSecret => ("HS256", name),
        Lie::UnknownKey => ("ES256", "key-9".to_owned()),
        _ => ("ES256", name),
    };
    let header = json!({ "alg": algorithm, "typ": "JWT", "kid": name });
    let encode = |value: &Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = match says.lie {
        Lie::AlgorithmNone => String::new(),
        Lie::SignedWithTheSecret => BASE64URL_NOPAD.encode(&mac(SECRET.as_bytes(), signed.as_bytes())),
        Lie::WrongSignature => sign(&SigningKey::from_slice(&[7; 32]).unwrap(), &signed),
        Lie::UnknownKey => sign(&SigningKey::from_slice(&[9; 32]).unwrap(), &signed),
        _ => sign(&key, &signed),
    };
    format!("{signed}.{signature}")
}

fn sign(key: &SigningKey, text: &str) -> String {
    let signature: Signature = key.sign(text.as_bytes());
    BASE64URL_NOPAD.encode(&signature.to_bytes())
}

/// HMAC-SHA256 (RFC 2104).
fn mac(key: &[u8], text: &[u8]) -> Vec<u8> {
    let pad = |with: u8| {
        let mut block = [with; 64];
        block.iter_mut().zip(key).for_each(|(byte, key)| *byte ^= key);
        block
    };
    let inner = Sha256::new().chain_update(pad(0x36)).chain_update(text).finalize();
    Sha256::new().chain_update(pad(0x5c)).chain_update(inner).finalize().to_vec()
}
