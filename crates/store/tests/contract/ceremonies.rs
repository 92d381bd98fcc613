use countersign_store::{Ceremony, CeremonyId, Store};
use serde_json::json;

use crate::fixture::{TestStore, at, race, unique};

crate::on_both![
    a_challenge_is_taken_once_by_its_bearer_for_its_purpose,
    of_those_who_race_for_a_challenge_exactly_one_gets_it,
    a_challenge_that_has_expired_is_gone_and_forgotten,
    one_who_asks_on_and_on_keeps_the_latest_five,
    of_those_who_spend_one_challenge_exactly_one_does,
];

fn ceremony() -> Ceremony {
    Ceremony {
        id: CeremonyId::from_random(at(0), unique()),
        bound_to: [1; 32],
        purpose: "second-step",
        state: json!({ "challenge": "x" }),
        expires_at: at(300),
    }
}

async fn a_challenge_is_taken_once_by_its_bearer_for_its_purpose(store: TestStore) {
    let kept = ceremony();
    store.create_ceremony(&kept).await.unwrap();
    store.create_ceremony(&ceremony()).await.unwrap();
    assert_eq!(store.consume_ceremony(kept.id, &[2; 32], kept.purpose, at(1)).await.unwrap(), None);
    assert_eq!(store.consume_ceremony(kept.id, &[1; 32], "connect", at(1)).await.unwrap(), None);
    assert_eq!(store.consume_ceremony(kept.id, &[1; 32], kept.purpose, at(1)).await.unwrap(), Some(kept.state.clone()));
    assert_eq!(store.consume_ceremony(kept.id, &[1; 32], kept.purpose, at(1)).await.unwrap(), None);
}

async fn of_those_who_race_for_a_challenge_exactly_one_gets_it(store: TestStore) {
    let kept = ceremony();
    store.create_ceremony(&kept).await.unwrap();
    let id = kept.id;
    let take = |store: Store, _| async move { store.consume_ceremony(id, &[1; 32], "second-step", at(1)).await.unwrap() };
    assert_eq!(race(&store, take).await.into_iter().flatten().count(), 1);
}

async fn a_challenge_that_has_expired_is_gone_and_forgotten(store: TestStore) {
    let kept = ceremony();
    store.create_ceremony(&kept).await.unwrap();
    assert_eq!(store.consume_ceremony(kept.id, &[1; 32], kept.purpose, at(300)).await.unwrap(), None);
    assert_eq!(store.purge_ceremonies(at(299)).await.unwrap(), 0);
    assert_eq!(store.purge_ceremonies(at(300)).await.unwrap(), 1);
    assert_eq!(store.consume_ceremony(kept.id, &[1; 32], kept.purpose, at(1)).await.unwrap(), None);
}

async fn one_who_asks_on_and_on_keeps_the_latest_five(store: TestStore) {
    let other = Ceremony { bound_to: [2; 32], ..ceremony() };
    store.create_ceremony(&other).await.unwrap();
    let all: Vec<_> = (0..12).map(|n| Ceremony { id: CeremonyId::from_random(at(n), unique()), ..ceremony() }).collect();
    for ceremony in &all {
        store.create_ceremony(ceremony).await.unwrap();
    }
    for (n, ceremony) in all.iter().enumerate() {
        let found = store.consume_ceremony(ceremony.id, &[1; 32], ceremony.purpose, at(20)).await.unwrap();
        assert_eq!(found.is_some(), n >= 7, "{n}");
    }
    assert!(store.consume_ceremony(other.id, &[2; 32], other.purpose, at(20)).await.unwrap().is_some());
}

async fn of_those_who_spend_one_challenge_exactly_one_does(store: TestStore) {
    let Ceremony { id, bound_to, purpose, expires_at, .. } = ceremony();
    let spend = |store: Store, _| async move {
        let mut tx = store.begin().await.unwrap();
        let is_first = tx.spend_ceremony(id, &bound_to, purpose, expires_at).await.unwrap();
        tx.commit().await.unwrap();
        is_first
    };
    assert_eq!(race(&store, spend).await.into_iter().filter(|is_first| *is_first).count(), 1);
}
