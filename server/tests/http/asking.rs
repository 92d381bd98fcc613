//! "Ask your supervisor": a number on two screens, and a code for one of them.

use countersign_domain::Role;
use serde_json::{Value, json};

use crate::{
    mailbox::HOLDER,
    organisation::{ISOLDE, Organised, PASCAL},
    support::{Browser, EMAIL, Reply, Site},
};

impl Browser {
    /// Asks for a code, and reads the number on the screen.
    async fn ask_for_code(&mut self) -> String {
        assert_eq!(self.post("/api/second-step/ask", &[]).await.next(), "/sign-in/step-2/ask");
        self.get("/api/second-step/ask").await.json()["number"].as_str().unwrap().to_owned()
    }

    async fn type_number(&mut self, id: &str, number: &str) -> Reply {
        let fields = [("id", id), ("known", "number"), ("number", number), ("lasts", "15-minutes")];
        self.post("/api/organisation/member/access-code", &fields).await
    }

    async fn give_code(&mut self, code: &str) -> Reply {
        self.post("/api/second-step/access-code", &[("code", code)]).await
    }
}

/// Somebody at their second step, with a method.
async fn stuck(site: &Site) -> Browser {
    let (mut wren, _) = site.enrolled(EMAIL).await;
    wren.post("/api/sign-out", &[]).await;
    wren.sign_in(EMAIL).await.next();
    wren
}

fn what(reply: &Reply) -> String {
    assert_eq!(reply.refusal(), (409, "unmet".to_owned()), "{}", reply.body);
    reply.json()["what"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_code_is_given_to_the_one_screen_that_shows_the_number() {
    let Organised { site, mut ludo, mut holder, .. } = Organised::new().await;
    let mut wren = stuck(&site).await;
    assert_eq!(wren.get("/api/second-step").await.json()["helpers"], json!(["Ludo Marchbank"]));
    assert_eq!(wren.get("/api/second-step/ask").await.json()["number"], Value::Null);
    let number = wren.ask_for_code().await;
    assert_eq!(wren.ask_for_code().await, number, "it stays while it works");
    let id = site.id_of(EMAIL).await;
    // Whoever looks after them sees that they ask, and not the number.
    let members = ludo.get("/api/organisation/members").await;
    assert_eq!(members.json()["asking"], json!([[id, "Wren Halloway"]]));
    let member = ludo.get(&format!("/api/organisation/member?id={id}")).await;
    assert_eq!(member.json()["asks_from"].as_array().unwrap().len(), 1);
    for reply in [&members, &member] {
        assert!(!reply.body.contains(&number) && !reply.body.contains(&number.replace(' ', "")));
    }
    // Somebody else who knows the password is at their second step, too.
    let mut thief = site.browser();
    thief.sign_in(EMAIL).await.next();
    assert_eq!(thief.get("/api/second-step/ask").await.json()["number"], Value::Null, "not their screen's");
    assert_ne!(thief.ask_for_code().await, number);
    assert_eq!(wren.ask_for_code().await, number, "and nobody takes it away");

    ludo.type_number(&id, &number).await.next();
    let code = ludo.member(&id).await["access_code"]["code"].as_str().unwrap().to_owned();
    assert_eq!(wren.get("/api/second-step/ask").await.json()["is_given"], true);
    assert_eq!(thief.get("/api/second-step/ask").await.json()["is_given"], false);
    assert_eq!(thief.give_code(&code).await.refusal(), (401, "wrong-access-code".to_owned()), "it is for another screen");
    assert_eq!(wren.give_code(&code).await.status, 200);
    assert!(wren.is_in().await);
    let log = holder.get("/api/organisation/audit").await.body;
    assert!(log.contains("Asked for a temporary access code") && log.contains("by the number on their screen"), "{log}");
}

#[tokio::test]
async fn other_numbers_give_nothing_and_end_it_after_five() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    let mut wren = stuck(&site).await;
    let id = site.id_of(EMAIL).await;
    assert_eq!(what(&ludo.type_number(&id, "123456").await), "wrong-number", "nobody asks");
    let number = wren.ask_for_code().await;
    for typed in ["", "12345", "1234567", "12345x", "１２３４５６"] {
        let reply = ludo.type_number(&id, typed).await;
        assert_eq!(reply.refusal(), (422, "field".to_owned()), "{typed}");
        assert_eq!(reply.json()["field"], "number");
    }
    let other = if number.starts_with('1') { "200000" } else { "100000" };
    for _ in 0..5 {
        assert_eq!(what(&ludo.type_number(&id, other).await), "wrong-number");
    }
    assert_eq!(what(&ludo.type_number(&id, &number).await), "wrong-number", "it is over");
    assert_eq!(ludo.member(&id).await["access_code"], Value::Null);
    assert_eq!(wren.get("/api/second-step/ask").await.json()["number"], Value::Null);
    let number = wren.ask_for_code().await;
    ludo.type_number(&id, &number).await.next();
    // A number is worth one code.
    assert_eq!(what(&ludo.type_number(&id, &number).await), "wrong-number");
}

#[tokio::test]
async fn a_number_ends_after_ten_minutes_and_with_the_sign_in() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    let mut wren = stuck(&site).await;
    let id = site.id_of(EMAIL).await;
    let number = wren.ask_for_code().await;
    site.clock.advance_seconds(10 * 60);
    // The supervisor's own second step is no longer fresh: that comes first.
    assert_eq!(ludo.type_number(&id, &number).await.refusal(), (403, "confirm-first".to_owned()));
    assert_eq!(wren.get("/api/second-step/ask").await.json()["number"], Value::Null);
    let number = wren.ask_for_code().await;
    wren.post("/api/sign-out", &[]).await;
    let screens =
        site.identity.store().list_asking_screens(countersign_identity::AccountId::parse(&id).unwrap(), site.identity.now()).await;
    assert_eq!(screens.unwrap(), [], "{number}");
}

#[tokio::test]
async fn who_may_be_asked_is_who_looks_after_them_and_never_oneself() {
    let Organised { site, .. } = Organised::new().await;
    let helpers = async |email: &str| {
        let account =
            site.identity.store().find_account_by_email(&countersign_domain::Email::parse(email).unwrap()).await.unwrap().unwrap();
        site.identity.helpers_of(&account).await.unwrap().iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(helpers(PASCAL).await, ["Isolde Brandt-Lee"]);
    assert_eq!(helpers(ISOLDE).await, ["Osric Fenn"], "their team's only supervisor");
    assert_eq!(helpers(HOLDER).await, Vec::<String>::new(), "the only account holder");
}

#[tokio::test]
async fn nobody_asks_before_their_password_or_after_they_are_in() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    for path in ["/api/second-step/ask"] {
        assert_eq!(site.browser().post(path, &[]).await.error(), (401, "sign-in-required".to_owned()));
        assert_eq!(site.browser().get(path).await.error(), (401, "sign-in-required".to_owned()));
        assert_eq!(ludo.post(path, &[]).await.error(), (403, "wrong-stage".to_owned()));
        assert_eq!(ludo.get(path).await.error(), (403, "wrong-stage".to_owned()));
    }
}

#[tokio::test]
async fn five_screens_of_one_person_may_ask_and_the_helper_sees_each() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    let mut wren = stuck(&site).await;
    wren.ask_for_code().await;
    let id = site.id_of(EMAIL).await;
    let mut thieves = Vec::new();
    for _ in 0..5 {
        let mut thief = site.browser();
        thief.sign_in(EMAIL).await.next();
        thieves.push((thief.post("/api/second-step/ask", &[]).await, thief));
    }
    let refused: Vec<_> = thieves.iter().filter(|(reply, _)| reply.status == 409).collect();
    assert_eq!((refused.len(), refused[0].0.json()["what"].as_str()), (1, Some("too-many-screens")));
    assert_eq!(ludo.member(&id).await["asks_from"].as_array().unwrap().len(), 5);
    // Nobody is put out of their place.
    let number = wren.ask_for_code().await;
    ludo.type_number(&id, &number).await.next();
}

#[tokio::test]
async fn another_number_is_written_down_with_who_typed_it() {
    let Organised { site, mut ludo, mut holder, .. } = Organised::new().await;
    let mut wren = stuck(&site).await;
    let number = wren.ask_for_code().await;
    let id = site.id_of(EMAIL).await;
    let other = if number == "000 000" { "000 001" } else { "000 000" };
    assert_eq!(what(&ludo.type_number(&id, other).await), "wrong-number");
    let log = holder.get("/api/organisation/audit?what=help").await.json();
    let is_it = |entry: &Value| entry["kind"] == "access-code.number-refused" && entry["who"] == "Ludo Marchbank";
    assert!(log["entries"].as_array().unwrap().iter().any(is_it), "{log}");
}

#[tokio::test]
async fn a_code_for_one_screen_is_nothing_that_another_hears_of() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    let mut wren = stuck(&site).await;
    let mut thief = site.browser();
    thief.sign_in(EMAIL).await.next();
    let number = wren.ask_for_code().await;
    ludo.type_number(&site.id_of(EMAIL).await, &number).await.next();
    let has_code = async |browser: &mut Browser| browser.ways().await.contains(&"access-code".to_owned());
    assert!(has_code(&mut wren).await && !has_code(&mut thief).await);
    // And it ends with the screen.
    wren.post("/api/sign-out", &[]).await.next();
    assert_eq!(ludo.member(&site.id_of(EMAIL).await).await["access_code"], Value::Null);
}

#[tokio::test]
async fn an_account_holder_is_sent_to_another_one_and_no_supervisor() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    site.add_as("tamsin.quill@example.com", "Tamsin Quill", Role::AccountHolder).await;
    let id = site.id_of(HOLDER).await;
    holder.post("/api/organisation/member/place", &[("id", &id), ("role", "account-holder"), ("team", "Night desk")]).await.next();
    let account = site.identity.store().find_account_by_email(&countersign_domain::Email::parse(HOLDER).unwrap()).await.unwrap().unwrap();
    let helpers = site.identity.helpers_of(&account).await.unwrap();
    assert_eq!(helpers.iter().map(ToString::to_string).collect::<Vec<_>>(), ["Tamsin Quill"]);
}
