//! Both databases have the same tables and columns, and understand every statement.

use std::collections::BTreeSet;

use countersign_store::testing::statements;
use sqlx::{Connection, Executor, PgConnection, SqlSafeStr, SqliteConnection};

use crate::fixture::TestStore;

const SQLITE_COLUMNS: &str = "SELECT tables.name, columns.name, columns.type, columns.\"notnull\" = 0 \
    FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns \
    WHERE tables.type = 'table' AND tables.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND tables.name NOT LIKE 'sqlite%'";
const POSTGRES_COLUMNS: &str = "SELECT CAST(table_name AS TEXT), CAST(column_name AS TEXT), CAST(data_type AS TEXT), is_nullable = 'YES' \
    FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%'";

type Column = (String, String, String, bool);

#[tokio::test]
async fn sqlite_understands_every_statement() {
    let store = TestStore::sqlite().await;
    let mut connection = SqliteConnection::connect(&store.url).await.unwrap();
    for (name, sql) in statements() {
        let prepared = connection.prepare(sql.into_sql_str()).await;
        assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
    }
}

#[tokio::test]
async fn postgres_understands_every_statement() {
    let store = TestStore::postgres().await;
    let mut connection = PgConnection::connect(&store.url).await.unwrap();
    for (name, sql) in statements() {
        let prepared = connection.prepare(sql.into_sql_str()).await;
        assert!(prepared.is_ok(), "{name}: {:?}", prepared.err());
    }
}

#[tokio::test]
async fn both_databases_have_the_same_tables_and_columns() {
    let sqlite = TestStore::sqlite().await;
    let mut connection = SqliteConnection::connect(&sqlite.url).await.unwrap();
    let in_sqlite: Vec<Column> = sqlx::query_as(SQLITE_COLUMNS).fetch_all(&mut connection).await.unwrap();
    let postgres = TestStore::postgres().await;
    let mut connection = PgConnection::connect(&postgres.url).await.unwrap();
    let in_postgres: Vec<Column> = sqlx::query_as(POSTGRES_COLUMNS).fetch_all(&mut connection).await.unwrap();

    // SQLite has fewer types: what is told apart on one side may be the same on the other.
    let in_postgres: BTreeSet<_> = in_postgres
        .into_iter()
        .map(|(table, column, kind, is_nullable)| {
            let kind = match kind.as_str() {
                "bigint" | "boolean" => "INTEGER",
                "bytea" | "uuid" => "BLOB",
                "text" => "TEXT",
                other => other,
            };
            (table, column, kind.to_owned(), is_nullable)
        })
        .collect();
    assert!(in_sqlite.len() > 50);
    assert_eq!(in_sqlite.into_iter().collect::<BTreeSet<_>>(), in_postgres);
}

#[test]
fn the_migrations_have_the_same_names() {
    let names = |folder: &str| -> BTreeSet<_> {
        let folder = format!("{}/../../migrations/{folder}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
}

#[test]
fn every_statement_is_named_where_it_can_be_prepared() {
    let folder = format!("{}/src", env!("CARGO_MANIFEST_DIR"));
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let source = std::fs::read_to_string(&path).unwrap();
        let is_dispatch = path.ends_with("dispatch.rs");
        assert!(is_dispatch || !source.contains("sqlx::query"), "{} runs SQL past dispatch.rs", path.display());
        if source.contains("\nsql! {") {
            let noun = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let module = if noun == "lib" { "countersign_store::".to_owned() } else { format!("countersign_store::{noun}::") };
            assert!(statements().iter().any(|(name, _)| name.starts_with(&module)), "{noun} isn't in testing::statements");
        }
    }
}
