//! Connecting an organisation with its identity provider: an account holder's, with a fresh second step.

use countersign_domain::{EmailDomain, Instant, Role};
use countersign_store::{FederatedIdentity, IdentityProvider, TeamId};
use zeroize::Zeroizing;

use super::{PendingDomain, ProviderFault};
use crate::{
    Caller, Error, Identity, Visitor,
    audit::{Details, kind},
    letters,
};

/// Whether people whom the provider knows become members by themselves, and as what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NewPeople {
    /// They do.
    pub are_added: bool,
    /// As agents or supervisors; nobody becomes an account holder so.
    pub role: Role,
    /// In this team.
    pub team_id: Option<TeamId>,
}

/// What somebody wants to connect.
#[derive(Clone, Debug)]
pub struct ConnectionDraft {
    /// The issuer identifier, to the letter.
    pub issuer: String,
    /// What the provider knows us by.
    pub client_id: String,
    /// What we prove that with; `None` leaves it as it is.
    pub client_secret: Option<Zeroizing<String>>,
    /// What becomes of people whom we don't know.
    pub new_people: NewPeople,
    /// A second step that the provider says was given there stands in for ours.
    pub accepts_second_step: bool,
    /// Nobody signs in with a password or a passkey any more, but for account holders.
    pub is_required: bool,
    /// How often the connection had been changed when the form was shown.
    pub changes: i64,
    /// How many people would be signed out, as it was agreed to.
    pub signed_out: i64,
}

/// The connection, as an account holder sees it; never the secret.
#[derive(Clone, Debug)]
pub struct Connection {
    /// The issuer.
    pub issuer: String,
    /// What the provider knows us by.
    pub client_id: String,
    /// What becomes of people whom we don't know.
    pub new_people: NewPeople,
    /// A second step that the provider says was given there stands in for ours.
    pub accepts_second_step: bool,
    /// Nobody signs in with a password or a passkey, but for account holders.
    pub is_required: bool,
    /// How often it was changed.
    pub changes: i64,
    /// When it was last changed.
    pub changed_at: Instant,
}

/// The Single sign-on page.
#[derive(Clone, Debug)]
pub struct ConnectionView {
    /// The connection, if there is one.
    pub connection: Option<Connection>,
    /// How many people are connected with who they are there.
    pub connected: i64,
    /// How many of the organisation are signed in with single sign-on right now.
    pub signed_on: i64,
    /// The domains whose addresses it may vouch for.
    pub domains: Vec<EmailDomain>,
    /// Those that wait for their DNS to say so.
    pub pending: Vec<PendingDomain>,
}

/// What became of connecting.
#[derive(Debug)]
#[must_use]
pub enum ConnectionSaved {
    /// It holds from now on.
    Done,
    /// A fresh second step is asked for first.
    ConfirmFirst,
    /// Whoever connects it needs a second step of their own: a password alone must not say who everybody is.
    SetUpFirst,
    /// Account holders only.
    NotAllowed,
    /// Somebody else changed it meanwhile.
    Changed,
    /// So many people would be signed out who signed in otherwise, and that wasn't agreed to.
    WouldSignOut(i64),
    /// The provider isn't as it should be.
    Refused(ProviderFault),
}

impl Identity {
    /// The caller's organisation's connection and domains. `None` for anybody but account holders.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn connection(&self, caller: &Caller) -> Result<Option<ConnectionView>, Error> {
        if caller.account.role != Role::AccountHolder {
            return Ok(None);
        }
        let organisation = caller.organisation.id;
        let provider = self.store.find_identity_provider(organisation).await?;
        let (connected, signed_on) = match &provider {
            Some(provider) => (
                self.store.count_identities(organisation, &provider.issuer).await?,
                self.store.count_by_first_sign(organisation, true, self.now()).await?,
            ),
            None => (0, 0),
        };
        let connection = provider.map(|provider| Connection {
            issuer: provider.issuer,
            client_id: provider.client_id,
            new_people: NewPeople { are_added: provider.adds_people, role: provider.role, team_id: provider.team_id },
            accepts_second_step: provider.accepts_second_step,
            is_required: provider.is_required,
            changes: provider.changes,
            changed_at: provider.changed_at,
        });
        let (domains, pending) = self.domains_of(caller).await?;
        Ok(Some(ConnectionView { connection, connected, signed_on, domains, pending }))
    }

    /// Connects the provider, after asking it about itself.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn save_connection(&self, caller: &Caller, draft: ConnectionDraft, visitor: &Visitor) -> Result<ConnectionSaved, Error> {
        if let Some(refusal) = self.may_connect(caller) {
            return Ok(refusal);
        }
        let before = self.store.find_identity_provider(caller.organisation.id).await?;
        if before.as_ref().map_or(0, |before| before.changes) != draft.changes {
            return Ok(ConnectionSaved::Changed);
        }
        let is_another = before.as_ref().is_none_or(|before| before.issuer != draft.issuer);
        let kept = before.filter(|before| before.issuer == draft.issuer).map(|before| before.client_secret);
        // Another provider isn't shown the secret of the one before.
        let Some(client_secret) = draft.client_secret.or(kept) else { return Ok(ConnectionSaved::Refused(ProviderFault::WrongClient)) };
        if let Err(fault) = self.discover(&draft.issuer).await {
            return Ok(ConnectionSaved::Refused(fault));
        }
        let provider = IdentityProvider {
            organisation_id: caller.organisation.id,
            issuer: draft.issuer,
            client_id: draft.client_id,
            client_secret,
            adds_people: draft.new_people.are_added,
            role: draft.new_people.role,
            team_id: draft.new_people.team_id,
            accepts_second_step: draft.accepts_second_step,
            is_required: draft.is_required,
            changes: draft.changes,
            changed_at: self.now(),
        };
        let mut tx = self.store.begin().await?;
        tx.lock_organisation(caller.organisation.id).await?;
        if !self.is_still_holder(&mut tx, caller).await? {
            return Ok(ConnectionSaved::NotAllowed);
        }
        if !tx.set_identity_provider(&provider).await? {
            return Ok(ConnectionSaved::Changed);
        }
        if provider.is_required {
            // Whoever signed in with a password has to do it again, by way of the provider.
            let signed_out = tx.count_by_first_sign(caller.organisation.id, false, self.now()).await?;
            if signed_out != draft.signed_out {
                return Ok(ConnectionSaved::WouldSignOut(signed_out));
            }
            tx.end_sessions_not_signed_on(caller.organisation.id).await?;
        }
        let details = Details::new()
            .with("issuer", provider.issuer.as_str().into())
            .with("client", provider.client_id.as_str().into())
            .with("adds-people", provider.adds_people.into())
            .with("accepts-second-step", provider.accepts_second_step.into())
            .with("required", provider.is_required.into())
            .with("signed-out", if provider.is_required { draft.signed_out } else { 0 }.into());
        let kind = if draft.changes == 0 { kind::SIGN_ON_CONNECTED } else { kind::SIGN_ON_CHANGED };
        self.record_act(&mut tx, kind, caller, None, visitor, details).await?;
        if is_another {
            self.tell_other_holders(&mut tx, caller, (&provider.issuer, true), visitor).await?;
        }
        tx.commit().await?;
        self.providers.forget(caller.organisation.id);
        Ok(ConnectionSaved::Done)
    }

    /// Disconnects the provider. Who people are there stays known, for the day it is connected again; nobody can sign
    /// in with it meanwhile, and whoever did is signed out if that is wanted.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn remove_connection(
        &self,
        caller: &Caller,
        (changes, signs_out): (i64, bool),
        visitor: &Visitor,
    ) -> Result<ConnectionSaved, Error> {
        if let Some(refusal) = self.may_connect(caller) {
            return Ok(refusal);
        }
        let Some(provider) = self.store.find_identity_provider(caller.organisation.id).await? else { return Ok(ConnectionSaved::Changed) };
        let mut tx = self.store.begin().await?;
        tx.lock_organisation(caller.organisation.id).await?;
        if !self.is_still_holder(&mut tx, caller).await? {
            return Ok(ConnectionSaved::NotAllowed);
        }
        if !tx.delete_identity_provider(caller.organisation.id, changes).await? {
            return Ok(ConnectionSaved::Changed);
        }
        let ended = if signs_out { tx.end_sessions_signed_on(caller.organisation.id, caller.session.id).await? } else { 0 };
        let details = Details::new().with("issuer", provider.issuer.as_str().into()).with("sessions", ended.into());
        self.record_act(&mut tx, kind::SIGN_ON_DISCONNECTED, caller, None, visitor, details).await?;
        self.tell_other_holders(&mut tx, caller, (&provider.issuer, false), visitor).await?;
        tx.commit().await?;
        Ok(ConnectionSaved::Done)
    }

    fn may_connect(&self, caller: &Caller) -> Option<ConnectionSaved> {
        if caller.account.role != Role::AccountHolder {
            return Some(ConnectionSaved::NotAllowed);
        }
        if caller.account.methods.is_empty() {
            return Some(ConnectionSaved::SetUpFirst);
        }
        self.must_confirm_first(caller).then_some(ConnectionSaved::ConfirmFirst)
    }

    /// Who says who everybody is is for all account holders to know.
    async fn tell_other_holders(
        &self,
        tx: &mut countersign_store::Tx,
        caller: &Caller,
        (issuer, is_connected): (&str, bool),
        visitor: &Visitor,
    ) -> Result<(), Error> {
        let at = self.told(self.now());
        for holder in tx.list_account_holders(caller.organisation.id).await? {
            if holder.id != caller.account.id {
                let sheet = self.sheet(&caller.organisation);
                let by = caller.account.name.as_str();
                let letter = letters::provider_changed(&sheet, &at.happened(visitor), by, issuer, is_connected);
                self.post_news(tx, &caller.organisation, "single-sign-on.changed", &holder.email, &holder, letter).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn is_still_holder(&self, tx: &mut countersign_store::Tx, caller: &Caller) -> Result<bool, Error> {
        let holder = tx.find_account(caller.account.id).await?.filter(|account| account.role == Role::AccountHolder);
        Ok(holder.is_some() && self.is_still_here(tx, caller).await?)
    }

    /// The issuer of the caller's organisation's provider, and who the caller is at which.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn sign_on_of(&self, caller: &Caller) -> Result<(Option<String>, Vec<FederatedIdentity>), Error> {
        let provider = self.store.find_identity_provider(caller.organisation.id).await?;
        Ok((provider.map(|provider| provider.issuer), self.store.list_identities(caller.account.id).await?))
    }

    /// Disconnects the caller from who they are at a provider, after a fresh proof. `None` when that is missing.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn disconnect_identity(&self, caller: &Caller, issuer: &str, visitor: &Visitor) -> Result<Option<bool>, Error> {
        if self.must_confirm_first(caller) {
            return Ok(None);
        }
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        if !self.is_still_here(&mut tx, caller).await? {
            return Ok(Some(false));
        }
        let is_gone = tx.disconnect_identity(caller.account.id, issuer).await?;
        if is_gone {
            let details = Details::new().with("issuer", issuer.into());
            self.record(&mut tx, kind::IDENTITY_DISCONNECTED, Some(&caller.account), visitor, details).await?;
        }
        tx.commit().await?;
        Ok(Some(is_gone))
    }
}
