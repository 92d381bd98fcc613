use countersign_domain::{Email, PersonName, Role};
use countersign_store::{Account, Invitation, InvitationDraft, InvitationId, KnownAddress, MemberCursor, MemberFilter, NewMail, Store};

use crate::fixture::{TestStore, at, elsewhere, mail, neighbour, one, race, settle, team, unique, winners};

crate::on_both![
    an_address_is_invited_once_and_never_a_member,
    another_organisation_knows_nothing_of_it,
    a_link_works_once_and_until_it_expires,
    of_those_who_join_at_once_exactly_one_does,
    of_those_who_write_a_mail_at_once_exactly_one_does,
    an_expired_link_asks_for_another_once,
    what_is_sent_again_has_another_link,
    a_list_is_walked_in_both_directions_and_narrowed,
    who_never_joined_is_forgotten,
    a_draft_is_its_owners_and_there_is_one,
    what_somebody_sent_goes_with_them,
    an_address_is_mailed_so_often_and_no_more,
    nobody_renews_an_invitation_to_own_everything,
    one_who_was_added_otherwise_is_invited_no_more,
    whoever_comes_by_their_address_takes_their_invitation_once,
];

fn invitation(by: &Account, email: &str) -> Invitation {
    Invitation {
        id: InvitationId::from_random(at(0), unique()),
        organisation_id: by.organisation_id,
        email: Email::parse(email).unwrap(),
        name: None,
        role: Role::Agent,
        team_id: None,
        invited_by: by.id,
        created_at: at(0),
        sent: None,
    }
}

/// An invitation whose link is all `token` and works until 100.
async fn sent(store: &Store, by: &Account, email: &str, token: u8) -> Invitation {
    let new = invitation(by, email);
    assert!(one!(store, create_invitation(&new)));
    assert!(one!(store, send_invitation(new.id, &[token; 32], at(1), at(100))));
    Invitation { sent: Some((at(1), at(100))), ..new }
}

async fn an_address_is_invited_once_and_never_a_member(store: TestStore) {
    let holder = settle(&store).await;
    let new = invitation(&holder, "mika@example.com");
    assert!(one!(store, create_invitation(&new)));
    assert!(!one!(store, create_invitation(&invitation(&holder, "mika@example.com"))));
    assert!(!one!(store, create_invitation(&invitation(&holder, holder.email.as_str()))));
    assert_eq!(store.find_invitation(holder.organisation_id, new.id).await.unwrap(), Some(new.clone()));
    let nobody = Email::parse("x@example.com").unwrap();
    let known = store.known_addresses(holder.organisation_id, &[&holder.email, &new.email, &nobody], (1, at(0))).await.unwrap();
    assert_eq!(known, [KnownAddress::Member, KnownAddress::Invited, KnownAddress::Not]);
    assert_eq!(store.count_invitations(holder.organisation_id, None).await.unwrap(), (1, 1));
}

async fn another_organisation_knows_nothing_of_it(store: TestStore) {
    let ours = settle(&store).await;
    let theirs = elsewhere(&store).await;
    let invited = sent(&store, &ours, "mika@example.com", 1).await;
    assert_eq!(store.find_invitation(theirs.organisation_id, invited.id).await.unwrap(), None);
    assert_eq!(one!(store, withdraw_invitation(theirs.organisation_id, invited.id)), None);
    assert_eq!(store.count_invitations(theirs.organisation_id, None).await.unwrap(), (0, 0));
    let known = store.known_addresses(theirs.organisation_id, &[&ours.email, &invited.email], (9, at(0))).await.unwrap();
    assert_eq!(known, [KnownAddress::Not, KnownAddress::Not]);
    // Both may ask the same person, and each other's members.
    assert!(one!(store, create_invitation(&invitation(&theirs, "mika@example.com"))));
    assert!(one!(store, create_invitation(&invitation(&theirs, ours.email.as_str()))));
    // Nobody invites to another's team, or in another's name.
    let night = team(&store, &ours).await;
    let mut tx = store.begin().await.unwrap();
    assert!(tx.create_invitation(&Invitation { team_id: Some(night), ..invitation(&theirs, "a@example.com") }).await.is_err());
    drop(tx);
    let mut tx = store.begin().await.unwrap();
    assert!(tx.create_invitation(&Invitation { invited_by: ours.id, ..invitation(&theirs, "b@example.com") }).await.is_err());
}

async fn a_link_works_once_and_until_it_expires(store: TestStore) {
    let holder = settle(&store).await;
    let invited = sent(&store, &holder, "mika@example.com", 1).await;
    assert_eq!(store.find_invitation_by_token(&[1; 32]).await.unwrap(), Some(invited.clone()));
    assert_eq!(store.find_invitation_by_token(&[2; 32]).await.unwrap(), None);
    assert_eq!(one!(store, consume_invitation(&[1; 32], at(100))), None, "it has expired");
    assert_eq!(one!(store, consume_invitation(&[1; 32], at(99))), Some(invited));
    assert_eq!(one!(store, consume_invitation(&[1; 32], at(99))), None);
    assert_eq!(store.find_invitation_by_token(&[1; 32]).await.unwrap(), None);
}

async fn of_those_who_join_at_once_exactly_one_does(store: TestStore) {
    let holder = settle(&store).await;
    sent(&store, &holder, "mika@example.com", 1).await;
    let join = |store: Store, _| async move { one!(store, consume_invitation(&[1; 32], at(2))).is_some() };
    assert_eq!(winners(&race(&store, join).await), 1);
}

async fn of_those_who_write_a_mail_at_once_exactly_one_does(store: TestStore) {
    let holder = settle(&store).await;
    let new = invitation(&holder, "mika@example.com");
    one!(store, create_invitation(&new));
    assert_eq!(one!(store, list_unsent_invitations(9)).first(), Some(&new));
    let send = |store: Store, number: u8| async move { one!(store, send_invitation(new.id, &[number; 32], at(1), at(9))) };
    assert_eq!(winners(&race(&store, send).await), 1);
    assert_eq!(one!(store, list_unsent_invitations(9)), []);
    assert_eq!(store.count_invitations(holder.organisation_id, None).await.unwrap(), (1, 0));
}

async fn an_expired_link_asks_for_another_once(store: TestStore) {
    let holder = settle(&store).await;
    let invited = sent(&store, &holder, "mika@example.com", 1).await;
    assert!(!one!(store, renew_invitation(&[1; 32], at(99))), "it works still");
    assert!(one!(store, renew_invitation(&[1; 32], at(100))));
    assert!(!one!(store, renew_invitation(&[1; 32], at(100))));
    assert_eq!(one!(store, list_unsent_invitations(9)), [Invitation { sent: None, ..invited }]);
}

async fn what_is_sent_again_has_another_link(store: TestStore) {
    let holder = settle(&store).await;
    let invited = sent(&store, &holder, "mika@example.com", 1).await;
    assert!(!one!(store, send_invitation_again(invited.id, at(0))), "a moment ago");
    assert!(one!(store, send_invitation_again(invited.id, at(1))));
    assert!(!one!(store, send_invitation_again(invited.id, at(1))), "it is on its way");
    assert_eq!(one!(store, consume_invitation(&[1; 32], at(2))), None, "the link before works no more");
    assert!(one!(store, send_invitation(invited.id, &[2; 32], at(3), at(200))));
    assert!(one!(store, consume_invitation(&[2; 32], at(150))).is_some());
}

async fn a_list_is_walked_in_both_directions_and_narrowed(store: TestStore) {
    let holder = settle(&store).await;
    let supervisor = neighbour(&store, &holder).await;
    let night = team(&store, &holder).await;
    one!(store, move_to_team(supervisor.id, Some(night)));
    for (email, name, role, team_id) in [
        ("c@example.com", None, Role::Agent, None),
        ("z@example.com", Some("Ada Lark"), Role::Supervisor, Some(night)),
        ("y@example.com", Some("Zoë"), Role::Agent, Some(night)),
    ] {
        let name = name.map(|name| PersonName::parse(name).unwrap());
        assert!(one!(store, create_invitation(&Invitation { name, role, team_id, ..invitation(&holder, email) })));
    }
    let list = async |filter: &MemberFilter, from: &MemberCursor, limit| {
        let rows = store.list_invitations(holder.organisation_id, filter, from, limit).await.unwrap();
        rows.into_iter().map(|row| row.email.as_str()[..1].to_owned()).collect::<Vec<_>>()
    };
    let all = MemberFilter::default();
    assert_eq!(list(&all, &MemberCursor::first(), 9).await, ["z", "c", "y"]);
    assert_eq!(list(&all, &MemberCursor::last(), 2).await, ["c", "y"]);
    let only = MemberFilter { text: Some("lark".to_owned()), ..all.clone() };
    assert_eq!(list(&only, &MemberCursor::first(), 9).await, ["z"]);
    assert_eq!(list(&MemberFilter { text: Some("c@ex".to_owned()), ..all.clone() }, &MemberCursor::first(), 9).await, ["c"]);
    assert_eq!(list(&MemberFilter { text: Some("%".to_owned()), ..all.clone() }, &MemberCursor::first(), 9).await, Vec::<String>::new());
    assert_eq!(list(&MemberFilter { team: Some(night), ..all.clone() }, &MemberCursor::first(), 9).await, ["z", "y"]);
    assert_eq!(list(&MemberFilter { role: Some(Role::Agent), ..all.clone() }, &MemberCursor::first(), 9).await, ["c", "y"]);
    assert_eq!(list(&MemberFilter { supervisor: Some(supervisor.id), ..all.clone() }, &MemberCursor::first(), 9).await, ["z", "y"]);
    assert_eq!(list(&MemberFilter { supervisor: Some(holder.id), ..all }, &MemberCursor::first(), 9).await, Vec::<String>::new());
    assert_eq!(store.count_invitations(holder.organisation_id, Some(supervisor.id)).await.unwrap(), (2, 2));
}

async fn who_never_joined_is_forgotten(store: TestStore) {
    let holder = settle(&store).await;
    sent(&store, &holder, "mika@example.com", 1).await;
    one!(store, create_invitation(&invitation(&holder, "bram@example.com")));
    assert_eq!(one!(store, purge_invitations(at(-1), at(1000))), 0, "not that old yet");
    assert_eq!(one!(store, purge_invitations(at(0), at(99))), 0, "its link works still");
    assert_eq!(one!(store, purge_invitations(at(0), at(100))), 1);
    assert_eq!(store.count_invitations(holder.organisation_id, None).await.unwrap(), (1, 1), "one that waits to be sent stays");
}

async fn a_draft_is_its_owners_and_there_is_one(store: TestStore) {
    let holder = settle(&store).await;
    let other = neighbour(&store, &holder).await;
    let first = InvitationDraft { text: "a@example.com".to_owned(), role: Role::Agent, team: None, created_at: at(0) };
    let second = InvitationDraft {
        text: "b@example.com".to_owned(),
        role: Role::Supervisor,
        team: Some("Night desk".to_owned()),
        created_at: at(5),
    };
    one!(store, keep_invitation_draft(holder.id, &first));
    one!(store, keep_invitation_draft(holder.id, &second));
    assert_eq!(store.find_invitation_draft(holder.id).await.unwrap(), Some(second.clone()));
    assert_eq!(one!(store, find_invitation_draft(holder.id)), Some(second));
    assert_eq!(store.find_invitation_draft(other.id).await.unwrap(), None);
    assert_eq!(one!(store, purge_invitation_drafts(at(4))), 0);
    assert!(one!(store, delete_invitation_draft(holder.id)));
    assert!(!one!(store, delete_invitation_draft(holder.id)));
    one!(store, keep_invitation_draft(holder.id, &first));
    assert_eq!(one!(store, purge_invitation_drafts(at(4))), 1);
}

async fn what_somebody_sent_goes_with_them(store: TestStore) {
    let holder = settle(&store).await;
    let other = neighbour(&store, &holder).await;
    sent(&store, &holder, "mika@example.com", 1).await;
    sent(&store, &other, "bram@example.com", 2).await;
    assert_eq!(one!(store, withdraw_invitations_by(holder.id)), 1);
    assert_eq!(one!(store, consume_invitation(&[1; 32], at(2))), None);
    assert!(one!(store, consume_invitation(&[2; 32], at(2))).is_some());
}

async fn an_address_is_mailed_so_often_and_no_more(store: TestStore) {
    let holder = settle(&store).await;
    let mika = Email::parse("mika@example.com").unwrap();
    for created_at in [1, 2, 3] {
        let about = NewMail { account_id: None, kind: "invitation", recipient: &mika, created_at: at(created_at), ..mail(&holder) };
        assert!(one!(store, post_mail(&about, b"words")));
    }
    let known = async |most, since| store.known_addresses(holder.organisation_id, &[&mika], (most, at(since))).await.unwrap()[0];
    assert_eq!(known(4, 0).await, KnownAddress::Not);
    assert_eq!(known(3, 0).await, KnownAddress::Often);
    assert_eq!(known(3, 1).await, KnownAddress::Not, "the first is long ago");
}

async fn nobody_renews_an_invitation_to_own_everything(store: TestStore) {
    let holder = settle(&store).await;
    let new = Invitation { role: Role::AccountHolder, ..invitation(&holder, "mika@example.com") };
    assert!(one!(store, create_invitation(&new)));
    assert!(one!(store, send_invitation(new.id, &[1; 32], at(1), at(100))));
    assert!(!one!(store, renew_invitation(&[1; 32], at(100))));
    assert!(one!(store, send_invitation_again(new.id, at(1))), "whoever sent it can");
}

async fn one_who_was_added_otherwise_is_invited_no_more(store: TestStore) {
    let (ours, theirs) = (settle(&store).await, elsewhere(&store).await);
    for holder in [&ours, &theirs] {
        assert!(one!(store, create_invitation(&invitation(holder, "mika@example.com"))));
    }
    let mika = Email::parse("mika@example.com").unwrap();
    assert!(one!(store, withdraw_invitation_to(ours.organisation_id, &mika)));
    assert!(!one!(store, withdraw_invitation_to(ours.organisation_id, &mika)));
    let count = async |holder: &Account| store.count_invitations(holder.organisation_id, None).await.unwrap().0;
    assert_eq!((count(&ours).await, count(&theirs).await), (0, 1), "what another organisation sent is its own");
}

async fn whoever_comes_by_their_address_takes_their_invitation_once(store: TestStore) {
    let (holder, other) = (settle(&store).await, elsewhere(&store).await);
    let expected = sent(&store, &holder, "mika@example.com", 1).await;
    let email = expected.email.clone();
    assert_eq!(one!(store, take_invitation_to(other.organisation_id, &email, at(2))), None);
    assert_eq!(one!(store, take_invitation_to(holder.organisation_id, &email, at(100))), None, "it has expired");
    let organisation = holder.organisation_id;
    // Some take it by their address, and some withdraw it.
    let act = move |store: Store, n: u8| {
        let (email, id) = (email.clone(), expected.id);
        async move {
            let mut tx = store.begin().await.unwrap();
            let is_theirs = if n.is_multiple_of(2) {
                tx.take_invitation_to(organisation, &email, at(2)).await.unwrap().is_some()
            } else {
                tx.withdraw_invitation(organisation, id).await.unwrap().is_some()
            };
            tx.commit().await.unwrap();
            is_theirs
        }
    };
    assert_eq!(winners(&race(&store, act).await), 1);
    // An account holder's takes its link.
    let new = Invitation { role: Role::AccountHolder, ..invitation(&holder, "ines@example.com") };
    assert!(one!(store, create_invitation(&new)));
    assert!(one!(store, send_invitation(new.id, &[2; 32], at(1), at(100))));
    assert_eq!(one!(store, take_invitation_to(organisation, &new.email, at(2))), None);
    assert!(store.find_invitation(organisation, new.id).await.unwrap().is_some());
}
