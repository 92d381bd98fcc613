//! Single sign-on: who gets in by way of a provider, and every lie of one.

use countersign_domain::{Email, EmailDomain, Role};
use serde_json::json;

use crate::{
    connected::{Connected, SESSION, STATE, refused},
    lying_provider::{CLIENT, Lie},
    mailbox::{NEW_PASSWORD, token_in},
    organisation::PASCAL,
    support::{Browser, EMAIL, winners},
};

#[tokio::test]
async fn the_provider_gives_the_first_sign_and_the_second_step_comes_after_it() {
    let connected = Connected::new().await;
    let (mut browser, way) = connected.sign_on().await;
    assert_eq!(way, json!({ "next": "/sign-in/step-2/app", "problem": null }));
    assert!(!browser.cookies.contains_key(STATE));
    assert_eq!(browser.get("/api/security").await.error().1, "wrong-stage");
    let code = browser.code(&connected.wren.key);
    assert_eq!(browser.verify(&code).await.next(), "/account/profile");
    let told = browser.send(http::Request::builder().uri("/auth/verify"), axum::body::Body::empty()).await;
    assert_eq!(told.header("countersign-methods"), "single-sign-on,authenticator-app");
    // They are told that it was connected, and the second time they are known by who they are there.
    assert!(connected.site().outbox().await.iter().any(|mail| mail.letter.subject.contains("Single sign-on was connected")));
    connected.provider.say(|says| says.email = "wren.elsewhere@example.com".to_owned());
    let (_, way) = connected.sign_on().await;
    assert_eq!(way["next"], "/sign-in/step-2/app");
}

#[tokio::test]
async fn the_page_that_a_provider_sends_back_to_leads_on_and_the_code_may_hold_anything() {
    let connected = Connected::new().await;
    let mut browser = connected.site().browser();
    let answer = browser.sign_on_at(&connected.provider).await;
    // The code has a percent sign in it, which has to come through as it is.
    let page = browser.page(&format!("/auth/single-sign-on?{answer}")).await;
    assert_eq!((page.status.as_u16(), page.header("location")), (303, "/sign-in/step-2/app"), "{page:?}");
    let again = browser.page(&format!("/auth/single-sign-on?{answer}")).await;
    assert!(again.body.contains("That sign-in has ended"), "{again:?}");
}

#[tokio::test]
async fn a_provider_that_lies_signs_nobody_in() {
    let mut connected = Connected::new().await;
    for lie in [
        Lie::OtherIssuer,
        Lie::OtherAudience,
        Lie::AnotherAudienceToo,
        Lie::OtherNonce,
        Lie::NoNonce,
        Lie::Expired,
        Lie::FromTheFuture,
        Lie::AlgorithmNone,
        Lie::SignedWithTheSecret,
        Lie::UnknownKey,
        Lie::WrongSignature,
        Lie::NoIdToken,
        Lie::EmptySubject,
        Lie::LongSubject,
    ] {
        connected.provider.lie(lie);
        let (browser, way) = connected.sign_on().await;
        assert_eq!(way, refused("untrue"), "{lie:?}");
        assert!(!browser.cookies.contains_key(SESSION), "{lie:?}");
    }
    let log = connected.organised.holder.get("/api/organisation/audit?what=sign-ins").await.body;
    assert_eq!(log.matches("Single sign-on refused: the provider's answer isn't true: ").count(), 10, "each reason once: {log}");
    connected.provider.lie(Lie::None);
    assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app");
}

#[tokio::test]
async fn a_state_works_once_in_the_browser_that_began_and_for_ten_minutes() {
    let connected = Connected::new().await;
    let mut browser = connected.site().browser();
    let answer = browser.sign_on_at(&connected.provider).await;
    // Somebody else's browser, with and without an attempt of its own (login CSRF).
    let mut other = connected.site().browser();
    assert_eq!(other.come_back(&answer).await, refused("ended"));
    let theirs = other.sign_on_at(&connected.provider).await;
    assert_eq!(other.come_back(&answer).await, refused("ended"));
    assert_eq!(browser.come_back(&theirs).await, refused("ended"));
    for nonsense in ["", "state=x&code=y", "code=only", "state=a&state=b", &answer.replace("state=", "state=A")] {
        let mut browser = browser.clone();
        assert_eq!(browser.come_back(nonsense).await, refused("ended"), "{nonsense}");
    }
    let copy = browser.clone();
    assert_eq!(browser.come_back(&answer).await["next"], "/sign-in/step-2/app");
    assert_eq!(copy.clone().come_back(&answer).await, refused("ended"));

    let mut late = connected.site().browser();
    let answer = late.sign_on_at(&connected.provider).await;
    connected.site().clock.advance_seconds(601);
    assert_eq!(late.come_back(&answer).await, refused("ended"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_who_come_back_at_once_one_signs_in() {
    let connected = Connected::new().await;
    let mut browser = connected.site().browser();
    let answer = browser.sign_on_at(&connected.provider).await;
    let races = (0..6)
        .map(|_| {
            let (mut browser, answer) = (browser.clone(), answer.clone());
            tokio::spawn(async move { browser.come_back(&answer).await["next"].is_string() })
        })
        .collect();
    assert_eq!(winners(races).await, 1);
}

#[tokio::test]
async fn another_provider_that_answers_in_this_ones_name_is_refused() {
    let connected = Connected::new().await;
    let mut browser = connected.site().browser();
    let answer = browser.sign_on_at(&connected.provider).await;
    let (before, _) = answer.split_once("&iss=").unwrap();
    let mixed = format!("{before}&iss=https%3A%2F%2Flogin.evil.example");
    assert_eq!(browser.come_back(&mixed).await, refused("untrue"));
    // One that always says who it is has said nothing.
    let answer = browser.sign_on_at(&connected.provider).await;
    assert_eq!(browser.come_back(answer.split_once("&iss=").unwrap().0).await, refused("untrue"));
    // From one that never does, that is as it should be.
    connected.provider.lie(Lie::Nameless);
    connected.site().clock.advance_seconds(3_700);
    let answer = browser.sign_on_at(&connected.provider).await;
    assert_eq!(browser.come_back(answer.split_once("&iss=").unwrap().0).await["next"], "/sign-in/step-2/app");
}

#[tokio::test]
async fn a_no_at_the_provider_is_a_no_here() {
    let connected = Connected::new().await;
    let mut browser = connected.site().browser();
    let answer = browser.sign_on_at(&connected.provider).await;
    let state = answer.split('&').next().unwrap();
    assert_eq!(browser.come_back(&format!("{state}&error=access_denied&error_description=%3Cb%3E")).await, refused("refused"));
    assert!(!browser.cookies.contains_key(SESSION));
}

#[tokio::test]
async fn an_address_connects_only_if_it_is_confirmed_and_of_a_domain_that_was_proven() {
    let connected = Connected::new().await;
    for lie in [Lie::UnverifiedEmail, Lie::NoEmail] {
        connected.provider.lie(lie);
        assert_eq!(connected.sign_on().await.1, refused("unknown"), "{lie:?}");
    }
    connected.provider.lie(Lie::None);
    connected.provider.say(|says| says.email = "wren.halloway@elsewhere.example".to_owned());
    assert_eq!(connected.sign_on().await.1, refused("unknown"));
    let without = Connected::without_domain().await;
    assert_eq!(without.sign_on().await.1, refused("unknown"));
}

#[tokio::test]
async fn somebody_of_another_organisation_is_nobody_here() {
    let connected = Connected::new().await;
    let mut neighbour = connected.organised.neighbours().await;
    connected.provider.say(|says| says.email = crate::organisation::STRANGER.to_owned());
    assert_eq!(connected.sign_on().await.1, refused("unknown"));
    // The same subject at the same issuer is somebody else in another organisation.
    assert_eq!(neighbour.get("/api/organisation/single-sign-on").await.json()["connection"], json!(null));
    let theirs = Some(Email::parse(crate::organisation::STRANGER).unwrap());
    let taken = connected.site().identity.set_domain(&EmailDomain::parse("example.com").unwrap(), theirs.as_ref(), true).await.unwrap();
    assert_eq!(taken, Some(false), "a domain has one organisation");
}

#[tokio::test]
async fn new_people_become_members_only_where_an_account_holder_wants_that() {
    let mut connected = Connected::new().await;
    connected.provider.say(|says| {
        says.subject = "subject-2".to_owned();
        says.email = "Newcomer@Example.com".to_owned();
        says.name = Some("Nia Newcomer".to_owned());
    });
    assert_eq!(connected.sign_on().await.1, refused("unknown"));
    let team =
        connected.organised.holder.get("/api/organisation/single-sign-on").await.json()["teams"][0]["id"].as_str().unwrap().to_owned();
    let issuer = connected.provider.issuer().to_owned();
    let form = [("issuer", issuer.as_str()), ("client_id", CLIENT), ("adds_people", "yes"), ("team", &team), ("changes", "1")];
    connected.fresh_holder().await.post("/api/organisation/single-sign-on", &form).await.next();
    let (mut browser, way) = connected.sign_on().await;
    assert_eq!(way["next"], "/account/profile");
    let person = browser.get("/api/person").await.json();
    assert_eq!(
        (&person["name"], &person["email"], &person["role"]),
        (&json!("Nia Newcomer"), &json!("newcomer@example.com"), &json!("agent"))
    );
    let account = connected.site().identity.store().find_account_by_email(&Email::parse("newcomer@example.com").unwrap()).await;
    let account = account.unwrap().unwrap();
    assert_eq!((account.role, account.team_id.unwrap().to_string(), account.email_confirmed_at.is_some()), (Role::Agent, team, true));
    // They have no password that anybody could type.
    let refusal = connected.site().browser().sign_in("newcomer@example.com").await;
    assert_eq!(refusal.refusal(), (401, "no-match".to_owned()));
}

#[tokio::test]
async fn where_a_second_step_is_required_the_wizard_comes_first() {
    let mut connected = Connected::new().await;
    let holder = connected.fresh_holder().await;
    let effect = holder.get("/api/organisation/policy/effect?security_key=1&passkey=1&authenticator_app=1&emailed_code=1").await.json();
    let count = effect["signed_in_without"].to_string();
    holder.save_policy(&[("required", "1"), ("start", "now"), ("count", &count), ("understood", "1")]).await.next();
    connected.provider.say(|says| {
        says.subject = "subject-3".to_owned();
        says.email = PASCAL.to_owned();
    });
    let (mut browser, way) = connected.sign_on().await;
    assert_eq!(way["next"], "/enrol");
    assert_eq!(browser.get("/api/security").await.error().1, "wrong-stage");
}

#[tokio::test]
async fn whoever_is_disabled_stays_out() {
    let mut connected = Connected::new().await;
    connected.sign_on().await;
    let id = connected.site().id_of(EMAIL).await;
    connected.fresh_holder().await.post("/api/organisation/member/disable", &[("id", &id)]).await.next();
    assert_eq!(connected.sign_on().await.1, refused("disabled"));
}

#[tokio::test]
async fn somebody_who_is_signed_in_connects_it_themselves() {
    let connected = Connected::without_domain().await;
    let mut browser = connected.site().browser();
    browser.sign_in_with(&connected.wren.key).await.next();
    connected.site().clock.advance_seconds(601);
    let stale = browser.post("/api/single-sign-on/connect", &[]).await;
    assert_eq!(stale.refusal().1, "confirm-first");
    let code = browser.code(&connected.wren.key);
    browser.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", "/account/security")]).await.next();
    browser.post("/api/single-sign-on/connect", &[]).await.next();
    let answer = browser.consent_at(&connected.provider).await;
    // In another browser, or once they are signed out, it connects nobody.
    let mut other = browser.clone();
    other.cookies.remove(SESSION);
    assert_eq!(other.come_back(&answer).await, refused("ended"));
    browser.post("/api/single-sign-on/connect", &[]).await.next();
    let answer = browser.consent_at(&connected.provider).await;
    assert_eq!(browser.come_back(&answer).await["next"], "/account/security?done=connected");
    let shown = browser.get("/api/security").await.json()["single_sign_on"].clone();
    assert_eq!((&shown["issuer"], shown["connected"].is_object()), (&json!(connected.provider.issuer()), true));
    assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app");

    // Whoever they are there is nobody else here.
    let mut pascal = connected.site().browser();
    pascal.sign_in(PASCAL).await.next();
    pascal.post("/api/single-sign-on/connect", &[]).await.next();
    let answer = pascal.consent_at(&connected.provider).await;
    assert_eq!(pascal.come_back(&answer).await, refused("taken"));

    browser.post("/api/single-sign-on/disconnect", &[("issuer", connected.provider.issuer())]).await.next();
    assert_eq!(connected.sign_on().await.1, refused("unknown"));
}

#[tokio::test]
async fn a_provider_that_is_down_or_broken_is_told_from_a_wrong_password() {
    let connected = Connected::new().await;
    let mut browser = connected.site().browser();
    browser.post("/api/single-sign-on/start", &[]).await.next();
    // What it said of itself is kept for an hour.
    connected.site().clock.advance_seconds(3_700);
    for lie in [Lie::Breaks, Lie::NotJson, Lie::Redirects] {
        connected.provider.lie(lie);
        // For a moment it isn't asked again.
        connected.site().clock.advance_seconds(6);
        browser.post("/api/single-sign-on/start", &[]).await.next();
        assert_eq!(browser.get("/api/single-sign-on/go").await.json()["problem"], "provider", "{lie:?}");
    }
    connected.provider.lie(Lie::None);
    connected.site().clock.advance_seconds(6);
    let answer = browser.sign_on_at(&connected.provider).await;
    let Connected { organised, provider, .. } = connected;
    drop(provider);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(browser.come_back(&answer).await, refused("provider"));
    assert!(organised.site.browser().sign_in(EMAIL).await.next().starts_with("/sign-in/step-2"), "a password still works");
}

#[tokio::test]
async fn a_provider_may_change_its_keys() {
    let connected = Connected::new().await;
    connected.sign_on().await;
    connected.provider.change_key();
    // Asked for again at once it isn't: half a minute later it is.
    assert_eq!(connected.sign_on().await.1, refused("untrue"));
    connected.site().clock.advance_seconds(31);
    assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app");
}

#[tokio::test]
async fn the_providers_second_step_counts_only_where_an_account_holder_wants_that_and_it_says_so() {
    let mut connected = Connected::new().await;
    let several = [json!({ "amr": ["pwd", "mfa"] }), json!({ "acr": "phr" })];
    connected.provider.say(|says| says.more = several[0].clone());
    assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app", "off by default");
    let issuer = connected.provider.issuer().to_owned();
    let form = [("issuer", issuer.as_str()), ("client_id", CLIENT), ("second_step", "yes"), ("changes", "1")];
    connected.fresh_holder().await.post("/api/organisation/single-sign-on", &form).await.next();
    for more in several {
        connected.provider.say(|says| says.more = more);
        let (mut browser, way) = connected.sign_on().await;
        assert_eq!(way["next"], "/account/profile");
        let told = browser.send(http::Request::builder().uri("/auth/verify?assurance=2&max_age=600"), axum::body::Body::empty()).await;
        assert_eq!((told.status.as_u16(), told.header("countersign-methods")), (200, "single-sign-on"));
    }
    for more in [json!({}), json!({ "amr": ["pwd"] }), json!({ "amr": ["mfax"], "acr": "0" })] {
        connected.provider.say(|says| says.more = more.clone());
        assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app", "{more}");
    }
    // A second step that is required is set up here all the same.
    let holder = connected.fresh_holder().await;
    let effect = holder.get("/api/organisation/policy/effect?security_key=1&passkey=1&authenticator_app=1&emailed_code=1").await.json();
    let count = effect["signed_in_without"].to_string();
    holder.save_policy(&[("required", "1"), ("start", "now"), ("count", &count), ("understood", "1")]).await.next();
    connected.provider.say(|says| {
        says.more = json!({ "amr": ["mfa"] });
        says.subject = "subject-3".to_owned();
        says.email = PASCAL.to_owned();
    });
    assert_eq!(connected.sign_on().await.1["next"], "/enrol");
}

#[tokio::test]
async fn what_was_proved_there_this_morning_is_no_fresh_proof() {
    let connected = Connected::new().await;
    connected.provider.say(|says| {
        says.subject = "subject-3".to_owned();
        says.email = PASCAL.to_owned();
        says.proved_ago = 3_600;
    });
    let (mut browser, way) = connected.sign_on().await;
    assert_eq!(way["next"], "/account/profile");
    let verify = async |browser: &mut Browser, query: &str| {
        browser.send(http::Request::builder().uri(format!("/auth/verify{query}")), axum::body::Body::empty()).await.status.as_u16()
    };
    assert_eq!((verify(&mut browser, "").await, verify(&mut browser, "?max_age=600").await), (200, 401));
    assert_eq!(browser.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.refusal().1, "confirm-first");
    // The page that asks offers to log in there anew, and comes back with a proof of now.
    assert_eq!(browser.get("/api/confirmation").await.json()["single_sign_on"], true);
    let again = [("anew", "yes"), ("next", "/enrol/choose")];
    browser.post("/api/single-sign-on/start", &again).await.next();
    let page = browser.get("/api/single-sign-on/go").await.json()["next"].as_str().unwrap().to_owned();
    assert!(page.contains("prompt=login") && page.contains("max_age=0"), "{page}");
    connected.provider.say(|says| says.proved_ago = 0);
    assert_eq!(browser.come_back(&connected.provider.consent(&page)).await["next"], "/enrol/choose");
    assert_eq!(verify(&mut browser, "?max_age=600").await, 200);
    browser.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.next();
}

impl Connected {
    /// An account holder takes away everything that somebody signs in with.
    async fn reset(&mut self, email: &str) {
        let id = self.site().id_of(email).await;
        self.fresh_holder().await.post("/api/organisation/member/reset", &[("id", &id), ("what", "all")]).await.next();
    }
}

#[tokio::test]
async fn whoever_throws_everybody_out_disconnects_the_provider_too() {
    let mut connected = Connected::new().await;
    let known = async |connected: &Connected| connected.sign_on().await.1["problem"].clone();
    connected.provider.say(|says| says.email = PASCAL.to_owned());
    assert_eq!(known(&connected).await, json!(null));
    // From now on they are known by who they are there alone.
    connected.provider.lie(Lie::UnverifiedEmail);
    assert_eq!(known(&connected).await, json!(null));
    let mut browser = connected.site().browser();
    browser.sign_in(PASCAL).await.next();
    browser.post("/api/not-me/here", &[]).await.next();
    assert_eq!(known(&connected).await, "unknown", "after \u{201c}This wasn't me\u{201d}");
    // Whoever came that way doesn't come back by the address, and not by what its owner does next.
    connected.provider.lie(Lie::None);
    assert_eq!(known(&connected).await, "connect-yourself");
    let token = token_in(&connected.site().mail("reset-password").await, "/reset-password");
    browser.reset(&token, NEW_PASSWORD).await.next();
    assert_eq!(known(&connected).await, "connect-yourself", "after a new password");
    connected.reset(PASCAL).await;
    assert_eq!(known(&connected).await, json!(null), "helped by somebody who knows them");
    connected.provider.lie(Lie::UnverifiedEmail);
    assert_eq!(known(&connected).await, json!(null));
    connected.reset(PASCAL).await;
    assert_eq!(known(&connected).await, "unknown", "after a reset");
}

#[tokio::test]
async fn an_account_holder_is_never_had_by_their_address() {
    let mut connected = Connected::new().await;
    connected.provider.say(|says| {
        says.subject = "subject-7".to_owned();
        says.email = crate::mailbox::HOLDER.to_owned();
        says.more = json!({ "amr": ["mfa"] });
    });
    let (browser, way) = connected.sign_on().await;
    assert_eq!(way, refused("connect-yourself"));
    assert!(!browser.cookies.contains_key(SESSION));
    // They connect it themselves; and what the provider says of a second step doesn't stand in for theirs.
    let issuer = connected.provider.issuer().to_owned();
    let form = [("issuer", issuer.as_str()), ("client_id", CLIENT), ("second_step", "yes"), ("changes", "1")];
    connected.fresh_holder().await.post("/api/organisation/single-sign-on", &form).await.next();
    let Connected { organised, provider, .. } = &mut connected;
    organised.holder.post("/api/single-sign-on/connect", &[]).await.next();
    let answer = organised.holder.consent_at(provider).await;
    assert_eq!(organised.holder.come_back(&answer).await["next"], "/account/security?done=connected");
    assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app");
}

#[tokio::test]
async fn whoever_disconnects_themselves_is_not_connected_by_their_address_again() {
    let mut connected = Connected::new().await;
    let (mut elsewhere, _) = connected.sign_on().await;
    let code = elsewhere.code(&connected.wren.key);
    elsewhere.verify(&code).await.next();
    connected.fresh_holder().await;
    let (mut wren, _) = connected.sign_on().await;
    let code = wren.code(&connected.wren.key);
    wren.verify(&code).await.next();
    assert!(elsewhere.is_in().await);
    wren.post("/api/single-sign-on/disconnect", &[("issuer", connected.provider.issuer())]).await.next();
    assert!(!elsewhere.is_in().await && wren.is_in().await, "what it opened elsewhere is closed");
    assert_eq!(connected.sign_on().await.1, refused("connect-yourself"));
    wren.post("/api/single-sign-on/connect", &[]).await.next();
    let answer = wren.consent_at(&connected.provider).await;
    assert_eq!(wren.come_back(&answer).await["next"], "/account/security?done=connected");
    assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app");
    connected.fresh_holder().await;
}

#[tokio::test]
async fn whoever_becomes_an_account_holder_is_the_providers_no_more() {
    let mut connected = Connected::new().await;
    connected.provider.say(|says| {
        says.subject = "subject-3".to_owned();
        says.email = PASCAL.to_owned();
    });
    let (mut pascal, way) = connected.sign_on().await;
    assert_eq!(way["next"], "/account/profile");
    let mut password = connected.site().browser();
    password.sign_in(PASCAL).await.next();
    let id = connected.site().id_of(PASCAL).await;
    let place = [("id", id.as_str()), ("role", "account-holder")];
    connected.fresh_holder().await.post("/api/organisation/member/place", &place).await.next();
    assert!(!pascal.is_in().await && password.is_in().await);
    assert_eq!(connected.sign_on().await.1, refused("connect-yourself"));
}

#[tokio::test]
async fn nobody_connects_whoever_sat_there_before() {
    let connected = Connected::new().await;
    let mut pascal = connected.site().browser();
    pascal.sign_in(PASCAL).await.next();
    pascal.post("/api/single-sign-on/connect", &[]).await.next();
    let page = pascal.get("/api/single-sign-on/go").await.json()["next"].as_str().unwrap().to_owned();
    assert!(page.contains("prompt=login"), "{page}");
    // At the provider somebody is Wren all the same.
    assert_eq!(pascal.come_back(&connected.provider.consent(&page)).await, refused("other-address"));
    assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app", "she is nobody else's");
}

#[tokio::test]
async fn what_a_provider_writes_fills_no_log() {
    let mut connected = Connected::new().await;
    for n in 0..60 {
        let audience = format!("{}\n\u{202e}{n:03}", "x".repeat(if n == 0 { 50_000 } else { 8 }));
        connected.provider.say(|says| says.more = json!({ "aud": [audience] }));
        assert_eq!(connected.sign_on().await.1, refused("untrue"));
    }
    // The same one again, and again when an hour is over.
    assert_eq!(connected.sign_on().await.1, refused("untrue"));
    let log = connected.organised.holder.get("/api/organisation/audit?what=sign-ins").await;
    let told: Vec<_> =
        log.json()["entries"].as_array().unwrap().iter().map(|entry| entry["sentence"].as_str().unwrap().to_owned()).collect();
    let refused: Vec<_> = told.iter().filter(|sentence| sentence.starts_with("Single sign-on refused")).collect();
    assert!(!refused.is_empty() && refused.iter().all(|sentence| sentence.chars().count() < 300), "{refused:?}");
    let all = connected.fresh_holder().await.get("/api/organisation/audit/export?what=sign-ins").await.body;
    assert_eq!(all.matches("Single sign-on refused").count(), 50, "at most so many reasons an hour");
}

#[tokio::test]
async fn a_wrong_secret_is_told_to_account_holders() {
    let mut connected = Connected::new().await;
    let issuer = connected.provider.issuer().to_owned();
    let form = [("issuer", issuer.as_str()), ("client_id", CLIENT), ("client_secret", "not the secret"), ("changes", "1")];
    connected.fresh_holder().await.post("/api/organisation/single-sign-on", &form).await.next();
    for _ in 0..3 {
        assert_eq!(connected.sign_on().await.1, refused("wrong-client"));
    }
    let log = connected.organised.holder.get("/api/organisation/audit?what=sign-ins").await.body;
    assert_eq!(log.matches("single-sign-on.refused").count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_provider_holds_up_its_own_people_and_not_for_long() {
    let connected = Connected::new().await;
    let mut browsers = Vec::new();
    for _ in 0..140 {
        let mut browser = connected.site().browser();
        let answer = browser.sign_on_at(&connected.provider).await;
        browsers.push((browser, answer));
    }
    let gate = connected.provider.hold();
    let waiting: Vec<_> =
        browsers.into_iter().map(|(mut browser, answer)| tokio::spawn(async move { browser.come_back(&answer).await })).collect();
    tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    assert!(connected.site().browser().sign_in(PASCAL).await.status == 200, "passwords go on");
    drop(gate);
    let (mut entered, mut refusals) = (0, 0);
    for one in waiting {
        let way = one.await.unwrap();
        entered += usize::from(way["next"] == "/sign-in/step-2/app");
        refusals += usize::from(way == refused("provider"));
    }
    assert_eq!((entered, refusals), (128, 12), "many wait their turn, and whoever is more is told to come again");
}

#[tokio::test]
async fn what_a_stranger_can_bring_about_is_not_written_down() {
    let mut connected = Connected::new().await;
    let mut browser = connected.site().browser();
    for wrong in ["iss=https%3A%2F%2Fevil.example", "error=access_denied", "code=made-up"] {
        let answer = browser.sign_on_at(&connected.provider).await;
        let state = answer.split('&').next().unwrap();
        assert_eq!(browser.come_back(&format!("{state}&{wrong}")).await["next"], json!(null));
    }
    let log = connected.organised.holder.get("/api/organisation/audit?what=sign-ins").await.body;
    assert!(!log.contains("single-sign-on.refused"), "{log}");
}

#[tokio::test]
async fn the_sign_in_page_offers_it_where_it_is_connected() {
    let connected = Connected::new().await;
    let page = connected.site().browser().page("/sign-in").await;
    assert!(page.body.contains("Continue with single sign-on"), "{}", page.body);
    // Without script the way is a page that leads on by itself.
    let mut browser = connected.site().browser();
    let sent = browser.submit("/sign-in", "/api/single-sign-on/start", &[("next", "")]).await;
    assert_eq!((sent.status.as_u16(), sent.header("location")), (303, "/auth/single-sign-on/go"));
    let page = browser.page("/auth/single-sign-on/go").await;
    assert!(page.status == 200 && page.body.contains("http-equiv=\"refresh\""), "{page:?}");
}
