//! What people are told by mail, when, and how often.

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::header;

use crate::{
    mailbox::{HOLDER, NEW_PASSWORD},
    support::{Browser, EMAIL, PASSWORD, Site},
};

const MISSING: &str = "notice.second-step-missing";
/// How long the second step may take, in seconds.
const STEP: i64 = 30 * 60;

impl Site {
    /// The kinds of mails that are due for [`EMAIL`], in order.
    async fn kinds(&self) -> Vec<String> {
        self.told().await.into_iter().map(|(kind, to)| if to == EMAIL { kind } else { format!("{kind} to {to}") }).collect()
    }
}

#[tokio::test]
async fn a_failed_second_step_is_told_at_the_fifth_failure_and_once() {
    let (site, key, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let wrong = browser.wrong_code(&key);
    for _ in 0..4 {
        browser.verify(&wrong).await.refusal();
        assert!(site.outbox().await.is_empty());
    }
    assert_eq!(browser.verify(&wrong).await.refusal().1, "paused");
    assert_eq!(site.kinds().await, [MISSING]);
    site.clock.advance_seconds(30);
    let wrong = browser.wrong_code(&key);
    browser.verify(&wrong).await.refusal();
    site.clock.advance_seconds(STEP);
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn a_sign_in_that_was_left_is_told_when_its_time_is_over() {
    let (site, _, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    site.clock.advance_seconds(STEP - 1);
    assert!(site.outbox().await.is_empty());
    site.clock.advance_seconds(1);
    let mail = site.mail(MISSING).await;
    assert_eq!((mail.to.as_str(), mail.letter.subject.as_str()), (EMAIL, "Someone started to sign in as you"));
    // It says when the password was typed, not when the mail was sent.
    assert!(mail.letter.text.contains("26 November 2026, 09:15"), "{}", mail.letter.text);
    site.clock.advance_seconds(24 * 60 * 60);
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn signing_out_in_the_middle_doesn_t_keep_it_from_being_told() {
    let (site, _, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.post("/api/sign-out", &[]).await.next();
    site.identity.tidy_up().await.unwrap();
    site.clock.advance_seconds(STEP);
    assert_eq!(site.kinds().await, [MISSING]);
}

#[tokio::test]
async fn a_sign_in_that_succeeds_is_not_told_as_one_that_was_left() {
    let (site, key, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let wrong = browser.wrong_code(&key);
    browser.verify(&wrong).await.refusal();
    let code = browser.code(&key);
    browser.verify(&code).await.next();
    site.clock.advance_seconds(STEP);
    assert_eq!(site.kinds().await, ["notice.new-browser"]);
}

#[tokio::test]
async fn the_same_browser_that_tries_again_is_told_of_once() {
    let (site, _, _) = Site::with_app().await;
    let mut browser = site.browser();
    for _ in 0..5 {
        browser.sign_in(EMAIL).await.next();
        site.clock.advance_seconds(60);
    }
    site.clock.advance_seconds(2 * STEP);
    assert_eq!(site.kinds().await, [MISSING]);
}

/// Whoever has the password could otherwise type it every half-hour, and nobody would ever know.
#[tokio::test]
async fn typing_the_password_again_doesn_t_put_off_what_is_to_be_told() {
    let (site, _, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for _ in 0..2 {
        site.clock.advance_seconds(STEP - 60);
        browser.sign_in(EMAIL).await.next();
    }
    assert!(site.kinds().await.contains(&MISSING.to_owned()), "the first attempt was 58 minutes ago");
}

#[tokio::test]
async fn an_hour_has_three_such_mails_at_most() {
    let (site, _, _) = Site::with_app().await;
    for _ in 0..10 {
        site.browser().sign_in(EMAIL).await.next();
        site.clock.advance_seconds(60);
    }
    site.clock.advance_seconds(STEP);
    assert_eq!(site.kinds().await, [MISSING; 3]);
    site.clock.advance_seconds(60 * 60);
    site.browser().sign_in(EMAIL).await.next();
    site.clock.advance_seconds(STEP);
    assert_eq!(site.kinds().await, [MISSING]);
}

#[tokio::test]
async fn a_new_browser_is_told_and_neither_a_known_one_nor_the_very_first() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    for _ in 0..3 {
        browser.sign_in(EMAIL).await.next();
        browser.post("/api/sign-out", &[]).await.next();
        assert!(site.outbox().await.is_empty());
    }
    let mut new = site.browser();
    new.sign_in(EMAIL).await.next();
    assert_eq!(site.kinds().await, ["notice.new-browser"]);
    new.sign_in(EMAIL).await.next();
    browser.sign_in(EMAIL).await.next();
    // Known to somebody else isn't known to them.
    browser.sign_in(HOLDER).await.next();
    assert_eq!(site.kinds().await, [format!("notice.new-browser to {HOLDER}")]);
}

/// Whoever has the password could fill the mailbox by clearing their cookies.
#[tokio::test]
async fn an_hour_has_three_mails_of_new_browsers_at_most() {
    let site = Site::with_confirmed_agent().await;
    site.browser().sign_in(EMAIL).await.next();
    for _ in 0..10 {
        site.browser().sign_in(EMAIL).await.next();
    }
    assert_eq!(site.kinds().await, ["notice.new-browser"; 3]);
    site.clock.advance_seconds(60 * 60);
    site.browser().sign_in(EMAIL).await.next();
    assert_eq!(site.kinds().await, ["notice.new-browser"]);
}

#[tokio::test]
async fn only_the_whole_way_in_makes_a_browser_known() {
    let (site, key, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert!(site.outbox().await.is_empty());
    let code = browser.code(&key);
    browser.verify(&code).await.next();
    assert_eq!(site.kinds().await, ["notice.new-browser"]);
}

#[tokio::test]
async fn a_notice_says_when_with_which_browser_and_from_where() {
    let site = Site::with_confirmed_agent().await;
    site.browser().sign_in(EMAIL).await.next();
    let mut browser = site.browser();
    let request = Browser::ask("POST", "/api/sign-in")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::USER_AGENT, "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0")
        .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 44], 50_000))));
    browser.send(request, format!("email={EMAIL}&password={PASSWORD}")).await.next();
    let letter = site.mail("notice.new-browser").await.letter;
    for fact in ["When: 26 November 2026, 09:14", "Browser: Firefox on Linux", "Address: 192.0.2.44"] {
        assert!(letter.text.lines().any(|line| line == fact), "{fact} in {}", letter.text);
    }
}

#[tokio::test]
async fn what_is_done_to_methods_and_codes_is_told() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let (key, spare) = browser.enrol_app().await;
    let mail = site.mail("notice.method-added").await;
    assert!(mail.letter.text.contains("Phone app (authenticator app)"), "{}", mail.letter.text);
    browser.post("/api/backup-codes", &[]).await.next();
    assert_eq!(site.kinds().await, ["notice.backup-codes-made"]);
    let new = browser.save_spare().await;
    assert_ne!(new.codes, spare.codes);
    assert!(site.outbox().await.is_empty(), "saving is no news");
    site.clock.advance_seconds(30);
    let mut other = site.browser();
    other.sign_in(EMAIL).await.next();
    other.post("/api/second-step/backup-code", &[("code", &new.codes[0])]).await.next();
    let mails = site.outbox().await;
    let used = mails.iter().find(|mail| mail.kind == "notice.backup-code-used").unwrap();
    assert!(used.letter.text.contains("14 codes are left") && !used.letter.text.contains(&new.codes[0]), "{}", used.letter.text);
    browser.connect_app().await;
    site.outbox().await;
    let id = browser.method("authenticator-app").await;
    browser.post("/api/methods/rename", &[("id", &id), ("name", "Old phone")]).await.next();
    assert!(site.outbox().await.is_empty(), "nor is a name");
    browser.post("/api/methods/remove", &[("id", &id)]).await.next();
    let mail = site.mail("notice.method-removed").await;
    assert!(mail.letter.text.contains("Old phone (authenticator app)"), "{}", mail.letter.text);
    browser.post("/api/second-step/turn-off", &[]).await.next();
    assert_eq!(site.kinds().await, ["notice.second-step-turned-off"]);
    browser.post("/api/password/change", &[("current", PASSWORD), ("password", NEW_PASSWORD)]).await.next();
    assert_eq!(site.kinds().await, ["notice.password-changed"]);
    assert!(!key.is_empty());
}

#[tokio::test]
async fn what_was_refused_is_not_told_as_done() {
    let (site, key, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in_with(&key).await.next();
    site.outbox().await;
    site.clock.advance_seconds(10 * 60);
    let id = browser.method("authenticator-app").await;
    for (path, fields) in [
        ("/api/methods/remove", vec![("id", id.as_str())]),
        ("/api/second-step/turn-off", vec![]),
        ("/api/backup-codes", vec![]),
        ("/api/recovery-key", vec![]),
        ("/api/email/change", vec![("email", "wren@newer.example.net")]),
        ("/api/password/change", vec![("current", PASSWORD), ("password", NEW_PASSWORD)]),
    ] {
        assert_eq!(browser.post(path, &fields).await.refusal().1, "confirm-first", "{path}");
    }
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn a_notice_that_is_sent_late_still_has_a_link_that_works() {
    let (site, key, _) = Site::with_app().await;
    site.browser().sign_in(EMAIL).await.next();
    let mut owner = site.browser();
    owner.sign_in_with(&key).await.next();
    owner.post("/api/email/change", &[("email", "wren@newer.example.net")]).await.next();
    let mails = site.outbox().await;
    let confirm = mails.iter().find(|mail| mail.kind == "confirm-email").unwrap();
    owner.confirm_email(&crate::mailbox::token_in(confirm, "/confirm-email")).await.next();
    site.outbox().await;
    site.clock.advance_seconds(STEP);
    for mail in site.outbox().await {
        let token = crate::mailbox::token_in(&mail, "/not-me");
        assert!(site.browser().is_open("/api/not-me", &token).await, "{} to {}", mail.kind, mail.to);
    }
}
