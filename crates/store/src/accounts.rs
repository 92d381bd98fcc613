//! Accounts: who can sign in, and the hash of their password.

use countersign_domain::{Email, Footing, Instant, MethodSet, PersonName, Role};

use crate::columns::{Code, Methods, Micros};
use crate::dispatch::{run, sql};
use crate::organisations::{FootingRow, footing_columns};
use crate::{AccountId, OrganisationId, Store, StoreError, TeamId, Tx};

/// The columns of [`AccountRow`], named so that they can stand beside a session's.
macro_rules! account_columns {
    () => {
        "accounts.id AS account_id, accounts.organisation_id, accounts.email, accounts.name, accounts.role, \
         accounts.password_hash, accounts.created_at AS account_created_at, accounts.last_sign_in_at, \
         accounts.email_confirmed_at, accounts.password_by_mail_at, accounts.team_id, accounts.methods, accounts.disabled_at"
    };
}
pub(crate) use account_columns;

sql! {
    CREATE = "INSERT INTO accounts (id, organisation_id, email, name, name_key, role, password_hash, created_at, last_sign_in_at, team_id) \
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (email) DO NOTHING";
    FIND = concat!("SELECT ", account_columns!(), " FROM accounts WHERE id = $1");
    FIND_BY_EMAIL = concat!("SELECT ", account_columns!(), " FROM accounts WHERE email = $1");
    COUNT = "SELECT COUNT(*) FROM accounts";
    ACCEPT_PASSWORD = "UPDATE accounts SET password_hash = $3 WHERE id = $1 AND password_hash = $2 AND disabled_at IS NULL";
    /// $4 is when a mailed link was used for it; none when the person was signed in.
    SET_PASSWORD = "UPDATE accounts SET password_hash = $3, password_by_mail_at = $4 WHERE id = $1 AND password_hash = $2";
    FORGET_PASSWORD_BY_MAIL = "UPDATE accounts SET password_by_mail_at = NULL WHERE id = $1";
    CONFIRM_EMAIL = "UPDATE accounts SET email_confirmed_at = $3 WHERE id = $1 AND email = $2 AND email_confirmed_at IS NULL";
    /// Nobody else's address; of two who change to one at the same instant, the second meets the
    /// unique index.
    CHANGE_EMAIL = "UPDATE accounts SET email = $3, email_confirmed_at = $4 WHERE id = $1 AND email = $2 \
        AND NOT EXISTS (SELECT 1 FROM accounts AS others WHERE others.email = $3)";
    LIST_HOLDERS = concat!("SELECT ", account_columns!(), " FROM accounts \
        WHERE organisation_id = $1 AND role = 'account-holder' AND disabled_at IS NULL ORDER BY id LIMIT 20");
    RECORD_SIGN_IN = "UPDATE accounts SET last_sign_in_at = $2 WHERE id = $1 AND disabled_at IS NULL";
    /// A statement of its own, after the one that takes the account's row: on PostgreSQL a statement that waited
    /// for a row sees all others as they were before it waited.
    FOOTING = concat!("SELECT ", footing_columns!(), " FROM accounts WHERE id = $1");
    /// Writing a value over itself takes the row's lock on both databases.
    LOCK = "UPDATE accounts SET role = role WHERE id = $1";
}

/// Somebody who can sign in.
#[derive(Clone, PartialEq, Eq)]
pub struct Account {
    /// Their id.
    pub id: AccountId,
    /// Their organisation.
    pub organisation_id: OrganisationId,
    /// What they sign in with.
    pub email: Email,
    /// What they are called.
    pub name: PersonName,
    /// What they are in the organisation.
    pub role: Role,
    /// The hash of their password, with its scheme and parameters. Never printed.
    pub password_hash: String,
    /// When the account was created.
    pub created_at: Instant,
    /// When they last signed in.
    pub last_sign_in_at: Option<Instant>,
    /// When somebody showed that the address is theirs.
    pub email_confirmed_at: Option<Instant>,
    /// When the password was chosen with a mailed link, until another second step than the mailbox
    /// has been given.
    pub password_by_mail_at: Option<Instant>,
    /// Their team.
    pub team_id: Option<TeamId>,
    /// The methods they have connected. Kept by the database.
    pub methods: MethodSet,
    /// Since when they may not sign in.
    pub disabled_at: Option<Instant>,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            id,
            organisation_id,
            email,
            name,
            role,
            password_hash: _,
            created_at,
            last_sign_in_at,
            email_confirmed_at,
            password_by_mail_at,
            team_id,
            methods,
            disabled_at,
        } = self;
        f.debug_struct("Account")
            .field("id", id)
            .field("organisation_id", organisation_id)
            .field("email", email)
            .field("name", name)
            .field("role", role)
            .field("password_hash", &format_args!("(..)"))
            .field("created_at", created_at)
            .field("last_sign_in_at", last_sign_in_at)
            .field("email_confirmed_at", email_confirmed_at)
            .field("password_by_mail_at", password_by_mail_at)
            .field("team_id", team_id)
            .field("methods", methods)
            .field("disabled_at", disabled_at)
            .finish()
    }
}

#[derive(sqlx::FromRow)]
pub(crate) struct AccountRow {
    account_id: AccountId,
    organisation_id: OrganisationId,
    email: String,
    name: String,
    role: Code<Role>,
    password_hash: String,
    account_created_at: Micros,
    last_sign_in_at: Option<Micros>,
    email_confirmed_at: Option<Micros>,
    password_by_mail_at: Option<Micros>,
    team_id: Option<TeamId>,
    methods: Methods,
    disabled_at: Option<Micros>,
}

impl From<AccountRow> for Account {
    fn from(row: AccountRow) -> Self {
        Self {
            id: row.account_id,
            organisation_id: row.organisation_id,
            email: Email::from_stored(row.email),
            name: PersonName::from_stored(row.name),
            role: row.role.0,
            password_hash: row.password_hash,
            created_at: row.account_created_at.0,
            last_sign_in_at: row.last_sign_in_at.map(|at| at.0),
            email_confirmed_at: row.email_confirmed_at.map(|at| at.0),
            password_by_mail_at: row.password_by_mail_at.map(|at| at.0),
            team_id: row.team_id,
            methods: row.methods.0,
            disabled_at: row.disabled_at.map(|at| at.0),
        }
    }
}

impl Tx {
    /// Creates an account, its address not confirmed. `false` when the email is taken.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_account(&mut self, account: &Account) -> Result<bool, StoreError> {
        let Account { id, organisation_id, email, name, role, password_hash, created_at, last_sign_in_at, team_id, .. } = account;
        let created = run!(
            self,
            execute(
                CREATE,
                id,
                organisation_id,
                email.as_str(),
                name.as_str(),
                name.key(),
                role.code(),
                password_hash,
                Micros(*created_at),
                last_sign_in_at.map(Micros),
                *team_id
            )
        )?;
        Ok(created == 1)
    }

    /// Makes sure that the password's hash is still `old`, puts `new` in its place, and says where
    /// its owner stands. `None` when it isn't, or they may not sign in: somebody changed that
    /// meanwhile, and a rehash must not bring the old password back.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn accept_password(&mut self, id: AccountId, old: &str, new: &str) -> Result<Option<Footing>, StoreError> {
        if run!(self, execute(ACCEPT_PASSWORD, id, old, new))? == 0 {
            return Ok(None);
        }
        self.find_footing(id).await
    }

    /// Gives them a new password if it is still `old`; `by_mail_at` says when a mailed link was used
    /// for it. `false` when it isn't.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn set_password(&mut self, id: AccountId, old: &str, new: &str, by_mail_at: Option<Instant>) -> Result<bool, StoreError> {
        Ok(run!(self, execute(SET_PASSWORD, id, old, new, by_mail_at.map(Micros)))? == 1)
    }

    /// Another second step than the mailbox has been given since the password came by mail.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn forget_password_by_mail(&mut self, id: AccountId) -> Result<(), StoreError> {
        run!(self, execute(FORGET_PASSWORD_BY_MAIL, id)).map(|_| ())
    }

    /// Notes that the address is theirs. `false` when that is known, or it is theirs no more.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn confirm_email(&mut self, id: AccountId, email: &Email, at: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CONFIRM_EMAIL, id, email.as_str(), Micros(at)))? == 1)
    }

    /// Changes the address from `old` to one that is confirmed. `false` when it isn't `old` any more,
    /// or the new one is somebody else's.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn change_email(&mut self, id: AccountId, old: &Email, new: &Email, at: Instant) -> Result<bool, StoreError> {
        match run!(self, execute(CHANGE_EMAIL, id, old.as_str(), new.as_str(), Micros(at))) {
            Ok(changed) => Ok(changed == 1),
            // Somebody took it at this very instant. On PostgreSQL the transaction is over then.
            Err(error) if error.is_unique_violation() => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The account with this id, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_account(&mut self, id: AccountId) -> Result<Option<Account>, StoreError> {
        Ok(run!(self, fetch_optional::<AccountRow>(FIND, id))?.map(Account::from))
    }

    /// The account with this address, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_account_by_email(&mut self, email: &Email) -> Result<Option<Account>, StoreError> {
        Ok(run!(self, fetch_optional::<AccountRow>(FIND_BY_EMAIL, email.as_str()))?.map(Account::from))
    }

    /// The account holders of an organisation, the first twenty.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_account_holders(&mut self, organisation_id: OrganisationId) -> Result<Vec<Account>, StoreError> {
        let rows = run!(self, fetch_all::<AccountRow>(LIST_HOLDERS, organisation_id))?;
        Ok(rows.into_iter().map(Account::from).collect())
    }

    /// Notes that they signed in at `at`, and says where they stand. `None` when they may not.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn record_sign_in(&mut self, id: AccountId, at: Instant) -> Result<Option<Footing>, StoreError> {
        if run!(self, execute(RECORD_SIGN_IN, id, Micros(at)))? == 0 {
            return Ok(None);
        }
        self.find_footing(id).await
    }

    /// Where somebody stands with what is asked of them, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_footing(&mut self, id: AccountId) -> Result<Option<Footing>, StoreError> {
        Ok(run!(self, fetch_optional::<FootingRow>(FOOTING, id))?.map(Footing::from))
    }

    /// Makes other transactions that lock the same account wait until this one ends. `false` when
    /// there is no such account.
    ///
    /// Take it first when one decision spans several rows: whether an app is the last factor, or
    /// signing in, which clears the throttles of several browsers. (On SQLite every transaction
    /// waits for the one before it anyway.)
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn lock_account(&mut self, id: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(LOCK, id))? == 1)
    }
}

impl Store {
    /// The account with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_account(&self, id: AccountId) -> Result<Option<Account>, StoreError> {
        Ok(run!(self, fetch_optional::<AccountRow>(FIND, id))?.map(Account::from))
    }

    /// The account that signs in with this email.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_account_by_email(&self, email: &Email) -> Result<Option<Account>, StoreError> {
        Ok(run!(self, fetch_optional::<AccountRow>(FIND_BY_EMAIL, email.as_str()))?.map(Account::from))
    }

    /// Where somebody stands with what is asked of them.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_footing(&self, id: AccountId) -> Result<Option<Footing>, StoreError> {
        Ok(run!(self, fetch_optional::<FootingRow>(FOOTING, id))?.map(Footing::from))
    }

    /// How many accounts there are.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_accounts(&self) -> Result<u64, StoreError> {
        let (count,) = run!(self, fetch_one::<(i64,)>(COUNT))?;
        Ok(count.unsigned_abs())
    }
}
