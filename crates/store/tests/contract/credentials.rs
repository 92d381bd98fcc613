use countersign_domain::{Factor, FactorName, KeyKind};
use countersign_store::{AccountId, Credential, KeyId};
use serde_json::json;

use crate::fixture::{TestStore, at, confirmed_app, neighbour, one, race, settle, unique, winners};

crate::on_both![
    a_key_is_read_back_as_it_was_connected,
    a_credential_id_is_connected_once_over_all_accounts,
    of_those_who_race_to_connect_one_key_exactly_one_wins,
    a_counter_grows_or_the_use_is_refused,
    a_key_that_doesn_t_count_is_used_again_and_again,
    of_those_who_race_with_one_counter_exactly_one_wins,
    a_key_that_has_counted_once_never_stops,
    nobody_touches_the_key_of_another,
    an_account_keeps_its_first_handle,
    second_steps_are_listed_strongest_first,
    all_keys_of_an_account_or_of_everybody_can_go_at_once,
];

fn name(text: &str) -> FactorName {
    FactorName::parse(text).unwrap()
}

fn key(account_id: AccountId, credential_id: &[u8], counter: u32) -> Credential {
    Credential {
        id: KeyId::from_random(at(0), unique()),
        account_id,
        kind: KeyKind::SecurityKey,
        credential_id: credential_id.to_vec(),
        name: name("Desk key"),
        public_key: json!({ "cred": { "counter": counter } }),
        backup_eligible: true,
        counter,
        created_at: at(1),
        last_used_at: None,
    }
}

async fn a_key_is_read_back_as_it_was_connected(store: TestStore) {
    let account = settle(&store).await;
    let longest = key(account.id, &[7; 1023], u32::MAX);
    assert!(one!(store, create_credential(&longest)));
    assert_eq!(store.list_credentials(account.id).await.unwrap(), std::slice::from_ref(&longest));
    assert_eq!(store.find_credential(&[7; 1023]).await.unwrap(), Some(longest));
    assert_eq!(store.find_credential(&[7; 1022]).await.unwrap(), None);
    let mut tx = store.begin().await.unwrap();
    assert!(tx.create_credential(&key(account.id, &[7; 1024], 0)).await.is_err(), "the database refuses longer ones");
}

async fn a_credential_id_is_connected_once_over_all_accounts(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    assert!(one!(store, create_credential(&key(account.id, b"one", 0))));
    assert!(!one!(store, create_credential(&key(account.id, b"one", 0))));
    assert!(!one!(store, create_credential(&key(other.id, b"one", 0))));
    assert!(one!(store, create_credential(&key(other.id, b"two", 0))));
}

async fn of_those_who_race_to_connect_one_key_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await.id;
    let results = race(&store, |store, _| async move { one!(store, create_credential(&key(account, b"one", 0))) }).await;
    assert_eq!(winners(&results), 1);
}

async fn a_counter_grows_or_the_use_is_refused(store: TestStore) {
    let account = settle(&store).await.id;
    let key = key(account, b"one", 5);
    assert!(one!(store, create_credential(&key)));
    let now = json!({ "cred": { "counter": 6 } });
    for counter in [0, 4, 5] {
        assert!(!one!(store, use_credential(key.id, account, counter, &now, at(2))), "{counter}");
    }
    assert!(one!(store, use_credential(key.id, account, 6, &now, at(3))));
    assert!(!one!(store, use_credential(key.id, account, 6, &now, at(4))));
    let used = store.list_credentials(account).await.unwrap().remove(0);
    assert_eq!((used.counter, used.last_used_at, used.public_key), (6, Some(at(3)), now));
}

async fn a_key_that_doesn_t_count_is_used_again_and_again(store: TestStore) {
    let account = settle(&store).await.id;
    let key = key(account, b"one", 0);
    assert!(one!(store, create_credential(&key)));
    for second in 2..5 {
        assert!(one!(store, use_credential(key.id, account, 0, &key.public_key, at(second))));
    }
}

async fn of_those_who_race_with_one_counter_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await.id;
    let key = key(account, b"one", 5);
    assert!(one!(store, create_credential(&key)));
    let id = key.id;
    let attempt = |store: countersign_store::Store, _| async move { one!(store, use_credential(id, account, 6, &json!({}), at(2))) };
    assert_eq!(winners(&race(&store, attempt).await), 1);
}

async fn a_key_that_has_counted_once_never_stops(store: TestStore) {
    let account = settle(&store).await.id;
    let key = key(account, b"one", 0);
    assert!(one!(store, create_credential(&key)));
    assert!(one!(store, use_credential(key.id, account, 1, &key.public_key, at(2))));
    assert!(!one!(store, use_credential(key.id, account, 0, &key.public_key, at(3))));
}

async fn nobody_touches_the_key_of_another(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let key = key(account.id, b"one", 0);
    assert!(one!(store, create_credential(&key)));
    assert!(!one!(store, use_credential(key.id, other.id, 1, &json!({}), at(2))));
    assert!(!one!(store, rename_credential(key.id, other.id, &name("Mine"))));
    assert!(!one!(store, remove_credential(key.id, other.id)));
    assert!(store.list_credentials(other.id).await.unwrap().is_empty());
    assert!(one!(store, rename_credential(key.id, account.id, &name("Blue tag"))));
    assert_eq!(store.list_credentials(account.id).await.unwrap()[0].name, name("Blue tag"));
    assert!(one!(store, remove_credential(key.id, account.id)));
    assert!(!one!(store, remove_credential(key.id, account.id)));
}

async fn an_account_keeps_its_first_handle(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    assert_eq!(store.find_user_handle(account.id).await.unwrap(), None);
    let id = account.id;
    let results = race(&store, |store, number| async move { one!(store, create_user_handle(id, &[number; 16])) }).await;
    assert_eq!(winners(&results), 1);
    let handle = store.find_user_handle(id).await.unwrap().unwrap();
    assert_eq!(store.find_account_by_handle(&handle).await.unwrap().map(|found| found.id), Some(id));
    assert!(!one!(store, create_user_handle(other.id, &handle)), "no two accounts share one");
    assert_eq!(store.find_account_by_handle(&[99; 16]).await.unwrap(), None);
}

async fn second_steps_are_listed_strongest_first(store: TestStore) {
    let account = settle(&store).await.id;
    assert!(store.list_second_steps(account).await.unwrap().is_empty());
    confirmed_app(&store, account).await;
    confirmed_app(&store, account).await;
    let passkey = Credential { kind: KeyKind::Passkey, ..key(account, b"two", 0) };
    assert!(one!(store, create_credential(&passkey)));
    assert!(one!(store, create_credential(&key(account, b"one", 0))));
    assert!(one!(store, create_credential(&key(account, b"three", 0))));
    let all = [Factor::SecurityKey, Factor::Passkey, Factor::AuthenticatorApp];
    assert_eq!(store.list_second_steps(account).await.unwrap(), all);
    assert_eq!(one!(store, list_second_steps(account)), all);
}

async fn all_keys_of_an_account_or_of_everybody_can_go_at_once(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    for (owner, id) in [(account.id, b"1"), (account.id, b"2"), (other.id, b"3")] {
        assert!(one!(store, create_credential(&key(owner, id, 0))));
    }
    assert_eq!(store.count_credentials().await.unwrap(), 3);
    assert_eq!(one!(store, remove_all_credentials(account.id)), 2);
    assert_eq!(one!(store, remove_everybodys_credentials()), 1);
    assert_eq!(store.count_credentials().await.unwrap(), 0);
}
