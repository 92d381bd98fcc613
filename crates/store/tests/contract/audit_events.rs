use countersign_store::{AccountId, AuditEvent, AuditEventId, OrganisationId};
use serde_json::json;
use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use crate::fixture::{TestStore, at, neighbour, one, settle, unique};

crate::on_both![events_are_listed_latest_first_and_by_pages, an_event_needs_no_account];

fn event(account_id: Option<AccountId>, seconds: i64) -> AuditEvent {
    AuditEvent {
        id: AuditEventId::from_random(at(seconds), unique()),
        organisation_id: None,
        account_id,
        kind: "signed-in".to_owned(),
        at: at(seconds),
        address: "192.0.2.7".to_owned(),
        browser: "Firefox on Linux".to_owned(),
        details: json!({ "factor": "authenticator-app", "steps": [1, null] }),
        actor_id: None,
        team_id: None,
    }
}

async fn events_are_listed_latest_first_and_by_pages(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    let mut events: Vec<_> = (0..5).map(|seconds| event(Some(account.id), seconds)).collect();
    events[0].organisation_id = Some(account.organisation_id);
    for event in events.iter().chain([&event(Some(other.id), 9)]) {
        one!(store, record_event(event));
    }
    events.reverse();
    assert_eq!(store.list_events(account.id, None, 50).await.unwrap(), events);
    assert_eq!(store.list_events(account.id, None, 2).await.unwrap(), events[..2]);
    assert_eq!(store.list_events(account.id, Some(events[1].id), 2).await.unwrap(), events[2..4]);
    assert_eq!(store.list_events(account.id, Some(events[4].id), 2).await.unwrap(), []);
}

async fn an_event_needs_no_account(store: TestStore) {
    one!(store, record_event(&event(None, 0)));
}

const CHANGES: [&str; 5] = [
    "UPDATE audit_events SET kind = 'nothing happened'",
    "DELETE FROM audit_events",
    "UPDATE audit_events SET at = 0 WHERE account_id IS NOT NULL",
    "UPDATE audit_links SET position = 9",
    "DELETE FROM audit_links",
];

#[tokio::test]
async fn sqlite_refuses_to_change_or_remove_an_event() {
    let store = TestStore::sqlite().await;
    let account = settle(&store).await;
    one!(store, record_event(&event(Some(account.id), 0)));
    assert_eq!(crate::audit_log::link_all(&store, OrganisationId::NONE).await, 1);
    let mut connection = SqliteConnection::connect(&store.url).await.unwrap();
    for change in CHANGES {
        assert!(connection.execute(change).await.is_err(), "{change}");
    }
    assert_eq!(store.list_events(account.id, None, 50).await.unwrap()[0].kind, "signed-in");
}

#[tokio::test]
async fn postgres_refuses_to_change_or_remove_an_event() {
    let store = TestStore::postgres().await;
    let account = settle(&store).await;
    one!(store, record_event(&event(Some(account.id), 0)));
    assert_eq!(crate::audit_log::link_all(&store, OrganisationId::NONE).await, 1);
    let mut connection = PgConnection::connect(&store.url).await.unwrap();
    for change in CHANGES.into_iter().chain(["TRUNCATE audit_events"]) {
        assert!(connection.execute(change).await.is_err(), "{change}");
    }
    assert_eq!(store.list_events(account.id, None, 50).await.unwrap()[0].kind, "signed-in");
}
