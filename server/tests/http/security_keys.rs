//! Security keys as the second step, attacked with a key that lies.

use serde_json::Value;

use crate::{
    soft_key::{BE, BS, Lie, SoftKey, Tampered, UP, UV},
    support::{Browser, EMAIL, Reply, Site, winners},
};

const OTHER: &str = "juniper.vale@example.com";

/// Everything a key can lie about that nobody may believe.
fn lies() -> Vec<(&'static str, Lie)> {
    let challenge = Some(data_encoding::BASE64URL_NOPAD.encode(&[7; 32]));
    vec![
        ("another origin", Lie { origin: Some("https://evil.example"), ..Lie::default() }),
        ("another port", Lie { origin: Some("http://localhost:3001"), ..Lie::default() }),
        ("another relying party", Lie { rp_id: Some("evil.example"), ..Lie::default() }),
        ("a made-up challenge", Lie { challenge, ..Lie::default() }),
        ("the other ceremony's type", Lie { kind: Some("payment.get"), ..Lie::default() }),
        ("nobody present", Lie { flags: Some(0), ..Lie::default() }),
        ("backed up without being eligible", Lie { flags: Some(UP | UV | BS), ..Lie::default() }),
    ]
}

fn lies_about_signatures() -> Vec<(&'static str, Lie)> {
    vec![
        ("client data changed after signing", Lie { tampered: Some(Tampered::ClientData), ..Lie::default() }),
        ("authenticator data changed after signing", Lie { tampered: Some(Tampered::AuthenticatorData), ..Lie::default() }),
        ("a bit of the signature", Lie { tampered: Some(Tampered::Signature), ..Lie::default() }),
        ("eligibility for backup changed", Lie { flags: Some(UP | UV | BE), ..Lie::default() }),
    ]
}

impl Browser {
    pub(crate) async fn challenge(&mut self, path: &str, method: &str) -> Value {
        let reply = self.post(path, &[("method", method)]).await;
        assert_eq!(reply.status, 200, "{reply:?}");
        reply.json()
    }

    async fn answer(&mut self, path: &str, challenge: &Value, credential: &Value, more: &[(&str, &str)]) -> Reply {
        let credential = credential.to_string();
        let fields = [&[("ceremony", challenge["ceremony"].as_str().unwrap()), ("credential", credential.as_str())], more].concat();
        self.post(path, &fields).await
    }

    /// Connects a key by a name.
    pub(crate) async fn connect_key(&mut self, key: &mut SoftKey, method: &str, name: &str, lie: &Lie) -> Reply {
        let challenge = self.challenge("/api/enrolment/key/start", method).await;
        let credential = key.create(&challenge, lie);
        self.answer("/api/enrolment/key", &challenge, &credential, &[("name", name)]).await
    }

    /// The second step of a sign-in, from its challenge on.
    async fn touch(&mut self, key: &mut SoftKey, lie: &Lie) -> Reply {
        let challenge = self.challenge("/api/second-step/key/start", "security-key").await;
        let credential = key.get(&challenge, lie);
        self.answer("/api/second-step/key", &challenge, &credential, &[]).await
    }

    async fn stage(&mut self) -> Value {
        self.get("/api/session").await.json()["stage"].clone()
    }

    async fn methods(&mut self) -> Vec<Value> {
        self.get("/api/security").await.json()["methods"].as_array().unwrap().clone()
    }

    async fn acknowledge_codes(&mut self) {
        self.post("/api/backup-codes/saved", &[("saved", "on")]).await;
    }
}

/// An agent whose one method is a key that counts.
async fn with_key() -> (Site, SoftKey) {
    let site = Site::with_agent().await;
    let mut key = SoftKey::new(1).counting_from(5);
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert_eq!(browser.connect_key(&mut key, "security-key", "Desk key", &Lie::default()).await.next(), "/enrol/codes");
    browser.acknowledge_codes().await;
    browser.post("/api/sign-out", &[]).await.next();
    (site, key)
}

/// A browser that has given the password.
async fn half_way(site: &Site) -> Browser {
    let mut browser = site.browser();
    assert_eq!(browser.sign_in(EMAIL).await.next(), "/sign-in/step-2/key");
    browser
}

async fn audited(site: &Site, kind: &str) -> Vec<Value> {
    let email = countersign_domain::Email::parse(EMAIL).unwrap();
    let account = site.identity.store().find_account_by_email(&email).await.unwrap().unwrap();
    let events = site.identity.store().list_events(account.id, None, 100).await.unwrap();
    events.into_iter().filter(|event| event.kind == kind).map(|event| event.details).collect()
}

#[tokio::test]
async fn a_touch_signs_in_and_the_key_is_asked_for_first() {
    let (site, mut key) = with_key().await;
    let mut browser = half_way(&site).await;
    let ways = browser.get("/api/second-step").await.json()["ways"].clone();
    assert_eq!(
        (&ways[0]["factor"], &ways[0]["names"][0], &ways[1]["factor"]),
        (&"security-key".into(), &"Desk key".into(), &"backup-code".into())
    );
    assert_eq!(browser.touch(&mut key, &Lie::default()).await.next(), "/account/security");
    assert_eq!(browser.stage().await, "signed-in");
    let used = browser.methods().await[0].clone();
    assert_eq!((used["factor"].as_str(), used["last_used"].is_object()), (Some("security-key"), true));
    assert!(audited(&site, "sign-in.succeeded").await.iter().any(|details| details["factor"] == "security-key"));
}

#[tokio::test]
async fn a_key_without_a_counter_signs_in_again_and_again() {
    let site = Site::with_agent().await;
    let mut key = SoftKey::new(1);
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.connect_key(&mut key, "security-key", "Old key", &Lie::default()).await.next();
    browser.acknowledge_codes().await;
    for _ in 0..3 {
        half_way(&site).await.touch(&mut key, &Lie::default()).await.next();
    }
}

#[tokio::test]
async fn a_key_that_lies_is_never_connected_and_nothing_changes() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let more = [
        ("the type of a sign-in", Lie { kind: Some("webauthn.get"), ..Lie::default() }),
        ("an algorithm that wasn't offered", Lie { algorithm: Some(-65_535), ..Lie::default() }),
        ("a credential id of 1,024 bytes", Lie { credential_id: Some(vec![1; 1024]), ..Lie::default() }),
    ];
    for (what, lie) in lies().into_iter().chain(more) {
        let reply = browser.connect_key(&mut SoftKey::new(1), "security-key", "Desk key", &lie).await;
        assert_eq!(reply.refusal(), (401, "key-not-accepted".to_owned()), "{what}");
        assert!(browser.methods().await.is_empty(), "{what}");
    }
    // One line tells of all of them: nobody pushes another line out of sight by being refused.
    assert_eq!(audited(&site, "key.not-connected").await.len(), 1);
    // And an honest one is, by its longest id.
    let longest = Lie { credential_id: Some(vec![1; 1023]), ..Lie::default() };
    browser.connect_key(&mut SoftKey::new(1), "security-key", "Desk key", &longest).await.next();
}

#[tokio::test]
async fn a_key_that_lies_never_signs_in_and_nothing_changes() {
    let more = [
        ("the type of a registration", Lie { kind: Some("webauthn.create"), ..Lie::default() }),
        ("a key nobody knows", Lie { credential_id: Some(vec![9; 32]), ..Lie::default() }),
        ("a frame of another site", Lie { cross_origin: true, ..Lie::default() }),
        ("another site's frame around ours", Lie { top_origin: Some("https://evil.example"), ..Lie::default() }),
        ("another owner", Lie { user_handle: Some("CQkJCQkJCQkJCQkJCQkJCQ".to_owned()), ..Lie::default() }),
    ];
    for (what, lie) in lies().into_iter().chain(lies_about_signatures()).chain(more) {
        let (site, mut key) = with_key().await;
        let mut browser = half_way(&site).await;
        let reply = browser.touch(&mut key, &lie).await;
        let because = if what == "a key nobody knows" { "key-unknown" } else { "key-not-accepted" };
        assert_eq!(reply.refusal(), (401, because.to_owned()), "{what}");
        assert_eq!(browser.stage().await, "second-step", "{what}");
        let refused = audited(&site, "second-step.refused").await;
        assert_eq!((refused.len(), refused[0]["factor"].as_str()), (1, Some("security-key")), "{what}");
        // The honest key still gets in: nothing was spent but the challenge.
        browser.touch(&mut key, &Lie::default()).await.next();
    }
}

#[tokio::test]
async fn an_answer_that_is_no_credential_is_refused() {
    let (site, _key) = with_key().await;
    let mut browser = half_way(&site).await;
    for credential in ["", "{}", "[]", "null", "{\"id\":1}", &"x".repeat(20_000)] {
        let challenge = browser.challenge("/api/second-step/key/start", "security-key").await;
        let fields = [("ceremony", challenge["ceremony"].as_str().unwrap()), ("credential", credential)];
        let reply = browser.post("/api/second-step/key", &fields).await;
        assert!(matches!(reply.status.as_u16(), 401 | 429), "{reply:?}");
        assert_eq!(browser.stage().await, "second-step");
    }
}

#[tokio::test]
async fn a_counter_that_doesn_t_grow_is_refused_recorded_and_told() {
    for counter in [5, 4, 0] {
        let (site, mut key) = with_key().await;
        let mut browser = half_way(&site).await;
        let reply = browser.touch(&mut key, &Lie { counter: Some(counter), ..Lie::default() }).await;
        assert_eq!((reply.refusal(), &reply.json()["name"]), ((401, "key-counter-back".to_owned()), &"Desk key".into()), "{counter}");
        assert_eq!(browser.stage().await, "second-step");
        assert_eq!(audited(&site, "key.counter-back").await[0]["name"], "Desk key");
    }
}

#[tokio::test]
async fn a_challenge_is_answered_once() {
    let (site, mut key) = with_key().await;
    let mut browser = half_way(&site).await;
    let challenge = browser.challenge("/api/second-step/key/start", "security-key").await;
    let credential = key.get(&challenge, &Lie::default());
    let mut thief = browser.clone();
    browser.answer("/api/second-step/key", &challenge, &credential, &[]).await.next();
    // The token changed with the stage, so the thief is nobody; with the new one, elsewhere.
    assert_eq!(thief.answer("/api/second-step/key", &challenge, &credential, &[]).await.error().0, 401);
    // The same answer, in another sign-in and under a new challenge.
    let mut again = half_way(&site).await;
    assert_eq!(again.answer("/api/second-step/key", &challenge, &credential, &[]).await.refusal(), (410, "ceremony-ended".to_owned()));
    let fresh = again.challenge("/api/second-step/key/start", "security-key").await;
    assert_eq!(again.answer("/api/second-step/key", &fresh, &credential, &[]).await.refusal().1, "key-not-accepted");
    assert_eq!(again.stage().await, "second-step");
}

#[tokio::test]
async fn a_challenge_lasts_five_minutes() {
    let (site, mut key) = with_key().await;
    let mut browser = half_way(&site).await;
    for (seconds, is_good) in [(300, false), (299, true)] {
        let challenge = browser.challenge("/api/second-step/key/start", "security-key").await;
        let credential = key.get(&challenge, &Lie::default());
        site.clock.advance_seconds(seconds);
        let reply = browser.answer("/api/second-step/key", &challenge, &credential, &[]).await;
        assert_eq!(reply.status == 200, is_good, "{seconds} s: {reply:?}");
    }
}

#[tokio::test]
async fn of_two_answers_at_once_exactly_one_signs_in() {
    let (site, mut key) = with_key().await;
    // Two sign-ins, each with its own challenge, and one counter: a key and its copy.
    let mut browsers = Vec::new();
    for _ in 0..4 {
        let mut browser = half_way(&site).await;
        let challenge = browser.challenge("/api/second-step/key/start", "security-key").await;
        let credential = key.get(&challenge, &Lie { counter: Some(9), ..Lie::default() });
        browsers.push((browser, challenge, credential));
    }
    let races: Vec<_> = browsers
        .into_iter()
        .map(|(mut browser, challenge, credential)| {
            tokio::spawn(async move { browser.answer("/api/second-step/key", &challenge, &credential, &[]).await.status == 200 })
        })
        .collect();
    assert_eq!(winners(races).await, 1);
}

#[tokio::test]
async fn nobody_answers_somebody_else_s_challenge_or_with_somebody_else_s_key() {
    let (site, mut key) = with_key().await;
    site.add(OTHER).await;
    let mut other_key = SoftKey::new(2).counting_from(1);
    let mut other = site.browser();
    other.sign_in(OTHER).await.next();
    other.connect_key(&mut other_key, "security-key", "Juniper's key", &Lie::default()).await.next();
    other.acknowledge_codes().await;
    other.post("/api/sign-out", &[]).await.next();

    let mut wren = half_way(&site).await;
    let reply = wren.touch(&mut other_key, &Lie::default()).await;
    assert_eq!((reply.refusal(), &reply.json()["names"]), ((401, "key-unknown".to_owned()), &serde_json::json!(["Desk key"])));

    other.sign_in(OTHER).await.next();
    let hers = other.challenge("/api/second-step/key/start", "security-key").await;
    let answer = other_key.get(&hers, &Lie::default());
    assert_eq!(wren.answer("/api/second-step/key", &hers, &answer, &[]).await.refusal().1, "ceremony-ended");
    let answer = key.get(&hers, &Lie::default());
    assert_eq!(wren.answer("/api/second-step/key", &hers, &answer, &[]).await.refusal().1, "ceremony-ended");
    // It wasn't spent by either.
    let answer = other_key.get(&hers, &Lie::default());
    other.answer("/api/second-step/key", &hers, &answer, &[]).await.next();
}

#[tokio::test]
async fn a_challenge_is_good_for_its_own_purpose_alone() {
    let (site, mut key) = with_key().await;
    let mut browser = half_way(&site).await;
    browser.touch(&mut key, &Lie::default()).await.next();
    let challenge = browser.challenge("/api/confirmation/key/start", "security-key").await;
    let registration = browser.challenge("/api/enrolment/key/start", "security-key").await;
    let credential = key.get(&challenge, &Lie::default());
    assert_eq!(browser.answer("/api/enrolment/key", &challenge, &credential, &[]).await.refusal().1, "ceremony-ended");
    let created = SoftKey::new(3).create(&registration, &Lie::default());
    assert_eq!(browser.answer("/api/confirmation/key", &registration, &created, &[]).await.refusal().1, "ceremony-ended");
    let next = [("next", "/account/security?turn-off=1")];
    assert_eq!(browser.answer("/api/confirmation/key", &challenge, &credential, &next).await.next(), "/account/security?turn-off=1");
}

#[tokio::test]
async fn somebody_at_the_same_desk_never_meets_what_the_last_one_began() {
    let (site, mut key) = with_key().await;
    site.add(OTHER).await;
    let mut desk = half_way(&site).await;
    let left = desk.challenge("/api/second-step/key/start", "security-key").await;
    let credential = key.get(&left, &Lie::default());
    desk.sign_in(OTHER).await.next();
    assert_eq!(desk.get("/api/person").await.json()["email"], OTHER);
    assert!(desk.methods().await.is_empty());
    assert_eq!(desk.answer("/api/confirmation/key", &left, &credential, &[]).await.refusal().1, "ceremony-ended");
    assert_eq!(desk.answer("/api/enrolment/key", &left, &credential, &[]).await.refusal().1, "ceremony-ended");
    assert_eq!(desk.get("/api/person").await.json()["email"], OTHER);
}

#[tokio::test]
async fn a_key_that_is_connected_already_is_refused_by_name_to_its_owner_only() {
    let (site, mut key) = with_key().await;
    let mut wren = half_way(&site).await;
    wren.touch(&mut key, &Lie::default()).await.next();
    // The browser is told which keys there are, and wouldn't offer them.
    let challenge = wren.challenge("/api/enrolment/key/start", "security-key").await;
    assert_eq!(challenge["public_key"]["excludeCredentials"][0]["id"], data_encoding::BASE64URL_NOPAD.encode(&key.credential_id));
    let verified = Lie { flags: Some(UP | UV), ..Lie::default() };
    assert_eq!(wren.connect_key(&mut key.clone(), "passkey", "Again", &verified).await.refusal().0, 409);
    let reply = wren.connect_key(&mut key.clone(), "security-key", "Again", &Lie::default()).await;
    assert_eq!((reply.refusal(), &reply.json()["name"]), ((409, "key-connected".to_owned()), &"Desk key".into()));
    site.add(OTHER).await;
    let mut other = site.browser();
    other.sign_in(OTHER).await.next();
    let reply = other.connect_key(&mut key, "security-key", "Mine now", &Lie::default()).await;
    assert_eq!((reply.refusal(), &reply.json()["name"]), ((409, "key-connected".to_owned()), &Value::Null));
    assert_eq!(wren.methods().await.len(), 1);
    assert!(other.methods().await.is_empty());
}

#[tokio::test]
async fn user_handles_are_random_and_stay() {
    let site = Site::with_agent().await;
    site.add(OTHER).await;
    let mut handles = Vec::new();
    for email in [EMAIL, EMAIL, OTHER] {
        let mut browser = site.browser();
        browser.sign_in(email).await.next();
        let challenge = browser.challenge("/api/enrolment/key/start", "security-key").await;
        handles.push(challenge["public_key"]["user"]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(handles[0], handles[1]);
    assert_ne!(handles[0], handles[2]);
    assert_eq!(data_encoding::BASE64URL_NOPAD.decode(handles[0].as_bytes()).unwrap().len(), 16);
}

#[tokio::test]
async fn five_answers_that_can_t_be_accepted_pause_the_key_and_nothing_else() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let enrolled = browser.enrol().await;
    let mut key = SoftKey::new(1).counting_from(1);
    browser.connect_key(&mut key, "security-key", "Desk key", &Lie::default()).await.next();
    site.clock.advance_seconds(30);
    let mut browser = half_way(&site).await;
    let lie = Lie { tampered: Some(Tampered::Signature), ..Lie::default() };
    for _ in 0..4 {
        assert_eq!(browser.touch(&mut key, &lie).await.refusal().1, "key-not-accepted");
    }
    assert_eq!(browser.touch(&mut key, &lie).await.refusal(), (429, "paused".to_owned()));
    assert_eq!(browser.touch(&mut key, &Lie::default()).await.refusal().1, "paused");
    let code = browser.code(&enrolled.key);
    browser.verify(&code).await.next();
}

#[tokio::test]
async fn adding_or_removing_a_key_asks_for_a_fresh_proof() {
    let (site, mut key) = with_key().await;
    let mut browser = half_way(&site).await;
    browser.touch(&mut key, &Lie::default()).await.next();
    let id = browser.methods().await[0]["id"].as_str().unwrap().to_owned();
    let begun = browser.challenge("/api/enrolment/key/start", "security-key").await;
    site.clock.advance_seconds(10 * 60);
    assert_eq!(browser.post("/api/enrolment/key/start", &[("method", "security-key")]).await.error(), (403, "wrong-stage".to_owned()));
    assert_eq!(browser.post("/api/enrolment/start", &[("method", "passkey")]).await.refusal(), (403, "confirm-first".to_owned()));
    let created = SoftKey::new(2).create(&begun, &Lie::default());
    assert_eq!(browser.answer("/api/enrolment/key", &begun, &created, &[]).await.refusal().1, "confirm-first");
    assert_eq!(browser.post("/api/methods/remove", &[("id", &id)]).await.refusal().1, "confirm-first");
    // The password is no fresh proof for somebody with a key.
    let password = [("password", crate::support::PASSWORD)];
    assert_eq!(browser.post("/api/confirmation/password", &password).await.error().1, "wrong-stage");
    let challenge = browser.challenge("/api/confirmation/key/start", "security-key").await;
    let credential = key.get(&challenge, &Lie::default());
    browser.answer("/api/confirmation/key", &challenge, &credential, &[]).await.next();
    browser.post("/api/methods/remove", &[("id", &id)]).await.next();
    assert!(browser.get("/api/security").await.json()["backup_codes"].is_null(), "they go with the last method");
    assert_eq!(site.browser().sign_in(EMAIL).await.next(), "/account/security");
}

#[tokio::test]
async fn the_forced_wizard_can_be_left_with_a_key() {
    let site = Site::with_agent().await;
    site.identity.require_second_step(true).await.unwrap();
    let mut browser = site.browser();
    assert_eq!(browser.sign_in(EMAIL).await.next(), "/enrol");
    let mut key = SoftKey::new(1);
    assert_eq!(browser.post("/api/enrolment/start", &[("method", "security-key")]).await.next(), "/enrol/key");
    assert_eq!(browser.connect_key(&mut key, "security-key", "Desk key", &Lie::default()).await.next(), "/enrol/codes");
    assert_eq!(browser.stage().await, "enrolment");
    assert_eq!(browser.post("/api/backup-codes/saved", &[("saved", "on")]).await.next(), "/enrol/done");
    assert_eq!(browser.stage().await, "signed-in");
    let id = browser.methods().await[0]["id"].as_str().unwrap().to_owned();
    assert_eq!(browser.post("/api/methods/remove", &[("id", &id)]).await.refusal(), (409, "last-method".to_owned()));
}

#[tokio::test]
async fn a_key_is_taken_off_by_turning_all_of_it_off_and_by_a_reset() {
    for is_reset in [false, true] {
        let (site, mut key) = with_key().await;
        let mut browser = half_way(&site).await;
        browser.touch(&mut key, &Lie::default()).await.next();
        if is_reset {
            assert!(site.identity.reset_member(&countersign_domain::Email::parse(EMAIL).unwrap()).await.unwrap());
        } else {
            browser.post("/api/second-step/turn-off", &[]).await.next();
        }
        assert_eq!(site.browser().sign_in(EMAIL).await.next(), "/account/security");
    }
}

#[tokio::test]
async fn what_no_key_can_have_said_is_no_failure() {
    let (site, mut key) = with_key().await;
    let mut browser = half_way(&site).await;
    for _ in 0..6 {
        let challenge = browser.challenge("/api/second-step/key/start", "security-key").await;
        let reply = browser.answer("/api/second-step/key", &challenge, &"junk".into(), &[]).await;
        assert_eq!(reply.refusal(), (401, "key-not-accepted".to_owned()));
    }
    browser.touch(&mut key, &Lie::default()).await.next();
    assert!(audited(&site, "second-step.refused").await.is_empty());
}

#[tokio::test]
async fn nobody_connects_keys_without_end() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for n in 1..=20 {
        browser.connect_key(&mut SoftKey::new(n), "security-key", "Desk key", &Lie::default()).await.next();
    }
    let reply = browser.connect_key(&mut SoftKey::new(21), "security-key", "Desk key", &Lie::default()).await;
    assert_eq!(reply.refusal(), (409, "too-many-methods".to_owned()));
    assert_eq!(browser.methods().await.len(), 20);
}

#[tokio::test]
async fn a_move_to_another_host_leaves_nobody_a_part_of_a_second_step() {
    let (site, _) = with_key().await;
    let mut before = half_way(&site).await;
    let mut tx = site.identity.store().begin().await.unwrap();
    tx.create_rp_id("old.example.com").await.unwrap();
    tx.commit().await.unwrap();
    let moved = site.identity.move_to_this_host().await.unwrap().unwrap();
    assert_eq!((moved.keys, moved.bare.iter().map(countersign_domain::Email::as_str).collect::<Vec<_>>()), (1, vec![EMAIL]));
    // Sessions from before are over, and so are the codes: the next first key brings new ones.
    assert_eq!(before.stage().await, Value::Null);
    assert_eq!(audited(&site, "member.reset").await.len(), 1);
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert!(browser.get("/api/security").await.json()["backup_codes"].is_null());
    let done = browser.connect_key(&mut SoftKey::new(2), "security-key", "Desk key", &Lie::default()).await.next();
    assert_eq!(done, "/enrol/codes");
}
