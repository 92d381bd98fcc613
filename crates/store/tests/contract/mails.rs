use std::collections::BTreeSet;
use std::time::Duration;

use countersign_domain::{Email, Stage};
use countersign_store::{Account, DatabaseKind, Mail, MailCounts, MailId, NewMail, SessionId, Store};
use sqlx::{Connection, PgConnection, SqliteConnection};
use tokio::time::timeout;

use crate::fixture::{TestStore, another_node, at, mail, neighbour, one, race, session, settle, unique, winners};

crate::on_both![
    a_mail_is_claimed_as_it_was_posted,
    of_those_who_race_for_a_mail_exactly_one_claims_it,
    a_claimed_mail_is_left_alone_until_its_lease_ends,
    of_those_who_race_for_a_mail_whose_lease_has_ended_exactly_one_claims_it,
    nodes_that_claim_at_once_share_the_mails_and_none_has_one_twice,
    what_is_due_first_is_claimed_first_and_no_more_than_the_limit,
    a_mail_is_not_claimed_before_it_is_due,
    a_held_mail_goes_when_it_is_released,
    a_held_mail_goes_with_the_success_of_its_session,
    a_newer_mail_takes_the_place_of_those_of_its_kind,
    an_ended_mail_keeps_no_words,
    a_mail_ends_once,
    of_those_who_race_to_end_a_mail_exactly_one_wins,
    a_postponed_mail_comes_again_when_it_is_due,
    whoever_has_lost_a_lease_postpones_nothing,
    a_mail_that_these_keys_do_not_open_holds_no_other_up,
    a_slot_holds_one_mail,
    of_those_who_race_for_a_slot_exactly_one_posts,
    a_mail_that_many_get_goes_after_one_that_somebody_waits_for,
    a_mail_for_nobody_is_never_claimed,
    a_mail_that_was_not_committed_was_never_posted,
    a_commit_wakes_the_one_who_waits_for_mail,
    only_a_commit_with_mail_tells_of_mail,
    what_waits_about_an_attempt_goes_on_to_the_next_one_due_as_it_was,
];

pub(crate) const WORDS: &[u8] = b"Your code is 482 913";

fn session_id() -> SessionId {
    SessionId::from_random(at(0), unique())
}

/// Takes at most ten at `now`, for ten seconds.
async fn claim(store: &Store, now: i64) -> Vec<Mail> {
    store.claim_mails(at(now), at(now + 10), 10).await.unwrap()
}

pub(crate) async fn claim_ids(store: &Store, now: i64) -> BTreeSet<MailId> {
    claim(store, now).await.iter().map(|mail| mail.id).collect()
}

/// Posts a mail that is due at `due_at`.
pub(crate) async fn post(store: &Store, account: &Account, due_at: i64) -> MailId {
    let mail = NewMail { due_at: at(due_at), ..mail(account) };
    assert!(one!(store, post_mail(&mail, WORDS)));
    mail.id
}

/// How many mails still have their words, as the table has it.
async fn count_words(store: &TestStore) -> i64 {
    const COUNT: &str = "SELECT COUNT(message) FROM mails";
    match store.kind() {
        DatabaseKind::Sqlite => {
            let mut connection = SqliteConnection::connect(&store.url).await.unwrap();
            sqlx::query_scalar(COUNT).fetch_one(&mut connection).await.unwrap()
        }
        DatabaseKind::Postgres => {
            let mut connection = PgConnection::connect(&store.url).await.unwrap();
            sqlx::query_scalar(COUNT).fetch_one(&mut connection).await.unwrap()
        }
    }
}

/// Whether this process was told of a mail since this was last asked.
async fn was_told(store: &Store) -> bool {
    timeout(Duration::ZERO, store.mail_posted()).await.is_ok()
}

async fn a_mail_is_claimed_as_it_was_posted(store: TestStore) {
    let account = settle(&store).await;
    assert!(claim(&store, 5).await.is_empty());
    let posted = NewMail { created_at: at(1), due_at: at(2), expires_at: at(50), ..mail(&account) };
    assert!(one!(store, post_mail(&posted, WORDS)));
    let claimed = claim(&store, 5).await;
    assert_eq!(claimed.len(), 1);
    let mail = &claimed[0];
    assert_eq!((mail.id, mail.kind.as_str(), &mail.recipient), (posted.id, "code", &account.email));
    assert_eq!(mail.message.as_ref().unwrap().as_slice(), WORDS);
    assert_eq!((mail.created_at, mail.expires_at, mail.attempts), (at(1), at(50), 1));
    let printed = format!("{mail:?}");
    assert!(!printed.contains("wren") && !printed.contains("message"));
}

async fn of_those_who_race_for_a_mail_exactly_one_claims_it(store: TestStore) {
    let account = settle(&store).await;
    let nodes = [store.store.clone(), another_node(&store).await];
    for _ in 0..8 {
        post(&store, &account, 0).await;
        let claim = |_, number: u8| {
            let node = nodes[usize::from(number) % 2].clone();
            async move { claim(&node, 5).await.len() }
        };
        assert_eq!(race(&store, claim).await.iter().sum::<usize>(), 1);
    }
}

async fn a_claimed_mail_is_left_alone_until_its_lease_ends(store: TestStore) {
    let account = settle(&store).await;
    let id = post(&store, &account, 0).await;
    assert_eq!(claim(&store, 5).await.len(), 1);
    let node = another_node(&store).await;
    for now in [5, 14] {
        assert!(claim(&store, now).await.is_empty());
        assert!(claim(&node, now).await.is_empty());
    }
    let again = claim(&node, 15).await;
    assert_eq!((again[0].id, again[0].attempts, again[0].message.as_ref().unwrap().as_slice()), (id, 2, WORDS));
    assert!(claim(&store, 15).await.is_empty());
}

async fn of_those_who_race_for_a_mail_whose_lease_has_ended_exactly_one_claims_it(store: TestStore) {
    let account = settle(&store).await;
    post(&store, &account, 0).await;
    for round in 0..8 {
        let results = race(&store, |store, _| async move { claim(&store, 10 * round).await.len() }).await;
        assert_eq!(results.iter().sum::<usize>(), 1);
    }
    assert_eq!(claim(&store, 100).await[0].attempts, 9);
}

async fn nodes_that_claim_at_once_share_the_mails_and_none_has_one_twice(store: TestStore) {
    let account = settle(&store).await;
    let mut posted = BTreeSet::new();
    for number in 0..120 {
        // A few are due at the same instant.
        posted.insert(post(&store, &account, number / 4).await);
    }
    let nodes = [store.store.clone(), another_node(&store).await];
    let claim_some = |_, number: u8| {
        let node = nodes[usize::from(number) % 2].clone();
        async move {
            let mut claimed = Vec::new();
            // One who meets another at the same rows may get none this time.
            for _ in 0..40 {
                let mails = node.claim_mails(at(100), at(200), 7).await.unwrap();
                assert!(mails.len() <= 7);
                claimed.extend(mails.into_iter().map(|mail| mail.id));
            }
            claimed
        }
    };
    let mut claimed = race(&store, claim_some).await.concat();
    let left = store.claim_mails(at(100), at(200), 1000).await.unwrap();
    claimed.extend(left.iter().map(|mail| mail.id));
    assert_eq!(claimed.len(), posted.len(), "each once");
    assert_eq!(claimed.into_iter().collect::<BTreeSet<_>>(), posted);
}

async fn what_is_due_first_is_claimed_first_and_no_more_than_the_limit(store: TestStore) {
    let account = settle(&store).await;
    let third = post(&store, &account, 3).await;
    let first = post(&store, &account, 1).await;
    let fourth = post(&store, &account, 4).await;
    let second = post(&store, &account, 2).await;
    let mut claimed = Vec::new();
    for _ in 0..5 {
        let mails = store.claim_mails(at(9), at(20), 1).await.unwrap();
        assert!(mails.len() <= 1);
        claimed.extend(mails.iter().map(|mail| mail.id));
    }
    assert_eq!(claimed, [first, second, third, fourth]);
    assert!(store.claim_mails(at(30), at(40), 0).await.unwrap().is_empty());
    let two: BTreeSet<_> = store.claim_mails(at(30), at(40), 2).await.unwrap().iter().map(|mail| mail.id).collect();
    assert_eq!(two, BTreeSet::from([first, second]));
}

async fn a_mail_is_not_claimed_before_it_is_due(store: TestStore) {
    let account = settle(&store).await;
    let id = post(&store, &account, 30).await;
    assert!(claim(&store, 29).await.is_empty());
    assert_eq!(claim(&store, 30).await[0].id, id);
}

async fn a_held_mail_goes_when_it_is_released(store: TestStore) {
    let account = settle(&store).await;
    let session = session_id();
    let held = NewMail { session_id: Some(session), due_at: at(600), ..mail(&account) };
    assert!(one!(store, post_mail(&held, WORDS)));
    assert!(was_told(&store).await);
    assert!(!one!(store, release_mail(session, "sign-in", at(20))));
    assert!(!one!(store, release_mail(session_id(), "code", at(20))));
    assert!(claim(&store, 20).await.is_empty());
    assert!(!was_told(&store).await);
    assert!(one!(store, release_mail(session, "code", at(20))));
    assert!(was_told(&store).await, "it may go now");
    assert!(!one!(store, release_mail(session, "code", at(21))), "nothing is held any more");
    assert!(claim(&store, 19).await.is_empty());
    assert_eq!(claim_ids(&store, 20).await, BTreeSet::from([held.id]));
    assert!(store.record_mail_sent(held.id, at(21)).await.unwrap());
    assert!(!one!(store, release_mail(session, "code", at(0))));
}

async fn a_held_mail_goes_with_the_success_of_its_session(store: TestStore) {
    let account = settle(&store).await;
    let session = session_id();
    let of_session = NewMail { session_id: Some(session), due_at: at(600), ..mail(&account) };
    let sent = NewMail { id: MailId::from_random(at(0), unique()), due_at: at(0), ..of_session.clone() };
    let of_another = NewMail { session_id: Some(session_id()), due_at: at(600), ..mail(&account) };
    let of_none = mail(&account);
    for mail in [&of_session, &sent, &of_another, &of_none] {
        assert!(one!(store, post_mail(mail, WORDS)));
    }
    assert!(store.record_mail_sent(sent.id, at(1)).await.unwrap());
    assert_eq!(one!(store, void_mails_of_session(session, at(9))), 1);
    assert_eq!(one!(store, void_mails_of_session(session, at(9))), 0);
    assert_eq!(claim_ids(&store, 700).await, BTreeSet::from([of_another.id, of_none.id]));
    assert_eq!(store.count_mails().await.unwrap().sent, 1, "what was sent is history");
    assert!(!store.record_mail_sent(of_session.id, at(700)).await.unwrap());
}

async fn a_newer_mail_takes_the_place_of_those_of_its_kind(store: TestStore) {
    let account = settle(&store).await;
    let session = session_id();
    let code = NewMail { session_id: Some(session), ..mail(&account) };
    let notice = NewMail { kind: "sign-in", id: MailId::from_random(at(0), unique()), ..code.clone() };
    let of_another = NewMail { session_id: Some(session_id()), ..mail(&account) };
    for mail in [&code, &notice, &of_another] {
        assert!(one!(store, post_mail(mail, WORDS)));
    }
    let newer = NewMail { id: MailId::from_random(at(1), unique()), ..code.clone() };
    let mut tx = store.begin().await.unwrap();
    assert_eq!(tx.void_mails_of_kind(session, "code", at(9)).await.unwrap(), 1);
    assert!(tx.post_mail(&newer, WORDS).await.unwrap());
    tx.commit().await.unwrap();
    assert_eq!(claim_ids(&store, 5).await, BTreeSet::from([newer.id, notice.id, of_another.id]));
}

async fn an_ended_mail_keeps_no_words(store: TestStore) {
    let account = settle(&store).await;
    let sent = post(&store, &account, 0).await;
    let failed = post(&store, &account, 0).await;
    let postponed = post(&store, &account, 0).await;
    assert!(one!(store, post_mail(&NewMail { account_id: None, is_void: true, ..mail(&account) }, WORDS)));
    assert_eq!(count_words(&store).await, 3, "nobody's mail never has any");
    assert_eq!(claim(&store, 5).await.len(), 3);
    assert_eq!(count_words(&store).await, 3);
    assert!(store.record_mail_sent(sent, at(6)).await.unwrap());
    assert_eq!(count_words(&store).await, 2);
    assert!(store.record_mail_failed(failed, "550", at(6)).await.unwrap());
    assert_eq!(count_words(&store).await, 1);
    assert!(store.postpone_mail(postponed, 1, "451", at(20)).await.unwrap());
    assert_eq!(count_words(&store).await, 1);
    assert_eq!(claim_ids(&store, 1000).await, BTreeSet::from([postponed]));
}

async fn a_mail_ends_once(store: TestStore) {
    let account = settle(&store).await;
    let sent = post(&store, &account, 0).await;
    let failed = post(&store, &account, 0).await;
    assert!(store.record_mail_sent(sent, at(6)).await.unwrap());
    assert!(store.record_mail_failed(failed, "550", at(6)).await.unwrap());
    for id in [sent, failed, MailId::from_random(at(0), unique())] {
        assert!(!store.record_mail_sent(id, at(7)).await.unwrap());
        assert!(!store.record_mail_failed(id, "551", at(7)).await.unwrap());
        assert!(!store.postpone_mail(id, 1, "451", at(8)).await.unwrap());
    }
    assert_eq!(store.count_mails().await.unwrap(), MailCounts { waiting: 0, failed: 1, sent: 1, oldest_due_at: None });
    let listed = store.list_failed_mails(10).await.unwrap();
    assert_eq!((listed[0].reason.as_str(), listed[0].ended_at), ("550", at(6)));
}

async fn of_those_who_race_to_end_a_mail_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await;
    let id = post(&store, &account, 0).await;
    let end = |store: Store, number: u8| async move {
        match number % 2 {
            0 => store.record_mail_sent(id, at(6)).await.unwrap(),
            _ => store.record_mail_failed(id, "550", at(6)).await.unwrap(),
        }
    };
    assert_eq!(winners(&race(&store, end).await), 1);
    let counts = store.count_mails().await.unwrap();
    assert_eq!((counts.waiting, counts.sent + counts.failed), (0, 1));
}

async fn whoever_has_lost_a_lease_postpones_nothing(store: TestStore) {
    let account = settle(&store).await;
    let id = post(&store, &account, 0).await;
    let lost = claim(&store, 5).await.remove(0);
    let taken = claim(&store, 1000).await.remove(0);
    assert_eq!((lost.attempts, taken.attempts), (1, 2));
    assert!(!store.postpone_mail(id, lost.attempts, "timed out", at(2000)).await.unwrap());
    assert!(store.postpone_mail(id, taken.attempts, "451", at(1500)).await.unwrap());
}

async fn a_mail_that_these_keys_do_not_open_holds_no_other_up(store: TestStore) {
    let account = settle(&store).await;
    let stranger = Store::connect(&store.url, std::sync::Arc::new(countersign_store::KeyRing::generate().unwrap())).await.unwrap();
    let sealed = post(&stranger, &account, 0).await;
    let ours = post(&store, &account, 0).await;
    let claimed = claim(&store, 5).await;
    let words = |id| claimed.iter().find(|mail| mail.id == id).unwrap().message.as_ref().map(|words| words.to_vec());
    assert_eq!((words(sealed), words(ours)), (None, Some(WORDS.to_vec())));
}

async fn a_postponed_mail_comes_again_when_it_is_due(store: TestStore) {
    let account = settle(&store).await;
    let id = post(&store, &account, 0).await;
    assert_eq!(claim(&store, 5).await.len(), 1);
    // Sooner than its lease would have ended, which is over now.
    assert!(store.postpone_mail(id, 1, "451", at(8)).await.unwrap());
    assert!(claim(&store, 7).await.is_empty());
    let again = claim(&store, 8).await;
    assert_eq!((again[0].id, again[0].attempts), (id, 2));
    assert!(store.postpone_mail(id, 2, "451", at(60)).await.unwrap());
    assert!(claim(&store, 59).await.is_empty());
    assert_eq!(store.count_mails().await.unwrap(), MailCounts { waiting: 1, failed: 0, sent: 0, oldest_due_at: Some(at(60)) });
    assert_eq!(claim(&store, 60).await[0].attempts, 3);
    assert!(store.list_failed_mails(10).await.unwrap().is_empty());
}

async fn a_slot_holds_one_mail(store: TestStore) {
    let account = settle(&store).await;
    let session = session_id();
    let in_slot = || NewMail { slot: Some([1; 32]), session_id: Some(session), ..mail(&account) };
    let first = in_slot();
    assert!(one!(store, post_mail(&first, WORDS)));
    assert!(was_told(&store).await);
    assert!(!one!(store, post_mail(&in_slot(), WORDS)));
    assert!(!one!(store, post_mail(&NewMail { account_id: None, is_void: true, ..in_slot() }, WORDS)));
    assert!(!was_told(&store).await);
    assert!(one!(store, post_mail(&NewMail { slot: Some([2; 32]), ..in_slot() }, WORDS)));
    assert!(one!(store, post_mail(&NewMail { slot: None, ..in_slot() }, WORDS)));
    assert!(one!(store, post_mail(&NewMail { slot: None, ..in_slot() }, WORDS)), "no slot is no slot for two");
    assert!(store.record_mail_sent(first.id, at(5)).await.unwrap());
    assert!(!one!(store, post_mail(&in_slot(), WORDS)), "a mail that was sent keeps its slot");
    assert_eq!(one!(store, void_mails_of_session(session, at(9))), 3);
    assert!(!one!(store, post_mail(&NewMail { slot: Some([2; 32]), ..in_slot() }, WORDS)), "nor does one that wasn't needed lose it");
    assert_eq!(one!(store, purge_mails(at(9), at(5), at(5))), 4);
    assert!(one!(store, post_mail(&in_slot(), WORDS)), "one that was forgotten does");
}

async fn of_those_who_race_for_a_slot_exactly_one_posts(store: TestStore) {
    let account = settle(&store).await;
    for slot in 0..8 {
        let post = |store: Store, number: u8| {
            let account = account.clone();
            async move {
                // Whether somebody has the address makes no difference.
                let account_id = number.is_multiple_of(2).then_some(account.id);
                one!(
                    store,
                    post_mail(&NewMail { account_id, is_void: account_id.is_none(), slot: Some([slot; 32]), ..mail(&account) }, WORDS)
                )
            }
        };
        assert_eq!(winners(&race(&store, post).await), 1);
    }
}

async fn a_mail_for_nobody_is_never_claimed(store: TestStore) {
    let account = settle(&store).await;
    let email = Email::parse("nobody@example.com").unwrap();
    let void = NewMail { account_id: None, is_void: true, recipient: &email, session_id: Some(session_id()), ..mail(&account) };
    assert!(one!(store, post_mail(&void, WORDS)));
    assert!(!was_told(&store).await);
    for now in [0, 5, 2000] {
        assert!(claim(&store, now).await.is_empty());
    }
    assert!(!store.record_mail_sent(void.id, at(5)).await.unwrap());
    assert!(!store.postpone_mail(void.id, 0, "451", at(5)).await.unwrap());
    assert!(!one!(store, release_mail(void.session_id.unwrap(), "code", at(0))));
    assert_eq!(store.count_mails().await.unwrap(), MailCounts { waiting: 0, failed: 0, sent: 0, oldest_due_at: None });
    assert!(store.list_failed_mails(10).await.unwrap().is_empty());
}

async fn a_mail_that_was_not_committed_was_never_posted(store: TestStore) {
    let account = settle(&store).await;
    let mail = NewMail { slot: Some([1; 32]), ..mail(&account) };
    let mut tx = store.begin().await.unwrap();
    assert!(tx.post_mail(&mail, WORDS).await.unwrap());
    assert_eq!(tx.count_mails_since(account.id, "code", at(-1)).await.unwrap(), 1);
    drop(tx);
    assert!(claim(&store, 5).await.is_empty());
    assert_eq!(store.count_mails().await.unwrap().waiting, 0);
    assert!(one!(store, post_mail(&mail, WORDS)), "its slot is free");
}

async fn a_commit_wakes_the_one_who_waits_for_mail(store: TestStore) {
    let account = settle(&store).await;
    let waiting = {
        let store = store.store.clone();
        tokio::spawn(async move {
            let woken = timeout(Duration::from_secs(20), store.mail_posted()).await;
            (woken.is_ok(), claim_ids(&store, 5).await)
        })
    };
    let id = post(&store, &account, 0).await;
    assert_eq!(waiting.await.unwrap(), (true, BTreeSet::from([id])));
}

async fn only_a_commit_with_mail_tells_of_mail(store: TestStore) {
    let account = settle(&store).await;
    assert!(!was_told(&store).await, "an account is no mail");
    let mut tx = store.begin().await.unwrap();
    assert!(tx.post_mail(&mail(&account), WORDS).await.unwrap());
    assert!(!was_told(&store).await, "not before the commit");
    drop(tx);
    // The next transaction begins after the rollback.
    one!(store, record_sign_in(account.id, at(1)));
    assert!(!was_told(&store).await, "it never happened");
    post(&store, &account, 0).await;
    post(&store, &account, 0).await;
    assert!(was_told(&store.store.clone()).await, "of mails from before it asked, too");
    assert!(!was_told(&store).await, "and once");
    assert!(!was_told(&another_node(&store).await).await, "another node looks now and then");
}

async fn what_waits_about_an_attempt_goes_on_to_the_next_one_due_as_it_was(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let attempt = session(account.id, Stage::SecondStep);
    one!(store, create_session(&attempt, &[1; 32]));
    let next = session_id();
    let about = |kind| NewMail { kind, session_id: Some(attempt.id), due_at: at(50), ..mail(&account) };
    let (notice, code) = (about("notice"), about("code"));
    assert!(one!(store, post_mail(&notice, WORDS)));
    assert!(one!(store, post_mail(&code, WORDS)));

    assert!(!one!(store, move_mails_of_attempt(&[2; 32], account.id, "notice", next)), "another token");
    assert!(!one!(store, move_mails_of_attempt(&[1; 32], other.id, "notice", next)), "another account");
    assert!(one!(store, move_mails_of_attempt(&[1; 32], account.id, "notice", next)));
    assert!(!one!(store, move_mails_of_attempt(&[1; 32], account.id, "notice", next)), "once");
    assert_eq!(one!(store, void_mails_of_attempt(&[1; 32], other.id, at(9))), 0);
    assert_eq!(one!(store, void_mails_of_attempt(&[1; 32], account.id, at(9))), 1, "the code of the attempt before");
    assert!(claim_ids(&store, 49).await.is_empty());
    assert_eq!(claim_ids(&store, 50).await, BTreeSet::from([notice.id]));
    assert_eq!(one!(store, void_mails_of_session(next, at(9))), 1);
}

async fn a_mail_that_many_get_goes_after_one_that_somebody_waits_for(store: TestStore) {
    let account = settle(&store).await;
    for number in 0..3 {
        assert!(one!(store, post_mail(&NewMail { is_bulk: true, due_at: at(number), ..mail(&account) }, WORDS)));
    }
    assert!(one!(store, post_mail(&NewMail { kind: "awaited", due_at: at(5), ..mail(&account) }, WORDS)));
    let claimed = store.claim_mails(at(9), at(99), 1).await.unwrap();
    assert_eq!(claimed[0].kind, "awaited");
    assert_eq!(store.claim_mails(at(9), at(99), 9).await.unwrap().len(), 3);
}
