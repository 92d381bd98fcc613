//! The recovery key: instead of any second step, once.

use crate::{
    mailbox::JUNIPER,
    support::{EMAIL, Site, winners},
};

/// A key of the right form that is nobody's.
const MADE_UP: &str = "R4KD9-XTM2W-QP7HB-CV3NZ-8JGFE-5YKTA";

fn is_key(text: &str) -> bool {
    let groups: Vec<_> = text.split('-').collect();
    groups.len() == 6 && groups.iter().all(|group| group.len() == 5 && group.bytes().all(|c| b"23456789ABCDEFGHJKMNPQRTVWXYZ".contains(&c)))
}

#[tokio::test]
async fn a_key_is_made_with_the_first_method_and_shown_until_it_is_saved() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert!(browser.get("/api/security").await.json()["recovery_key"].is_null());
    browser.connect_app().await;
    let shown = browser.get("/api/backup-codes/new").await.json();
    assert!(is_key(shown["recovery_key"].as_str().unwrap()), "{shown}");
    assert_eq!(browser.get("/api/backup-codes/new").await.json(), shown);
    assert_eq!(browser.get("/api/security").await.json()["recovery_key"]["is_unsaved"], true);
    browser.post("/api/backup-codes/saved", &[("saved", "on")]).await.next();
    assert_eq!(browser.get("/api/backup-codes/new").await.error(), (403, "wrong-stage".to_owned()));
    let security = browser.get("/api/security").await.json();
    assert_eq!(security["recovery_key"]["is_unsaved"], false);
    assert!(!security.to_string().contains(shown["recovery_key"].as_str().unwrap()));
    // A second method makes none.
    browser.connect_app().await;
    assert_eq!(browser.get("/api/backup-codes/new").await.error(), (403, "wrong-stage".to_owned()));
}

#[tokio::test]
async fn a_wrong_key_is_refused_and_never_paused() {
    let (site, _, spare) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for _ in 0..20 {
        assert_eq!(browser.type_recovery_key(MADE_UP).await.refusal(), (401, "wrong-recovery-key".to_owned()));
    }
    for text in ["", &spare.codes[0], &spare.recovery_key[1..], &"A".repeat(10_000)] {
        assert_eq!(browser.type_recovery_key(text).await.refusal(), (422, "field".to_owned()), "{text}");
    }
    assert!(!browser.is_in().await);
    browser.type_recovery_key(&spare.recovery_key).await.next();
}

#[tokio::test]
async fn the_right_key_signs_in_once_and_leads_to_a_new_one() {
    let (site, _, spare) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert_eq!(browser.ways().await, ["authenticator-app", "backup-code", "recovery-key"]);
    let typed = spare.recovery_key.to_lowercase().replace('-', " ");
    assert_eq!(browser.type_recovery_key(&typed).await.next(), "/enrol/codes");
    let told = site.told().await;
    assert!(told.contains(&("notice.recovery-key-used".to_owned(), EMAIL.to_owned())), "{told:?}");
    assert!(!told.iter().any(|(kind, _)| kind == "notice.second-step-missing"));
    let shown = browser.get("/api/backup-codes/new").await.json();
    let new = shown["recovery_key"].as_str().unwrap().to_owned();
    assert_eq!(shown["codes"].as_array().unwrap().len(), 0);
    assert!(is_key(&new) && new != spare.recovery_key);
    browser.post("/api/backup-codes/saved", &[("saved", "on")]).await.next();
    let mut again = site.browser();
    again.sign_in(EMAIL).await.next();
    assert_eq!(again.type_recovery_key(&spare.recovery_key).await.refusal(), (401, "wrong-recovery-key".to_owned()));
    again.type_recovery_key(&new).await.next();
    // The backup codes are as they were.
    assert_eq!(again.get("/api/security").await.json()["backup_codes"]["left"], 15);
}

#[tokio::test]
async fn of_several_who_use_a_key_at_once_exactly_one_signs_in() {
    let (site, _, spare) = Site::with_app().await;
    let mut races = Vec::new();
    for _ in 0..4 {
        let mut browser = site.browser();
        browser.sign_in(EMAIL).await.next();
        let key = spare.recovery_key.clone();
        races.push(tokio::spawn(async move { browser.type_recovery_key(&key).await.status == 200 }));
    }
    assert_eq!(winners(races).await, 1);
}

#[tokio::test]
async fn a_key_of_somebody_else_is_worth_nothing() {
    let (site, _, spare) = Site::with_app().await;
    site.add(JUNIPER).await;
    let mut juniper = site.browser();
    juniper.sign_in(JUNIPER).await.next();
    let (_, hers) = juniper.enrol_app().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert_eq!(browser.type_recovery_key(&hers.recovery_key).await.refusal(), (401, "wrong-recovery-key".to_owned()));
    // It wasn't spent by that either.
    let mut again = site.browser();
    again.sign_in(JUNIPER).await.next();
    again.type_recovery_key(&hers.recovery_key).await.next();
    browser.type_recovery_key(&spare.recovery_key).await.next();
}

#[tokio::test]
async fn a_key_ends_with_the_methods_that_it_stands_in_for() {
    for path in ["/api/second-step/turn-off", "/api/methods/remove"] {
        let (site, key, spare) = Site::with_app().await;
        let mut browser = site.browser();
        browser.sign_in_with(&key).await.next();
        let id = browser.method("authenticator-app").await;
        browser.post(path, &[("id", &id)]).await.next();
        assert!(browser.get("/api/security").await.json()["recovery_key"].is_null(), "{path}");
        site.clock.advance_seconds(30);
        let (_, new) = browser.enrol_app().await;
        assert_ne!(new.recovery_key, spare.recovery_key);
        let mut again = site.browser();
        again.sign_in(EMAIL).await.next();
        assert_eq!(again.type_recovery_key(&spare.recovery_key).await.refusal().1, "wrong-recovery-key", "{path}");
        again.type_recovery_key(&new.recovery_key).await.next();
    }
}

#[tokio::test]
async fn a_new_key_asks_for_a_fresh_second_step_and_ends_the_old_one() {
    let (site, key, spare) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in_with(&key).await.next();
    site.outbox().await;
    site.clock.advance_seconds(10 * 60);
    let reply = browser.post("/api/recovery-key", &[]).await;
    assert_eq!(reply.refusal(), (403, "confirm-first".to_owned()));
    assert!(site.outbox().await.is_empty());
    let code = browser.code(&key);
    browser.post("/api/confirmation/authenticator-app", &[("code", &code)]).await.next();
    assert_eq!(browser.post("/api/recovery-key", &[]).await.next(), "/enrol/codes");
    assert_eq!(site.told().await, [("notice.recovery-key-made".to_owned(), EMAIL.to_owned())]);
    let shown = browser.get("/api/backup-codes/new").await.json();
    assert_eq!((shown["codes"].as_array().unwrap().len(), &shown["is_enrolment"]), (0, &false.into()));
    let mut again = site.browser();
    again.sign_in(EMAIL).await.next();
    assert_eq!(again.type_recovery_key(&spare.recovery_key).await.refusal().1, "wrong-recovery-key");
    again.type_recovery_key(shown["recovery_key"].as_str().unwrap()).await.next();
}

#[tokio::test]
async fn without_a_second_step_there_is_no_key_to_make() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert_eq!(browser.post("/api/recovery-key", &[]).await.refusal(), (409, "conflict".to_owned()));
    assert!(browser.get("/api/security").await.json()["recovery_key"].is_null());
}

#[tokio::test]
async fn a_key_is_no_way_to_confirm() {
    let (site, key, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in_with(&key).await.next();
    let ways = browser.get("/api/confirmation").await.json()["ways"].clone();
    let factors: Vec<_> = ways.as_array().unwrap().iter().map(|way| way["factor"].as_str().unwrap()).collect();
    assert_eq!(factors, ["authenticator-app", "backup-code"]);
}
