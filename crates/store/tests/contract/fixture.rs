//! A store to test, people to put into it, and races.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use countersign_domain::{
    Assurance, Email, Factor, FactorName, FirstSign, Instant, MethodSet, OrganisationName, PersonName, Policy, Role, Stage, TeamName,
};
use countersign_store::testing::{PrivateCluster, TemporaryFolder};
use countersign_store::{
    Account, AccountId, AppId, AuthenticatorApp, BackupCodeSetId, KeyRing, MailId, NewMail, Organisation, OrganisationId, RecoveryKeyId,
    Session, SessionId, Store, TeamId,
};
use tokio::sync::Barrier;
use zeroize::Zeroizing;

/// Runs one statement in a transaction of its own and answers with what it answered.
macro_rules! one {
    ($store:expr, $method:ident($($argument:expr),* $(,)?)) => {{
        let mut tx = $store.begin().await.unwrap();
        let answer = tx.$method($($argument),*).await.unwrap();
        tx.commit().await.unwrap();
        answer
    }};
}
pub(crate) use one;

/// How many race for what only one may have.
const RACERS: usize = 4;

/// A migrated, empty store.
pub(crate) struct TestStore {
    pub(crate) store: Store,
    pub(crate) url: String,
    _folder: Option<TemporaryFolder>,
}

impl TestStore {
    pub(crate) async fn sqlite() -> Self {
        let folder = TemporaryFolder::create();
        Self::open(folder.sqlite_url(), Some(folder)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::open(PrivateCluster::shared().fresh_database_url().await, None).await
    }

    async fn open(url: String, folder: Option<TemporaryFolder>) -> Self {
        let store = Store::connect(&url, Arc::new(KeyRing::generate().unwrap())).await.unwrap();
        store.migrate().await.unwrap();
        Self { store, url, _folder: folder }
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

pub(crate) fn copy(keys: &KeyRing) -> KeyRing {
    KeyRing::parse(&keys.to_toml()).unwrap()
}

/// A second node: its own connections to the same database, with the same keys.
pub(crate) async fn another_node(store: &TestStore) -> Store {
    Store::connect(&store.url, Arc::new(copy(store.keys()))).await.unwrap()
}

/// Runs a few copies of `attempt` at once, each with its own number, and answers with what each got.
pub(crate) async fn race<T, F>(store: &Store, attempt: impl Fn(Store, u8) -> F) -> Vec<T>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let start = Arc::new(Barrier::new(RACERS));
    let mut racers = Vec::new();
    for number in 1..=u8::try_from(RACERS).unwrap() {
        let attempt = attempt(store.clone(), number);
        let start = Arc::clone(&start);
        racers.push(tokio::spawn(async move {
            start.wait().await;
            attempt.await
        }));
    }
    let mut results = Vec::new();
    for racer in racers {
        results.push(racer.await.unwrap());
    }
    results
}

/// How many of those who raced won.
pub(crate) fn winners(results: &[bool]) -> usize {
    results.iter().filter(|won| **won).count()
}

/// A point in time, in seconds after the tests' beginning.
pub(crate) const fn at(seconds: i64) -> Instant {
    Instant::from_seconds(1_700_000_000 + seconds)
}

/// Bytes that no other id of this run has.
pub(crate) fn unique() -> [u8; 10] {
    static NUMBER: AtomicU32 = AtomicU32::new(1);
    let mut bytes = [0; 10];
    bytes[6..].copy_from_slice(&NUMBER.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    bytes
}

pub(crate) fn organisation() -> Organisation {
    Organisation {
        id: OrganisationId::from_random(at(0), unique()),
        name: OrganisationName::parse("Plover Calls").unwrap(),
        policy: Policy::OPEN,
        announced_at: None,
        policy_changes: 0,
        created_at: at(0),
    }
}

pub(crate) fn account(organisation_id: OrganisationId, email: &str) -> Account {
    Account {
        id: AccountId::from_random(at(0), unique()),
        organisation_id,
        email: Email::parse(email).unwrap(),
        name: PersonName::parse("Wren Halloway").unwrap(),
        role: Role::Agent,
        password_hash: "hash one".to_owned(),
        created_at: at(0),
        last_sign_in_at: None,
        email_confirmed_at: None,
        password_by_mail_at: None,
        team_id: None,
        methods: MethodSet::NONE,
        disabled_at: None,
    }
}

/// An organisation with one account.
pub(crate) async fn settle(store: &Store) -> Account {
    let organisation = organisation();
    let account = account(organisation.id, "wren@example.com");
    let mut tx = store.begin().await.unwrap();
    tx.create_organisation(&organisation).await.unwrap();
    assert!(tx.create_account(&account).await.unwrap());
    tx.commit().await.unwrap();
    account
}

/// A second account in the same organisation.
pub(crate) async fn neighbour(store: &Store, of: &Account) -> Account {
    let account = account(of.organisation_id, "robin@example.com");
    let mut tx = store.begin().await.unwrap();
    assert!(tx.create_account(&account).await.unwrap());
    tx.commit().await.unwrap();
    account
}

/// A session that expires at 1000 and was just seen.
pub(crate) fn session(account_id: AccountId, stage: Stage) -> Session {
    Session {
        id: SessionId::from_random(at(0), unique()),
        account_id,
        stage,
        assurance: Assurance::One,
        first_sign: FirstSign::Password,
        second_factor: None,
        password_at: at(0),
        second_step_at: None,
        created_at: at(0),
        seen_at: at(0),
        expires_at: at(1000),
        return_to: Some("/account".to_owned()),
        browser: "Firefox on Linux".to_owned(),
        address: "192.0.2.7".to_owned(),
    }
}

/// The session that begins to connect every app here, unless a test says otherwise.
pub(crate) fn beginner() -> SessionId {
    SessionId::from_random(at(0), [9; 10])
}

pub(crate) fn pending_app(account_id: AccountId) -> AuthenticatorApp {
    AuthenticatorApp {
        id: AppId::from_random(at(0), unique()),
        account_id,
        begun_in: beginner(),
        name: FactorName::parse("Authenticator app").unwrap(),
        seed: Zeroizing::new(b"a seed of twenty byt".to_vec()),
        created_at: at(0),
        confirmed_at: None,
        last_step: None,
        last_used_at: None,
    }
}

/// A confirmed app whose step 100 is used up.
pub(crate) async fn confirmed_app(store: &Store, account_id: AccountId) -> AuthenticatorApp {
    let app = pending_app(account_id);
    let mut tx = store.begin().await.unwrap();
    assert!(tx.create_pending_app(&app).await.unwrap());
    assert!(tx.confirm_app(app.id, account_id, 100, &app.name, at(1)).await.unwrap());
    tx.commit().await.unwrap();
    app
}

/// A set of three backup codes whose hashes are all 1, all 2 and all 3.
pub(crate) async fn backup_codes(store: &Store, account_id: AccountId) -> BackupCodeSetId {
    let id = BackupCodeSetId::from_random(at(0), unique());
    let mut tx = store.begin().await.unwrap();
    tx.replace_backup_codes(id, account_id, &[9; 16], "argon2id", &[[1; 32], [2; 32], [3; 32]], b"AAAA BBBB", at(0)).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// A mail to somebody, about no sign-in and in no slot, that is due at once and worth sending until 1000.
pub(crate) fn mail(account: &Account) -> NewMail<'_> {
    NewMail {
        id: MailId::from_random(at(0), unique()),
        account_id: Some(account.id),
        is_void: false,
        kind: "code",
        recipient: &account.email,
        is_bulk: false,
        session_id: None,
        slot: None,
        created_at: at(0),
        due_at: at(0),
        expires_at: at(1000),
    }
}

/// A recovery key whose hash is all `hash`.
pub(crate) async fn recovery_key(store: &Store, account_id: AccountId, hash: u8) -> RecoveryKeyId {
    let id = RecoveryKeyId::from_random(at(0), unique());
    one!(store, replace_recovery_key(id, account_id, &[hash; 32], b"CCCC DDDD", at(0)));
    id
}

/// Lets an organisation use these methods and no others.
pub(crate) async fn allow(store: &Store, id: OrganisationId, methods: &[Factor]) {
    let organisation = store.find_organisation(id).await.unwrap().unwrap();
    let policy = Policy { methods: methods.iter().copied().collect(), ..organisation.policy };
    assert!(one!(store, set_policy(id, organisation.policy_changes, policy, organisation.announced_at)));
}

/// Requires a second step from an instant on.
pub(crate) async fn require(store: &Store, id: OrganisationId, from: Instant) {
    let organisation = store.find_organisation(id).await.unwrap().unwrap();
    let policy = Policy { required_from: Some(from), ..organisation.policy };
    assert!(one!(store, set_policy(id, organisation.policy_changes, policy, Some(from))));
}

/// Another organisation with one account.
pub(crate) async fn elsewhere(store: &Store) -> Account {
    let organisation = Organisation { name: OrganisationName::parse("Heron Lines").unwrap(), ..organisation() };
    let account = account(organisation.id, "heron@example.com");
    let mut tx = store.begin().await.unwrap();
    tx.create_organisation(&organisation).await.unwrap();
    assert!(tx.create_account(&account).await.unwrap());
    tx.commit().await.unwrap();
    account
}

/// A team of somebody's organisation, the night desk.
pub(crate) async fn team(store: &Store, of: &Account) -> TeamId {
    let name = TeamName::parse("Night desk").unwrap();
    one!(store, team_by_name(of.organisation_id, &name, TeamId::from_random(at(0), unique()), at(0)))
}
