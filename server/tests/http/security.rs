use crate::support::{Browser, EMAIL, PASSWORD, Site};

async fn first_app(browser: &mut Browser) -> String {
    browser.get("/api/security").await.json()["methods"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn removing_the_last_app_takes_its_backup_codes_and_enrolling_again_makes_new_ones() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    let id = first_app(&mut browser).await;
    browser.post("/api/methods/remove", &[("id", &id)]).await.next();
    assert!(browser.get("/api/security").await.json()["backup_codes"].is_null());
    assert_eq!(site.browser().sign_in(EMAIL).await.next(), "/account/security");
    let again = browser.enrol().await;
    assert!(again.codes.iter().all(|code| !enrolled.codes.contains(code)));
    site.clock.advance_seconds(30);
    let mut other = site.browser();
    other.sign_in(EMAIL).await.next();
    assert_eq!(other.post("/api/second-step/backup-code", &[("code", &enrolled.codes[0])]).await.refusal().1, "wrong-backup-code");
}

#[tokio::test]
async fn turning_it_off_asks_for_a_fresh_second_step_and_ends_other_sessions() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut other = site.browser();
    other.sign_in_with(&enrolled.key).await.next();
    site.clock.advance_seconds(30);
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    site.clock.advance_seconds(10 * 60);
    let reply = browser.post("/api/second-step/turn-off", &[]).await;
    assert_eq!(reply.refusal(), (403, "confirm-first".to_owned()));
    assert_eq!(reply.json()["next"], "/account/confirm?next=/account/security%3Fturn-off%3D1");
    let code = browser.code(&enrolled.key);
    let confirmed = browser.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", "/account/security?turn-off=1")]).await;
    assert_eq!(confirmed.next(), "/account/security?turn-off=1");
    browser.post("/api/second-step/turn-off", &[]).await.next();
    assert_eq!(other.get("/api/security").await.status, 401);
    assert_eq!(browser.get("/api/security").await.json()["methods"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn where_it_is_required_the_last_method_stays() {
    let (site, enrolled) = Site::with_second_step().await;
    site.identity.require_second_step(true).await.unwrap();
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    let id = first_app(&mut browser).await;
    assert_eq!(browser.post("/api/methods/remove", &[("id", &id)]).await.refusal(), (409, "last-method".to_owned()));
    assert_eq!(browser.post("/api/second-step/turn-off", &[]).await.refusal(), (409, "last-method".to_owned()));
    assert_eq!(first_app(&mut browser).await, id);
}

#[tokio::test]
async fn nobody_touches_somebody_else_s_app_or_session() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut wren = site.browser();
    wren.sign_in_with(&enrolled.key).await.next();
    let app = first_app(&mut wren).await;
    let session = wren.get("/api/security").await.json()["sessions"][0]["id"].as_str().unwrap().to_owned();
    site.add("juniper.vale@example.com").await;
    let mut juniper = site.browser();
    juniper.sign_in("juniper.vale@example.com").await.next();
    for (path, fields) in [
        ("/api/methods/remove", vec![("id", app.as_str())]),
        ("/api/methods/rename", vec![("id", app.as_str()), ("name", "Mine now")]),
        ("/api/sessions/end", vec![("id", session.as_str())]),
        ("/api/sessions/end", vec![("id", "nonsense")]),
    ] {
        assert_eq!(juniper.post(path, &fields).await.error(), (404, "not-found".to_owned()), "{path}");
    }
    assert_eq!(wren.get("/api/security").await.json()["methods"][0]["name"], "Phone app");
}

#[tokio::test]
async fn an_app_is_renamed_and_says_when_it_was_used() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    let id = first_app(&mut browser).await;
    browser.post("/api/methods/rename", &[("id", &id), ("name", "  Work   phone ")]).await.next();
    let app = browser.get("/api/security").await.json()["methods"][0].clone();
    assert_eq!((&app["name"], &app["last_used"]["text"]), (&"Work phone".into(), &"today, 09:14".into()));
    for name in ["", "   ", &"x".repeat(41), "a\u{202e}b"] {
        assert_eq!(browser.post("/api/methods/rename", &[("id", &id), ("name", name)]).await.refusal().0, 422);
    }
}

#[tokio::test]
async fn other_browsers_are_listed_and_signed_out() {
    let site = Site::with_agent().await;
    let mut one = site.browser();
    let mut two = site.browser();
    let mut three = site.browser();
    for browser in [&mut one, &mut two, &mut three] {
        browser.sign_in(EMAIL).await.next();
    }
    let sessions = one.get("/api/security").await.json()["sessions"].as_array().unwrap().clone();
    assert_eq!(sessions.len(), 3);
    assert_eq!(sessions[0]["is_this"], true);
    one.post("/api/sessions/end", &[("id", sessions[1]["id"].as_str().unwrap())]).await.next();
    let left = [two.get("/api/security").await.status, three.get("/api/security").await.status];
    assert_eq!(left.iter().filter(|status| **status == 200).count(), 1);
    one.post("/api/sessions/end-others", &[]).await.next();
    assert_eq!([two.get("/api/security").await.status, three.get("/api/security").await.status], [401, 401]);
    assert_eq!(one.get("/api/security").await.status, 200);
}

#[tokio::test]
async fn each_act_leaves_its_line_in_the_activity() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    site.clock.advance_seconds(1);
    let wrong = browser.wrong_code(&enrolled.key);
    browser.verify(&wrong).await;
    site.clock.advance_seconds(1);
    let code = browser.code(&enrolled.key);
    browser.verify(&code).await.next();
    let kinds: Vec<_> = browser.get("/api/security").await.json()["activity"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["kind"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds[..3], ["sign-in.succeeded", "second-step.refused", "sign-in.password-accepted"]);
    assert!(kinds.contains(&"authenticator-app.connected".to_owned()) && kinds.contains(&"backup-codes.made".to_owned()));
}

#[tokio::test]
async fn without_a_second_step_the_password_confirms_and_only_the_right_one() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    site.clock.advance_seconds(10 * 60);
    let start = [("method", "authenticator-app")];
    assert_eq!(browser.post("/api/enrolment/start", &start).await.refusal(), (403, "confirm-first".to_owned()));
    let before = browser.cookies["countersign_session"].clone();
    let next = ("next", "/enrol/choose");
    let wrong = browser.post("/api/confirmation/password", &[("password", "not the password"), next]).await;
    assert_eq!(wrong.refusal(), (401, "wrong-password".to_owned()));
    assert_eq!(browser.post("/api/enrolment/start", &start).await.refusal().1, "confirm-first");
    assert_eq!(browser.post("/api/confirmation/password", &[("password", PASSWORD), next]).await.next(), "/enrol/choose");
    assert_ne!(browser.cookies["countersign_session"], before, "the token changes with the proof");
    browser.post("/api/enrolment/start", &start).await.next();
}
