//! Text from outside that reaches a mail: it stays text. The outbox checks each letter for a line
//! that begins with "Bcc:".

use std::net::SocketAddr;

use axum::extract::ConnectInfo;
use http::header;

use crate::{
    mailbox::token_in,
    support::{Browser, EMAIL, PASSWORD, Site},
};

const BCC: &str = "Bcc: thief@evil.example";
const HOSTILE: [&str; 8] = ["x\r\n{}", "x\n{}", "x\r{}", "x\u{2028}{}", "x\u{85}{}", "x\u{b}{}", "\r\n\r\n{}", "<b>\"'&\t{}"];

fn hostile() -> impl Iterator<Item = String> {
    HOSTILE.iter().map(|text| text.replace("{}", BCC))
}

/// Addresses that would be more than one header, or more than one address.
const NOT_ADDRESSES: [&str; 10] = [
    "a@example.com\r\nBcc: thief@evil.example",
    "a\r\nBcc: thief@evil.example",
    "a\n@example.com",
    "a@example.com, thief@evil.example",
    "a,b@example.com",
    "\"a b\"@example.com",
    "Wren <a@example.com>",
    "a@example.com>",
    "a;b@example.com",
    "a@exam\u{2028}ple.com",
];

#[tokio::test]
async fn an_address_is_one_address_and_nothing_else() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for text in NOT_ADDRESSES {
        for path in ["/api/password/forgot", "/api/email/change"] {
            let reply = browser.post(path, &[("email", text)]).await;
            assert_eq!((reply.refusal(), &reply.json()["field"]), ((422, "field".to_owned()), &"email".into()), "{path} {text:?}");
        }
        assert_eq!(browser.sign_in(text).await.refusal().0, 422, "{text:?}");
    }
    assert!(site.outbox().await.is_empty());
}

#[tokio::test]
async fn names_typed_at_set_up_stay_on_their_line() {
    let mut reached = 0;
    for text in hostile() {
        let site = Site::empty().await;
        let link = site.identity.open_set_up().await.unwrap().unwrap();
        let mut browser = site.browser();
        let fields = |email| {
            [("token", link.expose()), ("organisation", text.as_str()), ("name", text.as_str()), ("email", email), ("password", PASSWORD)]
        };
        assert_eq!(browser.post("/api/set-up", &fields("a@example.com\r\nBcc: b@evil.example")).await.refusal().0, 422);
        if browser.post("/api/set-up", &fields("osric.fenn@example.com")).await.status != 200 {
            continue;
        }
        let mail = site.mail("confirm-email").await;
        browser.confirm_email(&token_in(&mail, "/confirm-email")).await.next();
        let key = browser.connect_app().await;
        assert!(!key.is_empty());
        let mails = site.outbox().await;
        for mail in mails.iter().chain([&mail]) {
            reached += usize::from(mail.letter.text.contains(BCC));
            assert!(!mail.letter.html.contains("<b>") && !mail.letter.html.contains("\"'&\t"), "{}", mail.letter.html);
            assert!(!mail.sender.chars().any(char::is_control), "{:?}", mail.sender);
        }
    }
    assert!(reached > 3, "names are in letters, as text");
}

#[tokio::test]
async fn a_method_s_name_stays_on_its_line() {
    for text in hostile() {
        let site = Site::with_confirmed_agent().await;
        let mut browser = site.browser();
        browser.sign_in(EMAIL).await.next();
        browser.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.next();
        let key = browser.get("/api/enrolment/authenticator-app").await.json()["key"].as_str().unwrap().to_owned();
        let code = browser.code(&key);
        browser.post("/api/enrolment/authenticator-app", &[("code", &code), ("name", &text)]).await.next();
        let mail = site.mail("notice.method-added").await;
        assert!(mail.letter.text.contains(BCC) && !mail.letter.html.contains("<b>"), "{}", mail.letter.text);
    }
}

/// It would turn the rest of its line around.
#[tokio::test]
async fn an_address_reorders_nothing_in_a_letter() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    let hidden = ['\u{202e}', '\u{2066}', '\u{200b}'];
    for c in hidden {
        browser.post("/api/email/change", &[("email", &format!("{c}moc@evil.example"))]).await;
    }
    for mail in site.outbox().await {
        assert!(!mail.letter.text.contains(hidden) && !mail.letter.html.contains(hidden), "{}", mail.letter.text);
    }
}

/// The browser's name is made of words we know; an address is one that can be read as one.
#[tokio::test]
async fn headers_put_no_text_of_their_own_into_a_letter() {
    let site = Site::with_confirmed_agent().await;
    let mut browser = site.browser();
    let agent = format!("{}\tBcc: thief@evil.example <b>{}", "Mozilla/5.0 (Windows NT 10.0) Chrome/143.0 ".repeat(3), "x".repeat(20_000));
    let request = Browser::ask("POST", "/api/password/forgot")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::USER_AGENT, agent)
        .header("x-forwarded-for", "Bcc: thief@evil.example, 203.0.113.9")
        .extension(ConnectInfo(SocketAddr::from(([192, 0, 2, 44], 50_000))));
    assert_eq!(browser.send(request, format!("email={EMAIL}")).await.status, 200);
    let letter = site.mail("reset-password").await.letter;
    assert!(letter.text.contains("from Chrome on Windows, 192.0.2.44."), "{}", letter.text);
    for form in [&letter.text, &letter.html] {
        assert!(!form.contains("Bcc") && !form.contains("203.0.113.9") && !form.contains("xxxx"), "{form}");
    }
}
