//! Nothing is reachable out of its stage, and a token is good for one stage only.

use countersign_app::api::reference::{Caller, endpoints};

use crate::support::{Browser, EMAIL, Site};

/// Calls every endpoint that isn't for `stage`, and expects the same closed door from each.
async fn expect_closed(browser: &Browser, stage: Option<&str>, expected: (u16, &str)) {
    let mut tried = 0;
    for endpoint in endpoints() {
        let Caller::Stages(stages) = endpoint.caller else { continue };
        if stage.is_some_and(|stage| stages.contains(&stage)) {
            continue;
        }
        let fields: Vec<_> = endpoint.fields.iter().map(|field| (field.name, "000000")).collect();
        let mut browser = browser.clone();
        let reply = match endpoint.method {
            "GET" => browser.get(&format!("{}?{}", endpoint.path, serde_html_form::to_string(&fields).unwrap())).await,
            _ => browser.post(endpoint.path, &fields).await,
        };
        let (status, code) = reply.error();
        assert_eq!((status, code.as_str()), expected, "{} {}", endpoint.method, endpoint.path);
        tried += 1;
    }
    assert!(tried > 2);
}

#[tokio::test]
async fn strangers_reach_nothing_but_the_way_in() {
    let site = Site::with_agent().await;
    expect_closed(&site.browser(), None, (401, "sign-in-required")).await;
}

#[tokio::test]
async fn a_made_up_token_is_nobody() {
    let site = Site::with_agent().await;
    for token in ["A".repeat(43), "x".to_owned(), String::new(), "A".repeat(5000)] {
        let mut browser = site.browser();
        browser.cookies.insert("countersign_session".to_owned(), token);
        expect_closed(&browser, None, (401, "sign-in-required")).await;
    }
}

#[tokio::test]
async fn the_password_alone_opens_only_the_second_step() {
    let (site, _) = Site::with_second_step().await;
    let mut browser = site.browser();
    assert_eq!(browser.sign_in(EMAIL).await.next(), "/sign-in/step-2/app");
    expect_closed(&browser, Some("second-step"), (403, "wrong-stage")).await;
}

#[tokio::test]
async fn the_forced_wizard_opens_nothing_else() {
    let site = Site::with_agent().await;
    site.identity.require_second_step(true).await.unwrap();
    let mut browser = site.browser();
    assert_eq!(browser.sign_in(EMAIL).await.next(), "/enrol");
    expect_closed(&browser, Some("enrolment"), (403, "wrong-stage")).await;
    // Saying that codes are saved doesn't open the door either.
    assert_eq!(browser.post("/api/backup-codes/saved", &[("saved", "on")]).await.error(), (403, "wrong-stage".to_owned()));
    assert_eq!(browser.get("/api/security").await.status, 403);
    browser.enrol().await;
    assert_eq!(browser.get("/api/security").await.status, 200);
}

#[tokio::test]
async fn the_token_changes_with_each_stage_and_the_old_one_is_worth_nothing() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let mut before = browser.clone();
    let code = browser.code(&enrolled.key);
    browser.verify(&code).await.next();
    assert_ne!(before.cookies["countersign_session"], browser.cookies["countersign_session"]);
    assert_eq!(before.get("/api/second-step").await.status, 401);
    assert_eq!(before.get("/api/security").await.status, 401);
    expect_closed(&browser, Some("signed-in"), (403, "wrong-stage")).await;
}

#[tokio::test]
async fn the_second_step_can_t_wait_for_ever() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    site.clock.advance_seconds(30 * 60);
    let code = browser.code(&enrolled.key);
    assert_eq!(browser.verify(&code).await.status, 401);
}
