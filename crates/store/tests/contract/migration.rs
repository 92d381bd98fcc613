//! A database with people in it that an earlier version made comes along.

use sqlx::{Connection, Executor, PgConnection, SqliteConnection};

use countersign_store::testing::{PrivateCluster, TemporaryFolder, migrate_to};
use countersign_store::{KeyRing, MemberCursor, MemberFilter, Standing, Store};

/// An organisation that requires a second step and allows no emailed code, and three people: one with
/// a key, an app and emailed codes at an address that is theirs; one whose app isn't confirmed; one with
/// emailed codes at an address that may be anybody's.
const PEOPLE: &[&str] = &[
    "INSERT INTO organisations (id, name, requires_second_step, allows_emailed_code, created_at) VALUES (ID1, 'Plover', YES, NO, 5)",
    "INSERT INTO accounts (id, organisation_id, email, name, role, password_hash, created_at, email_confirmed_at) \
        VALUES (ID2, ID1, 'ada@example.com', 'Ada Lark', 'account-holder', 'x', 5, 6)",
    "INSERT INTO accounts (id, organisation_id, email, name, role, password_hash, created_at) VALUES (ID3, ID1, 'bea@example.com', 'Żora Bea', 'agent', 'x', 5)",
    "INSERT INTO accounts (id, organisation_id, email, name, role, password_hash, created_at) VALUES (ID4, ID1, 'cleo@example.com', 'Cleo', 'agent', 'x', 5)",
    "INSERT INTO credentials (id, account_id, kind, credential_id, name, public_key, backup_eligible, counter, created_at) \
        VALUES (ID5, ID2, 'security-key', ID5, 'Desk key', '{}', NO, 0, 5)",
    "INSERT INTO authenticator_apps (id, account_id, begun_in, name, seed, created_at, confirmed_at) VALUES (ID6, ID2, ID6, 'App', ID6, 5, 6)",
    "INSERT INTO authenticator_apps (id, account_id, begun_in, name, seed, created_at) VALUES (ID7, ID3, ID7, 'App', ID7, 5)",
    "INSERT INTO emailed_code_methods (id, account_id, created_at) VALUES (ID8, ID2, 5)",
    "INSERT INTO emailed_code_methods (id, account_id, created_at) VALUES (ID9, ID4, 5)",
];

/// A statement with its ids and flags as one database writes them.
fn written(sql: &str, id: impl Fn(u8, bool) -> String, yes: &str, no: &str) -> String {
    let mut sql = sql.replace("YES", yes).replace("NO,", &format!("{no},"));
    for number in 1..=9 {
        // What isn't an id of ours is bytes.
        for bytes in [format!("'security-key', ID{number}"), format!("'App', ID{number}")] {
            let kept = bytes.split("ID").next().unwrap_or_default().to_owned();
            sql = sql.replace(&bytes, &format!("{kept}{}", id(number, true)));
        }
        sql = sql.replace(&format!("ID{number}"), &id(number, false));
    }
    sql
}

async fn check(store: &Store) {
    let organisation = store.find_only_organisation().await.unwrap().unwrap();
    assert_eq!(organisation.name.as_str(), "Plover");
    assert_eq!(organisation.policy.required_from.unwrap().as_micros(), 5);
    assert_eq!(organisation.policy.methods.bits(), 7);
    let mut found = Vec::new();
    for email in ["ada@example.com", "bea@example.com", "cleo@example.com"] {
        let account = store.find_account_by_email(&countersign_domain::Email::parse(email).unwrap()).await.unwrap().unwrap();
        found.push((account.methods.bits(), account.disabled_at, account.team_id));
    }
    assert_eq!(found, [(13, None, None), (0, None, None), (0, None, None)]);
    // Names sort as names that are written today do, whatever the database makes of capitals.
    let found = MemberFilter { text: Some("żora".to_owned()), ..MemberFilter::default() };
    let listed = store.list_members(organisation.id, Standing::NotSetUp, &found, &MemberCursor::first(), 10).await.unwrap();
    assert_eq!(listed.len(), 1);
    let counts = store.count_by_team(organisation.id).await.unwrap();
    assert_eq!((counts[0].people, counts[0].set_up), (3, 1));
    assert_eq!(store.count_accounts().await.unwrap(), 3, "nobody went with the table that was made anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_sqlite_database_comes_along() {
    let folder = TemporaryFolder::create();
    let url = folder.sqlite_url();
    let store = Store::connect(&url, std::sync::Arc::new(KeyRing::generate().unwrap())).await.unwrap();
    migrate_to(&store, 4).await.unwrap();
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    for sql in PEOPLE {
        let sql = written(sql, |number, _| format!("X'{}'", format!("{number:02x}").repeat(16)), "1", "0");
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
    connection.close().await.unwrap();
    store.migrate().await.unwrap();
    check(&store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_earlier_postgres_database_comes_along() {
    let url = PrivateCluster::shared().fresh_database_url().await;
    let store = Store::connect(&url, std::sync::Arc::new(KeyRing::generate().unwrap())).await.unwrap();
    migrate_to(&store, 4).await.unwrap();
    let mut connection = PgConnection::connect(&url).await.unwrap();
    for sql in PEOPLE {
        let id = |number: u8, is_bytes: bool| {
            let hex = format!("{number:02x}").repeat(16);
            if is_bytes { format!("'\\x{hex}'::bytea") } else { format!("'{hex}'") }
        };
        let sql = written(sql, id, "TRUE", "FALSE");
        connection.execute(sqlx::AssertSqlSafe(sql)).await.unwrap();
    }
    connection.close().await.unwrap();
    store.migrate().await.unwrap();
    check(&store).await;
}
