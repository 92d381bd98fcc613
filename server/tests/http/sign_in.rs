use crate::support::{Browser, EMAIL, PASSWORD, Site};

#[tokio::test]
async fn a_stranger_can_t_tell_a_wrong_password_from_an_unknown_email() {
    let site = Site::with_agent().await;
    let wrong = site.browser().post("/api/sign-in", &[("email", EMAIL), ("password", "not the password")]).await;
    let unknown = site.browser().post("/api/sign-in", &[("email", "nobody@example.com"), ("password", "not the password")]).await;
    assert_eq!(wrong.refusal(), (401, "no-match".to_owned()));
    assert_eq!((wrong.status, &wrong.body), (unknown.status, &unknown.body));
    let names = |reply: &crate::support::Reply| reply.headers.keys().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(names(&wrong), names(&unknown));
}

#[tokio::test]
async fn known_and_unknown_emails_are_paused_alike() {
    let site = Site::with_agent().await;
    for email in [EMAIL, "nobody@example.com"] {
        let mut browser = site.browser();
        for _ in 0..4 {
            assert_eq!(browser.post("/api/sign-in", &[("email", email), ("password", "not the password")]).await.refusal().1, "no-match");
        }
        for _ in 0..2 {
            let reply = browser.post("/api/sign-in", &[("email", email), ("password", PASSWORD)]).await;
            if email == EMAIL && reply.status == 200 {
                break; // The fifth try was right.
            }
            assert_eq!(reply.refusal(), (429, "paused".to_owned()));
        }
    }
}

#[tokio::test]
async fn without_a_second_step_the_password_is_enough_and_the_page_asked_for_follows() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    let fields = [("email", "  Wren.Halloway@EXAMPLE.com "), ("password", PASSWORD), ("next", "/account/profile")];
    assert_eq!(browser.post("/api/sign-in", &fields).await.next(), "/account/profile");
    assert_eq!(browser.get("/api/session").await.json()["stage"], "signed-in");
}

#[tokio::test]
async fn nobody_is_sent_to_another_site() {
    let site = Site::with_agent().await;
    for next in ["https://evil.example", "//evil.example", "/\\evil.example", "/api/session", "javascript:alert(1)"] {
        let mut browser = site.browser();
        let reply = browser.post("/api/sign-in", &[("email", EMAIL), ("password", PASSWORD), ("next", next)]).await;
        assert_eq!(reply.next(), "/account/security", "{next}");
    }
}

#[tokio::test]
async fn fields_that_can_t_be_right_are_named_and_not_counted() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    for _ in 0..6 {
        for (email, password, field) in
            [("", PASSWORD, "email"), ("wren", PASSWORD, "email"), (EMAIL, "", "password"), (EMAIL, &"a".repeat(129), "password")]
        {
            let reply = browser.post("/api/sign-in", &[("email", email), ("password", password)]).await;
            assert_eq!(reply.refusal(), (422, "field".to_owned()));
            assert_eq!(reply.json()["field"], field);
        }
    }
    browser.sign_in(EMAIL).await.next();
}

#[tokio::test]
async fn signing_out_ends_the_session_on_the_server() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let mut thief = browser.clone();
    assert_eq!(browser.post("/api/sign-out", &[]).await.next(), "/sign-in");
    assert_eq!(thief.get("/api/security").await.error(), (401, "sign-in-required".to_owned()));
    // Once more is no error.
    assert_eq!(browser.post("/api/sign-out", &[]).await.next(), "/sign-in");
}

#[tokio::test]
async fn a_session_ends_when_idle_for_an_hour_and_after_twelve_whatever_happens() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let mut idle = browser.clone();
    site.clock.advance_seconds(59 * 60);
    assert_eq!(browser.get("/api/security").await.status, 200);
    site.clock.advance_seconds(61 * 60);
    assert_eq!(idle.get("/api/security").await.status, 401);
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for _ in 0..23 {
        site.clock.advance_seconds(30 * 60);
        assert_eq!(browser.get("/api/security").await.status, 200);
    }
    site.clock.advance_seconds(30 * 60);
    assert_eq!(browser.get("/api/security").await.status, 401);
}

#[tokio::test]
async fn another_sign_in_in_the_same_browser_ends_the_first_one() {
    let site = Site::with_agent().await;
    site.add("juniper.vale@example.com").await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let mut before: Browser = browser.clone();
    browser.sign_in("juniper.vale@example.com").await.next();
    assert_eq!(before.get("/api/security").await.status, 401);
    assert_eq!(browser.get("/api/person").await.json()["email"], "juniper.vale@example.com");
}

#[tokio::test]
async fn a_sign_in_goes_on_when_the_browser_hangs_up() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    let email = countersign_domain::Email::parse(EMAIL).unwrap();
    let account = site.identity.store().find_account_by_email(&email).await.unwrap().unwrap();
    {
        // Polled as far as it comes by itself, and then dropped: a request whose client is gone.
        let fields = [("email", EMAIL), ("password", "not the password")];
        let request = browser.post("/api/sign-in", &fields);
        let _pending = tokio::time::timeout(std::time::Duration::ZERO, request).await;
    }
    let recorded = async {
        loop {
            let events = site.identity.store().list_events(account.id, None, 10).await.unwrap();
            if events.iter().any(|event| event.kind == "sign-in.password-refused") {
                break;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(20), recorded).await.expect("the refusal is recorded");
}

#[tokio::test]
async fn a_planted_browser_cookie_is_replaced_and_our_own_is_kept() {
    let site = Site::with_agent().await;
    site.add("juniper.vale@example.com").await;
    let planted = "A".repeat(43);
    let mut browser = site.browser();
    browser.cookies.insert("countersign_browser".to_owned(), planted.clone());
    browser.sign_in(EMAIL).await.next();
    let ours = browser.cookies["countersign_browser"].clone();
    assert_ne!(ours, planted);
    // One browser, several people: each sign-in keeps it.
    browser.sign_in("juniper.vale@example.com").await.next();
    assert_eq!(browser.cookies["countersign_browser"], ours);
}
