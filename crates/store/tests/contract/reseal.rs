use std::sync::Arc;

use countersign_store::{KeyRing, Store};

use crate::fixture::{TestStore, backup_codes, confirmed_app, one, pending_app, settle};

crate::on_both![what_the_old_key_sealed_is_opened_by_the_new_one_alone, a_ring_without_the_key_opens_nothing];

fn copy(keys: &KeyRing) -> KeyRing {
    KeyRing::parse(&keys.to_toml()).unwrap()
}

async fn what_the_old_key_sealed_is_opened_by_the_new_one_alone(store: TestStore) {
    let account = settle(&store).await;
    let app = confirmed_app(&store, account.id).await;
    let pending = pending_app(account.id);
    assert!(one!(store, create_pending_app(&pending)));
    backup_codes(&store, account.id).await;
    assert_eq!(store.reseal_all().await.unwrap(), 0);

    let mut keys = copy(store.keys());
    keys.add_key().unwrap();
    let rotated = Store::connect(&store.url, Arc::new(copy(&keys))).await.unwrap();
    assert_eq!(rotated.reseal_all().await.unwrap(), 3);
    assert_eq!(rotated.reseal_all().await.unwrap(), 0);

    assert_eq!(keys.drop_retired(), 1);
    let alone = Store::connect(&store.url, Arc::new(keys)).await.unwrap();
    assert_eq!(alone.list_apps(account.id).await.unwrap()[0].seed, app.seed);
    assert_eq!(alone.find_pending_app(account.id, pending.begun_in).await.unwrap().unwrap().seed, pending.seed);
    assert_eq!(alone.find_backup_code_reveal(account.id).await.unwrap().unwrap().codes.as_slice(), b"AAAA BBBB");
    assert!(store.list_apps(account.id).await.is_err());
}

async fn a_ring_without_the_key_opens_nothing(store: TestStore) {
    let account = settle(&store).await;
    confirmed_app(&store, account.id).await;
    let stranger = Store::connect(&store.url, Arc::new(KeyRing::generate().unwrap())).await.unwrap();
    let fault = stranger.list_apps(account.id).await.unwrap_err();
    assert_eq!(fault.to_string(), "a secret in the database can't be opened or sealed");
}
