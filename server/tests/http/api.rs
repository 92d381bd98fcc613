//! The API stands by itself: described, and taking JSON as well as forms.

use std::collections::BTreeSet;

use countersign_app::api::reference::{Caller, endpoints};
use http::header;
use serde_json::Value;

use crate::support::{Browser, EMAIL, PASSWORD, Site, winners};

#[tokio::test]
async fn every_server_function_is_described_and_nothing_else() {
    let registered: BTreeSet<_> = server_fn::axum::server_fn_paths().map(|(path, method)| format!("{method} {path}")).collect();
    let described: BTreeSet<_> = endpoints().map(|endpoint| format!("{} {}", endpoint.method, endpoint.path)).collect();
    assert_eq!(registered, described);
}

#[tokio::test]
async fn the_description_is_openapi_and_every_reference_in_it_leads_somewhere() {
    let site = Site::empty().await;
    let document = site.browser().get("/api/openapi.json").await.json();
    assert_eq!(document["openapi"], "3.1.0");
    for endpoint in endpoints() {
        let operation = &document["paths"][endpoint.path][endpoint.method.to_lowercase()];
        assert!(operation["responses"]["200"].is_object(), "{}", endpoint.path);
    }
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer} leads nowhere");
    }
}

/// The fields described are those that the server function takes: leaving a required one out is
/// refused, and all of them together are understood.
#[tokio::test]
async fn the_fields_described_are_the_fields_taken() {
    let site = Site::with_agent().await;
    for endpoint in endpoints().filter(|endpoint| endpoint.method == "POST") {
        let all: Vec<_> = endpoint.fields.iter().map(|field| (field.name, "x")).collect();
        let reply = site.browser().post(endpoint.path, &all).await;
        assert_ne!(reply.status, 400, "{} doesn't take its own fields", endpoint.path);
        for left_out in endpoint.fields.iter().filter(|field| field.is_required) {
            let some: Vec<_> = all.iter().copied().filter(|(name, _)| *name != left_out.name).collect();
            let reply = site.browser().post(endpoint.path, &some).await;
            assert_eq!(reply.status, 400, "{} without {}", endpoint.path, left_out.name);
        }
    }
}

#[tokio::test]
async fn views_answer_what_their_schema_says() {
    let (site, enrolled) = Site::with_second_step().await;
    let document = site.browser().get("/api/openapi.json").await.json();
    let mut browser = site.browser();
    browser.sign_in_with(&enrolled.key).await.next();
    for endpoint in endpoints().filter(|endpoint| endpoint.method == "GET" && endpoint.fields.is_empty()) {
        if !matches!(endpoint.caller, Caller::Anybody)
            && !matches!(endpoint.caller, Caller::Stages(stages) if stages.contains(&"signed-in"))
        {
            continue;
        }
        let reply = browser.get(endpoint.path).await;
        if reply.status != 200 {
            continue;
        }
        expect_described(&document, endpoint.path, &reply.json());
    }
}

/// The fields of an answer are those of its schema.
#[track_caller]
fn expect_described(document: &Value, path: &str, answer: &Value) {
    let reference = document["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].as_str().unwrap();
    let schema = document.pointer(&reference[1..]).unwrap();
    let described: BTreeSet<_> = schema["properties"].as_object().unwrap().keys().cloned().collect();
    let answered: BTreeSet<_> = answer.as_object().unwrap().keys().cloned().collect();
    assert_eq!(described, answered, "{path}");
}

#[tokio::test]
async fn views_of_codes_and_links_by_mail_answer_what_their_schema_says() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    let document = browser.get("/api/openapi.json").await.json();
    for path in ["/api/email/confirm", "/api/password/reset", "/api/not-me"] {
        expect_described(&document, path, &browser.get(path).await.json());
    }
    browser.sign_in(EMAIL).await.next();
    browser.post("/api/enrolment/start", &[("method", "emailed-code")]).await.next();
    let pending = browser.get("/api/enrolment/emailed-code").await.json();
    expect_described(&document, "/api/enrolment/emailed-code", &pending);
    let code = site.mailed_code().await;
    browser.post("/api/enrolment/emailed-code", &[("code", &code)]).await.next();
    expect_described(&document, "/api/backup-codes/new", &browser.get("/api/backup-codes/new").await.json());
    browser.post("/api/confirmation/emailed-code/send", &[]).await.next();
    let confirmation = browser.get("/api/confirmation").await.json();
    expect_described(&document, "/api/confirmation", &confirmation);
    let mut other = site.browser();
    other.sign_in(EMAIL).await.next();
    let second_step = other.get("/api/second-step").await.json();
    expect_described(&document, "/api/second-step", &second_step);
    let sent: BTreeSet<_> = document["components"]["schemas"]["SentCode"]["properties"].as_object().unwrap().keys().collect();
    for sent_code in [&pending["sent"], &confirmation["sent_code"], &second_step["sent_code"]] {
        assert_eq!(sent, sent_code.as_object().unwrap().keys().collect());
    }
}

#[tokio::test]
async fn json_is_taken_as_well_as_a_form() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    let body = serde_json::json!({ "email": EMAIL, "password": PASSWORD }).to_string();
    let request = Browser::ask("POST", "/api/sign-in").header(header::CONTENT_TYPE, "application/json; charset=utf-8");
    assert_eq!(browser.send(request, body).await.next(), "/account/security");
    let person: Value = browser.get("/api/person").await.json();
    assert_eq!(person["role"], "agent");
}

#[tokio::test]
async fn the_first_run_creates_one_organisation_and_its_link_works_once() {
    let site = Site::empty().await;
    let old = site.identity.open_set_up().await.unwrap().unwrap();
    let link = site.identity.open_set_up().await.unwrap().unwrap();
    let mut browser = site.browser();
    assert_eq!(
        browser.get(&format!("/api/set-up?token={}", old.expose())).await.json()["is_open"],
        false,
        "a newer link ends an older one"
    );
    assert_eq!(browser.get(&format!("/api/set-up?token={}", link.expose())).await.json()["is_open"], true);
    let fields = |token, password| {
        [
            ("token", token),
            ("organisation", "Quillbrook Support"),
            ("name", "Osric Fenn"),
            ("email", "osric.fenn@example.com"),
            ("password", password),
        ]
    };
    let guessable = browser.post("/api/set-up", &fields(link.expose(), "quillbrook2026")).await;
    assert_eq!((guessable.refusal().0, guessable.json()["problem"]["kind"].clone()), (422, "guessable".into()));
    assert_eq!(browser.post("/api/set-up", &fields(old.expose(), PASSWORD)).await.refusal(), (410, "link-ended".to_owned()));
    let races: Vec<_> = (0..3)
        .map(|_| {
            let (mut browser, token) = (site.browser(), link.expose().to_owned());
            tokio::spawn(async move {
                let fields = [
                    ("token", token.as_str()),
                    ("organisation", "Quillbrook Support"),
                    ("name", "Osric Fenn"),
                    ("email", "osric.fenn@example.com"),
                    ("password", PASSWORD),
                ];
                browser.post("/api/set-up", &fields).await.status == 200
            })
        })
        .collect();
    assert_eq!(winners(races).await, 1);
    assert_eq!(browser.post("/api/set-up", &fields(link.expose(), PASSWORD)).await.refusal().0, 410);
    assert!(site.identity.open_set_up().await.unwrap().is_none());
}
