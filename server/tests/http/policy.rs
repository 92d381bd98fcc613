//! What an organisation asks of its people: whom a change touches, and that it does.

use countersign_domain::Role;
use serde_json::json;

use crate::{
    mailbox::HOLDER,
    organisation::{ISOLDE, LUDO, Organised, PASCAL},
    support::{EMAIL, PASSWORD, Site, winners},
};

const REMIND: &str = "/api/organisation/member/remind";
const NOW: [(&str, &str); 2] = [("required", "yes"), ("start", "now")];

#[tokio::test]
async fn requiring_it_now_signs_out_exactly_those_who_have_none() {
    let Organised { site, mut holder, mut ludo, .. } = Organised::new().await;
    let (mut wren, mut wren_too, mut pascal) = (site.browser(), site.browser(), site.browser());
    for (browser, email) in [(&mut wren, EMAIL), (&mut wren_too, EMAIL), (&mut pascal, PASCAL)] {
        browser.sign_in(email).await.next();
    }
    let effect = &holder.get("/api/organisation/policy").await.json()["effect"];
    assert_eq!(effect["people"], 5);
    assert_eq!((&effect["signed_in_without"], &effect["others_without"], &effect["ready"]), (&json!(2), &json!(1), &json!(2)));
    assert_eq!(effect["by_team"], json!([["Billing", 1], ["Night desk", 1]]), "two browsers of one person are one person");

    let saved = holder.save_policy(&[NOW[0], NOW[1], ("count", "2"), ("understood", "yes")]).await;
    assert_eq!(saved.next(), "/org/policy?saved=2");
    for browser in [&mut wren, &mut wren_too, &mut pascal] {
        assert_eq!(browser.get("/api/security").await.error(), (401, "sign-in-required".to_owned()));
        assert_eq!(browser.get("/api/session").await.json()["ended"], "second-step-required");
    }
    assert!(holder.is_in().await && ludo.is_in().await);
    // At the next sign-in the wizard is all they can reach.
    assert_eq!(wren.sign_in(EMAIL).await.next(), "/enrol");
    assert_eq!(wren.get("/api/session").await.json()["ended"], json!(null));
    assert_eq!(wren.get("/api/security").await.error(), (403, "wrong-stage".to_owned()));
    wren.enrol().await;
    assert!(wren.is_in().await);
    // And nobody who has just come is left out.
    site.add("new@example.com").await;
    assert_eq!(site.browser().sign_in("new@example.com").await.next(), "/enrol");
}

#[tokio::test]
async fn nothing_is_saved_when_another_number_was_agreed_to() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    let mut wren = site.browser();
    wren.sign_in(EMAIL).await.next();
    for (count, understood, what, counted) in
        [("0", "yes", "count-changed", 1), ("2", "yes", "count-changed", 1), ("1", "", "not-understood", 1)]
    {
        let mut fields = vec![NOW[0], NOW[1], ("count", count)];
        if !understood.is_empty() {
            fields.push(("understood", understood));
        }
        let reply = holder.save_policy(&fields).await;
        assert_eq!(reply.refusal(), (409, "unmet".to_owned()));
        assert_eq!((&reply.json()["what"], &reply.json()["count"]), (&json!(what), &json!(counted)));
        assert!(wren.is_in().await, "{what}");
        assert_eq!(holder.get("/api/organisation/policy").await.json()["is_required"], false);
    }
}

#[tokio::test]
async fn of_two_who_change_it_at_once_one_looks_again() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    site.add_as("tamsin.quill@example.com", "Tamsin Quill", Role::AccountHolder).await;
    let (mut tamsin, _) = site.enrolled("tamsin.quill@example.com").await;
    let fields = [
        ("security_key", "yes"),
        ("authenticator_app", "yes"),
        ("changes", "0"),
        ("count", "0"),
        ("required", "yes"),
        ("start", "deadline"),
        ("deadline", "2026-12-04T09:00"),
    ];
    let (first, second) = tokio::join!(holder.post("/api/organisation/policy", &fields), tamsin.post("/api/organisation/policy", &fields));
    let mut outcomes = [first.status.as_u16(), second.status.as_u16()];
    outcomes.sort_unstable();
    assert_eq!(outcomes, [200, 409]);
    assert_eq!(holder.get("/api/organisation/policy").await.json()["changes"], 1);
}

#[tokio::test]
async fn a_policy_needs_its_holder_to_be_able_to_keep_it() {
    let site = Site::with_agent().await;
    let mut holder = site.browser();
    holder.sign_in(HOLDER).await.next();
    let unmet = |reply: crate::support::Reply| {
        assert_eq!(reply.refusal(), (409, "unmet".to_owned()));
        reply.json()["what"].as_str().unwrap().to_owned()
    };
    assert_eq!(unmet(holder.save_policy(&[NOW[0], NOW[1], ("count", "0")]).await), "set-up-first");
    // A method, and codes that nobody said are saved.
    holder.connect_app().await;
    assert_eq!(unmet(holder.save_policy(&[NOW[0], NOW[1], ("count", "0")]).await), "no-way-back");
    site.add_as("tamsin.quill@example.com", "Tamsin Quill", Role::AccountHolder).await;
    holder.save_policy(&[NOW[0], ("start", "deadline"), ("deadline", "2026-12-04T09:00"), ("count", "0")]).await.next();
    let changes = holder.get("/api/organisation/policy").await.json()["changes"].to_string();
    let mut save = async |fields: &[(&str, &str)]| {
        let mut all = vec![("changes", changes.as_str()), ("count", "0"), NOW[0]];
        all.extend_from_slice(fields);
        holder.post("/api/organisation/policy", &all).await
    };
    assert_eq!(unmet(save(&[NOW[1]]).await), "no-method");
    assert_eq!(unmet(save(&[NOW[1], ("passkey", "yes")]).await), "set-up-first", "their own method would be switched off");
    for (deadline, problem) in
        [("", "empty"), ("tomorrow", "malformed"), ("2026-11-26T09:13", "malformed"), ("2028-01-01T09:00", "malformed")]
    {
        let reply = save(&[("authenticator_app", "yes"), ("start", "deadline"), ("deadline", deadline)]).await;
        assert_eq!(reply.refusal(), (422, "field".to_owned()), "{deadline}");
        assert_eq!(reply.json()["problem"]["kind"], problem, "{deadline}");
    }
}

#[tokio::test]
async fn emailed_codes_alone_need_mail_that_leaves() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    site.settle_address(HOLDER).await;
    holder.turn_on_emailed_codes(&site).await;
    let changes = holder.get("/api/organisation/policy").await.json()["changes"].to_string();
    let fields = [("emailed_code", "yes"), ("changes", changes.as_str()), ("count", "1"), ("understood", "yes"), NOW[0], NOW[1]];
    let reply = holder.post("/api/organisation/policy", &fields).await;
    assert_eq!(reply.json()["what"], "no-mail", "{}", reply.body);
}

#[tokio::test]
async fn saving_asks_for_a_fresh_second_step() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    site.clock.advance_seconds(10 * 60);
    let reply = holder.save_policy(&[NOW[0], NOW[1], ("count", "0")]).await;
    assert_eq!(reply.refusal(), (403, "confirm-first".to_owned()));
    assert_eq!(holder.get("/api/organisation/policy").await.json()["is_required"], false);
}

#[tokio::test]
async fn a_deadline_reminds_until_it_is_there_and_then_lets_nobody_by() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    let (mut wren, mut early) = (site.browser(), site.browser());
    wren.sign_in(EMAIL).await.next();
    let saved = holder.save_policy(&[NOW[0], ("start", "deadline"), ("deadline", "2026-11-26T10:00"), ("count", "0")]).await;
    assert_eq!(saved.next(), "/org/policy?saved=0");
    // Who is in stays in, and is told by when.
    assert_eq!(wren.get("/api/person").await.json()["set_up_by"]["clock"], "10:00");
    assert_eq!(holder.get("/api/person").await.json()["set_up_by"], json!(null), "who is ready needs no reminder");
    // Who signs in is led by the wizard, and may go on.
    let reply = early.post("/api/sign-in", &[("email", PASCAL), ("password", PASSWORD), ("next", "/account/profile")]).await;
    assert_eq!(reply.next(), "/enrol");
    let wizard = early.get("/api/enrolment").await.json();
    assert_eq!(
        (&wizard["is_forced"], &wizard["deadline"]["clock"], &wizard["destination"]),
        (&json!(false), &json!("10:00"), &json!("/account/profile"))
    );
    assert!(early.is_in().await);
    // The deadline is the server's clock, and nobody has to do anything.
    site.clock.advance_seconds(46 * 60);
    assert_eq!(wren.get("/api/security").await.status, 401);
    assert_eq!(wren.get("/api/session").await.json()["ended"], "second-step-required");
    assert_eq!(early.get("/api/security").await.status, 401);
    assert_eq!(wren.sign_in(EMAIL).await.next(), "/enrol");
    assert_eq!(wren.get("/api/enrolment").await.json()["is_forced"], true);
    assert!(holder.is_in().await);
}

#[tokio::test]
async fn while_it_is_required_nobody_removes_their_last_method() {
    let Organised { site: _site, mut holder, mut ludo, .. } = Organised::new().await;
    holder.save_policy(&[NOW[0], ("start", "deadline"), ("deadline", "2026-12-04T09:00"), ("count", "0")]).await.next();
    let id = ludo.get("/api/security").await.json()["methods"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ludo.post("/api/methods/remove", &[("id", &id)]).await.refusal(), (409, "last-method".to_owned()));
    assert_eq!(ludo.post("/api/second-step/turn-off", &[]).await.refusal(), (409, "last-method".to_owned()));
    // Turned off again, everybody keeps what they have, and may remove it.
    holder.save_policy(&[("count", "0")]).await.next();
    assert_eq!(ludo.get("/api/security").await.json()["methods"].as_array().unwrap().len(), 1);
    ludo.post("/api/methods/remove", &[("id", &id)]).await.next();
}

#[tokio::test]
async fn switching_a_method_off_names_who_has_only_that_one_and_never_makes_a_password_enough() {
    let Organised { site, mut holder, holder_app, mut ludo } = Organised::new().await;
    // The holder gets emailed codes beside the app; Ludo has an app alone.
    site.settle_address(HOLDER).await;
    holder.turn_on_emailed_codes(&site).await;
    let effect = holder.get("/api/organisation/policy/effect?emailed_code=yes&security_key=yes").await.json();
    assert_eq!((&effect["left_bare"], &effect["left_bare_names"]), (&json!(1), &json!(["Ludo Marchbank"])));
    assert_eq!((&effect["signed_in_without"], &effect["ready"]), (&json!(1), &json!(1)));
    let changes = holder.get("/api/organisation/policy").await.json()["changes"].to_string();
    let fields = [
        ("emailed_code", "yes"),
        ("security_key", "yes"),
        ("changes", changes.as_str()),
        ("count", "1"),
        ("understood", "yes"),
        NOW[0],
        NOW[1],
    ];
    holder.post("/api/organisation/policy", &fields).await.next();
    assert_eq!(ludo.get("/api/security").await.status, 401, "the app counts no more");
    assert!(holder.is_in().await);
    // The app is asked for still, and then another method; the app can't be the way out of the wizard.
    assert_eq!(ludo.sign_in(LUDO).await.next(), "/sign-in/step-2/app");
    assert_eq!(ludo.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.status, 403);
    // For whoever has another, it opens nothing.
    site.clock.advance_seconds(30);
    let mut other = site.browser();
    assert_eq!(other.sign_in(HOLDER).await.next(), "/sign-in/step-2/email");
    let ways = other.get("/api/second-step").await.json();
    assert!(ways["ways"].as_array().unwrap().iter().all(|way| way["factor"] != "authenticator-app"), "{ways}");
    let code = other.code(&holder_app.key);
    assert_eq!(other.verify(&code).await.status, 401);
    assert!(!other.is_in().await);
}

#[tokio::test]
async fn whoever_used_a_method_that_was_switched_off_sets_another_up_next() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    let (mut isolde, isolde_app) = site.enrolled(ISOLDE).await;
    site.settle_address(HOLDER).await;
    holder.turn_on_emailed_codes(&site).await;
    site.settle_address(ISOLDE).await;
    let changes = holder.get("/api/organisation/policy").await.json()["changes"].to_string();
    let fields =
        [("emailed_code", "yes"), ("changes", changes.as_str()), ("count", "2"), ("understood", "yes"), ("passkey", "yes"), NOW[0], NOW[1]];
    holder.post("/api/organisation/policy", &fields).await.next();
    site.clock.advance_seconds(30);
    isolde.sign_in(ISOLDE).await.next();
    let code = isolde.code(&isolde_app.key);
    assert_eq!(isolde.verify(&code).await.next(), "/enrol");
    assert_eq!(isolde.get("/api/security").await.error(), (403, "wrong-stage".to_owned()));
    assert_eq!(isolde.post("/api/enrolment/start", &[("method", "authenticator-app")]).await.refusal(), (403, "not-allowed".to_owned()));
    // Saying that codes are saved doesn't open the door.
    assert_eq!(isolde.post("/api/backup-codes/saved", &[("saved", "on")]).await.status, 403);
    // Another method does, and there are codes already: it is the last thing to do.
    isolde.turn_on_emailed_codes(&site).await;
    assert!(isolde.is_in().await);
}

#[tokio::test]
async fn reminders_of_a_deadline_go_once_a_round_to_those_who_are_left() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    // Eight days and a bit: all four rounds are to come.
    holder.save_policy(&[NOW[0], ("start", "deadline"), ("deadline", "2026-12-04T12:00"), ("count", "0")]).await.next();
    let remind = async || {
        while site.identity.remind_of_deadlines().await.unwrap() {}
        let mails = site.outbox().await;
        let mut to: Vec<_> = mails.into_iter().filter(|mail| mail.kind == "reminder.set-up").map(|mail| mail.to.to_string()).collect();
        to.sort();
        to
    };
    assert_eq!(remind().await, Vec::<String>::new());
    let everybody = [ISOLDE, PASCAL, EMAIL].map(str::to_owned).to_vec();
    site.clock.advance_seconds(30 * 60 * 60);
    assert_eq!(remind().await, everybody, "seven days before");
    assert_eq!(remind().await, Vec::<String>::new(), "once");
    // Several nodes at once write it once, too.
    site.clock.advance_seconds(4 * 24 * 60 * 60);
    let (one, two) = (site.identity.clone(), site.identity.clone());
    let (first, second) = tokio::join!(
        tokio::spawn(async move { while one.remind_of_deadlines().await.unwrap() {} }),
        tokio::spawn(async move { while two.remind_of_deadlines().await.unwrap() {} }),
    );
    first.unwrap();
    second.unwrap();
    assert_eq!(remind().await, everybody, "three days before");
    site.enrolled(PASCAL).await;
    site.outbox().await;
    site.clock.advance_seconds(2 * 24 * 60 * 60);
    assert_eq!(remind().await, [ISOLDE, EMAIL].map(str::to_owned).to_vec(), "a day before, those who are left");
}

#[tokio::test]
async fn a_team_is_reminded_once_a_day_and_by_those_who_look_after_it() {
    let Organised { site, mut holder, mut ludo, .. } = Organised::new().await;
    let board = ludo.get("/api/organisation/rollout").await.json();
    assert_eq!((&board["people"], &board["set_up"], &board["never"]), (&json!(2), &json!(1), &json!(1)), "{board}");
    let team = board["teams"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(board["teams"][0]["supervisors"], json!(["Ludo Marchbank"]));
    assert_eq!(ludo.post("/api/organisation/remind", &[("team", &team)]).await.next(), "/org/rollout?reminded=1");
    let mails = site.outbox().await;
    assert_eq!((mails.len(), mails[0].to.as_str()), (1, EMAIL));
    assert!(
        mails[0].letter.text.contains("Hello Wren,") && mails[0].letter.text.contains("Sent by Ludo Marchbank"),
        "{}",
        mails[0].letter.text
    );
    let again = ludo.post("/api/organisation/remind", &[("team", &team)]).await;
    assert_eq!((again.refusal(), again.header("retry-after")), ((429, "too-soon".to_owned()), "86400"));
    // Everybody means those who weren't.
    assert_eq!(holder.post("/api/organisation/remind", &[]).await.next(), "/org/rollout?reminded=2");
    assert_eq!(site.outbox().await.len(), 2);
    let teams = holder.get("/api/organisation/rollout").await.json()["teams"].clone();
    let names: Vec<_> = teams.as_array().unwrap().iter().map(|team| team["name"].clone()).collect();
    assert_eq!(names, [json!("Billing"), json!("Night desk"), json!(null)], "fewest set up first");
    let export = ludo.get("/api/organisation/rollout/export").await.json();
    let lines: Vec<_> = export["csv"].as_str().unwrap().split("\r\n").collect();
    assert_eq!(lines[0], "team,supervisors,people,set up,to do,last reminder");
    assert!(lines[1].starts_with(r#""Night desk","Ludo Marchbank","2","1","1",""#), "{lines:?}");
    assert_eq!((lines.len(), &export["entries"]), (3, &json!(1)), "of their own teams alone");
    site.clock.advance_seconds(24 * 60 * 60);
    let mut later = site.browser();
    later.sign_in(ISOLDE).await.next();
    assert_eq!(later.post("/api/organisation/remind", &[]).await.next(), "/org/rollout?reminded=2");
}

#[tokio::test]
async fn a_session_is_judged_by_what_somebody_has_and_not_by_a_list_of_it() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    let mut pascal = site.browser();
    pascal.sign_in(PASCAL).await.next();
    // As a method that goes while the policy changes could leave it.
    site.identity.store().tamper("UPDATE accounts SET standing = 1").await;
    holder.save_policy(&[NOW[0], NOW[1], ("count", "1"), ("understood", "yes")]).await.next();
    assert!(!pascal.is_in().await);
}

#[tokio::test]
async fn somebody_is_reminded_once_a_day_by_whoever_looks_after_them() {
    let Organised { site, mut holder, mut ludo, .. } = Organised::new().await;
    let (wren, isolde, pascal, ludos) =
        (site.id_of(EMAIL).await, site.id_of(ISOLDE).await, site.id_of(PASCAL).await, site.id_of(LUDO).await);
    let reminded = async || {
        let mails = site.outbox().await.into_iter();
        mails.filter(|mail| mail.kind == "reminder.set-up").map(|mail| mail.to.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(ludo.post(REMIND, &[]).await.refusal(), (409, "unmet".to_owned()), "nobody is chosen");
    // Pascal is in another team: nobody is reminded at all.
    assert_eq!(ludo.post(REMIND, &[("ids[]", &wren), ("ids[]", &pascal)]).await.error(), (404, "not-found".to_owned()));
    assert_eq!(reminded().await, Vec::<String>::new());
    let to_list = ("next", "/org/members?state=not-set-up");
    let done = ludo.post(REMIND, &[("ids[]", &wren), ("ids[]", &wren), to_list]).await.next();
    assert_eq!(done, "/org/members?state=not-set-up&reminded=1", "named twice is once");
    assert_eq!(reminded().await, [EMAIL]);
    assert_eq!(ludo.post(REMIND, &[("ids[]", &wren)]).await.json()["what"], "already-reminded");
    let races = (0..4).map(|_| {
        let (mut holder, isolde) = (holder.clone(), isolde.clone());
        tokio::spawn(async move { holder.post(REMIND, &[("ids[]", &isolde)]).await.status == 200 })
    });
    assert_eq!((winners(races.collect()).await, reminded().await), (1, vec![ISOLDE.to_owned()]));
    // Of several, those who weren't yet, and nobody who is set up.
    let all = [("ids[]", wren.as_str()), ("ids[]", &isolde), ("ids[]", &pascal), ("ids[]", &ludos)];
    let elsewhere = [all.as_slice(), &[("next", "https://evil.example")]].concat();
    assert!(holder.post(REMIND, &elsewhere).await.next().starts_with("/org/members/"), "and nowhere else");
    assert_eq!(reminded().await, [PASCAL]);
    let kept = holder.post(REMIND, &[all.as_slice(), &[("next", "/org/members")]].concat()).await;
    assert_eq!(kept.json()["what"], "already-reminded");
}
