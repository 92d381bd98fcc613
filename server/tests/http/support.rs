//! A whole site in a temporary folder, its clock, and browsers that talk to it.

use std::{collections::BTreeMap, sync::Arc};

use axum::{Router, body::Body};
use countersign_domain::{Email, Instant, OrganisationName, Password, PersonName, Role};
use countersign_identity::{
    Applications, Clock, HashCost, Hasher, Identity, MovableClock, NewMember, NewOrganisation, Parts, RelyingParty,
    Settings as IdentitySettings, SystemEntropy, Visitor, code_at,
};
use countersign_server::{config::Settings, router::router, startup::state};
use countersign_store::{KeyRing, Store, testing::TemporaryFolder};
use http::{HeaderMap, Request, StatusCode, header};
use serde_json::Value;
use tokio::sync::Semaphore;
use tower::ServiceExt;

pub(crate) use crate::soft_key::ORIGIN;
pub(crate) const PASSWORD: &str = "plover-candle-ninety-six";
pub(crate) const EMAIL: &str = "wren.halloway@example.com";

/// 2026-11-26 09:14:00 UTC: the start of a TOTP step.
const START: i64 = 1_795_684_440;

pub(crate) struct Site {
    router: Router,
    pub(crate) identity: Identity,
    pub(crate) clock: Arc<MovableClock>,
    /// Places for server functions under way.
    pub(crate) calls: Arc<Semaphore>,
    pub(crate) folder: TemporaryFolder,
}

impl Site {
    /// An empty installation.
    pub(crate) async fn empty() -> Self {
        Self::serving(&[]).await
    }

    /// An empty installation in front of these applications.
    pub(crate) async fn serving(applications: &[&str]) -> Self {
        Self::asking(None, applications).await
    }

    /// The same, which asks this name server.
    pub(crate) async fn asking(dns_server: Option<std::net::SocketAddr>, applications: &[&str]) -> Self {
        let folder = TemporaryFolder::create();
        let clock = Arc::new(MovableClock::at(Instant::from_seconds(START)));
        let keys = Arc::new(KeyRing::generate().unwrap());
        let store = Store::connect(&folder.sqlite_url(), Arc::clone(&keys)).await.unwrap();
        store.migrate().await.unwrap();
        let hasher = Hasher::start(2, keys.pepper().as_slice()).unwrap();
        let hash_cost = HashCost { memory_kib: 64, passes: 1, lanes: 1 };
        let applications: Vec<String> = applications.iter().map(|&origin| origin.to_owned()).collect();
        let applications = Applications::parse(&applications, None, ORIGIN).unwrap();
        let settings = IdentitySettings { hash_cost, applications, dns_server, ..IdentitySettings::default() };
        let relying_party = RelyingParty::new(ORIGIN).unwrap();
        let clock_seam = Arc::clone(&clock) as Arc<dyn Clock>;
        let parts = Parts { store, clock: clock_seam, entropy: Arc::new(SystemEntropy), hasher, relying_party, settings };
        let identity = Identity::new(parts);
        let config = Settings { time_zone: Some("UTC".to_owned()), ..Settings::default() }.resolve(None).unwrap();
        let state = state(&config, identity.clone());
        let calls = Arc::clone(&state.calls);
        Self { router: router(state), identity, clock, calls, folder }
    }

    /// An organisation with one agent, [`EMAIL`], who has no second step.
    pub(crate) async fn with_agent() -> Self {
        Self::empty().await.settled().await
    }

    /// The same here.
    pub(crate) async fn settled(self) -> Self {
        let link = self.identity.open_set_up().await.unwrap().unwrap();
        let holder = NewOrganisation {
            organisation: OrganisationName::parse("Quillbrook Support").unwrap(),
            name: PersonName::parse("Osric Fenn").unwrap(),
            email: Email::parse("osric.fenn@example.com").unwrap(),
            password: Password::parse_new(PASSWORD).unwrap(),
        };
        let _ = self.identity.set_up(&link, &holder, &Visitor::default()).await.unwrap();
        self.add(EMAIL).await;
        self
    }

    /// One more agent.
    pub(crate) async fn add(&self, email: &str) {
        let new = NewMember {
            email: Email::parse(email).unwrap(),
            name: PersonName::parse("Wren Halloway").unwrap(),
            role: Role::Agent,
            password: Password::parse_new(PASSWORD).unwrap(),
        };
        self.identity.add_member(&new).await.unwrap();
    }

    /// As [`Site::with_agent`], with an app and backup codes. The clock has moved on a step.
    pub(crate) async fn with_second_step() -> (Self, Enrolled) {
        let site = Self::with_agent().await;
        let mut browser = site.browser();
        browser.sign_in(EMAIL).await;
        let enrolled = browser.enrol().await;
        browser.post("/api/sign-out", &[]).await;
        site.clock.advance_seconds(30);
        (site, enrolled)
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), clock: Arc::clone(&self.clock), cookies: BTreeMap::new() }
    }
}

/// How many of those who raced won.
pub(crate) async fn winners(races: Vec<tokio::task::JoinHandle<bool>>) -> usize {
    let mut winners = 0;
    for race in races {
        winners += usize::from(race.await.unwrap());
    }
    winners
}

/// What somebody holds after the wizard.
#[derive(Clone, Debug)]
pub(crate) struct Enrolled {
    pub(crate) key: String,
    pub(crate) codes: Vec<String>,
}

/// A browser with its cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    clock: Arc<MovableClock>,
    pub(crate) cookies: BTreeMap<String, String>,
}

/// A response, read whole.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// `next` of an answer that says it is done.
    #[track_caller]
    pub(crate) fn next(&self) -> String {
        let json = self.json();
        assert_eq!((self.status, &json["outcome"]), (StatusCode::OK, &Value::from("done")), "{json}");
        json["next"].as_str().unwrap().to_owned()
    }

    /// Status and reason of an answer that says it is refused.
    #[track_caller]
    pub(crate) fn refusal(&self) -> (u16, String) {
        let json = self.json();
        assert_eq!(json["outcome"], "refused", "{json}");
        (self.status.as_u16(), json["because"].as_str().unwrap().to_owned())
    }

    /// Status and code of an error.
    #[track_caller]
    pub(crate) fn error(&self) -> (u16, String) {
        (self.status.as_u16(), self.json()["error"].as_str().unwrap_or_else(|| panic!("{self:?}")).to_owned())
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl Browser {
    /// Sends a request with this browser's cookies, and keeps those it is given.
    pub(crate) async fn send(&mut self, request: http::request::Builder, body: impl Into<Body>) -> Reply {
        let cookies: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = if cookies.is_empty() { request } else { request.header(header::COOKIE, cookies.join("; ")) };
        let response = self.router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap();
            let (name, value) = text.split(';').next().unwrap().split_once('=').unwrap();
            if text.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Reply { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&bytes).into_owned() }
    }

    /// A request as our own client sends it.
    pub(crate) fn ask(method: &str, path: &str) -> http::request::Builder {
        Request::builder()
            .method(method)
            .uri(path)
            .header(header::ACCEPT, "application/json")
            .header(header::ORIGIN, ORIGIN)
            .header("sec-fetch-site", "same-origin")
    }

    pub(crate) async fn get(&mut self, path: &str) -> Reply {
        self.send(Self::ask("GET", path), Body::empty()).await
    }

    pub(crate) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Reply {
        let body = serde_html_form::to_string(fields).unwrap();
        self.send(Self::ask("POST", path).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded"), body).await
    }

    /// A form without JavaScript, submitted from `page`.
    pub(crate) async fn submit(&mut self, page: &str, path: &str, fields: &[(&str, &str)]) -> Reply {
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::ACCEPT, "text/html,application/xhtml+xml")
            .header(header::ORIGIN, ORIGIN)
            .header(header::REFERER, format!("{ORIGIN}{page}"))
            .header("sec-fetch-site", "same-origin")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, serde_html_form::to_string(fields).unwrap()).await
    }

    /// A page, as the address bar asks for it.
    pub(crate) async fn page(&mut self, path: &str) -> Reply {
        self.send(Request::builder().uri(path).header(header::ACCEPT, "text/html"), Body::empty()).await
    }

    pub(crate) async fn sign_in(&mut self, email: &str) -> Reply {
        self.post("/api/sign-in", &[("email", email), ("password", PASSWORD)]).await
    }

    /// The code of a key, by the site's clock.
    pub(crate) fn code(&self, key: &str) -> String {
        code_at(key, self.clock.now()).unwrap()
    }

    /// A code that is right at no time nearby.
    pub(crate) fn wrong_code(&self, key: &str) -> String {
        let near: Vec<String> = (-25..=25).map(|step| code_at(key, self.clock.now().plus_seconds(step * 30)).unwrap()).collect();
        (0..1_000_000).map(|n: u32| format!("{n:06}")).find(|code| !near.contains(code)).unwrap()
    }

    pub(crate) async fn verify(&mut self, code: &str) -> Reply {
        self.post("/api/second-step/authenticator-app", &[("code", code)]).await
    }

    /// Password and app, all the way in.
    pub(crate) async fn sign_in_with(&mut self, key: &str) -> Reply {
        self.sign_in(EMAIL).await.next();
        let code = self.code(key);
        self.verify(&code).await
    }

    /// Connects an app and saves the codes, from wherever the wizard is reachable.
    pub(crate) async fn enrol(&mut self) -> Enrolled {
        let key = self.connect_app().await;
        let shown = self.get("/api/backup-codes/new").await.json();
        let codes = shown["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        self.post("/api/backup-codes/saved", &[("saved", "on")]).await.next();
        Enrolled { key, codes }
    }

    /// Connects an app, and gives its key.
    pub(crate) async fn connect_app(&mut self) -> String {
        self.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.next();
        let key = self.get("/api/enrolment/authenticator-app").await.json()["key"].as_str().unwrap().to_owned();
        let code = self.code(&key);
        self.post("/api/enrolment/authenticator-app", &[("code", &code), ("name", "Phone app")]).await.next();
        key
    }
}
