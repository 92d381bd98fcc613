//! Domains: which an organisation says are its own, and which have been proven to be, so that its identity provider may
//! vouch for their addresses.

use countersign_domain::{EmailDomain, Instant};

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::{OrganisationId, Store, StoreError, Tx};

sql! {
    FOR_DOMAIN = "SELECT identity_providers.organisation_id FROM identity_providers \
        JOIN email_domains ON email_domains.organisation_id = identity_providers.organisation_id WHERE email_domains.domain = $1";
    /// So many an organisation may wait for at once: each is a question to the DNS whenever somebody asks it.
    CLAIM = "INSERT INTO domain_claims (organisation_id, domain, challenge, created_at) SELECT $1, $2, $3, $4 \
        WHERE (SELECT COUNT(*) FROM domain_claims WHERE organisation_id = $1) < 20 ON CONFLICT DO NOTHING";
    LIST_CLAIMS = "SELECT domain, challenge FROM domain_claims WHERE organisation_id = $1 ORDER BY domain LIMIT 100";
    FIND_CLAIM = "SELECT challenge FROM domain_claims WHERE organisation_id = $1 AND domain = $2";
    DROP_CLAIM = "DELETE FROM domain_claims WHERE organisation_id = $1 AND domain = $2";
    PROVE = "INSERT INTO email_domains (domain, organisation_id, proven_at) VALUES ($1, $2, $3) ON CONFLICT (domain) DO NOTHING";
    GIVE_UP = "DELETE FROM email_domains WHERE domain = $1 AND organisation_id = $2";
    LIST = "SELECT domain FROM email_domains WHERE organisation_id = $1 ORDER BY domain LIMIT 100";
    IS_OURS = "SELECT CAST(1 AS BIGINT) FROM email_domains WHERE domain = $1 AND organisation_id = $2";
}

/// A domain that an organisation says is its own, and what the DNS has to say for it to be believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DomainClaim {
    /// The domain.
    pub domain: EmailDomain,
    /// What its DNS has to say.
    pub challenge: String,
}

impl Tx {
    /// Notes that an organisation says that a domain is its own. `false` when it did already, or says so of too many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn claim_domain(&mut self, claim: &DomainClaim, organisation: OrganisationId, at: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(CLAIM, organisation, claim.domain.as_str(), claim.challenge.as_str(), Micros(at)))? == 1)
    }

    /// Forgets that an organisation says that a domain is its own. `false` when it didn't.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn drop_domain_claim(&mut self, domain: &EmailDomain, organisation: OrganisationId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(DROP_CLAIM, organisation, domain.as_str()))? == 1)
    }

    /// Notes that a domain is an organisation's. `false` when it is somebody's already.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn prove_domain(&mut self, domain: &EmailDomain, organisation: OrganisationId, at: Instant) -> Result<bool, StoreError> {
        Ok(run!(self, execute(PROVE, domain.as_str(), organisation, Micros(at)))? == 1)
    }

    /// Takes a domain from an organisation. `false` when it hasn't got it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn give_up_domain(&mut self, domain: &EmailDomain, organisation: OrganisationId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(GIVE_UP, domain.as_str(), organisation))? == 1)
    }

    /// Whether addresses at a domain are an organisation's, which has proven it, as this transaction sees it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn may_vouch_for(&mut self, organisation: OrganisationId, domain: &EmailDomain) -> Result<bool, StoreError> {
        Ok(run!(self, fetch_optional::<(i64,)>(IS_OURS, domain.as_str(), organisation))?.is_some())
    }
}

impl Store {
    /// The organisation whose provider knows the people of a domain.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_identity_provider_for(&self, domain: &EmailDomain) -> Result<Option<OrganisationId>, StoreError> {
        Ok(run!(self, fetch_optional::<(OrganisationId,)>(FOR_DOMAIN, domain.as_str()))?.map(|(id,)| id))
    }

    /// The domains of an organisation.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_domains(&self, organisation: OrganisationId) -> Result<Vec<EmailDomain>, StoreError> {
        Ok(run!(self, fetch_all::<(String,)>(LIST, organisation))?.into_iter().map(|(domain,)| EmailDomain::from_stored(domain)).collect())
    }

    /// The domains that an organisation says are its own.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_domain_claims(&self, organisation: OrganisationId) -> Result<Vec<DomainClaim>, StoreError> {
        let rows = run!(self, fetch_all::<(String, String)>(LIST_CLAIMS, organisation))?;
        let claim = |(domain, challenge)| DomainClaim { domain: EmailDomain::from_stored(domain), challenge };
        Ok(rows.into_iter().map(claim).collect())
    }

    /// What the DNS has to say for an organisation's claim.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_domain_challenge(&self, domain: &EmailDomain, organisation: OrganisationId) -> Result<Option<String>, StoreError> {
        Ok(run!(self, fetch_optional::<(String,)>(FIND_CLAIM, organisation, domain.as_str()))?.map(|(challenge,)| challenge))
    }
}
