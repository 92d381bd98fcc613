//! Other sites, other methods, other sizes: what never reaches a use case.

use axum::body::Body;
use countersign_app::api::reference::{Field, endpoints};
use countersign_server::api::MAX_CALLS;
use http::{Request, header};

use crate::support::{Browser, EMAIL, ORIGIN, PASSWORD, Site};

#[tokio::test]
async fn requests_from_other_sites_change_nothing() {
    let site = Site::with_agent().await;
    let body = format!("email={EMAIL}&password={PASSWORD}");
    for (origin, fetch_site) in [
        (Some("https://evil.example"), None),
        (Some("https://evil.example"), Some("cross-site")),
        (Some(ORIGIN), Some("cross-site")),
        (Some(ORIGIN), Some("same-site")),
        (Some("null"), None),
        (None, Some("none")),
        (None, None),
    ] {
        let mut request =
            Request::builder().method("POST").uri("/api/sign-in").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
        if let Some(origin) = origin {
            request = request.header(header::ORIGIN, origin);
        }
        if let Some(site) = fetch_site {
            request = request.header("sec-fetch-site", site);
        }
        let reply = site.browser().send(request, body.clone()).await;
        assert_eq!(reply.status, 403, "{origin:?} {fetch_site:?}");
        assert!(!reply.headers.contains_key(header::SET_COOKIE));
    }
}

/// Whoever is signed in here may have opened another site in the next tab.
#[tokio::test]
async fn no_act_of_any_endpoint_is_taken_from_another_site() {
    let site = Site::with_confirmed_agent().await;
    let token = site.reset_token().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for endpoint in endpoints().filter(|endpoint| endpoint.method == "POST") {
        let value = |field: &Field| if field.name == "token" { token.clone() } else { PASSWORD.to_owned() };
        let fields: Vec<_> = endpoint.fields.iter().map(|field| (field.name, value(field))).collect();
        let request = Request::builder()
            .method("POST")
            .uri(endpoint.path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ORIGIN, "https://evil.example")
            .header("sec-fetch-site", "cross-site");
        let reply = browser.send(request, serde_html_form::to_string(&fields).unwrap()).await;
        assert_eq!((reply.status.as_u16(), reply.headers.contains_key(header::SET_COOKIE)), (403, false), "{}", endpoint.path);
    }
    assert!(browser.is_in().await && browser.is_open("/api/password/reset", &token).await);
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn bodies_that_are_too_large_or_of_another_kind_are_refused() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    let form = "application/x-www-form-urlencoded";
    for (kind, body, status) in [
        (form, format!("email={}", "a".repeat(70_000)), 413),
        ("multipart/form-data; boundary=x", "--x--".to_owned(), 415),
        ("text/plain", "email=a".to_owned(), 415),
        ("application/json", "{".to_owned(), 400),
        ("application/json", r#"{"email":["a"],"password":"b"}"#.to_owned(), 400),
        (form, "email=a%40example.com".to_owned(), 400),
    ] {
        let reply = browser.send(Browser::ask("POST", "/api/sign-in").header(header::CONTENT_TYPE, kind), body).await;
        assert_eq!((reply.status.as_u16(), reply.error().1.as_str()), (status, "bad-request"), "{kind}");
    }
}

#[tokio::test]
async fn an_act_takes_no_get_and_a_view_takes_no_post() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    let reply = browser.get(&format!("/api/sign-in?email={EMAIL}&password={PASSWORD}")).await;
    assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "POST"));
    let reply = browser.post("/api/security", &[]).await;
    assert_eq!((reply.status.as_u16(), reply.header("allow")), (405, "GET"));
    assert_eq!(browser.get("/api/nothing").await.error(), (404, "not-found".to_owned()));
    let reply = browser.send(Browser::ask("POST", "/sign-in"), Body::empty()).await;
    assert_eq!(reply.status, 405);
}

#[tokio::test]
async fn documents_carry_the_headers_and_a_nonce_of_their_own() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    let page = browser.page("/sign-in").await;
    assert_eq!(page.status, 200);
    let policy = page.header("content-security-policy").to_owned();
    assert!(policy.starts_with("default-src 'none'; script-src 'self' 'nonce-"), "{policy}");
    assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    assert!(policy.contains("frame-ancestors 'none'") && policy.contains("base-uri 'none'"));
    assert_ne!(browser.page("/sign-in").await.header("content-security-policy"), policy);
    for (name, value) in [
        ("cache-control", "no-store"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
    ] {
        assert_eq!(page.header(name), value);
    }
    assert!(!page.body.contains(" style="), "inline style");
    let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
    for script in page.body.split("<script").skip(1) {
        let tag = script.split('>').next().unwrap();
        assert!(tag.contains(nonce), "a script without the nonce: {tag}");
    }
}

#[tokio::test]
async fn answers_aren_t_kept_and_may_do_nothing() {
    let site = Site::with_agent().await;
    let reply = site.browser().get("/api/session").await;
    assert_eq!(reply.header("cache-control"), "no-store");
    assert_eq!(reply.header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'");
}

#[tokio::test]
async fn cookies_are_out_of_reach_for_scripts() {
    let site = Site::with_agent().await;
    let reply = site.browser().sign_in(EMAIL).await;
    let cookies: Vec<_> = reply.headers.get_all(header::SET_COOKIE).iter().map(|value| value.to_str().unwrap()).collect();
    assert_eq!(cookies.len(), 2, "{cookies:?}");
    for cookie in cookies {
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/") && !cookie.contains("Domain"),
            "{cookie}"
        );
    }
}

#[tokio::test]
async fn the_server_says_whether_it_is_alive_and_ready() {
    let site = Site::empty().await;
    assert_eq!(site.browser().get("/healthz").await.status, 200);
    assert_eq!(site.browser().get("/readyz").await.status, 200);
    site.identity.store().close().await;
    assert_eq!(site.browser().get("/readyz").await.status, 503);
}

#[tokio::test]
async fn with_the_database_gone_people_get_a_reference_and_no_cause() {
    let site = Site::with_agent().await;
    site.identity.store().close().await;
    let reply = site.browser().sign_in(EMAIL).await;
    assert_eq!(reply.error(), (500, "internal".to_owned()));
    assert_eq!(reply.json()["reference"].as_str().unwrap().len(), 6);
    assert!(!reply.body.to_lowercase().contains("pool"), "{}", reply.body);
}

#[tokio::test]
async fn only_documents_for_strangers_are_compressed() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    let page =
        |path: &str| Request::builder().uri(path.to_owned()).header(header::ACCEPT, "text/html").header(header::ACCEPT_ENCODING, "br");
    assert_eq!(browser.send(page("/sign-in"), Body::empty()).await.header("content-encoding"), "br");
    browser.submit("/sign-in", "/api/sign-in", &[("email", "x"), ("password", "y")]).await;
    let told = browser.send(page("/sign-in"), Body::empty()).await;
    assert_eq!((told.status.as_u16(), told.header("content-encoding")), (200, ""), "it shows an answer");
    browser.sign_in(EMAIL).await.next();
    assert_eq!(browser.send(page("/account/security"), Body::empty()).await.header("content-encoding"), "");
    assert_eq!(browser.get("/api/session").await.header("content-encoding"), "");
}

#[tokio::test]
async fn too_many_calls_at_once_are_told_to_come_again() {
    let site = Site::with_agent().await;
    let mut browser = site.browser();
    let all = site.calls.clone().acquire_many_owned(u32::try_from(MAX_CALLS).unwrap()).await.unwrap();
    let reply = browser.post("/api/sign-in/passkey/start", &[]).await;
    assert_eq!((reply.status.as_u16(), reply.error().1.as_str(), reply.header("retry-after")), (503, "busy", "1"));
    drop(all);
    assert_eq!(browser.get("/api/session").await.status, 200);
    assert_eq!(site.calls.available_permits(), MAX_CALLS);
}
