//! A forgotten password: who is told what, and what a link is good for.

use crate::{
    mailbox::{JUNIPER, NEW_PASSWORD, token_in},
    passkeys::with_passkey,
    soft_key::Lie,
    support::{EMAIL, PASSWORD, Reply, Site, winners},
};

#[tokio::test]
async fn whoever_asks_is_answered_alike_and_only_those_we_know_get_mail() {
    let site = Site::with_confirmed_agent().await;
    let known = site.browser().forget(EMAIL).await;
    assert_eq!(site.told().await, [("reset-password".to_owned(), EMAIL.to_owned())]);
    let unknown = site.browser().forget("nobody@example.com").await;
    assert!(site.outbox().await.is_empty());
    // A second time within five minutes, nothing is sent, and that isn't told.
    let again = [site.browser().forget(EMAIL).await, site.browser().forget("nobody@example.com").await];
    assert!(site.outbox().await.is_empty());
    let told = |reply: &Reply| (reply.status, reply.body.clone(), reply.headers.clone());
    for reply in [&unknown, &again[0], &again[1]] {
        assert_eq!(told(&known), told(reply));
    }
    for text in ["", "wren", "a@b@example.com", &format!("{}@example.com", "a".repeat(300))] {
        let reply = site.browser().forget(text).await;
        assert_eq!((reply.refusal(), &reply.json()["field"]), ((422, "field".to_owned()), &"email".into()), "{text}");
    }
}

#[tokio::test]
async fn an_address_is_mailed_a_link_once_in_five_minutes_whoever_asks() {
    let site = Site::with_confirmed_agent().await;
    // To where one such time begins.
    site.clock.advance_seconds(60);
    for _ in 0..10 {
        site.browser().forget(&EMAIL.to_uppercase()).await.next();
        site.clock.advance_seconds(29);
    }
    let asks = (0..4).map(|_| {
        let mut browser = site.browser();
        tokio::spawn(async move { browser.forget(EMAIL).await.status == 200 })
    });
    assert_eq!(winners(asks.collect()).await, 4);
    assert_eq!(site.outbox().await.len(), 1);
    site.clock.advance_seconds(10);
    site.browser().forget(EMAIL).await.next();
    assert_eq!(site.outbox().await.len(), 1);
}

#[tokio::test]
async fn a_link_with_one_character_changed_is_worth_nothing() {
    let site = Site::with_confirmed_agent().await;
    let token = site.reset_token().await;
    assert_eq!(token.len(), 43);
    let mut browser = site.browser();
    for at in 0..43 {
        for other in ["A", "b", "-"].into_iter().filter(|other| token[at..=at] != **other) {
            let tampered = [&token[..at], other, &token[at + 1..]].concat();
            assert_eq!(browser.reset(&tampered, NEW_PASSWORD).await.refusal(), (410, "link-ended".to_owned()), "{at}");
        }
    }
    for text in ["", &token[1..], &format!("{token}A"), &format!(" {token}"), &"A".repeat(10_000)] {
        assert_eq!(browser.reset(text, NEW_PASSWORD).await.refusal().0, 410, "{text}");
        assert!(!browser.is_open("/api/password/reset", &text.replace(' ', "%20")).await);
    }
    browser.reset(&token, NEW_PASSWORD).await.next();
}

#[tokio::test]
async fn a_link_works_once() {
    let site = Site::with_confirmed_agent().await;
    let token = site.reset_token().await;
    site.browser().reset(&token, NEW_PASSWORD).await.next();
    assert_eq!(site.browser().reset(&token, "another wave of marmalade").await.refusal(), (410, "link-ended".to_owned()));
    assert!(!site.browser().is_open("/api/password/reset", &token).await);
    site.browser().sign_in_as(EMAIL, NEW_PASSWORD).await.next();
}

#[tokio::test]
async fn of_several_who_use_a_link_at_once_exactly_one_sets_the_password() {
    let site = Site::with_confirmed_agent().await;
    let token = site.reset_token().await;
    let passwords: Vec<_> = (0..4).map(|n| format!("tidal wave of marmalade {n}")).collect();
    let race = |password: &String| {
        let (mut browser, token, password) = (site.browser(), token.clone(), password.clone());
        tokio::spawn(async move { browser.reset(&token, &password).await.status == 200 })
    };
    assert_eq!(winners(passwords.iter().map(race).collect()).await, 1);
    let mut working = 0;
    for password in &passwords {
        working += usize::from(site.browser().sign_in_as(EMAIL, password).await.status == 200);
    }
    assert_eq!(working, 1);
}

#[tokio::test]
async fn looking_at_a_link_spends_nothing() {
    let site = Site::with_confirmed_agent().await;
    let token = site.reset_token().await;
    let mut scanner = site.browser();
    for _ in 0..3 {
        assert!(scanner.is_open("/api/password/reset", &token).await);
        assert_eq!(scanner.page(&format!("/reset-password?token={token}")).await.status, 200);
    }
    assert_eq!(scanner.get(&format!("/api/password/reset?token={token}&password={NEW_PASSWORD}").replace(' ', "+")).await.status, 200);
    site.browser().sign_in(EMAIL).await.next();
    site.browser().reset(&token, NEW_PASSWORD).await.next();
}

#[tokio::test]
async fn a_link_ends_after_half_an_hour_and_by_a_change_of_password() {
    let site = Site::with_confirmed_agent().await;
    let expired = site.reset_token().await;
    site.clock.advance_seconds(30 * 60 - 1);
    assert!(site.browser().is_open("/api/password/reset", &expired).await);
    site.clock.advance_seconds(1);
    assert!(!site.browser().is_open("/api/password/reset", &expired).await);
    assert_eq!(site.browser().reset(&expired, NEW_PASSWORD).await.refusal().0, 410);
    let older = site.reset_token().await;
    site.clock.advance_seconds(5 * 60);
    let newer = site.reset_token().await;
    // Whoever asks for somebody's link, again and again, mustn't end the one that they were sent.
    for link in [&older, &newer] {
        assert!(site.browser().is_open("/api/password/reset", link).await);
    }
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.post("/api/password/change", &[("current", PASSWORD), ("password", NEW_PASSWORD)]).await.next();
    for link in [&older, &newer] {
        assert_eq!(site.browser().reset(link, "another wave of marmalade").await.refusal().0, 410);
    }
    site.browser().sign_in_as(EMAIL, NEW_PASSWORD).await.next();
}

#[tokio::test]
async fn choosing_a_password_with_one_link_ends_the_others() {
    let site = Site::with_confirmed_agent().await;
    let older = site.reset_token().await;
    site.clock.advance_seconds(5 * 60);
    let newer = site.reset_token().await;
    site.browser().reset(&older, NEW_PASSWORD).await.next();
    assert_eq!(site.browser().reset(&newer, "another wave of marmalade").await.refusal(), (410, "link-ended".to_owned()));
}

#[tokio::test]
async fn a_password_that_can_t_be_accepted_is_refused_and_the_link_is_not_spent() {
    let site = Site::with_confirmed_agent().await;
    let token = site.reset_token().await;
    let mut browser = site.browser();
    for (password, problem) in [
        ("", "empty"),
        ("short", "too-short"),
        (&"a".repeat(129), "too-long"),
        ("wrenhalloway1", "guessable"),
        ("quillbrook2026", "guessable"),
    ] {
        let reply = browser.reset(&token, password).await;
        assert_eq!((reply.refusal(), &reply.json()["problem"]["kind"]), ((422, "field".to_owned()), &problem.into()), "{password}");
    }
    browser.reset(&token, NEW_PASSWORD).await.next();
}

#[tokio::test]
async fn a_new_password_signs_everybody_out_and_nobody_in() {
    let (site, key, _) = Site::with_app().await;
    let (mut owner, mut half, mut fresh) = (site.browser(), site.browser(), site.browser());
    owner.sign_in_with(&key).await.next();
    half.sign_in(EMAIL).await.next();
    site.outbox().await;
    let token = site.reset_token().await;
    let reply = fresh.reset(&token, NEW_PASSWORD).await;
    assert_eq!(reply.next(), "/reset-password?done=1");
    assert!(!reply.headers.contains_key("set-cookie") && fresh.cookies.is_empty());
    assert_eq!(fresh.get("/api/session").await.json()["stage"], serde_json::Value::Null);
    for browser in [&mut owner, &mut half] {
        assert!(browser.get("/api/session").await.json()["stage"].is_null());
    }
    assert_eq!(site.told().await, [("notice.password-reset".to_owned(), EMAIL.to_owned())]);
    assert_eq!(fresh.sign_in(EMAIL).await.refusal().1, "no-match");
    // The second step is asked for as ever.
    assert_eq!(fresh.sign_in_as(EMAIL, NEW_PASSWORD).await.next(), "/sign-in/step-2/app");
    assert!(!fresh.is_in().await);
}

#[tokio::test]
async fn a_link_leaves_whoever_is_signed_in_here_alone() {
    let site = Site::with_confirmed_agent().await;
    site.add(JUNIPER).await;
    site.outbox().await;
    let token = site.reset_token().await;
    let mut juniper = site.browser();
    juniper.sign_in(JUNIPER).await.next();
    let cookies = juniper.cookies.clone();
    juniper.reset(&token, NEW_PASSWORD).await.next();
    assert_eq!(juniper.cookies, cookies);
    assert_eq!(juniper.get("/api/person").await.json()["email"], JUNIPER);
    juniper.sign_in(JUNIPER).await.next();
    site.browser().sign_in_as(EMAIL, NEW_PASSWORD).await.next();
}

#[tokio::test]
async fn the_mailbox_that_gave_the_password_is_not_the_second_step() {
    let (site, spare) = Site::with_emailed_code().await;
    site.reset_by_mail().await;
    let mut browser = site.browser();
    assert_eq!(browser.sign_in_as(EMAIL, NEW_PASSWORD).await.next(), "/sign-in/step-2");
    assert_eq!(browser.ways().await, ["backup-code", "recovery-key"]);
    assert_eq!(browser.get("/api/second-step").await.json()["is_mailbox_spent"], true);
    assert_eq!(browser.resend_code().await.refusal(), (409, "conflict".to_owned()));
    assert!(site.outbox().await.is_empty(), "no code was sent");
    assert_eq!(browser.type_code("000000").await.refusal(), (410, "expired-code".to_owned()));
    // Asking for the password once more is no way round it.
    site.clock.advance_seconds(5 * 60);
    site.reset_by_mail().await;
    let mut browser = site.browser();
    assert_eq!(browser.sign_in_as(EMAIL, NEW_PASSWORD).await.next(), "/sign-in/step-2");
    browser.post("/api/second-step/backup-code", &[("code", &spare.codes[0])]).await.next();
    // Something else was given: from now on the mailbox is a second step again.
    site.outbox().await;
    let mut again = site.browser();
    assert_eq!(again.sign_in_as(EMAIL, NEW_PASSWORD).await.next(), "/sign-in/step-2/email");
    let code = site.mailed_code().await;
    again.type_code(&code).await.next();
}

#[tokio::test]
async fn after_a_new_password_by_mail_the_recovery_key_gets_in() {
    let (site, spare) = Site::with_emailed_code().await;
    site.reset_by_mail().await;
    let mut browser = site.browser();
    browser.sign_in_as(EMAIL, NEW_PASSWORD).await.next();
    assert_eq!(browser.type_recovery_key(&spare.recovery_key).await.next(), "/enrol/codes");
    assert!(browser.is_in().await);
}

/// Somebody who reads the mailbox resets the password; then its owner signs in with the passkey,
/// which takes no password.
#[tokio::test]
async fn a_sign_in_without_the_password_doesn_t_make_the_mailbox_a_second_step_again() {
    let (site, mut key) = with_passkey().await;
    site.confirm_agent().await;
    let mut owner = site.browser();
    owner.use_passkey(&mut key, &Lie::default()).await.next();
    owner.post("/api/enrolment/start", &[("method", "emailed-code")]).await.next();
    let code = site.mailed_code().await;
    owner.post("/api/enrolment/emailed-code", &[("code", &code)]).await.next();
    site.reset_by_mail().await;
    owner.use_passkey(&mut key, &Lie::default()).await.next();
    site.outbox().await;
    let mut thief = site.browser();
    thief.sign_in_as(EMAIL, NEW_PASSWORD).await.next();
    assert!(!thief.ways().await.contains(&"emailed-code".to_owned()));
    assert_eq!(thief.resend_code().await.refusal(), (409, "conflict".to_owned()));
}

#[tokio::test]
async fn a_link_shows_that_the_mailbox_is_theirs() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert_eq!(browser.get("/api/person").await.json()["is_email_confirmed"], false);
    site.outbox().await;
    let token = site.reset_token().await;
    let mail = site.browser().reset(&token, NEW_PASSWORD).await;
    mail.next();
    browser.sign_in_as(EMAIL, NEW_PASSWORD).await.next();
    assert_eq!(browser.get("/api/person").await.json()["is_email_confirmed"], true);
    assert_eq!(token_in(&site.mail("notice.password-reset").await, "/not-me").len(), 43);
}

#[tokio::test]
async fn a_new_password_forgives_failures_of_the_password_and_not_of_the_second_step() {
    let (site, key, _) = Site::with_app().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let wrong = browser.wrong_code(&key);
    for _ in 0..4 {
        assert_eq!(browser.verify(&wrong).await.refusal().1, "wrong-code");
    }
    for _ in 0..5 {
        site.browser().sign_in_as(EMAIL, "not the password").await.refusal();
    }
    assert_eq!(site.browser().sign_in(EMAIL).await.refusal().1, "paused");
    site.reset_by_mail().await;
    let mut browser = site.browser();
    browser.sign_in_as(EMAIL, NEW_PASSWORD).await.next();
    assert_eq!(browser.verify(&wrong).await.refusal(), (429, "paused".to_owned()));
}
