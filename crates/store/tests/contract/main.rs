//! The contract of the store: each test runs on SQLite and on PostgreSQL, in a database of its own.
#![expect(clippy::doc_markdown, reason = "SQLite and PostgreSQL are names, not code")]
#![expect(clippy::unwrap_used, reason = "a test fails where its expectation isn't met")]

mod access_codes;
mod accounts;
mod audit_events;
mod audit_log;
mod authenticator_apps;
mod backup_codes;
mod browsers;
mod ceremonies;
mod connection;
mod credentials;
mod email_domains;
mod emailed_codes;
mod federated_identities;
mod fixture;
mod identity_providers;
mod installation;
mod invitations;
mod links;
mod mail_records;
mod mails;
mod members;
mod migration;
mod organisations;
mod parity;
mod passes;
mod recovery_keys;
mod reminders;
mod reseal;
mod second_steps;
mod sessions;
mod teams;
mod throttles;
mod trusted_browsers;

/// Stamps tests for both databases: `on_both![a_test, another_test];` makes `sqlite::a_test`,
/// `postgres::a_test` and so on.
macro_rules! on_both {
    ($($test:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::fixture::TestStore::sqlite().await).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test($crate::fixture::TestStore::postgres().await).await;
            })+
        }
    };
}
pub(crate) use on_both;
