use countersign_domain::Stage;
use countersign_store::{SignOnAttempt, Store};

use crate::fixture::{TestStore, at, elsewhere, neighbour, one, race, session, settle, winners};

const ISSUER: &str = "https://login.example.com";

crate::on_both![
    somebody_is_issuer_and_subject_in_their_organisation,
    whoever_is_connected_is_nobody_else,
    of_those_who_are_connected_at_once_exactly_one_is,
    an_identity_that_went_signs_nobody_in,
    a_browser_comes_back_once_and_in_time,
    of_those_who_come_back_at_once_exactly_one_is_taken,
    an_attempt_to_connect_ends_with_its_session,
];

async fn somebody_is_issuer_and_subject_in_their_organisation(store: TestStore) {
    let (account, other) = (settle(&store).await, elsewhere(&store).await);
    let theirs = (account.id, account.organisation_id);
    assert!(!store.is_identity_known(account.organisation_id, ISSUER, "one").await.unwrap());
    assert!(one!(store, connect_identity(theirs, ISSUER, "one", at(1))));
    assert!(store.is_identity_known(account.organisation_id, ISSUER, "one").await.unwrap());
    let found = one!(store, find_by_identity(account.organisation_id, ISSUER, "one"));
    assert_eq!(found.map(|account| account.id), Some(account.id));
    for (organisation, issuer, subject) in [
        (other.organisation_id, ISSUER, "one"),
        (account.organisation_id, "https://login.example.com/", "one"),
        (account.organisation_id, ISSUER, "ONE"),
    ] {
        assert_eq!(one!(store, find_by_identity(organisation, issuer, subject)), None, "{issuer} {subject}");
    }
    // The same subject of the same issuer may be somebody in another organisation, too.
    assert!(one!(store, connect_identity((other.id, other.organisation_id), ISSUER, "one", at(2))));
    assert!(one!(store, use_identity(account.id, ISSUER, "one", at(3))));
    let listed = store.list_identities(account.id).await.unwrap();
    assert_eq!((listed.len(), listed[0].created_at, listed[0].last_used_at), (1, at(1), Some(at(3))));
}

async fn whoever_is_connected_is_nobody_else(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    assert!(one!(store, connect_identity((account.id, account.organisation_id), ISSUER, "one", at(1))));
    assert!(!one!(store, connect_identity((other.id, account.organisation_id), ISSUER, "one", at(2))), "it is somebody else's");
    assert!(!one!(store, connect_identity((account.id, account.organisation_id), ISSUER, "two", at(2))), "they have one there");
    let stranger = elsewhere(&store).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.connect_identity((stranger.id, account.organisation_id), ISSUER, "three", at(2)).await.is_err(), "of another organisation");
}

async fn of_those_who_are_connected_at_once_exactly_one_is(store: TestStore) {
    let account = settle(&store).await;
    let theirs = (account.id, account.organisation_id);
    let connect =
        move |store: Store, number: u8| async move { one!(store, connect_identity(theirs, ISSUER, &format!("subject {number}"), at(1))) };
    assert_eq!(winners(&race(&store, connect).await), 1);
}

async fn an_identity_that_went_signs_nobody_in(store: TestStore) {
    let account = settle(&store).await;
    one!(store, connect_identity((account.id, account.organisation_id), ISSUER, "one", at(1)));
    assert!(one!(store, disconnect_identity(account.id, ISSUER)));
    assert!(!one!(store, disconnect_identity(account.id, ISSUER)));
    assert!(!one!(store, use_identity(account.id, ISSUER, "one", at(2))));
}

async fn a_browser_comes_back_once_and_in_time(store: TestStore) {
    let account = settle(&store).await;
    let attempt = SignOnAttempt {
        organisation_id: account.organisation_id,
        session_id: None,
        invitation_hash: Some([7; 32]),
        return_to: Some("/account".to_owned()),
        is_anew: true,
    };
    store.begin_sign_on(&[1; 32], &attempt, at(600)).await.unwrap();
    assert_eq!(store.find_sign_on(&[1; 32], at(599)).await.unwrap(), Some(attempt.clone()));
    assert_eq!(store.find_sign_on(&[1; 32], at(600)).await.unwrap(), None);
    assert_eq!(store.consume_sign_on(&[2; 32], at(1)).await.unwrap(), None);
    assert_eq!(store.consume_sign_on(&[1; 32], at(600)).await.unwrap(), None);
    assert_eq!(store.consume_sign_on(&[1; 32], at(599)).await.unwrap(), Some(attempt.clone()));
    assert_eq!(store.consume_sign_on(&[1; 32], at(599)).await.unwrap(), None);
    store.begin_sign_on(&[3; 32], &attempt, at(600)).await.unwrap();
    assert_eq!(one!(store, purge_sign_on_attempts(at(599))), 0);
    assert_eq!(one!(store, purge_sign_on_attempts(at(600))), 1);
}

async fn of_those_who_come_back_at_once_exactly_one_is_taken(store: TestStore) {
    let account = settle(&store).await;
    let attempt = SignOnAttempt {
        organisation_id: account.organisation_id,
        session_id: None,
        invitation_hash: None,
        return_to: None,
        is_anew: false,
    };
    store.begin_sign_on(&[1; 32], &attempt, at(600)).await.unwrap();
    let come = |store: Store, _| async move { store.consume_sign_on(&[1; 32], at(1)).await.unwrap().is_some() };
    assert_eq!(winners(&race(&store, come).await), 1);
}

async fn an_attempt_to_connect_ends_with_its_session(store: TestStore) {
    let account = settle(&store).await;
    let session = session(account.id, Stage::SignedIn);
    one!(store, create_session(&session, &[1; 32]));
    let attempt = SignOnAttempt {
        organisation_id: account.organisation_id,
        session_id: Some(session.id),
        invitation_hash: None,
        return_to: None,
        is_anew: false,
    };
    store.begin_sign_on(&[1; 32], &attempt, at(600)).await.unwrap();
    one!(store, delete_session(session.id, account.id));
    assert_eq!(store.consume_sign_on(&[1; 32], at(1)).await.unwrap(), None);
}
