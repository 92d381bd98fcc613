//! Whose a mail domain is: the DNS says so, or whoever runs the server does. Only then may an organisation's provider
//! vouch for its addresses: else whoever runs a provider could be anybody.

use countersign_domain::{Email, EmailDomain, Role};
use countersign_store::DomainClaim;
use data_encoding::BASE32_NOPAD;

use super::dns::{DnsFault, is_said, record_name, record_value};
use crate::{
    Caller, Error, Identity, Visitor,
    audit::{Details, kind},
    letters::ProviderNews,
    members::operator,
};

/// A domain that isn't proven yet, and the record of its DNS that proves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingDomain {
    /// The domain.
    pub domain: EmailDomain,
    /// The name of the TXT record.
    pub record_name: String,
    /// What it has to say.
    pub record_value: String,
}

/// What became of something done with a domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum DomainActed {
    /// It is done.
    Done,
    /// It is theirs already.
    Proven,
    /// A fresh second step is asked for first.
    ConfirmFirst,
    /// Whoever does it needs a second step of their own.
    SetUpFirst,
    /// Account holders only.
    NotAllowed,
    /// No name in the DNS has that form.
    Malformed,
    /// Too many wait to be proven.
    TooMany,
    /// It isn't one of theirs, or not any more.
    Gone,
    /// The DNS doesn't say so.
    NotProven(DnsFault),
    /// It is another organisation's on this server.
    Taken,
}

/// The longest label of a name, in octets (RFC 1035 §2.3.4).
const MAX_LABEL: usize = 63;

/// A domain as the DNS knows it (IDNA, RFC 5890 A-labels), so that two ways to write one aren't two. `None`: no name has
/// that form.
pub(super) fn as_asked(domain: &EmailDomain) -> Option<EmailDomain> {
    match url::Host::parse(domain.as_str()) {
        Ok(url::Host::Domain(ascii)) if ascii.len() <= EmailDomain::MAX_LEN && ascii.split('.').all(|label| label.len() <= MAX_LABEL) => {
            Some(EmailDomain::from_stored(ascii))
        }
        _ => None,
    }
}

/// The domain of an address, in the same form.
pub(super) fn domain_of(email: &Email) -> Option<EmailDomain> {
    as_asked(&EmailDomain::from_stored(email.domain().to_owned()))
}

impl Identity {
    /// The caller's organisation's domains: those that are proven, and those that wait for it.
    pub(super) async fn domains_of(&self, caller: &Caller) -> Result<(Vec<EmailDomain>, Vec<PendingDomain>), Error> {
        let organisation = caller.organisation.id;
        let pending = self.store.list_domain_claims(organisation).await?.into_iter().map(|DomainClaim { domain, challenge }| {
            PendingDomain { record_name: record_name(&domain), record_value: record_value(&challenge), domain }
        });
        Ok((self.store.list_domains(organisation).await?, pending.collect()))
    }

    /// Says that a domain is the organisation's, which its DNS has to say, too.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn claim_domain(&self, caller: &Caller, domain: EmailDomain) -> Result<DomainActed, Error> {
        if let Some(refusal) = self.may_act_on_domains(caller) {
            return Ok(refusal);
        }
        let Some(domain) = as_asked(&domain) else { return Ok(DomainActed::Malformed) };
        let organisation = caller.organisation.id;
        let (proven, pending) = self.domains_of(caller).await?;
        if proven.contains(&domain) {
            return Ok(DomainActed::Proven);
        }
        if pending.iter().any(|pending| pending.domain == domain) {
            return Ok(DomainActed::Done);
        }
        let challenge = BASE32_NOPAD.encode(&self.random::<20>()?).to_lowercase();
        let mut tx = self.store.begin().await?;
        tx.lock_organisation(organisation).await?;
        if !self.is_still_holder(&mut tx, caller).await? {
            return Ok(DomainActed::NotAllowed);
        }
        if !tx.claim_domain(&DomainClaim { domain, challenge }, organisation, self.now()).await? {
            return Ok(DomainActed::TooMany);
        }
        tx.commit().await?;
        Ok(DomainActed::Done)
    }

    /// Asks the DNS whether a domain is the organisation's, and notes it if so.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn check_domain(&self, caller: &Caller, domain: &EmailDomain, visitor: &Visitor) -> Result<DomainActed, Error> {
        if let Some(refusal) = self.may_act_on_domains(caller) {
            return Ok(refusal);
        }
        let Some(domain) = &as_asked(domain) else { return Ok(DomainActed::Gone) };
        let organisation = caller.organisation.id;
        let Some(challenge) = self.store.find_domain_challenge(domain, organisation).await? else { return Ok(DomainActed::Gone) };
        // Before any transaction: the DNS may be slow, and then it is slow for whoever asks it, not for everybody.
        let _place = self.providers.place_to_ask(organisation)?;
        if let Err(fault) = is_said(self.settings.dns_server, domain, &challenge).await {
            return Ok(DomainActed::NotProven(fault));
        }
        let mut tx = self.store.begin().await?;
        tx.lock_organisation(organisation).await?;
        if !self.is_still_holder(&mut tx, caller).await? {
            return Ok(DomainActed::NotAllowed);
        }
        if !tx.drop_domain_claim(domain, organisation).await? {
            return Ok(DomainActed::Gone);
        }
        if !tx.prove_domain(domain, organisation, self.now()).await? {
            return Ok(DomainActed::Taken);
        }
        let details = Details::new().with("domain", domain.as_str().into());
        self.record_act(&mut tx, kind::DOMAIN_PROVEN, caller, None, visitor, details).await?;
        self.tell_other_holders(&mut tx, caller, ProviderNews::Domain(domain.as_str()), visitor).await?;
        tx.commit().await?;
        Ok(DomainActed::Done)
    }

    /// Gives a domain up, proven or not. Whoever is connected already stays so.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn give_up_domain(&self, caller: &Caller, domain: &EmailDomain, visitor: &Visitor) -> Result<DomainActed, Error> {
        if let Some(refusal) = self.may_act_on_domains(caller) {
            return Ok(refusal);
        }
        let Some(domain) = &as_asked(domain) else { return Ok(DomainActed::Gone) };
        let organisation = caller.organisation.id;
        let mut tx = self.store.begin().await?;
        tx.lock_organisation(organisation).await?;
        if !self.is_still_holder(&mut tx, caller).await? {
            return Ok(DomainActed::NotAllowed);
        }
        let was_claimed = tx.drop_domain_claim(domain, organisation).await?;
        let was_proven = tx.give_up_domain(domain, organisation).await?;
        if was_proven {
            let details = Details::new().with("domain", domain.as_str().into());
            self.record_act(&mut tx, kind::DOMAIN_GIVEN_UP, caller, None, visitor, details).await?;
        }
        tx.commit().await?;
        Ok(if was_claimed || was_proven { DomainActed::Done } else { DomainActed::Gone })
    }

    fn may_act_on_domains(&self, caller: &Caller) -> Option<DomainActed> {
        if caller.account.role != Role::AccountHolder {
            return Some(DomainActed::NotAllowed);
        }
        if caller.account.methods.is_empty() {
            return Some(DomainActed::SetUpFirst);
        }
        self.must_confirm_first(caller).then_some(DomainActed::ConfirmFirst)
    }

    /// Notes that a domain is the organisation's, or isn't any more, as whoever runs the server says: that of somebody
    /// in it, or the only one there is. `None` when it can't be told which; `false` when nothing changed.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn set_domain(&self, domain: &EmailDomain, of: Option<&Email>, is_theirs: bool) -> Result<Option<bool>, Error> {
        let organisation = match of {
            Some(email) => self.store.find_account_by_email(email).await?.map(|account| account.organisation_id),
            None => self.store.find_only_organisation().await?.map(|organisation| organisation.id),
        };
        let (Some(organisation), Some(domain)) = (organisation, as_asked(domain)) else { return Ok(None) };
        let domain = &domain;
        let mut tx = self.store.begin().await?;
        let is_changed = if is_theirs {
            tx.drop_domain_claim(domain, organisation).await?;
            tx.prove_domain(domain, organisation, self.now()).await?
        } else {
            tx.give_up_domain(domain, organisation).await?
        };
        if is_changed {
            let kind = if is_theirs { kind::DOMAIN_PROVEN } else { kind::DOMAIN_GIVEN_UP };
            let details = Details::new().with("domain", domain.as_str().into());
            self.record_of_organisation(&mut tx, kind, organisation, &operator(), details).await?;
        }
        tx.commit().await?;
        Ok(Some(is_changed))
    }
}
