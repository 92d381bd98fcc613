//! The people of an organisation, and help at the desk.

use countersign_domain::Role;
use serde_json::json;

use crate::{
    mailbox::HOLDER,
    organisation::{ISOLDE, LUDO, Organised, PASCAL},
    support::{Browser, EMAIL, Site, winners},
};

const GIVE: &str = "/api/organisation/member/access-code";

#[tokio::test]
async fn people_who_need_help_come_first() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    let mut guesser = site.browser();
    for _ in 0..5 {
        guesser.post("/api/sign-in", &[("email", LUDO), ("password", "not-the-password")]).await;
    }
    let members = holder.get("/api/organisation/members").await.json();
    let listed: Vec<_> = members["rows"].as_array().unwrap().iter().map(|row| (row["name"].clone(), row["standing"].clone())).collect();
    assert_eq!(
        listed,
        [
            (json!("Ludo Marchbank"), json!("locked")),
            (json!("Isolde Brandt-Lee"), json!("not-set-up")),
            (json!("Pascal Oduya"), json!("not-set-up")),
            (json!("Wren Halloway"), json!("not-set-up")),
            (json!("Osric Fenn"), json!("set-up")),
        ]
    );
    let held = holder.get("/api/organisation/members?state=locked").await.json();
    assert_eq!(held["rows"].as_array().unwrap().len(), 1);
    let id = site.id_of(LUDO).await;
    assert_eq!(holder.member(&id).await["locked_until"]["clock"], "09:14");
    holder.post("/api/organisation/member/unlock", &[("id", &id)]).await.next();
    assert_eq!(holder.member(&id).await["standing"], "set-up");
    assert_eq!(guesser.sign_in(LUDO).await.status, 200);
}

#[tokio::test]
async fn a_list_is_walked_page_by_page_in_both_directions() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    for n in 0..70 {
        site.add_as(&format!("person{n}@example.com"), &format!("Person {n:03}"), Role::Agent).await;
    }
    let mut seen = Vec::new();
    let mut path = "/api/organisation/members?".to_owned();
    let mut pages = Vec::new();
    loop {
        let page = holder.get(&path).await.json();
        pages.push((path.clone(), page["rows"].clone()));
        seen.extend(page["rows"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("/api/organisation/members?at={next}");
    }
    assert_eq!(seen.len(), 75);
    let mut unique = seen.clone();
    unique.sort();
    unique.dedup();
    assert_eq!(unique.len(), 75, "nobody twice");
    // And back again, to the very same pages.
    let mut back = holder.get(&path).await.json();
    for (_, rows) in pages.iter().rev().skip(1) {
        let previous = back["previous"].as_str().unwrap().to_owned();
        back = holder.get(&format!("/api/organisation/members?at={previous}")).await.json();
        assert_eq!(&back["rows"], rows);
    }
    assert_eq!(back["previous"], json!(null));
    // What isn't a page is the first one.
    for at in ["x", "AAAA", "%00", "-"] {
        assert_eq!(holder.get(&format!("/api/organisation/members?at={at}")).await.json()["rows"], pages[0].1, "{at}");
    }
}

#[tokio::test]
async fn a_supervisor_helps_their_own_team_and_nobody_above_them() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    site.add_as("osric.two@example.com", "Second Holder", Role::AccountHolder).await;
    let names: Vec<_> =
        ludo.get("/api/organisation/members").await.json()["rows"].as_array().unwrap().iter().map(|row| row["name"].clone()).collect();
    assert_eq!(names, [json!("Wren Halloway"), json!("Ludo Marchbank")]);
    let (wren, own, pascal) = (site.id_of(EMAIL).await, site.id_of(LUDO).await, site.id_of(PASCAL).await);
    let unmet = |reply: crate::support::Reply| (reply.status.as_u16(), reply.json()["what"].as_str().map(str::to_owned));
    ludo.post("/api/organisation/member/sign-out", &[("id", &wren)]).await.next();
    for path in ["unlock", "sign-out"] {
        let path = format!("/api/organisation/member/{path}");
        assert_eq!(unmet(ludo.post(&path, &[("id", &own)]).await), (409, Some("not-yours".to_owned())), "never oneself");
        assert_eq!(ludo.post(&path, &[("id", &pascal)]).await.error(), (404, "not-found".to_owned()), "not their team");
    }
    // What is for account holders is told apart from what isn't there.
    assert_eq!(unmet(ludo.post("/api/organisation/member/disable", &[("id", &wren)]).await), (409, Some("not-yours".to_owned())));
    let promote = [("id", wren.as_str()), ("role", "account-holder")];
    assert_eq!(ludo.post("/api/organisation/member/place", &promote).await.error(), (403, "not-allowed".to_owned()));
    // Nor do they hear which teams there are.
    let probe = [("id", wren.as_str()), ("role", "agent"), ("looks_after", "Billing")];
    assert_eq!(ludo.post("/api/organisation/member/place", &probe).await.error(), (403, "not-allowed".to_owned()));
}

#[tokio::test]
async fn nobody_helps_somebody_of_a_higher_role() {
    let Organised { site, mut holder, mut ludo, .. } = Organised::new().await;
    // The account holder sits on the night desk for a day.
    let id = site.id_of(HOLDER).await;
    holder.post("/api/organisation/member/place", &[("id", &id), ("role", "account-holder"), ("team", "Night desk")]).await.next();
    assert_eq!(ludo.member(&id).await["may_help"], false);
    for (path, more) in [("unlock", None), ("sign-out", None), ("reset", Some(("what", "all")))] {
        let mut fields = vec![("id", id.as_str())];
        fields.extend(more);
        let reply = ludo.post(&format!("/api/organisation/member/{path}"), &fields).await;
        assert_eq!((reply.status.as_u16(), &reply.json()["what"]), (409, &json!("not-yours")), "{path}");
    }
    let reply = ludo.post(GIVE, &[("id", &id), ("known", "in-person"), ("lasts", "1-hour")]).await;
    assert_eq!(reply.json()["what"], "not-yours");
    // They can't give themselves what an account holder may.
    assert!(holder.is_in().await);
}

#[tokio::test]
async fn a_temporary_access_code_stands_in_once_and_is_shown_once() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    let (mut wren, _) = site.enrolled(EMAIL).await;
    site.outbox().await;
    let id = site.id_of(EMAIL).await;
    for fields in [vec![("lasts", "1-hour")], vec![("known", "in-person")], vec![("known", "x"), ("lasts", "1-hour")]] {
        let mut all = vec![("id", id.as_str())];
        all.extend(fields);
        assert_eq!(ludo.post(GIVE, &all).await.refusal(), (422, "field".to_owned()));
    }
    ludo.post(GIVE, &[("id", &id), ("known", "in-person"), ("lasts", "15-minutes")]).await.next();
    let member = ludo.member(&id).await;
    let code = member["access_code"]["code"].as_str().unwrap().to_owned();
    assert_eq!((&member["access_code"]["until"]["clock"], &member["access_code"]["minutes_left"]), (&json!("09:29"), &json!(15)));
    assert_eq!(ludo.member(&id).await["access_code"]["code"], json!(null), "shown once");
    // They are told, without it.
    let mails = site.outbox().await;
    assert_eq!(mails.iter().map(|mail| mail.kind.as_str()).collect::<Vec<_>>(), ["notice.access-code-given"]);
    assert!(!mails[0].letter.text.contains(&code) && mails[0].letter.text.contains("Ludo Marchbank"), "{}", mails[0].letter.text);
    // It replaces the second step, not the password.
    assert_eq!(site.browser().post("/api/second-step/access-code", &[("code", &code)]).await.status, 401);
    wren.post("/api/sign-out", &[]).await.next();
    wren.sign_in(EMAIL).await.next();
    let ways = wren.get("/api/second-step").await.json();
    assert_eq!(ways["ways"].as_array().unwrap().last().unwrap()["factor"], "access-code");
    let mut thief = wren.clone();
    assert_eq!(wren.post("/api/second-step/access-code", &[("code", "AAAA-AAAA")]).await.refusal(), (401, "wrong-access-code".to_owned()));
    // The next thing is set-up; they may go on without.
    assert_eq!(wren.post("/api/second-step/access-code", &[("code", &code.to_lowercase())]).await.next(), "/enrol");
    assert!(wren.is_in().await);
    assert_eq!(thief.post("/api/second-step/access-code", &[("code", &code)]).await.status, 401);
    assert_eq!(ludo.member(&id).await["access_code"], json!(null));
}

#[tokio::test]
async fn of_those_who_race_with_a_temporary_access_code_exactly_one_wins() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    site.enrolled(EMAIL).await;
    let id = site.id_of(EMAIL).await;
    ludo.post(GIVE, &[("id", &id), ("known", "in-person"), ("lasts", "1-hour")]).await.next();
    let code = ludo.member(&id).await["access_code"]["code"].as_str().unwrap().to_owned();
    let mut races = Vec::new();
    for _ in 0..3 {
        let (mut browser, code) = (site.browser(), code.clone());
        browser.sign_in(EMAIL).await.next();
        races.push(tokio::spawn(async move { browser.post("/api/second-step/access-code", &[("code", &code)]).await.status == 200 }));
    }
    assert_eq!(winners(races).await, 1);
}

#[tokio::test]
async fn guesses_at_a_temporary_access_code_are_paused_and_it_ends_by_itself() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    site.enrolled(EMAIL).await;
    let id = site.id_of(EMAIL).await;
    ludo.post(GIVE, &[("id", &id), ("known", "called-back"), ("lasts", "15-minutes")]).await.next();
    let code = ludo.member(&id).await["access_code"]["code"].as_str().unwrap().to_owned();
    let mut browser = site.browser();
    browser.sign_in(EMAIL).await.next();
    for _ in 0..4 {
        assert_eq!(browser.post("/api/second-step/access-code", &[("code", "AAAA-AAAA")]).await.status, 401);
    }
    assert_eq!(browser.post("/api/second-step/access-code", &[("code", "AAAA-AAAA")]).await.refusal(), (429, "paused".to_owned()));
    assert_eq!(browser.post("/api/second-step/access-code", &[("code", &code)]).await.refusal(), (429, "paused".to_owned()));
    site.clock.advance_seconds(15 * 60);
    // It has ended: there is nothing left to guess, and nothing that is counted.
    assert_eq!(browser.post("/api/second-step/access-code", &[("code", &code)]).await.refusal(), (401, "wrong-access-code".to_owned()));
    assert_eq!(ludo.member(&id).await["access_code"], json!(null));
}

#[tokio::test]
async fn guesses_before_there_is_a_code_keep_nobody_from_using_it() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    site.enrolled(EMAIL).await;
    let id = site.id_of(EMAIL).await;
    let mut thief = site.browser();
    thief.sign_in(EMAIL).await.next();
    let guess = async |thief: &mut Browser| thief.post("/api/second-step/access-code", &[("code", "AAAA-AAAA")]).await.status;
    for _ in 0..12 {
        assert_eq!(guess(&mut thief).await, 401);
    }
    let give = [("id", id.as_str()), ("known", "called-back"), ("lasts", "15-minutes")];
    ludo.post(GIVE, &give).await.next();
    while guess(&mut thief).await != 429 {}
    // Another code is another beginning.
    ludo.post(GIVE, &give).await.next();
    let code = ludo.member(&id).await["access_code"]["code"].as_str().unwrap().to_owned();
    let mut wren = site.browser();
    wren.sign_in(EMAIL).await.next();
    assert_eq!(wren.post("/api/second-step/access-code", &[("code", &code)]).await.next(), "/enrol");
}

#[tokio::test]
async fn nobody_helps_with_a_password_alone() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    let (pascal, wren) = (site.id_of(PASCAL).await, site.id_of(EMAIL).await);
    let place = [("id", pascal.as_str()), ("role", "supervisor"), ("looks_after", "Night desk")];
    holder.post("/api/organisation/member/place", &place).await.next();
    let mut helper = site.browser();
    helper.sign_in(PASCAL).await.next();
    assert_eq!(helper.member(&wren).await["email"], EMAIL, "they see who is theirs");
    for (path, fields) in [
        ("/api/organisation/member/reset", vec![("what", "all")]),
        ("/api/organisation/member/unlock", vec![]),
        ("/api/organisation/member/sign-out", vec![]),
        (GIVE, vec![("known", "in-person"), ("lasts", "1-hour")]),
    ] {
        let fields: Vec<_> = [("id", wren.as_str())].into_iter().chain(fields).collect();
        let reply = helper.post(path, &fields).await;
        assert_eq!((reply.refusal(), reply.json()["what"].clone()), ((409, "unmet".to_owned()), json!("set-up-first")), "{path}");
    }
    // A holder neither.
    holder.post("/api/organisation/member/place", &[("id", &pascal), ("role", "account-holder")]).await.next();
    helper.sign_in(PASCAL).await.next();
    let reply = helper.save_policy(&[("count", "0")]).await;
    assert_eq!(reply.json()["what"], "set-up-first");
}

#[tokio::test]
async fn a_code_ends_with_what_it_was_given_for() {
    let Organised { site, mut holder, mut ludo, .. } = Organised::new().await;
    site.enrolled(EMAIL).await;
    let (wren, ludos, isolde) = (site.id_of(EMAIL).await, site.id_of(LUDO).await, site.id_of(ISOLDE).await);
    let give = [("id", wren.as_str()), ("known", "in-person"), ("lasts", "1-hour")];
    // They are somebody else now.
    ludo.post(GIVE, &give).await.next();
    holder.post("/api/organisation/member/place", &[("id", &wren), ("role", "supervisor"), ("team", "Night desk")]).await.next();
    assert_eq!(holder.member(&wren).await["access_code"], json!(null));
    // Whoever gave it is out.
    holder.post("/api/organisation/member/place", &[("id", &wren), ("role", "agent"), ("team", "Night desk")]).await.next();
    ludo.post(GIVE, &give).await.next();
    holder.post("/api/organisation/member/disable", &[("id", &ludos)]).await.next();
    assert_eq!(holder.member(&wren).await["access_code"], json!(null));
    assert_eq!(holder.member(&isolde).await["access_code"], json!(null));
}

#[tokio::test]
async fn after_a_reset_the_code_is_asked_for_before_anybody_sets_up() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    let (mut wren, _) = site.enrolled(EMAIL).await;
    let id = site.id_of(EMAIL).await;
    ludo.post("/api/organisation/member/reset", &[("id", &id), ("what", "all")]).await.next();
    assert!(!wren.is_in().await, "signed out everywhere");
    // Somebody with the password is faster than the code, but not with setting up.
    let mut thief = site.browser();
    thief.sign_in(EMAIL).await.next();
    assert!(thief.is_in().await);
    ludo.post(GIVE, &[("id", &id), ("known", "in-person"), ("lasts", "1-hour")]).await.next();
    assert!(!thief.is_in().await);
    let code = ludo.member(&id).await["access_code"]["code"].as_str().unwrap().to_owned();
    // Whoever has the password alone stands before the code.
    assert_eq!(wren.sign_in(EMAIL).await.next(), "/sign-in/step-2/access");
    assert_eq!(wren.get("/api/enrolment").await.status, 403);
    assert_eq!(wren.post("/api/second-step/access-code", &[("code", &code)]).await.next(), "/enrol");
    wren.enrol().await;
}

#[tokio::test]
async fn a_reset_takes_what_it_names_and_tells_whose_it_was() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    let (mut wren, enrolled) = site.enrolled(EMAIL).await;
    site.outbox().await;
    let id = site.id_of(EMAIL).await;
    let member = ludo.member(&id).await;
    assert_eq!(member["backup_codes"], json!([15, 15]));
    for secret in [enrolled.key.replace(' ', ""), enrolled.codes[0].clone()] {
        assert!(!member.to_string().contains(&secret), "a secret on somebody else's page");
    }
    ludo.post("/api/organisation/member/reset", &[("id", &id), ("what", "backup-codes")]).await.next();
    assert_eq!(
        ludo.post("/api/organisation/member/reset", &[("id", &id), ("what", "backup-codes")]).await.status,
        404,
        "there are none left"
    );
    assert!(!wren.is_in().await);
    let app = member["methods"][0]["id"].as_str().unwrap();
    ludo.post("/api/organisation/member/reset", &[("id", &id), ("what", app)]).await.next();
    assert_eq!(ludo.member(&id).await["methods"], json!([]));
    assert_eq!(ludo.post("/api/organisation/member/reset", &[("id", &id), ("what", app)]).await.status, 404);
    let texts: Vec<_> = site.outbox().await.into_iter().map(|mail| mail.letter.text).collect();
    assert_eq!(texts.len(), 2);
    assert!(texts[0].contains("Ludo Marchbank took a way to sign in off") && texts[0].contains("the backup codes"), "{}", texts[0]);
    assert!(texts[1].contains("Phone app (authenticator app)"), "{}", texts[1]);
    // One method of another's is no method of theirs.
    let other = site.id_of(LUDO).await;
    let own = ludo.get("/api/security").await.json()["methods"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(ludo.post("/api/organisation/member/reset", &[("id", &id), ("what", &own)]).await.status, 404);
    assert_eq!(ludo.post("/api/organisation/member/reset", &[("id", &other), ("what", &own)]).await.json()["what"], "not-yours");
}

#[tokio::test]
async fn a_sole_account_holder_stays_one() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    let own = site.id_of(HOLDER).await;
    let what = |reply: crate::support::Reply| (reply.status.as_u16(), reply.json()["what"].as_str().unwrap_or_default().to_owned());
    let demote = [("id", own.as_str()), ("role", "agent")];
    assert_eq!(what(holder.post("/api/organisation/member/place", &demote).await), (409, "last-holder".to_owned()));
    assert_eq!(what(holder.post("/api/organisation/member/disable", &[("id", &own)]).await), (409, "not-yours".to_owned()));
    // Of two who demote each other at once, one stays.
    site.add_as("tamsin.quill@example.com", "Tamsin Quill", Role::AccountHolder).await;
    let (mut tamsin, _) = site.enrolled("tamsin.quill@example.com").await;
    let other = site.id_of("tamsin.quill@example.com").await;
    let (first, second) = (
        tokio::spawn(
            async move { holder.post("/api/organisation/member/place", &[("id", &other), ("role", "agent")]).await.status == 200 },
        ),
        tokio::spawn(async move { tamsin.post("/api/organisation/member/place", &[("id", &own), ("role", "agent")]).await.status == 200 }),
    );
    assert_eq!(winners(vec![first, second]).await, 1);
}

#[tokio::test]
async fn somebody_who_is_disabled_is_out_at_once_and_stays_out() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    let (mut pascal, app) = site.enrolled(PASCAL).await;
    let id = site.id_of(PASCAL).await;
    holder.post("/api/organisation/member/disable", &[("id", &id)]).await.next();
    assert_eq!(pascal.get("/api/security").await.status, 401);
    assert_eq!(pascal.sign_in(PASCAL).await.refusal(), (401, "no-match".to_owned()), "told like a wrong password");
    site.outbox().await;
    pascal.post("/api/password/forgot", &[("email", PASCAL)]).await.next();
    assert!(site.outbox().await.is_empty());
    assert_eq!(holder.member(&id).await["standing"], "disabled");
    assert_eq!(holder.post(GIVE, &[("id", &id), ("known", "in-person"), ("lasts", "1-hour")]).await.json()["what"], "not-yours");
    holder.post("/api/organisation/member/enable", &[("id", &id)]).await.next();
    site.clock.advance_seconds(30);
    pascal.sign_in(PASCAL).await.next();
    let code = pascal.code(&app.key);
    pascal.verify(&code).await.next();
}

#[tokio::test]
async fn helping_asks_for_a_fresh_second_step_and_comes_back() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    let id = site.id_of(EMAIL).await;
    site.clock.advance_seconds(10 * 60);
    let reply = ludo.post("/api/organisation/member/reset", &[("id", &id), ("what", "all")]).await;
    assert_eq!(reply.refusal(), (403, "confirm-first".to_owned()));
    assert_eq!(reply.json()["next"], format!("/account/confirm?next=/org/members/{id}%3Freset%3Dall"));
}

#[tokio::test]
async fn whoever_is_moved_away_is_helped_no_more() {
    let Organised { site, mut holder, mut ludo, .. } = Organised::new().await;
    let (wren, isolde) = (site.id_of(EMAIL).await, site.id_of(ISOLDE).await);
    holder.post("/api/organisation/member/place", &[("id", &wren), ("role", "agent"), ("team", "billing")]).await.next();
    assert_eq!(ludo.post("/api/organisation/member/unlock", &[("id", &wren)]).await.status, 404);
    // Another team is looked after by name, and only by those who exist.
    let looks_after = |teams: &'static str| [("id", isolde.clone()), ("role", "supervisor".to_owned()), ("looks_after", teams.to_owned())];
    let mut place = async |teams: &'static str| {
        let fields = looks_after(teams);
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        holder.post("/api/organisation/member/place", &fields).await
    };
    assert_eq!(place("No such team").await.refusal(), (422, "field".to_owned()));
    place("NIGHT DESK, billing").await.next();
    let (mut browser, _) = site.enrolled(ISOLDE).await;
    let listed = browser.get("/api/organisation/members").await.json();
    assert_eq!(listed["rows"].as_array().unwrap().len(), 3, "{listed}");
}

#[tokio::test]
async fn what_was_done_for_somebody_is_on_their_own_page_with_who_did_it() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    let id = site.id_of(EMAIL).await;
    ludo.post("/api/organisation/member/unlock", &[("id", &id)]).await.next();
    let mut wren = site.browser();
    wren.sign_in(EMAIL).await.next();
    let activity = wren.get("/api/security").await.json()["activity"].clone();
    let unlocked = activity.as_array().unwrap().iter().find(|event| event["kind"] == "member.unlocked").unwrap();
    assert_eq!(unlocked["by"], "Ludo Marchbank", "{activity}");
}

#[tokio::test]
async fn a_page_for_somebody_else_says_so() {
    let site = Site::with_agent().await;
    let mut agent = site.browser();
    agent.sign_in(EMAIL).await.next();
    for path in ["/org/members", "/org/policy", "/org/members/x"] {
        let page = agent.page(path).await;
        assert_eq!(page.status, 403, "{path}");
        assert!(page.body.contains("An account holder of your organisation can."), "{path}");
    }
}

#[tokio::test]
async fn while_it_is_required_the_last_holder_has_another_way_back() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    site.add_as("osric.two@example.com", "Second Holder", Role::AccountHolder).await;
    let second = site.id_of("osric.two@example.com").await;
    // A key that isn't said to be saved is none.
    holder.post("/api/recovery-key", &[]).await.next();
    let deadline = [("required", "yes"), ("start", "deadline"), ("deadline", "2026-12-04T09:00"), ("count", "0")];
    holder.save_policy(&deadline).await.next();
    for (path, role) in [("disable", None), ("place", Some(("role", "agent")))] {
        let fields: Vec<_> = [("id", second.as_str())].into_iter().chain(role).collect();
        let reply = holder.post(&format!("/api/organisation/member/{path}"), &fields).await;
        assert_eq!((reply.refusal(), reply.json()["what"].clone()), ((409, "unmet".to_owned()), json!("no-way-back")), "{path}");
    }
    holder.post("/api/backup-codes/saved", &[("saved", "on")]).await.next();
    holder.post("/api/organisation/member/disable", &[("id", &second)]).await.next();
}

#[tokio::test]
async fn nobody_is_mailed_without_end_by_those_who_help_them() {
    let Organised { site, mut ludo, .. } = Organised::new().await;
    let id = site.id_of(EMAIL).await;
    for _ in 0..8 {
        ludo.post("/api/organisation/member/reset", &[("id", &id), ("what", "all")]).await.next();
        ludo.post(GIVE, &[("id", &id), ("known", "in-person"), ("lasts", "1-hour")]).await.next();
    }
    assert_eq!(site.outbox().await.len(), 10);
    site.clock.advance_seconds(10 * 60);
    assert_eq!(site.outbox().await.len(), 0);
}

#[tokio::test]
async fn an_export_holds_what_the_list_is_narrowed_to_and_no_more() {
    let Organised { mut holder, mut ludo, .. } = Organised::new().await;
    let draft = "mika.thornfield@example.com,=Mika,agent,Night desk";
    holder.post("/api/organisation/invite/draft", &[("people", draft), ("role", "agent")]).await.next();
    let digest = holder.get("/api/organisation/invite").await.json()["draft"]["digest"].as_str().unwrap().to_owned();
    holder.post("/api/organisation/invite", &[("draft", &digest), ("count", "1")]).await.next();
    let all = holder.get("/api/organisation/members/export").await.json();
    assert_eq!(all["entries"], 6);
    let csv = all["csv"].as_str().unwrap();
    assert!(csv.starts_with("name,email,team,role,second step,methods,last sign-in\r\n"), "{csv}");
    assert!(csv.contains("\"'=Mika\",\"mika.thornfield@example.com\",\"Night desk\",\"agent\",\"invited\",\"\",\"\""), "{csv}");
    assert!(csv.contains("\"Wren Halloway\",\"wren.halloway@example.com\",\"Night desk\",\"agent\",\"not-set-up\""), "{csv}");
    let narrowed = holder.get("/api/organisation/members/export?state=set-up&role=supervisor").await.json();
    assert_eq!((&narrowed["entries"], narrowed["csv"].as_str().unwrap().contains("Ludo Marchbank")), (&json!(1), true));
    // A supervisor's teams, and no more.
    let own = ludo.get("/api/organisation/members/export").await.json()["csv"].as_str().unwrap().to_owned();
    assert!(own.contains("Wren Halloway") && own.contains("mika.thornfield") && !own.contains("Pascal") && !own.contains("Osric"), "{own}");
}
