use countersign_domain::Factor;
use countersign_store::EmailedCodeMethodId;

use crate::fixture::{TestStore, allow, at, confirmed_app, neighbour, one, settle, unique};

crate::on_both![
    emailed_codes_count_when_they_are_on_and_confirmed_and_allowed,
    an_emailed_code_comes_after_an_app,
    what_a_policy_forbids_is_connected_still,
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
    let is_set_up = async || one!(store, find_footing(account.id)).unwrap().is_set_up();
    assert!(is_set_up().await);
    allow(&store, organisation, &[Factor::SecurityKey]).await;
    assert!(counts().await, "not allowed, but all there is: it is asked for");
    assert!(!is_set_up().await, "and counts for nothing");
    allow(&store, organisation, &[Factor::SecurityKey, Factor::EmailedCode]).await;
    assert!(is_set_up().await, "all three again");
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
    assert!(one!(store, confirm_email(account.id, &account.email, at(1))));
    confirmed_app(&store, account.id).await;
    allow(&store, account.organisation_id, &[Factor::AuthenticatorApp]).await;
    assert_eq!(one!(store, list_second_steps(account.id)), [Factor::AuthenticatorApp], "what is forbidden isn't asked for");
    assert_eq!(one!(store, count_second_steps(account.id)), 2);
    assert!(store.find_emailed_code_method(account.id).await.unwrap().is_some());
}
