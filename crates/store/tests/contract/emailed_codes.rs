use countersign_domain::{Email, Instant, Stage};
use countersign_store::{AccountId, EmailedCode, EmailedCodeMethod, EmailedCodeMethodId, SessionId, Store};

use crate::fixture::{TestStore, at, neighbour, one, race, session, settle, unique, winners};

crate::on_both![
    the_method_is_turned_on_once_and_off_once,
    of_those_who_race_to_turn_the_method_on_exactly_one_wins,
    a_code_is_read_back_as_it_was_sent,
    a_code_asked_for_too_soon_is_refused_and_the_old_one_stays,
    a_new_code_ends_the_old_one,
    of_those_who_race_for_a_new_code_exactly_one_wins,
    an_attempt_has_a_code_of_its_own_for_each_purpose,
    a_code_is_used_once,
    of_those_who_race_with_a_code_exactly_one_wins,
    a_code_is_of_no_use_to_another_session_or_account,
    a_code_ends_with_its_time,
    a_code_goes_with_its_session,
    a_code_of_a_session_that_has_gone_is_a_fault,
];

const PURPOSE: &str = "second-step";

/// A code whose hash is all `hash`, good for 600 seconds.
fn code(hash: u8, sent_at: i64) -> EmailedCode {
    EmailedCode {
        code_hash: [hash; 32],
        email: Email::parse("wren@example.com").unwrap(),
        sent_at: at(sent_at),
        expires_at: at(sent_at + 600),
    }
}

/// The latest at which the code before may have been sent, for one that is sent at `now`.
const fn a_minute_before(now: i64) -> Instant {
    at(now - 60)
}

async fn attempt(store: &Store, account: AccountId, token: u8) -> SessionId {
    let session = session(account, Stage::SecondStep);
    one!(store, create_session(&session, &[token; 32]));
    session.id
}

async fn turn_on(store: &Store, account: AccountId) -> bool {
    one!(store, turn_on_emailed_codes(EmailedCodeMethodId::from_random(at(0), unique()), account, at(1)))
}

async fn last_used(store: &Store, account: AccountId) -> Option<Instant> {
    store.find_emailed_code_method(account).await.unwrap().unwrap().last_used_at
}

async fn the_method_is_turned_on_once_and_off_once(store: TestStore) {
    let account = settle(&store).await.id;
    let id = EmailedCodeMethodId::from_random(at(0), unique());
    assert_eq!(store.find_emailed_code_method(account).await.unwrap(), None);
    assert!(!one!(store, turn_off_emailed_codes(account)));
    assert!(one!(store, turn_on_emailed_codes(id, account, at(3))));
    assert!(!turn_on(&store, account).await);
    let expected = EmailedCodeMethod { id, created_at: at(3), last_used_at: None };
    assert_eq!(store.find_emailed_code_method(account).await.unwrap(), Some(expected));
    assert!(one!(store, turn_off_emailed_codes(account)));
    assert!(!one!(store, turn_off_emailed_codes(account)));
    assert_eq!(store.find_emailed_code_method(account).await.unwrap(), None);
}

async fn of_those_who_race_to_turn_the_method_on_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await.id;
    let results = race(&store, |store, _| async move { turn_on(&store, account).await }).await;
    assert_eq!(winners(&results), 1);
}

async fn a_code_is_read_back_as_it_was_sent(store: TestStore) {
    let attempt = attempt(&store, settle(&store).await.id, 1).await;
    assert_eq!(store.find_emailed_code(attempt, PURPOSE).await.unwrap(), None);
    assert!(one!(store, put_emailed_code(attempt, PURPOSE, &code(7, 100), a_minute_before(100))));
    let found = store.find_emailed_code(attempt, PURPOSE).await.unwrap().unwrap();
    assert!(!format!("{found:?}").contains("7, 7"));
    assert_eq!(found, code(7, 100));
}

async fn a_code_asked_for_too_soon_is_refused_and_the_old_one_stays(store: TestStore) {
    let attempt = attempt(&store, settle(&store).await.id, 1).await;
    assert!(one!(store, put_emailed_code(attempt, PURPOSE, &code(1, 100), a_minute_before(100))));
    assert!(!one!(store, put_emailed_code(attempt, PURPOSE, &code(2, 159), a_minute_before(159))));
    assert_eq!(store.find_emailed_code(attempt, PURPOSE).await.unwrap(), Some(code(1, 100)));
    assert!(one!(store, put_emailed_code(attempt, PURPOSE, &code(2, 160), a_minute_before(160))));
    assert_eq!(store.find_emailed_code(attempt, PURPOSE).await.unwrap(), Some(code(2, 160)));
}

async fn a_new_code_ends_the_old_one(store: TestStore) {
    let account = settle(&store).await.id;
    let attempt = attempt(&store, account, 1).await;
    assert!(one!(store, put_emailed_code(attempt, PURPOSE, &code(1, 100), a_minute_before(100))));
    let moved = EmailedCode { email: Email::parse("wren.halloway@example.com").unwrap(), ..code(2, 200) };
    assert!(one!(store, put_emailed_code(attempt, PURPOSE, &moved, a_minute_before(200))));
    assert!(!one!(store, consume_emailed_code(attempt, account, PURPOSE, &[1; 32], at(201))));
    assert_eq!(store.find_emailed_code(attempt, PURPOSE).await.unwrap(), Some(moved));
    assert!(one!(store, consume_emailed_code(attempt, account, PURPOSE, &[2; 32], at(201))));
}

async fn of_those_who_race_for_a_new_code_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await.id;
    let attempt = attempt(&store, account, 1).await;
    // The first code of an attempt, then one in the place of another.
    for sent_at in [100, 200] {
        let put = |store: Store, number| async move {
            one!(store, put_emailed_code(attempt, PURPOSE, &code(number, sent_at), a_minute_before(sent_at)))
        };
        let results = race(&store, put).await;
        assert_eq!(winners(&results), 1);
        let winner = (1..).zip(results).find_map(|(number, won)| won.then_some(number)).unwrap();
        assert_eq!(store.find_emailed_code(attempt, PURPOSE).await.unwrap(), Some(code(winner, sent_at)));
    }
}

async fn an_attempt_has_a_code_of_its_own_for_each_purpose(store: TestStore) {
    let account = settle(&store).await.id;
    let attempt = attempt(&store, account, 1).await;
    assert!(one!(store, put_emailed_code(attempt, "second-step", &code(1, 100), a_minute_before(100))));
    assert!(one!(store, put_emailed_code(attempt, "connect", &code(2, 101), a_minute_before(101))));
    for (purpose, hash) in [("connect", 1), ("confirm", 1), ("second-step", 2), ("confirm", 2)] {
        assert!(!one!(store, consume_emailed_code(attempt, account, purpose, &[hash; 32], at(102))));
    }
    assert!(one!(store, consume_emailed_code(attempt, account, "connect", &[2; 32], at(102))));
    assert!(one!(store, consume_emailed_code(attempt, account, "second-step", &[1; 32], at(102))));
}

async fn a_code_is_used_once(store: TestStore) {
    let account = settle(&store).await.id;
    let attempt = attempt(&store, account, 1).await;
    assert!(turn_on(&store, account).await);
    assert!(one!(store, put_emailed_code(attempt, PURPOSE, &code(1, 100), a_minute_before(100))));
    assert!(!one!(store, consume_emailed_code(attempt, account, PURPOSE, &[9; 32], at(101))));
    assert_eq!(last_used(&store, account).await, None);
    assert!(one!(store, consume_emailed_code(attempt, account, PURPOSE, &[1; 32], at(102))));
    assert!(!one!(store, consume_emailed_code(attempt, account, PURPOSE, &[1; 32], at(103))));
    assert_eq!(last_used(&store, account).await, Some(at(102)));
    assert_eq!(store.find_emailed_code(attempt, PURPOSE).await.unwrap(), None);
}

async fn of_those_who_race_with_a_code_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await.id;
    let attempt = attempt(&store, account, 1).await;
    assert!(one!(store, put_emailed_code(attempt, PURPOSE, &code(1, 100), a_minute_before(100))));
    let consume = |store: Store, _| async move { one!(store, consume_emailed_code(attempt, account, PURPOSE, &[1; 32], at(101))) };
    assert_eq!(winners(&race(&store, consume).await), 1);
}

async fn a_code_is_of_no_use_to_another_session_or_account(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let mine = attempt(&store, account.id, 1).await;
    let also_mine = attempt(&store, account.id, 2).await;
    let theirs = attempt(&store, other.id, 3).await;
    assert!(turn_on(&store, account.id).await && turn_on(&store, other.id).await);
    assert!(one!(store, put_emailed_code(mine, PURPOSE, &code(1, 100), a_minute_before(100))));
    assert!(one!(store, put_emailed_code(also_mine, PURPOSE, &code(2, 100), a_minute_before(100))));
    for (session, account) in [(also_mine, account.id), (theirs, other.id), (theirs, account.id), (mine, other.id)] {
        assert!(!one!(store, consume_emailed_code(session, account, PURPOSE, &[1; 32], at(101))));
    }
    assert_eq!(last_used(&store, other.id).await, None);
    assert!(one!(store, consume_emailed_code(mine, account.id, PURPOSE, &[1; 32], at(101))));
    assert_eq!(store.find_emailed_code(also_mine, PURPOSE).await.unwrap(), Some(code(2, 100)));
}

async fn a_code_ends_with_its_time(store: TestStore) {
    let account = settle(&store).await.id;
    let attempt = attempt(&store, account, 1).await;
    assert!(one!(store, put_emailed_code(attempt, PURPOSE, &code(1, 100), a_minute_before(100))));
    assert!(!one!(store, consume_emailed_code(attempt, account, PURPOSE, &[1; 32], at(700))));
    assert!(store.find_emailed_code(attempt, PURPOSE).await.unwrap().is_some(), "so that a page can say that it has expired");
    assert!(one!(store, consume_emailed_code(attempt, account, PURPOSE, &[1; 32], at(699))));
}

async fn a_code_goes_with_its_session(store: TestStore) {
    let account = settle(&store).await.id;
    let attempt = attempt(&store, account, 1).await;
    assert!(one!(store, put_emailed_code(attempt, PURPOSE, &code(1, 100), a_minute_before(100))));
    assert!(one!(store, delete_session(attempt, account)));
    assert_eq!(store.find_emailed_code(attempt, PURPOSE).await.unwrap(), None);
    assert!(!one!(store, consume_emailed_code(attempt, account, PURPOSE, &[1; 32], at(101))));
}

async fn a_code_of_a_session_that_has_gone_is_a_fault(store: TestStore) {
    settle(&store).await;
    let gone = SessionId::from_random(at(0), unique());
    let mut tx = store.begin().await.unwrap();
    // SQLite, too, checks a reference at the statement.
    assert!(tx.put_emailed_code(gone, PURPOSE, &code(1, 100), a_minute_before(100)).await.is_err());
}
