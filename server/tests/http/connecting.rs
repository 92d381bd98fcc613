//! Connecting an organisation's provider: what is refused, who is told, and who is signed out by it.

use countersign_domain::Role;
use serde_json::{Value, json};
use tokio::{sync::OwnedRwLockWriteGuard, task::JoinHandle};

use crate::{
    connected::{Connected, SESSION, refused},
    lying_provider::{CLIENT, Lie, Provider, SECRET},
    mailbox::HOLDER,
    organisation::{Organised, PASCAL},
    support::{Browser, Site},
};

#[tokio::test]
async fn what_is_wrong_with_a_provider_is_said_before_it_is_saved() {
    let mut organised = Organised::new().await;
    let provider = Provider::start(organised.site.clock.clone()).await;
    let holder = &mut organised.holder;
    let slash = format!("{}/", provider.issuer());
    for (issuer, what) in [
        ("login.example.com", "not-a-url"),
        ("http://login.example.com", "not-encrypted"),
        ("https://127.0.0.1:9", "unreachable"),
        (slash.as_str(), "other-issuer"),
    ] {
        let reply = holder.save_connection(&provider, &[("issuer", issuer)]).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["what"]), (409, &json!(what)), "{issuer}");
    }
    for (lie, what) in [(Lie::Breaks, "not-a-provider"), (Lie::NotJson, "not-a-provider"), (Lie::Redirects, "not-a-provider")] {
        provider.lie(lie);
        assert_eq!(holder.save_connection(&provider, &[]).await.json()["what"], what, "{lie:?}");
    }
    provider.lie(Lie::None);
    for (field, value) in
        [("issuer", ""), ("client_id", ""), ("client_secret", ""), ("client_id", "two words"), ("issuer", &"a".repeat(256))]
    {
        let reply = holder.save_connection(&provider, &[(field, value)]).await;
        assert_eq!((reply.refusal(), &reply.json()["field"]), ((422, "field".to_owned()), &json!(field)), "{field} {value}");
    }
    assert_eq!(holder.get("/api/organisation/single-sign-on").await.json()["connection"], json!(null));
    holder.save_connection(&provider, &[]).await.next();
    // Two who save at once: the second one hasn't seen the first.
    assert_eq!(holder.save_connection(&provider, &[]).await.refusal(), (409, "conflict".to_owned()));
}

#[tokio::test]
async fn the_secret_is_never_shown_and_never_lies_readable() {
    let mut connected = Connected::new().await;
    let shown = connected.organised.holder.get("/api/organisation/single-sign-on").await;
    let log = connected.organised.holder.get("/api/organisation/audit").await;
    assert!(!shown.body.contains(SECRET) && !log.body.contains(SECRET));
    let page = connected.organised.holder.page("/org/single-sign-on").await;
    assert!(page.status == 200 && page.body.contains("Redirect URI") && !page.body.contains(SECRET));
    for entry in std::fs::read_dir(connected.site().folder.path()).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap_or_default();
        assert!(!bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes()));
    }
    // Nor is it handed to another provider.
    let other = Provider::start(connected.site().clock.clone()).await;
    let form = [("client_secret", ""), ("changes", "1")];
    let reply = connected.fresh_holder().await.save_connection(&other, &form).await;
    assert_eq!(reply.json()["field"], "client_secret");
}

#[tokio::test]
async fn connecting_asks_for_a_fresh_second_step() {
    let mut connected = Connected::new().await;
    connected.site().clock.advance_seconds(601);
    let holder = &mut connected.organised.holder;
    assert_eq!(holder.save_connection(&connected.provider, &[("changes", "1")]).await.refusal().1, "confirm-first");
    assert_eq!(holder.post("/api/organisation/single-sign-on/remove", &[("changes", "1")]).await.refusal().1, "confirm-first");
    connected.fresh_holder().await.post("/api/organisation/single-sign-on/remove", &[("changes", "1")]).await.next();
    let mut browser = connected.site().browser();
    assert_eq!(browser.post("/api/single-sign-on/start", &[]).await.json()["what"], "no-single-sign-on");
    assert!(!browser.page("/sign-in").await.body.contains("Continue with single sign-on"));
}

#[tokio::test]
async fn where_it_is_the_only_way_in_a_right_password_is_not_enough_but_for_account_holders() {
    let mut connected = Connected::new().await;
    let mut before = connected.site().browser();
    before.sign_in(PASCAL).await.next();
    let issuer = connected.provider.issuer().to_owned();
    // Wren, Ludo and Pascal are signed in with their passwords, and are signed out: by somebody who knows that.
    let form = [("issuer", issuer.as_str()), ("client_id", CLIENT), ("required", "yes"), ("changes", "1"), ("sign_out", "")];
    // The only way in is one that somebody has come by, as it is.
    let untried = [&form[..4], &[("sign_out", "3")]].concat();
    let reply = connected.fresh_holder().await.post("/api/organisation/single-sign-on", &untried).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["what"]), (409, &json!("try-first")));
    connected.sign_on().await;
    for other in [("client_id", "another"), ("client_secret", "another")] {
        let mut other: Vec<_> = untried.iter().filter(|(name, _)| *name != other.0).copied().chain([other]).collect();
        other.rotate_right(1);
        let reply = connected.fresh_holder().await.post("/api/organisation/single-sign-on", &other).await;
        assert_eq!(reply.json()["what"], "try-first", "{other:?}");
    }
    for agreed in ["", "0", "2"] {
        let form = [&form[..4], &[("sign_out", agreed)]].concat();
        let reply = connected.fresh_holder().await.post("/api/organisation/single-sign-on", &form).await;
        assert_eq!(
            (reply.status.as_u16(), reply.json()),
            (409, json!({ "outcome": "refused", "because": "unmet", "what": "sign-out", "count": 3 })),
            "{agreed}"
        );
    }
    assert!(before.is_in().await, "nothing was saved");
    let form = [&form[..4], &[("sign_out", "3")]].concat();
    connected.fresh_holder().await.post("/api/organisation/single-sign-on", &form).await.next();

    // Nor is another provider the only way in before somebody came by it.
    let other = Provider::start(connected.site().clock.clone()).await;
    let untried = [("required", "yes"), ("changes", "2"), ("sign_out", "9")];
    let reply = connected.fresh_holder().await.save_connection(&other, &untried).await;
    assert_eq!(reply.json()["what"], "try-first");

    let mut browser = connected.site().browser();
    for _ in 0..7 {
        let reply = browser.sign_in(PASCAL).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["what"]), (409, &json!("use-single-sign-on")), "and nobody is paused for it");
    }
    assert!(!browser.cookies.contains_key(SESSION));
    // Nothing is learnt without the password.
    let wrong = browser.post("/api/sign-in", &[("email", PASCAL), ("password", "not the password")]).await;
    assert_eq!(wrong.refusal(), (401, "no-match".to_owned()));
    assert!(!before.is_in().await);
    let (mut wren, way) = connected.sign_on().await;
    assert_eq!(way["next"], "/sign-in/step-2/app");
    // Nobody locks themselves out.
    connected.site().clock.advance_seconds(30);
    let code = wren.code(&connected.wren.key);
    wren.verify(&code).await.next();
    let kept = wren.post("/api/single-sign-on/disconnect", &[("issuer", &issuer)]).await;
    assert_eq!(kept.refusal(), (409, "conflict".to_owned()));
    let mut holder = connected.site().browser();
    assert!(holder.sign_in(HOLDER).await.next().starts_with("/sign-in/step-2"));
    // Without the provider, passwords sign in again.
    connected.fresh_holder().await.post("/api/organisation/single-sign-on/remove", &[("changes", "2")]).await.next();
    connected.site().browser().sign_in(PASCAL).await.next();
    assert!(!before.is_in().await, "what was ended doesn't come back");
}

#[tokio::test]
async fn the_other_account_holders_are_told_of_a_provider() {
    let mut connected = Connected::new().await;
    connected.site().add_as("ines.karrow@example.com", "Ines Karrow", Role::AccountHolder).await;
    connected.site().outbox().await;
    let told = async |connected: &Connected| -> Vec<(String, String)> {
        let mails = connected.site().outbox().await;
        let about = mails.into_iter().filter(|mail| mail.letter.subject.starts_with("Single sign-on was"));
        about.map(|mail| (mail.to.to_string(), mail.letter.subject)).collect()
    };
    let issuer = connected.provider.issuer().to_owned();
    let form = [("issuer", issuer.as_str()), ("client_id", "another"), ("changes", "1")];
    let expected = |subject: &str| [("ines.karrow@example.com".to_owned(), subject.to_owned())];
    connected.fresh_holder().await.post("/api/organisation/single-sign-on", &form).await.next();
    assert_eq!(told(&connected).await, expected("Single sign-on was changed"), "as another client");
    let form = [&form[..2], &[("adds_people", "yes"), ("changes", "2")]].concat();
    connected.fresh_holder().await.post("/api/organisation/single-sign-on", &form).await.next();
    assert_eq!(told(&connected).await, [], "the same people say who everybody is");
    connected.fresh_holder().await.post("/api/organisation/single-sign-on/remove", &[("changes", "3")]).await.next();
    assert_eq!(told(&connected).await, expected("Single sign-on was disconnected"));
    let Connected { organised, provider, .. } = &mut connected;
    organised.holder.save_connection(provider, &[]).await.next();
    assert_eq!(told(&connected).await, expected("Single sign-on was connected"));
}

#[tokio::test]
async fn a_password_alone_connects_no_provider() {
    let site = Site::with_agent().await;
    let provider = Provider::start(site.clock.clone()).await;
    let mut holder = site.browser();
    holder.sign_in(HOLDER).await.next();
    let reply = holder.save_connection(&provider, &[]).await;
    assert_eq!((reply.status.as_u16(), &reply.json()["what"]), (409, &json!("set-up-first")));
}

/// Somebody who has come back from the provider, which hasn't said yet who it is.
struct Held {
    gate: OwnedRwLockWriteGuard<()>,
    coming: JoinHandle<(Browser, Value)>,
}

impl Held {
    /// What becomes of them once it says so.
    async fn go_on(self) -> (Browser, Value) {
        drop(self.gate);
        self.coming.await.unwrap()
    }
}

impl Connected {
    async fn hold_somebody(&self) -> Held {
        let mut browser = self.site().browser();
        let answer = browser.sign_on_at(&self.provider).await;
        let (gate, mut brought) = (self.provider.hold(), self.provider.brought());
        let coming = tokio::spawn(async move {
            let way = browser.come_back(&answer).await;
            (browser, way)
        });
        brought.changed().await.unwrap();
        Held { gate, coming }
    }
}

#[tokio::test]
async fn a_connection_that_is_changed_meanwhile_lets_nobody_in() {
    let mut connected = Connected::new().await;
    let held = connected.hold_somebody().await;
    connected.fresh_holder().await.post("/api/organisation/single-sign-on/remove", &[("changes", "1")]).await.next();
    let (browser, way) = held.go_on().await;
    assert_eq!(way, refused("not-connected"));
    assert!(!browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn what_one_provider_says_signs_nobody_in_once_another_took_its_place() {
    let mut connected = Connected::new().await;
    let other = Provider::start(connected.site().clock.clone()).await;
    let held = connected.hold_somebody().await;
    connected.fresh_holder().await.post("/api/organisation/single-sign-on/remove", &[("changes", "1")]).await.next();
    connected.fresh_holder().await.save_connection(&other, &[]).await.next();
    let (browser, way) = held.go_on().await;
    assert_eq!(way, refused("not-connected"));
    assert!(!browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn another_provider_signs_out_whoever_came_by_the_one_before() {
    let mut connected = Connected::new().await;
    let (mut wren, _) = connected.sign_on().await;
    let code = wren.code(&connected.wren.key);
    wren.verify(&code).await.next();
    let mut password = connected.site().browser();
    password.sign_in(PASCAL).await.next();
    let other = Provider::start(connected.site().clock.clone()).await;
    let reply = connected.fresh_holder().await.save_connection(&other, &[("changes", "1")]).await;
    assert_eq!((&reply.json()["what"], &reply.json()["count"]), (&json!("sign-out"), &json!(1)));
    assert!(wren.is_in().await, "nothing was saved");
    let form = [("changes", "1"), ("sign_out", "1")];
    let next = connected.fresh_holder().await.save_connection(&other, &form).await.next();
    assert_eq!(next, "/org/single-sign-on?done=saved&signed_out=1");
    assert!(!wren.is_in().await && password.is_in().await && connected.organised.holder.is_in().await);
}

#[tokio::test]
async fn a_provider_that_was_disconnected_leaves_nobody_to_the_next_one() {
    let mut connected = Connected::new().await;
    let (mut wren, _) = connected.sign_on().await;
    let code = wren.code(&connected.wren.key);
    wren.verify(&code).await.next();
    let other = Provider::start(connected.site().clock.clone()).await;
    connected.fresh_holder().await.post("/api/organisation/single-sign-on/remove", &[("changes", "1")]).await.next();
    let Connected { organised, provider, .. } = &mut connected;
    organised.holder.save_connection(provider, &[]).await.next();
    assert!(wren.is_in().await, "it is the same again");
    connected.fresh_holder().await.post("/api/organisation/single-sign-on/remove", &[("changes", "3")]).await.next();
    let reply = connected.fresh_holder().await.save_connection(&other, &[]).await;
    assert_eq!((&reply.json()["what"], &reply.json()["count"]), (&json!("sign-out"), &json!(1)));
    connected.fresh_holder().await.save_connection(&other, &[("sign_out", "1")]).await.next();
    assert!(!wren.is_in().await);
}

#[tokio::test]
async fn whoever_cannot_come_by_it_is_counted() {
    let mut connected = Connected::without_domain().await;
    let outside = async |connected: &mut Connected| connected.organised.holder.get("/api/organisation/single-sign-on").await.json();
    let before = outside(&mut connected).await;
    let everybody = before["outside"].as_i64().unwrap();
    assert!(everybody >= 3 && before["is_tried"] == false, "{before}");
    let mut wren = connected.site().browser();
    wren.sign_in_with(&connected.wren.key).await.next();
    wren.post("/api/single-sign-on/connect", &[]).await.next();
    let answer = wren.consent_at(&connected.provider).await;
    assert_eq!(wren.come_back(&answer).await["next"], "/account/security?done=connected");
    let after = outside(&mut connected).await;
    assert_eq!((after["outside"].as_i64(), &after["connected"]), (Some(everybody - 1), &json!(1)));
    let domain = countersign_domain::EmailDomain::parse("example.com").unwrap();
    let holder = countersign_domain::Email::parse(HOLDER).unwrap();
    connected.site().identity.set_domain(&domain, Some(&holder), true).await.unwrap();
    assert_eq!(outside(&mut connected).await["outside"], 0);
    connected.sign_on().await;
    assert_eq!(outside(&mut connected).await["is_tried"], true);
}

#[tokio::test]
async fn disconnecting_signs_out_whoever_signed_in_with_it_if_that_is_wanted() {
    let mut connected = Connected::new().await;
    let code = |browser: &Browser, connected: &Connected| browser.code(&connected.wren.key);
    let mut password = connected.site().browser();
    password.sign_in(PASCAL).await.next();
    for (sign_out, stays) in [("", true), ("yes", false)] {
        connected.site().clock.advance_seconds(30);
        let (mut wren, _) = connected.sign_on().await;
        let code = code(&wren, &connected);
        wren.verify(&code).await.next();
        let shown = connected.fresh_holder().await.get("/api/organisation/single-sign-on").await.json();
        assert_eq!((&shown["connected"], shown["signed_on"].as_i64() > Some(0)), (&json!(1), true));
        let changes = shown["connection"]["changes"].to_string();
        let holder = connected.fresh_holder().await;
        holder.post("/api/organisation/single-sign-on/remove", &[("changes", &changes), ("sign_out", sign_out)]).await.next();
        assert_eq!(wren.is_in().await, stays);
        let Connected { organised, provider, .. } = &mut connected;
        organised.holder.save_connection(provider, &[]).await.next();
    }
    assert!(password.is_in().await && connected.organised.holder.is_in().await);
}
