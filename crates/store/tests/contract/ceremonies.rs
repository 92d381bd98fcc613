use countersign_store::{Ceremony, CeremonyId, Store};
use serde_json::json;

use crate::fixture::{TestStore, at, race, unique};

crate::on_both![
    a_challenge_is_taken_once_by_its_bearer_for_its_purpose,
    of_those_who_race_for_a_challenge_exactly_one_gets_it,
    a_challenge_that_has_expired_is_gone_and_forgotten,
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
    store.create_ceremony(&kept, at(0)).await.unwrap();
    store.create_ceremony(&ceremony(), at(0)).await.unwrap();
    assert_eq!(store.consume_ceremony(kept.id, &[2; 32], kept.purpose, at(1)).await.unwrap(), None);
    assert_eq!(store.consume_ceremony(kept.id, &[1; 32], "connect", at(1)).await.unwrap(), None);
    assert_eq!(store.consume_ceremony(kept.id, &[1; 32], kept.purpose, at(1)).await.unwrap(), Some(kept.state.clone()));
    assert_eq!(store.consume_ceremony(kept.id, &[1; 32], kept.purpose, at(1)).await.unwrap(), None);
}

async fn of_those_who_race_for_a_challenge_exactly_one_gets_it(store: TestStore) {
    let kept = ceremony();
    store.create_ceremony(&kept, at(0)).await.unwrap();
    let id = kept.id;
    let take = |store: Store, _| async move { store.consume_ceremony(id, &[1; 32], "second-step", at(1)).await.unwrap() };
    assert_eq!(race(&store, take).await.into_iter().flatten().count(), 1);
}

async fn a_challenge_that_has_expired_is_gone_and_forgotten(store: TestStore) {
    let kept = ceremony();
    store.create_ceremony(&kept, at(0)).await.unwrap();
    assert_eq!(store.consume_ceremony(kept.id, &[1; 32], kept.purpose, at(300)).await.unwrap(), None);
    // Whoever begins another one sweeps.
    store.create_ceremony(&Ceremony { expires_at: at(900), ..ceremony() }, at(600)).await.unwrap();
    assert_eq!(store.consume_ceremony(kept.id, &[1; 32], kept.purpose, at(1)).await.unwrap(), None);
    assert_eq!(store.purge_ceremonies(at(900)).await.unwrap(), 1);
}
