use countersign_domain::{Assurance, Factor, Policy, SessionLengths, Stage};
use countersign_store::{Account, Advance, Session, Store};

use crate::fixture::{TestStore, at, elsewhere, neighbour, one, race, session, settle, winners};

const SIGNED_IN: Advance = Advance {
    stage: Stage::SignedIn,
    assurance: Assurance::Two,
    second_factor: Some(Factor::AuthenticatorApp),
    second_step_at: Some(at(2)),
    expires_at: at(2000),
};

crate::on_both![
    a_session_is_found_by_its_token_with_its_account,
    a_session_ends_by_age_and_by_idleness,
    a_session_that_advances_changes_its_token,
    of_those_who_race_to_advance_a_session_exactly_one_wins,
    a_session_ends_by_its_token,
    a_fresh_proof_changes_the_token_and_only_what_was_proved,
    of_those_who_race_with_a_fresh_proof_exactly_one_wins,
    being_seen_never_goes_back,
    nobody_ends_the_session_of_another,
    all_sessions_but_one_can_be_ended,
    only_live_signed_in_sessions_are_listed_newest_first,
    sessions_that_have_ended_are_purged,
    longer_lengths_bring_no_session_back,
];

async fn find(store: &Store, token: u8) -> Option<Session> {
    store.find_session(&[token; 32], at(10)).await.unwrap().map(|(session, ..)| session)
}

async fn a_session_is_found_by_its_token_with_its_account(store: TestStore) {
    let account = settle(&store).await;
    let mut expected = session(account.id, Stage::SecondStep);
    one!(store, create_session(&expected, &[1; 32]));
    let organisation = store.find_only_organisation().await.unwrap().unwrap();
    let found = store.find_session(&[1; 32], at(10)).await.unwrap();
    assert_eq!(found, Some((expected.clone(), account.clone(), organisation)));
    assert_eq!(find(&store, 2).await, None);

    expected = Session {
        second_factor: Some(Factor::BackupCode),
        second_step_at: Some(at(1)),
        return_to: None,
        ..session(account.id, Stage::SignedIn)
    };
    one!(store, create_session(&expected, &[2; 32]));
    assert_eq!(find(&store, 2).await, Some(expected));
}

async fn a_session_ends_by_age_and_by_idleness(store: TestStore) {
    let account = settle(&store).await;
    one!(store, create_session(&session(account.id, Stage::SignedIn), &[1; 32]));
    assert!(lives(&store, 1, 999).await && !lives(&store, 1, 1000).await);
    // An hour without use, unless the organisation says less.
    one!(store, create_session(&Session { expires_at: at(90_000), ..session(account.id, Stage::SignedIn) }, &[2; 32]));
    one!(store, create_session(&Session { expires_at: at(90_000), ..session(account.id, Stage::SecondStep) }, &[3; 32]));
    assert!(lives(&store, 2, 3_599).await && !lives(&store, 2, 3_600).await);
    last(&store, &account, 5, 60).await;
    assert!(lives(&store, 2, 299).await && !lives(&store, 2, 300).await);
    assert!(lives(&store, 3, 300).await, "a second step has a time of its own");
    // And however much it is used.
    let used = Session { expires_at: at(90_000), seen_at: at(50_000), ..session(account.id, Stage::SignedIn) };
    one!(store, create_session(&used, &[4; 32]));
    assert!(lives(&store, 4, 3_599).await && !lives(&store, 4, 3_600).await);
    last(&store, &account, 60, 1_440).await;
    assert!(lives(&store, 4, 50_001).await, "what it says holds for sessions that have begun");
    last(&store, &account, 60, 60 * 13).await;
    assert!(lives(&store, 4, 46_799).await && !lives(&store, 4, 46_800).await);
}

async fn lives(store: &Store, token: u8, now: i64) -> bool {
    store.find_session(&[token; 32], at(now)).await.unwrap().is_some()
}

/// Has sessions of an account's organisation last no longer than this.
async fn last(store: &Store, account: &Account, idle_minutes: i64, overall_minutes: i64) {
    let organisation = store.find_organisation(account.organisation_id).await.unwrap().unwrap();
    let policy = Policy { sessions: SessionLengths::new(idle_minutes, overall_minutes).unwrap(), ..organisation.policy };
    assert!(one!(store, set_policy(organisation.id, organisation.policy_changes, policy, None)));
}

async fn a_session_that_advances_changes_its_token(store: TestStore) {
    let account = settle(&store).await;
    let before = session(account.id, Stage::SecondStep);
    one!(store, create_session(&before, &[1; 32]));
    assert!(!one!(store, advance_session(before.id, Stage::Enrolment, &[1; 32], &[2; 32], &SIGNED_IN)));
    assert!(!one!(store, advance_session(before.id, Stage::SecondStep, &[9; 32], &[2; 32], &SIGNED_IN)));
    assert!(one!(store, advance_session(before.id, Stage::SecondStep, &[1; 32], &[2; 32], &SIGNED_IN)));
    assert_eq!(find(&store, 1).await, None);
    let after = Session {
        stage: Stage::SignedIn,
        assurance: Assurance::Two,
        second_factor: Some(Factor::AuthenticatorApp),
        second_step_at: Some(at(2)),
        expires_at: at(2000),
        ..before
    };
    assert_eq!(find(&store, 2).await, Some(after));
}

async fn of_those_who_race_to_advance_a_session_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await;
    let before = session(account.id, Stage::SecondStep);
    one!(store, create_session(&before, &[100; 32]));
    let id = before.id;
    let advance =
        |store: Store, number| async move { one!(store, advance_session(id, Stage::SecondStep, &[100; 32], &[number; 32], &SIGNED_IN)) };
    let results = race(&store, advance).await;
    assert_eq!(winners(&results), 1);
    for (number, won) in (1..).zip(results) {
        assert_eq!(find(&store, number).await.is_some(), won);
    }
}

async fn a_session_ends_by_its_token(store: TestStore) {
    let account = settle(&store).await;
    one!(store, create_session(&session(account.id, Stage::SignedIn), &[1; 32]));
    let id = find(&store, 1).await.unwrap().id;
    assert!(one!(store, has_session(id, &[1; 32])) && !one!(store, has_session(id, &[2; 32])));
    assert!(!one!(store, delete_session_by_token(&[2; 32])));
    assert!(one!(store, delete_session_by_token(&[1; 32])));
    assert!(!one!(store, has_session(id, &[1; 32])));
    assert_eq!(find(&store, 1).await, None);
}

async fn a_fresh_proof_changes_the_token_and_only_what_was_proved(store: TestStore) {
    let account = settle(&store).await;
    let mut expected = session(account.id, Stage::SignedIn);
    one!(store, create_session(&expected, &[1; 32]));
    assert!(!one!(store, refresh_session_proof(expected.id, &[9; 32], &[2; 32], Some(at(3)), None, None)));
    assert!(one!(store, refresh_session_proof(expected.id, &[1; 32], &[2; 32], Some(at(3)), None, None)));
    expected.password_at = at(3);
    assert_eq!(find(&store, 2).await.as_ref(), Some(&expected));
    assert!(one!(store, refresh_session_proof(expected.id, &[2; 32], &[3; 32], None, Some(at(4)), Some(Factor::BackupCode))));
    expected.second_step_at = Some(at(4));
    expected.second_factor = Some(Factor::BackupCode);
    expected.assurance = Assurance::Two;
    assert_eq!(find(&store, 3).await, Some(expected));
    assert_eq!(find(&store, 1).await, None);
    assert_eq!(find(&store, 2).await, None);
}

async fn of_those_who_race_with_a_fresh_proof_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await;
    let session = session(account.id, Stage::SignedIn);
    one!(store, create_session(&session, &[100; 32]));
    let id = session.id;
    let prove =
        |store: Store, number| async move { one!(store, refresh_session_proof(id, &[100; 32], &[number; 32], Some(at(3)), None, None)) };
    assert_eq!(winners(&race(&store, prove).await), 1);
}

async fn being_seen_never_goes_back(store: TestStore) {
    let account = settle(&store).await;
    let session = session(account.id, Stage::SignedIn);
    one!(store, create_session(&session, &[1; 32]));
    one!(store, touch_session(session.id, at(9), "Firefox on Linux", "192.0.2.9"));
    one!(store, touch_session(session.id, at(8), "Chrome on Windows", "192.0.2.8"));
    let seen = find(&store, 1).await.unwrap();
    assert_eq!((seen.seen_at, seen.browser.as_str(), seen.address.as_str()), (at(9), "Firefox on Linux", "192.0.2.9"));
}

async fn nobody_ends_the_session_of_another(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let session = session(account.id, Stage::SignedIn);
    one!(store, create_session(&session, &[1; 32]));
    assert!(!one!(store, delete_session(session.id, other.id)));
    assert!(one!(store, delete_session(session.id, account.id)));
    assert!(!one!(store, delete_session(session.id, account.id)));
    assert_eq!(find(&store, 1).await, None);
}

async fn all_sessions_but_one_can_be_ended(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let kept = session(account.id, Stage::SignedIn);
    one!(store, create_session(&kept, &[1; 32]));
    one!(store, create_session(&session(account.id, Stage::SecondStep), &[2; 32]));
    one!(store, create_session(&session(account.id, Stage::SignedIn), &[3; 32]));
    one!(store, create_session(&session(other.id, Stage::SignedIn), &[4; 32]));
    assert_eq!(one!(store, delete_sessions_of(account.id, Some(kept.id))), 2);
    assert!(find(&store, 1).await.is_some());
    assert_eq!(one!(store, delete_sessions_of(account.id, None)), 1);
    assert!(find(&store, 1).await.is_none());
    assert!(find(&store, 4).await.is_some());
}

async fn only_live_signed_in_sessions_are_listed_newest_first(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let older = session(account.id, Stage::SignedIn);
    let newer = Session { seen_at: at(5), ..session(account.id, Stage::SignedIn) };
    let idle = Session { seen_at: at(-3_600), ..session(account.id, Stage::SignedIn) };
    let expired = Session { expires_at: at(1), ..session(account.id, Stage::SignedIn) };
    let unfinished = session(account.id, Stage::SecondStep);
    let theirs = session(other.id, Stage::SignedIn);
    for (token, session) in (1..).zip([&older, &newer, &idle, &expired, &unfinished, &theirs]) {
        one!(store, create_session(session, &[token; 32]));
    }
    assert_eq!(store.list_sessions(account.id, at(10)).await.unwrap(), [newer, older]);
}

async fn sessions_that_have_ended_are_purged(store: TestStore) {
    let account = settle(&store).await;
    let idle = Session { seen_at: at(-100), ..session(account.id, Stage::SignedIn) };
    let expired = Session { expires_at: at(1), ..session(account.id, Stage::SignedIn) };
    for (token, session) in (1..).zip([&idle, &expired, &session(account.id, Stage::SignedIn)]) {
        one!(store, create_session(session, &[token; 32]));
    }
    assert_eq!(one!(store, purge_sessions(at(10), at(-10))), 2);
    assert!(find(&store, 3).await.is_some());
}

async fn longer_lengths_bring_no_session_back(store: TestStore) {
    let account = settle(&store).await;
    let other = elsewhere(&store).await;
    let long =
        |account_id, created_at, seen_at, stage| Session { created_at, seen_at, expires_at: at(90_000), ..session(account_id, stage) };
    for (token, session) in (1..).zip([
        long(account.id, at(0), at(9_000), Stage::SignedIn),
        long(account.id, at(6_000), at(6_000), Stage::SignedIn),
        long(account.id, at(6_000), at(9_000), Stage::SignedIn),
        long(account.id, at(0), at(0), Stage::SecondStep),
        long(other.id, at(0), at(9_000), Stage::SignedIn),
    ]) {
        one!(store, create_session(&session, &[token; 32]));
    }
    last(&store, &account, 15, 60 * 2).await;
    assert_eq!(one!(store, end_sessions_past(account.organisation_id, at(9_001))), 2, "too long ago, and unused");
    last(&store, &account, 60, 60 * 24).await;
    for (token, is_left) in [(1, false), (2, false), (3, true), (4, true), (5, true)] {
        assert_eq!(lives(&store, token, 9_001).await, is_left, "{token}");
    }
}
