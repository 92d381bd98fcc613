//! Mails afterwards: counted, listed and forgotten.

use std::collections::BTreeSet;

use countersign_domain::Email;
use countersign_store::{FailedMail, MailCounts, NewMail};

use crate::{
    fixture::{TestStore, at, mail, neighbour, one, settle},
    mails::{WORDS, claim_ids, post},
};

crate::on_both![
    the_outbox_is_counted,
    the_mails_of_an_account_are_counted_by_kind_and_time,
    what_was_given_up_is_listed_latest_first,
    ended_mails_are_purged_each_in_its_time,
];

async fn the_outbox_is_counted(store: TestStore) {
    let account = settle(&store).await;
    assert_eq!(store.count_mails().await.unwrap(), MailCounts { waiting: 0, failed: 0, sent: 0, oldest_due_at: None });
    let sent = post(&store, &account, 1).await;
    let failed = post(&store, &account, 2).await;
    post(&store, &account, 600).await;
    let due = post(&store, &account, 3).await;
    assert_eq!(store.count_mails().await.unwrap(), MailCounts { waiting: 4, failed: 0, sent: 0, oldest_due_at: Some(at(1)) });
    assert!(store.record_mail_sent(sent, at(5)).await.unwrap());
    assert!(store.record_mail_failed(failed, "550", at(5)).await.unwrap());
    assert_eq!(claim_ids(&store, 5).await, BTreeSet::from([due]));
    // One that is on its way still waits.
    assert_eq!(store.count_mails().await.unwrap(), MailCounts { waiting: 2, failed: 1, sent: 1, oldest_due_at: Some(at(3)) });
}

async fn the_mails_of_an_account_are_counted_by_kind_and_time(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    for created_at in [10, 20, 30] {
        assert!(one!(store, post_mail(&NewMail { created_at: at(created_at), ..mail(&account) }, WORDS)));
    }
    assert!(one!(store, post_mail(&NewMail { kind: "sign-in", created_at: at(30), ..mail(&account) }, WORDS)));
    assert!(one!(store, post_mail(&NewMail { created_at: at(30), ..mail(&other) }, WORDS)));
    let first = store.claim_mails(at(40), at(50), 1).await.unwrap().remove(0);
    assert!(store.record_mail_sent(first.id, at(41)).await.unwrap());
    for (since, count) in [(9, 3), (10, 2), (29, 1), (30, 0)] {
        assert_eq!(one!(store, count_mails_since(account.id, "code", at(since))), count);
    }
    assert_eq!(one!(store, count_mails_since(account.id, "sign-in", at(0))), 1);
    assert_eq!(one!(store, count_mails_since(account.id, "reset-password", at(0))), 0);
}

async fn what_was_given_up_is_listed_latest_first(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let (first, second) = (post(&store, &account, 0).await, post(&store, &account, 0).await);
    let third = NewMail { kind: "sign-in", ..mail(&other) };
    assert!(one!(store, post_mail(&third, WORDS)));
    let sent = post(&store, &account, 0).await;
    assert!(store.list_failed_mails(10).await.unwrap().is_empty());
    assert!(store.record_mail_failed(second, "550", at(20)).await.unwrap());
    assert!(store.record_mail_failed(first, "expired", at(30)).await.unwrap());
    assert!(store.record_mail_failed(third.id, "551", at(10)).await.unwrap());
    assert!(store.record_mail_sent(sent, at(40)).await.unwrap());
    let failed = |kind: &str, recipient: &Email, reason: &str, ended_at| FailedMail {
        kind: kind.to_owned(),
        recipient: recipient.clone(),
        reason: reason.to_owned(),
        ended_at: at(ended_at),
    };
    let expected = [
        failed("code", &account.email, "expired", 30),
        failed("code", &account.email, "550", 20),
        failed("sign-in", &other.email, "551", 10),
    ];
    assert_eq!(store.list_failed_mails(10).await.unwrap(), expected);
    assert_eq!(store.list_failed_mails(2).await.unwrap(), expected[..2]);
}

async fn ended_mails_are_purged_each_in_its_time(store: TestStore) {
    let account = settle(&store).await;
    let (sent, failed) = (post(&store, &account, 0).await, post(&store, &account, 0).await);
    let waiting = post(&store, &account, 0).await;
    assert!(one!(store, post_mail(&NewMail { account_id: None, is_void: true, created_at: at(10), ..mail(&account) }, WORDS)));
    assert!(store.record_mail_sent(sent, at(20)).await.unwrap());
    assert!(store.record_mail_failed(failed, "550", at(20)).await.unwrap());
    assert_eq!(one!(store, purge_mails(at(9), at(9), at(9))), 0);
    assert_eq!(one!(store, purge_mails(at(19), at(19), at(19))), 1, "nobody's ended when it was written");
    assert_eq!(one!(store, purge_mails(at(20), at(20), at(19))), 1);
    assert_eq!(store.count_mails().await.unwrap(), MailCounts { waiting: 1, failed: 1, sent: 0, oldest_due_at: Some(at(0)) });
    assert_eq!(one!(store, purge_mails(at(20), at(20), at(20))), 1);
    assert_eq!(one!(store, purge_mails(at(5000), at(5000), at(5000))), 0);
    assert_eq!(claim_ids(&store, 5000).await, BTreeSet::from([waiting]));
}
