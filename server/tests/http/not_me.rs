//! "This wasn't me": what a press closes, and who may press.

use countersign_domain::{Email, Password, PersonName, Role};
use countersign_identity::{NewMember, OutgoingMail};

use crate::{
    mailbox::{HOLDER, JUNIPER, NEW_PASSWORD, token_in},
    support::{Browser, EMAIL, PASSWORD, Reply, Site, winners},
};

const NEW: &str = "wren@newer.example.net";

/// A link out of a notice: of a sign-in with a new browser. `owner` is signed in.
async fn notice(site: &Site, owner: &mut Browser) -> String {
    site.browser().sign_in(EMAIL).await.next();
    site.outbox().await;
    owner.sign_in(EMAIL).await.next();
    token_in(&site.mail("notice.new-browser").await, "/not-me")
}

/// The token for a new password that a press leads to.
#[track_caller]
fn reset_of(reply: &Reply) -> String {
    reply.next().strip_prefix("/reset-password?token=").unwrap().to_owned()
}

/// Changes the address, and gives the mails that came of it.
async fn change(site: &Site, browser: &mut Browser, email: &str) -> Vec<OutgoingMail> {
    browser.post("/api/email/change", &[("email", email)]).await.next();
    let mut mails = site.outbox().await;
    let token = token_in(mails.iter().find(|mail| mail.kind == "confirm-email").unwrap(), "/confirm-email");
    browser.confirm_email(&token).await.next();
    mails.extend(site.outbox().await);
    mails
}

/// The link that went to whoever had the address before.
fn link_of_change(mails: &[OutgoingMail]) -> String {
    token_in(mails.iter().find(|mail| mail.kind == "notice.email-changed").unwrap(), "/not-me")
}

#[tokio::test]
async fn a_press_closes_everything_and_leads_to_a_new_password() {
    let site = Site::with_confirmed_agent().await;
    let (mut thief, mut owner, mut other) = (site.browser(), site.browser(), site.browser());
    thief.sign_in(EMAIL).await.next();
    other.sign_in(EMAIL).await.next();
    let token = notice(&site, &mut owner).await;
    let reply = site.browser().disown(&token).await;
    let reset = reset_of(&reply);
    assert!(!reply.headers.contains_key("set-cookie"));
    assert!(!thief.is_in().await && !owner.is_in().await && !other.is_in().await);
    assert_eq!(thief.sign_in(EMAIL).await.refusal(), (401, "no-match".to_owned()));
    assert_eq!(site.told().await, [("reported".to_owned(), HOLDER.to_owned())]);
    owner.reset(&reset, NEW_PASSWORD).await.next();
    assert_eq!(owner.reset(&reset, "another wave of marmalade").await.refusal(), (410, "link-ended".to_owned()));
    assert!(!owner.is_in().await, "nobody is signed in by it");
    owner.sign_in_as(EMAIL, NEW_PASSWORD).await.next();
    assert_eq!(thief.sign_in(EMAIL).await.refusal().1, "no-match");
}

#[tokio::test]
async fn methods_stay_and_are_asked_for_afterwards() {
    let (site, key, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in_with(&key).await.next();
    let token = token_in(&site.mail("notice.new-browser").await, "/not-me");
    let reset = reset_of(&site.browser().disown(&token).await);
    site.browser().reset(&reset, NEW_PASSWORD).await.next();
    assert_eq!(site.browser().sign_in_as(EMAIL, NEW_PASSWORD).await.next(), "/sign-in/step-2/app");
}

#[tokio::test]
async fn after_a_press_the_mailbox_is_not_the_second_step() {
    let (site, spare) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in_by_mail(&site).await.next();
    let token = token_in(&site.mail("notice.new-browser").await, "/not-me");
    let reset = reset_of(&site.browser().disown(&token).await);
    site.browser().reset(&reset, NEW_PASSWORD).await.next();
    let mut browser = site.browser();
    assert_eq!(browser.sign_in_as(EMAIL, NEW_PASSWORD).await.next(), "/sign-in/step-2");
    assert_eq!(browser.ways().await, ["backup-code", "recovery-key"]);
    browser.post("/api/second-step/backup-code", &[("code", &spare.codes[0])]).await.next();
}

#[tokio::test]
async fn all_account_holders_are_told_but_not_of_themselves() {
    let site = Site::with_confirmed_agent().await;
    let second = NewMember {
        email: Email::parse(JUNIPER).unwrap(),
        name: PersonName::parse("Juniper Vale").unwrap(),
        role: Role::AccountHolder,
        password: Password::parse_new(PASSWORD).unwrap(),
    };
    site.identity.add_member(&second).await.unwrap();
    let token = notice(&site, &mut site.browser()).await;
    site.browser().disown(&token).await.next();
    let mails = site.outbox().await;
    let mut to: Vec<_> = mails.iter().map(|mail| (mail.kind.as_str(), mail.to.as_str())).collect();
    to.sort_unstable();
    assert_eq!(to, [("reported", JUNIPER), ("reported", HOLDER)]);
    assert!(mails[0].letter.text.contains("Wren Halloway") && mails[0].letter.text.contains(EMAIL), "{}", mails[0].letter.text);
    assert!(!mails.iter().any(|mail| mail.letter.text.contains("?token=")));
    // One of them, about themselves: the other is told.
    site.browser().sign_in(JUNIPER).await.next();
    site.browser().sign_in(JUNIPER).await.next();
    let token = token_in(&site.mail("notice.new-browser").await, "/not-me");
    site.browser().disown(&token).await.next();
    assert_eq!(site.told().await, [("reported".to_owned(), HOLDER.to_owned())]);
}

#[tokio::test]
async fn a_link_works_once_for_a_week_and_is_not_spent_by_looking() {
    let site = Site::with_confirmed_agent().await;
    let token = notice(&site, &mut site.browser()).await;
    site.clock.advance_seconds(7 * 24 * 60 * 60 - 1);
    let mut scanner = site.browser();
    for _ in 0..3 {
        assert!(scanner.is_open("/api/not-me", &token).await);
        assert_eq!(scanner.page(&format!("/not-me?token={token}")).await.status, 200);
    }
    let seen = scanner.get(&format!("/api/not-me?token={token}")).await.json();
    assert_eq!(seen["email"], "w•••••@example.com");
    for at in 0..43 {
        let other = if &token[at..=at] == "A" { "B" } else { "A" };
        let tampered = [&token[..at], other, &token[at + 1..]].concat();
        assert_eq!(scanner.disown(&tampered).await.refusal(), (410, "link-ended".to_owned()), "{at}");
    }
    site.browser().sign_in(EMAIL).await.next();
    let race = |_| {
        let (mut browser, token) = (site.browser(), token.clone());
        tokio::spawn(async move { browser.disown(&token).await.status == 200 })
    };
    assert_eq!(winners((0..4).map(race).collect()).await, 1);
    assert_eq!(scanner.disown(&token).await.refusal(), (410, "link-ended".to_owned()));
}

#[tokio::test]
async fn a_link_ends_after_a_week() {
    let site = Site::with_confirmed_agent().await;
    let mut owner = site.browser();
    let token = notice(&site, &mut owner).await;
    site.clock.advance_seconds(7 * 24 * 60 * 60);
    assert!(!site.browser().is_open("/api/not-me", &token).await);
    assert_eq!(site.browser().disown(&token).await.refusal(), (410, "link-ended".to_owned()));
    site.browser().sign_in(EMAIL).await.next();
}

/// Mails are passed on, printed and kept: half an hour later, whoever reads the mailbox is asked.
#[tokio::test]
async fn an_older_link_closes_everything_and_gives_nobody_a_password() {
    let site = Site::with_confirmed_agent().await;
    let mut owner = site.browser();
    let token = notice(&site, &mut owner).await;
    site.clock.advance_seconds(30 * 60);
    let reply = site.browser().disown(&token).await;
    assert_eq!(reply.next(), "/not-me?done=1");
    assert!(!reply.body.contains("token") && !owner.is_in().await);
    let mails = site.outbox().await;
    let reset = mails.iter().find(|mail| mail.kind == "reset-password").unwrap();
    assert_eq!(reset.to.as_str(), EMAIL);
    assert!(reset.letter.text.contains("the old password has ended"), "{}", reset.letter.text);
    owner.reset(&token_in(reset, "/reset-password"), NEW_PASSWORD).await.next();
    owner.sign_in_as(EMAIL, NEW_PASSWORD).await.next();
}

/// Whoever was locked out by a change of password can't undo it with what they were sent before.
#[tokio::test]
async fn a_new_password_ends_the_links_that_were_sent_before() {
    let site = Site::with_confirmed_agent().await;
    let mut owner = site.browser();
    let token = notice(&site, &mut owner).await;
    owner.post("/api/password/change", &[("current", PASSWORD), ("password", NEW_PASSWORD)]).await.next();
    let told = token_in(&site.mail("notice.password-changed").await, "/not-me");
    assert_eq!(site.browser().disown(&token).await.refusal(), (410, "link-ended".to_owned()));
    assert!(site.browser().is_open("/api/not-me", &told).await, "of the change itself");
    site.browser().disown(&told).await.next();
    assert!(!owner.is_in().await);
}

#[tokio::test]
async fn a_press_ends_every_other_link_of_the_account() {
    let site = Site::with_confirmed_agent().await;
    let mut owner = site.browser();
    let token = notice(&site, &mut owner).await;
    let reset = site.reset_token().await;
    owner.post("/api/email/change", &[("email", NEW)]).await.next();
    let mails = site.outbox().await;
    let confirm = token_in(mails.iter().find(|mail| mail.kind == "confirm-email").unwrap(), "/confirm-email");
    let other = token_in(mails.iter().find(|mail| mail.kind == "notice.email-change-asked").unwrap(), "/not-me");
    let mut browser = site.browser();
    browser.disown(&token).await.next();
    assert_eq!(browser.reset(&reset, NEW_PASSWORD).await.refusal().0, 410);
    assert_eq!(browser.confirm_email(&confirm).await.refusal().0, 410);
    assert_eq!(browser.disown(&other).await.refusal().0, 410);
}

#[tokio::test]
async fn a_link_for_one_thing_is_worth_nothing_for_another() {
    let site = Site::with_agent().await;
    let mails = site.outbox().await;
    let confirm = token_in(mails.iter().find(|mail| mail.to.as_str() == EMAIL).unwrap(), "/confirm-email");
    let not_me = notice(&site, &mut site.browser()).await;
    let reset = site.reset_token().await;
    let mut browser = site.browser();
    for token in [&not_me, &reset] {
        assert_eq!(browser.confirm_email(token).await.refusal(), (410, "link-ended".to_owned()));
        assert!(!browser.is_open("/api/email/confirm", token).await);
    }
    for token in [&not_me, &confirm] {
        assert_eq!(browser.reset(token, NEW_PASSWORD).await.refusal(), (410, "link-ended".to_owned()));
        assert!(!browser.is_open("/api/password/reset", token).await);
    }
    for token in [&confirm, &reset] {
        assert_eq!(browser.disown(token).await.refusal(), (410, "link-ended".to_owned()));
        assert!(!browser.is_open("/api/not-me", token).await);
    }
    // Nor is a session's token a link, nor a link's a session.
    let mut owner = site.browser();
    owner.sign_in(EMAIL).await.next();
    let session = owner.cookies["countersign_session"].clone();
    assert_eq!(browser.disown(&session).await.refusal().0, 410);
    assert_eq!(browser.reset(&session, NEW_PASSWORD).await.refusal().0, 410);
    browser.cookies.insert("countersign_session".to_owned(), not_me.clone());
    assert_eq!(browser.get("/api/security").await.status, 401);
    // None of it spent any of them.
    browser.confirm_email(&confirm).await.next();
    assert!(browser.is_open("/api/password/reset", &reset).await);
    browser.disown(&not_me).await.next();
}

#[tokio::test]
async fn from_the_security_page_this_session_ends_too_and_the_way_back_is_mailed() {
    let site = Site::with_confirmed_agent().await;
    let (mut browser, mut other) = (site.browser(), site.browser());
    for browser in [&mut browser, &mut other] {
        browser.sign_in(EMAIL).await.next();
    }
    site.outbox().await;
    let reply = browser.post("/api/not-me/here", &[]).await;
    assert_eq!(reply.next(), "/not-me?done=1");
    assert!(!browser.cookies.contains_key("countersign_session") && !browser.is_in().await && !other.is_in().await);
    let mails = site.outbox().await;
    let mut to: Vec<_> = mails.iter().map(|mail| (mail.kind.as_str(), mail.to.as_str())).collect();
    to.sort_unstable();
    assert_eq!(to, [("reported", HOLDER), ("reset-password", EMAIL)]);
    assert_eq!(browser.sign_in(EMAIL).await.refusal().1, "no-match");
    let token = token_in(mails.iter().find(|mail| mail.kind == "reset-password").unwrap(), "/reset-password");
    browser.reset(&token, NEW_PASSWORD).await.next();
    browser.sign_in_as(EMAIL, NEW_PASSWORD).await.next();
}

#[tokio::test]
async fn after_a_change_of_address_the_old_mailbox_puts_it_back() {
    let site = Site::with_confirmed_agent().await;
    let mut thief = site.browser();
    let before = notice(&site, &mut thief).await;
    let mails = change(&site, &mut thief, NEW).await;
    let asked = token_in(mails.iter().find(|mail| mail.kind == "notice.email-change-asked").unwrap(), "/not-me");
    for token in [&before, &asked] {
        assert_eq!(site.browser().disown(token).await.refusal(), (410, "link-ended".to_owned()), "from before the change");
    }
    let reset = reset_of(&site.browser().disown(&link_of_change(&mails)).await);
    assert!(!thief.is_in().await);
    let mails = site.outbox().await;
    let letter = |kind: &str, to: &str| &mails.iter().find(|mail| mail.kind == kind && mail.to.as_str() == to).unwrap().letter.text;
    // Whoever had it in between hears of it and is led nowhere; account holders learn both addresses.
    let put_back = letter("email-put-back", NEW);
    assert!(put_back.contains("w•••••@example.com") && !put_back.contains("token=") && !put_back.contains("Address"), "{put_back}");
    let reported = letter("reported", HOLDER);
    assert!(reported.contains(EMAIL) && reported.contains("w•••••@newer.example.net"), "{reported}");
    assert_eq!(mails.len(), 2);
    assert_eq!(site.browser().sign_in(NEW).await.refusal().1, "no-match");
    site.browser().reset(&reset, NEW_PASSWORD).await.next();
    let mut owner = site.browser();
    owner.sign_in_as(EMAIL, NEW_PASSWORD).await.next();
    assert_eq!(owner.get("/api/person").await.json()["email"], EMAIL);
}
