//! What applications behind are told, and what they can't be made to believe.

use std::sync::Arc;

use axum::body::Body;
use countersign_domain::{Email, TeamName};
use countersign_identity::TeamId;
use countersign_store::{KeyRing, Store};
use data_encoding::BASE64URL_NOPAD;
use http::{Request, header};
use percent_encoding::percent_decode_str;
use serde_json::json;

use crate::{
    organisation::{ISOLDE, LUDO, Organised},
    support::{Browser, EMAIL, Enrolled, ORIGIN, Reply, Site},
};

const APPLICATION: &str = "http://localhost:8080";
const PASS: &str = "countersign_pass";
const SESSION: &str = "countersign_session";
/// Where somebody is who is sent to sign in.
const HERE: &str = "http://localhost:8080/calls?queue=2&at=a%2Fb";

/// A site before an application, and an agent with an app.
async fn guarded() -> (Site, Enrolled) {
    let site = Site::serving(&[APPLICATION]).await.settled().await;
    let (_, enrolled) = site.enrolled(EMAIL).await;
    site.clock.advance_seconds(30);
    (site, enrolled)
}

/// The same, in an organisation with an account holder and supervisors.
async fn organised() -> (Organised, Enrolled) {
    let organised = Organised::on(Site::serving(&[APPLICATION]).await.settled().await).await;
    let (_, enrolled) = organised.site.enrolled(EMAIL).await;
    organised.site.clock.advance_seconds(30);
    (organised, enrolled)
}

impl Browser {
    /// What nginx asks before it passes on a request of this browser.
    async fn verify_pass(&mut self, query: &str) -> Reply {
        self.verify_with(query, &[("x-original-url", HERE)]).await
    }

    async fn verify_with(&mut self, query: &str, headers: &[(&str, &str)]) -> Reply {
        let request = Request::builder().uri(format!("/auth/verify{query}"));
        self.send(headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)), Body::empty()).await
    }

    async fn passes(&mut self) -> bool {
        let reply = self.verify_pass("").await;
        assert!(matches!(reply.status.as_u16(), 200 | 401), "{reply:?}");
        reply.status == 200
    }

    /// The page that leads back, asked for in the address bar: where it leads.
    async fn way_back(&mut self, page: &str) -> String {
        let reply = self.page(page).await;
        assert_eq!(reply.status, 303, "{reply:?}");
        reply.header("location").to_owned()
    }
}

/// The path of an address of ours.
fn path(location: &str) -> &str {
    location.strip_prefix(ORIGIN).unwrap_or(location)
}

#[tokio::test]
async fn without_applications_nothing_is_told_and_no_pass_is_given() {
    let (site, enrolled) = Site::with_second_step().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    assert!(!browser.cookies.contains_key(PASS));
    assert_eq!(browser.verify_pass("").await.status, 404);
}

#[tokio::test]
async fn an_application_is_told_who_it_is_and_how_sure_we_are() {
    let (site, enrolled) = guarded().await;
    let mut browser = site.browser();
    assert_eq!(browser.verify_pass("").await.status, 401);
    browser.sign_in_with(&enrolled.key).await.next();
    let reply = browser.verify_pass("?assurance=2").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let id = site.id_of(EMAIL).await;
    for (name, value) in [
        ("remote-user", id.as_str()),
        ("remote-email", EMAIL),
        ("remote-name", "Wren Halloway"),
        ("remote-groups", "role:agent"),
        ("countersign-assurance", "2"),
        ("countersign-methods", "password,authenticator-app"),
        ("cache-control", "no-store"),
    ] {
        assert_eq!(reply.header(name), value, "{name}");
    }
    assert!(!reply.header("countersign-organisation").is_empty());
    assert_eq!(reply.body, "");
    assert!(reply.headers.get(header::SET_COOKIE).is_none());
}

#[tokio::test]
async fn a_password_alone_is_one_sign() {
    let site = Site::serving(&[APPLICATION]).await.settled().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let reply = browser.verify_pass("").await;
    assert_eq!((reply.status.as_u16(), reply.header("countersign-assurance")), (200, "1"));
    assert_eq!(reply.header("countersign-methods"), "password");
    let refused = browser.verify_pass("?assurance=2").await;
    assert_eq!(refused.error(), (401, "confirm-first".to_owned()));
    // There is nothing to confirm with: that is said, and what to do, and the way is remembered.
    let reply = browser.page(path(refused.header("location"))).await;
    assert!(reply.status == 200 && reply.body.contains("localhost:8080 asks for a second step"), "{reply:?}");
    let enrolled = browser.enrol().await;
    assert_eq!(browser.get("/api/enrolment").await.json()["destination"], path(refused.header("location")));
    assert!(!enrolled.codes.is_empty());
    assert_eq!(browser.way_back(path(refused.header("location"))).await, HERE);
    assert_eq!(browser.verify_pass("?assurance=2").await.status, 200);
}

#[tokio::test]
async fn a_team_cannot_be_called_so_that_it_reads_like_a_role() {
    let (Organised { site, .. }, _) = organised().await;
    let (mut isolde, _) = site.enrolled(ISOLDE).await;
    let account = site.identity.store().find_account_by_email(&Email::parse(ISOLDE).unwrap()).await.unwrap().unwrap();
    let mut tx = site.identity.store().begin().await.unwrap();
    let name = TeamName::parse("Nächte 100%,role:account-holder").unwrap();
    let team = tx.team_by_name(account.organisation_id, &name, TeamId::from_random(site.identity.now(), [7; 10]), site.identity.now());
    let team = team.await.unwrap();
    tx.set_supervised_teams(account.id, account.organisation_id, &[team]).await.unwrap();
    tx.commit().await.unwrap();
    let reply = isolde.verify_pass("").await;
    let groups = std::str::from_utf8(reply.headers["remote-groups"].as_bytes()).unwrap();
    assert_eq!(groups, "role:supervisor,team:Billing,team:Nächte 100%25%2Crole:account-holder");
}

#[tokio::test]
async fn a_stranger_is_led_to_sign_in_and_back_to_where_they_were() {
    let (site, enrolled) = guarded().await;
    let mut browser = site.browser();
    let refused = browser.verify_pass("").await;
    assert_eq!(refused.error(), (401, "sign-in-required".to_owned()));
    assert_eq!(refused.header("www-authenticate"), "Countersign");
    let location = refused.header("location").to_owned();
    assert_eq!(refused.json()["next"], json!(location));
    assert!(location.starts_with(&format!("{ORIGIN}/auth/continue?to=")), "{location}");

    let sign_in = browser.way_back(path(&location)).await;
    let next = sign_in.strip_prefix("/sign-in?next=").unwrap();
    let next = percent_decode_str(next).decode_utf8().unwrap().into_owned();
    let fields = [("email", EMAIL), ("password", crate::support::PASSWORD), ("next", next.as_str())];
    browser.post("/api/sign-in", &fields).await.next();
    // In the middle of it, another page of the application changes where to go.
    let other = browser.verify_with("", &[("x-original-url", "http://localhost:8080/other")]).await;
    assert_eq!(browser.way_back(path(other.header("location"))).await, "/sign-in/step-2/app");
    let code = browser.code(&enrolled.key);
    let next = browser.verify(&code).await.next();
    assert_eq!(next, path(other.header("location")));
    assert_eq!(browser.way_back(&next).await, "http://localhost:8080/other");
    assert_eq!(browser.way_back(path(&location)).await, HERE);
    assert!(browser.passes().await);
}

#[tokio::test]
async fn a_form_without_script_may_lead_back_to_an_application_and_nowhere_else() {
    let (site, _) = guarded().await;
    let policy = site.browser().page("/sign-in").await.header("content-security-policy").to_owned();
    assert!(policy.contains("form-action 'self' http://localhost:8080;"), "{policy}");
    let without = Site::with_agent().await.browser().page("/sign-in").await.header("content-security-policy").to_owned();
    assert!(without.contains("form-action 'self';"), "{without}");
}

#[tokio::test]
async fn whoever_lost_the_pass_gets_it_again_on_the_way_back() {
    let (site, enrolled) = guarded().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    browser.cookies.remove(PASS);
    let refused = browser.verify_pass("").await;
    assert_eq!(refused.error(), (401, "sign-in-required".to_owned()));
    assert_eq!(browser.way_back(path(refused.header("location"))).await, HERE);
    assert!(browser.passes().await);
}

#[tokio::test]
async fn no_disguise_leads_elsewhere() {
    let (site, enrolled) = guarded().await;
    let mut inside = site.browser();
    inside.sign_in_with(&enrolled.key).await.next();
    for disguise in [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "http://localhost:8080.evil.example/",
        "http://localhost:8080@evil.example/",
        "http://localhost:80801/",
        "http://localhost:8081/",
        "https://localhost:8080/",
        "http://localhost:8080\\@evil.example/",
        "http://localhost:8080#@evil.example/",
        "http://localhost:8080%2eevil.example/",
        "http://localhost:8080%09.evil.example",
        "http:localhost:8080/",
        "http:/localhost:8080/",
        "javascript:alert(1)",
        "data:text/html,http://localhost:8080/",
        " http://localhost:8080/",
        "",
    ] {
        let told = inside.verify_with("?max_age=30", &[("x-original-url", disguise)]).await;
        if told.status == 401 {
            assert_eq!(told.header("location"), format!("{ORIGIN}/auth/continue"), "{disguise:?}");
        }
        for browser in [&mut inside, &mut site.browser()] {
            let told = browser.verify_with("?max_age=30", &[("x-original-url", disguise)]).await;
            assert!(told.status == 200 || told.header("location") == format!("{ORIGIN}/auth/continue"), "{disguise:?} {told:?}");
            let query = format!("to={}", BASE64URL_NOPAD.encode(disguise.as_bytes()));
            let shown = browser.get(&format!("/api/application?{query}")).await;
            assert_eq!(shown.json(), json!({ "host": null, "next": null }), "{disguise:?}");
            let page = browser.page(&format!("/auth/continue?{query}")).await;
            assert_eq!((page.status.as_u16(), page.header("location")), (400, ""), "{disguise:?}");
        }
    }
    // What Caddy and Traefik say, put together, is no better.
    for (proto, host, uri) in
        [("https", "localhost:8080", "/"), ("http", "evil.example", "/"), ("http", "localhost:8080", "@evil.example/")]
    {
        let headers = [("x-forwarded-proto", proto), ("x-forwarded-host", host), ("x-forwarded-uri", uri)];
        assert_eq!(site.browser().verify_with("", &headers).await.header("location"), format!("{ORIGIN}/auth/continue"));
    }
}

#[tokio::test]
async fn a_pass_is_no_session_and_a_session_no_pass() {
    let (site, enrolled) = guarded().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    let mut thief = site.browser();
    thief.cookies.insert(SESSION.to_owned(), browser.cookies[PASS].clone());
    thief.cookies.insert(PASS.to_owned(), browser.cookies[SESSION].clone());
    assert!(!thief.passes().await);
    assert_eq!(thief.get("/api/security").await.error(), (401, "sign-in-required".to_owned()));
    for nonsense in ["", "x", &"A".repeat(43), &"A".repeat(9_000), "\"", "%00"] {
        thief.cookies.insert(PASS.to_owned(), nonsense.to_owned());
        assert!(!thief.passes().await, "{nonsense}");
    }
}

#[tokio::test]
async fn nobody_is_in_before_the_second_step() {
    let (site, _) = guarded().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    assert!(!browser.passes().await);
}

#[tokio::test]
async fn another_proof_replaces_the_pass() {
    let (site, enrolled) = guarded().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    assert_eq!(browser.verify_pass("?assurance=2&max_age=600").await.status, 200);
    site.clock.advance_seconds(600);
    let stale = browser.verify_pass("?assurance=2&max_age=600").await;
    assert_eq!(stale.error(), (401, "confirm-first".to_owned()));
    assert!(browser.passes().await, "for the rest of the application it is enough");
    let copy = browser.clone();
    let confirm = browser.way_back(path(stale.header("location"))).await;
    let next = confirm.strip_prefix("/account/confirm?next=").unwrap();
    let next = percent_decode_str(next).decode_utf8().unwrap().into_owned();
    assert_eq!(next, path(stale.header("location")));
    let code = browser.code(&enrolled.key);
    let next = browser.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", &next)]).await.next();
    assert_eq!(browser.way_back(&next).await, HERE);
    assert_eq!(browser.verify_pass("?assurance=2&max_age=600").await.status, 200);
    // Whoever copied the pass before isn't as fresh as its owner now is.
    assert!(!copy.clone().passes().await);
}

#[tokio::test]
async fn what_is_revoked_is_refused_at_the_very_next_request() {
    let (Organised { site, mut holder, holder_app, .. }, enrolled) = organised().await;
    let id = site.id_of(EMAIL).await;
    let signed_in = async || {
        site.clock.advance_seconds(30);
        let mut browser = site.browser();
        browser.sign_in_with(&enrolled.key).await.next();
        assert!(browser.passes().await);
        browser
    };
    let mut browser = signed_in().await;
    let mut copy = browser.clone();
    browser.post("/api/sign-out", &[]).await.next();
    assert!(!browser.cookies.contains_key(PASS), "the cookie goes, too");
    assert!(!copy.passes().await, "signed out");

    let (mut browser, mut other) = (signed_in().await, signed_in().await);
    other.post("/api/sessions/end-others", &[]).await.next();
    assert!(!browser.passes().await && other.passes().await, "signed out everywhere else");

    let confirm = async |holder: &mut Browser| {
        site.clock.advance_seconds(30);
        let code = holder.code(&holder_app.key);
        holder.post("/api/confirmation/authenticator-app", &[("code", &code), ("next", "/org/members")]).await.next();
    };
    let mut browser = signed_in().await;
    confirm(&mut holder).await;
    holder.post("/api/organisation/member/sign-out", &[("id", &id)]).await.next();
    assert!(!browser.passes().await, "signed out by an account holder");

    let mut browser = signed_in().await;
    confirm(&mut holder).await;
    holder.post("/api/organisation/member/place", &[("id", &id), ("role", "supervisor"), ("team", "Night desk")]).await.next();
    assert_eq!(browser.verify_pass("").await.header("remote-groups"), "role:supervisor,team:Night desk");
    holder.post("/api/organisation/member/place", &[("id", &id), ("role", "agent"), ("team", "Night desk")]).await.next();
    assert_eq!(browser.verify_pass("").await.header("remote-groups"), "role:agent,team:Night desk");
    holder.post("/api/organisation/member/disable", &[("id", &id)]).await.next();
    assert!(!browser.passes().await, "disabled");
    holder.post("/api/organisation/member/enable", &[("id", &id)]).await.next();
    assert!(!browser.passes().await, "enabling brings nothing back");

    let mut browser = signed_in().await;
    site.clock.advance_seconds(3_599);
    assert!(browser.passes().await, "that was a use");
    site.clock.advance_seconds(3_600);
    assert!(!browser.passes().await, "an hour without use");

    // Another process: what the command line does, over connections of its own.
    let mut browser = signed_in().await;
    let keys = KeyRing::parse(&site.identity.store().keys().to_toml()).unwrap();
    let node = Store::connect(&site.folder.sqlite_url(), Arc::new(keys)).await.unwrap();
    let account = node.find_account_by_email(&Email::parse(EMAIL).unwrap()).await.unwrap().unwrap();
    let mut tx = node.begin().await.unwrap();
    tx.delete_sessions_of(account.id, None).await.unwrap();
    tx.commit().await.unwrap();
    assert!(!browser.passes().await, "by another process");
}

#[tokio::test]
async fn a_policy_holds_at_the_very_next_request() {
    let (Organised { site, mut holder, .. }, _) = organised().await;
    // Pascal has no second step.
    let mut pascal = site.browser();
    pascal.sign_in(crate::organisation::PASCAL).await.next();
    assert!(pascal.passes().await);
    let effect = holder.get("/api/organisation/policy/effect?security_key=1&passkey=1&authenticator_app=1&emailed_code=1").await.json();
    let count = effect["signed_in_without"].to_string();
    holder.save_policy(&[("required", "1"), ("start", "now"), ("count", &count), ("understood", "1")]).await.next();
    assert!(!pascal.passes().await);
    assert!(holder.passes().await);
}

#[tokio::test]
async fn a_proxy_that_asks_for_what_is_not_understood_lets_nobody_in() {
    let (site, enrolled) = guarded().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    for query in [
        "?assurance=3",
        "?assurance=two",
        "?assurance=1&assurance=2",
        "?max_age=0",
        "?max_age=-1",
        "?max_age=90000",
        "?max_age=600s",
        "?maxage=600",
        "?organisation=",
        "?organisation=quillbrook",
        "?redirect=yes",
        "?%zz=1",
    ] {
        assert_eq!(browser.verify_pass(query).await.status, 400, "{query}");
    }
    for method in ["POST", "PUT", "DELETE", "OPTIONS"] {
        let request = Request::builder().method(method).uri("/auth/verify");
        assert_eq!(browser.send(request, Body::empty()).await.status, 405, "{method}");
    }
}

#[tokio::test]
async fn an_application_of_another_organisation_is_not_entered() {
    let (organised, enrolled) = organised().await;
    let mut neighbour = organised.neighbours().await;
    let site = &organised.site;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    let ours = browser.verify_pass("").await.header("countersign-organisation").to_owned();
    let theirs = neighbour.verify_pass("").await.header("countersign-organisation").to_owned();
    assert_ne!(ours, theirs);
    let query = format!("?organisation={ours}");
    assert_eq!(browser.verify_pass(&query).await.status, 200);
    let refused = neighbour.verify_pass(&query).await;
    assert_eq!(refused.error(), (403, "not-allowed".to_owned()));
    assert_eq!((refused.header("remote-user"), refused.header("location")), ("", ""));
}

#[tokio::test]
async fn a_proxy_that_passes_the_answer_on_has_pages_redirected_and_nothing_else() {
    let (site, _) = guarded().await;
    let forwarded = [("x-forwarded-proto", "http"), ("x-forwarded-host", "localhost:8080"), ("x-forwarded-uri", "/calls")];
    let ask = async |more: &[(&str, &str)]| {
        let headers: Vec<_> = forwarded.iter().chain(more).copied().collect();
        site.browser().verify_with("?redirect=1", &headers).await
    };
    let page = ask(&[("x-forwarded-method", "GET"), ("accept", "text/html,*/*"), ("sec-fetch-mode", "navigate")]).await;
    assert_eq!(page.status, 302);
    assert!(page.header("location").starts_with(&format!("{ORIGIN}/auth/continue?to=")), "{page:?}");
    for other in [
        [("x-forwarded-method", "POST"), ("accept", "text/html"), ("sec-fetch-mode", "navigate")],
        [("x-forwarded-method", "GET"), ("accept", "application/json"), ("sec-fetch-mode", "navigate")],
        [("x-forwarded-method", "GET"), ("accept", "text/html"), ("sec-fetch-mode", "cors")],
    ] {
        assert_eq!(ask(&other).await.status, 401, "{other:?}");
    }
}

#[tokio::test]
async fn what_a_client_says_of_itself_is_not_repeated() {
    let (site, enrolled) = guarded().await;
    let mut browser = site.browser();
    let claims = [("remote-user", "osric"), ("remote-groups", "role:account-holder"), ("countersign-assurance", "2")];
    let refused = browser.verify_with("", &claims).await;
    assert_eq!((refused.status.as_u16(), refused.header("remote-user")), (401, ""));
    browser.sign_in_with(&enrolled.key).await.next();
    let reply = browser.verify_with("", &claims).await;
    assert_eq!((reply.header("remote-groups"), reply.header("remote-email")), ("role:agent", EMAIL));
}

#[tokio::test]
async fn with_the_database_gone_nobody_is_let_in() {
    let (site, enrolled) = guarded().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    site.identity.store().close().await;
    let reply = browser.verify_pass("").await;
    assert_eq!((reply.status.as_u16(), reply.header("remote-user")), (500, ""));
    assert!(reply.body.contains("reference"), "{reply:?}");
}

/// Requests that come at once share a look-up: each must still get its own answer.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_at_once_each_is_told_of_themselves() {
    let (Organised { site, holder, ludo, .. }, enrolled) = organised().await;
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    let people = [(browser, EMAIL), (holder, crate::mailbox::HOLDER), (ludo, LUDO), (site.browser(), "")];
    let asking: Vec<_> = (0..200)
        .map(|n| {
            let (mut browser, email) = people[n % people.len()].clone();
            tokio::spawn(async move {
                let reply = browser.verify_pass("").await;
                assert_eq!(reply.header("remote-email"), email);
                assert_eq!(reply.status.as_u16(), if email.is_empty() { 401 } else { 200 });
            })
        })
        .collect();
    for one in asking {
        one.await.unwrap();
    }
}

/// An answer that is given after a sign-out was answered is a no, however many ask at that moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_answer_is_older_than_its_question() {
    let (site, enrolled) = guarded().await;
    for _ in 0..5 {
        site.clock.advance_seconds(30);
        let mut browser = site.browser();
        browser.sign_in_with(&enrolled.key).await.next();
        let copy = browser.clone();
        let crowd: Vec<_> = (0..20)
            .map(|_| {
                let mut copy = copy.clone();
                tokio::spawn(async move { while copy.passes().await {} })
            })
            .collect();
        browser.post("/api/sign-out", &[]).await.next();
        for _ in 0..20 {
            assert!(!copy.clone().passes().await);
        }
        for one in crowd {
            one.await.unwrap();
        }
    }
}
