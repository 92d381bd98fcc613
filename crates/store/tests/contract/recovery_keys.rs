use countersign_store::{RecoveryKeyId, Store, StoredRecoveryKey};

use crate::fixture::{TestStore, at, neighbour, one, race, recovery_key, settle, unique, winners};

crate::on_both![
    a_key_is_read_back_as_its_hash,
    a_key_is_used_once,
    of_those_who_race_with_a_key_exactly_one_wins,
    nobody_uses_the_key_of_another,
    a_new_key_ends_the_old_one,
    those_who_race_to_make_a_key_leave_one,
    a_key_is_shown_until_it_is_acknowledged,
    a_new_key_is_shown_again,
    a_deleted_key_opens_nothing,
    a_key_used_in_a_transaction_that_fails_is_still_good,
];

async fn a_key_is_read_back_as_its_hash(store: TestStore) {
    let account = settle(&store).await;
    assert_eq!(store.find_recovery_key(account.id).await.unwrap(), None);
    assert!(!one!(store, has_recovery_key(account.id)));
    let id = RecoveryKeyId::from_random(at(0), unique());
    one!(store, replace_recovery_key(id, account.id, &[7; 32], b"CCCC DDDD", at(5)));
    let kept = store.find_recovery_key(account.id).await.unwrap().unwrap();
    assert!(!format!("{kept:?}").contains("7, 7"));
    assert_eq!(kept, StoredRecoveryKey { hash: vec![7; 32], created_at: at(5) });
    assert!(one!(store, has_recovery_key(account.id)));
}

async fn a_key_is_used_once(store: TestStore) {
    let account = settle(&store).await;
    assert!(!one!(store, consume_recovery_key(account.id, &[1; 32])));
    recovery_key(&store, account.id, 1).await;
    assert!(!one!(store, consume_recovery_key(account.id, &[2; 32])));
    assert!(one!(store, consume_recovery_key(account.id, &[1; 32])));
    assert!(!one!(store, consume_recovery_key(account.id, &[1; 32])));
    assert_eq!(store.find_recovery_key(account.id).await.unwrap(), None);
    assert_eq!(store.find_recovery_key_reveal(account.id).await.unwrap(), None);
}

async fn of_those_who_race_with_a_key_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await.id;
    recovery_key(&store, account, 1).await;
    let consume = |store: Store, _| async move { one!(store, consume_recovery_key(account, &[1; 32])) };
    assert_eq!(winners(&race(&store, consume).await), 1);
}

async fn nobody_uses_the_key_of_another(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    recovery_key(&store, account.id, 1).await;
    recovery_key(&store, other.id, 2).await;
    assert!(!one!(store, consume_recovery_key(other.id, &[1; 32])));
    assert!(!one!(store, consume_recovery_key(account.id, &[2; 32])));
    assert!(one!(store, acknowledge_recovery_key(other.id)));
    assert!(one!(store, delete_recovery_key(other.id)));
    assert!(store.find_recovery_key_reveal(account.id).await.unwrap().is_some());
    assert!(one!(store, consume_recovery_key(account.id, &[1; 32])));
}

async fn a_new_key_ends_the_old_one(store: TestStore) {
    let account = settle(&store).await;
    recovery_key(&store, account.id, 1).await;
    recovery_key(&store, account.id, 2).await;
    assert!(!one!(store, consume_recovery_key(account.id, &[1; 32])));
    assert!(one!(store, consume_recovery_key(account.id, &[2; 32])));
}

async fn those_who_race_to_make_a_key_leave_one(store: TestStore) {
    let account = settle(&store).await.id;
    race(&store, |store, number| async move { recovery_key(&store, account, number).await }).await;
    let left = store.find_recovery_key(account).await.unwrap().unwrap().hash;
    let mut used = 0;
    for number in 1..=4 {
        let is_left = left == [number; 32];
        assert_eq!(one!(store, consume_recovery_key(account, &[number; 32])), is_left);
        used += usize::from(is_left);
    }
    assert_eq!(used, 1);
}

async fn a_key_is_shown_until_it_is_acknowledged(store: TestStore) {
    let account = settle(&store).await;
    assert_eq!(store.find_recovery_key_reveal(account.id).await.unwrap(), None);
    assert!(!one!(store, acknowledge_recovery_key(account.id)));
    recovery_key(&store, account.id, 1).await;
    let reveal = store.find_recovery_key_reveal(account.id).await.unwrap().unwrap();
    assert_eq!((reveal.key.as_slice(), reveal.created_at), (&b"CCCC DDDD"[..], at(0)));
    assert!(!format!("{reveal:?}").contains("67, 67"));
    assert!(one!(store, acknowledge_recovery_key(account.id)));
    assert!(!one!(store, acknowledge_recovery_key(account.id)));
    assert_eq!(store.find_recovery_key_reveal(account.id).await.unwrap(), None);
    assert!(one!(store, consume_recovery_key(account.id, &[1; 32])), "it works all the same");
}

async fn a_new_key_is_shown_again(store: TestStore) {
    let account = settle(&store).await;
    recovery_key(&store, account.id, 1).await;
    assert!(one!(store, acknowledge_recovery_key(account.id)));
    recovery_key(&store, account.id, 2).await;
    assert!(store.find_recovery_key_reveal(account.id).await.unwrap().is_some());
}

async fn a_deleted_key_opens_nothing(store: TestStore) {
    let account = settle(&store).await;
    recovery_key(&store, account.id, 1).await;
    assert!(one!(store, delete_recovery_key(account.id)));
    assert!(!one!(store, delete_recovery_key(account.id)));
    assert!(!one!(store, consume_recovery_key(account.id, &[1; 32])));
    assert!(!one!(store, has_recovery_key(account.id)));
}

async fn a_key_used_in_a_transaction_that_fails_is_still_good(store: TestStore) {
    let account = settle(&store).await;
    recovery_key(&store, account.id, 1).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.consume_recovery_key(account.id, &[1; 32]).await.unwrap());
    assert!(!tx.has_recovery_key(account.id).await.unwrap());
    drop(tx);
    assert!(one!(store, consume_recovery_key(account.id, &[1; 32])));
}
