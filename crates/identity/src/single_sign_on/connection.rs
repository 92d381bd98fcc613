//! Connecting an organisation with its identity provider: an account holder's, with a fresh second step.

use countersign_domain::{EmailDomain, FirstSign, Instant, Role};
use countersign_store::{FederatedIdentity, IdentityProvider, TeamId, Tx};
use zeroize::Zeroizing;

use super::{PendingDomain, ProviderFault};
use crate::{
    Caller, Error, Identity, Visitor,
    audit::{Details, kind},
    letters::{self, ProviderNews},
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
    /// How many members it couldn't sign in: neither connected, nor of one of the domains.
    pub outside: i64,
    /// Somebody has signed in with it as it is now.
    pub is_tried: bool,
    /// The domains whose addresses it may vouch for.
    pub domains: Vec<EmailDomain>,
    /// Those that wait for their DNS to say so.
    pub pending: Vec<PendingDomain>,
}

/// What became of connecting.
#[derive(Debug)]
#[must_use]
pub enum ConnectionSaved {
    /// It holds from now on, and so many people were signed out.
    Done(i64),
    /// A fresh second step is asked for first.
    ConfirmFirst,
    /// Whoever connects it needs a second step of their own: a password alone must not say who everybody is.
    SetUpFirst,
    /// Account holders only.
    NotAllowed,
    /// Somebody else changed it meanwhile.
    Changed,
    /// So many people would be signed out, and that wasn't agreed to.
    WouldSignOut(i64),
    /// Nobody has signed in with it yet, so it can't be the only way in.
    TryFirst,
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
        let (mut connected, mut signed_on, mut outside, mut is_tried) = (0, 0, 0, false);
        if let Some(IdentityProvider { issuer, changed_at, .. }) = &provider {
            connected = self.store.count_identities(organisation, issuer).await?;
            signed_on = self.store.count_by_first_sign(organisation, true, self.now()).await?;
            outside = self.store.count_outside(organisation, issuer).await?;
            is_tried = self.store.has_signed_on(organisation, issuer, *changed_at).await?;
        }
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
        Ok(Some(ConnectionView { connection, connected, signed_on, outside, is_tried, domains, pending }))
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
        let organisation = caller.organisation.id;
        let is_another = before.as_ref().is_none_or(|before| before.issuer != draft.issuer);
        let is_other_client =
            is_another || draft.client_secret.is_some() || before.as_ref().is_none_or(|before| before.client_id != draft.client_id);
        let was_required = before.as_ref().is_some_and(|before| before.is_required);
        // The only way in is one that somebody has come by, as it is.
        let is_tried = match &before {
            Some(before) if !is_other_client => self.store.has_signed_on(organisation, &before.issuer, before.changed_at).await?,
            _ => false,
        };
        if draft.is_required && (!was_required || is_another) && !is_tried {
            return Ok(ConnectionSaved::TryFirst);
        }
        let is_changed = before.as_ref().is_some_and(|before| {
            (before.accepts_second_step, before.is_required) != (draft.accepts_second_step, draft.is_required) || is_other_client
        });
        let is_first = before.is_none();
        let kept = before.filter(|_| !is_another).map(|before| before.client_secret);
        // Another provider isn't shown the secret of the one before.
        let Some(client_secret) = draft.client_secret.or(kept) else { return Ok(ConnectionSaved::Refused(ProviderFault::WrongClient)) };
        {
            let _place = self.providers.place_to_ask(organisation)?;
            if let Err(fault) = self.discover(&draft.issuer).await {
                return Ok(ConnectionSaved::Refused(fault));
            }
        }
        let mut provider = IdentityProvider {
            organisation_id: organisation,
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
        tx.lock_organisation(organisation).await?;
        if !self.is_still_holder(&mut tx, caller).await? {
            return Ok(ConnectionSaved::NotAllowed);
        }
        provider.changed_at = self.now();
        // Also when nothing was connected in between.
        let ends_signed_on = tx.last_issuer(organisation).await?.is_some_and(|last| last != provider.issuer);
        let signed_out = self.would_sign_out(&mut tx, caller, (provider.is_required, ends_signed_on)).await?;
        // Fewer than was agreed to is no harm.
        if signed_out > draft.signed_out {
            return Ok(ConnectionSaved::WouldSignOut(signed_out));
        }
        if !tx.set_identity_provider(&provider).await? {
            return Ok(ConnectionSaved::Changed);
        }
        if ends_signed_on {
            tx.end_sessions_signed_on(organisation, caller.session.id).await?;
        }
        if was_required && !provider.is_required {
            // What was no session all along doesn't become one.
            tx.end_sessions_not_signed_on(organisation).await?;
        }
        let details = Details::new()
            .with("issuer", provider.issuer.as_str().into())
            .with("client", provider.client_id.as_str().into())
            .with("adds-people", provider.adds_people.into())
            .with("accepts-second-step", provider.accepts_second_step.into())
            .with("required", provider.is_required.into())
            .with("signed-out", signed_out.into());
        let kind = if is_first { kind::SIGN_ON_CONNECTED } else { kind::SIGN_ON_CHANGED };
        self.record_act(&mut tx, kind, caller, None, visitor, details).await?;
        if is_another {
            self.tell_other_holders(&mut tx, caller, ProviderNews::Connected(&provider.issuer), visitor).await?;
        } else if is_changed {
            self.tell_other_holders(&mut tx, caller, ProviderNews::Changed(&provider.issuer), visitor).await?;
        }
        tx.commit().await?;
        self.providers.forget(organisation);
        if provider.is_required && !was_required {
            // None of them is one since the commit. Apart, so that nobody who signs in waits while thousands are deleted.
            let mut tx = self.store.begin().await?;
            tx.end_sessions_not_signed_on(organisation).await?;
            tx.commit().await?;
        }
        Ok(ConnectionSaved::Done(signed_out))
    }

    /// How many people are signed out when single sign-on becomes the only way in, and when another provider takes the
    /// place of the one they signed in with. The caller stays.
    async fn would_sign_out(&self, tx: &mut Tx, caller: &Caller, (is_only_way, ends_signed_on): (bool, bool)) -> Result<i64, Error> {
        let (organisation, now) = (caller.organisation.id, self.now());
        let mut count = 0;
        if is_only_way {
            count += tx.count_by_first_sign(organisation, false, now).await?;
        }
        if ends_signed_on {
            count += tx.count_by_first_sign(organisation, true, now).await?;
            count -= i64::from(caller.session.first_sign == FirstSign::SingleSignOn);
        }
        Ok(count)
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
        if provider.is_required {
            // What was no session all along doesn't become one.
            tx.end_sessions_not_signed_on(caller.organisation.id).await?;
        }
        let details = Details::new().with("issuer", provider.issuer.as_str().into()).with("sessions", ended.into());
        self.record_act(&mut tx, kind::SIGN_ON_DISCONNECTED, caller, None, visitor, details).await?;
        self.tell_other_holders(&mut tx, caller, ProviderNews::Disconnected(&provider.issuer), visitor).await?;
        tx.commit().await?;
        Ok(ConnectionSaved::Done(i64::try_from(ended).unwrap_or(i64::MAX)))
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
    pub(super) async fn tell_other_holders(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        news: ProviderNews<'_>,
        visitor: &Visitor,
    ) -> Result<(), Error> {
        let at = self.told(self.now());
        for holder in tx.list_account_holders(caller.organisation.id).await? {
            if holder.id != caller.account.id {
                let sheet = self.sheet(&caller.organisation);
                let by = caller.account.name.as_str();
                let letter = letters::provider_changed(&sheet, &at.happened(visitor), by, news);
                self.post_news(tx, &caller.organisation, "single-sign-on.changed", &holder.email, &holder, letter).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn is_still_holder(&self, tx: &mut Tx, caller: &Caller) -> Result<bool, Error> {
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

    /// Disconnects the caller from who they are at a provider, after a fresh proof. `None` when that is missing. Where it is
    /// the only way in they would lock themselves out: that is `false`, too.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn disconnect_identity(&self, caller: &Caller, issuer: &str, visitor: &Visitor) -> Result<Option<bool>, Error> {
        if self.must_confirm_first(caller) {
            return Ok(None);
        }
        let provider = self.store.find_identity_provider(caller.organisation.id).await?;
        let mut tx = self.store.begin().await?;
        // As it is until this transaction ends, and before the account, as when somebody signs in.
        if let Some(provider) = provider
            && !tx.is_identity_provider(provider.organisation_id, provider.changes).await?
        {
            return Ok(Some(false));
        }
        tx.lock_account(caller.account.id).await?;
        if !self.is_still_here(&mut tx, caller).await? {
            return Ok(Some(false));
        }
        if tx.must_sign_on(caller.account.id).await? {
            return Ok(Some(false));
        }
        let is_gone = tx.disconnect_identity(caller.account.id, issuer).await?;
        if is_gone {
            // By their address they aren't connected again: they said no.
            tx.keep_apart(caller.account.id, self.now()).await?;
            tx.end_signed_on_of(caller.account.id, Some(caller.session.id)).await?;
            let details = Details::new().with("issuer", issuer.into());
            self.record(&mut tx, kind::IDENTITY_DISCONNECTED, Some(&caller.account), visitor, details).await?;
        }
        tx.commit().await?;
        Ok(Some(is_gone))
    }
}
