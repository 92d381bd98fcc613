//! What comes by mail, as the tests read it.

use countersign_identity::OutgoingMail;
use serde_json::Value;

use crate::support::{Browser, EMAIL, ORIGIN, PASSWORD, Reply, Site};

pub(crate) const HOLDER: &str = "osric.fenn@example.com";
pub(crate) const JUNIPER: &str = "juniper.vale@example.com";
/// A second password that nobody would guess.
pub(crate) const NEW_PASSWORD: &str = "tidal wave of marmalade";

/// Words that tell a bystander how somebody signs in.
const TELLING: [&str; 10] =
    ["key", "authenticator", "app ", "backup", "recovery", "emailed", "password", "two-factor", "second step", "passkey"];

/// What somebody saves when their first method is connected.
#[derive(Clone, Debug)]
pub(crate) struct Spare {
    pub(crate) codes: Vec<String>,
    pub(crate) recovery_key: String,
}

/// The six digits of a mail, alone on their line.
#[track_caller]
pub(crate) fn code_in(mail: &OutgoingMail) -> String {
    let is_code = |line: &&str| line.len() == 6 && line.bytes().all(|byte| byte.is_ascii_digit());
    mail.letter.text.lines().find(is_code).unwrap_or_else(|| panic!("no code in {}", mail.letter.text)).to_owned()
}

/// The token of a mail's link to `page`.
#[track_caller]
pub(crate) fn token_in(mail: &OutgoingMail, page: &str) -> String {
    let start = format!("{ORIGIN}{page}?token=");
    let token = mail.letter.text.lines().find_map(|line| line.strip_prefix(&start));
    token.unwrap_or_else(|| panic!("no link to {page} in {}", mail.letter.text)).to_owned()
}

/// A code that isn't `code`.
pub(crate) fn another_code(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

/// What must be true of each mail, whatever the test is about.
fn check(mail: &OutgoingMail) {
    let subject = mail.letter.subject.to_lowercase();
    let is_harmless = !TELLING.iter().any(|word| subject.contains(word)) && !subject.contains(|c: char| c.is_ascii_digit());
    assert!(is_harmless, "{}: {subject}", mail.kind);
    assert!(!mail.letter.subject.contains(['\r', '\n']) && !mail.sender.contains(['\r', '\n']), "{mail:?}");
    assert!(!mail.letter.text.lines().any(|line| line.trim_start().to_lowercase().starts_with("bcc:")), "{}", mail.letter.text);
    if mail.kind.starts_with("notice.") {
        assert_eq!(token_in(mail, "/not-me").len(), 43, "{}", mail.kind);
    }
}

impl Site {
    /// Takes every mail that is due, as the worker does, and says that each was sent.
    pub(crate) async fn outbox(&self) -> Vec<OutgoingMail> {
        let mails = self.identity.claim_mail(100).await.unwrap();
        for mail in &mails {
            check(mail);
            self.identity.record_delivery(mail, Ok(())).await.unwrap();
        }
        mails
    }

    /// The one mail of this kind that is due, and no more than one. The others are taken, too.
    pub(crate) async fn mail(&self, kind: &str) -> OutgoingMail {
        let mut mails = self.outbox().await;
        let kinds: Vec<_> = mails.iter().map(|mail| mail.kind.clone()).collect();
        mails.retain(|mail| mail.kind == kind);
        assert_eq!(mails.len(), 1, "{kind} among {kinds:?}");
        mails.remove(0)
    }

    /// The code that was just mailed.
    pub(crate) async fn mailed_code(&self) -> String {
        code_in(&self.mail("emailed-code").await)
    }

    /// The kinds of all mails that are due, and where each goes, in order.
    pub(crate) async fn told(&self) -> Vec<(String, String)> {
        let mut told: Vec<_> = self.outbox().await.into_iter().map(|mail| (mail.kind, mail.to.to_string())).collect();
        told.sort();
        told
    }

    /// [`EMAIL`] presses the link in the first mail; the outbox is empty afterwards.
    pub(crate) async fn confirm_agent(&self) {
        let mails = self.outbox().await;
        let mail = mails.iter().find(|mail| mail.kind == "confirm-email" && mail.to.as_str() == EMAIL).unwrap();
        self.browser().confirm_email(&token_in(mail, "/confirm-email")).await.next();
    }

    /// As [`Site::with_agent`], the address confirmed and all mail taken.
    pub(crate) async fn with_confirmed_agent() -> Self {
        let site = Self::with_agent().await;
        site.confirm_agent().await;
        site
    }

    /// An agent whose only second step is the emailed code.
    pub(crate) async fn with_emailed_code() -> (Self, Spare) {
        let site = Self::with_confirmed_agent().await;
        let mut browser = site.browser();
        browser.sign_in(EMAIL).await.next();
        let spare = browser.enrol_emailed_code(&site).await;
        browser.post("/api/sign-out", &[]).await.next();
        site.outbox().await;
        site.clock.advance_seconds(60);
        (site, spare)
    }

    /// An agent with an authenticator app: its key, and what was saved with it.
    pub(crate) async fn with_app() -> (Self, String, Spare) {
        let site = Self::with_confirmed_agent().await;
        let mut browser = site.browser();
        browser.sign_in(EMAIL).await.next();
        let (key, spare) = browser.enrol_app().await;
        browser.post("/api/sign-out", &[]).await.next();
        site.outbox().await;
        site.clock.advance_seconds(60);
        (site, key, spare)
    }

    /// A link for a new password for [`EMAIL`], out of the mail.
    pub(crate) async fn reset_token(&self) -> String {
        self.browser().forget(EMAIL).await.next();
        token_in(&self.mail("reset-password").await, "/reset-password")
    }

    /// [`EMAIL`] chooses [`NEW_PASSWORD`] with a mailed link; all mail is taken.
    pub(crate) async fn reset_by_mail(&self) {
        let token = self.reset_token().await;
        self.browser().reset(&token, NEW_PASSWORD).await.next();
        self.outbox().await;
    }
}

impl Browser {
    pub(crate) async fn confirm_email(&mut self, token: &str) -> Reply {
        self.post("/api/email/confirm", &[("token", token)]).await
    }

    pub(crate) async fn forget(&mut self, email: &str) -> Reply {
        self.post("/api/password/forgot", &[("email", email)]).await
    }

    pub(crate) async fn reset(&mut self, token: &str, password: &str) -> Reply {
        self.post("/api/password/reset", &[("token", token), ("password", password)]).await
    }

    pub(crate) async fn disown(&mut self, token: &str) -> Reply {
        self.post("/api/not-me", &[("token", token)]).await
    }

    /// Whether a look at a link finds it working.
    pub(crate) async fn is_open(&mut self, path: &str, token: &str) -> bool {
        let reply = self.get(&format!("{path}?token={token}")).await;
        assert_eq!(reply.status, 200);
        reply.json()["email"].is_string()
    }

    pub(crate) async fn sign_in_as(&mut self, email: &str, password: &str) -> Reply {
        self.post("/api/sign-in", &[("email", email), ("password", password)]).await
    }

    /// Types an emailed code as the second step.
    pub(crate) async fn type_code(&mut self, code: &str) -> Reply {
        self.post("/api/second-step/emailed-code", &[("code", code)]).await
    }

    pub(crate) async fn resend_code(&mut self) -> Reply {
        self.post("/api/second-step/emailed-code/send", &[]).await
    }

    /// Types the recovery key as the second step.
    pub(crate) async fn type_recovery_key(&mut self, key: &str) -> Reply {
        self.post("/api/second-step/recovery-key", &[("code", key)]).await
    }

    /// Password and emailed code, all the way in.
    pub(crate) async fn sign_in_by_mail(&mut self, site: &Site) -> Reply {
        site.outbox().await;
        self.sign_in_as(EMAIL, PASSWORD).await.next();
        let code = site.mailed_code().await;
        self.type_code(&code).await
    }

    /// The second steps that are offered.
    pub(crate) async fn ways(&mut self) -> Vec<String> {
        let ways = self.get("/api/second-step").await.json()["ways"].clone();
        ways.as_array().unwrap().iter().map(|way| way["factor"].as_str().unwrap().to_owned()).collect()
    }

    /// Turns emailed codes on, and saves what comes with it.
    pub(crate) async fn enrol_emailed_code(&mut self, site: &Site) -> Spare {
        site.outbox().await;
        assert_eq!(self.post("/api/enrolment/start", &[("method", "emailed-code")]).await.next(), "/enrol/email");
        let code = site.mailed_code().await;
        assert_eq!(self.post("/api/enrolment/emailed-code", &[("code", &code)]).await.next(), "/enrol/codes");
        self.save_spare().await
    }

    /// Connects an app, and saves what comes with it: the app's key and the spare ways.
    pub(crate) async fn enrol_app(&mut self) -> (String, Spare) {
        let key = self.connect_app().await;
        (key, self.save_spare().await)
    }

    /// Reads what waits to be saved, and says that it is.
    pub(crate) async fn save_spare(&mut self) -> Spare {
        let shown = self.get("/api/backup-codes/new").await.json();
        self.post("/api/backup-codes/saved", &[("saved", "on")]).await.next();
        let codes = shown["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        Spare { codes, recovery_key: shown["recovery_key"].as_str().unwrap_or_default().to_owned() }
    }

    /// The id of the first method of this kind.
    pub(crate) async fn method(&mut self, factor: &str) -> String {
        let security = self.get("/api/security").await.json();
        let found = security["methods"].as_array().unwrap().iter().find(|method| method["factor"] == factor).cloned();
        found.as_ref().map(|method| &method["id"]).and_then(Value::as_str).unwrap_or_else(|| panic!("no {factor}: {security}")).to_owned()
    }

    /// Whether this browser's session is one that is signed in.
    pub(crate) async fn is_in(&mut self) -> bool {
        self.get("/api/security").await.status == 200
    }
}
