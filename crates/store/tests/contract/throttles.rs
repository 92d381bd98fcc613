use countersign_domain::throttle::{DISABLED_AT, Hold, pause_seconds};
use countersign_domain::{Factor, Instant};
use countersign_store::{Charge, Store, ThrottleKey};

use crate::fixture::{TestStore, at, one, race};

const UNKNOWN: ThrottleKey = ThrottleKey { subject: [1; 32], factor: Factor::Password, device: [0; 32], account_id: None };
const KNOWN: ThrottleKey = ThrottleKey { device: [7; 32], ..UNKNOWN };

crate::on_both![
    pauses_are_those_of_the_domain,
    those_who_race_get_no_more_attempts_than_one_by_one,
    browsers_and_factors_and_subjects_are_counted_apart,
    a_hundred_failures_switch_the_factor_off_for_every_browser,
    a_success_in_an_unknown_browser_forgives_only_the_unknown_ones,
    a_success_in_a_known_browser_forgives_passwords_and_keeps_the_pauses_of_others,
    a_success_in_a_known_browser_forgives_no_second_step_elsewhere,
    unlocking_forgets_everything_about_a_subject,
    old_counters_are_purged_but_never_a_factor_that_is_switched_off,
];

/// Charges until the factor is held for good or the number is reached, waiting out each pause.
async fn fail(store: &Store, key: &ThrottleKey, times: i64) -> Instant {
    let mut now = at(0);
    let mut failures = 0;
    while failures < times {
        match store.charge_attempt(key, now).await.unwrap() {
            Charge::Allowed { .. } => failures += 1,
            Charge::Paused { until, .. } => now = until,
            Charge::Disabled => break,
        }
    }
    now
}

async fn pauses_are_those_of_the_domain(store: TestStore) {
    assert_eq!(store.find_hold(&UNKNOWN, at(0)).await.unwrap(), None);
    let mut now = at(0);
    for failures in 1..=12 {
        assert_eq!(store.charge_attempt(&UNKNOWN, now).await.unwrap(), Charge::Allowed { failures });
        let Some(seconds) = pause_seconds(failures) else {
            assert_eq!(store.find_hold(&UNKNOWN, now).await.unwrap(), None);
            continue;
        };
        let until = now.plus_seconds(seconds);
        assert_eq!(store.find_hold(&UNKNOWN, now).await.unwrap(), Some(Hold::Paused { until, failures }));
        let too_early = Instant::from_micros(until.as_micros() - 1);
        assert_eq!(store.charge_attempt(&UNKNOWN, too_early).await.unwrap(), Charge::Paused { until, failures });
        assert_eq!(store.find_hold(&UNKNOWN, until).await.unwrap(), None);
        now = until;
    }
}

async fn those_who_race_get_no_more_attempts_than_one_by_one(store: TestStore) {
    let guess = |store: Store, _| async move {
        let mut allowed = 0;
        for _ in 0..10 {
            allowed += u32::from(matches!(store.charge_attempt(&UNKNOWN, at(0)).await.unwrap(), Charge::Allowed { .. }));
        }
        allowed
    };
    assert_eq!(race(&store, guess).await.iter().sum::<u32>(), 5);
}

async fn browsers_and_factors_and_subjects_are_counted_apart(store: TestStore) {
    fail(&store, &UNKNOWN, 5).await;
    assert!(store.find_hold(&UNKNOWN, at(0)).await.unwrap().is_some());
    let other_factor = ThrottleKey { factor: Factor::BackupCode, ..UNKNOWN };
    let other_subject = ThrottleKey { subject: [2; 32], ..UNKNOWN };
    for key in [KNOWN, other_factor, other_subject] {
        assert_eq!(store.find_hold(&key, at(0)).await.unwrap(), None);
        assert_eq!(store.charge_attempt(&key, at(0)).await.unwrap(), Charge::Allowed { failures: 1 });
    }
}

async fn a_hundred_failures_switch_the_factor_off_for_every_browser(store: TestStore) {
    fail(&store, &UNKNOWN, 60).await;
    let now = fail(&store, &KNOWN, 1000).await;
    for key in [UNKNOWN, KNOWN, ThrottleKey { device: [8; 32], ..UNKNOWN }] {
        assert_eq!(store.charge_attempt(&key, now.plus_seconds(1_000_000)).await.unwrap(), Charge::Disabled);
        assert_eq!(store.find_hold(&key, now).await.unwrap(), Some(Hold::Disabled));
    }
    // The hundred and first was never allowed.
    assert_eq!(one!(store, unlock(&UNKNOWN.subject)), 2);
    fail(&store, &UNKNOWN, DISABLED_AT - 1).await;
    assert_ne!(store.find_hold(&UNKNOWN, at(0)).await.unwrap(), Some(Hold::Disabled));
    fail(&store, &KNOWN, 1).await;
    assert_eq!(store.find_hold(&UNKNOWN, at(0)).await.unwrap(), Some(Hold::Disabled));
}

async fn a_success_in_an_unknown_browser_forgives_only_the_unknown_ones(store: TestStore) {
    fail(&store, &UNKNOWN, 4).await;
    fail(&store, &KNOWN, 4).await;
    one!(store, clear_attempts(&UNKNOWN));
    assert_eq!(store.charge_attempt(&UNKNOWN, at(0)).await.unwrap(), Charge::Allowed { failures: 1 });
    assert_eq!(store.charge_attempt(&KNOWN, at(0)).await.unwrap(), Charge::Allowed { failures: 5 });
}

async fn a_success_in_a_known_browser_forgives_no_second_step_elsewhere(store: TestStore) {
    let elsewhere = ThrottleKey { factor: Factor::AuthenticatorApp, ..UNKNOWN };
    let known = ThrottleKey { factor: Factor::AuthenticatorApp, ..KNOWN };
    fail(&store, &elsewhere, 4).await;
    fail(&store, &known, 4).await;
    one!(store, clear_attempts(&known));
    assert_eq!(store.charge_attempt(&elsewhere, at(0)).await.unwrap(), Charge::Allowed { failures: 5 });
    assert_eq!(store.charge_attempt(&known, at(0)).await.unwrap(), Charge::Allowed { failures: 1 });
}

async fn a_success_in_a_known_browser_forgives_passwords_and_keeps_the_pauses_of_others(store: TestStore) {
    fail(&store, &UNKNOWN, 5).await;
    fail(&store, &KNOWN, 5).await;
    one!(store, clear_attempts(&KNOWN));
    assert_eq!(store.find_hold(&KNOWN, at(0)).await.unwrap(), None);
    assert_eq!(store.find_hold(&UNKNOWN, at(0)).await.unwrap(), Some(Hold::Paused { until: at(30), failures: 0 }));
    assert_eq!(store.charge_attempt(&UNKNOWN, at(30)).await.unwrap(), Charge::Allowed { failures: 1 });
}

async fn unlocking_forgets_everything_about_a_subject(store: TestStore) {
    let other = ThrottleKey { subject: [2; 32], ..UNKNOWN };
    for key in [UNKNOWN, KNOWN, ThrottleKey { factor: Factor::BackupCode, ..UNKNOWN }, other] {
        fail(&store, &key, 5).await;
    }
    assert_eq!(one!(store, unlock(&UNKNOWN.subject)), 3);
    assert_eq!(store.find_hold(&UNKNOWN, at(0)).await.unwrap(), None);
    assert!(store.find_hold(&other, at(0)).await.unwrap().is_some());
}

async fn old_counters_are_purged_but_never_a_factor_that_is_switched_off(store: TestStore) {
    let other = ThrottleKey { subject: [2; 32], ..UNKNOWN };
    fail(&store, &other, 3).await;
    let now = fail(&store, &UNKNOWN, DISABLED_AT).await;
    assert_eq!(one!(store, purge_throttles(at(0))), 0);
    assert_eq!(one!(store, purge_throttles(now.plus_seconds(1))), 1);
    assert_eq!(store.find_hold(&UNKNOWN, now).await.unwrap(), Some(Hold::Disabled));
    assert_eq!(store.charge_attempt(&other, now).await.unwrap(), Charge::Allowed { failures: 1 });
}
