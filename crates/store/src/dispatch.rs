//! One statement, two databases: the macros that every noun is written with.

/// The executor of either database: a pool for a read, a connection for a statement of a `Tx`.
pub(crate) enum Lane<S, P> {
    Sqlite(S),
    Postgres(P),
}

/// Runs one statement on whichever database `$on` (a `Store` or a `Tx`) stands for:
/// `run!(self, execute(SQL, id))` answers with the number of rows changed,
/// `run!(self, fetch_optional::<Row>(SQL, id))` with rows.
///
/// A macro, because the two arms differ in types that no function can be generic over without
/// repeating a page of bounds.
macro_rules! run {
    ($on:expr, execute($sql:expr $(, $bind:expr)* $(,)?)) => {
        match $on.lane() {
            $crate::dispatch::Lane::Sqlite(on) => sqlx::query($sql)$(.bind($bind))*.execute(on).await.map(|done| done.rows_affected()),
            $crate::dispatch::Lane::Postgres(on) => sqlx::query($sql)$(.bind($bind))*.execute(on).await.map(|done| done.rows_affected()),
        }
        .map_err($crate::StoreError::from)
    };
    ($on:expr, $fetch:ident::<$row:ty>($sql:expr $(, $bind:expr)*; each $list:expr)) => {
        match $on.lane() {
            $crate::dispatch::Lane::Sqlite(on) => {
                $list.fold(sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, |query, one| query.bind(&one[..])).$fetch(on).await
            }
            $crate::dispatch::Lane::Postgres(on) => {
                $list.fold(sqlx::query_as::<_, $row>($sql)$(.bind($bind))*, |query, one| query.bind(&one[..])).$fetch(on).await
            }
        }
        .map_err($crate::StoreError::from)
    };
    ($on:expr, $fetch:ident::<$row:ty>($sql:expr $(, $bind:expr)* $(,)?)) => {
        match $on.lane() {
            $crate::dispatch::Lane::Sqlite(on) => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.$fetch(on).await,
            $crate::dispatch::Lane::Postgres(on) => sqlx::query_as::<_, $row>($sql)$(.bind($bind))*.$fetch(on).await,
        }
        .map_err($crate::StoreError::from)
    };
}

/// Names the statements of a noun, and lists them, so that a test can prepare each one on both
/// databases. SQL written anywhere else would escape that test.
macro_rules! sql {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)+) => {
        $($(#[$doc])* const $name: &str = $text;)+

        /// Every statement above, by name.
        #[cfg(feature = "testing")]
        pub(crate) const STATEMENTS: &[(&str, &str)] = &[$((concat!(module_path!(), "::", stringify!($name)), $name)),+];
    };
}

pub(crate) use {run, sql};
