//! Passkeys, alone and after the password, attacked with one that lies.

use serde_json::Value;

use crate::{
    soft_key::{BE, BS, Lie, SoftKey, Tampered, UP, UV},
    support::{Browser, EMAIL, Reply, Site, winners},
};

impl Browser {
    async fn discover(&mut self) -> Value {
        let reply = self.post("/api/sign-in/passkey/start", &[]).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }

    async fn present(&mut self, challenge: &Value, credential: &Value) -> Reply {
        let credential = credential.to_string();
        let fields = [("ceremony", challenge["ceremony"].as_str().unwrap()), ("credential", &credential), ("next", "/account/profile")];
        self.post("/api/sign-in/passkey", &fields).await
    }

    pub(crate) async fn use_passkey(&mut self, key: &mut SoftKey, lie: &Lie) -> Reply {
        let challenge = self.discover().await;
        let credential = key.get(&challenge, lie);
        self.present(&challenge, &credential).await
    }
}

pub(crate) async fn with_passkey() -> (Site, SoftKey) {
    let site = Site::with_agent().await;
    let mut key = SoftKey::passkey(1);
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.connect_key(&mut key, "passkey", "This computer", &Lie::default()).await.next();
    browser.post("/api/backup-codes/saved", &[("saved", "on")]).await.next();
    browser.post("/api/sign-out", &[]).await.next();
    (site, key)
}

#[tokio::test]
async fn a_passkey_alone_counts_as_both_signs() {
    let (site, mut key) = with_passkey().await;
    let mut browser = site.browser();
    assert_eq!(browser.use_passkey(&mut key, &Lie::default()).await.next(), "/account/profile");
    assert_eq!(browser.get("/api/person").await.json()["email"], EMAIL);
    assert!(!browser.cookies.contains_key("countersign_ceremony"));
    // Fresh, with two signs: what weakens the account is open at once.
    browser.post("/api/second-step/turn-off", &[]).await.next();
}

#[tokio::test]
async fn a_passkey_alone_is_enough_where_a_second_step_is_required() {
    let (site, mut key) = with_passkey().await;
    site.identity.require_second_step(true).await.unwrap();
    let mut browser = site.browser();
    browser.use_passkey(&mut key, &Lie::default()).await.next();
    assert_eq!(browser.get("/api/session").await.json()["stage"], "signed-in");
}

#[tokio::test]
async fn after_the_password_a_passkey_is_the_second_step() {
    let (site, mut key) = with_passkey().await;
    let mut browser = site.browser();
    assert_eq!(browser.sign_in(EMAIL).await.next(), "/sign-in/step-2/passkey");
    let challenge = browser.challenge("/api/second-step/key/start", "passkey").await;
    assert_eq!(challenge["public_key"]["userVerification"], "required");
    let credential = key.get(&challenge, &Lie { flags: Some(UP), ..Lie::default() }).to_string();
    let fields = [("ceremony", challenge["ceremony"].as_str().unwrap()), ("credential", credential.as_str())];
    assert_eq!(browser.post("/api/second-step/key", &fields).await.refusal().1, "key-not-accepted");
    let challenge = browser.challenge("/api/second-step/key/start", "passkey").await;
    let credential = key.get(&challenge, &Lie::default()).to_string();
    let fields = [("ceremony", challenge["ceremony"].as_str().unwrap()), ("credential", credential.as_str())];
    browser.post("/api/second-step/key", &fields).await.next();
    // A challenge for a kind they don't have isn't given.
    let mut other = site.browser();
    other.sign_in(EMAIL).await.next();
    assert_eq!(other.post("/api/second-step/key/start", &[("method", "security-key")]).await.status, 404);
}

#[tokio::test]
async fn a_passkey_that_lies_never_signs_in() {
    let (_, stranger) = with_passkey().await;
    let handle = stranger.user_handle.clone();
    for (what, because, lie) in [
        ("another origin", "key-not-accepted", Lie { origin: Some("https://evil.example"), ..Lie::default() }),
        ("another relying party", "key-not-accepted", Lie { rp_id: Some("evil.example"), ..Lie::default() }),
        ("the type of a registration", "key-not-accepted", Lie { kind: Some("webauthn.create"), ..Lie::default() }),
        ("nobody verified", "key-not-accepted", Lie { flags: Some(UP), ..Lie::default() }),
        ("nobody present", "key-not-accepted", Lie { flags: Some(UV), ..Lie::default() }),
        ("backed up without being eligible", "key-not-accepted", Lie { flags: Some(UP | UV | BS), ..Lie::default() }),
        ("eligibility for backup changed", "key-not-accepted", Lie { flags: Some(UP | UV | BE), ..Lie::default() }),
        ("a bit of the signature", "key-not-accepted", Lie { tampered: Some(Tampered::Signature), ..Lie::default() }),
        ("client data changed after signing", "key-not-accepted", Lie { tampered: Some(Tampered::ClientData), ..Lie::default() }),
        (
            "authenticator data changed after signing",
            "key-not-accepted",
            Lie { tampered: Some(Tampered::AuthenticatorData), ..Lie::default() },
        ),
        ("a key nobody knows", "key-unknown", Lie { credential_id: Some(vec![9; 32]), ..Lie::default() }),
        ("a frame of another site", "key-not-accepted", Lie { cross_origin: true, ..Lie::default() }),
        ("a top origin", "key-not-accepted", Lie { top_origin: Some("https://evil.example"), ..Lie::default() }),
        ("a handle nobody has", "key-not-accepted", Lie { user_handle: handle, ..Lie::default() }),
        ("a handle that can't be one", "key-not-accepted", Lie { user_handle: Some("AAAA".to_owned()), ..Lie::default() }),
    ] {
        let (site, mut key) = with_passkey().await;
        let mut browser = site.browser();
        assert_eq!(browser.use_passkey(&mut key, &lie).await.refusal(), (401, because.to_owned()), "{what}");
        assert!(browser.get("/api/session").await.json()["stage"].is_null(), "{what}");
        assert!(!browser.cookies.contains_key("countersign_session"), "{what}");
        browser.use_passkey(&mut key, &Lie::default()).await.next();
    }
}

#[tokio::test]
async fn a_passkey_is_not_made_by_a_key_that_doesn_t_verify_its_owner() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let reply = browser.connect_key(&mut SoftKey::new(1), "passkey", "This computer", &Lie::default()).await;
    assert_eq!(reply.refusal(), (401, "key-not-accepted".to_owned()));
    assert!(browser.get("/api/security").await.json()["methods"].as_array().unwrap().is_empty());
}

#[tokio::test]
async fn a_security_key_never_signs_in_alone_even_if_it_could() {
    let site = Site::with_agent().await;
    let mut key = SoftKey::passkey(1);
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.connect_key(&mut key, "security-key", "Desk key", &Lie::default()).await.next();
    // Not "unknown": the browser would be told to forget it, and it is somebody's second step.
    assert_eq!(site.browser().use_passkey(&mut key, &Lie::default()).await.refusal().1, "key-not-accepted");
}

#[tokio::test]
async fn another_person_s_handle_with_one_s_own_key_is_nobody() {
    let (site, wren) = with_passkey().await;
    site.add("juniper.vale@example.com").await;
    let mut own = SoftKey::passkey(2);
    let mut browser = site.browser();
    browser.sign_in("juniper.vale@example.com").await.next();
    browser.connect_key(&mut own, "passkey", "Mine", &Lie::default()).await.next();
    let lie = Lie { user_handle: wren.user_handle.clone(), ..Lie::default() };
    assert_eq!(site.browser().use_passkey(&mut own, &lie).await.refusal().1, "key-not-accepted");
}

#[tokio::test]
async fn a_stranger_who_asks_for_challenges_writes_nothing() {
    let (site, mut key) = with_passkey().await;
    let mut browser = site.browser();
    let first = browser.discover().await;
    for _ in 0..20 {
        browser.discover().await;
    }
    let later = countersign_domain::Instant::from_micros(i64::MAX);
    assert_eq!(site.identity.store().purge_ceremonies(later).await.unwrap(), 0);
    // The first is still good: nobody's asking pushes another's out.
    let credential = key.get(&first, &Lie::default());
    browser.present(&first, &credential).await.next();
    assert_eq!(site.identity.store().purge_ceremonies(later).await.unwrap(), 1);
}

#[tokio::test]
async fn a_challenge_can_t_be_made_up_changed_or_kept() {
    let (site, mut key) = with_passkey().await;
    let mut browser = site.browser();
    let challenge = browser.discover().await;
    let credential = key.get(&challenge, &Lie::default());
    let text = challenge["ceremony"].as_str().unwrap();
    // What is given fits into what is said to be taken.
    let taken = "/paths/~1api~1sign-in~1passkey/post/requestBody/content/application~1json/schema/properties/ceremony/maxLength";
    let reference = browser.get("/api/openapi.json").await.json();
    assert!(text.len() as u64 <= reference.pointer(taken).and_then(Value::as_u64).unwrap(), "{text}");
    let other = browser.discover().await;
    let (id, sealed) = text.split_once('.').unwrap();
    let (other_id, _) = other["ceremony"].as_str().unwrap().split_once('.').unwrap();
    let made_up = [String::new(), id.to_owned(), format!("{id}."), format!("{other_id}.{sealed}"), format!("{id}.{}", &sealed[8..])];
    for made_up in made_up {
        let mut changed = challenge.clone();
        changed["ceremony"] = made_up.clone().into();
        assert_eq!(browser.present(&changed, &credential).await.refusal(), (410, "ceremony-ended".to_owned()), "{made_up}");
    }
    site.clock.advance_seconds(301);
    assert_eq!(browser.present(&challenge, &credential).await.refusal(), (410, "ceremony-ended".to_owned()));
}

#[tokio::test]
async fn refusals_push_nothing_out_of_the_recent_activity() {
    let (site, mut key) = with_passkey().await;
    let mut browser = site.browser();
    let challenge = browser.discover().await;
    let credential = key.get(&challenge, &Lie { tampered: Some(Tampered::Signature), ..Lie::default() });
    let races: Vec<_> = (0..12)
        .map(|_| {
            let (mut tab, challenge, credential) = (browser.clone(), challenge.clone(), credential.clone());
            tokio::spawn(async move { tab.present(&challenge, &credential).await.refusal().1 == "key-not-accepted" })
        })
        .collect();
    assert_eq!(winners(races).await, 12);
    browser.use_passkey(&mut key, &Lie::default()).await.next();
    let activity = browser.get("/api/security").await.json()["activity"].to_string();
    assert_eq!(activity.matches("passkey.refused").count(), 1, "{activity}");
    assert!(activity.contains("passkey.connected"), "{activity}");
}

#[tokio::test]
async fn a_challenge_belongs_to_the_browser_that_asked_and_is_good_once() {
    let (site, mut key) = with_passkey().await;
    let mut browser = site.browser();
    let challenge = browser.discover().await;
    let credential = key.get(&challenge, &Lie::default());
    assert_eq!(site.browser().present(&challenge, &credential).await.refusal(), (410, "ceremony-ended".to_owned()));
    let mut elsewhere = site.browser();
    elsewhere.discover().await;
    assert_eq!(elsewhere.present(&challenge, &credential).await.refusal().1, "ceremony-ended");
    let cookies = browser.cookies.clone();
    browser.present(&challenge, &credential).await.next();
    let mut thief = site.browser();
    thief.cookies = cookies;
    assert_eq!(thief.present(&challenge, &credential).await.refusal().1, "ceremony-ended");
    // Under another challenge, the same answer is worth nothing.
    let fresh = thief.discover().await;
    assert_eq!(thief.present(&fresh, &credential).await.refusal().1, "key-not-accepted");
}

#[tokio::test]
async fn of_two_tabs_that_answer_one_challenge_one_signs_in() {
    let (site, mut key) = with_passkey().await;
    let mut browser = site.browser();
    let challenge = browser.discover().await;
    let credential = key.get(&challenge, &Lie::default());
    let races: Vec<_> = (0..4)
        .map(|_| {
            let (mut tab, challenge, credential) = (browser.clone(), challenge.clone(), credential.clone());
            tokio::spawn(async move { tab.present(&challenge, &credential).await.status == 200 })
        })
        .collect();
    assert_eq!(winners(races).await, 1);
}

#[tokio::test]
async fn a_challenge_tells_a_stranger_nothing() {
    let (site, _) = with_passkey().await;
    let empty = Site::with_agent().await;
    let shape = |challenge: Value| {
        let mut public_key = challenge["public_key"].clone();
        public_key["challenge"] = Value::Null;
        public_key
    };
    let with = shape(site.browser().discover().await);
    let without = shape(empty.browser().discover().await);
    assert_eq!(with, without);
    assert_eq!(with["allowCredentials"].as_array().map_or(0, Vec::len), 0);
}

#[tokio::test]
async fn a_passkey_s_counter_that_goes_back_is_refused_and_recorded() {
    let site = Site::with_agent().await;
    let mut key = SoftKey::passkey(1).counting_from(7);
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.connect_key(&mut key, "passkey", "This computer", &Lie::default()).await.next();
    let reply = site.browser().use_passkey(&mut key, &Lie { counter: Some(3), ..Lie::default() }).await;
    assert_eq!((reply.refusal().1, &reply.json()["name"]), ("key-counter-back".to_owned(), &"This computer".into()));
    site.browser().use_passkey(&mut key, &Lie::default()).await.next();
}

#[tokio::test]
async fn an_answer_that_comes_again_is_no_copy_of_the_key() {
    let site = Site::with_agent().await;
    let mut key = SoftKey::passkey(1).counting_from(7);
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.connect_key(&mut key, "passkey", "This computer", &Lie::default()).await.next();
    let mut browser = site.browser();
    let challenge = browser.discover().await;
    let credential = key.get(&challenge, &Lie::default());
    let mut again = browser.clone();
    browser.present(&challenge, &credential).await.next();
    assert_eq!(again.present(&challenge, &credential).await.refusal(), (410, "ceremony-ended".to_owned()));
    let activity = browser.get("/api/security").await.json()["activity"].to_string();
    assert!(!activity.contains("key.counter-back"), "{activity}");
}

#[tokio::test]
async fn a_removed_passkey_signs_nobody_in_and_the_browser_learns_which_are_left() {
    let (site, mut key) = with_passkey().await;
    let mut browser = site.browser();
    browser.use_passkey(&mut key, &Lie::default()).await.next();
    let security = browser.get("/api/security").await.json();
    assert_eq!(security["accepted_keys"]["credential_ids"][0], data_encoding::BASE64URL_NOPAD.encode(&key.credential_id));
    assert_eq!(security["accepted_keys"]["user_handle"].as_str(), key.user_handle.as_deref());
    let id = security["methods"][0]["id"].as_str().unwrap().to_owned();
    browser.post("/api/methods/rename", &[("id", &id), ("name", "Night desk")]).await.next();
    browser.post("/api/methods/remove", &[("id", &id)]).await.next();
    assert_eq!(browser.get("/api/security").await.json()["accepted_keys"]["credential_ids"].as_array().map(Vec::len), Some(0));
    assert_eq!(site.browser().use_passkey(&mut key, &Lie::default()).await.refusal().1, "key-unknown");
}

#[tokio::test]
async fn another_person_signing_in_with_a_passkey_ends_the_session_before() {
    let (site, mut key) = with_passkey().await;
    site.add("juniper.vale@example.com").await;
    let mut desk = site.browser();
    desk.sign_in("juniper.vale@example.com").await.next();
    let mut before = desk.clone();
    desk.use_passkey(&mut key, &Lie::default()).await.next();
    assert_eq!(before.get("/api/person").await.status, 401);
    assert_eq!(desk.get("/api/person").await.json()["email"], EMAIL);
}
