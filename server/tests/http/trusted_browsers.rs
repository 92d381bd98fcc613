//! Browsers that are trusted: where, for how long, and all that ends it.

use serde_json::json;

use crate::{
    organisation::{Organised, PASCAL},
    support::{Browser, EMAIL, Enrolled, PASSWORD, Reply, Site, winners},
};

const DAY: i64 = 24 * 60 * 60;
const TRUST: &str = "countersign_trust";
const NEW_PASSWORD: &str = "heron-lantern-forty-two";

/// An organisation where a browser may be trusted for fourteen days, and an agent with an app.
struct Trusting {
    site: Site,
    holder: Browser,
    holder_app: Enrolled,
    wren: Enrolled,
}

impl Trusting {
    async fn new() -> Self {
        let Organised { site, mut holder, holder_app, .. } = Organised::new().await;
        holder.save_policy(&[("trust", "14"), ("count", "0")]).await.next();
        let (_, wren) = site.enrolled(EMAIL).await;
        site.clock.advance_seconds(30);
        Self { site, holder, holder_app, wren }
    }

    /// A browser that the agent trusts, and is signed in with.
    async fn trusted(&self) -> Browser {
        self.site.clock.advance_seconds(30);
        let mut browser = self.site.browser();
        assert_eq!(browser.sign_in(EMAIL).await.next(), "/sign-in/step-2/app");
        browser.trust(&self.wren.key).await.next();
        assert!(browser.cookies.contains_key(TRUST));
        browser
    }

    /// The account holder, with a fresh second step.
    async fn fresh_holder(&mut self) -> &mut Browser {
        self.site.clock.advance_seconds(30);
        let code = self.holder.code(&self.holder_app.key);
        self.holder.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", "/org/policy")]).await.next();
        &mut self.holder
    }

    async fn save_trust(&mut self, days: &str) -> Reply {
        self.fresh_holder().await.save_policy(&[("trust", days), ("count", "0")]).await
    }
}

impl Browser {
    /// Answers the second step, with the box ticked.
    async fn trust(&mut self, key: &str) -> Reply {
        let code = self.code(key);
        self.post("/api/second-step/authenticator-app", &[("code", &code), ("trust", "yes")]).await
    }

    /// Whether the password alone gets in, in a browser that is signed out.
    async fn is_trusted(&mut self) -> bool {
        self.post("/api/sign-out", &[]).await;
        self.sign_in(EMAIL).await.next();
        self.is_in().await
    }
}

#[tokio::test]
async fn a_trusted_browser_needs_the_password_alone_until_its_time_is_up() {
    let trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    let shown = browser.get("/api/security").await.json()["trusted"].clone();
    assert_eq!((&shown[0]["is_this"], &shown[0]["until"]["day"], &shown[1]), (&json!(true), &json!("10 December"), &json!(null)));
    let mut before = browser.cookies[TRUST].clone();
    for day in 1..14 {
        trusting.site.clock.advance_seconds(DAY);
        assert!(browser.is_trusted().await, "day {day}");
        assert_ne!(browser.cookies[TRUST], before, "each use replaces the token");
        before = browser.cookies[TRUST].clone();
    }
    // However often it was used, fourteen days are fourteen days.
    trusting.site.clock.advance_seconds(DAY);
    browser.post("/api/sign-out", &[]).await;
    assert_eq!(browser.sign_in(EMAIL).await.next(), "/sign-in/step-2/app");
}

#[tokio::test]
async fn nobody_is_trusted_unless_the_organisation_says_so_and_they_tick_the_box() {
    let Organised { site, .. } = Organised::new().await;
    let (_, wren) = site.enrolled(EMAIL).await;
    site.clock.advance_seconds(30);
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert_eq!(browser.get("/api/second-step").await.json()["trust_days"], json!(null));
    browser.trust(&wren.key).await.next();
    assert!(!browser.cookies.contains_key(TRUST), "the box was made up");
    site.clock.advance_seconds(30);
    assert!(!browser.is_trusted().await);

    let trusting = Trusting::new().await;
    let mut browser = trusting.site.browser();
    trusting.site.clock.advance_seconds(30);
    browser.sign_in(EMAIL).await.next();
    assert_eq!(browser.get("/api/second-step").await.json()["trust_days"], 14);
    let code = browser.code(&trusting.wren.key);
    browser.verify(&code).await.next();
    assert!(!browser.cookies.contains_key(TRUST) && !browser.is_trusted().await);
}

#[tokio::test]
async fn what_is_kept_for_when_something_is_lost_trusts_no_browser() {
    let trusting = Trusting::new().await;
    let mut browser = trusting.site.browser();
    browser.sign_in(EMAIL).await.next();
    browser.post("/api/second-step/backup-code", &[("code", &trusting.wren.codes[0]), ("trust", "yes")]).await.next();
    assert!(browser.is_in().await && !browser.cookies.contains_key(TRUST));
}

#[tokio::test]
async fn it_is_trusted_for_one_person_and_with_their_password() {
    let trusting = Trusting::new().await;
    let (_, pascal) = trusting.site.enrolled(PASCAL).await;
    let mut browser = trusting.trusted().await;
    browser.post("/api/sign-out", &[]).await;
    let wrong = browser.post("/api/sign-in", &[("email", EMAIL), ("password", "plover-candle-ninety-seven")]).await;
    assert_eq!(wrong.refusal().1, "no-match");
    // At a shared desk.
    assert_eq!(browser.sign_in(PASCAL).await.next(), "/sign-in/step-2/app");
    assert!(!browser.is_in().await);
    trusting.site.clock.advance_seconds(30);
    assert!(browser.is_trusted().await, "it is still the first one's");
    // The browser keeps one token: whoever trusts it last has it.
    browser.post("/api/sign-out", &[]).await;
    browser.sign_in(PASCAL).await.next();
    browser.trust(&pascal.key).await.next();
    assert!(!browser.is_trusted().await);
}

#[tokio::test]
async fn a_copied_token_is_found_out_and_ends_the_trust() {
    let trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    let mut thief = trusting.site.browser();
    thief.cookies.insert(TRUST.to_owned(), browser.cookies[TRUST].clone());
    assert!(browser.is_trusted().await);
    // One press too many is no thief.
    assert!(!thief.is_trusted().await);
    assert!(browser.is_trusted().await);
    let mut thief = trusting.site.browser();
    thief.cookies.insert(TRUST.to_owned(), browser.cookies[TRUST].clone());
    trusting.site.clock.advance_seconds(DAY);
    // The thief is first this time, and the owner finds out.
    assert!(thief.is_trusted().await);
    trusting.site.clock.advance_seconds(61);
    assert!(!browser.is_trusted().await);
    assert!(!thief.is_trusted().await, "both are asked");
    let code = browser.code(&trusting.wren.key);
    browser.sign_in(EMAIL).await.next();
    browser.verify(&code).await.next();
    let activity = browser.get("/api/security").await.json()["activity"].clone();
    assert!(activity.as_array().unwrap().iter().any(|event| event["kind"] == "trusted-browser.copied"));
}

#[tokio::test]
async fn a_copy_that_was_used_twice_is_found_out_too() {
    let trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    let mut thief = trusting.site.browser();
    thief.cookies.insert(TRUST.to_owned(), browser.cookies[TRUST].clone());
    assert!(thief.is_trusted().await && thief.is_trusted().await && thief.is_trusted().await);
    trusting.site.outbox().await;
    assert!(!browser.is_trusted().await);
    assert!(!thief.is_trusted().await);
    assert!(trusting.site.outbox().await.iter().any(|mail| mail.kind == "notice.trusted-browser-copied"), "its owner is told");
    // Trusting it anew leaves nothing to a copy, however soon it is.
    let mut browser = trusting.trusted().await;
    let mut thief = trusting.site.browser();
    thief.cookies.insert(TRUST.to_owned(), browser.cookies[TRUST].clone());
    assert!(thief.is_trusted().await);
    browser.post("/api/sign-out", &[]).await;
    trusting.site.clock.advance_seconds(30);
    browser.sign_in(EMAIL).await.next();
    browser.trust(&trusting.wren.key).await.next();
    assert!(!thief.is_trusted().await && browser.is_trusted().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_those_who_come_at_once_with_one_token_exactly_one_is_in() {
    let trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    browser.post("/api/sign-out", &[]).await;
    let races = (0..6).map(|_| {
        let mut browser = browser.clone();
        tokio::spawn(async move {
            browser.sign_in(EMAIL).await.next();
            browser.is_in().await
        })
    });
    assert_eq!(winners(races.collect()).await, 1);
}

#[tokio::test]
async fn whatever_weakens_an_account_asks_for_the_second_step_there_too() {
    let trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    assert!(browser.is_trusted().await);
    for (path, fields) in [
        ("/api/backup-codes", &[][..]),
        ("/api/recovery-key", &[]),
        ("/api/second-step/turn-off", &[]),
        ("/api/enrolment/start", &[("method", "security-key")]),
    ] {
        assert_eq!(browser.post(path, fields).await.refusal(), (403, "confirm-first".to_owned()), "{path}");
    }
    let shown = browser.get("/api/security").await.json();
    let is_told = |event: &serde_json::Value| event["kind"] == "sign-in.succeeded" && event["is_trusted"] == true;
    assert!(shown["activity"].as_array().unwrap().iter().any(is_told));
}

#[tokio::test]
async fn a_browser_can_be_trusted_from_within_after_a_fresh_second_step() {
    let trusting = Trusting::new().await;
    let mut browser = trusting.site.browser();
    trusting.site.clock.advance_seconds(30);
    browser.sign_in_with(&trusting.wren.key).await.next();
    assert_eq!(browser.get("/api/security").await.json()["trust_days"], 14);
    trusting.site.clock.advance_seconds(10 * 60);
    assert_eq!(browser.post("/api/trusted-browsers/add", &[]).await.refusal(), (403, "confirm-first".to_owned()));
    let code = browser.code(&trusting.wren.key);
    browser.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", "/account/security")]).await.next();
    browser.post("/api/trusted-browsers/add", &[]).await.next();
    assert_eq!(browser.get("/api/security").await.json()["trust_days"], json!(null));
    assert!(browser.is_trusted().await);
    // What was let in by a trusted browser doesn't prolong that by itself.
    assert_eq!(browser.post("/api/trusted-browsers/add", &[]).await.refusal().1, "confirm-first");
    // Nor does what is kept for when something is lost.
    let mut other = trusting.site.browser();
    other.sign_in(EMAIL).await.next();
    other.post("/api/second-step/backup-code", &[("code", &trusting.wren.codes[1])]).await.next();
    assert_eq!(other.post("/api/trusted-browsers/add", &[]).await.refusal().1, "confirm-first");
    // And not where it isn't allowed.
    let mut holder = trusting.holder;
    trusting.site.clock.advance_seconds(30);
    let code = holder.code(&trusting.holder_app.key);
    holder.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", "/org/policy")]).await.next();
    holder.save_policy(&[("trust", "0"), ("count", "0")]).await.next();
    assert_eq!(holder.post("/api/trusted-browsers/add", &[]).await.error(), (403, "not-allowed".to_owned()));
}

#[tokio::test]
async fn its_owner_ends_it() {
    let trusting = Trusting::new().await;
    let (mut first, mut second) = (trusting.trusted().await, trusting.trusted().await);
    let listed = second.get("/api/security").await.json()["trusted"].clone();
    let [here, there] = [true, false].map(|is_this| {
        let all = listed.as_array().unwrap();
        all.iter().find(|trusted| trusted["is_this"] == is_this).unwrap()["id"].as_str().unwrap().to_owned()
    });
    // Nobody else does.
    let (mut pascal, _) = trusting.site.enrolled(PASCAL).await;
    assert_eq!(pascal.post("/api/trusted-browsers/end", &[("id", &there)]).await.error(), (404, "not-found".to_owned()));
    assert_eq!(second.post("/api/trusted-browsers/end", &[("id", "x")]).await.error().0, 404);
    second.post("/api/trusted-browsers/end", &[("id", &there)]).await.next();
    assert_eq!(second.post("/api/trusted-browsers/end", &[("id", &there)]).await.error().0, 404);
    assert!(!first.is_trusted().await && second.is_trusted().await);
    second.post("/api/trusted-browsers/end", &[("id", &here)]).await.next();
    assert!(!second.cookies.contains_key(TRUST), "the browser is told");
    // "Sign out everywhere else" leaves this one.
    let (mut third, mut fourth) = (trusting.trusted().await, trusting.trusted().await);
    fourth.post("/api/sessions/end-others", &[]).await.next();
    assert!(!third.is_trusted().await && fourth.is_trusted().await);
}

#[tokio::test]
async fn another_password_ends_it() {
    let trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    browser.post("/api/password/change", &[("current", PASSWORD), ("password", NEW_PASSWORD)]).await.next();
    browser.post("/api/sign-out", &[]).await;
    browser.sign_in_as(EMAIL, NEW_PASSWORD).await.next();
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn another_method_ends_it_and_so_does_one_less() {
    let trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    let mut other = trusting.trusted().await;
    trusting.site.clock.advance_seconds(30);
    other.connect_app().await;
    assert!(!browser.is_trusted().await);
    let mut browser = trusting.trusted().await;
    trusting.site.clock.advance_seconds(30);
    let code = other.code(&trusting.wren.key);
    other.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", "/account/security")]).await.next();
    let methods = other.get("/api/security").await.json()["methods"].clone();
    let newest = methods[1]["id"].as_str().unwrap().to_owned();
    other.post("/api/methods/remove", &[("id", &newest)]).await.next();
    assert!(!browser.is_trusted().await);
}

#[tokio::test]
async fn the_account_holder_ends_it() {
    let mut trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    let wren = trusting.site.id_of(EMAIL).await;
    let holder = trusting.fresh_holder().await;
    assert_eq!(holder.member(&wren).await["trusted"][0]["until"]["day"], "10 December");
    holder.post("/api/organisation/member/sign-out", &[("id", &wren)]).await.next();
    assert!(!browser.is_trusted().await);
    assert_eq!(trusting.holder.member(&wren).await["trusted"], json!([]));
}

#[tokio::test]
async fn a_reset_of_anything_and_being_disabled_end_it() {
    let mut trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    let wren = trusting.site.id_of(EMAIL).await;
    let holder = trusting.fresh_holder().await;
    holder.post("/api/organisation/member/reset", &[("id", &wren), ("what", "backup-codes")]).await.next();
    assert!(!browser.is_trusted().await);
    let mut browser = trusting.trusted().await;
    let holder = trusting.fresh_holder().await;
    holder.post("/api/organisation/member/disable", &[("id", &wren)]).await.next();
    holder.post("/api/organisation/member/enable", &[("id", &wren)]).await.next();
    assert!(!browser.is_trusted().await);
}

#[tokio::test]
async fn whoever_was_given_a_code_is_asked_for_it_in_a_trusted_browser() {
    let mut trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    let wren = trusting.site.id_of(EMAIL).await;
    let holder = trusting.fresh_holder().await;
    let fields = [("id", wren.as_str()), ("known", "in-person"), ("lasts", "15-minutes")];
    holder.post("/api/organisation/member/access-code", &fields).await.next();
    assert!(!browser.is_trusted().await);
    trusting.site.clock.advance_seconds(15 * 60);
    assert!(!browser.is_trusted().await, "whoever was given one has lost something, this browser maybe");
}

#[tokio::test]
async fn the_policy_ends_and_shortens_it_at_once() {
    let mut trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    trusting.save_trust("7").await.next();
    assert_eq!(browser.get("/api/security").await.json()["trusted"][0]["until"]["day"], "3 December");
    assert!(browser.is_trusted().await);
    trusting.save_trust("0").await.next();
    assert!(!browser.is_trusted().await);
    // Allowing it anew doesn't bring it back.
    trusting.save_trust("30").await.next();
    assert!(!browser.is_trusted().await);
    // A method that was switched off may be the one that it was trusted with.
    let mut browser = trusting.trusted().await;
    let changes = trusting.fresh_holder().await.get("/api/organisation/policy").await.json()["changes"].to_string();
    let fewer = [("security_key", "yes"), ("authenticator_app", "yes"), ("changes", changes.as_str()), ("count", "0")];
    trusting.holder.post("/api/organisation/policy", &fewer).await.next();
    assert!(!browser.is_trusted().await);
}

#[tokio::test]
async fn another_address_ends_it() {
    let trusting = Trusting::new().await;
    let mut browser = trusting.trusted().await;
    let mut other = trusting.trusted().await;
    trusting.site.clock.advance_seconds(30);
    trusting.site.outbox().await;
    let code = other.code(&trusting.wren.key);
    other.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", "/account/profile")]).await.next();
    other.post("/api/email/change", &[("email", "wren.new@example.com")]).await.next();
    let token = crate::mailbox::token_in(&trusting.site.mail("confirm-email").await, "/confirm-email");
    other.confirm_email(&token).await.next();
    browser.post("/api/sign-out", &[]).await;
    browser.sign_in_as("wren.new@example.com", PASSWORD).await.next();
    assert!(!browser.is_in().await);
}

#[tokio::test]
async fn no_more_days_than_thirty_and_no_odd_lengths_are_saved() {
    let mut trusting = Trusting::new().await;
    let holder = trusting.fresh_holder().await;
    for odd in [("trust", "31"), ("trust", "-1"), ("trust", "x"), ("idle", "4"), ("idle", "61"), ("overall", "1441"), ("overall", "59")] {
        assert_eq!(holder.save_policy(&[odd, ("count", "0")]).await.error(), (400, "bad-request".to_owned()), "{odd:?}");
    }
    let policy = holder.get("/api/organisation/policy").await.json();
    assert_eq!((&policy["trust_days"], &policy["idle_minutes"], &policy["overall_minutes"]), (&json!(14), &json!(60), &json!(720)));
}

#[tokio::test]
async fn shorter_sessions_end_those_that_have_begun() {
    let mut trusting = Trusting::new().await;
    let mut wren = trusting.trusted().await;
    trusting.site.clock.advance_seconds(20 * 60);
    assert!(wren.is_in().await);
    trusting.site.clock.advance_seconds(20 * 60);
    trusting.fresh_holder().await.save_policy(&[("idle", "15"), ("count", "0")]).await.next();
    assert!(!wren.is_in().await, "unused for twenty minutes");
    let policy = trusting.holder.get("/api/organisation/policy").await.json();
    assert_eq!((&policy["trust_days"], &policy["idle_minutes"]), (&json!(14), &json!(15)), "what isn't said stays");
    // In all, from the password on.
    wren.sign_in(EMAIL).await.next();
    for _ in 0..6 {
        trusting.site.clock.advance_seconds(10 * 60);
        assert!(wren.is_in().await && trusting.holder.is_in().await);
    }
    trusting.fresh_holder().await.save_policy(&[("overall", "60"), ("count", "0")]).await.next();
    assert!(!wren.is_in().await);
    assert!(!trusting.holder.is_in().await, "whoever saves it is no exception");
}
