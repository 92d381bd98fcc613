use countersign_store::{BackupCodeSet, BackupCodeSetId, Store};

use crate::fixture::{TestStore, at, backup_codes, one, race, settle, unique};

crate::on_both![
    a_set_is_read_back_with_what_is_left_of_it,
    a_code_is_used_once,
    a_code_is_found_with_when_it_was_used,
    of_those_who_race_with_a_code_exactly_one_wins,
    those_who_race_with_different_codes_count_each_other,
    a_new_set_kills_the_old_one,
    those_who_race_to_make_a_set_leave_one_whole_set,
    codes_are_shown_until_they_are_acknowledged,
    a_deleted_set_accepts_no_code,
];

async fn a_set_is_read_back_with_what_is_left_of_it(store: TestStore) {
    let account = settle(&store).await;
    assert_eq!(store.find_backup_codes(account.id).await.unwrap(), None);
    let id = backup_codes(&store, account.id).await;
    let mut expected = BackupCodeSet {
        id,
        account_id: account.id,
        salt: vec![9; 16],
        params: "argon2id".to_owned(),
        created_at: at(0),
        last_used_at: None,
        left: 3,
        total: 3,
    };
    assert_eq!(store.find_backup_codes(account.id).await.unwrap().as_ref(), Some(&expected));
    assert_eq!(one!(store, consume_backup_code(id, &[2; 32], at(5))), Some(2));
    expected.left = 2;
    expected.last_used_at = Some(at(5));
    assert_eq!(store.find_backup_codes(account.id).await.unwrap(), Some(expected));
}

async fn a_code_is_used_once(store: TestStore) {
    let account = settle(&store).await;
    let id = backup_codes(&store, account.id).await;
    assert_eq!(one!(store, consume_backup_code(id, &[4; 32], at(4))), None);
    assert_eq!(store.find_backup_codes(account.id).await.unwrap().unwrap().last_used_at, None);
    for (code, left) in [(1, 2), (3, 1), (2, 0)] {
        assert_eq!(one!(store, consume_backup_code(id, &[code; 32], at(5))), Some(left));
        assert_eq!(one!(store, consume_backup_code(id, &[code; 32], at(6))), None);
    }
}

async fn a_code_is_found_with_when_it_was_used(store: TestStore) {
    let account = settle(&store).await;
    let id = backup_codes(&store, account.id).await;
    assert_eq!(store.find_backup_code(id, &[4; 32]).await.unwrap(), None);
    assert_eq!(store.find_backup_code(id, &[1; 32]).await.unwrap(), Some(None));
    one!(store, consume_backup_code(id, &[1; 32], at(5)));
    assert_eq!(store.find_backup_code(id, &[1; 32]).await.unwrap(), Some(Some(at(5))));
}

async fn of_those_who_race_with_a_code_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await;
    let id = backup_codes(&store, account.id).await;
    let consume = |store: Store, _| async move { one!(store, consume_backup_code(id, &[1; 32], at(5))) };
    let mut results = race(&store, consume).await;
    results.sort_unstable();
    assert_eq!(results, [None, None, None, Some(2)]);
}

async fn those_who_race_with_different_codes_count_each_other(store: TestStore) {
    let account = settle(&store).await;
    let id = backup_codes(&store, account.id).await;
    let consume = |store: Store, number| async move { one!(store, consume_backup_code(id, &[number; 32], at(5))) };
    let mut results = race(&store, consume).await;
    results.sort_unstable();
    assert_eq!(results, [None, Some(0), Some(1), Some(2)]);
}

async fn a_new_set_kills_the_old_one(store: TestStore) {
    let account = settle(&store).await;
    let old = backup_codes(&store, account.id).await;
    let new = backup_codes(&store, account.id).await;
    assert_eq!(one!(store, consume_backup_code(old, &[1; 32], at(5))), None);
    assert_eq!(one!(store, consume_backup_code(new, &[1; 32], at(5))), Some(2));
}

async fn those_who_race_to_make_a_set_leave_one_whole_set(store: TestStore) {
    let account = settle(&store).await.id;
    let replace = |store: Store, _| async move { backup_codes(&store, account).await };
    let made: Vec<BackupCodeSetId> = race(&store, replace).await;
    let left = store.find_backup_codes(account).await.unwrap().unwrap();
    assert!(made.contains(&left.id));
    assert_eq!((left.left, left.total), (3, 3));
}

async fn codes_are_shown_until_they_are_acknowledged(store: TestStore) {
    let account = settle(&store).await;
    assert_eq!(store.find_backup_code_reveal(account.id).await.unwrap(), None);
    backup_codes(&store, account.id).await;
    let reveal = store.find_backup_code_reveal(account.id).await.unwrap().unwrap();
    assert_eq!((reveal.codes.as_slice(), reveal.created_at), (&b"AAAA BBBB"[..], at(0)));
    assert!(!format!("{reveal:?}").contains("65, 65"));
    assert!(one!(store, acknowledge_backup_codes(account.id)));
    assert!(!one!(store, acknowledge_backup_codes(account.id)));
    assert_eq!(store.find_backup_code_reveal(account.id).await.unwrap(), None);
}

async fn a_deleted_set_accepts_no_code(store: TestStore) {
    let account = settle(&store).await;
    let id = backup_codes(&store, account.id).await;
    assert!(one!(store, delete_backup_codes(account.id)));
    assert!(!one!(store, delete_backup_codes(account.id)));
    assert_eq!(one!(store, consume_backup_code(id, &[1; 32], at(5))), None);
    assert_eq!(one!(store, consume_backup_code(BackupCodeSetId::from_random(at(0), unique()), &[1; 32], at(5))), None);
}
