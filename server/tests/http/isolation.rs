//! Who may call what: each endpoint as a stranger, as an agent, as a supervisor of another team and as
//! the account holder of another organisation. A new endpoint that isn't in the table fails.

use std::collections::BTreeMap;

use countersign_app::api::reference::{Caller, Endpoint, endpoints};

use countersign_domain::{Email, EmailDomain, Instant, Role};
use countersign_identity::{InvitationDraft, digest};
use countersign_store::{IdentityProvider, MemberCursor, MemberFilter};

use crate::{
    organisation::{Organised, PASCAL},
    support::{Browser, EMAIL, Reply, Site},
};

/// What a caller without the right to it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Closed {
    /// "Somebody else may."
    NotAllowed,
    /// "There is no such thing."
    NotFound,
    /// They see what is theirs, and nothing of anybody else.
    OwnOnly,
    /// "That isn't one of yours."
    BadRequest,
    /// "There is none of yours."
    Conflict,
}

use Closed::{BadRequest, Conflict, NotAllowed, NotFound, OwnOnly};

/// Every endpoint with roles: what an agent, another team's supervisor and another organisation's account
/// holder are answered when they name [`EMAIL`]'s account, who is neither theirs.
const TABLE: &[(&str, [Closed; 3])] = &[
    ("GET /api/organisation/policy", [NotAllowed, NotAllowed, OwnOnly]),
    ("GET /api/organisation/policy/effect", [NotAllowed, NotAllowed, OwnOnly]),
    ("POST /api/organisation/policy", [NotAllowed, NotAllowed, OwnOnly]),
    ("GET /api/organisation/single-sign-on", [NotAllowed, NotAllowed, OwnOnly]),
    ("POST /api/organisation/single-sign-on", [NotAllowed, NotAllowed, BadRequest]),
    ("POST /api/organisation/single-sign-on/remove", [NotAllowed, NotAllowed, Conflict]),
    ("POST /api/organisation/domains/add", [NotAllowed, NotAllowed, OwnOnly]),
    ("POST /api/organisation/domains/check", [NotAllowed, NotAllowed, Conflict]),
    ("POST /api/organisation/domains/remove", [NotAllowed, NotAllowed, Conflict]),
    ("GET /api/organisation/audit", [NotAllowed, OwnOnly, OwnOnly]),
    ("GET /api/organisation/audit/export", [NotAllowed, OwnOnly, OwnOnly]),
    ("GET /api/organisation/rollout", [NotAllowed, OwnOnly, OwnOnly]),
    ("GET /api/organisation/rollout/export", [NotAllowed, OwnOnly, OwnOnly]),
    ("POST /api/organisation/remind", [NotAllowed, NotFound, NotFound]),
    ("GET /api/organisation/members", [NotAllowed, OwnOnly, OwnOnly]),
    ("GET /api/organisation/members/export", [NotAllowed, OwnOnly, OwnOnly]),
    ("GET /api/organisation/member", [NotAllowed, NotFound, NotFound]),
    ("GET /api/organisation/invite", [NotAllowed, NotAllowed, OwnOnly]),
    ("POST /api/organisation/invite/draft", [NotAllowed, NotAllowed, OwnOnly]),
    ("POST /api/organisation/invite", [NotAllowed, NotAllowed, OwnOnly]),
    ("GET /api/organisation/invitation", [NotAllowed, NotFound, NotFound]),
    ("POST /api/organisation/invitation/send", [NotAllowed, NotFound, NotFound]),
    ("POST /api/organisation/invitation/withdraw", [NotAllowed, NotFound, NotFound]),
    ("POST /api/organisation/member/remind", [NotAllowed, NotFound, NotFound]),
    ("POST /api/organisation/member/unlock", [NotAllowed, NotFound, NotFound]),
    ("POST /api/organisation/member/reset", [NotAllowed, NotFound, NotFound]),
    ("POST /api/organisation/member/sign-out", [NotAllowed, NotFound, NotFound]),
    ("POST /api/organisation/member/access-code", [NotAllowed, NotFound, NotFound]),
    ("POST /api/organisation/member/access-code/cancel", [NotAllowed, NotFound, NotFound]),
    ("POST /api/organisation/member/place", [NotAllowed, NotAllowed, NotFound]),
    ("POST /api/organisation/member/disable", [NotAllowed, NotFound, NotFound]),
    ("POST /api/organisation/member/enable", [NotAllowed, NotFound, NotFound]),
];

/// Words that belong to one organisation alone.
const OURS: [&str; 8] = ["Quillbrook", OUR_DOMAIN, "Wren", "wren.halloway", "Night desk", "Osric", "Pascal", "mika.thornfield"];
/// A domain that was proven to be ours.
const OUR_DOMAIN: &str = "quillbrook.example";
/// Whom each caller would invite.
const NEWCOMER: &str = "newcomer@example.com";
/// Whoever was invited to the night desk.
const MIKA: &str = "mika.thornfield@example.com";

/// What of ours is named: somebody of the night desk, that team, and an invitation to it.
struct Named {
    person: String,
    team: String,
    invitation: String,
}

impl Named {
    async fn of(site: &Site) -> Self {
        let filter = MemberFilter { text: Some(MIKA.to_owned()), ..MemberFilter::default() };
        let holder = site.identity.store().find_account_by_email(&Email::parse(crate::mailbox::HOLDER).unwrap()).await.unwrap().unwrap();
        let invited = site.identity.store().list_invitations(holder.organisation_id, &filter, &MemberCursor::first(), 9).await.unwrap();
        Self { person: site.id_of(EMAIL).await, team: night_desk(site).await, invitation: invited[0].id.to_string() }
    }
}

/// People, and somebody who was invited to the night desk.
async fn organised() -> Organised {
    let mut organised = Organised::new().await;
    let people = [MIKA, ",Mika,agent,Night desk"].concat();
    organised.holder.post("/api/organisation/invite/draft", &[("people", &people), ("role", "agent")]).await.next();
    let draft = organised.holder.get("/api/organisation/invite").await.json()["draft"]["digest"].as_str().unwrap().to_owned();
    organised.holder.post("/api/organisation/invite", &[("draft", &draft), ("count", "1")]).await.next();
    while organised.site.identity.send_invitations().await.unwrap() {}
    connect_provider(&organised.site).await;
    organised
}

/// Our organisation has an identity provider.
async fn connect_provider(site: &Site) {
    let holder = site.identity.store().find_account_by_email(&Email::parse(crate::mailbox::HOLDER).unwrap()).await.unwrap().unwrap();
    let provider = IdentityProvider {
        organisation_id: holder.organisation_id,
        issuer: "https://login.quillbrook.example".to_owned(),
        client_id: "Quillbrook".to_owned(),
        client_secret: "a secret".to_owned().into(),
        adds_people: false,
        role: Role::Agent,
        team_id: None,
        accepts_second_step: false,
        is_required: false,
        changes: 0,
        changed_at: site.identity.now(),
    };
    let mut tx = site.identity.store().begin().await.unwrap();
    assert!(tx.set_identity_provider(&provider).await.unwrap());
    assert!(tx.prove_domain(&EmailDomain::parse(OUR_DOMAIN).unwrap(), holder.organisation_id, site.identity.now()).await.unwrap());
    tx.commit().await.unwrap();
}

async fn call(browser: &mut Browser, endpoint: &Endpoint, named: &Named) -> Reply {
    // As somebody would be shown who has typed the list below.
    let (text, team) = (NEWCOMER.to_owned(), Some(named.team.clone()));
    let digest = digest(&InvitationDraft { text, role: Role::Agent, team, created_at: Instant::from_seconds(0) });
    let value = |name: &'static str| {
        let id = if endpoint.path.contains("/invitation") { &named.invitation } else { &named.person };
        let value = match name {
            "count" if endpoint.path.ends_with("/invite") => "1",
            "draft" => digest.as_str(),
            "domain" if endpoint.path.ends_with("/add") => "heron.example",
            "domain" => OUR_DOMAIN,
            name => value_of(name, id, &named.team)?,
        };
        Some((name, value.to_owned()))
    };
    let fields: Vec<(&str, String)> = endpoint.fields.iter().filter_map(|field| value(field.name)).collect();
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    match endpoint.method {
        "GET" => browser.get(&format!("{}?{}", endpoint.path, serde_html_form::to_string(&fields).unwrap())).await,
        _ => browser.post(endpoint.path, &fields).await,
    }
}

/// A value that would do what it is for.
fn value_of<'a>(name: &str, id: &'a str, team: &'a str) -> Option<&'a str> {
    Some(match name {
        "id" | "ids[]" => id,
        "team" => team,
        "what" => "all",
        "known" => "in-person",
        "lasts" => "1-hour",
        "role" => "agent",
        "people" => NEWCOMER,
        "changes" | "count" => "0",
        "issuer" => "http://127.0.0.1:9",
        "client_id" | "client_secret" => "theirs",
        "security_key" | "passkey" | "authenticator_app" | "emailed_code" => "yes",
        "trust" => "14",
        _ => return None,
    })
}

fn with_roles() -> impl Iterator<Item = &'static Endpoint> {
    endpoints().filter(|endpoint| matches!(endpoint.caller, Caller::Roles(_)))
}

fn name_of(endpoint: &Endpoint) -> String {
    format!("{} {}", endpoint.method, endpoint.path)
}

#[test]
fn every_endpoint_about_an_organisation_is_in_the_table() {
    let table: BTreeMap<_, _> = TABLE.iter().copied().collect();
    let described: Vec<_> = with_roles().map(name_of).collect();
    assert_eq!(described.len(), table.len());
    for name in described {
        assert!(table.contains_key(name.as_str()), "{name} isn't in the table");
    }
    for endpoint in endpoints().filter(|endpoint| endpoint.path.contains("/organisation/")) {
        assert!(matches!(endpoint.caller, Caller::Roles(_)), "{} is for everybody", endpoint.path);
    }
}

#[tokio::test]
async fn strangers_and_those_on_their_way_in_reach_nothing_of_an_organisation() {
    let organised = organised().await;
    let site = &organised.site;
    let named = Named::of(site).await;
    let mut half_way = site.browser();
    half_way.sign_in(crate::mailbox::HOLDER).await.next();
    for endpoint in with_roles() {
        let reply = call(&mut site.browser(), endpoint, &named).await;
        assert_eq!(reply.error(), (401, "sign-in-required".to_owned()), "{}", endpoint.path);
        let reply = call(&mut half_way, endpoint, &named).await;
        assert_eq!(reply.error(), (403, "wrong-stage".to_owned()), "{}", endpoint.path);
    }
}

/// Calls everything as somebody, and expects what the table says of them.
async fn expect_closed(site: &Site, browser: &mut Browser, column: usize, forbidden: &[&str]) {
    let named = Named::of(site).await;
    let table: BTreeMap<_, _> = TABLE.iter().copied().collect();
    let before = state_of(site).await;
    for endpoint in with_roles() {
        let name = name_of(endpoint);
        let reply = call(browser, endpoint, &named).await;
        match table[name.as_str()][column] {
            NotAllowed => assert_eq!(reply.error(), (403, "not-allowed".to_owned()), "{name}"),
            NotFound => assert_eq!(reply.error(), (404, "not-found".to_owned()), "{name}"),
            BadRequest => assert_eq!(reply.error(), (400, "bad-request".to_owned()), "{name}"),
            Conflict => assert_eq!(reply.refusal(), (409, "conflict".to_owned()), "{name}"),
            OwnOnly => {
                assert_eq!(reply.status, 200, "{name}: {}", reply.body);
                for word in forbidden {
                    assert!(!reply.body.contains(word), "{name} tells of {word}: {}", reply.body);
                }
            }
        }
    }
    assert_eq!(state_of(site).await, before, "something was changed");
}

/// What of ours could have been changed: everybody's account, and the policy.
async fn state_of(site: &Site) -> String {
    let mut state = String::new();
    for email in [EMAIL, PASCAL, crate::mailbox::HOLDER, crate::organisation::LUDO] {
        let email = Email::parse(email).unwrap();
        let account = site.identity.store().find_account_by_email(&email).await.unwrap().unwrap();
        let organisation = site.identity.store().find_organisation(account.organisation_id).await.unwrap();
        let code = site.identity.store().find_access_code(account.id, site.identity.now()).await.unwrap();
        let filter = MemberFilter { text: Some(MIKA.to_owned()), ..MemberFilter::default() };
        let first = MemberCursor::first();
        let invited = site.identity.store().list_invitations(account.organisation_id, &filter, &first, 9).await.unwrap();
        let provider = site.identity.store().find_identity_provider(account.organisation_id).await.unwrap();
        let domains = site.identity.store().list_domains(account.organisation_id).await.unwrap();
        state.extend([format!("{domains:?} {:?}", provider.map(|provider| (provider.issuer, provider.changes)))]);
        state.extend([format!("{invited:?}"), format!("{account:?}"), format!("{organisation:?}"), format!("{code:?}")]);
    }
    state
}

#[tokio::test]
async fn an_agent_reaches_nothing() {
    let organised = organised().await;
    let (mut agent, _) = organised.site.enrolled(PASCAL).await;
    expect_closed(&organised.site, &mut agent, 0, &[]).await;
}

#[tokio::test]
async fn a_supervisor_sees_their_own_teams_alone() {
    let organised = organised().await;
    let (mut isolde, _) = organised.site.enrolled(crate::organisation::ISOLDE).await;
    expect_closed(&organised.site, &mut isolde, 1, &["Wren", "wren.halloway", "Night desk", "Osric", "mika.thornfield"]).await;
}

#[tokio::test]
async fn another_organisation_sees_and_touches_nothing_of_this_one() {
    let organised = organised().await;
    let mut stranger = organised.neighbours().await;
    // Not even counts: they are one person, in no team.
    let members = stranger.get("/api/organisation/members").await.json();
    assert_eq!((members["total"].as_i64(), members["rows"].as_array().map(Vec::len)), (Some(1), Some(1)));
    let policy = stranger.get("/api/organisation/policy").await.json();
    assert_eq!(policy["effect"]["people"], 1);
    // Nor by another's team, nor by what they look for.
    let team = night_desk(&organised.site).await;
    for query in [format!("team={team}"), "q=wren".to_owned(), "role=agent".to_owned(), "q=%25".to_owned()] {
        let members = stranger.get(&format!("/api/organisation/members?{query}")).await.json();
        assert_eq!(members["rows"].as_array().map(Vec::len), Some(0), "{query}");
    }
    // Last: it invites somebody of their own.
    expect_closed(&organised.site, &mut stranger, 2, &OURS).await;
}

/// The id of [`EMAIL`]'s team.
async fn night_desk(site: &Site) -> String {
    let email = Email::parse(EMAIL).unwrap();
    site.identity.store().find_account_by_email(&email).await.unwrap().unwrap().team_id.unwrap().to_string()
}

#[tokio::test]
async fn the_policy_of_one_organisation_is_nobody_else_s() {
    let mut organised = organised().await;
    let mut stranger = organised.neighbours().await;
    organised.holder.save_policy(&[("required", "yes"), ("start", "now"), ("count", "0")]).await.next();
    assert_eq!(stranger.get("/api/organisation/policy").await.json()["is_required"], false);
    let mut agent = organised.site.browser();
    assert_eq!(agent.sign_in(EMAIL).await.next(), "/enrol");
    assert_eq!(stranger.get("/api/security").await.json()["is_required"], false);
}
