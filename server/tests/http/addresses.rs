//! The address somebody signs in with: confirmed by a link, and changed by one.

use crate::{
    mailbox::{HOLDER, JUNIPER, token_in},
    support::{Browser, EMAIL, PASSWORD, Reply, Site, winners},
};

const NEW: &str = "wren@newer.example.net";

async fn change(browser: &mut Browser, email: &str) -> Reply {
    browser.post("/api/email/change", &[("email", email)]).await
}

async fn is_confirmed(browser: &mut Browser) -> bool {
    browser.get("/api/person").await.json()["is_email_confirmed"] == true
}

/// Asks for [`NEW`], and gives the link that went there.
async fn ask_for_new(browser: &mut Browser, site: &Site) -> String {
    site.outbox().await;
    change(browser, NEW).await.next();
    let mails = site.outbox().await;
    let mail = mails.iter().find(|mail| mail.kind == "confirm-email").unwrap();
    assert_eq!(mail.to.as_str(), NEW);
    token_in(mail, "/confirm-email")
}

#[tokio::test]
async fn whoever_gets_an_account_is_sent_a_link() {
    let site = Site::empty().await;
    let link = site.identity.open_set_up().await.unwrap().unwrap();
    let mut browser = site.browser();
    let fields = [
        ("token", link.expose()),
        ("organisation", "Quillbrook Support"),
        ("name", "Osric Fenn"),
        ("email", HOLDER),
        ("password", PASSWORD),
    ];
    browser.post("/api/set-up", &fields).await.next();
    let mail = site.mail("confirm-email").await;
    assert_eq!(mail.to.as_str(), HOLDER);
    site.add(EMAIL).await;
    assert_eq!(site.told().await, [("confirm-email".to_owned(), EMAIL.to_owned())]);
    assert!(!is_confirmed(&mut browser).await);
    browser.confirm_email(&token_in(&mail, "/confirm-email")).await.next();
    assert!(is_confirmed(&mut browser).await);
}

#[tokio::test]
async fn a_link_works_once_in_any_browser_and_is_not_spent_by_looking() {
    let site = Site::with_agent().await;
    let mails = site.outbox().await;
    let token = token_in(mails.iter().find(|mail| mail.to.as_str() == EMAIL).unwrap(), "/confirm-email");
    let mut owner = site.browser();
    owner.sign_in(EMAIL).await.next();
    let mut scanner = site.browser();
    for _ in 0..3 {
        assert!(scanner.is_open("/api/email/confirm", &token).await);
        assert_eq!(scanner.page(&format!("/confirm-email?token={token}")).await.status, 200);
    }
    assert!(!is_confirmed(&mut owner).await);
    let mut elsewhere = site.browser();
    let reply = elsewhere.confirm_email(&token).await;
    assert_eq!(reply.next(), "/confirm-email?done=1");
    assert!(elsewhere.cookies.is_empty(), "nobody is signed in by it");
    assert!(is_confirmed(&mut owner).await);
    assert_eq!(site.browser().confirm_email(&token).await.refusal(), (410, "link-ended".to_owned()));
    assert!(!scanner.is_open("/api/email/confirm", &token).await);
    let tampered = format!("{}A", &token[..42]);
    assert_eq!(site.browser().confirm_email(&tampered).await.refusal().0, 410);
}

#[tokio::test]
async fn a_link_lasts_a_day_and_a_newer_one_ends_it() {
    let site = Site::with_agent().await;
    let mails = site.outbox().await;
    let expired = token_in(mails.iter().find(|mail| mail.to.as_str() == EMAIL).unwrap(), "/confirm-email");
    site.clock.advance_seconds(24 * 60 * 60 - 1);
    assert!(site.browser().is_open("/api/email/confirm", &expired).await);
    site.clock.advance_seconds(1);
    assert_eq!(site.browser().confirm_email(&expired).await.refusal(), (410, "link-ended".to_owned()));
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for _ in 0..5 {
        browser.post("/api/email/confirmation", &[]).await.next();
    }
    let older = token_in(&site.mail("confirm-email").await, "/confirm-email");
    site.clock.advance_seconds(60);
    browser.post("/api/email/confirmation", &[]).await.next();
    let newer = token_in(&site.mail("confirm-email").await, "/confirm-email");
    assert_eq!(browser.confirm_email(&older).await.refusal().0, 410);
    browser.confirm_email(&newer).await.next();
    // There is nothing left to confirm.
    site.clock.advance_seconds(60);
    browser.post("/api/email/confirmation", &[]).await.next();
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn an_hour_has_ten_links_for_those_who_ask_again() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    site.outbox().await;
    // The first one came with the account.
    for _ in 1..10 {
        site.clock.advance_seconds(60);
        browser.post("/api/email/confirmation", &[]).await.next();
        site.mail("confirm-email").await;
    }
    site.clock.advance_seconds(60);
    assert_eq!(browser.post("/api/email/confirmation", &[]).await.refusal(), (429, "too-soon".to_owned()));
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn another_address_asks_for_a_fresh_proof() {
    let (site, key, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in_with(&key).await.next();
    site.outbox().await;
    site.clock.advance_seconds(10 * 60);
    let reply = change(&mut browser, NEW).await;
    assert_eq!(
        (reply.refusal(), &reply.json()["next"]),
        ((403, "confirm-first".to_owned()), &"/account/confirm?next=/account/email".into())
    );
    assert!(site.outbox().await.is_empty());
    let code = browser.code(&key);
    browser.post("/api/confirmation/authenticator-app", &[("code", &code)]).await.next();
    change(&mut browser, NEW).await.next();
    // The password is proof enough for those who have nothing else, and only while it is fresh.
    site.add(JUNIPER).await;
    let mut juniper = site.browser();
    juniper.sign_in(JUNIPER).await.next();
    site.clock.advance_seconds(10 * 60);
    assert_eq!(change(&mut juniper, "juniper@newer.example.net").await.refusal().1, "confirm-first");
}

#[tokio::test]
async fn another_address_counts_once_it_is_confirmed_and_the_old_one_is_told() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert_eq!(change(&mut browser, NEW).await.next(), "/account/email?sent=1");
    let mails = site.outbox().await;
    let to = |kind: &str| mails.iter().find(|mail| mail.kind == kind).unwrap_or_else(|| panic!("no {kind}"));
    let asked = to("notice.email-change-asked");
    assert_eq!(asked.to.as_str(), EMAIL);
    assert!(asked.letter.text.contains("w•••••@newer.example.net") && !asked.letter.text.contains(NEW), "{}", asked.letter.text);
    let token = token_in(to("confirm-email"), "/confirm-email");
    // Nothing has changed yet.
    site.browser().sign_in(EMAIL).await.next();
    assert_eq!(site.browser().sign_in(NEW).await.refusal().1, "no-match");
    site.outbox().await;
    site.browser().confirm_email(&token).await.next();
    assert_eq!(site.told().await, [("notice.email-changed".to_owned(), EMAIL.to_owned())]);
    assert_eq!(site.browser().sign_in(EMAIL).await.refusal().1, "no-match");
    let mut again = site.browser();
    again.sign_in(NEW).await.next();
    assert!(is_confirmed(&mut again).await);
    // From now on, the new one is told.
    assert_eq!(site.told().await, [("notice.new-browser".to_owned(), NEW.to_owned())]);
}

#[tokio::test]
async fn what_went_to_the_old_address_gives_no_password_any_more() {
    let site = Site::with_confirmed_agent().await;
    let reset = site.reset_token().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let token = ask_for_new(&mut browser, &site).await;
    browser.confirm_email(&token).await.next();
    assert_eq!(site.browser().reset(&reset, "tidal wave of marmalade").await.refusal(), (410, "link-ended".to_owned()));
    site.outbox().await;
    site.clock.advance_seconds(5 * 60);
    site.browser().forget(EMAIL).await.next();
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn the_address_they_have_is_no_change() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for text in [EMAIL, "  Wren.Halloway@EXAMPLE.com "] {
        let reply = change(&mut browser, text).await;
        assert_eq!((reply.refusal(), &reply.json()["problem"]["kind"]), ((422, "field".to_owned()), &"unchanged".into()));
    }
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn asking_for_somebody_s_address_is_answered_as_any_other_and_bothers_nobody() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let older = ask_for_new(&mut browser, &site).await;
    let free = change(&mut browser, "free@example.com").await;
    site.outbox().await;
    let taken = change(&mut browser, HOLDER).await;
    assert_eq!((free.status, &free.body, &free.headers), (taken.status, &taken.body, &taken.headers));
    assert_eq!(site.told().await, [("notice.email-change-asked".to_owned(), EMAIL.to_owned())]);
    assert_eq!(browser.confirm_email(&older).await.refusal().0, 410, "asked for before");
}

#[tokio::test]
async fn of_two_who_change_to_one_address_one_gets_it() {
    let site = Site::with_confirmed_agent().await;
    site.add(JUNIPER).await;
    let mut tokens = Vec::new();
    for email in [EMAIL, JUNIPER] {
        let mut browser = site.browser();
        browser.sign_in(email).await.next();
        tokens.push(ask_for_new(&mut browser, &site).await);
    }
    let race = |token: String| {
        let mut browser = site.browser();
        tokio::spawn(async move { browser.confirm_email(&token).await.status == 200 })
    };
    assert_eq!(winners(tokens.into_iter().map(race).collect()).await, 1);
    site.browser().sign_in(NEW).await.next();
    let mut left = 0;
    for email in [EMAIL, JUNIPER] {
        left += usize::from(site.browser().sign_in(email).await.status == 200);
    }
    assert_eq!(left, 1, "the other one keeps theirs");
}

#[tokio::test]
async fn an_address_that_was_taken_in_the_meantime_stays_theirs() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let token = ask_for_new(&mut browser, &site).await;
    site.add(NEW).await;
    assert_eq!(browser.confirm_email(&token).await.refusal(), (410, "link-ended".to_owned()));
    assert_eq!(browser.get("/api/person").await.json()["email"], EMAIL);
}

#[tokio::test]
async fn an_hour_has_five_changes_of_address() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for n in 0..5 {
        change(&mut browser, &format!("wren{n}@example.com")).await.next();
    }
    let sent = site.outbox().await.len();
    let reply = change(&mut browser, NEW).await;
    assert_eq!((sent, reply.refusal()), (10, (429, "too-soon".to_owned())));
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn emailed_codes_go_to_the_new_address() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in_by_mail(&site).await.next();
    let mut half = site.browser();
    half.sign_in(EMAIL).await.next();
    let to_old = site.mailed_code().await;
    let token = ask_for_new(&mut browser, &site).await;
    browser.confirm_email(&token).await.next();
    assert_eq!(half.type_code(&to_old).await.refusal(), (410, "expired-code".to_owned()));
    site.outbox().await;
    let mut again = site.browser();
    again.sign_in(NEW).await.next();
    assert_eq!(site.mail("emailed-code").await.to.as_str(), NEW);
}

/// Whoever got in asked for their own address; the owner, who sees them, throws them out.
#[tokio::test]
async fn a_change_that_waits_ends_with_what_throws_others_out() {
    for path in ["/api/sessions/end-others", "/api/second-step/turn-off"] {
        let (site, key, _) = Site::with_app().await;
        let mut thief = site.browser();
        thief.sign_in_with(&key).await.next();
        let token = ask_for_new(&mut thief, &site).await;
        site.clock.advance_seconds(30);
        let mut owner = site.browser();
        owner.sign_in_with(&key).await.next();
        assert!(site.browser().is_open("/api/email/confirm", &token).await);
        owner.post(path, &[]).await.next();
        assert_eq!(site.browser().confirm_email(&token).await.refusal(), (410, "link-ended".to_owned()), "{path}");
        assert_eq!(owner.get("/api/person").await.json()["email"], EMAIL);
    }
}

#[tokio::test]
async fn a_change_that_waits_ends_with_the_first_method_and_when_whoever_asked_has_left() {
    let site = Site::with_confirmed_agent().await;
    for is_gone in [false, true] {
        let mut thief = site.browser();
        thief.sign_in(EMAIL).await.next();
        let token = ask_for_new(&mut thief, &site).await;
        let mut owner = site.browser();
        owner.sign_in(EMAIL).await.next();
        if is_gone {
            thief.post("/api/sign-out", &[]).await.next();
            owner.post("/api/sessions/end-others", &[]).await.next();
        } else {
            owner.enrol_app().await;
        }
        assert_eq!(site.browser().confirm_email(&token).await.refusal(), (410, "link-ended".to_owned()), "{is_gone}");
        owner.post("/api/second-step/turn-off", &[]).await;
    }
}
