use countersign_domain::Email;
use countersign_store::{Account, Link, NewLink, NewMail, Store};

use crate::fixture::{TestStore, at, beginner, mail, neighbour, one, race, settle, winners};

crate::on_both![
    a_link_is_found_as_it_was_made,
    a_link_is_used_once,
    of_those_who_race_with_a_link_exactly_one_wins,
    a_link_is_for_its_purpose_alone,
    a_link_ends_with_its_time,
    a_link_goes_with_its_mail,
    a_mail_that_was_not_committed_leaves_no_link,
    somebody_s_links_of_one_purpose_can_be_ended,
    nobody_s_link_is_never_found,
    expired_links_are_purged,
    a_token_is_given_to_one_link,
    links_are_ended_by_mailbox_and_by_age,
    a_mail_that_waits_keeps_its_link_and_one_that_was_sent_does_not,
];

/// A link of no mail, made at 0 and good until 100.
fn link<'a>(account: &'a Account, token_hash: &'a [u8; 32]) -> NewLink<'a> {
    NewLink {
        token_hash,
        purpose: "reset-password",
        account_id: Some(account.id),
        mail_id: None,
        email: &account.email,
        created_at: at(0),
        expires_at: at(100),
    }
}

async fn works(store: &Store, token: u8) -> bool {
    store.find_link(&[token; 32], "reset-password", at(10)).await.unwrap().is_some()
}

async fn a_link_is_found_as_it_was_made(store: TestStore) {
    let account = settle(&store).await;
    // The mailbox it went to needn't be the account's: an address to come is confirmed before it is theirs.
    let email = Email::parse("wren.halloway@example.com").unwrap();
    one!(store, create_link(&NewLink { email: &email, created_at: at(3), ..link(&account, &[1; 32]) }));
    let expected = Link { account_id: account.id, email, created_at: at(3) };
    // Looking uses nothing up.
    for _ in 0..2 {
        assert_eq!(store.find_link(&[1; 32], "reset-password", at(10)).await.unwrap().as_ref(), Some(&expected));
    }
    assert_eq!(store.find_link(&[2; 32], "reset-password", at(10)).await.unwrap(), None);
    assert_eq!(one!(store, consume_link(&[1; 32], "reset-password", at(10))), Some(expected));
}

async fn a_link_is_used_once(store: TestStore) {
    let account = settle(&store).await;
    one!(store, create_link(&link(&account, &[1; 32])));
    assert!(one!(store, consume_link(&[2; 32], "reset-password", at(10))).is_none());
    assert!(one!(store, consume_link(&[1; 32], "reset-password", at(10))).is_some());
    assert!(one!(store, consume_link(&[1; 32], "reset-password", at(10))).is_none());
    assert!(!works(&store, 1).await);
}

async fn of_those_who_race_with_a_link_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await;
    one!(store, create_link(&link(&account, &[1; 32])));
    let consume = |store: Store, _| async move { one!(store, consume_link(&[1; 32], "reset-password", at(10))).is_some() };
    assert_eq!(winners(&race(&store, consume).await), 1);
}

async fn a_link_is_for_its_purpose_alone(store: TestStore) {
    let account = settle(&store).await;
    one!(store, create_link(&link(&account, &[1; 32])));
    for purpose in ["confirm-email", "not-me"] {
        assert!(one!(store, consume_link(&[1; 32], purpose, at(10))).is_none());
        assert_eq!(store.find_link(&[1; 32], purpose, at(10)).await.unwrap(), None);
    }
    assert!(one!(store, consume_link(&[1; 32], "reset-password", at(10))).is_some());
}

async fn a_link_ends_with_its_time(store: TestStore) {
    let account = settle(&store).await;
    one!(store, create_link(&link(&account, &[1; 32])));
    assert_eq!(store.find_link(&[1; 32], "reset-password", at(100)).await.unwrap(), None);
    assert!(one!(store, consume_link(&[1; 32], "reset-password", at(100))).is_none());
    assert!(one!(store, consume_link(&[1; 32], "reset-password", at(99))).is_some());
}

async fn a_link_goes_with_its_mail(store: TestStore) {
    let account = settle(&store).await;
    let session = beginner();
    let (held, sent) = (mail(&account), mail(&account));
    assert!(one!(store, post_mail(&NewMail { session_id: Some(session), ..held.clone() }, b"words")));
    assert!(one!(store, post_mail(&sent, b"words")));
    one!(store, create_link(&NewLink { mail_id: Some(held.id), ..link(&account, &[1; 32]) }));
    one!(store, create_link(&NewLink { mail_id: Some(sent.id), ..link(&account, &[2; 32]) }));
    one!(store, create_link(&link(&account, &[3; 32])));

    assert_eq!(one!(store, void_mails_of_session(session, at(4))), 1);
    assert!(store.record_mail_sent(sent.id, at(5)).await.unwrap());
    assert_eq!(one!(store, purge_mails(at(4), at(0), at(0))), 1);
    assert!(!works(&store, 1).await, "nobody was sent it");
    assert!(works(&store, 2).await, "now somebody has it");
    assert_eq!(one!(store, purge_mails(at(4), at(5), at(0))), 1);
    assert!(!works(&store, 2).await);
    assert!(works(&store, 3).await);
}

async fn a_mail_that_was_not_committed_leaves_no_link(store: TestStore) {
    let account = settle(&store).await;
    let mail = mail(&account);
    let mut tx = store.begin().await.unwrap();
    assert!(tx.post_mail(&mail, b"words").await.unwrap());
    tx.create_link(&NewLink { mail_id: Some(mail.id), ..link(&account, &[1; 32]) }).await.unwrap();
    drop(tx);
    assert!(!works(&store, 1).await);
}

async fn somebody_s_links_of_one_purpose_can_be_ended(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    one!(store, create_link(&link(&account, &[1; 32])));
    one!(store, create_link(&link(&account, &[2; 32])));
    one!(store, create_link(&NewLink { purpose: "not-me", ..link(&account, &[3; 32]) }));
    one!(store, create_link(&link(&other, &[4; 32])));
    assert_eq!(one!(store, delete_links_of(account.id, "reset-password")), 2);
    assert_eq!(one!(store, delete_links_of(account.id, "reset-password")), 0);
    for token in [1, 2] {
        assert!(one!(store, consume_link(&[token; 32], "reset-password", at(10))).is_none());
    }
    assert!(works(&store, 4).await);
    assert!(one!(store, consume_link(&[3; 32], "not-me", at(10))).is_some());
}

async fn nobody_s_link_is_never_found(store: TestStore) {
    let account = settle(&store).await;
    let email = Email::parse("nobody@example.com").unwrap();
    let void = NewMail { account_id: None, is_void: true, recipient: &email, ..mail(&account) };
    assert!(one!(store, post_mail(&void, b"words")));
    one!(store, create_link(&NewLink { account_id: None, mail_id: Some(void.id), email: &email, ..link(&account, &[1; 32]) }));
    assert!(!works(&store, 1).await);
    assert!(one!(store, consume_link(&[1; 32], "reset-password", at(10))).is_none());
    assert!(!works(&store, 1).await);
}

async fn expired_links_are_purged(store: TestStore) {
    let account = settle(&store).await;
    one!(store, create_link(&link(&account, &[1; 32])));
    one!(store, create_link(&NewLink { expires_at: at(101), ..link(&account, &[2; 32]) }));
    assert_eq!(one!(store, purge_links(at(99))), 0);
    assert_eq!(one!(store, purge_links(at(100))), 1);
    assert!(!works(&store, 1).await && works(&store, 2).await);
}

async fn a_token_is_given_to_one_link(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    one!(store, create_link(&link(&account, &[1; 32])));
    let mut tx = store.begin().await.unwrap();
    assert!(tx.create_link(&link(&other, &[1; 32])).await.unwrap_err().is_unique_violation());
    drop(tx);
    let found = store.find_link(&[1; 32], "reset-password", at(10)).await.unwrap().unwrap();
    assert_eq!(found.account_id, account.id);
}

async fn links_are_ended_by_mailbox_and_by_age(store: TestStore) {
    let account = settle(&store).await;
    let theirs = Email::parse("somebody.else@example.com").unwrap();
    let new = |token: &'static [u8; 32], created_at| NewLink { created_at: at(created_at), ..link(&account, token) };
    one!(store, create_link(&new(&[1; 32], 1)));
    one!(store, create_link(&NewLink { email: &theirs, ..new(&[2; 32], 2) }));
    one!(store, create_link(&NewLink { purpose: "not-me", email: &theirs, ..new(&[3; 32], 2) }));
    assert_eq!(one!(store, delete_links_not_to(account.id, "reset-password", &account.email)), 1);
    assert_eq!((works(&store, 1).await, works(&store, 2).await), (true, false));
    assert!(store.find_link(&[3; 32], "not-me", at(10)).await.unwrap().is_some(), "another purpose stays");
    assert_eq!(one!(store, delete_links_to(account.id, "reset-password", &theirs)), 0);
    assert_eq!(one!(store, delete_links_to(account.id, "reset-password", &account.email)), 1);
    assert!(!works(&store, 1).await);

    one!(store, create_link(&new(&[4; 32], 4)));
    one!(store, create_link(&new(&[5; 32], 5)));
    one!(store, create_link(&new(&[6; 32], 6)));
    assert_eq!(one!(store, delete_links_since(account.id, "reset-password", at(5))), 2);
    assert_eq!((works(&store, 4).await, works(&store, 5).await), (true, false));
}

async fn a_mail_that_waits_keeps_its_link_and_one_that_was_sent_does_not(store: TestStore) {
    let account = settle(&store).await;
    let (waiting, sent) = (mail(&account), mail(&account));
    assert!(one!(store, post_mail(&waiting, b"words")));
    assert!(one!(store, post_mail(&sent, b"words")));
    one!(store, create_link(&NewLink { mail_id: Some(waiting.id), ..link(&account, &[1; 32]) }));
    one!(store, create_link(&NewLink { mail_id: Some(sent.id), ..link(&account, &[2; 32]) }));
    one!(store, create_link(&link(&account, &[3; 32])));
    assert!(store.record_mail_sent(sent.id, at(1)).await.unwrap());
    assert_eq!(one!(store, delete_links_sent_to(account.id, "reset-password", &account.email)), 2);
    assert_eq!((works(&store, 1).await, works(&store, 2).await, works(&store, 3).await), (true, false, false));
}
