use countersign_domain::{Email, Role};
use countersign_store::AccountId;

use crate::fixture::{TestStore, account, at, one, race, settle, unique, winners};

crate::on_both![
    an_account_is_found_by_its_id_and_by_its_email,
    a_taken_email_is_refused,
    of_those_who_race_for_an_email_exactly_one_wins,
    a_password_hash_is_replaced_only_if_it_is_the_expected_one,
    of_those_who_race_to_replace_a_password_exactly_one_wins,
    a_sign_in_is_noted,
    an_account_that_is_not_there_cannot_be_locked,
    one_who_locks_an_account_waits_for_the_other,
    what_was_not_committed_never_happened,
];

async fn an_account_is_found_by_its_id_and_by_its_email(store: TestStore) {
    assert_eq!(store.count_accounts().await.unwrap(), 0);
    let first = settle(&store).await;
    let mut second = account(first.organisation_id, "robin@example.com");
    second.role = Role::AccountHolder;
    second.last_sign_in_at = Some(at(5));
    assert!(one!(store, create_account(&second)));
    assert_eq!(store.find_account(second.id).await.unwrap().as_ref(), Some(&second));
    assert_eq!(store.find_account_by_email(&second.email).await.unwrap().as_ref(), Some(&second));
    assert_eq!(store.find_account_by_email(&Email::parse("nobody@example.com").unwrap()).await.unwrap(), None);
    assert_eq!(store.count_accounts().await.unwrap(), 2);
}

async fn a_taken_email_is_refused(store: TestStore) {
    let first = settle(&store).await;
    assert!(!one!(store, create_account(&account(first.organisation_id, "WREN@example.com"))));
}

async fn of_those_who_race_for_an_email_exactly_one_wins(store: TestStore) {
    let first = settle(&store).await;
    let organisation = first.organisation_id;
    let results = race(&store, |store, _| async move { one!(store, create_account(&account(organisation, "robin@example.com"))) }).await;
    assert_eq!(winners(&results), 1);
}

async fn a_password_hash_is_replaced_only_if_it_is_the_expected_one(store: TestStore) {
    let account = settle(&store).await;
    assert!(!one!(store, replace_password_hash(account.id, "hash two", "hash three")));
    assert!(one!(store, replace_password_hash(account.id, "hash one", "hash two")));
    assert_eq!(store.find_account(account.id).await.unwrap().unwrap().password_hash, "hash two");
}

async fn of_those_who_race_to_replace_a_password_exactly_one_wins(store: TestStore) {
    let id = settle(&store).await.id;
    let replace = |store: countersign_store::Store, number| async move {
        one!(store, replace_password_hash(id, "hash one", &format!("hash of racer {number}")))
    };
    assert_eq!(winners(&race(&store, replace).await), 1);
}

async fn a_sign_in_is_noted(store: TestStore) {
    let account = settle(&store).await;
    one!(store, record_sign_in(account.id, at(7)));
    assert_eq!(store.find_account(account.id).await.unwrap().unwrap().last_sign_in_at, Some(at(7)));
}

async fn an_account_that_is_not_there_cannot_be_locked(store: TestStore) {
    let account = settle(&store).await;
    assert!(one!(store, lock_account(account.id)));
    assert!(!one!(store, lock_account(AccountId::from_random(at(0), unique()))));
}

async fn one_who_locks_an_account_waits_for_the_other(store: TestStore) {
    // Each removes an app unless it is the last. Without the lock, all would see two.
    let id = settle(&store).await.id;
    let mut apps = Vec::new();
    for _ in 0..2 {
        apps.push(crate::fixture::confirmed_app(&store, id).await.id);
    }
    let remove = |store: countersign_store::Store, number: u8| {
        let app = apps[usize::from(number) % 2];
        async move {
            let mut tx = store.begin().await.unwrap();
            tx.lock_account(id).await.unwrap();
            let removed = tx.list_apps(id).await.unwrap().len() > 1 && tx.remove_app(app, id).await.unwrap();
            tx.commit().await.unwrap();
            removed
        }
    };
    assert_eq!(winners(&race(&store, remove).await), 1);
    assert_eq!(store.list_apps(id).await.unwrap().len(), 1);
}

async fn what_was_not_committed_never_happened(store: TestStore) {
    let first = settle(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.create_account(&account(first.organisation_id, "robin@example.com")).await.unwrap());
    drop(tx);
    assert_eq!(store.count_accounts().await.unwrap(), 1);
    assert!(one!(store, create_account(&account(first.organisation_id, "robin@example.com"))));
}

#[test]
fn an_account_prints_nothing_of_its_password() {
    let account = account(countersign_store::OrganisationId::from_random(at(0), unique()), "wren@example.com");
    assert!(!format!("{account:?}").contains("hash one"));
}
