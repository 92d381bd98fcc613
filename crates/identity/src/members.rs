//! Members, as whoever runs the server manages them from its command line.

use countersign_domain::{Email, Factor, FactorName, KeyKind, MethodSet, Password, PersonName, Policy, Role};
use countersign_store::{Account, AccountId, Organisation};
use thiserror::Error;

use crate::{
    Error, Identity, NewOrganisation, Visitor,
    audit::{Details, kind},
    letters::Notice,
    links::LinkPurpose,
    passwords::guessable,
};

/// Somebody to add.
#[derive(Debug)]
pub struct NewMember {
    /// Their e-mail.
    pub email: Email,
    /// Their name.
    pub name: PersonName,
    /// Their role.
    pub role: Role,
    /// Their first password.
    pub password: Password,
}

/// What became of everybody's keys.
#[derive(Debug, PartialEq, Eq)]
pub struct Moved {
    /// How many were removed.
    pub keys: u64,
    /// Whoever is left without a second step.
    pub bare: Vec<Email>,
}

/// Why nobody was added.
#[derive(Debug, Error)]
pub enum NewMemberError {
    /// The installation isn't set up yet.
    #[error("there is no organisation yet: follow the set-up link that `countersign serve` prints")]
    NotSetUp,
    /// The e-mail is taken.
    #[error("somebody has that e-mail already")]
    EmailTaken,
    /// The password is one that anybody would guess.
    #[error("that password is too easy to guess")]
    Guessable,
    /// Something broke.
    #[error(transparent)]
    Broken(#[from] Error),
}

/// The command line as a visitor, for the audit log.
pub(crate) fn operator() -> Visitor {
    Visitor { address: "server".to_owned(), browser: "Command line".to_owned(), ..Visitor::default() }
}

impl Identity {
    /// Adds a member.
    ///
    /// # Errors
    /// [`NewMemberError`].
    pub async fn add_member(&self, new: &NewMember) -> Result<Account, NewMemberError> {
        let organisation = self.only_organisation().await?.ok_or(NewMemberError::NotSetUp)?;
        if guessable(&new.password, &[organisation.name.as_str(), new.name.as_str(), new.email.as_str()]) {
            return Err(NewMemberError::Guessable);
        }
        let now = self.now();
        let account = Account {
            id: AccountId::from_random(now, self.random()?),
            organisation_id: organisation.id,
            email: new.email.clone(),
            name: new.name.clone(),
            role: new.role,
            password_hash: self.hash_password(&new.password).await?,
            created_at: now,
            last_sign_in_at: None,
            email_confirmed_at: None,
            password_by_mail_at: None,
            team_id: None,
            methods: MethodSet::NONE,
            disabled_at: None,
        };
        let mut tx = self.store.begin().await.map_err(Error::from)?;
        if !tx.create_account(&account).await.map_err(Error::from)? {
            return Err(NewMemberError::EmailTaken);
        }
        tx.withdraw_invitation_to(account.organisation_id, &account.email).await.map_err(Error::from)?;
        self.record(&mut tx, kind::MEMBER_ADDED, Some(&account), &operator(), Details::new().with("role", new.role.code().into())).await?;
        self.post_confirmation(&mut tx, &account, &account.email, &operator(), None).await?;
        tx.commit().await.map_err(Error::from)?;
        Ok(account)
    }

    /// Adds an organisation beside those there are, with its first account holder.
    ///
    /// # Errors
    /// [`NewMemberError`].
    pub async fn add_organisation(&self, new: &NewOrganisation) -> Result<Account, NewMemberError> {
        if guessable(&new.password, &[new.organisation.as_str(), new.name.as_str(), new.email.as_str()]) {
            return Err(NewMemberError::Guessable);
        }
        let (organisation, account) = self.founded(new).await?;
        let mut tx = self.store.begin().await.map_err(Error::from)?;
        tx.create_organisation(&organisation).await.map_err(Error::from)?;
        if !tx.create_account(&account).await.map_err(Error::from)? {
            return Err(NewMemberError::EmailTaken);
        }
        self.record(&mut tx, kind::SET_UP_COMPLETED, Some(&account), &operator(), Details::new()).await?;
        self.post_confirmation(&mut tx, &account, &account.email, &operator(), None).await?;
        tx.commit().await.map_err(Error::from)?;
        Ok(account)
    }

    /// Clears the pauses and failures of a member; `false` if nobody has that e-mail.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn unlock_member(&self, email: &Email) -> Result<bool, Error> {
        let Some(account) = self.store.find_account_by_email(email).await? else { return Ok(false) };
        let mut tx = self.store.begin().await?;
        tx.unlock(&self.subject_of_email(email)).await?;
        tx.unlock(&self.subject_of_account(&account)).await?;
        self.record(&mut tx, kind::MEMBER_UNLOCKED, Some(&account), &operator(), Details::new()).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Takes a member's second step off and signs them out everywhere, for somebody who lost
    /// everything; `false` if nobody has that e-mail.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn reset_member(&self, email: &Email) -> Result<bool, Error> {
        let Some(account) = self.store.find_account_by_email(email).await? else { return Ok(false) };
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        self.remove_all_methods(&mut tx, &account).await?;
        tx.disconnect_identities_of(account.id).await?;
        tx.let_link(account.id).await?;
        tx.delete_sessions_of(account.id, None).await?;
        tx.end_trusted_browsers_of(account.id, None).await?;
        self.end_pending_address(&mut tx, &account).await?;
        tx.forget_browsers(account.id).await?;
        tx.unlock(&self.subject_of_account(&account)).await?;
        self.record(&mut tx, kind::MEMBER_RESET, Some(&account), &operator(), Details::new()).await?;
        self.tell(&mut tx, &account, &operator(), Notice::MethodsReset).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Gives a member a new password, clears its failures and signs them out everywhere. Their
    /// second step stays, and so do passkeys, which sign in without the password: the names of
    /// those are given back. `None` if nobody has that e-mail.
    ///
    /// # Errors
    /// [`NewMemberError`].
    pub async fn set_member_password(&self, email: &Email, password: &Password) -> Result<Option<Vec<FactorName>>, NewMemberError> {
        let Some(account) = self.store.find_account_by_email(email).await.map_err(Error::from)? else { return Ok(None) };
        let organisation = self.organisation_of(&account).await?;
        if guessable(password, &[organisation.name.as_str(), account.name.as_str(), account.email.as_str()]) {
            return Err(NewMemberError::Guessable);
        }
        let hash = self.hash_password(password).await?;
        self.replace_password(&account, email, &hash).await?;
        let keys = self.store.list_credentials(account.id).await.map_err(Error::from)?;
        Ok(Some(keys.into_iter().filter(|key| key.kind == KeyKind::Passkey).map(|key| key.name).collect()))
    }

    async fn replace_password(&self, account: &Account, email: &Email, hash: &str) -> Result<(), Error> {
        let mut tx = self.store.begin().await?;
        if !tx.set_password(account.id, &account.password_hash, hash, None).await? {
            return Err(Error::fault("the password was changed at the same time; try again"));
        }
        self.end_what_the_old_password_opened(&mut tx, account, None).await?;
        tx.disconnect_identities_of(account.id).await?;
        tx.forget_browsers(account.id).await?;
        tx.delete_links_of(account.id, LinkPurpose::ResetPassword.code()).await?;
        tx.unlock(&self.subject_of_email(email)).await?;
        self.record(&mut tx, kind::PASSWORD_SET, Some(account), &operator(), Details::new()).await?;
        self.tell(&mut tx, account, &operator(), Notice::PasswordChanged).await?;
        Ok(tx.commit().await?)
    }

    /// Binds keys to the host of today's public URL, and removes those that were bound to another.
    /// Whoever is left without a second step loses the backup codes and sessions that came with
    /// it. `None` when keys are bound to this host already.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn move_to_this_host(&self) -> Result<Option<Moved>, Error> {
        if self.bound_host().await?.is_none() {
            return Ok(None);
        }
        let removed = self.store.count_credentials().await?;
        let mut tx = self.store.begin().await?;
        tx.replace_rp_id(self.relying_party.id()).await?;
        let bare = tx.list_owners_of_keys_alone().await?;
        for account in &bare {
            tx.lock_account(account.id).await?;
            self.remove_all_methods(&mut tx, account).await?;
            tx.delete_sessions_of(account.id, None).await?;
            tx.end_trusted_browsers_of(account.id, None).await?;
            self.end_pending_address(&mut tx, account).await?;
            tx.forget_browsers(account.id).await?;
            self.tell(&mut tx, account, &operator(), Notice::MethodsReset).await?;
            self.record(&mut tx, kind::MEMBER_RESET, Some(account), &operator(), Details::new().with("because", "host-changed".into()))
                .await?;
        }
        tx.remove_everybodys_credentials().await?;
        // The cookies of another host, too.
        tx.end_all_trusted_browsers().await?;
        let details = Details::new().with("host", self.relying_party.id().into()).with("keys", removed.into());
        self.record(&mut tx, kind::HOST_CHANGED, None, &operator(), details).await?;
        tx.commit().await?;
        Ok(Some(Moved { keys: removed, bare: bare.into_iter().map(|account| account.email).collect() }))
    }

    /// Requires a second step of everybody from now on, or no longer does, and says how many sessions
    /// ended. `None` before set-up, or when several organisations live here.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn require_second_step(&self, is_required: bool) -> Result<Option<(Organisation, u64)>, Error> {
        let Some(organisation) = self.only_organisation().await? else { return Ok(None) };
        let now = self.now();
        let required_from = is_required.then(|| organisation.policy.required_from.filter(|from| *from <= now).unwrap_or(now));
        let policy = Policy { required_from, ..organisation.policy };
        let details = Details::new().with("requires-second-step", is_required.into());
        let ended = self.set_policy_by_operator(&organisation, policy, details).await?;
        Ok(Some((Organisation { policy, ..organisation }, ended)))
    }

    /// Allows emailed codes as a second step, or no longer does; whoever is left without one then, up
    /// to a hundred of them. `None` before set-up, or when several organisations live here.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke, or no other method is allowed.
    pub async fn allow_emailed_code(&self, is_allowed: bool) -> Result<Option<Vec<Email>>, Error> {
        let Some(organisation) = self.only_organisation().await? else { return Ok(None) };
        let before = organisation.policy.methods;
        let methods =
            before.iter().filter(|factor| *factor != Factor::EmailedCode).chain(is_allowed.then_some(Factor::EmailedCode)).collect();
        let bare = if is_allowed { Vec::new() } else { self.store.list_left_bare(organisation.id, methods, 100).await? };
        let details = Details::new().with("allows-emailed-code", is_allowed.into());
        self.set_policy_by_operator(&organisation, Policy { methods, ..organisation.policy }, details).await?;
        Ok(Some(bare.into_iter().map(|account| account.email).collect()))
    }

    /// Sets a policy as whoever runs the server, and signs out whoever has no second step when one is
    /// required now: how many sessions that were.
    async fn set_policy_by_operator(&self, organisation: &Organisation, policy: Policy, details: Details) -> Result<u64, Error> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        let announced_at = policy.required_from.map(|_| organisation.announced_at.unwrap_or(now));
        if !tx.set_policy(organisation.id, organisation.policy_changes, policy, announced_at).await? {
            return Err(Error::fault("the policy was changed at the same time; try again"));
        }
        let ended = if policy.is_required(now) { tx.end_sessions_without_method(organisation.id, now).await? } else { 0 };
        self.end_what_is_allowed_no_more(&mut tx, organisation, policy).await?;
        self.record_of_organisation(&mut tx, kind::POLICY_CHANGED, organisation.id, &operator(), details).await?;
        tx.commit().await?;
        Ok(ended)
    }
}
