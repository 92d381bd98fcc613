use std::collections::BTreeSet;

use countersign_domain::{Email, Factor, PersonName, Policy, Role, TeamName};
use countersign_store::{Account, MemberCursor, MemberFilter, Standing, Store, TeamId, ThrottleKey};

use crate::fixture::{TestStore, account, at, confirmed_app, elsewhere, one, race, settle, team, unique};

crate::on_both![
    a_segment_is_walked_in_both_directions_and_misses_nobody,
    a_list_is_narrowed_by_text_team_role_and_supervisor,
    what_is_looked_for_is_no_pattern,
    those_who_are_held_are_found_with_what_holds_them,
    holders_are_counted_beside_one,
    people_are_counted_by_what_they_have,
    the_counts_follow_whatever_happens_to_people,
    those_who_set_up_at_once_are_all_counted,
];

/// Somebody with a name and an address made of a number.
async fn person(store: &Store, organisation: &Account, number: usize, name: &str) -> Account {
    let new = Account {
        email: Email::parse(&format!("person{number}@example.com")).unwrap(),
        name: PersonName::parse(name).unwrap(),
        ..account(organisation.organisation_id, "x@example.com")
    };
    assert!(one!(store, create_account(&new)));
    new
}

async fn page(store: &Store, of: &Account, filter: &MemberFilter, from: &MemberCursor) -> Vec<Account> {
    store.list_members(of.organisation_id, Standing::NotSetUp, filter, from, 3).await.unwrap()
}

fn after(account: &Account, is_backwards: bool) -> MemberCursor {
    MemberCursor { name_key: account.name.key(), id: account.id, is_backwards }
}

async fn a_segment_is_walked_in_both_directions_and_misses_nobody(store: TestStore) {
    let first = settle(&store).await;
    elsewhere(&store).await;
    // Equal names, and names that only a code point tells apart.
    for (number, name) in ["Zoë", "ada", "Ada", "Émile", "Wren Halloway", "wren halloway", "Bea", "Øystein"].into_iter().enumerate() {
        person(&store, &first, number, name).await;
    }
    let nobody = MemberFilter::default();
    let mut forth = Vec::new();
    let mut from = MemberCursor::first();
    loop {
        let rows = page(&store, &first, &nobody, &from).await;
        let Some(last) = rows.last() else { break };
        from = after(last, false);
        forth.extend(rows);
    }
    assert_eq!(forth.len(), 9);
    assert_eq!(forth.iter().map(|row| row.id).collect::<BTreeSet<_>>().len(), 9);
    let keys: Vec<_> = forth.iter().map(|row| row.name.key()).collect();
    assert!(keys.is_sorted(), "{keys:?}");
    let mut back = Vec::new();
    let mut from = MemberCursor::last();
    loop {
        let mut rows = page(&store, &first, &nobody, &from).await;
        let Some(edge) = rows.first() else { break };
        from = after(edge, true);
        rows.append(&mut back);
        back = rows;
    }
    assert_eq!(back, forth);
    confirmed_app(&store, forth[0].id).await;
    let set_up = store.list_members(first.organisation_id, Standing::SetUp, &nobody, &MemberCursor::first(), 9).await.unwrap();
    assert_eq!(set_up.into_iter().map(|row| row.id).collect::<Vec<_>>(), [forth[0].id], "they changed segment");
}

async fn a_list_is_narrowed_by_text_team_role_and_supervisor(store: TestStore) {
    let first = settle(&store).await;
    let stranger = elsewhere(&store).await;
    let organisation = first.organisation_id;
    let (ada, bea, cleo) = (
        person(&store, &first, 1, "Ada Lark").await,
        person(&store, &first, 2, "Bea Lark").await,
        person(&store, &first, 3, "Cleo Finch").await,
    );
    let name = |text: &str| TeamName::parse(text).unwrap();
    let night = one!(store, team_by_name(organisation, &name("Night desk"), TeamId::from_random(at(0), unique()), at(0)));
    let day = one!(store, team_by_name(organisation, &name("Day desk"), TeamId::from_random(at(0), unique()), at(0)));
    for (account, team) in [(&ada, night), (&bea, day), (&cleo, night)] {
        one!(store, move_to_team(account.id, Some(team)));
    }
    one!(store, set_role(bea.id, Role::Supervisor));
    one!(store, set_supervised_teams(bea.id, organisation, &[night]));
    let narrowed = async |filter: MemberFilter| {
        let rows = page(&store, &first, &filter, &MemberCursor::first()).await;
        let back = page(&store, &first, &filter, &MemberCursor::last()).await;
        assert_eq!(rows, back, "{filter:?}");
        rows.into_iter().map(|row| row.name.to_string()).collect::<Vec<_>>()
    };
    let all = MemberFilter::default;
    let text = |text: &str| Some(text.to_owned());
    assert_eq!(narrowed(MemberFilter { text: text("lark"), ..all() }).await, ["Ada Lark", "Bea Lark"]);
    assert_eq!(narrowed(MemberFilter { text: text("person3@"), ..all() }).await, ["Cleo Finch"]);
    assert_eq!(narrowed(MemberFilter { text: text("heron"), ..all() }).await, Vec::<String>::new(), "{stranger:?} is elsewhere");
    assert_eq!(narrowed(MemberFilter { team: Some(night), ..all() }).await, ["Ada Lark", "Cleo Finch"]);
    assert_eq!(narrowed(MemberFilter { role: Some(Role::Supervisor), ..all() }).await, ["Bea Lark"]);
    assert_eq!(narrowed(MemberFilter { supervisor: Some(bea.id), ..all() }).await, ["Ada Lark", "Bea Lark", "Cleo Finch"]);
    assert_eq!(narrowed(MemberFilter { supervisor: Some(cleo.id), ..all() }).await, ["Ada Lark", "Cleo Finch"]);
    assert_eq!(narrowed(MemberFilter { supervisor: Some(first.id), ..all() }).await, Vec::<String>::new(), "no team, nobody");
    let both = MemberFilter { text: text("lark"), supervisor: Some(cleo.id), ..all() };
    assert_eq!(narrowed(both).await, ["Ada Lark"]);
    assert_eq!(narrowed(MemberFilter { team: Some(night), role: Some(Role::Supervisor), ..all() }).await, Vec::<String>::new());
    let three = MemberFilter { text: text("lark"), team: Some(day), role: Some(Role::Supervisor), supervisor: Some(bea.id) };
    assert_eq!(narrowed(three).await, ["Bea Lark"]);
}

async fn what_is_looked_for_is_no_pattern(store: TestStore) {
    let first = settle(&store).await;
    person(&store, &first, 1, "100% Ada_!").await;
    for (text, is_found) in [("%", true), ("_", true), ("!", true), ("0%", true), ("1%a", false), ("a_a", false)] {
        let filter = MemberFilter { text: Some(text.to_owned()), ..MemberFilter::default() };
        assert_eq!(page(&store, &first, &filter, &MemberCursor::first()).await.len(), usize::from(is_found), "{text}");
    }
}

async fn those_who_are_held_are_found_with_what_holds_them(store: TestStore) {
    let first = settle(&store).await;
    let stranger = elsewhere(&store).await;
    for (account, subject) in [(&first, 1), (&stranger, 2)] {
        let key = ThrottleKey { subject: [subject; 32], factor: Factor::AuthenticatorApp, device: [0; 32], account_id: Some(account.id) };
        for _ in 0..4 {
            let _ = store.charge_attempt(&key, at(0)).await.unwrap();
        }
    }
    let held = async |now| store.list_held_members(first.organisation_id, None, at(now)).await.unwrap();
    assert_eq!(held(1).await, [], "four failures pause nothing");
    let key = ThrottleKey { subject: [1; 32], factor: Factor::AuthenticatorApp, device: [0; 32], account_id: Some(first.id) };
    let _ = store.charge_attempt(&key, at(0)).await.unwrap();
    assert_eq!(held(1).await.into_iter().map(|row| row.id).collect::<Vec<_>>(), [first.id]);
    let holds = store.list_holds(first.id, at(1)).await.unwrap();
    assert_eq!(holds.len(), 1);
    assert_eq!((holds[0].factor, holds[0].failures, holds[0].last_at), (Factor::AuthenticatorApp, 5, at(0)));
    let until = holds[0].until.unwrap();
    assert_eq!(store.list_holds(first.id, until).await.unwrap(), [], "it is over");
    assert_eq!(store.list_held_members(first.organisation_id, None, until).await.unwrap(), []);
    assert_eq!(store.list_held_members(stranger.organisation_id, None, at(1)).await.unwrap(), []);
    assert_eq!(store.list_held_members(first.organisation_id, Some(stranger.id), at(1)).await.unwrap(), [], "nobody of theirs");
}

async fn holders_are_counted_beside_one(store: TestStore) {
    let first = settle(&store).await;
    let (ada, bea) = (person(&store, &first, 1, "Ada").await, person(&store, &first, 2, "Bea").await);
    for account in [&ada, &bea] {
        one!(store, set_role(account.id, Role::AccountHolder));
    }
    let count = async || one!(store, count_other_holders(first.organisation_id, ada.id));
    assert_eq!(count().await, 1);
    assert!(one!(store, disable_account(bea.id, at(1))));
    assert_eq!(count().await, 0, "one who may not sign in is none");
}

async fn people_are_counted_by_what_they_have(store: TestStore) {
    let first = settle(&store).await;
    let stranger = elsewhere(&store).await;
    let (ada, bea) = (person(&store, &first, 1, "Ada").await, person(&store, &first, 2, "Bea").await);
    for account in [&ada, &bea, &stranger] {
        confirmed_app(&store, account.id).await;
    }
    let counted = store.count_by_methods(first.organisation_id).await.unwrap();
    let mut counted: Vec<_> = counted.into_iter().map(|(_, methods, count)| (methods.bits(), count)).collect();
    counted.sort_unstable();
    assert_eq!(counted, [(0, 1), (4, 2)]);
    assert_eq!(store.find_member(first.organisation_id, stranger.id).await.unwrap(), None);
    assert!(store.find_member(first.organisation_id, ada.id).await.unwrap().is_some());
}

/// What is kept, beside what there is: by team, how many and how many of them are set up.
async fn assert_counts(store: &Store, organisation: &Account, expected: &[(Option<TeamId>, i64, i64)]) {
    let sorted = |mut rows: Vec<(Option<TeamId>, i64, i64)>| {
        rows.sort();
        rows
    };
    let read = async || {
        let counts = store.count_by_team(organisation.organisation_id).await.unwrap();
        sorted(counts.into_iter().map(|count| (count.team, count.people, count.set_up)).collect())
    };
    assert_eq!(read().await, sorted(expected.to_vec()));
    one!(store, sum_up_head_counts());
    assert_eq!(read().await, sorted(expected.to_vec()), "summing up changes nothing");
    one!(store, sum_up_head_counts());
    assert_eq!(read().await, sorted(expected.to_vec()), "nor does doing it again");
}

async fn the_counts_follow_whatever_happens_to_people(store: TestStore) {
    let first = settle(&store).await;
    let stranger = elsewhere(&store).await;
    let night = team(&store, &first).await;
    let ada = person(&store, &first, 1, "Ada").await;
    assert_counts(&store, &first, &[(None, 2, 0)]).await;
    one!(store, move_to_team(ada.id, Some(night)));
    assert_counts(&store, &first, &[(None, 1, 0), (Some(night), 1, 0)]).await;
    let app = confirmed_app(&store, ada.id).await;
    assert_counts(&store, &first, &[(None, 1, 0), (Some(night), 1, 1)]).await;
    one!(store, disable_account(ada.id, at(1)));
    assert_counts(&store, &first, &[(None, 1, 0)]).await;
    one!(store, move_to_team(ada.id, None));
    assert_counts(&store, &first, &[(None, 1, 0)]).await;
    one!(store, enable_account(ada.id));
    assert_counts(&store, &first, &[(None, 2, 1)]).await;
    let keys_alone = Policy { methods: [Factor::SecurityKey].into_iter().collect(), ..Policy::OPEN };
    assert!(one!(store, set_policy(first.organisation_id, 0, keys_alone, None)));
    assert_counts(&store, &first, &[(None, 2, 0)]).await;
    assert!(one!(store, set_policy(first.organisation_id, 1, Policy::OPEN, None)));
    assert!(one!(store, remove_app(app.id, ada.id)));
    assert_counts(&store, &first, &[(None, 2, 0)]).await;
    // What doesn't happen isn't counted.
    let mut tx = store.begin().await.unwrap();
    tx.move_to_team(ada.id, Some(night)).await.unwrap();
    drop(tx);
    assert_counts(&store, &first, &[(None, 2, 0)]).await;
    assert_counts(&store, &stranger, &[(None, 1, 0)]).await;
}

async fn those_who_set_up_at_once_are_all_counted(store: TestStore) {
    let first = settle(&store).await;
    let night = team(&store, &first).await;
    let mut people = Vec::new();
    for number in 1..=4 {
        people.push(person(&store, &first, number, "Ada").await);
    }
    let people = std::sync::Arc::new(people);
    // Each way round, and the sums in between: who waits for whom never closes a circle.
    let attempt = |store: Store, number: u8| {
        let people = std::sync::Arc::clone(&people);
        async move {
            for round in 0..6 {
                let account = &people[usize::from(number - 1)];
                one!(store, move_to_team(account.id, (round % 2 == 0).then_some(night)));
                if number == 1 {
                    one!(store, sum_up_head_counts());
                }
            }
            one!(store, move_to_team(people[usize::from(number - 1)].id, Some(night)));
        }
    };
    race(&store, attempt).await;
    assert_counts(&store, &first, &[(None, 1, 0), (Some(night), 4, 0)]).await;
}
