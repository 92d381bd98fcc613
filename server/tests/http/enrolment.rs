use crate::support::{EMAIL, Site, winners};

#[tokio::test]
async fn a_code_accepted_once_is_refused_the_second_time() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    let mut again = site.browser();
    assert_eq!(again.sign_in_with(&enrolled.key).await.refusal(), (401, "used-code".to_owned()));
}

#[tokio::test]
async fn the_code_that_connected_the_app_can_t_sign_in() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let enrolled = browser.enrol().await;
    let mut other = site.browser();
    assert_eq!(other.sign_in_with(&enrolled.key).await.refusal().1, "used-code");
}

#[tokio::test]
async fn one_of_two_racing_sign_ins_with_the_same_code_gets_in() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browsers = Vec::new();
    for _ in 0..4 {
        let mut browser = site.browser();
        browser.sign_in(EMAIL).await.next();
        browsers.push(browser);
    }
    let code = browsers[0].code(&enrolled.key);
    let races: Vec<_> = browsers
        .into_iter()
        .map(|mut browser| {
            let code = code.clone();
            tokio::spawn(async move { browser.verify(&code).await.status == 200 })
        })
        .collect();
    assert_eq!(winners(races).await, 1);
}

#[tokio::test]
async fn a_phone_whose_clock_is_off_is_told_so_and_never_let_in() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let code = browser.code(&enrolled.key);
    site.clock.advance_seconds(180);
    let reply = browser.verify(&code).await;
    assert_eq!(reply.refusal(), (401, "clock-off".to_owned()));
    assert_eq!(reply.json()["minutes"], -3);
    site.clock.advance_seconds(600);
    assert_eq!(browser.verify(&code).await.refusal().1, "wrong-code");
}

#[tokio::test]
async fn codes_one_step_to_either_side_are_accepted() {
    for seconds in [-30, 30] {
        let (site, enrolled) = Site::with_second_step().await;
        site.clock.advance_seconds(60);
        let mut browser = site.browser();
        browser.sign_in(EMAIL).await.next();
        let code = browser.code(&enrolled.key);
        site.clock.advance_seconds(seconds);
        assert_eq!(browser.verify(&code).await.status, 200, "{seconds} s");
    }
}

#[tokio::test]
async fn a_wrong_code_connects_nothing_and_keeps_the_key() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.next();
    let before = browser.get("/api/enrolment/authenticator-app").await.json();
    let wrong = browser.wrong_code(before["key"].as_str().unwrap());
    let reply = browser.post("/api/enrolment/authenticator-app", &[("code", &wrong), ("name", "x")]).await;
    assert_eq!(reply.refusal(), (401, "wrong-code".to_owned()));
    // Beginning again goes on with the same key: somebody's camera may be on it.
    browser.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.next();
    assert_eq!(browser.get("/api/enrolment/authenticator-app").await.json(), before);
    assert_eq!(browser.get("/api/security").await.json()["methods"].as_array().unwrap().len(), 0);
    // Until it is connected, no second step is asked for.
    assert_eq!(site.browser().sign_in(EMAIL).await.next(), "/account/security");
}

#[tokio::test]
async fn several_apps_each_have_their_own_codes() {
    let (site, first) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in_with(&first.key).await.next();
    browser.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.next();
    let second = browser.get("/api/enrolment/authenticator-app").await.json()["key"].as_str().unwrap().to_owned();
    let code = browser.code(&second);
    let fields = [("code", code.as_str()), ("name", "Tablet app")];
    // No new backup codes: the set stays.
    assert_eq!(browser.post("/api/enrolment/authenticator-app", &fields).await.next(), "/enrol/done");
    site.clock.advance_seconds(30);
    for key in [&second, &first.key] {
        site.browser().sign_in_with(key).await.next();
    }
}

#[tokio::test]
async fn adding_a_method_to_an_account_that_has_one_asks_for_a_fresh_second_step() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    site.clock.advance_seconds(10 * 60);
    let reply = browser.post("/api/enrolment/start", &[("method", "authenticator-app")]).await;
    assert_eq!(reply.refusal(), (403, "confirm-first".to_owned()));
    assert_eq!(reply.json()["next"], "/account/confirm?next=/enrol/choose");
    // The password is no way round it.
    let reply = browser.post("/api/confirmation/password", &[("password", crate::support::PASSWORD)]).await;
    assert_eq!(reply.error(), (403, "wrong-stage".to_owned()));
    let code = browser.code(&enrolled.key);
    let confirmed = browser.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", "/enrol/choose")]).await;
    assert_eq!(confirmed.next(), "/enrol/choose");
    browser.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.next();
}

#[tokio::test]
async fn nobody_sees_somebody_else_s_key() {
    let site = Site::with_agent().await;
    site.add("juniper.vale@example.com").await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.next();
    // The next person at the same desk, in the same browser.
    browser.sign_in("juniper.vale@example.com").await.next();
    assert_eq!(browser.get("/api/enrolment/authenticator-app").await.error(), (403, "wrong-stage".to_owned()));
}

#[tokio::test]
async fn a_method_that_isn_t_there_is_refused() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for method in ["", "password", "backup-code"] {
        assert_eq!(browser.post("/api/enrolment/start", &[("method", method)]).await.refusal().0, 422);
    }
}

/// Somebody who has only the password must not learn the key that its owner is about to connect.
#[tokio::test]
async fn two_sessions_of_one_account_are_shown_different_keys() {
    let site = Site::with_agent().await;
    let (mut thief, mut owner) = (site.browser(), site.browser());
    let mut keys = Vec::new();
    for browser in [&mut thief, &mut owner] {
        browser.sign_in(EMAIL).await.next();
        browser.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.next();
        keys.push(browser.get("/api/enrolment/authenticator-app").await.json()["key"].as_str().unwrap().to_owned());
    }
    assert_ne!(keys[0], keys[1]);
    let code = owner.code(&keys[1]);
    owner.post("/api/enrolment/authenticator-app", &[("code", &code)]).await.next();
    // The thief's session is over, and the thief's key opens nothing.
    assert_eq!(thief.get("/api/security").await.status, 401);
    site.clock.advance_seconds(30);
    assert_eq!(thief.sign_in_with(&keys[0]).await.refusal().1, "wrong-code");
}
