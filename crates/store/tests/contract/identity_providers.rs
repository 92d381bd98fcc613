use countersign_domain::{FirstSign, Role, Stage};
use countersign_store::{Account, IdentityProvider, Session, Store, TeamId};

use crate::fixture::{TestStore, another_node, at, elsewhere, neighbour, one, race, session, settle, team, winners};

crate::on_both![
    a_provider_is_found_as_it_was_connected,
    whoever_has_not_seen_the_last_change_changes_nothing,
    a_change_has_a_number_that_no_other_has_had,
    of_those_who_connect_one_at_once_exactly_one_does,
    a_provider_puts_nobody_into_another_organisations_team,
    the_secret_is_sealed_where_it_stands,
    the_only_provider_is_told_from_one_of_several,
    only_account_holders_may_do_without_a_provider_that_is_required,
    a_session_that_began_otherwise_ends_where_the_provider_is_required,
    people_are_counted_by_what_their_session_began_with,
];

fn provider(of: &Account, team_id: Option<TeamId>) -> IdentityProvider {
    IdentityProvider {
        organisation_id: of.organisation_id,
        issuer: "https://login.example.com".to_owned(),
        client_id: "countersign".to_owned(),
        client_secret: "hush".to_owned().into(),
        adds_people: true,
        role: Role::Supervisor,
        team_id,
        accepts_second_step: false,
        is_required: false,
        changes: 0,
        changed_at: at(1),
    }
}

pub(crate) async fn connect(store: &Store, of: &Account) -> IdentityProvider {
    assert!(one!(store, set_identity_provider(&provider(of, None))));
    store.find_identity_provider(of.organisation_id).await.unwrap().unwrap()
}

async fn a_provider_is_found_as_it_was_connected(store: TestStore) {
    let account = settle(&store).await;
    assert_eq!(store.find_identity_provider(account.organisation_id).await.unwrap(), None);
    let team = team(&store, &account).await;
    let new = provider(&account, Some(team));
    assert!(one!(store, set_identity_provider(&new)));
    let found = store.find_identity_provider(account.organisation_id).await.unwrap();
    assert_eq!(found, Some(IdentityProvider { changes: 1, ..new }));
    assert!(!format!("{found:?}").contains("hush"));
    assert!(one!(store, delete_identity_provider(account.organisation_id, 1)));
    assert_eq!(store.find_identity_provider(account.organisation_id).await.unwrap(), None);
}

async fn whoever_has_not_seen_the_last_change_changes_nothing(store: TestStore) {
    let account = settle(&store).await;
    let first = connect(&store, &account).await;
    let second = IdentityProvider { issuer: "https://other.example.com".to_owned(), ..first.clone() };
    assert!(one!(store, set_identity_provider(&second)));
    let stale = IdentityProvider { issuer: "https://third.example.com".to_owned(), ..first };
    assert!(!one!(store, set_identity_provider(&stale)));
    assert!(!one!(store, set_identity_provider(&IdentityProvider { changes: 0, ..stale })));
    assert!(!one!(store, delete_identity_provider(account.organisation_id, 1)));
    let found = store.find_identity_provider(account.organisation_id).await.unwrap().unwrap();
    assert_eq!((found.issuer.as_str(), found.changes), ("https://other.example.com", 2));
}

async fn a_change_has_a_number_that_no_other_has_had(store: TestStore) {
    let account = settle(&store).await;
    let first = connect(&store, &account).await;
    assert!(one!(store, delete_identity_provider(account.organisation_id, first.changes)));
    let second = connect(&store, &account).await;
    assert!(second.changes > first.changes);
    assert!(!one!(store, set_identity_provider(&first)), "what was known of the first is about no other");
    assert!(!one!(store, delete_identity_provider(account.organisation_id, first.changes)));
}

async fn of_those_who_connect_one_at_once_exactly_one_does(store: TestStore) {
    let account = settle(&store).await;
    let connect = move |store: Store, _| {
        let new = provider(&account, None);
        async move { one!(store, set_identity_provider(&new)) }
    };
    assert_eq!(winners(&race(&store, connect).await), 1);
}

async fn a_provider_puts_nobody_into_another_organisations_team(store: TestStore) {
    let account = settle(&store).await;
    let theirs = team(&store, &elsewhere(&store).await).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.set_identity_provider(&provider(&account, Some(theirs))).await.is_err());
}

async fn the_secret_is_sealed_where_it_stands(store: TestStore) {
    let (account, other) = (settle(&store).await, elsewhere(&store).await);
    connect(&store, &account).await;
    connect(&store, &other).await;
    // Another node with the same keys opens it.
    let node = another_node(&store).await;
    assert_eq!(node.find_identity_provider(account.organisation_id).await.unwrap().unwrap().client_secret.as_str(), "hush");
    assert_eq!(store.reseal_all().await.unwrap(), 0);
}

async fn only_account_holders_may_do_without_a_provider_that_is_required(store: TestStore) {
    let (account, other) = (settle(&store).await, elsewhere(&store).await);
    let first = connect(&store, &account).await;
    assert!(!one!(store, must_sign_on(account.id)));
    assert!(one!(store, set_identity_provider(&IdentityProvider { is_required: true, ..first })));
    assert!(one!(store, must_sign_on(account.id)));
    assert!(!one!(store, must_sign_on(other.id)));
    one!(store, set_role(account.id, Role::AccountHolder));
    assert!(!one!(store, must_sign_on(account.id)));
}

async fn the_only_provider_is_told_from_one_of_several(store: TestStore) {
    let (account, other) = (settle(&store).await, elsewhere(&store).await);
    assert!(!store.has_identity_provider().await.unwrap());
    connect(&store, &account).await;
    assert_eq!(store.only_identity_provider().await.unwrap(), Some(account.organisation_id));
    connect(&store, &other).await;
    assert_eq!(store.only_identity_provider().await.unwrap(), None);
    assert!(store.has_identity_provider().await.unwrap());
}

async fn a_session_that_began_otherwise_ends_where_the_provider_is_required(store: TestStore) {
    let account = settle(&store).await;
    let holder = neighbour(&store, &account).await;
    one!(store, set_role(holder.id, Role::AccountHolder));
    let connected = connect(&store, &account).await;
    let signed_on = Session { first_sign: FirstSign::SingleSignOn, ..session(account.id, Stage::SignedIn) };
    one!(store, create_session(&session(account.id, Stage::SignedIn), &[1; 32]));
    one!(store, create_session(&session(account.id, Stage::SecondStep), &[2; 32]));
    one!(store, create_session(&signed_on, &[3; 32]));
    one!(store, create_session(&session(holder.id, Stage::SignedIn), &[4; 32]));
    let living = async || {
        let mut living = Vec::new();
        for token in 1..=5 {
            if store.find_session(&[token; 32], at(10)).await.unwrap().is_some() {
                living.push(token);
            }
        }
        living
    };
    assert_eq!(living().await, [1, 2, 3, 4]);
    assert!(one!(store, set_identity_provider(&IdentityProvider { is_required: true, ..connected })));
    assert_eq!(living().await, [3, 4], "at the very next look, before anything is deleted");
    // A password that was being checked meanwhile.
    one!(store, create_session(&session(account.id, Stage::SignedIn), &[5; 32]));
    assert_eq!(living().await, [3, 4]);
    assert_eq!(one!(store, end_sessions_not_signed_on(account.organisation_id)), 3);
    // Who is no account holder any more is like everybody.
    one!(store, set_role(holder.id, Role::Agent));
    assert_eq!(living().await, [3]);
    assert!(one!(store, delete_identity_provider(account.organisation_id, 2)));
    assert_eq!(living().await, [3, 4], "what was deleted doesn't come back");
}

async fn people_are_counted_by_what_their_session_began_with(store: TestStore) {
    let account = settle(&store).await;
    let (holder, other) = (neighbour(&store, &account).await, elsewhere(&store).await);
    one!(store, set_role(holder.id, Role::AccountHolder));
    let signed_on = |of: &Account| Session { first_sign: FirstSign::SingleSignOn, ..session(of.id, Stage::SignedIn) };
    for (token, session) in [
        session(account.id, Stage::SignedIn),
        session(account.id, Stage::SignedIn),
        session(account.id, Stage::SecondStep),
        session(holder.id, Stage::SignedIn),
        session(other.id, Stage::SignedIn),
        signed_on(&holder),
        signed_on(&other),
    ]
    .iter()
    .enumerate()
    {
        one!(store, create_session(session, &[u8::try_from(token).unwrap(); 32]));
    }
    let count = async |is_sign_on, now| store.count_by_first_sign(account.organisation_id, is_sign_on, at(now)).await.unwrap();
    assert_eq!((count(false, 10).await, count(true, 10).await), (1, 1), "people, and account holders where they count");
    assert_eq!((count(false, 1_000).await, count(true, 1_000).await), (0, 0), "sessions that are over");
    let kept = signed_on(&account);
    one!(store, create_session(&kept, &[9; 32]));
    assert_eq!(one!(store, end_sessions_signed_on(account.organisation_id, kept.id)), 1);
    assert_eq!(count(true, 10).await, 1);
}
