use countersign_store::{AccessCode, SessionId, Store};

use crate::fixture::{TestStore, at, beginner, neighbour, one, race, settle, unique, winners};

crate::on_both![
    a_code_works_once_for_its_owner_and_not_for_ever,
    of_those_who_race_with_a_code_exactly_one_wins,
    a_new_code_ends_the_one_before,
    a_code_is_shown_once_and_only_where_it_was_made,
    of_those_who_look_at_the_same_time_one_sees_it,
    codes_that_have_expired_are_purged,
];

fn code(hash: u8, given_by: countersign_store::AccountId) -> AccessCode {
    AccessCode { hash: [hash; 32], given_by, created_at: at(0), expires_at: at(100) }
}

async fn a_code_works_once_for_its_owner_and_not_for_ever(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let given = code(1, other.id);
    one!(store, give_access_code(account.id, &given, b"T7KD-QM42", beginner()));
    assert_eq!(store.find_access_code(account.id, at(99)).await.unwrap(), Some(given.clone()));
    assert_eq!(store.find_access_code(account.id, at(100)).await.unwrap(), None);
    assert_eq!(one!(store, find_footing(account.id)).unwrap().access_until, Some(at(100)));
    assert!(!one!(store, consume_access_code(account.id, &[2; 32], at(1))));
    assert!(!one!(store, consume_access_code(other.id, &[1; 32], at(1))));
    assert!(!one!(store, consume_access_code(account.id, &[1; 32], at(100))));
    assert!(one!(store, consume_access_code(account.id, &[1; 32], at(99))));
    assert!(!one!(store, consume_access_code(account.id, &[1; 32], at(99))));
    assert_eq!(one!(store, find_footing(account.id)).unwrap().access_until, None);
}

async fn of_those_who_race_with_a_code_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await;
    one!(store, give_access_code(account.id, &code(1, account.id), b"T7KD-QM42", beginner()));
    let id = account.id;
    let results = race(&store, |store: Store, _| async move { one!(store, consume_access_code(id, &[1; 32], at(1))) }).await;
    assert_eq!(winners(&results), 1);
}

async fn a_new_code_ends_the_one_before(store: TestStore) {
    let account = settle(&store).await;
    for hash in [1, 2] {
        one!(store, give_access_code(account.id, &code(hash, account.id), b"T7KD-QM42", beginner()));
    }
    assert!(!one!(store, consume_access_code(account.id, &[1; 32], at(1))));
    assert!(one!(store, cancel_access_code(account.id)));
    assert!(!one!(store, cancel_access_code(account.id)));
    assert!(!one!(store, consume_access_code(account.id, &[2; 32], at(1))));
}

async fn a_code_is_shown_once_and_only_where_it_was_made(store: TestStore) {
    let account = settle(&store).await;
    let session = SessionId::from_random(at(0), unique());
    one!(store, give_access_code(account.id, &code(1, account.id), b"T7KD-QM42", session));
    assert_eq!(one!(store, take_access_code_reveal(account.id, beginner(), at(1))), None);
    assert_eq!(one!(store, take_access_code_reveal(account.id, session, at(100))), None, "it has expired");
    assert_eq!(one!(store, take_access_code_reveal(account.id, session, at(1))).unwrap().as_slice(), b"T7KD-QM42");
    assert_eq!(one!(store, take_access_code_reveal(account.id, session, at(1))), None);
}

async fn of_those_who_look_at_the_same_time_one_sees_it(store: TestStore) {
    let account = settle(&store).await;
    one!(store, give_access_code(account.id, &code(1, account.id), b"T7KD-QM42", beginner()));
    let id = account.id;
    let look = |store: Store, _| async move { one!(store, take_access_code_reveal(id, beginner(), at(1))).is_some() };
    assert_eq!(winners(&race(&store, look).await), 1);
}

async fn codes_that_have_expired_are_purged(store: TestStore) {
    let account = settle(&store).await;
    one!(store, give_access_code(account.id, &code(1, account.id), b"T7KD-QM42", beginner()));
    assert_eq!(one!(store, purge_access_codes(at(99))), 0);
    assert_eq!(one!(store, purge_access_codes(at(100))), 1);
}
