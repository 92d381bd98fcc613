use countersign_domain::Factor;
use countersign_store::EmailedCodeMethodId;

use crate::fixture::{TestStore, at, confirmed_app, neighbour, one, settle, unique};

crate::on_both![
    emailed_codes_count_when_they_are_on_and_confirmed_and_allowed,
    an_emailed_code_comes_after_an_app,
    what_a_policy_forbids_is_connected_still,
    a_transaction_sees_the_policy_that_it_set,
];

fn id() -> EmailedCodeMethodId {
    EmailedCodeMethodId::from_random(at(0), unique())
}

async fn emailed_codes_count_when_they_are_on_and_confirmed_and_allowed(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let counts = async || {
        let listed = store.list_second_steps(account.id).await.unwrap();
        assert_eq!(listed, one!(store, list_second_steps(account.id)));
        listed == [Factor::EmailedCode]
    };
    let organisation = account.organisation_id;
    assert!(one!(store, confirm_email(account.id, &account.email, at(1))));
    assert!(!counts().await, "allowed and confirmed, but off");
    assert!(one!(store, turn_on_emailed_codes(id(), account.id, at(2))));
    assert!(counts().await, "allowed, confirmed and on");
    one!(store, set_allows_emailed_code(organisation, false));
    assert!(!counts().await, "confirmed and on, but not allowed");
    one!(store, set_allows_emailed_code(organisation, true));
    assert!(counts().await, "all three again");
    assert!(one!(store, turn_off_emailed_codes(account.id)));
    assert!(!counts().await, "off again");

    assert!(one!(store, turn_on_emailed_codes(id(), other.id, at(2))));
    assert!(store.list_second_steps(other.id).await.unwrap().is_empty(), "allowed and on, but not confirmed");
    assert!(one!(store, confirm_email(other.id, &other.email, at(3))));
    assert_eq!(store.list_second_steps(other.id).await.unwrap(), [Factor::EmailedCode]);
    assert!(!counts().await, "what another has on doesn't count");
}

async fn an_emailed_code_comes_after_an_app(store: TestStore) {
    let account = settle(&store).await;
    assert!(one!(store, turn_on_emailed_codes(id(), account.id, at(1))));
    assert!(one!(store, confirm_email(account.id, &account.email, at(1))));
    confirmed_app(&store, account.id).await;
    assert_eq!(store.list_second_steps(account.id).await.unwrap(), [Factor::AuthenticatorApp, Factor::EmailedCode]);
    assert_eq!(one!(store, count_second_steps(account.id)), 2);
}

async fn what_a_policy_forbids_is_connected_still(store: TestStore) {
    let account = settle(&store).await;
    assert!(one!(store, turn_on_emailed_codes(id(), account.id, at(1))));
    one!(store, set_allows_emailed_code(account.organisation_id, false));
    assert!(one!(store, list_second_steps(account.id)).is_empty());
    assert_eq!(one!(store, count_second_steps(account.id)), 1);
    assert!(store.find_emailed_code_method(account.id).await.unwrap().is_some());
}

async fn a_transaction_sees_the_policy_that_it_set(store: TestStore) {
    assert_eq!(one!(store, find_organisation()), None);
    let id = settle(&store).await.organisation_id;
    let before = store.find_organisation().await.unwrap();
    assert!(before.as_ref().unwrap().allows_emailed_code);
    let mut tx = store.begin().await.unwrap();
    tx.set_allows_emailed_code(id, false).await.unwrap();
    let seen = tx.find_organisation().await.unwrap().unwrap();
    assert!(!seen.allows_emailed_code && !seen.requires_second_step);
    drop(tx);
    assert_eq!(store.find_organisation().await.unwrap(), before);
}
