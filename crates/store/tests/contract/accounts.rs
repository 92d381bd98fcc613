use std::time::Duration;

use countersign_domain::{Email, Role, Stage};
use countersign_store::{Account, AccountId, OrganisationId, Store};
use tokio::time::timeout;

use crate::fixture::{TestStore, account, at, neighbour, one, race, session, settle, unique, winners};

crate::on_both![
    an_account_is_found_by_its_id_and_by_its_email,
    a_taken_email_is_refused,
    of_those_who_race_for_an_email_exactly_one_wins,
    a_password_hash_is_replaced_only_if_it_is_the_expected_one,
    of_those_who_race_to_replace_a_password_exactly_one_wins,
    a_new_password_needs_the_old_one_and_says_how_it_came,
    of_those_who_race_to_set_a_password_exactly_one_wins,
    an_address_is_confirmed_once_and_only_the_one_that_is_theirs,
    of_those_who_race_to_confirm_an_address_exactly_one_wins,
    a_changed_address_is_a_confirmed_one,
    an_address_is_changed_only_from_the_expected_one_and_to_nobody_else_s,
    of_those_who_race_to_change_to_one_address_exactly_one_wins,
    one_who_changes_to_an_address_that_is_just_being_taken_is_refused,
    one_who_changes_to_an_address_that_just_signs_up_is_refused,
    a_transaction_sees_what_it_did_to_an_account,
    the_account_holders_are_listed_and_nobody_else,
    a_sign_in_is_noted,
    an_account_that_is_not_there_cannot_be_locked,
    one_who_locks_an_account_waits_for_the_other,
    what_was_not_committed_never_happened,
];

fn email(text: &str) -> Email {
    Email::parse(text).unwrap()
}

async fn an_account_is_found_by_its_id_and_by_its_email(store: TestStore) {
    assert_eq!(store.count_accounts().await.unwrap(), 0);
    let first = settle(&store).await;
    let mut second = account(first.organisation_id, "robin@example.com");
    second.role = Role::AccountHolder;
    second.last_sign_in_at = Some(at(5));
    assert!(one!(store, create_account(&second)));
    assert_eq!(store.find_account(second.id).await.unwrap().as_ref(), Some(&second));
    assert_eq!(store.find_account_by_email(&second.email).await.unwrap().as_ref(), Some(&second));
    assert_eq!(store.find_account_by_email(&email("nobody@example.com")).await.unwrap(), None);
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
    assert_eq!(one!(store, accept_password(account.id, "hash two", "hash three")), None);
    assert!(one!(store, accept_password(account.id, "hash one", "hash two")).is_some());
    assert_eq!(store.find_account(account.id).await.unwrap().unwrap().password_hash, "hash two");
}

async fn of_those_who_race_to_replace_a_password_exactly_one_wins(store: TestStore) {
    let id = settle(&store).await.id;
    let replace =
        |store: Store, number| async move { one!(store, accept_password(id, "hash one", &format!("hash of racer {number}"))).is_some() };
    assert_eq!(winners(&race(&store, replace).await), 1);
}

async fn a_new_password_needs_the_old_one_and_says_how_it_came(store: TestStore) {
    let account = settle(&store).await;
    let find = async || store.find_account(account.id).await.unwrap().unwrap();
    assert!(!one!(store, set_password(account.id, "hash two", "hash three", Some(at(3)))));
    assert_eq!(find().await, account);
    assert!(one!(store, set_password(account.id, "hash one", "hash two", Some(at(3)))));
    assert_eq!((find().await.password_hash.as_str(), find().await.password_by_mail_at), ("hash two", Some(at(3))));
    // A rehash is no new password.
    assert!(one!(store, accept_password(account.id, "hash two", "hash three")).is_some());
    assert_eq!(find().await.password_by_mail_at, Some(at(3)));
    one!(store, forget_password_by_mail(account.id));
    assert_eq!((find().await.password_hash.as_str(), find().await.password_by_mail_at), ("hash three", None));
    assert!(one!(store, set_password(account.id, "hash three", "hash four", Some(at(4)))));
    assert!(one!(store, set_password(account.id, "hash four", "hash five", None)));
    assert_eq!((find().await.password_hash.as_str(), find().await.password_by_mail_at), ("hash five", None));
}

async fn of_those_who_race_to_set_a_password_exactly_one_wins(store: TestStore) {
    let id = settle(&store).await.id;
    let set = |store: Store, number| async move {
        one!(store, set_password(id, "hash one", &format!("hash of racer {number}"), Some(at(i64::from(number)))))
    };
    let results = race(&store, set).await;
    assert_eq!(winners(&results), 1);
    let winner = (1..).zip(results).find_map(|(number, won)| won.then_some(number)).unwrap();
    let left = store.find_account(id).await.unwrap().unwrap();
    assert_eq!((left.password_hash, left.password_by_mail_at), (format!("hash of racer {winner}"), Some(at(winner))));
}

async fn an_address_is_confirmed_once_and_only_the_one_that_is_theirs(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    assert!(!one!(store, confirm_email(account.id, &email("old@example.com"), at(3))));
    assert!(!one!(store, confirm_email(account.id, &other.email, at(3))));
    assert!(!one!(store, confirm_email(other.id, &account.email, at(3))));
    assert_eq!(store.find_account(account.id).await.unwrap().unwrap().email_confirmed_at, None);
    assert!(one!(store, confirm_email(account.id, &account.email, at(4))));
    assert!(!one!(store, confirm_email(account.id, &account.email, at(5))));
    assert_eq!(store.find_account(account.id).await.unwrap().unwrap().email_confirmed_at, Some(at(4)));
    assert_eq!(store.find_account(other.id).await.unwrap().unwrap().email_confirmed_at, None);
    // A session brings the same account along.
    one!(store, create_session(&session(account.id, Stage::SignedIn), &[1; 32]));
    let (_, found, _) = store.find_session(&[1; 32], at(10)).await.unwrap().unwrap();
    assert_eq!(found.email_confirmed_at, Some(at(4)));
}

async fn of_those_who_race_to_confirm_an_address_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await;
    let confirm = |store: Store, _| {
        let Account { id, email, .. } = account.clone();
        async move { one!(store, confirm_email(id, &email, at(4))) }
    };
    assert_eq!(winners(&race(&store, confirm).await), 1);
}

async fn a_changed_address_is_a_confirmed_one(store: TestStore) {
    let account = settle(&store).await;
    let new = email("wren.halloway@example.com");
    assert!(one!(store, change_email(account.id, &account.email, &new, at(3))));
    let changed = Account { email: new.clone(), email_confirmed_at: Some(at(3)), ..account.clone() };
    assert_eq!(store.find_account_by_email(&new).await.unwrap(), Some(changed));
    assert_eq!(store.find_account_by_email(&account.email).await.unwrap(), None);
    assert!(!one!(store, confirm_email(account.id, &account.email, at(4))), "it is theirs no more");
}

async fn an_address_is_changed_only_from_the_expected_one_and_to_nobody_else_s(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    assert!(!one!(store, change_email(account.id, &email("old@example.com"), &email("new@example.com"), at(3))));
    assert!(!one!(store, change_email(account.id, &account.email, &other.email, at(3))));
    assert!(!one!(store, change_email(other.id, &account.email, &email("new@example.com"), at(3))));
    assert_eq!(store.find_account(account.id).await.unwrap().as_ref(), Some(&account));
    assert_eq!(store.find_account(other.id).await.unwrap().as_ref(), Some(&other));

    // Such a refusal ends no transaction: what belongs to it can still be written.
    let mut tx = store.begin().await.unwrap();
    assert!(!tx.change_email(account.id, &account.email, &other.email, at(3)).await.unwrap());
    tx.record_sign_in(account.id, at(4)).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(store.find_account(account.id).await.unwrap().unwrap().last_sign_in_at, Some(at(4)));
}

async fn of_those_who_race_to_change_to_one_address_exactly_one_wins(store: TestStore) {
    let wren = settle(&store).await;
    let robin = neighbour(&store, &wren).await;
    let mut people = [wren, robin];
    for round in 0..8 {
        let new = email(&format!("desk-{round}@example.com"));
        let change = |store: Store, number: u8| {
            let Account { id, email, .. } = people[usize::from(number) % 2].clone();
            let new = new.clone();
            async move { one!(store, change_email(id, &email, &new, at(3))) }
        };
        assert_eq!(winners(&race(&store, change).await), 1);
        for person in &mut people {
            *person = store.find_account(person.id).await.unwrap().unwrap();
        }
        assert_eq!(people.iter().filter(|person| person.email == new).count(), 1);
    }
}

async fn one_who_changes_to_an_address_that_is_just_being_taken_is_refused(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let new = email("desk@example.com");
    let mut first = store.begin().await.unwrap();
    assert!(first.change_email(account.id, &account.email, &new, at(3)).await.unwrap());
    let mut second = {
        let (store, other, new) = (store.store.clone(), other.clone(), new.clone());
        tokio::spawn(async move { one!(store, change_email(other.id, &other.email, &new, at(3))) })
    };
    assert!(timeout(Duration::from_millis(100), &mut second).await.is_err(), "it depends on how the first ends");
    first.commit().await.unwrap();
    assert!(!second.await.unwrap());
    assert_eq!(store.find_account(other.id).await.unwrap(), Some(other));
}

async fn one_who_changes_to_an_address_that_just_signs_up_is_refused(store: TestStore) {
    let first = settle(&store).await;
    let newcomer = account(first.organisation_id, "desk@example.com");
    let mut tx = store.begin().await.unwrap();
    assert!(tx.create_account(&newcomer).await.unwrap());
    let mut change = {
        let (store, first, new) = (store.store.clone(), first.clone(), newcomer.email.clone());
        tokio::spawn(async move { one!(store, change_email(first.id, &first.email, &new, at(3))) })
    };
    assert!(timeout(Duration::from_millis(100), &mut change).await.is_err(), "it depends on whether they do");
    tx.commit().await.unwrap();
    assert!(!change.await.unwrap());
}

async fn a_transaction_sees_what_it_did_to_an_account(store: TestStore) {
    let account = settle(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.find_account(account.id).await.unwrap().as_ref(), Some(&account));
    assert!(tx.confirm_email(account.id, &account.email, at(3)).await.unwrap());
    assert_eq!(tx.find_account(account.id).await.unwrap().unwrap().email_confirmed_at, Some(at(3)));
    assert_eq!(tx.find_account(AccountId::from_random(at(0), unique())).await.unwrap(), None);
    drop(tx);
    assert_eq!(store.find_account(account.id).await.unwrap(), Some(account));
}

async fn the_account_holders_are_listed_and_nobody_else(store: TestStore) {
    let agent = settle(&store).await;
    assert!(one!(store, list_account_holders(agent.organisation_id)).is_empty());
    let mut holders = Vec::new();
    for number in 0..21 {
        let mut holder = account(agent.organisation_id, &format!("holder-{number}@example.com"));
        holder.role = Role::AccountHolder;
        assert!(one!(store, create_account(&holder)));
        holders.push(holder);
    }
    let mut supervisor = account(agent.organisation_id, "supervisor@example.com");
    supervisor.role = Role::Supervisor;
    assert!(one!(store, create_account(&supervisor)));
    assert_eq!(one!(store, list_account_holders(agent.organisation_id)), holders[..20]);
    assert!(one!(store, list_account_holders(OrganisationId::from_random(at(0), unique()))).is_empty());
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
    let remove = |store: Store, number: u8| {
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
    let account = account(OrganisationId::from_random(at(0), unique()), "wren@example.com");
    assert!(!format!("{account:?}").contains("hash one"));
}
