//! The first run: one link, one organisation, one account holder.

use countersign_domain::{Email, Factor, FirstSign, MethodSet, OrganisationName, Password, PersonName, Policy, Role, Stage};
use countersign_store::{Account, AccountId, Organisation, OrganisationId};

use subtle::ConstantTimeEq;

use crate::{
    Entered, Error, Identity, Token, Visitor,
    audit::{Details, kind},
    passwords::guessable,
    sessions::NewSession,
};

/// What a look-up key makes of a fixed text.
#[must_use]
pub fn key_check(lookup: &[u8; 32]) -> [u8; 32] {
    crate::visitor::keyed_hash(lookup, b"installation", b"key check")
}

/// What the account holder typed, parsed.
#[derive(Debug)]
pub struct NewOrganisation {
    /// The organisation's name.
    pub organisation: OrganisationName,
    /// The account holder's name.
    pub name: PersonName,
    /// The account holder's e-mail.
    pub email: Email,
    /// The account holder's password.
    pub password: Password,
}

/// What became of a set-up.
#[derive(Debug)]
#[must_use]
pub enum SetUpOutcome {
    /// The organisation exists, and its account holder is signed in as far as a password goes.
    Entered(Entered),
    /// The link was used or replaced, or there is an organisation already.
    LinkEnded,
    /// The password is one that anybody would guess.
    Guessable,
}

impl Identity {
    /// Whether the keys are those that this database was first started with. The first start
    /// keeps what they make of a fixed text.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be used.
    pub async fn are_keys_ours(&self) -> Result<bool, Error> {
        let ours = key_check(self.store.keys().lookup());
        if let Some(kept) = self.store.find_key_check().await? {
            return Ok(bool::from(kept.as_slice().ct_eq(&ours)));
        }
        let mut tx = self.store.begin().await?;
        let is_first = tx.create_key_check(&ours).await?;
        tx.commit().await?;
        // Another node was first: its keys must be the same.
        Ok(is_first || self.store.find_key_check().await?.is_some_and(|kept| kept == ours))
    }

    /// The host that keys are bound to, if it is another than today's public URL has. The first
    /// start binds them, and while there are none, every one.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be used.
    pub async fn bound_host(&self) -> Result<Option<String>, Error> {
        let ours = self.relying_party.id();
        if self.store.find_rp_id().await?.is_none() {
            let mut tx = self.store.begin().await?;
            tx.create_rp_id(ours).await?;
            tx.commit().await?;
        }
        let bound = self.store.find_rp_id().await?.filter(|kept| kept != ours);
        if bound.is_some() && self.store.count_credentials().await? == 0 {
            // Nobody has a key that would stop working: it was tried out somewhere else.
            let mut tx = self.store.begin().await?;
            tx.replace_rp_id(ours).await?;
            tx.commit().await?;
            return Ok(None);
        }
        Ok(bound)
    }

    /// A new set-up link's token, which ends an older one; `None` once there is an organisation.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn open_set_up(&self) -> Result<Option<Token>, Error> {
        let token = self.new_token()?;
        let mut tx = self.store.begin().await?;
        let is_open = tx.open_set_up(token.hash(), self.now()).await?;
        tx.commit().await?;
        Ok(is_open.then_some(token))
    }

    /// Whether a set-up link still works.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn is_set_up_open(&self, token: &Token) -> Result<bool, Error> {
        Ok(self.store.is_set_up_open(token.hash()).await?)
    }

    /// Creates the organisation and its account holder. The link works once.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn set_up(&self, link: &Token, new: &NewOrganisation, visitor: &Visitor) -> Result<SetUpOutcome, Error> {
        // A look first, so that strangers without a link can't make the server hash.
        if !self.is_set_up_open(link).await? {
            return Ok(SetUpOutcome::LinkEnded);
        }
        if guessable(&new.password, &[new.organisation.as_str(), new.name.as_str(), new.email.as_str()]) {
            return Ok(SetUpOutcome::Guessable);
        }
        let now = self.now();
        let (organisation, account) = self.founded(new).await?;
        let mut tx = self.store.begin().await?;
        if !tx.consume_set_up(link.hash()).await? {
            return Ok(SetUpOutcome::LinkEnded);
        }
        tx.create_organisation(&organisation).await?;
        if !tx.create_account(&account).await? {
            return Ok(SetUpOutcome::LinkEnded);
        }
        let stage = Stage::SignedIn;
        let new = NewSession {
            account: &account,
            stage,
            first_sign: FirstSign::Password,
            lengths: organisation.policy.sessions,
            has_second_step: false,
            proved_at: None,
            second_factor: None,
            return_to: None,
        };
        let token = self.start_session(&mut tx, new, visitor).await?.token;
        tx.record_sign_in(account.id, now).await?;
        let device = self.welcome(&mut tx, &account, visitor).await?;
        self.record(&mut tx, kind::SET_UP_COMPLETED, Some(&account), visitor, Details::new()).await?;
        self.post_confirmation(&mut tx, &account, &account.email, visitor, None).await?;
        let details = Details::new().factor(Factor::Password);
        self.record(&mut tx, kind::SIGN_IN_SUCCEEDED, Some(&account), visitor, details).await?;
        tx.commit().await?;
        Ok(SetUpOutcome::Entered(Entered {
            token,
            device: Some(device),
            trust: None,
            stage,
            way: None,
            is_reminded: false,
            return_to: None,
        }))
    }

    /// An organisation and its first account holder, not written down yet.
    pub(crate) async fn founded(&self, new: &NewOrganisation) -> Result<(Organisation, Account), Error> {
        let now = self.now();
        let organisation = Organisation {
            id: OrganisationId::from_random(now, self.random()?),
            name: new.organisation.clone(),
            policy: Policy::OPEN,
            announced_at: None,
            policy_changes: 0,
            created_at: now,
        };
        let account = Account {
            id: AccountId::from_random(now, self.random()?),
            organisation_id: organisation.id,
            email: new.email.clone(),
            name: new.name.clone(),
            role: Role::AccountHolder,
            password_hash: self.hash_password(&new.password).await?,
            created_at: now,
            last_sign_in_at: None,
            email_confirmed_at: None,
            password_by_mail_at: None,
            team_id: None,
            methods: MethodSet::NONE,
            disabled_at: None,
        };
        Ok((organisation, account))
    }
}
