use crate::support::{Browser, EMAIL, Enrolled, Site, winners};

async fn spend(browser: &mut Browser, code: &str) -> crate::support::Reply {
    browser.post("/api/second-step/backup-code", &[("code", code)]).await
}

#[tokio::test]
async fn fifteen_different_codes_are_shown_until_they_are_said_to_be_saved() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.connect_app().await;
    let first = browser.get("/api/backup-codes/new").await.json();
    let mut codes: Vec<_> = first["codes"].as_array().unwrap().clone();
    codes.dedup();
    assert_eq!(codes.len(), 15);
    assert_eq!(browser.get("/api/backup-codes/new").await.json(), first);
    assert_eq!(browser.post("/api/backup-codes/saved", &[]).await.refusal(), (422, "not-saved".to_owned()));
    assert_eq!(browser.post("/api/backup-codes/saved", &[("saved", "on")]).await.next(), "/enrol/done");
    assert_eq!(browser.get("/api/backup-codes/new").await.error(), (403, "wrong-stage".to_owned()));
}

#[tokio::test]
async fn a_code_works_once_in_any_case_with_or_without_its_dash() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    spend(&mut browser, &enrolled.codes[0].to_lowercase().replace('-', " ")).await.next();
    let security = browser.get("/api/security").await.json();
    assert_eq!((&security["backup_codes"]["left"], &security["used_backup_code"]), (&14.into(), &true.into()));
    let mut again = site.browser();
    again.sign_in(EMAIL).await.next();
    let reply = spend(&mut again, &enrolled.codes[0]).await;
    assert_eq!(reply.refusal(), (401, "used-backup-code".to_owned()));
    assert_eq!(reply.json()["on"], "today");
}

#[tokio::test]
async fn of_two_racing_uses_of_a_code_exactly_one_signs_in() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut races = Vec::new();
    for _ in 0..3 {
        let mut browser = site.browser();
        browser.sign_in(EMAIL).await.next();
        let code = enrolled.codes[3].clone();
        races.push(tokio::spawn(async move { spend(&mut browser, &code).await.status == 200 }));
    }
    assert_eq!(winners(races).await, 1);
}

#[tokio::test]
async fn a_new_set_ends_the_old_one() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    assert_eq!(browser.post("/api/backup-codes", &[]).await.next(), "/enrol/codes");
    let shown = browser.get("/api/backup-codes/new").await.json();
    assert_eq!(shown["is_enrolment"], false);
    let mut old = site.browser();
    old.sign_in(EMAIL).await.next();
    assert_eq!(spend(&mut old, &enrolled.codes[0]).await.refusal().1, "wrong-backup-code");
    spend(&mut old, shown["codes"][0].as_str().unwrap()).await.next();
}

#[tokio::test]
async fn making_or_seeing_codes_asks_for_a_fresh_second_step() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    browser.post("/api/backup-codes", &[]).await.next();
    site.clock.advance_seconds(10 * 60);
    assert_eq!(browser.get("/api/backup-codes/new").await.error(), (403, "wrong-stage".to_owned()));
    assert_eq!(browser.post("/api/backup-codes", &[]).await.refusal().1, "confirm-first");
}

#[tokio::test]
async fn somebody_who_left_before_saving_goes_on_there() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let key = browser.connect_app().await;
    browser.post("/api/sign-out", &[]).await;
    site.clock.advance_seconds(30);
    let mut browser = site.browser();
    assert_eq!(browser.sign_in_with(&key).await.next(), "/enrol/codes");
}

#[tokio::test]
async fn codes_of_somebody_else_are_worth_nothing() {
    let (site, _) = Site::with_second_step().await;
    site.add("juniper.vale@example.com").await;
    let mut juniper = site.browser();
    juniper.sign_in("juniper.vale@example.com").await.next();
    let hers: Enrolled = juniper.enrol().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert_eq!(spend(&mut browser, &hers.codes[0]).await.refusal().1, "wrong-backup-code");
    let code = browser.code(&hers.key);
    assert_eq!(browser.verify(&code).await.refusal().1, "wrong-code");
}

#[tokio::test]
async fn text_that_can_t_be_a_code_isn_t_counted() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for text in ["", "7KQM", "0000-0000", &"A".repeat(10_000)] {
        for _ in 0..6 {
            assert_eq!(spend(&mut browser, text).await.refusal(), (422, "field".to_owned()));
        }
    }
    spend(&mut browser, &enrolled.codes[0]).await.next();
}
