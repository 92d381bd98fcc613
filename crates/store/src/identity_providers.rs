//! The identity provider that an organisation has connected.

use countersign_domain::{Instant, Role};
use zeroize::Zeroizing;

use crate::columns::{Code, Micros};
use crate::dispatch::{run, sql};
use crate::reseal::SealedColumn;
use crate::{AccountId, OrganisationId, Store, StoreError, TeamId, Tx};

sql! {
    FIND = "SELECT organisation_id, issuer, client_id, client_secret, adds_people, role, team_id, \
        accepts_second_step, is_required, changes, changed_at \
        FROM identity_providers WHERE organisation_id = $1";
    CREATE = "INSERT INTO identity_providers (organisation_id, issuer, client_id, client_secret, adds_people, role, team_id, \
        accepts_second_step, is_required, changes, changed_at) \
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, sign_on_changes, $10 FROM organisations WHERE id = $1 ON CONFLICT (organisation_id) DO NOTHING";
    REPLACE = "UPDATE identity_providers SET issuer = $3, client_id = $4, client_secret = $5, adds_people = $6, role = $7, team_id = $8, \
        accepts_second_step = $9, is_required = $10, changes = (SELECT sign_on_changes FROM organisations WHERE id = $1), changed_at = $11 \
        WHERE organisation_id = $1 AND changes = $2";
    REMEMBER = "UPDATE organisations SET sign_on_changes = sign_on_changes + 1, sign_on_issuer = $2 WHERE id = $1";
    LAST_ISSUER = "SELECT sign_on_issuer FROM organisations WHERE id = $1";
    COUNT_CHANGE = "UPDATE organisations SET sign_on_changes = sign_on_changes + 1 WHERE id = $1";
    DELETE = "DELETE FROM identity_providers WHERE organisation_id = $1 AND changes = $2";
    /// On `PostgreSQL` whoever changes the connection waits for those who rely on it.
    IS_AS_IT_WAS = "UPDATE identity_providers SET changes = changes WHERE organisation_id = $1 AND changes = $2";
    /// Two are enough to know that there isn't only one.
    LIST_TWO = "SELECT organisation_id FROM identity_providers ORDER BY organisation_id LIMIT 2";
    MUST_SIGN_ON = "SELECT CAST(1 AS BIGINT) FROM accounts JOIN identity_providers \
        ON identity_providers.organisation_id = accounts.organisation_id \
        WHERE accounts.id = $1 AND accounts.role <> 'account-holder' AND identity_providers.is_required";
    IS_REQUIRED = "SELECT is_required FROM identity_providers WHERE organisation_id = $1";
    PAGE_OF_SECRETS = "SELECT organisation_id, client_secret FROM identity_providers WHERE organisation_id > $1 \
        ORDER BY organisation_id LIMIT 100";
    RESEAL_SECRET = "UPDATE identity_providers SET client_secret = $3 WHERE organisation_id = $1 AND client_secret = $2";
}

/// Where secrets of clients are sealed; the row is the organisation.
pub(crate) const SECRETS: SealedColumn =
    SealedColumn { table: "identity_providers", column: "client_secret", page: PAGE_OF_SECRETS, replace: RESEAL_SECRET };

/// A provider, and what we are to it.
#[derive(Clone, PartialEq, Eq)]
pub struct IdentityProvider {
    /// Whose it is.
    pub organisation_id: OrganisationId,
    /// The issuer identifier.
    pub issuer: String,
    /// What the provider knows us by.
    pub client_id: String,
    /// What we prove that with. Never printed.
    pub client_secret: Zeroizing<String>,
    /// Whoever it knows and we don't becomes a member.
    pub adds_people: bool,
    /// With this role.
    pub role: Role,
    /// In this team.
    pub team_id: Option<TeamId>,
    /// A second step that it says it was given stands in for ours.
    pub accepts_second_step: bool,
    /// Nobody signs in with a password or a passkey, but for account holders.
    pub is_required: bool,
    /// The number of the change that it is. No other connection of the organisation has had it.
    pub changes: i64,
    /// When it was last changed.
    pub changed_at: Instant,
}

impl std::fmt::Debug for IdentityProvider {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { organisation_id, issuer, client_id, .. } = self;
        f.debug_struct("IdentityProvider")
            .field("organisation_id", organisation_id)
            .field("issuer", issuer)
            .field("client_id", client_id)
            .finish_non_exhaustive()
    }
}

type Row = (OrganisationId, String, String, Vec<u8>, bool, Code<Role>, Option<TeamId>, bool, bool, i64, Micros);

impl Tx {
    /// Connects a provider, or changes it if it has been changed as often as this one says. `false` when somebody else
    /// changed it meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the database or the sealing fails, or the team is another organisation's.
    pub async fn set_identity_provider(&mut self, provider: &IdentityProvider) -> Result<bool, StoreError> {
        let IdentityProvider {
            organisation_id,
            issuer,
            client_id,
            client_secret,
            adds_people,
            role,
            team_id,
            accepts_second_step,
            is_required,
            changes,
            changed_at,
        } = provider;
        let sealed = self.keys.seal(SECRETS.place(organisation_id.as_uuid()), client_secret.as_bytes())?;
        run!(self, execute(REMEMBER, organisation_id, issuer.as_str()))?;
        let (issuer, client_id, role, at) = (issuer.as_str(), client_id.as_str(), role.code(), Micros(*changed_at));
        let saved = if *changes == 0 {
            run!(
                self,
                execute(
                    CREATE,
                    organisation_id,
                    issuer,
                    client_id,
                    sealed,
                    *adds_people,
                    role,
                    *team_id,
                    *accepts_second_step,
                    *is_required,
                    at
                )
            )?
        } else {
            run!(
                self,
                execute(
                    REPLACE,
                    organisation_id,
                    *changes,
                    issuer,
                    client_id,
                    sealed,
                    *adds_people,
                    role,
                    *team_id,
                    *accepts_second_step,
                    *is_required,
                    at
                )
            )?
        };
        Ok(saved == 1)
    }

    /// Disconnects the provider. `false` when there is none, or somebody changed it meanwhile.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_identity_provider(&mut self, organisation: OrganisationId, changes: i64) -> Result<bool, StoreError> {
        run!(self, execute(COUNT_CHANGE, organisation))?;
        Ok(run!(self, execute(DELETE, organisation, changes))? == 1)
    }

    /// The issuer that was connected last, also if it is no longer, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn last_issuer(&mut self, organisation: OrganisationId) -> Result<Option<String>, StoreError> {
        Ok(run!(self, fetch_optional::<(Option<String>,)>(LAST_ISSUER, organisation))?.and_then(|(issuer,)| issuer))
    }

    /// Whether the connection is as it was after so many changes; it stays so until this transaction ends.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_identity_provider(&mut self, organisation: OrganisationId, changes: i64) -> Result<bool, StoreError> {
        Ok(run!(self, execute(IS_AS_IT_WAS, organisation, changes))? == 1)
    }

    /// Whether somebody has to sign in by way of the provider, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn must_sign_on(&mut self, account: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<(i64,)>(MUST_SIGN_ON, account))?.is_some())
    }
}

impl Store {
    /// The provider of an organisation.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails or the secret can't be opened.
    pub async fn find_identity_provider(&self, organisation: OrganisationId) -> Result<Option<IdentityProvider>, StoreError> {
        let Some(row) = run!(self, fetch_optional::<Row>(FIND, organisation))? else { return Ok(None) };
        let (organisation_id, issuer, client_id, sealed, adds_people, role, team_id, accepts_second_step, is_required, changes, changed_at) =
            row;
        let secret = self.keys().open(SECRETS.place(organisation_id.as_uuid()), &sealed)?;
        let secret = std::str::from_utf8(&secret).map_err(|error| StoreError::caused_by("a client's secret isn't text", error))?;
        let client_secret = Zeroizing::new(secret.to_owned());
        let (role, changed_at) = (role.0, changed_at.0);
        Ok(Some(IdentityProvider {
            organisation_id,
            issuer,
            client_id,
            client_secret,
            adds_people,
            role,
            team_id,
            accepts_second_step,
            is_required,
            changes,
            changed_at,
        }))
    }

    /// Whether an organisation's provider is the only way in, but for account holders. `None` without a provider.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn is_identity_provider_required(&self, organisation: OrganisationId) -> Result<Option<bool>, StoreError> {
        Ok(run!(self, fetch_optional::<(bool,)>(IS_REQUIRED, organisation))?.map(|(is_required,)| is_required))
    }

    /// Whose the only provider of this installation is: `None` when there is none, or more than one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn only_identity_provider(&self) -> Result<Option<OrganisationId>, StoreError> {
        let found = run!(self, fetch_all::<(OrganisationId,)>(LIST_TWO))?;
        Ok(if let [(only,)] = found[..] { Some(only) } else { None })
    }

    /// Whether any organisation has one.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn has_identity_provider(&self) -> Result<bool, StoreError> {
        Ok(!run!(self, fetch_all::<(OrganisationId,)>(LIST_TWO))?.is_empty())
    }
}
