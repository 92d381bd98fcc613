//! Emailed codes: how often one is sent, how often one is guessed, and who may have them.

use std::fs;

use crate::{
    mailbox::{another_code, code_in, token_in},
    support::{Browser, EMAIL, Site},
};

#[tokio::test]
async fn the_fifth_wrong_code_pauses_this_attempt_and_every_other_one() {
    let (site, spare) = Site::with_emailed_code().await;
    let (mut browser, mut other) = (site.browser(), site.browser());
    other.sign_in(EMAIL).await.next();
    let others = site.mailed_code().await;
    browser.sign_in(EMAIL).await.next();
    let code = site.mailed_code().await;
    for failures in 1..5 {
        let reply = browser.type_code(&another_code(&code)).await;
        assert_eq!((reply.refusal(), &reply.json()["failures"]), ((401, "wrong-emailed-code".to_owned()), &failures.into()));
    }
    let reply = browser.type_code(&another_code(&code)).await;
    assert_eq!((reply.refusal(), reply.header("retry-after")), ((429, "paused".to_owned()), "30"));
    assert_eq!(reply.json()["factor"], "emailed-code");
    // The right one doesn't help, here or elsewhere, nor does asking for another.
    assert_eq!(browser.type_code(&code).await.refusal(), (429, "paused".to_owned()));
    assert_eq!(other.type_code(&others).await.refusal(), (429, "paused".to_owned()));
    assert_eq!(browser.resend_code().await.refusal(), (429, "paused".to_owned()));
    assert!(browser.get("/api/second-step").await.json()["ways"][0]["paused_until"].is_object());
    site.clock.advance_seconds(30);
    other.type_code(&others).await.next();
    // The pause was of these codes and nothing else.
    browser.post("/api/second-step/backup-code", &[("code", &spare.codes[0])]).await.next();
}

#[tokio::test]
async fn neither_a_new_code_nor_a_new_sign_in_resets_the_failures() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for failures in 1..=2 {
        let code = site.mailed_code().await;
        assert_eq!(browser.type_code(&another_code(&code)).await.json()["failures"], failures);
        site.clock.advance_seconds(60);
        browser.resend_code().await.next();
    }
    for failures in 3..=4 {
        site.outbox().await;
        let mut again = site.browser();
        again.sign_in(EMAIL).await.next();
        let code = site.mailed_code().await;
        assert_eq!(again.type_code(&another_code(&code)).await.json()["failures"], failures);
    }
    let mut last = site.browser();
    last.sign_in(EMAIL).await.next();
    let code = site.mailed_code().await;
    assert_eq!(last.type_code(&another_code(&code)).await.refusal(), (429, "paused".to_owned()));
}

#[tokio::test]
async fn a_burst_of_guesses_at_once_meets_the_same_limit() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let wrong = another_code(&site.mailed_code().await);
    let guess = |_| {
        let (mut browser, wrong) = (browser.clone(), wrong.clone());
        tokio::spawn(async move { browser.type_code(&wrong).await.refusal().1 == "wrong-emailed-code" })
    };
    let told = crate::support::winners((0..20).map(guess).collect()).await;
    assert!(told <= 4, "{told} guesses were told that they were wrong");
}

#[tokio::test]
async fn a_new_code_may_be_asked_for_after_a_minute_and_ends_the_old_one() {
    let (site, _) = Site::with_emailed_code().await;
    let (mut browser, mut patient) = (site.browser(), site.browser());
    patient.sign_in(EMAIL).await.next();
    let kept = site.mailed_code().await;
    browser.sign_in(EMAIL).await.next();
    let old = site.mailed_code().await;
    site.clock.advance_seconds(59);
    let reply = browser.resend_code().await;
    assert_eq!((reply.refusal(), reply.header("retry-after")), ((429, "too-soon".to_owned()), "1"));
    assert_eq!(patient.resend_code().await.refusal().1, "too-soon");
    assert!(site.outbox().await.is_empty());
    patient.type_code(&kept).await.next();
    site.outbox().await;
    site.clock.advance_seconds(1);
    browser.resend_code().await.next();
    let new = site.mailed_code().await;
    assert_eq!(browser.type_code(&old).await.refusal(), (401, "wrong-emailed-code".to_owned()));
    browser.type_code(&new).await.next();
}

#[tokio::test]
async fn of_several_who_ask_at_once_for_a_new_code_one_gets_it() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    site.outbox().await;
    site.clock.advance_seconds(60);
    let race = |_| {
        let mut browser = browser.clone();
        tokio::spawn(async move { browser.resend_code().await.status == 200 })
    };
    assert_eq!(crate::support::winners((0..4).map(race).collect()).await, 1);
    let code = site.mailed_code().await;
    browser.type_code(&code).await.next();
}

impl Browser {
    /// Types the password again and again, a second apart: how many codes are mailed.
    async fn codes_sent(&mut self, site: &Site, times: u32) -> usize {
        let mut sent = 0;
        for _ in 0..times {
            self.sign_in(EMAIL).await.next();
            sent += site.outbox().await.iter().filter(|mail| mail.kind == "emailed-code").count();
            site.clock.advance_seconds(1);
        }
        sent
    }
}

#[tokio::test]
async fn an_account_is_sent_twenty_codes_an_hour_at_most_and_half_of_them_to_browsers_it_knows() {
    let (site, _) = Site::with_emailed_code().await;
    let mut owner = site.browser();
    owner.sign_in_by_mail(&site).await.next();
    let mut stranger = site.browser();
    let mut sent = 0;
    for _ in 0..50 {
        stranger = site.browser();
        sent += stranger.codes_sent(&site, 1).await;
    }
    assert_eq!(sent, 8, "after the one that turned them on, and the owner's");
    assert_eq!(owner.codes_sent(&site, 50).await, 10);
    site.clock.advance_seconds(60);
    for browser in [&mut owner, &mut stranger] {
        assert_eq!(browser.resend_code().await.refusal(), (429, "too-soon".to_owned()));
        assert_eq!(browser.type_code("000000").await.refusal(), (410, "expired-code".to_owned()), "none was made either");
    }
    site.clock.advance_seconds(60 * 60);
    site.outbox().await;
    stranger.sign_in(EMAIL).await.next();
    let code = site.mailed_code().await;
    stranger.type_code(&code).await.next();
}

#[tokio::test]
async fn a_code_that_still_waits_to_be_sent_goes_when_a_newer_one_is_made() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    site.clock.advance_seconds(60);
    browser.resend_code().await.next();
    // `mailed_code` is of the one mail there is.
    let code = site.mailed_code().await;
    browser.type_code(&code).await.next();
}

#[tokio::test]
async fn what_waits_to_be_sent_about_a_sign_in_goes_when_it_succeeds() {
    let (site, spare) = Site::with_emailed_code().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.post("/api/second-step/backup-code", &[("code", &spare.codes[0])]).await.next();
    let kinds: Vec<_> = site.outbox().await.into_iter().map(|mail| mail.kind).collect();
    assert!(!kinds.contains(&"emailed-code".to_owned()) && kinds.contains(&"notice.backup-code-used".to_owned()), "{kinds:?}");
    site.clock.advance_seconds(60 * 60);
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn where_they_aren_t_allowed_they_are_not_offered_sent_or_taken() {
    let (site, _) = Site::with_emailed_code().await;
    let mut owner = site.browser();
    owner.sign_in_by_mail(&site).await.next();
    let key = owner.connect_app().await;
    site.outbox().await;
    site.clock.advance_seconds(60);
    let mut browser = site.browser();
    assert_eq!(browser.sign_in(EMAIL).await.next(), "/sign-in/step-2/app");
    assert!(site.outbox().await.is_empty(), "no code before it is asked for");
    assert_eq!(browser.ways().await[..2], ["authenticator-app", "emailed-code"]);
    browser.resend_code().await.next();
    let code = site.mailed_code().await;
    site.identity.allow_emailed_code(false).await.unwrap();
    assert_eq!(browser.ways().await, ["authenticator-app", "backup-code", "recovery-key"]);
    assert_eq!(browser.type_code(&code).await.refusal(), (410, "expired-code".to_owned()));
    site.clock.advance_seconds(60);
    assert_eq!(browser.resend_code().await.refusal(), (409, "conflict".to_owned()));
    let app_code = browser.code(&key);
    browser.verify(&app_code).await.next();
    assert_eq!(browser.post("/api/confirmation/emailed-code/send", &[]).await.refusal(), (409, "conflict".to_owned()));
    assert_eq!(browser.get("/api/enrolment").await.json()["can_use_email"], false);
    for path in ["/api/enrolment/start", "/api/enrolment/emailed-code/send"] {
        assert_eq!(browser.post(path, &[("method", "emailed-code")]).await.refusal(), (403, "not-allowed".to_owned()), "{path}");
    }
    let kinds: Vec<_> = site.outbox().await.into_iter().map(|mail| mail.kind).collect();
    assert!(!kinds.contains(&"emailed-code".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn a_code_that_was_on_its_way_turns_nothing_on_once_they_aren_t_allowed() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.post("/api/enrolment/start", &[("method", "emailed-code")]).await.next();
    let code = site.mailed_code().await;
    site.identity.allow_emailed_code(false).await.unwrap();
    assert_eq!(browser.post("/api/enrolment/emailed-code", &[("code", &code)]).await.refusal(), (403, "not-allowed".to_owned()));
    assert_eq!(site.browser().sign_in(EMAIL).await.next(), "/account/security");
}

#[tokio::test]
async fn neither_a_code_nor_a_link_nor_a_word_of_a_mail_lies_in_the_database_in_plain() {
    let (site, _) = Site::with_emailed_code().await;
    let mut browser: Browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.forget(EMAIL).await.next();
    // Taken, and not sent yet: the words are still kept.
    let mails = site.identity.claim_mail(100).await.unwrap();
    let mut secrets = Vec::new();
    for mail in &mails {
        match mail.kind.as_str() {
            "emailed-code" => secrets.push(code_in(mail)),
            "reset-password" => secrets.push(token_in(mail, "/reset-password")),
            _ => {}
        }
        secrets.push(mail.letter.subject.clone());
        secrets.extend(mail.letter.text.lines().filter(|line| line.len() > 15).map(ToOwned::to_owned));
    }
    assert_eq!(secrets.iter().filter(|secret| secret.len() == 6 || secret.len() == 43).count(), 2, "one code and one link");
    let files = || fs::read_dir(site.folder.path()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let lies = |text: &str| files().any(|bytes| bytes.windows(text.len()).any(|window| window == text.as_bytes()));
    // The right place is searched: what isn't secret is found.
    assert!(lies(EMAIL) && lies("reset-password"));
    for secret in &secrets {
        assert!(!lies(secret), "{secret}");
    }
    for mail in &mails {
        site.identity.record_delivery(mail, Ok(())).await.unwrap();
    }
}
