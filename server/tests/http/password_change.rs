//! Another password, chosen by somebody who is in.

use countersign_domain::{Email, Password};

use crate::{
    mailbox::{NEW_PASSWORD, token_in},
    support::{Browser, EMAIL, PASSWORD, Reply, Site, winners},
};

async fn change(browser: &mut Browser, current: &str, password: &str) -> Reply {
    browser.post("/api/password/change", &[("current", current), ("password", password)]).await
}

#[tokio::test]
async fn the_current_password_is_asked_for_and_guesses_are_paused() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for _ in 0..4 {
        assert_eq!(change(&mut browser, "not the password", NEW_PASSWORD).await.refusal(), (401, "wrong-password".to_owned()));
    }
    let reply = change(&mut browser, "not the password", NEW_PASSWORD).await;
    assert_eq!((reply.refusal(), reply.header("retry-after")), ((429, "paused".to_owned()), "30"));
    assert_eq!(change(&mut browser, PASSWORD, NEW_PASSWORD).await.refusal(), (429, "paused".to_owned()));
    site.clock.advance_seconds(30);
    change(&mut browser, PASSWORD, NEW_PASSWORD).await.next();
}

#[tokio::test]
async fn those_who_have_a_second_step_give_a_fresh_one() {
    let (site, key, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in_with(&key).await.next();
    site.clock.advance_seconds(10 * 60);
    // Before the current password is looked at: nothing is counted.
    for _ in 0..6 {
        let reply = change(&mut browser, "not the password", NEW_PASSWORD).await;
        assert_eq!(reply.refusal(), (403, "confirm-first".to_owned()));
        assert_eq!(reply.json()["next"], "/account/confirm?next=/account/password");
    }
    let code = browser.code(&key);
    browser.post("/api/confirmation/authenticator-app", &[("code", &code)]).await.next();
    change(&mut browser, PASSWORD, NEW_PASSWORD).await.next();
}

#[tokio::test]
async fn a_change_ends_other_sessions_replaces_this_one_s_token_and_is_told() {
    let (site, key, _) = Site::with_app().await;
    let mut other = site.browser();
    other.sign_in_with(&key).await.next();
    site.clock.advance_seconds(30);
    let mut browser = site.browser();
    browser.sign_in_with(&key).await.next();
    let mut before = browser.clone();
    site.outbox().await;
    assert_eq!(change(&mut browser, PASSWORD, NEW_PASSWORD).await.next(), "/account/profile?password=changed");
    assert_ne!(browser.cookies["countersign_session"], before.cookies["countersign_session"]);
    assert!(browser.is_in().await && !before.is_in().await && !other.is_in().await);
    assert_eq!(site.told().await, [("notice.password-changed".to_owned(), EMAIL.to_owned())]);
    let mut again = site.browser();
    assert_eq!(again.sign_in(EMAIL).await.refusal().1, "no-match");
    assert_eq!(again.sign_in_as(EMAIL, NEW_PASSWORD).await.next(), "/sign-in/step-2/app");
}

#[tokio::test]
async fn a_password_that_can_t_be_accepted_is_named_and_not_counted() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for _ in 0..2 {
        for (current, password, field, problem) in [
            ("", NEW_PASSWORD, "current", "empty"),
            (PASSWORD, "", "password", "empty"),
            (PASSWORD, "short", "password", "too-short"),
            (PASSWORD, &"a".repeat(129), "password", "too-long"),
            (PASSWORD, "wrenhalloway1", "password", "guessable"),
        ] {
            let reply = change(&mut browser, current, password).await;
            assert_eq!(reply.refusal(), (422, "field".to_owned()));
            assert_eq!((&reply.json()["field"], &reply.json()["problem"]["kind"]), (&field.into(), &problem.into()));
        }
    }
    assert!(site.outbox().await.is_empty());
    change(&mut browser, PASSWORD, NEW_PASSWORD).await.next();
}

#[tokio::test]
async fn of_several_changes_at_once_exactly_one_counts() {
    let site = Site::with_confirmed_agent().await;
    let mut browsers = Vec::new();
    for _ in 0..4 {
        let mut browser = site.browser();
        browser.sign_in(EMAIL).await.next();
        browsers.push(browser);
    }
    let race = |(n, mut browser): (usize, Browser)| {
        let password = format!("{NEW_PASSWORD} {n}");
        tokio::spawn(async move { change(&mut browser, PASSWORD, &password).await.status == 200 })
    };
    assert_eq!(winners(browsers.into_iter().enumerate().map(race).collect()).await, 1);
}

/// Whoever sat in the session before may have asked for an address of their own.
#[tokio::test]
async fn what_was_asked_for_before_ends_with_the_old_password() {
    for way in ["signed in", "by mail", "by an operator"] {
        let site = Site::with_confirmed_agent().await;
        let mut thief = site.browser();
        thief.sign_in(EMAIL).await.next();
        thief.post("/api/email/change", &[("email", "thief@evil.example")]).await.next();
        let token = token_in(&site.mail("confirm-email").await, "/confirm-email");
        let reset = site.reset_token().await;
        match way {
            "signed in" => {
                let mut owner = site.browser();
                owner.sign_in(EMAIL).await.next();
                change(&mut owner, PASSWORD, NEW_PASSWORD).await.next();
            }
            "by mail" => _ = site.browser().reset(&reset, NEW_PASSWORD).await.next(),
            _ => {
                let (email, password) = (Email::parse(EMAIL).unwrap(), Password::parse_new(NEW_PASSWORD).unwrap());
                site.identity.set_member_password(&email, &password).await.unwrap().unwrap();
            }
        }
        assert_eq!(thief.confirm_email(&token).await.refusal(), (410, "link-ended".to_owned()), "{way}");
        assert_eq!(thief.reset(&reset, "another wave of marmalade").await.refusal(), (410, "link-ended".to_owned()), "{way}");
        site.browser().sign_in_as(EMAIL, NEW_PASSWORD).await.next();
    }
}

/// The same where the first address was never confirmed, and its own link must go on.
#[tokio::test]
async fn another_address_ends_with_the_old_password_of_an_unconfirmed_account_too() {
    let site = Site::with_agent().await;
    site.outbox().await;
    let (mut thief, mut owner) = (site.browser(), site.browser());
    thief.sign_in(EMAIL).await.next();
    thief.post("/api/email/change", &[("email", "thief@evil.example")]).await.next();
    let token = token_in(&site.mail("confirm-email").await, "/confirm-email");
    owner.sign_in(EMAIL).await.next();
    change(&mut owner, PASSWORD, NEW_PASSWORD).await.next();
    assert_eq!(thief.confirm_email(&token).await.refusal(), (410, "link-ended".to_owned()));
}

/// Somebody who was given an account and a first password changes it before they open their mail.
#[tokio::test]
async fn the_link_that_confirms_the_first_address_outlives_a_change_of_password() {
    let site = Site::with_agent().await;
    let mails = site.outbox().await;
    let mail = mails.iter().find(|mail| mail.to.as_str() == EMAIL).unwrap();
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    change(&mut browser, PASSWORD, NEW_PASSWORD).await.next();
    browser.confirm_email(&token_in(mail, "/confirm-email")).await.next();
}
