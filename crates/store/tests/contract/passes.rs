use std::collections::HashMap;

use countersign_domain::{Assurance, Factor, FirstSign, MethodSet, Role, Stage, TeamName};
use countersign_store::{Account, Advance, MAX_PASSES, Pass, Session, Store, TeamId};

use crate::fixture::{TestStore, another_node, at, confirmed_app, elsewhere, neighbour, one, require, session, settle, unique};

crate::on_both![
    a_pass_says_who_it_is_and_how_sure_we_are,
    a_supervisor_has_the_teams_they_look_after,
    several_are_looked_up_at_once,
    only_a_session_that_is_signed_in_has_one,
    another_token_gives_none,
    another_proof_ends_it,
    a_stage_left_behind_ends_it,
    whatever_ends_the_session_ends_the_pass_on_every_node,
    a_pass_is_of_one_session,
];

async fn find(store: &Store, pass: u8, now: i64) -> Option<Pass> {
    store.find_passes(&[[pass; 32]], at(now)).await.unwrap().remove(&[pass; 32])
}

/// A session that is signed in, with a token and a pass of that number.
async fn signed_in(store: &Store, account: &Account, number: u8) -> Session {
    let session = session(account.id, Stage::SignedIn);
    one!(store, create_session(&session, &[number; 32]));
    assert!(one!(store, give_pass(session.id, &[number; 32], &[number; 32])));
    session
}

async fn team(store: &Store, of: &Account, name: &str) -> TeamId {
    one!(store, team_by_name(of.organisation_id, &TeamName::parse(name).unwrap(), TeamId::from_random(at(0), unique()), at(0)))
}

async fn a_pass_says_who_it_is_and_how_sure_we_are(store: TestStore) {
    let account = settle(&store).await;
    let session = Session {
        assurance: Assurance::Two,
        second_factor: Some(Factor::AuthenticatorApp),
        second_step_at: Some(at(3)),
        ..session(account.id, Stage::SignedIn)
    };
    one!(store, create_session(&session, &[1; 32]));
    one!(store, give_pass(session.id, &[1; 32], &[2; 32]));
    let expected = Pass {
        session_id: session.id,
        assurance: Assurance::Two,
        first_sign: FirstSign::Password,
        second_factor: Some(Factor::AuthenticatorApp),
        password_at: at(0),
        second_step_at: Some(at(3)),
        seen_at: at(0),
        account_id: account.id,
        organisation_id: account.organisation_id,
        email: account.email.clone(),
        name: account.name.clone(),
        role: account.role,
        has_method: false,
        teams: Vec::new(),
    };
    assert_eq!(find(&store, 2, 10).await, Some(expected.clone()));
    assert_eq!(find(&store, 1, 10).await, None, "the token of the session is no pass");
    confirmed_app(&store, account.id).await;
    assert_eq!(find(&store, 2, 10).await, Some(Pass { has_method: true, ..expected }));
}

async fn a_supervisor_has_the_teams_they_look_after(store: TestStore) {
    let account = settle(&store).await;
    signed_in(&store, &account, 1).await;
    let [billing, nights] = [team(&store, &account, "Billing").await, team(&store, &account, "Nights, late").await];
    team(&store, &account, "Sales").await;
    let mut tx = store.begin().await.unwrap();
    tx.set_role(account.id, Role::Supervisor).await.unwrap();
    tx.move_to_team(account.id, Some(nights)).await.unwrap();
    tx.set_supervised_teams(account.id, account.organisation_id, &[billing]).await.unwrap();
    tx.commit().await.unwrap();
    let pass = find(&store, 1, 10).await.unwrap();
    assert_eq!((pass.role, pass.teams), (Role::Supervisor, vec!["Billing".to_owned(), "Nights, late".to_owned()]));
}

async fn several_are_looked_up_at_once(store: TestStore) {
    let account = settle(&store).await;
    let other = elsewhere(&store).await;
    signed_in(&store, &account, 1).await;
    signed_in(&store, &other, 2).await;
    for count in [0, 1, 2, 8, 9, 16, 17, MAX_PASSES] {
        let hashes: Vec<[u8; 32]> = (1..=u8::try_from(count).unwrap()).map(|n| [n; 32]).collect();
        let found = store.find_passes(&hashes, at(10)).await.unwrap();
        let whose: HashMap<_, _> = found.into_iter().map(|(hash, pass)| (hash[0], pass.account_id)).collect();
        let expected: HashMap<_, _> = [(1, account.id), (2, other.id)].into_iter().take(count).collect();
        assert_eq!(whose, expected, "{count}");
    }
}

async fn only_a_session_that_is_signed_in_has_one(store: TestStore) {
    let account = settle(&store).await;
    for (stage, token) in [(Stage::SecondStep, 1), (Stage::Enrolment, 2)] {
        let session = session(account.id, stage);
        one!(store, create_session(&session, &[token; 32]));
        assert!(!one!(store, give_pass(session.id, &[token; 32], &[token; 32])));
        assert_eq!(find(&store, token, 10).await, None);
    }
}

async fn another_token_gives_none(store: TestStore) {
    let account = settle(&store).await;
    let session = session(account.id, Stage::SignedIn);
    one!(store, create_session(&session, &[1; 32]));
    assert!(!one!(store, give_pass(session.id, &[2; 32], &[2; 32])));
    assert_eq!(find(&store, 2, 10).await, None);
}

async fn another_proof_ends_it(store: TestStore) {
    let account = settle(&store).await;
    let session = signed_in(&store, &account, 1).await;
    assert!(one!(store, refresh_session_proof(session.id, &[1; 32], &[2; 32], Some(at(5)), None, None)));
    assert_eq!(find(&store, 1, 10).await, None, "whoever has a copy must not be as fresh as its owner");
    assert!(one!(store, give_pass(session.id, &[2; 32], &[2; 32])));
    assert!(find(&store, 2, 10).await.is_some());
}

async fn a_stage_left_behind_ends_it(store: TestStore) {
    let account = settle(&store).await;
    let session = signed_in(&store, &account, 1).await;
    let advance =
        Advance { stage: Stage::Enrolment, assurance: Assurance::One, second_factor: None, second_step_at: None, expires_at: at(2000) };
    assert!(one!(store, advance_session(session.id, Stage::SignedIn, &[1; 32], &[2; 32], &advance)));
    assert_eq!(find(&store, 1, 10).await, None);
}

async fn whatever_ends_the_session_ends_the_pass_on_every_node(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let node = another_node(&store).await;
    let session = signed_in(&store, &account, 1).await;
    assert!(find(&node, 1, 999).await.is_some());
    assert!(find(&node, 1, 1000).await.is_none(), "its time is over");
    one!(store, delete_session(session.id, account.id));
    assert!(find(&node, 1, 10).await.is_none(), "signed out");
    signed_in(&store, &account, 2).await;
    one!(store, disable_account(account.id, at(5)));
    assert!(find(&node, 2, 10).await.is_none(), "disabled");
    signed_in(&store, &other, 3).await;
    require(&store, other.organisation_id, at(100)).await;
    assert!(find(&node, 3, 99).await.is_some());
    assert!(find(&node, 3, 100).await.is_none(), "a second step is required, and there is none");
    confirmed_app(&store, other.id).await;
    assert!(find(&node, 3, 100).await.is_some());
    assert_ne!(MethodSet::NONE, store.find_account(other.id).await.unwrap().unwrap().methods);
    one!(store, delete_sessions_of(other.id, None));
    assert!(find(&node, 3, 10).await.is_none(), "signed out everywhere");
}

async fn a_pass_is_of_one_session(store: TestStore) {
    let account = settle(&store).await;
    signed_in(&store, &account, 1).await;
    let second = session(account.id, Stage::SignedIn);
    one!(store, create_session(&second, &[2; 32]));
    let mut tx = store.begin().await.unwrap();
    assert!(tx.give_pass(second.id, &[2; 32], &[1; 32]).await.unwrap_err().is_unique_violation());
}
