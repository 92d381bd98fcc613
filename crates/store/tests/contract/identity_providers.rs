use countersign_domain::{Email, Role};
use countersign_store::{Account, IdentityProvider, Store, TeamId};

use crate::fixture::{TestStore, another_node, at, elsewhere, one, race, settle, team, winners};

crate::on_both![
    a_provider_is_found_as_it_was_connected,
    whoever_has_not_seen_the_last_change_changes_nothing,
    of_those_who_connect_one_at_once_exactly_one_does,
    a_provider_puts_nobody_into_another_organisations_team,
    the_secret_is_sealed_where_it_stands,
    a_domain_has_one_organisation,
    a_domain_leads_to_its_organisations_provider,
    the_only_provider_is_told_from_one_of_several,
    only_account_holders_may_do_without_a_provider_that_is_required,
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

async fn a_domain_has_one_organisation(store: TestStore) {
    let (account, other) = (settle(&store).await, elsewhere(&store).await);
    let email = Email::parse("wren@example.com").unwrap();
    assert!(!one!(store, may_vouch_for(account.organisation_id, &email)));
    assert!(one!(store, prove_domain("example.com", account.organisation_id, at(1))));
    assert!(!one!(store, prove_domain("example.com", other.organisation_id, at(2))));
    assert!(one!(store, may_vouch_for(account.organisation_id, &email)));
    assert!(!one!(store, may_vouch_for(other.organisation_id, &email)));
    let below = Email::parse("wren@floor.example.com").unwrap();
    assert!(!one!(store, may_vouch_for(account.organisation_id, &below)), "a domain below it is another one");
    assert!(!one!(store, give_up_domain("example.com", other.organisation_id)));
    assert!(one!(store, give_up_domain("example.com", account.organisation_id)));
    assert!(!one!(store, may_vouch_for(account.organisation_id, &email)));
    assert!(store.list_domains(account.organisation_id).await.unwrap().is_empty());
}

async fn a_domain_leads_to_its_organisations_provider(store: TestStore) {
    let account = settle(&store).await;
    let email = Email::parse("anybody@example.com").unwrap();
    one!(store, prove_domain("example.com", account.organisation_id, at(1)));
    assert_eq!(store.find_identity_provider_for(&email).await.unwrap(), None);
    connect(&store, &account).await;
    assert_eq!(store.find_identity_provider_for(&email).await.unwrap(), Some(account.organisation_id));
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
