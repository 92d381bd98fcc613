use crate::support::{Browser, EMAIL, PASSWORD, Site};

async fn guess(browser: &mut Browser) -> (u16, String) {
    browser.post("/api/sign-in", &[("email", EMAIL), ("password", "not the password")]).await.refusal()
}

#[tokio::test]
async fn the_fifth_failure_pauses_and_says_until_when() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    for _ in 0..4 {
        assert_eq!(guess(&mut browser).await, (401, "no-match".to_owned()));
    }
    let reply = browser.post("/api/sign-in", &[("email", EMAIL), ("password", "not the password")]).await;
    assert_eq!(reply.refusal(), (429, "paused".to_owned()));
    assert_eq!((reply.header("retry-after"), &reply.json()["failures"]), ("30", &5.into()));
    assert_eq!(reply.json()["until"]["clock"], "09:14");
    // The right password doesn't help while it lasts, and does afterwards.
    assert_eq!(browser.sign_in(EMAIL).await.refusal().1, "paused");
    site.clock.advance_seconds(30);
    browser.sign_in(EMAIL).await.next();
}

#[tokio::test]
async fn pauses_double_up_to_half_an_hour_and_a_success_forgives() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    for _ in 0..4 {
        guess(&mut browser).await;
    }
    for seconds in [30, 60, 120, 240, 480, 1800, 1800] {
        let reply = browser.post("/api/sign-in", &[("email", EMAIL), ("password", "not the password")]).await;
        assert_eq!(reply.header("retry-after"), seconds.to_string());
        site.clock.advance_seconds(seconds);
    }
    browser.sign_in(EMAIL).await.next();
    browser.post("/api/sign-out", &[]).await;
    for _ in 0..4 {
        assert_eq!(guess(&mut browser).await.1, "no-match");
    }
}

#[tokio::test]
async fn guesses_from_elsewhere_don_t_lock_out_a_browser_that_has_signed_in_before() {
    let site = Site::with_agent().await;
    let mut own = site.browser();
    own.sign_in(EMAIL).await.next();
    own.post("/api/sign-out", &[]).await.next();
    let mut stranger = site.browser();
    for _ in 0..5 {
        guess(&mut stranger).await;
    }
    assert_eq!(stranger.sign_in(EMAIL).await.refusal().1, "paused");
    own.sign_in(EMAIL).await.next();
}

#[tokio::test]
async fn after_a_hundred_failures_the_factor_is_off_until_somebody_mends_it() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    for _ in 0..100 {
        guess(&mut browser).await;
        site.clock.advance_seconds(1800);
    }
    assert_eq!(browser.sign_in(EMAIL).await.refusal(), (403, "disabled".to_owned()));
    site.clock.advance_seconds(86_400);
    assert_eq!(browser.sign_in(EMAIL).await.refusal(), (403, "disabled".to_owned()));
    let email = countersign_domain::Email::parse(EMAIL).unwrap();
    assert!(site.identity.unlock_member(&email).await.unwrap());
    browser.sign_in(EMAIL).await.next();
}

#[tokio::test]
async fn a_burst_of_guesses_at_once_meets_the_same_limit() {
    let site = Site::with_agent().await;
    let guesses = (0..20).map(|_| {
        let mut browser = site.browser();
        tokio::spawn(async move { guess(&mut browser).await.1 })
    });
    let mut verified = 0;
    for guess in guesses.collect::<Vec<_>>() {
        verified += usize::from(guess.await.unwrap() == "no-match");
    }
    assert!(verified <= 4, "{verified} guesses were told that they were wrong");
}

#[tokio::test]
async fn wrong_app_codes_pause_the_app_and_not_the_backup_codes() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let wrong = browser.wrong_code(&enrolled.key);
    for failures in 1..5 {
        let reply = browser.verify(&wrong).await;
        assert_eq!(reply.refusal(), (401, "wrong-code".to_owned()));
        assert_eq!(reply.json()["failures"], failures);
    }
    assert_eq!(browser.verify(&wrong).await.refusal(), (429, "paused".to_owned()));
    let code = browser.code(&enrolled.key);
    assert_eq!(browser.verify(&code).await.refusal().1, "paused");
    let ways = browser.get("/api/second-step").await.json()["ways"].clone();
    assert!(ways[0]["paused_until"].is_object() && ways[1]["paused_until"].is_null(), "{ways}");
    browser.post("/api/second-step/backup-code", &[("code", &enrolled.codes[0])]).await.next();
}

#[tokio::test]
async fn a_new_sign_in_doesn_t_reset_the_second_step_s_failures() {
    let (site, enrolled) = Site::with_second_step().await;
    for _ in 0..4 {
        let mut browser = site.browser();
        browser.sign_in(EMAIL).await.next();
        let wrong = browser.wrong_code(&enrolled.key);
        assert_eq!(browser.verify(&wrong).await.refusal().1, "wrong-code");
    }
    let mut browser = site.browser();
    browser.post("/api/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await.next();
    let wrong = browser.wrong_code(&enrolled.key);
    assert_eq!(browser.verify(&wrong).await.refusal().1, "paused");
}
