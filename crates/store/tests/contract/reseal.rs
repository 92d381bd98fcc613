use std::sync::Arc;

use countersign_store::{KeyRing, Store};

use crate::fixture::{TestStore, at, backup_codes, confirmed_app, copy, mail, one, pending_app, recovery_key, settle};

crate::on_both![
    what_the_old_key_sealed_is_opened_by_the_new_one_alone,
    what_is_not_kept_any_more_is_not_sealed_anew,
    a_ring_without_the_key_opens_nothing,
    a_ring_without_the_key_is_told_by_any_sealed_column,
];

async fn what_the_old_key_sealed_is_opened_by_the_new_one_alone(store: TestStore) {
    let account = settle(&store).await;
    let app = confirmed_app(&store, account.id).await;
    let pending = pending_app(account.id);
    assert!(one!(store, create_pending_app(&pending)));
    backup_codes(&store, account.id).await;
    recovery_key(&store, account.id, 1).await;
    assert!(one!(store, post_mail(&mail(&account), b"482 913")));
    let provider = crate::identity_providers::connect(&store, &account).await;
    assert_eq!(store.reseal_all().await.unwrap(), 0);

    let mut keys = copy(store.keys());
    keys.add_key().unwrap();
    let rotated = Store::connect(&store.url, Arc::new(copy(&keys))).await.unwrap();
    assert_eq!(rotated.reseal_all().await.unwrap(), 6);
    assert_eq!(rotated.reseal_all().await.unwrap(), 0);

    assert_eq!(keys.drop_retired(), 1);
    let alone = Store::connect(&store.url, Arc::new(keys)).await.unwrap();
    assert_eq!(alone.list_apps(account.id).await.unwrap()[0].seed, app.seed);
    assert_eq!(alone.find_pending_app(account.id, pending.begun_in).await.unwrap().unwrap().seed, pending.seed);
    assert_eq!(alone.find_backup_code_reveal(account.id).await.unwrap().unwrap().codes.as_slice(), b"AAAA BBBB");
    assert_eq!(alone.find_recovery_key_reveal(account.id).await.unwrap().unwrap().key.as_slice(), b"CCCC DDDD");
    assert_eq!(alone.claim_mails(at(1), at(2), 10).await.unwrap()[0].message.as_ref().unwrap().as_slice(), b"482 913");
    assert_eq!(alone.find_identity_provider(account.organisation_id).await.unwrap(), Some(provider));
    assert!(store.list_apps(account.id).await.is_err());
    assert!(store.find_recovery_key_reveal(account.id).await.is_err());
    assert_eq!(store.claim_mails(at(2), at(3), 10).await.unwrap()[0].message, None);
}

async fn what_is_not_kept_any_more_is_not_sealed_anew(store: TestStore) {
    let account = settle(&store).await;
    recovery_key(&store, account.id, 1).await;
    let sent = mail(&account);
    assert!(one!(store, post_mail(&sent, b"482 913")));
    assert!(one!(store, acknowledge_recovery_key(account.id)));
    assert!(store.record_mail_sent(sent.id, at(1)).await.unwrap());

    let mut keys = copy(store.keys());
    keys.add_key().unwrap();
    let rotated = Store::connect(&store.url, Arc::new(keys)).await.unwrap();
    assert_eq!(rotated.reseal_all().await.unwrap(), 0);
    assert!(one!(rotated, consume_recovery_key(account.id, &[1; 32])), "its hash needs no key");
}

async fn a_ring_without_the_key_opens_nothing(store: TestStore) {
    let account = settle(&store).await;
    confirmed_app(&store, account.id).await;
    let stranger = Store::connect(&store.url, Arc::new(KeyRing::generate().unwrap())).await.unwrap();
    let fault = stranger.list_apps(account.id).await.unwrap_err();
    assert_eq!(fault.to_string(), "a secret in the database can't be opened or sealed");
}

async fn a_ring_without_the_key_is_told_by_any_sealed_column(store: TestStore) {
    let account = settle(&store).await;
    let stranger = Store::connect(&store.url, Arc::new(KeyRing::generate().unwrap())).await.unwrap();
    stranger.check_sealed().await.unwrap();
    recovery_key(&store, account.id, 1).await;
    assert!(stranger.check_sealed().await.is_err());
    assert!(one!(store, delete_recovery_key(account.id)));
    stranger.check_sealed().await.unwrap();
    assert!(one!(store, post_mail(&mail(&account), b"482 913")));
    assert!(stranger.check_sealed().await.is_err());
    store.check_sealed().await.unwrap();
}
