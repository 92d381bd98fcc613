//! Emailed codes: whose they are, what for, and for how long.

use crate::{
    mailbox::{JUNIPER, another_code, code_in, token_in},
    support::{Browser, EMAIL, Reply, Site, winners},
};

async fn send_confirmation_code(browser: &mut Browser, site: &Site) -> String {
    site.outbox().await;
    browser.post("/api/confirmation/emailed-code/send", &[]).await.next();
    site.mailed_code().await
}

async fn confirm(browser: &mut Browser, code: &str) -> Reply {
    browser.post("/api/confirmation/emailed-code", &[("code", code)]).await
}

/// Juniper turns emailed codes on, too.
async fn add_juniper(site: &Site) {
    site.add(JUNIPER).await;
    let token = token_in(&site.mail("confirm-email").await, "/confirm-email");
    let mut browser = site.browser();
    browser.confirm_email(&token).await.next();
    browser.sign_in(JUNIPER).await.next();
    browser.enrol_emailed_code(site).await;
    site.outbox().await;
}

#[tokio::test]
async fn turning_them_on_asks_for_a_confirmed_address_and_sends_its_link() {
    let site = Site::with_agent().await;
    site.outbox().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let reply = browser.post("/api/enrolment/start", &[("method", "emailed-code")]).await;
    assert_eq!(reply.refusal(), (409, "email-unconfirmed".to_owned()));
    assert_eq!(reply.json()["email"], EMAIL);
    assert_eq!(browser.post("/api/enrolment/emailed-code/send", &[]).await.refusal().1, "email-unconfirmed");
    assert_eq!(browser.post("/api/enrolment/emailed-code", &[("code", "000000")]).await.refusal(), (410, "expired-code".to_owned()));
    // One link, however often it was asked for within the minute, and no code.
    let mails = site.outbox().await;
    assert_eq!(mails.iter().map(|mail| (mail.kind.as_str(), mail.to.as_str())).collect::<Vec<_>>(), [("confirm-email", EMAIL)]);
    site.browser().confirm_email(&token_in(&mails[0], "/confirm-email")).await.next();
    browser.enrol_emailed_code(&site).await;
    assert_eq!(site.browser().sign_in(EMAIL).await.next(), "/sign-in/step-2/email");
}

#[tokio::test]
async fn a_whole_sign_in_with_an_emailed_code() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    assert_eq!(browser.sign_in(EMAIL).await.next(), "/sign-in/step-2/email");
    let mail = site.mail("emailed-code").await;
    assert_eq!((mail.to.as_str(), mail.letter.subject.as_str()), (EMAIL, "Your sign-in code"));
    assert!(!mail.letter.subject.contains(&code_in(&mail)) && mail.letter.html.contains(&code_in(&mail)));
    let view = browser.get("/api/second-step").await.json();
    let sent = &view["sent_code"];
    assert_eq!((&sent["email"], &sent["is_live"], &sent["wait_seconds"]), (&"w•••••@example.com".into(), &true.into(), &60.into()));
    assert_eq!(browser.ways().await, ["emailed-code", "backup-code", "recovery-key"]);
    assert!(!browser.is_in().await);
    assert_eq!(browser.type_code(&code_in(&mail)).await.next(), "/account/security");
    let method = browser.get("/api/security").await.json()["methods"][0].clone();
    assert_eq!((&method["factor"], &method["last_used"]["day"]), (&"emailed-code".into(), &"today".into()));
}

#[tokio::test]
async fn a_code_is_good_for_the_attempt_that_it_was_sent_for_and_no_other() {
    let (site, _) = Site::with_emailed_code().await;
    let (mut one, mut two) = (site.browser(), site.browser());
    one.sign_in(EMAIL).await.next();
    let first = site.mailed_code().await;
    two.sign_in(EMAIL).await.next();
    let second = site.mailed_code().await;
    assert_ne!(first, second, "drawn anew");
    assert_eq!(two.type_code(&first).await.refusal(), (401, "wrong-emailed-code".to_owned()));
    assert_eq!(one.type_code(&second).await.refusal(), (401, "wrong-emailed-code".to_owned()));
    one.type_code(&first).await.next();
    two.type_code(&second).await.next();
}

#[tokio::test]
async fn a_code_of_somebody_else_is_worth_nothing() {
    let (site, _) = Site::with_emailed_code().await;
    add_juniper(&site).await;
    let (mut wren, mut juniper) = (site.browser(), site.browser());
    juniper.sign_in(JUNIPER).await.next();
    let hers = site.mailed_code().await;
    wren.sign_in(EMAIL).await.next();
    let own = site.mailed_code().await;
    assert_eq!(wren.type_code(&hers).await.refusal(), (401, "wrong-emailed-code".to_owned()));
    assert_eq!(juniper.type_code(&own).await.refusal(), (401, "wrong-emailed-code".to_owned()));
    juniper.type_code(&hers).await.next();
    assert_eq!(juniper.get("/api/person").await.json()["email"], JUNIPER);
}

#[tokio::test]
async fn a_code_works_once() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let mut before = browser.clone();
    let code = site.mailed_code().await;
    browser.type_code(&code).await.next();
    assert_eq!(browser.type_code(&code).await.error(), (403, "wrong-stage".to_owned()));
    assert_eq!(before.type_code(&code).await.error(), (401, "sign-in-required".to_owned()));
    assert_eq!(confirm(&mut browser, &code).await.refusal(), (410, "expired-code".to_owned()));
    let mut again = site.browser();
    again.sign_in(EMAIL).await.next();
    assert_eq!(again.type_code(&code).await.refusal(), (401, "wrong-emailed-code".to_owned()));
}

#[tokio::test]
async fn of_several_right_answers_at_once_exactly_one_signs_in() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let code = site.mailed_code().await;
    let race = |_| {
        let (mut browser, code) = (browser.clone(), code.clone());
        tokio::spawn(async move { browser.type_code(&code).await.status == 200 })
    };
    assert_eq!(winners((0..4).map(race).collect()).await, 1);
}

#[tokio::test]
async fn of_several_right_confirmations_at_once_exactly_one_counts() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in_by_mail(&site).await.next();
    let code = send_confirmation_code(&mut browser, &site).await;
    let race = |_| {
        let (mut browser, code) = (browser.clone(), code.clone());
        tokio::spawn(async move { confirm(&mut browser, &code).await.status == 200 })
    };
    assert_eq!(winners((0..4).map(race).collect()).await, 1);
}

#[tokio::test]
async fn a_code_lasts_ten_minutes_and_too_late_is_no_guess() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let mut late = site.browser();
    let code = site.mailed_code().await;
    late.sign_in(EMAIL).await.next();
    let expired = site.mailed_code().await;
    site.clock.advance_seconds(599);
    browser.type_code(&code).await.next();
    site.clock.advance_seconds(1);
    for _ in 0..7 {
        assert_eq!(late.type_code(&expired).await.refusal(), (410, "expired-code".to_owned()));
    }
    assert_eq!(late.get("/api/second-step").await.json()["sent_code"]["is_live"], false);
    late.resend_code().await.next();
    let code = site.mailed_code().await;
    late.type_code(&code).await.next();
}

#[tokio::test]
async fn a_code_for_one_thing_is_refused_for_another_even_in_the_same_session() {
    let (site, spare) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let for_sign_in = site.mailed_code().await;
    // In by other means: the code was never used, and lives on.
    browser.post("/api/second-step/backup-code", &[("code", &spare.codes[0])]).await.next();
    assert_eq!(confirm(&mut browser, &for_sign_in).await.refusal(), (410, "expired-code".to_owned()));
    assert_eq!(browser.post("/api/enrolment/emailed-code", &[("code", &for_sign_in)]).await.refusal(), (410, "expired-code".to_owned()));
    let to_confirm = send_confirmation_code(&mut browser, &site).await;
    assert_eq!(confirm(&mut browser, &for_sign_in).await.refusal(), (401, "wrong-emailed-code".to_owned()));
    let mut other = site.browser();
    other.sign_in(EMAIL).await.next();
    assert_eq!(other.type_code(&to_confirm).await.refusal(), (401, "wrong-emailed-code".to_owned()));
    confirm(&mut browser, &to_confirm).await.next();
}

#[tokio::test]
async fn a_code_to_turn_them_on_neither_confirms_nor_signs_in() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.post("/api/enrolment/start", &[("method", "emailed-code")]).await.next();
    let code = site.mailed_code().await;
    assert_eq!(confirm(&mut browser, &code).await.refusal(), (410, "expired-code".to_owned()));
    let wrong = another_code(&code);
    let reply = browser.post("/api/enrolment/emailed-code", &[("code", &wrong)]).await;
    assert_eq!((reply.refusal(), &reply.json()["failures"]), ((401, "wrong-emailed-code".to_owned()), &1.into()));
    // Another session of the same person can't finish what this one began.
    let mut other = site.browser();
    other.sign_in(EMAIL).await.next();
    assert_eq!(other.post("/api/enrolment/emailed-code", &[("code", &code)]).await.refusal(), (410, "expired-code".to_owned()));
    browser.post("/api/enrolment/emailed-code", &[("code", &code)]).await.next();
    assert!(!other.is_in().await, "a first method ends other sessions");
}

#[tokio::test]
async fn turning_them_off_asks_for_a_fresh_second_step_and_an_emailed_code_is_one() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in_by_mail(&site).await.next();
    let id = browser.method("emailed-code").await;
    site.clock.advance_seconds(10 * 60);
    assert_eq!(browser.post("/api/methods/remove", &[("id", &id)]).await.refusal(), (403, "confirm-first".to_owned()));
    assert_eq!(browser.post("/api/second-step/turn-off", &[]).await.refusal(), (403, "confirm-first".to_owned()));
    assert_eq!(browser.method("emailed-code").await, id);
    let code = send_confirmation_code(&mut browser, &site).await;
    assert_eq!(confirm(&mut browser, &another_code(&code)).await.refusal().1, "wrong-emailed-code");
    assert_eq!(browser.post("/api/methods/remove", &[("id", &id)]).await.refusal().1, "confirm-first");
    confirm(&mut browser, &code).await.next();
    browser.post("/api/methods/remove", &[("id", &id)]).await.next();
    assert_eq!(site.told().await, [("notice.method-removed".to_owned(), EMAIL.to_owned())]);
    assert_eq!(site.browser().sign_in(EMAIL).await.next(), "/account/security");
}

#[tokio::test]
async fn in_the_forced_wizard_they_are_turned_on_once_the_address_is_confirmed() {
    let site = Site::with_agent().await;
    site.identity.require_second_step(true).await.unwrap();
    site.outbox().await;
    let mut browser = site.browser();
    assert_eq!(browser.sign_in(EMAIL).await.next(), "/enrol");
    assert_eq!(browser.post("/api/enrolment/start", &[("method", "emailed-code")]).await.refusal().1, "email-unconfirmed");
    let token = token_in(&site.mail("confirm-email").await, "/confirm-email");
    site.browser().confirm_email(&token).await.next();
    assert!(!browser.is_in().await);
    browser.enrol_emailed_code(&site).await;
    assert!(browser.is_in().await);
    assert_eq!(site.browser().sign_in(EMAIL).await.next(), "/sign-in/step-2/email");
    // It is the only one, and one is required.
    let id = browser.method("emailed-code").await;
    assert_eq!(browser.post("/api/methods/remove", &[("id", &id)]).await.refusal(), (409, "last-method".to_owned()));
}
