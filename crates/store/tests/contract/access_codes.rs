use countersign_domain::Stage;
use countersign_store::{AccessCode, Account, HelpRequest, Session, SessionId, Store};

use crate::fixture::{TestStore, at, beginner, elsewhere, neighbour, one, race, session, settle, team, unique, winners};

crate::on_both![
    a_code_works_once_for_its_owner_and_not_for_ever,
    of_those_who_race_with_a_code_exactly_one_wins,
    a_new_code_ends_the_one_before,
    a_code_is_shown_once_and_only_where_it_was_made,
    of_those_who_look_at_the_same_time_one_sees_it,
    codes_that_have_expired_are_purged,
    a_code_for_one_sign_in_works_in_no_other,
    a_code_for_one_sign_in_ends_with_it,
    whoever_waits_for_an_account_sees_the_code_it_was_given_meanwhile,
    a_number_is_taken_once_by_whoever_types_it,
    five_other_numbers_end_a_request,
    those_who_ask_are_listed_to_whoever_looks_after_them,
    a_request_ends_with_its_sign_in,
];

fn code(hash: u8, given_by: countersign_store::AccountId) -> AccessCode {
    AccessCode { hash: [hash; 32], given_by, created_at: at(0), expires_at: at(100), only_session: None }
}

async fn a_code_works_once_for_its_owner_and_not_for_ever(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let given = code(1, other.id);
    one!(store, give_access_code(account.id, &given, b"T7KD-QM42", beginner()));
    assert_eq!(store.find_access_code(account.id, at(99)).await.unwrap(), Some(given.clone()));
    assert_eq!(store.find_access_code(account.id, at(100)).await.unwrap(), None);
    assert_eq!(one!(store, find_footing(account.id)).unwrap().access_until, Some(at(100)));
    assert!(!one!(store, consume_access_code(account.id, &[2; 32], beginner(), at(1))));
    assert!(!one!(store, consume_access_code(other.id, &[1; 32], beginner(), at(1))));
    assert!(!one!(store, consume_access_code(account.id, &[1; 32], beginner(), at(100))));
    assert!(one!(store, consume_access_code(account.id, &[1; 32], beginner(), at(99))));
    assert!(!one!(store, consume_access_code(account.id, &[1; 32], beginner(), at(99))));
    assert_eq!(one!(store, find_footing(account.id)).unwrap().access_until, None);
}

async fn of_those_who_race_with_a_code_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await;
    one!(store, give_access_code(account.id, &code(1, account.id), b"T7KD-QM42", beginner()));
    let id = account.id;
    let results = race(&store, |store: Store, _| async move { one!(store, consume_access_code(id, &[1; 32], beginner(), at(1))) }).await;
    assert_eq!(winners(&results), 1);
}

async fn a_new_code_ends_the_one_before(store: TestStore) {
    let account = settle(&store).await;
    for hash in [1, 2] {
        one!(store, give_access_code(account.id, &code(hash, account.id), b"T7KD-QM42", beginner()));
    }
    assert!(!one!(store, consume_access_code(account.id, &[1; 32], beginner(), at(1))));
    assert!(one!(store, cancel_access_code(account.id)));
    assert!(!one!(store, cancel_access_code(account.id)));
    assert!(!one!(store, consume_access_code(account.id, &[2; 32], beginner(), at(1))));
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

async fn a_code_for_one_sign_in_works_in_no_other(store: TestStore) {
    let account = settle(&store).await;
    let session = SessionId::from_random(at(0), unique());
    let given = AccessCode { only_session: Some(session), ..code(1, account.id) };
    one!(store, give_access_code(account.id, &given, b"T7KD-QM42", beginner()));
    assert_eq!(store.find_access_code(account.id, at(1)).await.unwrap(), Some(given));
    assert!(!one!(store, consume_access_code(account.id, &[1; 32], beginner(), at(1))));
    assert!(one!(store, consume_access_code(account.id, &[1; 32], session, at(1))));
    // One that is given anew is for any again.
    one!(store, give_access_code(account.id, &code(2, account.id), b"T7KD-QM42", beginner()));
    assert!(one!(store, consume_access_code(account.id, &[2; 32], beginner(), at(1))));
}

async fn a_code_for_one_sign_in_ends_with_it(store: TestStore) {
    let account = settle(&store).await;
    let session: Session = session(account.id, Stage::SecondStep);
    one!(store, create_session(&session, &[1; 32]));
    let given = AccessCode { only_session: Some(session.id), ..code(1, account.id) };
    one!(store, give_access_code(account.id, &given, b"T7KD-QM42", beginner()));
    one!(store, cancel_access_code_for(beginner()));
    assert!(store.find_access_code(account.id, at(1)).await.unwrap().is_some());
    one!(store, delete_session(session.id, account.id));
    assert_eq!(store.find_access_code(account.id, at(1)).await.unwrap(), None);
    // One for any sign-in stays, whichever ends.
    one!(store, create_session(&session, &[1; 32]));
    one!(store, give_access_code(account.id, &code(2, account.id), b"T7KD-QM42", session.id));
    one!(store, delete_session(session.id, account.id));
    assert!(store.find_access_code(account.id, at(1)).await.unwrap().is_some());
}

/// On PostgreSQL a statement that waits for a row sees others as they were before.
async fn whoever_waits_for_an_account_sees_the_code_it_was_given_meanwhile(store: TestStore) {
    let account = settle(&store).await;
    for is_password in [true, false] {
        one!(store, cancel_access_code(account.id));
        let mut giving = store.begin().await.unwrap();
        assert!(giving.lock_account(account.id).await.unwrap());
        let (other, id) = (store.clone(), account.id);
        let waiting = tokio::spawn(async move {
            let mut tx = other.begin().await.unwrap();
            let footing =
                if is_password { tx.accept_password(id, "hash one", "hash one").await } else { tx.record_sign_in(id, at(1)).await };
            footing.unwrap().unwrap().access_until
        });
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        giving.give_access_code(account.id, &code(1, account.id), b"T7KD-QM42", beginner()).await.unwrap();
        giving.commit().await.unwrap();
        assert_eq!(waiting.await.unwrap(), Some(at(100)), "{is_password}");
    }
}

/// Somebody at their second step asks, with a number.
async fn ask(store: &Store, account: &Account, token: u8, number: i64) -> HelpRequest {
    let session: Session = session(account.id, Stage::SecondStep);
    one!(store, create_session(&session, &[token; 32]));
    let request = HelpRequest { session: session.id, number, asked_at: at(0), expires_at: at(100) };
    one!(store, ask_for_help(account.id, &request));
    request
}

async fn a_number_is_taken_once_by_whoever_types_it(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let first = ask(&store, &account, 1, 427_193).await;
    assert_eq!(store.find_help_request(first.session, at(99)).await.unwrap(), Some(first));
    assert_eq!(store.find_help_request(first.session, at(100)).await.unwrap(), None);
    let screens = store.list_asking_screens(account.id, at(99)).await.unwrap();
    assert_eq!(screens.first().map(|screen| (screen.since, screen.browser.as_str())), Some((at(0), "Firefox on Linux")));
    assert_eq!(store.list_asking_screens(account.id, at(100)).await.unwrap(), []);
    assert_eq!(one!(store, take_help_request(other.id, 427_193, at(1))), None, "somebody else's");
    assert_eq!(one!(store, take_help_request(account.id, 427_193, at(100))), None, "it has expired");
    // Another screen of theirs has a number of its own, and ends none.
    let second = ask(&store, &account, 2, 7).await;
    assert_eq!(store.find_help_request(first.session, at(1)).await.unwrap(), Some(first));
    // One that both show by chance is neither's.
    one!(store, ask_for_help(account.id, &HelpRequest { number: 7, ..first }));
    assert_eq!(one!(store, take_help_request(account.id, 7, at(1))), None);
    one!(store, ask_for_help(account.id, &first));
    let id = account.id;
    let take = |store: Store, _| async move { one!(store, take_help_request(id, 7, at(1))) == Some(second.session) };
    assert_eq!(winners(&race(&store, take).await), 1);
    let mut tx = store.begin().await.unwrap();
    assert!(tx.ask_for_help(account.id, &HelpRequest { number: 1_000_000, ..second }).await.is_err(), "six digits");
}

async fn five_other_numbers_end_a_request(store: TestStore) {
    let account = settle(&store).await;
    let request = ask(&store, &account, 1, 7).await;
    for _ in 0..4 {
        one!(store, fail_help_request(account.id));
    }
    assert!(store.find_help_request(request.session, at(1)).await.unwrap().is_some());
    one!(store, fail_help_request(account.id));
    assert_eq!(store.find_help_request(request.session, at(1)).await.unwrap(), None);
    assert_eq!(one!(store, take_help_request(account.id, 7, at(1))), None);
    // Whoever asks again begins anew.
    one!(store, ask_for_help(account.id, &HelpRequest { number: 8, ..request }));
    assert!(one!(store, take_help_request(account.id, 8, at(1))).is_some());
}

async fn those_who_ask_are_listed_to_whoever_looks_after_them(store: TestStore) {
    let account = settle(&store).await;
    let supervisor = neighbour(&store, &account).await;
    let stranger = elsewhere(&store).await;
    let night = team(&store, &account).await;
    ask(&store, &account, 1, 7).await;
    ask(&store, &stranger, 2, 8).await;
    let list = async |supervisor| {
        let rows = store.list_asking(account.organisation_id, supervisor, at(1)).await.unwrap();
        rows.into_iter().map(|row| row.id).collect::<Vec<_>>()
    };
    assert_eq!(list(None).await, [account.id]);
    one!(store, move_to_team(supervisor.id, Some(night)));
    assert_eq!(list(Some(supervisor.id)).await, []);
    one!(store, move_to_team(account.id, Some(night)));
    assert_eq!(list(Some(supervisor.id)).await, [account.id]);
    assert_eq!(one!(store, purge_help_requests(at(100))), 2);
    assert_eq!(list(None).await, []);
}

async fn a_request_ends_with_its_sign_in(store: TestStore) {
    let account = settle(&store).await;
    let request = ask(&store, &account, 1, 7).await;
    assert_eq!(one!(store, delete_sessions_of(account.id, None)), 1);
    assert_eq!(store.find_help_request(request.session, at(1)).await.unwrap(), None);
}
