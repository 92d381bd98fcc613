//! Connecting an organisation's provider: what is refused, who is told, and who is signed out by it.

use countersign_domain::Role;
use serde_json::json;

use crate::{
    connected::{Connected, SESSION, refused},
    lying_provider::{CLIENT, Lie, Provider, SECRET},
    mailbox::HOLDER,
    organisation::{Organised, PASCAL},
    support::Site,
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
    for agreed in ["", "0", "2", "4"] {
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
    assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app");
    let mut holder = connected.site().browser();
    assert!(holder.sign_in(HOLDER).await.next().starts_with("/sign-in/step-2"));
    // Without the provider, passwords sign in again.
    connected.fresh_holder().await.post("/api/organisation/single-sign-on/remove", &[("changes", "2")]).await.next();
    connected.site().browser().sign_in(PASCAL).await.next();
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
    connected.fresh_holder().await.post("/api/organisation/single-sign-on", &form).await.next();
    assert_eq!(told(&connected).await, [], "it is the same provider");
    connected.fresh_holder().await.post("/api/organisation/single-sign-on/remove", &[("changes", "2")]).await.next();
    let expected = |subject: &str| [("ines.karrow@example.com".to_owned(), subject.to_owned())];
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

#[tokio::test]
async fn a_connection_that_is_changed_meanwhile_lets_nobody_in() {
    let mut connected = Connected::new().await;
    let mut browser = connected.site().browser();
    let answer = browser.sign_on_at(&connected.provider).await;
    let gate = connected.provider.hold();
    let coming = tokio::spawn(async move {
        let way = browser.come_back(&answer).await;
        (browser, way)
    });
    tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    connected.fresh_holder().await.post("/api/organisation/single-sign-on/remove", &[("changes", "1")]).await.next();
    drop(gate);
    let (browser, way) = coming.await.unwrap();
    assert_eq!(way, refused("not-connected"));
    assert!(!browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn disconnecting_signs_out_whoever_signed_in_with_it_if_that_is_wanted() {
    let mut connected = Connected::new().await;
    let code = |browser: &crate::support::Browser, connected: &Connected| browser.code(&connected.wren.key);
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
