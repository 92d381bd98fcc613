//! Proving that a mail domain is the organisation's: what the DNS has to say, and what it may not.

use serde_json::{Value, json};

use crate::{
    connected::Connected,
    name_server::{Answer, NameServer},
    organisation::Organised,
    support::{Browser, Reply, Site},
};

/// An organisation on a server that asks this name server.
struct Proving {
    organised: Organised,
    dns: NameServer,
}

impl Proving {
    async fn new() -> Self {
        let dns = NameServer::start().await;
        let organised = Organised::on(Site::asking(Some(dns.address), &[]).await.settled().await).await;
        Self { organised, dns }
    }
}

impl Browser {
    async fn domain(&mut self, what: &str, domain: &str) -> Reply {
        self.post(&format!("/api/organisation/domains/{what}"), &[("domain", domain)]).await
    }

    /// The record that proves a domain: its name and what it says.
    async fn record_of(&mut self, domain: &str) -> (String, String) {
        let shown = self.get("/api/organisation/single-sign-on").await.json();
        let pending = shown["pending"].as_array().unwrap().iter().find(|pending| pending["domain"] == domain).unwrap().clone();
        let text = |name: &str| pending[name].as_str().unwrap().to_owned();
        (text("record_name"), text("record_value"))
    }
}

fn what(reply: &Reply) -> (u16, Value) {
    (reply.status.as_u16(), reply.json()["what"].clone())
}

#[tokio::test]
async fn a_domain_is_the_organisations_when_its_dns_says_so() {
    let Proving { mut organised, dns } = Proving::new().await;
    let holder = &mut organised.holder;
    assert_eq!(holder.domain("add", " @Example.COM ").await.next(), "/org/single-sign-on?done=domain-added");
    holder.domain("add", "example.com").await.next();
    let (name, value) = holder.record_of("example.com").await;
    assert_eq!(name, "_countersign-challenge.example.com");
    assert!(value.starts_with("countersign-domain=") && value.len() > 40, "{value}");

    assert_eq!(what(&holder.domain("check", "example.com").await), (409, json!("no-record")));
    for wrong in ["countersign-domain=", "v=spf1 -all", &value.to_uppercase(), &value[..value.len() - 1], &format!("{value}0")] {
        dns.say_text(&name, wrong);
        assert_eq!(what(&holder.domain("check", "example.com").await), (409, json!("other-record")), "{wrong}");
    }
    // Where it has to stand is a name of its own: whoever may write elsewhere in the zone proves nothing.
    dns.say(&name, Answer::Texts(Vec::new()));
    dns.say_text("example.com", &value);
    dns.say_text(&format!("{name}.example.com"), &value);
    assert_eq!(what(&holder.domain("check", "example.com").await), (409, json!("no-record")));
    // A wildcard or an alias may lead to a name that is somebody else's.
    dns.say(&name, Answer::LeadsTo("elsewhere.example".to_owned(), value.clone()));
    assert_eq!(what(&holder.domain("check", "example.com").await), (409, json!("no-record")));
    dns.say(&name, Answer::Fails);
    assert_eq!(what(&holder.domain("check", "example.com").await), (409, json!("no-answer")));
    assert_eq!(holder.get("/api/organisation/single-sign-on").await.json()["domains"], json!([]));

    // Beside others, and in pieces, as some send it.
    let (first, rest) = value.split_at(20);
    dns.say(&name, Answer::Texts(vec![vec!["something else".to_owned()], vec![first.to_owned(), rest.to_owned()]]));
    assert_eq!(holder.domain("check", "example.com").await.next(), "/org/single-sign-on?done=domain-proven");
    let shown = holder.get("/api/organisation/single-sign-on").await.json();
    assert_eq!((&shown["domains"], &shown["pending"]), (&json!(["example.com"]), &json!([])));
    assert!(holder.get("/api/organisation/audit").await.body.contains("Noted that example.com is the organisation’s"));
    // It is asked once.
    assert_eq!(holder.domain("check", "example.com").await.refusal(), (409, "conflict".to_owned()));
    assert_eq!(holder.domain("add", "https://example.com/about").await.next(), "/org/single-sign-on?done=domain-yours");

    assert_eq!(holder.domain("remove", "example.com").await.next(), "/org/single-sign-on?done=domain-removed");
    assert_eq!(holder.domain("remove", "example.com").await.refusal(), (409, "conflict".to_owned()));
}

#[tokio::test]
async fn a_domain_that_was_proven_lets_its_people_in_and_one_that_was_removed_no_new_ones() {
    let dns = NameServer::start().await;
    let mut connected = Connected::on(Site::asking(Some(dns.address), &["http://localhost:8080"]).await).await;
    assert_eq!(connected.sign_on().await.1["problem"], "unknown");
    let holder = connected.fresh_holder().await;
    holder.domain("add", "example.com").await.next();
    let (name, value) = holder.record_of("example.com").await;
    dns.say_text(&name, &value);
    assert_eq!(connected.sign_on().await.1["problem"], "unknown", "nobody has asked the DNS yet");
    connected.fresh_holder().await.domain("check", "example.com").await.next();
    assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app");
    connected.fresh_holder().await.domain("remove", "example.com").await.next();
    assert_eq!(connected.sign_on().await.1["next"], "/sign-in/step-2/app", "whoever is connected stays so");
    connected.provider.say(|says| {
        says.subject = "subject-3".to_owned();
        says.email = crate::organisation::PASCAL.to_owned();
    });
    assert_eq!(connected.sign_on().await.1["problem"], "unknown");
}

#[tokio::test]
async fn each_organisation_has_a_record_of_its_own_and_a_domain_has_one_organisation() {
    let Proving { mut organised, dns } = Proving::new().await;
    let mut neighbour = organised.neighbours().await;
    neighbour.domain("add", "example.com").await.next();
    organised.holder.domain("add", "example.com").await.next();
    let (name, ours) = organised.holder.record_of("example.com").await;
    let (_, theirs) = neighbour.record_of("example.com").await;
    assert_ne!(ours, theirs);
    dns.say_text(&name, &ours);
    assert_eq!(what(&neighbour.domain("check", "example.com").await), (409, json!("other-record")), "our record proves nothing of theirs");
    organised.holder.domain("check", "example.com").await.next();
    dns.say(&name, Answer::Texts(vec![vec![ours], vec![theirs]]));
    assert_eq!(what(&neighbour.domain("check", "example.com").await), (409, json!("domain-taken")));
    // Nor does theirs take ours away.
    assert_eq!(neighbour.domain("remove", "example.com").await.next(), "/org/single-sign-on?done=domain-removed");
    assert_eq!(organised.holder.get("/api/organisation/single-sign-on").await.json()["domains"], json!(["example.com"]));
}

#[tokio::test]
async fn what_is_no_domain_is_refused_beside_its_field_and_twenty_may_wait() {
    let Proving { mut organised, .. } = Proving::new().await;
    let holder = &mut organised.holder;
    for wrong in ["", "com", "localhost", "127.0.0.1", "exa mple.com", "*.example.com", "xn--a.example", &"a.".repeat(200)] {
        let reply = holder.domain("add", wrong).await;
        assert_eq!((reply.refusal(), &reply.json()["field"]), ((422, "field".to_owned()), &json!("domain")), "{wrong}");
    }
    for n in 0..20 {
        holder.domain("add", &format!("n{n}.example.com")).await.next();
    }
    assert_eq!(what(&holder.domain("add", "n20.example.com").await), (409, json!("too-many-domains")));
    holder.domain("remove", "n3.example.com").await.next();
    holder.domain("add", "n20.example.com").await.next();
}

#[tokio::test]
async fn a_domain_asks_for_a_fresh_second_step() {
    let Proving { mut organised, dns } = Proving::new().await;
    organised.holder.domain("add", "example.com").await.next();
    let (name, value) = organised.holder.record_of("example.com").await;
    dns.say_text(&name, &value);
    organised.site.clock.advance_seconds(601);
    for what in ["add", "check", "remove"] {
        assert_eq!(organised.holder.domain(what, "example.com").await.refusal().1, "confirm-first", "{what}");
    }
    assert_eq!(organised.holder.get("/api/organisation/single-sign-on").await.json()["domains"], json!([]));
}

#[tokio::test]
async fn a_domain_is_one_however_it_is_written() {
    let Proving { mut organised, dns } = Proving::new().await;
    let holder = &mut organised.holder;
    holder.domain("add", "Bücher.example").await.next();
    holder.domain("add", "xn--bcher-kva.example").await.next();
    let shown = holder.get("/api/organisation/single-sign-on").await.json();
    assert_eq!(shown["pending"].as_array().map(Vec::len), Some(1), "{shown}");
    let (name, value) = holder.record_of("xn--bcher-kva.example").await;
    assert_eq!(name, "_countersign-challenge.xn--bcher-kva.example");
    dns.say_text(&name, &value);
    holder.domain("check", "bücher.example").await.next();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_dns_keeps_few_calls_of_one_organisation_waiting() {
    let Proving { mut organised, mut dns } = Proving::new().await;
    let mut neighbour = organised.neighbours().await;
    let holder = &mut organised.holder;
    holder.domain("add", "example.com").await.next();
    neighbour.domain("add", "example.com").await.next();
    let (name, _) = holder.record_of("example.com").await;
    dns.say(&name, Answer::Silence);
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let mut holder = holder.clone();
            tokio::spawn(async move { what(&holder.domain("check", "example.com").await) })
        })
        .collect();
    // Both wait for its answer.
    dns.asked.wait_for(|asked| *asked >= 2).await.unwrap();
    let full = holder.domain("check", "example.com").await;
    assert_eq!((full.status.as_u16(), full.error().1, full.header("retry-after")), (503, "busy".to_owned(), "5"));
    // Others have places of their own.
    assert_eq!(what(&neighbour.domain("check", "example.com").await), (409, json!("no-answer")));
    for one in waiting {
        assert_eq!(one.await.unwrap(), (409, json!("no-answer")));
    }
}

#[tokio::test]
async fn the_other_account_holders_are_told_of_a_domain() {
    let Proving { mut organised, dns } = Proving::new().await;
    organised.site.add_as("ines.karrow@example.com", "Ines Karrow", countersign_domain::Role::AccountHolder).await;
    organised.holder.domain("add", "example.com").await.next();
    let (name, value) = organised.holder.record_of("example.com").await;
    dns.say_text(&name, &value);
    organised.site.outbox().await;
    organised.holder.domain("check", "example.com").await.next();
    let told = organised.site.outbox().await;
    let about: Vec<_> = told.iter().filter(|mail| mail.letter.subject == "A domain was added to single sign-on").collect();
    assert_eq!(about.iter().map(|mail| mail.to.to_string()).collect::<Vec<_>>(), ["ines.karrow@example.com"]);
}
