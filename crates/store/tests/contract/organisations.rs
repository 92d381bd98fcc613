use countersign_domain::{Factor, MethodSet, Policy, SessionLengths, Stage, TrustDays};
use countersign_store::{Account, EmailedCodeMethodId, Store};

use crate::fixture::{
    TestStore, account, allow, at, confirmed_app, elsewhere, neighbour, one, organisation, race, require, session, settle, unique, winners,
};

crate::on_both![
    a_policy_is_kept_with_its_organisation_and_no_other,
    of_those_who_change_a_policy_at_once_exactly_one_wins,
    a_policy_without_a_method_is_refused_by_the_database,
    what_somebody_has_connected_is_kept_count_of,
    switching_a_method_off_changes_where_people_stand,
    nobody_without_a_second_step_is_signed_in_when_one_is_required,
    everybody_without_a_second_step_is_signed_out_in_one_go,
    somebody_who_is_disabled_has_no_session_and_gets_none,
];

async fn a_policy_is_kept_with_its_organisation_and_no_other(store: TestStore) {
    assert_eq!(store.find_only_organisation().await.unwrap(), None);
    let first = settle(&store).await;
    let id = first.organisation_id;
    let mut expected = store.find_only_organisation().await.unwrap().unwrap();
    assert_eq!((expected.id, expected.policy), (id, Policy::OPEN));
    let other = elsewhere(&store).await.organisation_id;
    assert_eq!(store.find_only_organisation().await.unwrap(), None, "two are none to name at the door");
    expected.policy = Policy {
        required_from: Some(at(50)),
        methods: [Factor::Passkey].into_iter().collect(),
        trust: TrustDays::new(14).unwrap(),
        sessions: SessionLengths::new(15, 8 * 60).unwrap(),
    };
    expected.announced_at = Some(at(7));
    expected.policy_changes = 1;
    assert!(one!(store, set_policy(id, 0, expected.policy, Some(at(7)))));
    assert_eq!(store.find_organisation(id).await.unwrap(), Some(expected.clone()));
    assert_eq!(one!(store, find_organisation(id)), Some(expected));
    assert_eq!(store.find_organisation(other).await.unwrap().unwrap().policy, Policy::OPEN);
}

async fn of_those_who_change_a_policy_at_once_exactly_one_wins(store: TestStore) {
    let id = settle(&store).await.organisation_id;
    let change = |store: Store, number| async move {
        let policy = Policy { required_from: Some(at(i64::from(number))), ..Policy::OPEN };
        one!(store, set_policy(id, 0, policy, Some(at(0))))
    };
    assert_eq!(winners(&race(&store, change).await), 1);
    assert_eq!(store.find_organisation(id).await.unwrap().unwrap().policy_changes, 1);
}

async fn a_policy_without_a_method_is_refused_by_the_database(store: TestStore) {
    let id = settle(&store).await.organisation_id;
    let policy = Policy { methods: MethodSet::NONE, ..Policy::OPEN };
    assert!(store.begin().await.unwrap().set_policy(id, 0, policy, None).await.is_err());
    let unsaid = Policy { required_from: Some(at(1)), ..Policy::OPEN };
    assert!(store.begin().await.unwrap().set_policy(id, 0, unsaid, None).await.is_err(), "what is required was announced");
}

async fn methods_of(store: &Store, account: &Account) -> Vec<Factor> {
    store.find_account(account.id).await.unwrap().unwrap().methods.iter().collect()
}

async fn what_somebody_has_connected_is_kept_count_of(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    assert_eq!(methods_of(&store, &account).await, []);
    let (first, second) = (confirmed_app(&store, account.id).await, confirmed_app(&store, account.id).await);
    assert_eq!(methods_of(&store, &account).await, [Factor::AuthenticatorApp]);
    assert!(one!(store, remove_app(first.id, account.id)));
    assert_eq!(methods_of(&store, &account).await, [Factor::AuthenticatorApp], "one is left");
    assert!(one!(store, turn_on_emailed_codes(EmailedCodeMethodId::from_random(at(0), unique()), account.id, at(0))));
    assert_eq!(methods_of(&store, &account).await, [Factor::AuthenticatorApp], "the address isn't known to be theirs");
    assert!(one!(store, confirm_email(account.id, &account.email, at(1))));
    assert_eq!(methods_of(&store, &account).await, [Factor::AuthenticatorApp, Factor::EmailedCode]);
    assert!(one!(store, remove_app(second.id, account.id)));
    assert_eq!(methods_of(&store, &account).await, [Factor::EmailedCode]);
    assert!(one!(store, turn_off_emailed_codes(account.id)));
    assert_eq!(methods_of(&store, &account).await, []);
    assert_eq!(methods_of(&store, &other).await, [], "nobody else's");
}

async fn switching_a_method_off_changes_where_people_stand(store: TestStore) {
    let account = settle(&store).await;
    let organisation = account.organisation_id;
    confirmed_app(&store, account.id).await;
    let counts =
        async || store.count_by_team(organisation).await.unwrap().into_iter().map(|count| (count.people, count.set_up)).collect::<Vec<_>>();
    assert_eq!(counts().await, [(1, 1)]);
    allow(&store, organisation, &[Factor::SecurityKey]).await;
    assert_eq!(counts().await, [(1, 0)]);
    let bare = store.list_left_bare(organisation, [Factor::SecurityKey].into_iter().collect(), 9).await.unwrap();
    assert_eq!(bare.into_iter().map(|account| account.id).collect::<Vec<_>>(), [account.id]);
    allow(&store, organisation, &[Factor::AuthenticatorApp]).await;
    assert_eq!(counts().await, [(1, 1)]);
}

async fn is_signed_in(store: &Store, token: u8, now: i64) -> bool {
    store.find_session(&[token; 32], at(now)).await.unwrap().is_some()
}

async fn nobody_without_a_second_step_is_signed_in_when_one_is_required(store: TestStore) {
    let bare = settle(&store).await;
    let ready = neighbour(&store, &bare).await;
    let stranger = elsewhere(&store).await;
    confirmed_app(&store, ready.id).await;
    for (account, stage, token) in
        [(&bare, Stage::SignedIn, 1), (&bare, Stage::Enrolment, 2), (&ready, Stage::SignedIn, 3), (&stranger, Stage::SignedIn, 4)]
    {
        one!(store, create_session(&session(account.id, stage), &[token; 32]));
    }
    require(&store, bare.organisation_id, at(50)).await;
    assert!(is_signed_in(&store, 1, 49).await, "the deadline is to come");
    assert!(!store.was_ended_by_policy(&[1; 32], at(49)).await.unwrap());
    assert!(!is_signed_in(&store, 1, 50).await, "nobody has to end it");
    assert!(store.was_ended_by_policy(&[1; 32], at(50)).await.unwrap());
    assert!(is_signed_in(&store, 2, 50).await, "the wizard is what they can reach");
    assert!(is_signed_in(&store, 3, 50).await);
    assert!(is_signed_in(&store, 4, 50).await, "another organisation asks for nothing");
}

async fn everybody_without_a_second_step_is_signed_out_in_one_go(store: TestStore) {
    let bare = settle(&store).await;
    let ready = neighbour(&store, &bare).await;
    let stranger = elsewhere(&store).await;
    confirmed_app(&store, ready.id).await;
    // Two browsers of one person are one person.
    for (account, token) in [(&bare, 1), (&bare, 2), (&ready, 3), (&stranger, 4)] {
        one!(store, create_session(&session(account.id, Stage::SignedIn), &[token; 32]));
    }
    let organisation = bare.organisation_id;
    let count = async |now| store.count_signed_in_without_method(organisation, MethodSet::ALL, at(now)).await.unwrap();
    assert_eq!(count(10).await, [(None, 1)]);
    assert_eq!(one!(store, count_signed_in_without_method(organisation, MethodSet::ALL, at(10))), [(None, 1)]);
    assert_eq!(count(1000).await, [], "those sessions have ended by themselves");
    let keys_alone = [Factor::SecurityKey].into_iter().collect();
    let counted = store.count_signed_in_without_method(organisation, keys_alone, at(10)).await.unwrap();
    assert_eq!(counted, [(None, 2)], "the app wouldn't count");
    assert_eq!(one!(store, end_sessions_without_method(organisation, at(10))), 2);
    assert_eq!(count(10).await, []);
    for (token, is_left) in [(1, false), (2, false), (3, true), (4, true)] {
        assert_eq!(is_signed_in(&store, token, 10).await, is_left, "{token}");
        assert_eq!(store.was_ended_by_policy(&[token; 32], at(10)).await.unwrap(), !is_left, "{token}");
    }
    assert_eq!(one!(store, purge_ended_sessions(at(10))), 2);
    assert!(!store.was_ended_by_policy(&[1; 32], at(10)).await.unwrap());
}

async fn somebody_who_is_disabled_has_no_session_and_gets_none(store: TestStore) {
    let someone = settle(&store).await;
    let other = neighbour(&store, &someone).await;
    one!(store, create_session(&session(someone.id, Stage::SignedIn), &[1; 32]));
    one!(store, create_session(&session(other.id, Stage::SignedIn), &[2; 32]));
    assert!(one!(store, disable_account(someone.id, at(5))));
    assert!(!one!(store, disable_account(someone.id, at(6))));
    assert!(!is_signed_in(&store, 1, 10).await && is_signed_in(&store, 2, 10).await);
    assert_eq!(one!(store, accept_password(someone.id, "hash one", "hash one")), None);
    assert_eq!(one!(store, record_sign_in(someone.id, at(10))), None);
    assert_eq!(store.find_account(someone.id).await.unwrap().unwrap().last_sign_in_at, None);
    assert_eq!(store.count_by_team(someone.organisation_id).await.unwrap()[0].people, 1, "they are no longer counted");
    assert!(one!(store, enable_account(someone.id)));
    assert!(!one!(store, enable_account(someone.id)));
    assert!(one!(store, accept_password(someone.id, "hash one", "hash one")).is_some());
    // Whoever races with it, in or out, isn't in afterwards.
    let id = account(organisation().id, "x@example.com").id;
    assert!(!one!(store, disable_account(id, at(7))), "nobody");
}
