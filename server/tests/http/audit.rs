//! The audit log: who reads what of it, and that nothing can be taken out of it unnoticed.

use countersign_identity::{ChainCheck, ChainFault};
use countersign_store::OrganisationId;
use serde_json::{Value, json};

use crate::{
    mailbox::HOLDER,
    organisation::{ISOLDE, LUDO, Organised, PASCAL},
    support::{EMAIL, Site},
};

fn entries(log: &Value) -> Vec<(String, String)> {
    let text = |entry: &Value, field: &str| entry[field].as_str().unwrap().to_owned();
    log["entries"].as_array().unwrap().iter().map(|entry| (text(entry, "who"), text(entry, "sentence"))).collect()
}

#[tokio::test]
async fn what_people_do_for_others_is_a_sentence_with_both_names() {
    let Organised { site, mut holder, mut ludo, .. } = Organised::new().await;
    let id = site.id_of(EMAIL).await;
    let give = [("id", id.as_str()), ("known", "called-back"), ("lasts", "1-hour")];
    let acts: [(&str, &[(&str, &str)]); 4] = [
        ("member/access-code", &give),
        ("member/access-code/cancel", &[("id", &id)]),
        ("remind", &[]),
        ("member/reset", &[("id", &id), ("what", "all")]),
    ];
    for (path, fields) in acts {
        // What happens at one instant is in no order.
        site.clock.advance_seconds(1);
        ludo.post(&format!("/api/organisation/{path}"), fields).await.next();
    }
    site.clock.advance_seconds(1);
    holder.post("/api/organisation/member/disable", &[("id", &id)]).await.next();
    site.clock.advance_seconds(1);
    holder.save_policy(&[("required", "yes"), ("start", "deadline"), ("deadline", "2026-12-04T09:00"), ("count", "0")]).await.next();
    let log = holder.get("/api/organisation/audit").await.json();
    let said = entries(&log);
    let expected = [
        ("Osric Fenn", "Required two-factor authentication from 4 December 2026, 09:00"),
        ("Osric Fenn", "Disabled Wren Halloway"),
        ("Ludo Marchbank", "Reset every way to sign in of Wren Halloway"),
        ("Ludo Marchbank", "Reminded 1 person in Night desk to set up"),
        ("Ludo Marchbank", "Took back the temporary access code of Wren Halloway"),
        ("Ludo Marchbank", "Gave Wren Halloway a temporary access code (called back)"),
    ];
    let said: Vec<_> = said.iter().take(6).map(|(who, what)| (who.as_str(), what.as_str())).collect();
    assert_eq!(said, expected);
    let marks: Vec<_> = log["entries"].as_array().unwrap().iter().take(3).map(|entry| entry["mark"].clone()).collect();
    assert_eq!(marks, [json!("needs-a-look"), json!("needs-a-look"), json!("needs-a-look")]);
    assert_eq!(log["entries"][0]["date"], "Thursday 26 November");
}

#[tokio::test]
async fn every_event_that_the_tests_cause_has_a_sentence() {
    let Organised { site, mut holder, .. } = Organised::new().await;
    let (mut wren, _) = site.enrolled(EMAIL).await;
    let mut guesser = site.browser();
    guesser.post("/api/sign-in", &[("email", EMAIL), ("password", "not-the-password")]).await;
    wren.post("/api/backup-codes", &[]).await.next();
    wren.post("/api/recovery-key", &[]).await.next();
    wren.post("/api/sign-out", &[]).await.next();
    let log = holder.get("/api/organisation/audit").await.json();
    for entry in log["entries"].as_array().unwrap() {
        assert_ne!(entry["sentence"], entry["kind"], "{entry}");
        assert_ne!(entry["who"], "", "{entry}");
    }
}

#[tokio::test]
async fn the_log_is_narrowed_by_person_topic_and_day_and_walked_both_ways() {
    let Organised { site, mut holder, mut ludo, .. } = Organised::new().await;
    let id = site.id_of(EMAIL).await;
    for _ in 0..60 {
        ludo.post("/api/organisation/member/unlock", &[("id", &id)]).await.next();
    }
    let count = |log: &Value| log["entries"].as_array().unwrap().len();
    let first = holder.get("/api/organisation/audit?what=help").await.json();
    assert_eq!((count(&first), &first["newer"]), (50, &json!(null)));
    let older = first["older"].as_str().unwrap().replace('+', "%2B");
    let second = holder.get(&format!("/api/organisation/audit?what=help&at={older}")).await.json();
    // Sixty, and the four that made the teams.
    assert_eq!((count(&second), &second["older"]), (14, &json!(null)));
    let newer = second["newer"].as_str().unwrap();
    let back = holder.get(&format!("/api/organisation/audit?what=help&at={newer}")).await.json();
    assert_eq!(back["entries"], first["entries"]);
    // By whom, or about whom.
    for (who, expected) in [(LUDO, 50), (EMAIL, 50), (&id, 50), (PASCAL, 1), ("nobody@example.com", 0), ("Ludo", 0)] {
        let log = holder.get(&format!("/api/organisation/audit?what=help&who={who}")).await.json();
        assert_eq!(count(&log), expected, "{who}");
    }
    for (span, expected) in
        [("since=2026-11-26", 50), ("until=2026-11-25", 0), ("since=2026-11-27", 0), ("since=2026-11-26&until=2026-11-26", 50)]
    {
        let log = holder.get(&format!("/api/organisation/audit?{span}")).await.json();
        assert_eq!(count(&log), expected, "{span}");
    }
    // What can't be read narrows nothing.
    for odd in ["since=x", "what=x", "at=x", "at=%00", "at=-x"] {
        assert_eq!(count(&holder.get(&format!("/api/organisation/audit?{odd}")).await.json()), 50, "{odd}");
    }
    let export = holder.get(&format!("/api/organisation/audit/export?what=help&who={PASCAL}")).await.json();
    assert_eq!(export["entries"], 1);
    let csv = export["csv"].as_str().unwrap();
    assert_eq!(csv.lines().count(), 2);
    assert!(csv.contains("\"member.changed\",\"Made Pascal Oduya agent, Billing\",\"Osric Fenn\",\"pascal.oduya@example.com\""), "{csv}");
}

#[tokio::test]
async fn a_supervisor_reads_what_happened_to_their_teams_alone() {
    let Organised { site, mut holder, mut ludo, .. } = Organised::new().await;
    let mut browser = site.browser();
    for email in [EMAIL, PASCAL, ISOLDE] {
        browser.sign_in(email).await.next();
    }
    holder.save_policy(&[("required", "yes"), ("start", "deadline"), ("deadline", "2026-12-04T09:00"), ("count", "0")]).await.next();
    let said = entries(&ludo.get("/api/organisation/audit").await.json());
    assert!(said.iter().any(|(who, _)| who == "Wren Halloway"), "{said:?}");
    assert!(said.iter().all(|(who, _)| !["Pascal Oduya", "Isolde Brandt-Lee"].contains(&who.as_str())), "{said:?}");
    assert!(said.iter().all(|(_, what)| !what.contains("two-factor")), "{said:?}");
    for who in [PASCAL, HOLDER] {
        let log = ludo.get(&format!("/api/organisation/audit?who={who}")).await.json();
        assert!(entries(&log).iter().all(|(_, what)| what.contains("Wren") || what.contains("Ludo")), "{who}: {log}");
    }
    // What they may not read takes no room from what they may.
    let (wren, pascal) = (site.id_of(EMAIL).await, site.id_of(PASCAL).await);
    holder.post("/api/organisation/member/unlock", &[("id", &wren)]).await.next();
    for _ in 0..60 {
        holder.post("/api/organisation/member/unlock", &[("id", &pascal)]).await.next();
    }
    let log = ludo.get(&format!("/api/organisation/audit?who={HOLDER}")).await.json();
    assert_eq!((entries(&log).len(), &log["older"]), (1, &json!(null)), "{log}");
}

async fn check(site: &Site) -> ChainCheck {
    let checks = site.identity.verify_audit_chains().await.unwrap();
    checks.into_iter().find(|(id, _)| *id != OrganisationId::NONE).unwrap().1
}

#[tokio::test]
async fn the_chain_names_the_first_entry_that_was_changed_or_taken_out() {
    let Organised { site, .. } = Organised::new().await;
    site.browser().sign_in("nobody@example.com").await;
    while site.identity.extend_audit_chains().await.unwrap() {}
    let ChainCheck::Whole { links, .. } = check(&site).await else { panic!("{:?}", check(&site).await) };
    assert!(links > 10);
    let all = site.identity.verify_audit_chains().await.unwrap();
    assert!(all.iter().all(|(_, check)| matches!(check, ChainCheck::Whole { links, .. } if *links > 0)), "nobody's have a chain, too");

    let store = site.identity.store();
    for trigger in ["audit_events_refuse_update", "audit_events_refuse_delete", "audit_links_refuse_update", "audit_links_refuse_delete"] {
        store.tamper(&format!("DROP TRIGGER {trigger}")).await;
    }
    let third = "(SELECT event_id FROM audit_links WHERE organisation_id IN (SELECT id FROM organisations) AND position = 3)";
    for (change, mend) in [
        (
            format!("UPDATE audit_events SET kind = 'x.' || kind WHERE id = {third}"),
            format!("UPDATE audit_events SET kind = substr(kind, 3) WHERE id = {third}"),
        ),
        (
            format!("UPDATE audit_events SET address = address || '1' WHERE id = {third}"),
            format!("UPDATE audit_events SET address = substr(address, 1, length(address) - 1) WHERE id = {third}"),
        ),
        (
            format!("UPDATE audit_events SET at = at + 1 WHERE id = {third}"),
            format!("UPDATE audit_events SET at = at - 1 WHERE id = {third}"),
        ),
    ] {
        store.tamper(&change).await;
        assert!(
            matches!(check(&site).await, ChainCheck::Broken { position: 3, why: ChainFault::Changed, .. }),
            "{change}: {:?}",
            check(&site).await
        );
        store.tamper(&mend).await;
        assert!(matches!(check(&site).await, ChainCheck::Whole { .. }), "{mend}");
    }
    store.tamper(&format!("DELETE FROM audit_events WHERE id = {third}")).await;
    assert!(matches!(check(&site).await, ChainCheck::Broken { position: 3, why: ChainFault::EventMissing, .. }));
    // With its link, it is the gap that shows.
    store.tamper("DELETE FROM audit_links WHERE organisation_id IN (SELECT id FROM organisations) AND position = 3").await;
    assert!(matches!(check(&site).await, ChainCheck::Broken { position: 3, why: ChainFault::LinkMissing, .. }));
}

#[tokio::test]
async fn an_end_that_is_cut_off_and_an_entry_without_a_link_are_noticed() {
    let Organised { site, .. } = Organised::new().await;
    while site.identity.extend_audit_chains().await.unwrap() {}
    let ChainCheck::Whole { links, .. } = check(&site).await else { panic!() };
    let store = site.identity.store();
    // An entry too old to be on its way.
    site.browser().sign_in(EMAIL).await.next();
    assert!(matches!(check(&site).await, ChainCheck::Whole { .. }), "it is on its way");
    site.clock.advance_seconds(16 * 60);
    assert!(matches!(check(&site).await, ChainCheck::Unlinked { .. }));
    site.identity.mend_audit_chains().await.unwrap();
    assert!(matches!(check(&site).await, ChainCheck::Whole { .. }));
    store.tamper("DROP TRIGGER audit_links_refuse_delete").await;
    store
        .tamper(&format!("DELETE FROM audit_links WHERE organisation_id IN (SELECT id FROM organisations) AND position > {}", links - 1))
        .await;
    assert!(matches!(check(&site).await, ChainCheck::Broken { why: ChainFault::EndChanged, .. }), "{:?}", check(&site).await);
}

#[tokio::test]
async fn a_chain_that_was_made_anew_shows_by_a_link_that_was_written_down() {
    let Organised { site, .. } = Organised::new().await;
    // Events from before the chain are linked, however old, and once.
    site.clock.advance_seconds(2 * 24 * 60 * 60);
    site.identity.mend_audit_chains().await.unwrap();
    let ChainCheck::Whole { links, last } = check(&site).await else { panic!("{:?}", check(&site).await) };
    assert!(site.identity.has_audit_link(links, &last).await.unwrap());
    assert!(!site.identity.has_audit_link(links - 1, &last).await.unwrap());
    let store = site.identity.store();
    for trigger in ["audit_events_refuse_update", "audit_links_refuse_delete"] {
        store.tamper(&format!("DROP TRIGGER {trigger}")).await;
    }
    store.tamper("UPDATE audit_events SET address = '192.0.2.1'").await;
    for table in ["audit_links", "audit_chains"] {
        store.tamper(&format!("DELETE FROM {table}")).await;
    }
    // What is older than a day isn't linked again by itself.
    site.identity.mend_audit_chains().await.unwrap();
    assert!(matches!(check(&site).await, ChainCheck::Unlinked { .. }), "{:?}", check(&site).await);
    // Who can write anything can have it linked; but not as it was.
    store.tamper("INSERT INTO audit_backlogs (id) VALUES (1)").await;
    site.identity.mend_audit_chains().await.unwrap();
    assert!(matches!(check(&site).await, ChainCheck::Whole { .. }));
    assert!(!site.identity.has_audit_link(links, &last).await.unwrap());
}
