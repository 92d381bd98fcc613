use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;

use countersign_store::testing::{PrivateCluster, TemporaryFolder};
use countersign_store::{DatabaseKind, KeyRing, Store};

use crate::fixture::{TestStore, session, settle};
use countersign_domain::Stage;

crate::on_both![migrating_again_changes_nothing, a_closed_store_answers_no_more, a_fault_shows_nothing_of_the_database];

fn keys() -> Arc<KeyRing> {
    Arc::new(KeyRing::generate().unwrap())
}

async fn migrating_again_changes_nothing(store: TestStore) {
    store.ping().await.unwrap();
    assert!(store.pending_migrations().await.unwrap().is_empty());
    store.migrate().await.unwrap();
}

async fn a_closed_store_answers_no_more(store: TestStore) {
    store.close().await;
    assert!(store.ping().await.is_err());
    assert!(store.begin().await.is_err());
}

async fn a_fault_shows_nothing_of_the_database(store: TestStore) {
    let account = settle(&store).await;
    let session = session(account.id, Stage::SignedIn);
    let mut tx = store.begin().await.unwrap();
    tx.create_session(&session, &[1; 32]).await.unwrap();
    let fault = tx.create_session(&session, &[1; 32]).await.unwrap_err();
    assert!(fault.is_unique_violation());
    assert_eq!(fault.to_string(), "the database couldn't carry out a statement");
    assert!(std::error::Error::source(&fault).is_some());
}

async fn empty_databases() -> (TemporaryFolder, [(String, DatabaseKind); 2]) {
    let folder = TemporaryFolder::create();
    let urls = [(folder.sqlite_url(), DatabaseKind::Sqlite), (PrivateCluster::shared().fresh_database_url().await, DatabaseKind::Postgres)];
    (folder, urls)
}

#[tokio::test]
async fn an_empty_database_is_told_from_a_migrated_one() {
    let (_folder, urls) = empty_databases().await;
    for (url, kind) in urls {
        let store = Store::connect(&url, keys()).await.unwrap();
        assert_eq!(store.kind(), kind);
        assert_eq!(
            store.pending_migrations().await.unwrap(),
            [
                "0001_initial",
                "0002_browsers_by_token",
                "0003_security_keys",
                "0004_mail",
                "0005_organisation",
                "0006_head_counts",
                "0007_invitations",
                "0008_help_requests",
                "0009_trusted_browsers",
                "0010_passes",
                "0011_single_sign_on"
            ]
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nodes_that_start_at_once_migrate_once() {
    let (_folder, urls) = empty_databases().await;
    for (url, _) in urls {
        let mut nodes = Vec::new();
        for _ in 0..4 {
            let node = Store::connect(&url, keys()).await.unwrap();
            nodes.push(tokio::spawn(async move { node.migrate().await }));
        }
        for node in nodes {
            node.await.unwrap().unwrap();
        }
    }
}

#[tokio::test]
async fn a_new_sqlite_file_and_its_log_are_for_their_owner_only() {
    let folder = TemporaryFolder::create();
    let file = folder.path().join("data/deep/countersign.db");
    let store = Store::connect(&format!("sqlite://{}", file.display()), keys()).await.unwrap();
    store.migrate().await.unwrap();
    for suffix in ["", "-wal", "-shm"] {
        let mode = std::fs::metadata(format!("{}{suffix}", file.display())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{suffix}");
    }
    store.close().await;
    assert!(!std::fs::exists(format!("{}-wal", file.display())).unwrap());
}

#[tokio::test]
async fn a_full_disk_is_a_fault_that_loses_nothing_and_passes() {
    let store = TestStore::sqlite().await;
    let account = settle(&store).await;
    store.limit_pages(Some(1)).await;
    let mut tx = store.begin().await.unwrap();
    let mut is_full = false;
    for number in 0..255 {
        let wide = countersign_store::Session { browser: "x".repeat(4000), ..session(account.id, Stage::SignedIn) };
        if tx.create_session(&wide, &[number; 32]).await.is_err() {
            is_full = true;
            break;
        }
    }
    assert!(is_full);
    drop(tx);
    // The writer isn't left in the transaction that the database ended by itself.
    for _ in 0..3 {
        assert!(store.begin().await.unwrap().record_sign_in(account.id, crate::fixture::at(1)).await.is_ok());
    }
    assert!(store.find_session(&[0; 32], crate::fixture::at(0)).await.unwrap().is_none());
    store.limit_pages(None).await;
    let mut tx = store.begin().await.unwrap();
    tx.create_session(&session(account.id, Stage::SignedIn), &[1; 32]).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn a_url_that_is_no_database_is_refused() {
    for url in ["", "mysql://localhost/x", "countersign.db", "sqlite::memory:", "sqlite://x?mode=memory"] {
        assert!(Store::connect(url, keys()).await.is_err(), "{url}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_a_fault_that_keeps_the_password() {
    let fault = Store::connect("postgres://wren:hunter2@127.0.0.1:1/countersign", keys()).await.unwrap_err();
    assert_eq!(fault.to_string(), "the database can't be reached");
    assert!(!format!("{fault:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_copy_has_everything_and_is_for_its_owner_alone() {
    let (folder, [(url, _), (postgres, _)]) = empty_databases().await;
    let keys = keys();
    let store = Store::connect(&url, Arc::clone(&keys)).await.unwrap();
    store.migrate().await.unwrap();
    let account = settle(&store).await;
    let file = folder.path().join("it's a copy.db");
    store.back_up(&file).await.unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let copy = Store::connect(&format!("sqlite://{}", file.display()), keys).await.unwrap();
    assert_eq!(copy.find_account(account.id).await.unwrap(), Some(account.clone()));
    copy.close().await;
    // What is there already stays.
    let before = std::fs::read(&file).unwrap();
    assert_eq!(store.back_up(&file).await.unwrap_err().to_string(), "the new file can't be written");
    assert_eq!(std::fs::read(&file).unwrap(), before);
    assert!(store.back_up(&folder.path().join("no such folder/copy.db")).await.is_err());
    // Others go on: nothing of it holds the database.
    assert!(store.find_account(account.id).await.unwrap().is_some());
    let other = Store::connect(&postgres, self::keys()).await.unwrap();
    assert_eq!(other.back_up(&folder.path().join("other.db")).await.unwrap_err().to_string(), "the database is PostgreSQL: use pg_dump");
}
