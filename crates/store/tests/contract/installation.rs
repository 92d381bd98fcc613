use countersign_store::Store;

use crate::fixture::{TestStore, at, one, organisation, race, settle, winners};

crate::on_both![
    a_set_up_link_works_until_it_is_used,
    a_newer_set_up_link_replaces_the_older,
    an_installation_with_an_organisation_opens_no_set_up_link,
    of_those_who_race_with_a_set_up_link_exactly_one_wins,
    of_those_who_race_to_create_the_first_organisation_exactly_one_wins,
    keys_are_bound_to_the_first_host_until_they_are_moved,
];

async fn a_set_up_link_works_until_it_is_used(store: TestStore) {
    assert!(!store.is_set_up_open(&[1; 32]).await.unwrap());
    assert!(one!(store, open_set_up(&[1; 32], at(0))));
    assert!(store.is_set_up_open(&[1; 32]).await.unwrap());
    assert!(!one!(store, consume_set_up(&[2; 32])));
    assert!(one!(store, consume_set_up(&[1; 32])));
    assert!(!one!(store, consume_set_up(&[1; 32])));
    assert!(!store.is_set_up_open(&[1; 32]).await.unwrap());
}

async fn a_newer_set_up_link_replaces_the_older(store: TestStore) {
    assert!(one!(store, open_set_up(&[1; 32], at(0))));
    assert!(one!(store, open_set_up(&[2; 32], at(1))));
    assert!(!one!(store, consume_set_up(&[1; 32])));
    assert!(one!(store, consume_set_up(&[2; 32])));
}

async fn an_installation_with_an_organisation_opens_no_set_up_link(store: TestStore) {
    assert!(!store.has_organisation().await.unwrap());
    assert!(one!(store, open_set_up(&[1; 32], at(0))));
    settle(&store).await;
    assert!(store.has_organisation().await.unwrap());
    assert!(!one!(store, open_set_up(&[2; 32], at(0))));
    assert!(!store.is_set_up_open(&[1; 32]).await.unwrap());
    assert!(!store.is_set_up_open(&[2; 32]).await.unwrap());
}

async fn of_those_who_race_with_a_set_up_link_exactly_one_wins(store: TestStore) {
    assert!(one!(store, open_set_up(&[1; 32], at(0))));
    let results = race(&store, |store, _| async move { one!(store, consume_set_up(&[1; 32])) }).await;
    assert_eq!(winners(&results), 1);
}

async fn of_those_who_race_to_create_the_first_organisation_exactly_one_wins(store: TestStore) {
    assert!(one!(store, open_set_up(&[1; 32], at(0))));
    let create = |store: Store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let is_first = tx.consume_set_up(&[1; 32]).await.unwrap();
        if is_first {
            tx.create_organisation(&organisation()).await.unwrap();
            tx.commit().await.unwrap();
        }
        is_first
    };
    assert_eq!(winners(&race(&store, create).await), 1);
    assert!(store.find_only_organisation().await.unwrap().is_some());
    assert!(!one!(store, open_set_up(&[2; 32], at(1))), "there is one now");
}

async fn keys_are_bound_to_the_first_host_until_they_are_moved(store: TestStore) {
    assert_eq!(store.find_rp_id().await.unwrap(), None);
    assert!(!one!(store, replace_rp_id("sign-in.example.com")));
    assert!(one!(store, create_rp_id("localhost")));
    assert!(!one!(store, create_rp_id("sign-in.example.com")));
    assert_eq!(store.find_rp_id().await.unwrap().as_deref(), Some("localhost"));
    assert!(one!(store, replace_rp_id("sign-in.example.com")));
    assert_eq!(store.find_rp_id().await.unwrap().as_deref(), Some("sign-in.example.com"));
}
