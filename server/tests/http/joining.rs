//! Joining with single sign-on: by the link of an invitation, and by the address that it went to.

use countersign_domain::{Email, Role};
use countersign_identity::Account;
use serde_json::json;

use crate::{
    connected::{Connected, SESSION, refused},
    lying_provider::{CLIENT, Lie},
    mailbox::token_in,
    organisation::PASCAL,
    support::{Browser, PASSWORD, Site, winners},
};

const MIKA: &str = "mika.thornfield@example.com";

impl Connected {
    /// Invites somebody, and says the token of their link.
    async fn invite(&mut self, line: &str) -> String {
        let holder = self.fresh_holder().await;
        holder.post("/api/organisation/invite/draft", &[("people", line), ("role", "agent")]).await.next();
        let draft = holder.get("/api/organisation/invite").await.json()["draft"]["digest"].as_str().unwrap().to_owned();
        holder.post("/api/organisation/invite", &[("draft", &draft), ("count", "1")]).await.next();
        while self.site().identity.send_invitations().await.unwrap() {}
        token_in(&self.site().mail("invitation").await, "/join")
    }

    /// Nobody signs in otherwise from now on.
    async fn require(&mut self) {
        // By way of somebody who was invited, it has been tried.
        let first = self.invite("first.one@example.com,First One,agent").await;
        self.say("subject-0", "first.one@example.com");
        let mut browser = self.site().browser();
        assert_eq!(join(&mut browser, self, &first).await["problem"], json!(null));
        let issuer = self.provider.issuer().to_owned();
        let form = [("issuer", issuer.as_str()), ("client_id", CLIENT), ("required", "yes"), ("changes", "1"), ("sign_out", "9")];
        self.fresh_holder().await.post("/api/organisation/single-sign-on", &form).await.next();
    }

    fn say(&self, subject: &str, email: &str) {
        self.provider.say(|says| {
            subject.clone_into(&mut says.subject);
            email.clone_into(&mut says.email);
            says.name = Some("Mika of the provider".to_owned());
        });
    }
}

async fn account(site: &Site, email: &str) -> Option<Account> {
    site.identity.store().find_account_by_email(&Email::parse(email).unwrap()).await.unwrap()
}

/// The link, the provider, and back.
async fn join(browser: &mut Browser, connected: &Connected, token: &str) -> serde_json::Value {
    assert_eq!(browser.post("/api/join/single-sign-on", &[("token", token)]).await.next(), "/auth/single-sign-on/go");
    let answer = browser.consent_at(&connected.provider).await;
    browser.come_back(&answer).await
}

#[tokio::test]
async fn whoever_was_invited_comes_as_they_were_invited() {
    let mut connected = Connected::new().await;
    let token = connected.invite(&format!("{MIKA},Mika Thornfield,supervisor,Night desk")).await;
    connected.say("subject-9", MIKA);
    // Nobody is added unasked here; but they were asked.
    let (mut browser, way) = connected.sign_on().await;
    assert_eq!(way["next"], "/account/profile");
    let mika = account(connected.site(), MIKA).await.unwrap();
    let person = browser.get("/api/person").await.json();
    assert_eq!((mika.role, mika.team_id.is_some(), &person["name"]), (Role::Supervisor, true, &json!("Mika Thornfield")));
    // The link has ended with it.
    assert_eq!(browser.get(&format!("/api/join?token={token}")).await.json()["invitation"], json!(null));
    let log = connected.organised.holder.get("/api/organisation/audit").await.body;
    assert!(log.contains("invitation.accepted"), "{log}");
}

#[tokio::test]
async fn an_account_holders_invitation_takes_its_link_too() {
    let mut connected = Connected::new().await;
    let token = connected.invite(&format!("{MIKA},Mika Thornfield,account holder")).await;
    connected.say("subject-9", MIKA);
    assert_eq!(connected.sign_on().await.1, refused("invited"));
    assert!(account(connected.site(), MIKA).await.is_none());
    let mut browser = connected.site().browser();
    assert_eq!(join(&mut browser, &connected, &token).await["problem"], json!(null));
    assert_eq!(account(connected.site(), MIKA).await.unwrap().role, Role::AccountHolder);
}

#[tokio::test]
async fn the_link_says_whose_mailbox_it_is_and_the_provider_who_they_are() {
    let mut connected = Connected::without_domain().await;
    let token = connected.invite(&format!("{MIKA},Mika Thornfield,agent,Night desk")).await;
    connected.say("subject-9", "mika@another.example");
    assert_eq!(connected.site().browser().get(&format!("/api/join?token={token}")).await.json()["invitation"]["must_sign_on"], false);
    let mut browser = connected.site().browser();
    assert_eq!(join(&mut browser, &connected, &token).await["problem"], json!(null));
    assert_eq!(browser.get("/api/person").await.json()["email"], MIKA);
    // From then on they are known by who they are there.
    assert_eq!(connected.sign_on().await.1["problem"], json!(null));
    // The link worked once.
    let again = connected.site().browser().post("/api/join/single-sign-on", &[("token", &token)]).await;
    assert_eq!(again.refusal(), (410, "link-ended".to_owned()));
}

#[tokio::test]
async fn a_link_makes_nobody_of_a_member_and_nobody_twice() {
    let mut connected = Connected::new().await;
    connected.sign_on().await;
    let token = connected.invite(&format!("{MIKA},Mika Thornfield,agent")).await;
    // Wren opens Mika's link: she is herself at the provider.
    let mut wren = connected.site().browser();
    assert_eq!(join(&mut wren, &connected, &token).await, refused("other-address"));
    // Also if the provider doesn't say whose mailbox it is.
    connected.provider.lie(Lie::UnverifiedEmail);
    assert_eq!(join(&mut wren, &connected, &token).await, refused("taken"));
    connected.provider.lie(Lie::None);
    assert!(account(connected.site(), MIKA).await.is_none() && !wren.cookies.contains_key(SESSION));
    assert!(
        connected.site().browser().get(&format!("/api/join?token={token}")).await.json()["invitation"].is_object(),
        "it is still Mika's"
    );
    // In another browser, or after it was taken back, it ends.
    connected.say("subject-9", MIKA);
    let mut mika = connected.site().browser();
    mika.post("/api/join/single-sign-on", &[("token", &token)]).await.next();
    let answer = mika.consent_at(&connected.provider).await;
    assert_eq!(connected.site().browser().come_back(&answer).await, refused("ended"));
    let rows = connected.organised.holder.get(&format!("/api/organisation/members?state=invited&q={MIKA}")).await.json();
    let id = rows["rows"][0]["id"].as_str().unwrap().to_owned();
    connected.fresh_holder().await.post("/api/organisation/invitation/withdraw", &[("id", &id)]).await.next();
    assert_eq!(mika.come_back(&answer).await, refused("invitation-ended"));
    assert!(account(connected.site(), MIKA).await.is_none());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_several_who_use_one_link_at_once_one_joins() {
    let mut connected = Connected::new().await;
    let token = connected.invite(&format!("{MIKA},Mika Thornfield,agent")).await;
    connected.say("subject-9", MIKA);
    let mut answers = Vec::new();
    for _ in 0..4 {
        let mut browser = connected.site().browser();
        browser.post("/api/join/single-sign-on", &[("token", &token)]).await.next();
        let answer = browser.consent_at(&connected.provider).await;
        answers.push((browser, answer));
    }
    let races =
        answers.into_iter().map(|(mut browser, answer)| tokio::spawn(async move { browser.come_back(&answer).await["next"].is_string() }));
    assert_eq!(winners(races.collect()).await, 1);
}

#[tokio::test]
async fn where_it_is_the_only_way_in_nobody_joins_with_a_password() {
    let mut connected = Connected::without_domain().await;
    let token = connected.invite(&format!("{MIKA},Mika Thornfield,agent")).await;
    let holders = connected.invite("ines.karrow@example.com,Ines Karrow,account holder").await;
    connected.require().await;
    let mut browser = connected.site().browser();
    assert_eq!(browser.get(&format!("/api/join?token={token}")).await.json()["invitation"]["must_sign_on"], true);
    for with in ["", "passkey"] {
        let reply = browser.post("/api/join", &[("token", &token), ("name", "Mika"), ("password", PASSWORD), ("with", with)]).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["what"]), (409, &json!("use-single-sign-on")));
    }
    let page = browser.page(&format!("/join?token={token}")).await;
    assert!(page.body.contains("Continue with single sign-on") && !page.body.contains("Choose a password"), "{}", page.body);
    connected.say("subject-9", "mika@another.example");
    assert_eq!(join(&mut browser, &connected, &token).await["problem"], json!(null));
    // Account holders have a password in any case.
    let mut ines = connected.site().browser();
    ines.post("/api/join", &[("token", &holders), ("name", "Ines"), ("password", PASSWORD)]).await.next();
    assert!(ines.is_in().await);
}

#[tokio::test]
async fn a_refusal_says_where_another_try_leads() {
    let mut connected = Connected::new().await;
    connected.say("nobody", "nobody@elsewhere.example");
    let mut browser = connected.site().browser();
    let answer = browser.sign_on_at(&connected.provider).await;
    let query = serde_html_form::to_string([("answer", &answer)]).unwrap();
    let way = browser.get(&format!("/api/single-sign-on/finish?{query}")).await.json();
    assert_eq!((&way["problem"], &way["again"]), (&json!("unknown"), &json!("/account/profile")));
    // Joining begins with the link.
    let token = connected.invite(&format!("{MIKA},Mika Thornfield,agent")).await;
    browser.post("/api/join/single-sign-on", &[("token", &token)]).await.next();
    let answer = browser.consent_at(&connected.provider).await;
    let state = answer.split('&').next().unwrap();
    let query = serde_html_form::to_string([("answer", format!("{state}&error=access_denied"))]).unwrap();
    let way = browser.get(&format!("/api/single-sign-on/finish?{query}")).await.json();
    assert_eq!((&way["problem"], &way["again"], &way["back"]), (&json!("refused"), &json!(null), &json!(null)));
    // Connecting begins on the Security page.
    let mut pascal = connected.site().browser();
    pascal.sign_in(PASCAL).await.next();
    pascal.post("/api/single-sign-on/connect", &[]).await.next();
    let answer = pascal.consent_at(&connected.provider).await;
    let state = answer.split('&').next().unwrap();
    let query = serde_html_form::to_string([("answer", format!("{state}&error=access_denied"))]).unwrap();
    let way = pascal.get(&format!("/api/single-sign-on/finish?{query}")).await.json();
    assert_eq!((&way["problem"], &way["again"], &way["back"]), (&json!("refused"), &json!(null), &json!("/account/security")));
}

#[tokio::test]
async fn an_invitation_that_is_passed_on_gives_nobody_the_mailbox_it_went_to() {
    let mut connected = Connected::new().await;
    let token = connected.invite(&format!("{MIKA},Mika Thornfield,agent")).await;
    // Somebody of the organisation whom the provider knows by another address.
    connected.say("subject-8", "somebody.else@example.com");
    let mut other = connected.site().browser();
    assert_eq!(join(&mut other, &connected, &token).await, refused("other-address"));
    assert!(account(connected.site(), MIKA).await.is_none() && !other.cookies.contains_key(SESSION));
    // It is still hers.
    connected.say("subject-9", MIKA);
    let mut mika = connected.site().browser();
    assert_eq!(join(&mut mika, &connected, &token).await["problem"], json!(null));
}

#[tokio::test]
async fn whoever_joins_logs_in_at_the_provider_anew() {
    let mut connected = Connected::new().await;
    let token = connected.invite(&format!("{MIKA},Mika Thornfield,agent")).await;
    let mut browser = connected.site().browser();
    browser.post("/api/join/single-sign-on", &[("token", &token)]).await.next();
    let page = browser.get("/api/single-sign-on/go").await.json()["next"].as_str().unwrap().to_owned();
    assert!(page.contains("prompt=login"), "on a shared desk it may still know whoever sat there before: {page}");
}
