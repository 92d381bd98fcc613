use countersign_store::{Account, AuditEvent, AuditEventId, AuditPath, AuditSpan, ChainEnd, OrganisationId, Store};
use serde_json::json;

use crate::fixture::{TestStore, at, elsewhere, neighbour, race, settle, unique, winners};

crate::on_both![
    a_log_is_read_in_both_directions_and_narrowed,
    nobody_reads_the_log_of_another_organisation,
    everything_between_two_entries_is_exported_oldest_first,
    events_get_their_links_once,
    of_those_who_add_to_a_chain_at_once_each_adds_its_own,
    an_event_has_one_link,
];

fn event(account: Option<&Account>, kind: &str, seconds: i64) -> AuditEvent {
    AuditEvent {
        id: AuditEventId::from_random(at(seconds), unique()),
        organisation_id: account.map(|account| account.organisation_id),
        account_id: account.map(|account| account.id),
        kind: kind.to_owned(),
        at: at(seconds),
        address: "192.0.2.7".to_owned(),
        browser: "Firefox on Linux".to_owned(),
        details: json!({}),
        actor_id: None,
        team_id: None,
    }
}

const ALL: AuditSpan = AuditSpan { after: AuditEventId::START, before: AuditEventId::END, is_newer: false, limit: 9 };

async fn ids(store: &Store, of: &Account, path: AuditPath<'_>, span: AuditSpan) -> Vec<AuditEventId> {
    store.list_audit(of.organisation_id, path, span).await.unwrap().into_iter().map(|event| event.id).collect()
}

async fn a_log_is_read_in_both_directions_and_narrowed(store: TestStore) {
    let (wren, robin) = {
        let wren = settle(&store).await;
        let robin = neighbour(&store, &wren).await;
        (wren, robin)
    };
    let mut events = vec![event(Some(&wren), "a", 1), event(Some(&robin), "b", 2), event(Some(&wren), "b", 3), event(Some(&wren), "a", 4)];
    events[3].actor_id = Some(robin.id);
    for event in &events {
        store.record_event(event).await.unwrap();
    }
    let of = |numbers: &[usize]| numbers.iter().map(|n| events[*n].id).collect::<Vec<_>>();
    assert_eq!(ids(&store, &wren, AuditPath::All, ALL).await, of(&[3, 2, 1, 0]));
    assert_eq!(ids(&store, &wren, AuditPath::All, AuditSpan { limit: 2, ..ALL }).await, of(&[3, 2]));
    let older = AuditSpan { before: events[2].id, limit: 2, ..ALL };
    assert_eq!(ids(&store, &wren, AuditPath::All, older).await, of(&[1, 0]));
    let newer = AuditSpan { after: events[0].id, is_newer: true, limit: 2, ..ALL };
    assert_eq!(ids(&store, &wren, AuditPath::All, newer).await, of(&[2, 1]), "those next to it, newest first");
    assert_eq!(ids(&store, &wren, AuditPath::Kind("b"), ALL).await, of(&[2, 1]));
    assert_eq!(ids(&store, &wren, AuditPath::Account(wren.id, None, None), ALL).await, of(&[3, 2, 0]));
    assert_eq!(ids(&store, &wren, AuditPath::Account(wren.id, Some("a"), None), ALL).await, of(&[3, 0]));
    assert_eq!(ids(&store, &wren, AuditPath::Actor(robin.id, None, None), ALL).await, of(&[3]));
}

async fn everything_between_two_entries_is_exported_oldest_first(store: TestStore) {
    let (ours, theirs) = (settle(&store).await, elsewhere(&store).await);
    let events = [event(Some(&ours), "a", 1), event(None, "b", 2), event(Some(&theirs), "c", 3), event(Some(&ours), "d", 4)];
    for event in &events {
        store.record_event(event).await.unwrap();
    }
    let export = async |span, limit| store.export_events(span, limit).await.unwrap();
    assert_eq!(export((AuditEventId::START, AuditEventId::END), 9).await, events, "of everybody, and of nobody");
    assert_eq!(export((events[0].id, events[3].id), 9).await, events[1..3]);
    assert_eq!(export((events[0].id, AuditEventId::END), 2).await, events[1..3]);
}

async fn nobody_reads_the_log_of_another_organisation(store: TestStore) {
    let ours = settle(&store).await;
    let theirs = elsewhere(&store).await;
    store.record_event(&event(Some(&theirs), "a", 1)).await.unwrap();
    store.record_event(&event(None, "a", 2)).await.unwrap();
    for path in [AuditPath::All, AuditPath::Kind("a"), AuditPath::Account(theirs.id, None, None), AuditPath::Actor(theirs.id, None, None)] {
        assert_eq!(ids(&store, &ours, path, ALL).await, [], "{path:?}");
    }
}

pub(crate) async fn link_all(store: &Store, organisation: OrganisationId) -> usize {
    let mut tx = store.begin().await.unwrap();
    let end = tx.take_end_of_chain(organisation).await.unwrap();
    let events = tx.list_unlinked(organisation, AuditEventId::START, 9).await.unwrap();
    let mut length = end.length;
    for event in &events {
        length += 1;
        tx.add_link(organisation, length, event.id, &[7; 32]).await.unwrap();
    }
    tx.set_end_of_chain(organisation, ChainEnd { length, hash: [7; 32] }).await.unwrap();
    tx.commit().await.unwrap();
    events.len()
}

async fn events_get_their_links_once(store: TestStore) {
    let ours = settle(&store).await;
    let organisation = ours.organisation_id;
    let theirs = elsewhere(&store).await.organisation_id;
    for (account, seconds) in [(Some(&ours), 1), (None, 2), (Some(&ours), 3)] {
        store.record_event(&event(account, "a", seconds)).await.unwrap();
    }
    assert!(store.first_unlinked(organisation, AuditEventId::END).await.unwrap().is_some());
    assert_eq!([link_all(&store, organisation).await, link_all(&store, organisation).await], [2, 0]);
    assert_eq!([link_all(&store, OrganisationId::NONE).await, link_all(&store, theirs).await], [1, 0]);
    assert_eq!(store.first_unlinked(organisation, AuditEventId::END).await.unwrap(), None);
    let links = store.list_links(organisation, 0, 9).await.unwrap();
    assert_eq!(links.iter().map(|link| link.position).collect::<Vec<_>>(), [1, 2]);
    assert!(links.iter().all(|link| link.event.as_ref().is_some_and(|event| event.id == link.event_id)));
    assert_eq!(store.list_links(organisation, 1, 9).await.unwrap().len(), 1);
    assert_eq!(store.find_end_of_chain(organisation).await.unwrap(), Some(ChainEnd { length: 2, hash: [7; 32] }));
}

async fn of_those_who_add_to_a_chain_at_once_each_adds_its_own(store: TestStore) {
    let ours = settle(&store).await;
    for seconds in 1..5 {
        store.record_event(&event(Some(&ours), "a", seconds)).await.unwrap();
    }
    let organisation = ours.organisation_id;
    let results = race(&store, |store: Store, _| async move { link_all(&store, organisation).await == 4 }).await;
    assert_eq!(winners(&results), 1, "and the others find nothing left");
    assert_eq!(store.list_links(organisation, 0, 9).await.unwrap().len(), 4);
}

async fn an_event_has_one_link(store: TestStore) {
    let ours = settle(&store).await;
    let organisation = ours.organisation_id;
    store.record_event(&event(Some(&ours), "a", 1)).await.unwrap();
    link_all(&store, organisation).await;
    let linked = store.list_links(organisation, 0, 1).await.unwrap();
    let mut tx = store.begin().await.unwrap();
    assert!(tx.add_link(organisation, 2, linked[0].event_id, &[8; 32]).await.is_err());
    drop(tx);
    assert_eq!(store.list_links(organisation, 0, 9).await.unwrap(), linked);
}
