use countersign_store::{Round, Store};

use crate::fixture::{TestStore, account, at, confirmed_app, elsewhere, neighbour, one, race, require, settle, team, winners};

crate::on_both![
    a_team_is_reminded_once_in_a_while_and_only_its_own,
    of_those_who_remind_a_team_at_once_exactly_one_does,
    a_round_is_walked_once_whatever_happens_in_between,
    of_those_who_write_a_part_of_a_round_exactly_one_does,
    deadlines_that_are_near_are_listed,
    those_who_are_left_are_counted_by_team,
];

async fn a_team_is_reminded_once_in_a_while_and_only_its_own(store: TestStore) {
    let ours = settle(&store).await;
    let ready = neighbour(&store, &ours).await;
    let theirs = elsewhere(&store).await;
    let night = team(&store, &ours).await;
    for account in [&ours, &ready] {
        one!(store, move_to_team(account.id, Some(night)));
    }
    confirmed_app(&store, ready.id).await;
    let left = one!(store, list_to_remind(ours.organisation_id, night, 9));
    assert_eq!(left.into_iter().map(|account| account.id).collect::<Vec<_>>(), [ours.id]);
    assert_eq!(one!(store, list_to_remind(theirs.organisation_id, night, 9)), []);
    assert!(!one!(store, claim_reminder(night, theirs.organisation_id, at(5), at(0))), "another organisation's");
    assert!(one!(store, claim_reminder(night, ours.organisation_id, at(5), at(0))));
    assert!(!one!(store, claim_reminder(night, ours.organisation_id, at(6), at(4))));
    assert!(one!(store, claim_reminder(night, ours.organisation_id, at(9), at(5))));
    assert_eq!(store.list_teams(ours.organisation_id).await.unwrap()[0].reminded_at, Some(at(9)));
}

async fn of_those_who_remind_a_team_at_once_exactly_one_does(store: TestStore) {
    let ours = settle(&store).await;
    let night = team(&store, &ours).await;
    let organisation = ours.organisation_id;
    let claim = |store: Store, _| async move { one!(store, claim_reminder(night, organisation, at(5), at(0))) };
    assert_eq!(winners(&race(&store, claim).await), 1);
}

async fn a_round_is_walked_once_whatever_happens_in_between(store: TestStore) {
    let ours = settle(&store).await;
    for n in 0..3 {
        assert!(one!(store, create_account(&account(ours.organisation_id, &format!("person{n}@example.com")))));
    }
    let round = Round { organisation: ours.organisation_id, required_from: at(100), days: 7 };
    let mut seen = Vec::new();
    while let Some(after) = one!(store, round_of_reminders(round)) {
        let people = one!(store, list_left_after(ours.organisation_id, after, 2));
        let done = (people.len() < 2).then_some(at(1));
        let last = people.last().map_or(after, |account| account.id);
        // What isn't committed comes again.
        let mut tx = store.begin().await.unwrap();
        assert!(tx.advance_round(round, after, last, done).await.unwrap());
        drop(tx);
        assert!(one!(store, advance_round(round, after, last, done)));
        assert!(!one!(store, advance_round(round, after, last, done)) || after == last, "that part is done");
        seen.extend(people.into_iter().map(|account| account.id));
        if done.is_some() {
            break;
        }
    }
    assert_eq!(seen.len(), 4);
    assert_eq!(one!(store, round_of_reminders(round)), None, "and all of it");
    let next = Round { days: 3, ..round };
    assert!(one!(store, round_of_reminders(next)).is_some(), "another day is another round");
}

async fn of_those_who_write_a_part_of_a_round_exactly_one_does(store: TestStore) {
    let ours = settle(&store).await;
    let round = Round { organisation: ours.organisation_id, required_from: at(100), days: 0 };
    let after = one!(store, round_of_reminders(round)).unwrap();
    let write = |store: Store, _| async move { one!(store, advance_round(round, after, ours.id, None)) };
    assert_eq!(winners(&race(&store, write).await), 1);
}

async fn deadlines_that_are_near_are_listed(store: TestStore) {
    let ours = settle(&store).await;
    elsewhere(&store).await;
    require(&store, ours.organisation_id, at(50)).await;
    let listed = async |since, until| store.list_deadlines(at(since), at(until)).await.unwrap().len();
    assert_eq!([listed(0, 49).await, listed(0, 50).await, listed(49, 90).await, listed(50, 90).await], [0, 1, 1, 0]);
}

async fn those_who_are_left_are_counted_by_team(store: TestStore) {
    let ours = settle(&store).await;
    let other = neighbour(&store, &ours).await;
    elsewhere(&store).await;
    let night = team(&store, &ours).await;
    one!(store, move_to_team(ours.id, Some(night)));
    one!(store, record_sign_in(ours.id, at(7)));
    let mut counted = store.count_left(ours.organisation_id, at(7)).await.unwrap();
    counted.sort_by_key(|count| count.team);
    let counted: Vec<_> = counted.into_iter().map(|count| (count.team, count.people, count.recent, count.never)).collect();
    assert_eq!(counted, [(None, 1, 0, 1), (Some(night), 1, 1, 0)]);
    assert_eq!(store.count_left(ours.organisation_id, at(8)).await.unwrap().iter().map(|count| count.recent).sum::<i64>(), 0);
    confirmed_app(&store, other.id).await;
    assert_eq!(store.count_left(ours.organisation_id, at(7)).await.unwrap().len(), 1);
}
