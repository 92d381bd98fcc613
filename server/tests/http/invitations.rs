//! Inviting people: whom it may be done by and to, all or nobody, and joining.

use countersign_domain::{Email, Role};
use serde_json::{Value, json};

use crate::{
    mailbox::{HOLDER, token_in},
    organisation::{ISOLDE, Organised, STRANGER},
    support::{Browser, EMAIL, PASSWORD, Reply, Site, winners},
};

const MIKA: &str = "mika.thornfield@example.com";
const DAY: i64 = 24 * 60 * 60;

impl Browser {
    async fn draft(&mut self, people: &str) -> Reply {
        self.post("/api/organisation/invite/draft", &[("people", people), ("role", "agent")]).await
    }

    /// Types a list and sends it as it was shown.
    async fn invite(&mut self, people: &str) -> Reply {
        assert_eq!(self.draft(people).await.next(), "/org/invite?review=1");
        let count = self.get("/api/organisation/invite").await.json()["draft"]["people"].to_string();
        self.send_list(&count, &[]).await
    }

    /// Sends what was typed, as it is shown at this moment, saying how many that is.
    async fn send_list(&mut self, count: &str, more: &[(&str, &str)]) -> Reply {
        let shown = self.get("/api/organisation/invite").await.json();
        let draft = shown["draft"]["digest"].as_str().unwrap_or_default();
        self.post("/api/organisation/invite", &[&[("draft", draft), ("count", count)], more].concat()).await
    }

    async fn join(&mut self, token: &str, name: &str) -> Reply {
        self.post("/api/join", &[("token", token), ("name", name), ("password", PASSWORD)]).await
    }

    /// The invitation of an address, as the Members page lists it.
    async fn invitation_of(&mut self, email: &str) -> Option<Value> {
        let members = self.get(&format!("/api/organisation/members?state=invited&q={email}")).await.json();
        members["rows"].as_array().unwrap().first().cloned()
    }
}

impl Site {
    /// The token of the one invitation that is due.
    async fn invitation(&self) -> String {
        while self.identity.send_invitations().await.unwrap() {}
        token_in(&self.mail("invitation").await, "/join")
    }

    async fn account(&self, email: &str) -> Option<countersign_identity::Account> {
        self.identity.store().find_account_by_email(&Email::parse(email).unwrap()).await.unwrap()
    }
}

fn unmet(reply: &Reply) -> (String, i64) {
    assert_eq!(reply.refusal(), (409, "unmet".to_owned()), "{}", reply.body);
    (reply.json()["what"].as_str().unwrap().to_owned(), reply.json()["count"].as_i64().unwrap())
}

#[tokio::test]
async fn somebody_who_is_invited_joins_where_they_were_asked_to() {
    let Organised { site, mut holder, mut ludo, .. } = Organised::new().await;
    let sent = holder.invite(&format!("{MIKA},Mika Thornfield,supervisor,Night desk")).await;
    assert_eq!(sent.next(), "/org/members?state=invited&done=invited");
    let token = site.invitation().await;
    let mut mika = site.browser();
    let look = mika.get(&format!("/api/join?token={token}")).await.json();
    let invitation = &look["invitation"];
    assert_eq!((&invitation["organisation"], &invitation["by"]), (&json!("Quillbrook Support"), &json!("Osric Fenn")));
    assert_eq!((&invitation["email"], &invitation["name"]), (&json!(MIKA), &json!("Mika Thornfield")));
    assert_eq!((&invitation["team"], &invitation["role"]), (&json!("Night desk"), &json!("supervisor")));
    assert!(site.account(MIKA).await.is_none(), "looking does nothing");
    // The team's supervisor sees them, and that is all.
    let row = ludo.invitation_of(MIKA).await.unwrap();
    assert_eq!(row["standing"], "invited");
    let id = row["id"].as_str().unwrap().to_owned();
    for path in ["/api/organisation/invitation/send", "/api/organisation/invitation/withdraw"] {
        assert_eq!(unmet(&ludo.post(path, &[("id", &id)]).await).0, "not-yours");
    }

    assert_eq!(mika.join(&token, "Mika T. Thornfield").await.next(), "/account/security");
    assert!(mika.is_in().await);
    let account = site.account(MIKA).await.unwrap();
    assert_eq!((account.name.as_str(), account.role), ("Mika T. Thornfield", Role::Supervisor));
    assert!(account.email_confirmed_at.is_some(), "the link came to the mailbox");
    assert!(ludo.invitation_of(MIKA).await.is_none());
    let member = holder.member(&account.id.to_string()).await;
    assert_eq!(member["team"], "Night desk");
    // The link is spent.
    let mut other = site.browser();
    assert_eq!(other.join(&token, "Somebody").await.refusal(), (410, "link-ended".to_owned()));
    assert_eq!(other.get(&format!("/api/join?token={token}")).await.json()["invitation"], json!(null));
    // They sign in with what they chose.
    assert_eq!(other.sign_in(MIKA).await.next(), "/account/security");
    let log = holder.get("/api/organisation/audit").await.body;
    assert!(
        log.contains("Joined as supervisor; invited by Osric Fenn") && log.contains("Invited mika.thornfield@example.com as supervisor")
    );
}

#[tokio::test]
async fn where_a_second_step_is_required_the_wizard_is_all_that_a_newcomer_reaches() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    holder.save_policy(&[("required", "yes"), ("start", "now"), ("count", "0")]).await.next();
    site.outbox().await;
    holder.invite(MIKA).await.next();
    let token = site.invitation().await;
    let mut mika = site.browser();
    assert_eq!(mika.get(&format!("/api/join?token={token}")).await.json()["invitation"]["is_required"], true);
    assert_eq!(mika.join(&token, "Mika").await.next(), "/enrol");
    assert_eq!(mika.get("/api/security").await.error(), (403, "wrong-stage".to_owned()));
    mika.enrol().await;
    assert!(mika.is_in().await);
}

#[tokio::test]
async fn whoever_joins_with_a_passkey_has_no_password_and_gets_in_with_nothing_less() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    holder.invite(MIKA).await.next();
    let token = site.invitation().await;
    let mut mika = site.browser();
    let joined = mika.post("/api/join", &[("token", &token), ("name", "Mika"), ("with", "passkey"), ("password", "")]).await;
    assert_eq!(joined.next(), "/enrol/passkey");
    assert_eq!(mika.get("/api/security").await.error(), (403, "wrong-stage".to_owned()), "the wizard is all they reach");
    for password in [PASSWORD, ""] {
        let reply = site.browser().post("/api/sign-in", &[("email", MIKA), ("password", password)]).await;
        assert_ne!(reply.status, 200, "no password is theirs");
    }
    // An organisation that allows none makes nobody an account without.
    let changes = holder.get("/api/organisation/policy").await.json()["changes"].to_string();
    let fields = [("authenticator_app", "yes"), ("security_key", "yes"), ("changes", changes.as_str()), ("count", "0")];
    holder.post("/api/organisation/policy", &fields).await.next();
    site.outbox().await;
    holder.invite("bram.teague@example.com").await.next();
    let token = site.invitation().await;
    let mut bram = site.browser();
    let refused = bram.post("/api/join", &[("token", &token), ("name", "Bram"), ("with", "passkey")]).await;
    assert_eq!(refused.refusal(), (403, "not-allowed".to_owned()));
    assert!(site.account("bram.teague@example.com").await.is_none());
}

#[tokio::test]
async fn a_list_is_read_line_by_line_and_says_what_is_wrong_with_each() {
    let Organised { mut holder, .. } = Organised::new().await;
    holder.invite(MIKA).await.next();
    let list = format!("email;name;role;team\na@example.com;Ada;;Chat\n{EMAIL}\n{MIKA}\nnobody\nb@example.com;Bea;boss\na@example.com");
    holder.draft(&list).await.next();
    let draft = &holder.get("/api/organisation/invite").await.json()["draft"];
    assert_eq!((&draft["people"], &draft["bad"], &draft["text"]), (&json!(1), &json!(5), &json!(list)));
    assert_eq!(draft["new_teams"], json!(["Chat"]));
    assert_eq!(draft["by_role"], json!([["agent", 1]]));
    let bad: Vec<_> = draft["first_bad"].as_array().unwrap().iter().map(|bad| (bad["line"].clone(), bad["problem"].clone())).collect();
    let expected = [(3, "member"), (4, "invited"), (5, "email"), (6, "role"), (7, "twice")];
    assert_eq!(bad, expected.map(|(line, problem)| (json!(line), json!(problem))));
    // Nothing is half sent unless that was said.
    assert_eq!(unmet(&holder.send_list("1", &[]).await), ("bad-lines".to_owned(), 5));
    assert_eq!(unmet(&holder.send_list("2", &[("leave_out", "yes")]).await), ("invited-changed".to_owned(), 1));
    assert!(holder.invitation_of("a@example.com").await.is_none());
    holder.send_list("1", &[("leave_out", "yes")]).await.next();
    assert_eq!(holder.invitation_of("a@example.com").await.unwrap()["team"], "Chat");
    // It is sent, and gone.
    assert_eq!(holder.get("/api/organisation/invite").await.json()["draft"], json!(null));
    assert_eq!(unmet(&holder.send_list("1", &[]).await).0, "nobody-to-invite");
}

#[tokio::test]
async fn a_list_that_cant_be_one_is_refused_with_what_was_typed_kept_where_it_is() {
    let Organised { mut holder, .. } = Organised::new().await;
    holder.draft("kept@example.com").await.next();
    let too_long = "x".repeat(1024 * 1024 + 1);
    for (people, role, team, field) in [
        (" \n ", "agent", "", "people"),
        ("a\0b@example.com", "agent", "", "people"),
        (too_long.as_str(), "agent", "", "people"),
        ("a@example.com", "boss", "", "role"),
    ] {
        let reply = holder.post("/api/organisation/invite/draft", &[("people", people), ("role", role), ("team", team)]).await;
        assert_eq!(reply.refusal(), (422, "field".to_owned()), "{field}");
        assert_eq!(reply.json()["field"], field);
    }
    assert_eq!(holder.get("/api/organisation/invite").await.json()["draft"]["text"], "kept@example.com");
    // A list that is one isn't lost to something else on the page: without script nothing but this holds it.
    let fields = [("people", "typed@example.com"), ("role", "agent"), ("team", "\u{202E}x")];
    assert_eq!(holder.post("/api/organisation/invite/draft", &fields).await.json()["field"], "team");
    assert_eq!(holder.get("/api/organisation/invite").await.json()["draft"]["text"], "typed@example.com");
    // One more than a list may have.
    let lines: Vec<_> = (0..10_001).map(|n| format!("p{n}@example.com")).collect();
    holder.draft(&lines.join("\n")).await.next();
    assert_eq!(unmet(&holder.send_list("10001", &[]).await), ("too-many".to_owned(), 10_001));
}

#[tokio::test]
async fn a_long_list_is_taken_from_an_account_holder_alone() {
    let Organised { site, mut ludo, mut holder, .. } = Organised::new().await;
    let lines: Vec<_> = (0..3_000).map(|n| format!("person{n}@example.com,Person {n}")).collect();
    let list = lines.join("\n");
    assert!(list.len() > 64 * 1024);
    assert_eq!(site.browser().draft(&list).await.status, 413);
    assert_eq!(ludo.draft(&list).await.status, 413);
    assert_eq!(holder.post("/api/sign-in", &[("email", &list)]).await.status, 413, "nowhere else");
    holder.draft(&list).await.next();
    assert_eq!(holder.get("/api/organisation/invite").await.json()["draft"]["people"], 3_000);
    holder.send_list("3000", &[]).await.next();
    while site.identity.send_invitations().await.unwrap() {}
    let members = holder.get("/api/organisation/members?state=invited").await.json();
    assert_eq!((&members["invited"], &members["unsent"]), (&json!(3_000), &json!(0)));
    assert_eq!(members["rows"].as_array().unwrap().len(), 25);
    // Walked to its end and back, nobody is missed.
    let (mut seen, mut page) = (25, members);
    while let Some(next) = page["next"].as_str().map(str::to_owned) {
        page = holder.get(&format!("/api/organisation/members?state=invited&at={next}")).await.json();
        seen += page["rows"].as_array().unwrap().len();
    }
    assert_eq!(seen, 3_000);
    assert!(holder.get("/api/organisation/audit").await.body.contains("Invited 3000 people"));
}

#[tokio::test]
async fn of_two_presses_at_once_one_invites() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    holder.draft(&format!("{MIKA}\nbram.teague@example.com")).await.next();
    let draft = holder.get("/api/organisation/invite").await.json()["draft"]["digest"].as_str().unwrap().to_owned();
    let press = |mut browser: Browser| {
        let draft = draft.clone();
        tokio::spawn(async move { browser.post("/api/organisation/invite", &[("draft", &draft), ("count", "2")]).await.status == 200 })
    };
    assert_eq!(winners(vec![press(holder.clone()), press(holder.clone()), press(holder.clone())]).await, 1);
    while site.identity.send_invitations().await.unwrap() {}
    assert_eq!(site.told().await.iter().filter(|(kind, _)| kind == "invitation").count(), 2);
}

#[tokio::test]
async fn inviting_needs_a_fresh_second_step_and_comes_back_to_the_list() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    holder.draft(MIKA).await.next();
    site.clock.advance_seconds(10 * 60);
    let reply = holder.send_list("1", &[]).await;
    assert_eq!(reply.refusal(), (403, "confirm-first".to_owned()));
    assert!(reply.json()["next"].as_str().unwrap().ends_with("?next=/org/invite%3Freview%3D1"), "{}", reply.body);
    assert_eq!(holder.get("/api/organisation/invite").await.json()["draft"]["people"], 1);
    assert!(holder.invitation_of(MIKA).await.is_none());
}

#[tokio::test]
async fn an_invitation_that_was_sent_again_or_taken_back_has_another_link_or_none() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    holder.invite(MIKA).await.next();
    let first = site.invitation().await;
    let id = holder.invitation_of(MIKA).await.unwrap()["id"].as_str().unwrap().to_owned();
    let again = |holder: &mut Browser| {
        let (mut holder, id) = (holder.clone(), id.clone());
        async move { holder.post("/api/organisation/invitation/send", &[("id", &id)]).await }
    };
    assert_eq!(again(&mut holder).await.refusal(), (429, "too-soon".to_owned()));
    site.clock.advance_seconds(60);
    assert_eq!(again(&mut holder).await.next(), format!("/org/invitations/{id}"));
    let second = site.invitation().await;
    assert_eq!(site.browser().join(&first, "Mika").await.refusal(), (410, "link-ended".to_owned()));
    assert_eq!(
        holder.post("/api/organisation/invitation/withdraw", &[("id", &id)]).await.next(),
        "/org/members?state=invited&done=withdrawn"
    );
    assert_eq!(site.browser().join(&second, "Mika").await.refusal(), (410, "link-ended".to_owned()));
    assert!(site.account(MIKA).await.is_none());
    let gone = holder.post("/api/organisation/invitation/withdraw", &[("id", &id)]).await;
    assert_eq!(gone.error(), (404, "not-found".to_owned()));
}

#[tokio::test]
async fn an_expired_link_brings_one_new_one_to_the_same_mailbox() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    holder.invite(MIKA).await.next();
    let old = site.invitation().await;
    let mut mika = site.browser();
    assert_eq!(mika.post("/api/join/renew", &[("token", &old)]).await.refusal(), (410, "link-ended".to_owned()), "it works still");
    site.clock.advance_seconds(7 * DAY);
    let look = mika.get(&format!("/api/join?token={old}")).await.json();
    assert_eq!((&look["invitation"]["has_expired"], &look["invitation"]["sent_on"]), (&json!(true), &json!("26 November")));
    assert_eq!(mika.join(&old, "Mika").await.refusal(), (410, "link-ended".to_owned()));
    assert_eq!(mika.post("/api/join/renew", &[("token", &old)]).await.next(), "/join?done=1");
    assert_eq!(mika.post("/api/join/renew", &[("token", &old)]).await.refusal(), (410, "link-ended".to_owned()), "once");
    while site.identity.send_invitations().await.unwrap() {}
    let mail = site.mail("invitation").await;
    assert_eq!(mail.to.as_str(), MIKA);
    assert_eq!(mika.join(&token_in(&mail, "/join"), "Mika").await.next(), "/account/security");
}

#[tokio::test]
async fn an_address_of_another_organisation_is_told_to_its_mailbox_alone() {
    let organised = Organised::new().await;
    let _heron = organised.neighbours().await;
    let Organised { site, mut holder, .. } = organised;
    site.outbox().await;
    // To whoever invites them they are like anybody.
    holder.draft(STRANGER).await.next();
    assert_eq!(holder.get("/api/organisation/invite").await.json()["draft"]["people"], 1);
    holder.send_list("1", &[]).await.next();
    let token = site.invitation().await;
    let before = site.account(STRANGER).await;
    assert_eq!(site.browser().join(&token, "Heron").await.refusal(), (409, "conflict".to_owned()));
    assert_eq!(site.account(STRANGER).await, before);
    assert_eq!(holder.invitation_of(STRANGER).await.unwrap()["standing"], "invited", "nobody came");
}

#[tokio::test]
async fn of_those_who_use_a_link_at_once_one_has_an_account() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    holder.invite(MIKA).await.next();
    let token = site.invitation().await;
    let join = || {
        let (mut browser, token) = (site.browser(), token.clone());
        tokio::spawn(async move { browser.join(&token, "Mika").await.status == 200 })
    };
    assert_eq!(winners(vec![join(), join(), join()]).await, 1);
}

#[tokio::test]
async fn a_bad_name_or_password_uses_nothing_up() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    holder.invite(MIKA).await.next();
    let token = site.invitation().await;
    let mut mika = site.browser();
    for (name, password, field) in
        [("", PASSWORD, "name"), ("M\u{202E}", PASSWORD, "name"), ("Mika", "short", "password"), ("Mika", "mika.thornfield", "password")]
    {
        let reply = mika.post("/api/join", &[("token", &token), ("name", name), ("password", password)]).await;
        assert_eq!(reply.refusal(), (422, "field".to_owned()), "{name} {password}");
        assert_eq!(reply.json()["field"], field);
    }
    mika.join(&token, "Mika").await.next();
    for token in ["", "x", &"A".repeat(43)] {
        assert_eq!(mika.join(token, "Mika").await.refusal(), (410, "link-ended".to_owned()));
    }
}

#[tokio::test]
async fn the_other_account_holders_are_told_of_a_new_one() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    holder.invite(&format!("{MIKA},Mika,account holder")).await.next();
    let token = site.invitation().await;
    site.browser().join(&token, "Mika").await.next();
    let told = site.told().await;
    assert!(told.contains(&("account-holder.joined".to_owned(), HOLDER.to_owned())), "{told:?}");
    assert!(!told.iter().any(|(kind, to)| kind == "account-holder.joined" && to != HOLDER), "{told:?}");
}

#[tokio::test]
async fn a_holder_who_was_demoted_or_disabled_meanwhile_invites_nobody() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    site.add_as("tamsin.quill@example.com", "Tamsin Quill", Role::AccountHolder).await;
    let (mut tamsin, _) = site.enrolled("tamsin.quill@example.com").await;
    tamsin.draft(MIKA).await.next();
    let id = site.id_of("tamsin.quill@example.com").await;
    holder.post("/api/organisation/member/place", &[("id", &id), ("role", "agent")]).await.next();
    assert_eq!(tamsin.send_list("1", &[]).await.error(), (403, "not-allowed".to_owned()));
    assert!(holder.invitation_of(MIKA).await.is_none());
    // And another team's supervisor never sees who is invited to this one.
    holder.invite(&format!("{MIKA},Mika,agent,Night desk")).await.next();
    let (mut isolde, _) = site.enrolled(ISOLDE).await;
    assert!(isolde.invitation_of(MIKA).await.is_none());
}

#[tokio::test]
async fn what_was_agreed_to_is_the_list_and_not_its_length() {
    let Organised { mut holder, .. } = Organised::new().await;
    holder.draft("nice@example.com").await.next();
    let shown = holder.get("/api/organisation/invite").await.json();
    let digest = shown["draft"]["digest"].as_str().unwrap();
    // Somebody in another of their sessions puts another list in its place.
    holder.draft("evil@example.com,Evil,account holder").await.next();
    let reply = holder.post("/api/organisation/invite", &[("draft", digest), ("count", "1")]).await;
    assert_eq!(unmet(&reply), ("invited-changed".to_owned(), 1));
    assert!(holder.invitation_of("evil@example.com").await.is_none());
}

#[tokio::test]
async fn what_an_account_holder_sent_ends_when_they_are_none() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    for (n, act) in ["disable", "place"].into_iter().enumerate() {
        let email = format!("holder{n}@example.com");
        site.add_as(&email, "Tamsin Quill", Role::AccountHolder).await;
        let (mut tamsin, _) = site.enrolled(&email).await;
        site.outbox().await;
        tamsin.invite(&format!("sleeper{n}@example.com,Sleeper,account holder")).await.next();
        let token = site.invitation().await;
        let id = site.id_of(&email).await;
        holder.post(&format!("/api/organisation/member/{act}"), &[("id", &id), ("role", "agent")]).await.next();
        assert_eq!(site.browser().join(&token, "Sleeper").await.refusal(), (410, "link-ended".to_owned()), "{act}");
        assert!(holder.invitation_of("sleeper").await.is_none());
    }
}

#[tokio::test]
async fn whoever_may_help_others_is_never_one_of_a_number_in_the_log() {
    let Organised { mut holder, .. } = Organised::new().await;
    let lines: Vec<_> = (0..30).map(|n| format!("p{n}@example.com")).collect();
    holder.invite(&format!("{}\nbackdoor@example.com,,account holder", lines.join("\n"))).await.next();
    let log = holder.get("/api/organisation/audit").await.body;
    assert!(log.contains("Invited backdoor@example.com as account holder") && log.contains("Invited 30 people"), "{log}");
}

#[tokio::test]
async fn nobody_s_mailbox_is_filled() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    for _ in 0..3 {
        holder.invite(MIKA).await.next();
        while site.identity.send_invitations().await.unwrap() {}
        let id = holder.invitation_of(MIKA).await.unwrap()["id"].as_str().unwrap().to_owned();
        holder.post("/api/organisation/invitation/withdraw", &[("id", &id)]).await.next();
    }
    holder.draft(MIKA).await.next();
    let draft = &holder.get("/api/organisation/invite").await.json()["draft"];
    assert_eq!((&draft["people"], &draft["first_bad"][0]["problem"]), (&json!(0), &json!("often")));
    site.clock.advance_seconds(60 * 60);
    assert_eq!(holder.get("/api/organisation/invite").await.error(), (401, "sign-in-required".to_owned()));
}

#[tokio::test]
async fn a_list_makes_a_hundred_teams_and_no_more() {
    let Organised { mut holder, .. } = Organised::new().await;
    let lines: Vec<_> = (0..101).map(|n| format!("p{n}@example.com,P,agent,Team {n}")).collect();
    assert_eq!(unmet(&holder.invite(&lines.join("\n")).await), ("too-many-teams".to_owned(), 101));
    holder.invite(&lines[..100].join("\n")).await.next();
}

#[tokio::test]
async fn a_list_made_to_be_slow_keeps_nobody_waiting() {
    let Organised { mut holder, .. } = Organised::new().await;
    holder.draft(&"@,".repeat(500_000)).await.next();
    // It took hours; a machine that is busy may take a while.
    let shown = tokio::time::timeout(std::time::Duration::from_secs(30), holder.get("/api/organisation/invite")).await.unwrap().json();
    assert_eq!((&shown["draft"]["people"], &shown["draft"]["bad"]), (&json!(0), &json!(1)));
}
