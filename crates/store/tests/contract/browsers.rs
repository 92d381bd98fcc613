use crate::fixture::{TestStore, at, neighbour, one, settle};

crate::on_both![a_browser_is_known_to_the_one_who_signed_in_with_it];

async fn a_browser_is_known_to_the_one_who_signed_in_with_it(store: TestStore) {
    let account = settle(&store).await;
    let other = neighbour(&store, &account).await;
    assert!(!store.is_known_browser(account.id, &[1; 32]).await.unwrap());
    one!(store, remember_browser(account.id, &[1; 32], at(0)));
    one!(store, remember_browser(account.id, &[1; 32], at(1)));
    one!(store, remember_browser(account.id, &[2; 32], at(1)));
    assert!(store.is_known_browser(account.id, &[1; 32]).await.unwrap());
    assert!(!store.is_known_browser(other.id, &[1; 32]).await.unwrap());
    assert!(one!(store, knows_browser(account.id, &[1; 32])));
    assert!(!one!(store, knows_browser(other.id, &[1; 32])));
    assert!(one!(store, is_browser_of_anybody(&[2; 32])));
    assert!(!one!(store, is_browser_of_anybody(&[3; 32])));
    assert_eq!(one!(store, forget_browsers(account.id)), 2);
    assert!(!store.is_known_browser(account.id, &[1; 32]).await.unwrap());
}
