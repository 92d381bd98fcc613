//! "This wasn't me" against somebody who got in, moved the address to a mailbox of their own, and
//! tries to shut the way back.

use countersign_identity::OutgoingMail;

use crate::{
    mailbox::{NEW_PASSWORD, token_in},
    support::{Browser, EMAIL, Site},
};

const THEIRS: &str = "thief@evil.example";

/// A thief signs in and changes the address to [`THEIRS`]; the link that went to the owner.
async fn with_thief() -> (Site, Browser, String) {
    let site = Site::with_confirmed_agent().await;
    let mut thief = site.browser();
    thief.sign_in(EMAIL).await.next();
    let mails = change(&site, &mut thief, THEIRS).await;
    let link = link(&mails, "notice.email-changed");
    site.clock.advance_seconds(1);
    (site, thief, link)
}

async fn change(site: &Site, browser: &mut Browser, email: &str) -> Vec<OutgoingMail> {
    browser.post("/api/email/change", &[("email", email)]).await.next();
    let mut mails = site.outbox().await;
    let token = token_in(mails.iter().find(|mail| mail.kind == "confirm-email").unwrap(), "/confirm-email");
    browser.confirm_email(&token).await.next();
    mails.extend(site.outbox().await);
    mails
}

fn link(mails: &[OutgoingMail], kind: &str) -> String {
    token_in(mails.iter().find(|mail| mail.kind == kind).unwrap(), "/not-me")
}

/// The owner presses, and is the owner again.
async fn expect_way_back(site: &Site, token: &str) {
    let next = site.browser().disown(token).await.next();
    let reset = next.strip_prefix("/reset-password?token=").unwrap();
    site.browser().reset(reset, NEW_PASSWORD).await.next();
    let mut owner = site.browser();
    owner.sign_in_as(EMAIL, NEW_PASSWORD).await.next();
    assert_eq!(owner.get("/api/person").await.json()["email"], EMAIL);
}

#[tokio::test]
async fn the_new_mailbox_has_no_say_once_the_address_was_put_back() {
    let (site, thief, token) = with_thief().await;
    // A notice to the thief's own mailbox.
    site.browser().sign_in(THEIRS).await.next();
    let theirs = link(&site.outbox().await, "notice.new-browser");
    expect_way_back(&site, &token).await;
    let mut thief = thief;
    assert_eq!(thief.disown(&theirs).await.refusal(), (410, "link-ended".to_owned()));
}

#[tokio::test]
async fn a_second_change_of_address_leaves_the_first_owner_a_way_back() {
    let (site, mut thief, token) = with_thief().await;
    change(&site, &mut thief, "second@evil.example").await;
    expect_way_back(&site, &token).await;
}

#[tokio::test]
async fn a_press_in_the_new_mailbox_leaves_the_first_owner_a_way_back() {
    let (site, mut thief, token) = with_thief().await;
    site.browser().sign_in(THEIRS).await.next();
    let theirs = link(&site.outbox().await, "notice.new-browser");
    thief.disown(&theirs).await.next();
    expect_way_back(&site, &token).await;
}

/// The second mailbox comes after the first one, too, however much it puts back.
#[tokio::test]
async fn a_press_in_between_leaves_the_first_owner_a_way_back() {
    let (site, mut thief, token) = with_thief().await;
    let mails = change(&site, &mut thief, "second@evil.example").await;
    site.clock.advance_seconds(1);
    thief.disown(&link(&mails, "notice.email-changed")).await.next();
    expect_way_back(&site, &token).await;
}

#[tokio::test]
async fn a_press_on_the_security_page_leaves_the_first_owner_a_way_back() {
    let (site, mut thief, token) = with_thief().await;
    thief.post("/api/not-me/here", &[]).await.next();
    expect_way_back(&site, &token).await;
}
