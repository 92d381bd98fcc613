//! Without JavaScript: plain forms, redirects, and answers shown once.

use countersign_domain::{Policy, TrustDays};

use crate::support::{EMAIL, PASSWORD, Site};

#[tokio::test]
async fn a_whole_sign_in_works_as_plain_forms() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    let reply = browser
        .submit("/sign-in?next=/account/profile", "/api/sign-in", &[("email", EMAIL), ("password", PASSWORD), ("next", "/account/profile")])
        .await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/sign-in/step-2/app"));
    let page = browser.page("/sign-in/step-2/app").await;
    assert!(page.body.contains("Quillbrook Support") && page.body.contains(EMAIL), "{}", page.body);
    let code = browser.code(&enrolled.key);
    let reply = browser.submit("/sign-in/step-2/app", "/api/second-step/authenticator-app", &[("code", &code)]).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/account/profile"));
    assert!(browser.page("/account/profile").await.body.contains("Wren Halloway"));
}

#[tokio::test]
async fn a_box_that_was_ticked_is_still_ticked_after_a_wrong_code() {
    let (site, enrolled) = Site::with_second_step().await;
    let organisation = site.identity.store().find_only_organisation().await.unwrap().unwrap();
    let policy = Policy { trust: TrustDays::new(14).unwrap(), ..organisation.policy };
    let mut tx = site.identity.store().begin().await.unwrap();
    assert!(tx.set_policy(organisation.id, organisation.policy_changes, policy, None).await.unwrap());
    tx.commit().await.unwrap();
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let is_ticked = |page: &str| page.split("<input").any(|input| input.contains("name=\"trust\"") && input.contains(" checked"));
    let page = browser.page("/sign-in/step-2/app").await.body;
    assert!(page.contains("Trust this browser for 14 days") && !is_ticked(&page));
    let wrong = browser.wrong_code(&enrolled.key);
    browser.submit("/sign-in/step-2/app", "/api/second-step/authenticator-app", &[("code", &wrong), ("trust", "yes")]).await;
    assert!(is_ticked(&browser.page("/sign-in/step-2/app").await.body));
}

#[tokio::test]
async fn a_refusal_is_shown_once_with_the_email_and_never_the_password() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    let fields = [("email", EMAIL), ("password", "not the password")];
    let reply = browser.submit("/sign-in", "/api/sign-in", &fields).await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/sign-in"));
    let page = browser.page("/sign-in").await.body;
    assert!(page.contains("That email and password don") && page.contains(EMAIL) && !page.contains("not the password"));
    assert!(!browser.page("/sign-in").await.body.contains("That email and password don"));
}

#[tokio::test]
async fn a_made_up_answer_is_only_words() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    for value in ["x", "%%%", "eyJhIjoxfQ", &"A".repeat(9000)] {
        browser.cookies.insert("countersign_answer".to_owned(), value.to_owned());
        assert_eq!(browser.page("/sign-in").await.status, 200);
    }
}

#[tokio::test]
async fn a_form_from_nowhere_goes_home_and_never_elsewhere() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    for page in [".evil.example/sign-in", "@evil.example/", "//evil.example"] {
        let reply = browser.submit(page, "/api/sign-in", &[("email", EMAIL), ("password", "x")]).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/"), "{page}");
    }
}

#[tokio::test]
async fn pages_out_of_stage_lead_to_where_the_session_goes_on() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    let reply = browser.page("/account/security?remove=1").await;
    assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/sign-in?next=%2Faccount%2Fsecurity%3Fremove%3D1"));
    browser.sign_in(EMAIL).await.next();
    for page in ["/account/security", "/enrol", "/enrol/app", "/enrol/codes", "/account/confirm", "/account/profile"] {
        let reply = browser.page(page).await;
        assert_eq!((reply.status.as_u16(), reply.header("location")), (303, "/sign-in/step-2/app"), "{page}");
        assert!(!reply.body.contains("Phone app"), "{page}");
    }
    let code = browser.code(&enrolled.key);
    browser.verify(&code).await.next();
    assert_eq!(browser.page("/sign-in").await.header("location"), "/account/security");
    assert_eq!(browser.page("/sign-in/step-2/app").await.header("location"), "/account/security");
}

#[tokio::test]
async fn an_unknown_page_says_so() {
    let site = Site::with_agent().await;
    let page = site.browser().page("/nothing/here").await;
    assert_eq!(page.status, 404);
    assert!(page.body.contains("<h1"));
}

#[tokio::test]
async fn connecting_an_app_and_saving_codes_work_as_plain_forms() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.submit("/sign-in", "/api/sign-in", &[("email", EMAIL), ("password", PASSWORD)]).await;
    let reply = browser.submit("/enrol/choose", "/api/enrolment/start", &[("method", "authenticator-app")]).await;
    assert_eq!(reply.header("location"), "/enrol/app");
    let page = browser.page("/enrol/app").await.body;
    assert!(page.contains("QR code for your authenticator app") && page.contains("otpauth://totp/"));
    let key = browser.get("/api/enrolment/authenticator-app").await.json()["key"].as_str().unwrap().to_owned();
    assert!(page.contains(&key));
    let wrong = browser.wrong_code(&key);
    let reply = browser.submit("/enrol/app", "/api/enrolment/authenticator-app", &[("code", &wrong), ("name", "Work phone")]).await;
    assert_eq!(reply.header("location"), "/enrol/app");
    let page = browser.page("/enrol/app").await.body;
    assert!(page.contains("That code didn") && page.contains("Work phone") && page.contains(&key));
    let code = browser.code(&key);
    let reply = browser.submit("/enrol/app", "/api/enrolment/authenticator-app", &[("code", &code), ("name", "Work phone")]).await;
    assert_eq!(reply.header("location"), "/enrol/codes");
    let codes = browser.get("/api/backup-codes/new").await.json()["codes"].clone();
    let page = browser.page("/enrol/codes").await.body;
    assert!(codes.as_array().unwrap().iter().all(|code| page.contains(code.as_str().unwrap())));
    let reply = browser.submit("/enrol/codes", "/api/backup-codes/saved", &[("saved", "on")]).await;
    assert_eq!(reply.header("location"), "/enrol/done");
    assert!(browser.page("/enrol/done").await.body.contains("set up"));
}
