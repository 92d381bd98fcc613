use countersign_domain::{Instant, Policy, TrustDays};
use countersign_store::{Account, AccountId, SeenFrom, Store, TrustedBrowserId};

use crate::fixture::{TestStore, at, elsewhere, neighbour, one, race, settle, unique, winners};

const DESK: SeenFrom<'static> = SeenFrom { browser: "Firefox on Linux", address: "192.0.2.7" };
const HOME: SeenFrom<'static> = SeenFrom { browser: "Chrome on Mac", address: "192.0.2.8" };
const DAY: i64 = 24 * 60 * 60;

crate::on_both![
    each_use_replaces_the_token_and_ends_by_time,
    of_those_who_race_with_one_token_exactly_one_is_trusted,
    any_other_token_ends_the_trust_but_not_the_last_one_at_once,
    another_account_has_no_use_of_it,
    nobody_ends_the_trust_of_another,
    only_the_ten_last_used_stay,
    an_organisation_limits_the_trust_of_its_own_people,
    what_was_trusted_for_longer_is_trusted_as_long_as_is_allowed_now,
    trust_ends_and_never_before_it_begins,
];

/// Somebody whose organisation lets a browser be trusted for so many days.
async fn trusting(store: &Store, days: i64) -> Account {
    let account = settle(store).await;
    allow_trust(store, &account, days).await;
    account
}

async fn allow_trust(store: &Store, account: &Account, days: i64) {
    let organisation = store.find_organisation(account.organisation_id).await.unwrap().unwrap();
    let policy = Policy { trust: TrustDays::new(days).unwrap(), ..organisation.policy };
    assert!(one!(store, set_policy(organisation.id, organisation.policy_changes, policy, None)));
}

async fn trust(store: &Store, account: AccountId, token: u8, (from, until): (Instant, Instant)) -> TrustedBrowserId {
    let id = TrustedBrowserId::from_random(from, unique());
    one!(store, trust_browser(id, account, &[token; 32], DESK, (from, until)));
    id
}

async fn tokens(store: &Store, account: AccountId, now: Instant) -> Vec<u8> {
    store.list_trusted_browsers(account, now).await.unwrap().iter().map(|trusted| trusted.token_hash[0]).collect()
}

async fn each_use_replaces_the_token_and_ends_by_time(store: TestStore) {
    let account = trusting(&store, 30).await.id;
    let id = trust(&store, account, 1, (at(0), at(100))).await;
    assert_eq!(one!(store, use_trusted_browser((id, account), &[1; 32], &[2; 32], at(50), HOME)), Some(at(100)));
    let listed = store.list_trusted_browsers(account, at(99)).await.unwrap();
    assert_eq!(listed.len(), 1);
    let trusted = listed.first().unwrap();
    assert_eq!((trusted.id, &trusted.token_hash[..]), (id, &[2; 32][..]));
    assert_eq!((trusted.browser.as_str(), trusted.address.as_str()), (HOME.browser, HOME.address));
    assert_eq!((trusted.created_at, trusted.used_at, trusted.expires_at), (at(0), at(50), at(100)));
    assert_eq!(one!(store, use_trusted_browser((id, account), &[1; 32], &[3; 32], at(60), HOME)), None);
    assert_eq!(one!(store, use_trusted_browser((id, account), &[2; 32], &[3; 32], at(100), HOME)), None);
    assert!(tokens(&store, account, at(100)).await.is_empty());
}

async fn of_those_who_race_with_one_token_exactly_one_is_trusted(store: TestStore) {
    let account = trusting(&store, 30).await.id;
    let id = trust(&store, account, 1, (at(0), at(100))).await;
    let come = move |store: Store, number: u8| async move {
        one!(store, use_trusted_browser((id, account), &[1; 32], &[number + 10; 32], at(1), HOME)).is_some()
    };
    assert_eq!(winners(&race(&store, come).await), 1);
}

async fn any_other_token_ends_the_trust_but_not_the_last_one_at_once(store: TestStore) {
    let account = trusting(&store, 30).await.id;
    let end = async |id, token: u8, replaced_by| one!(store, end_copied_browser((id, account), &[token; 32], replaced_by, at(200)));
    let id = trust(&store, account, 1, (at(0), at(1_000))).await;
    assert!(!end(id, 1, at(100)).await, "it is the good one");
    one!(store, use_trusted_browser((id, account), &[1; 32], &[2; 32], at(50), HOME));
    assert!(!end(id, 1, at(49)).await, "it may be one press too many");
    assert!(end(id, 1, at(50)).await);
    assert_eq!(one!(store, use_trusted_browser((id, account), &[2; 32], &[3; 32], at(111), HOME)), None);
    // Whoever had a copy and used it twice has left no trace of the first token.
    let id = trust(&store, account, 1, (at(0), at(1_000))).await;
    one!(store, use_trusted_browser((id, account), &[1; 32], &[2; 32], at(50), HOME));
    one!(store, use_trusted_browser((id, account), &[2; 32], &[3; 32], at(51), HOME));
    assert!(end(id, 1, at(0)).await);
    assert!(tokens(&store, account, at(60)).await.is_empty());
}

async fn another_account_has_no_use_of_it(store: TestStore) {
    let account = trusting(&store, 30).await;
    let other = neighbour(&store, &account).await.id;
    let id = trust(&store, account.id, 1, (at(0), at(1_000))).await;
    assert_eq!(one!(store, use_trusted_browser((id, other), &[1; 32], &[2; 32], at(50), HOME)), None);
    assert!(!one!(store, end_copied_browser((id, other), &[9; 32], at(50), at(110))));
    assert_eq!(tokens(&store, account.id, at(51)).await, [1]);
}

async fn nobody_ends_the_trust_of_another(store: TestStore) {
    let account = trusting(&store, 30).await;
    let other = neighbour(&store, &account).await.id;
    let first = trust(&store, account.id, 1, (at(1), at(1_000))).await;
    trust(&store, account.id, 2, (at(2), at(1_000))).await;
    let theirs = trust(&store, other, 3, (at(3), at(1_000))).await;
    assert!(!one!(store, end_trusted_browser(first, other)));
    assert_eq!(tokens(&store, account.id, at(5)).await, [2, 1]);
    assert!(one!(store, end_trusted_browser(first, account.id)));
    assert!(!one!(store, end_trusted_browser(first, account.id)));
    assert_eq!(one!(store, end_trusted_browsers_of(account.id, Some(&[2; 32]))), 0);
    assert_eq!(one!(store, end_trusted_browsers_of(account.id, None)), 1);
    assert_eq!(tokens(&store, other, at(5)).await, [3]);
    assert_eq!(one!(store, end_trusted_browser_here(theirs)), Some(other));
    assert_eq!(one!(store, end_trusted_browser_here(theirs)), None);
}

async fn only_the_ten_last_used_stay(store: TestStore) {
    let account = trusting(&store, 30).await;
    let other = neighbour(&store, &account).await.id;
    trust(&store, other, 200, (at(0), at(1_000))).await;
    let first = trust(&store, account.id, 1, (at(1), at(1_000))).await;
    for token in 2..=10 {
        trust(&store, account.id, token, (at(token.into()), at(1_000))).await;
    }
    // The first is no longer the one longest unused.
    one!(store, use_trusted_browser((first, account.id), &[1; 32], &[101; 32], at(50), HOME));
    trust(&store, account.id, 11, (at(60), at(1_000))).await;
    assert_eq!(tokens(&store, account.id, at(61)).await, [11, 101, 10, 9, 8, 7, 6, 5, 4, 3]);
    assert_eq!(tokens(&store, other, at(61)).await, [200]);
}

async fn an_organisation_limits_the_trust_of_its_own_people(store: TestStore) {
    let account = trusting(&store, 30).await;
    let other = elsewhere(&store).await;
    allow_trust(&store, &other, 30).await;
    for (id, token) in [(account.id, 1), (other.id, 2)] {
        trust(&store, id, token, (at(0), at(30 * DAY))).await;
    }
    trust(&store, account.id, 3, (at(0), at(DAY))).await;
    let organisation = account.organisation_id;
    assert_eq!(store.count_trusted_browsers(organisation, at(1)).await.unwrap(), 2);
    one!(store, limit_trust(organisation, TrustDays::new(7).unwrap()));
    let until = async |id| store.list_trusted_browsers(id, at(1)).await.unwrap().iter().map(|trusted| trusted.expires_at).max();
    assert_eq!((until(account.id).await, until(other.id).await), (Some(at(7 * DAY)), Some(at(30 * DAY))));
    assert_eq!(tokens(&store, account.id, at(2 * DAY)).await, [1], "what ended sooner still does");
    one!(store, limit_trust(organisation, TrustDays::NEVER));
    assert_eq!(store.count_trusted_browsers(organisation, at(1)).await.unwrap(), 0);
    assert_eq!(store.count_trusted_browsers(other.organisation_id, at(1)).await.unwrap(), 1);
    assert_eq!(one!(store, end_all_trusted_browsers()), 1);
}

async fn what_was_trusted_for_longer_is_trusted_as_long_as_is_allowed_now(store: TestStore) {
    let account = trusting(&store, 1).await;
    // As when the policy was saved at the same instant.
    let id = trust(&store, account.id, 1, (at(0), at(30 * DAY))).await;
    let come = async |now| one!(store, use_trusted_browser((id, account.id), &[1; 32], &[1; 32], now, HOME));
    assert!(come(at(DAY - 1)).await.is_some());
    assert_eq!((come(at(DAY)).await, tokens(&store, account.id, at(DAY)).await), (None, Vec::new()));
    allow_trust(&store, &account, 0).await;
    assert_eq!(come(at(1)).await, None);
}

async fn trust_ends_and_never_before_it_begins(store: TestStore) {
    let account = trusting(&store, 30).await.id;
    trust(&store, account, 1, (at(0), at(10))).await;
    trust(&store, account, 2, (at(0), at(20))).await;
    assert_eq!(one!(store, purge_trusted_browsers(at(10))), 1);
    assert_eq!(tokens(&store, account, at(5)).await, [2]);
    let id = TrustedBrowserId::from_random(at(0), unique());
    let mut tx = store.begin().await.unwrap();
    assert!(tx.trust_browser(id, account, &[4; 32], DESK, (at(5), at(5))).await.is_err());
}
