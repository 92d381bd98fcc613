use countersign_domain::{Factor, FactorName};
use countersign_store::{AuthenticatorApp, SessionId, Store};

use crate::fixture::{TestStore, at, beginner, confirmed_app, neighbour, one, pending_app, race, settle, winners};

crate::on_both![
    a_pending_app_is_for_the_session_that_began_it_alone,
    a_pending_app_is_read_back_with_its_seed,
    only_one_app_can_be_pending,
    of_those_who_race_to_begin_an_app_exactly_one_wins,
    a_confirmed_app_counts_and_its_step_is_used_up,
    of_those_who_race_to_confirm_an_app_exactly_one_wins,
    a_step_is_used_once_and_never_an_older_one,
    of_those_who_race_with_a_code_exactly_one_wins,
    a_pending_app_accepts_no_code_and_is_no_factor,
    nobody_touches_the_app_of_another,
    apps_are_renamed_and_removed,
    all_apps_can_be_removed_at_once,
];

fn name(text: &str) -> FactorName {
    FactorName::parse(text).unwrap()
}

async fn a_pending_app_is_read_back_with_its_seed(store: TestStore) {
    let account = settle(&store).await;
    assert_eq!(store.find_pending_app(account.id, beginner()).await.unwrap(), None);
    let app = pending_app(account.id);
    assert!(one!(store, create_pending_app(&app)));
    assert_eq!(store.find_pending_app(account.id, beginner()).await.unwrap(), Some(app));
}

async fn only_one_app_can_be_pending(store: TestStore) {
    let account = settle(&store).await;
    assert!(one!(store, create_pending_app(&pending_app(account.id))));
    assert!(!one!(store, create_pending_app(&pending_app(account.id))));
    assert!(one!(store, delete_pending_app(account.id, beginner(), at(-1))));
    assert!(!one!(store, delete_pending_app(account.id, beginner(), at(-1))));
    assert!(one!(store, create_pending_app(&pending_app(account.id))));
}

async fn of_those_who_race_to_begin_an_app_exactly_one_wins(store: TestStore) {
    let id = settle(&store).await.id;
    let results = race(&store, |store, _| async move { one!(store, create_pending_app(&pending_app(id))) }).await;
    assert_eq!(winners(&results), 1);
}

async fn a_confirmed_app_counts_and_its_step_is_used_up(store: TestStore) {
    let account = settle(&store).await;
    let app = pending_app(account.id);
    assert!(one!(store, create_pending_app(&app)));
    assert!(one!(store, confirm_app(app.id, account.id, 100, &name("Phone"), at(3))));
    assert!(!one!(store, confirm_app(app.id, account.id, 101, &name("Phone"), at(4))));
    let confirmed =
        AuthenticatorApp { name: name("Phone"), confirmed_at: Some(at(3)), last_step: Some(100), last_used_at: Some(at(3)), ..app };
    assert!(!one!(store, consume_app_step(confirmed.id, account.id, 100, at(4))));
    assert_eq!(one!(store, list_second_steps(account.id)), [Factor::AuthenticatorApp]);
    assert_eq!(one!(store, list_apps(account.id)), store.list_apps(account.id).await.unwrap());
    assert_eq!(store.list_apps(account.id).await.unwrap(), [confirmed]);
}

async fn of_those_who_race_to_confirm_an_app_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await.id;
    let app = pending_app(account);
    assert!(one!(store, create_pending_app(&app)));
    let id = app.id;
    let confirm = |store: Store, _| async move { one!(store, confirm_app(id, account, 100, &name("Phone"), at(3))) };
    assert_eq!(winners(&race(&store, confirm).await), 1);
}

async fn a_step_is_used_once_and_never_an_older_one(store: TestStore) {
    let account = settle(&store).await;
    let app = confirmed_app(&store, account.id).await;
    assert!(one!(store, consume_app_step(app.id, account.id, 102, at(9))));
    for step in [102, 101, 100] {
        assert!(!one!(store, consume_app_step(app.id, account.id, step, at(10))));
    }
    assert!(one!(store, consume_app_step(app.id, account.id, 103, at(11))));
    let used = store.list_apps(account.id).await.unwrap().remove(0);
    assert_eq!((used.last_step, used.last_used_at), (Some(103), Some(at(11))));
}

async fn of_those_who_race_with_a_code_exactly_one_wins(store: TestStore) {
    let account = settle(&store).await.id;
    let app = confirmed_app(&store, account).await.id;
    let consume = |store: Store, _| async move { one!(store, consume_app_step(app, account, 200, at(9))) };
    assert_eq!(winners(&race(&store, consume).await), 1);
}

async fn a_pending_app_accepts_no_code_and_is_no_factor(store: TestStore) {
    let account = settle(&store).await;
    let app = pending_app(account.id);
    assert!(one!(store, create_pending_app(&app)));
    assert!(!one!(store, consume_app_step(app.id, account.id, 100, at(1))));
    assert!(!one!(store, rename_app(app.id, account.id, &name("Phone"))));
    assert!(!one!(store, remove_app(app.id, account.id)));
    assert!(one!(store, list_second_steps(account.id)).is_empty());
    assert!(store.list_apps(account.id).await.unwrap().is_empty());
}

async fn nobody_touches_the_app_of_another(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let app = confirmed_app(&store, account.id).await;
    assert!(!one!(store, consume_app_step(app.id, other.id, 200, at(1))));
    assert!(!one!(store, rename_app(app.id, other.id, &name("Mine"))));
    assert!(!one!(store, remove_app(app.id, other.id)));
    let pending = pending_app(account.id);
    assert!(one!(store, create_pending_app(&pending)));
    assert!(!one!(store, confirm_app(pending.id, other.id, 100, &name("Mine"), at(1))));
    assert!(store.list_apps(other.id).await.unwrap().is_empty());
}

async fn apps_are_renamed_and_removed(store: TestStore) {
    let account = settle(&store).await;
    let first = confirmed_app(&store, account.id).await;
    let second = confirmed_app(&store, account.id).await;
    assert!(one!(store, rename_app(second.id, account.id, &name("Work phone"))));
    let listed: Vec<_> = store.list_apps(account.id).await.unwrap().into_iter().map(|app| (app.id, app.name)).collect();
    assert_eq!(listed, [(first.id, first.name), (second.id, name("Work phone"))]);
    assert!(one!(store, remove_app(first.id, account.id)));
    assert!(!one!(store, remove_app(first.id, account.id)));
    assert_eq!(store.list_apps(account.id).await.unwrap().len(), 1);
}

async fn all_apps_can_be_removed_at_once(store: TestStore) {
    let account = settle(&store).await;
    confirmed_app(&store, account.id).await;
    assert!(one!(store, create_pending_app(&pending_app(account.id))));
    assert_eq!(one!(store, remove_all_apps(account.id)), 2);
    assert_eq!(store.find_pending_app(account.id, beginner()).await.unwrap(), None);
}

async fn a_pending_app_is_for_the_session_that_began_it_alone(store: TestStore) {
    let account = settle(&store).await;
    let other = SessionId::from_random(at(1), [8; 10]);
    let mine = pending_app(account.id);
    let theirs = AuthenticatorApp { begun_in: other, ..pending_app(account.id) };
    assert!(one!(store, create_pending_app(&mine)));
    assert_eq!(store.find_pending_app(account.id, other).await.unwrap(), None);
    assert!(one!(store, create_pending_app(&theirs)));
    assert_eq!(store.find_pending_app(account.id, beginner()).await.unwrap(), Some(mine));
    assert!(one!(store, delete_pending_app(account.id, other, at(-1))));
    assert!(store.find_pending_app(account.id, beginner()).await.unwrap().is_some());
    // What nobody finished goes with time, whoever began it.
    assert!(one!(store, delete_pending_app(account.id, other, at(0))));
    assert_eq!(store.find_pending_app(account.id, beginner()).await.unwrap(), None);
}
