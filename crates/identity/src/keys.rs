//! Security keys and passkeys: connecting one, and asking it to sign.

use countersign_domain::{FactorName, KeyKind, MAX_METHODS};
use countersign_store::{Credential, KeyId};

use crate::{
    Caller, Error, Identity, Visitor,
    audit::{Details, kind},
    ceremonies::{Answer, Challenge, Purpose},
    methods::{Connected, Made},
    relying_party::{NewOwner, NotAccepted, Registered, RelyingParty},
};

/// What became of asking for a challenge.
#[derive(Debug)]
#[must_use]
pub enum Challenged {
    /// Here it is.
    Ready(Challenge),
    /// A fresh proof is asked for first.
    ConfirmFirst,
    /// They have no key of this kind to ask.
    NoKey,
    /// The organisation doesn't allow another of this kind.
    NotAllowed,
}

/// Why a key wasn't connected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyRefusal {
    /// It is connected already: to them, under this name, or to somebody else.
    Connected(Option<FactorName>),
    /// Its answer can't be accepted.
    NotAccepted,
    /// The challenge was answered before, or has expired.
    Ended,
}

impl Identity {
    /// Begins to connect a key.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn start_key(&self, caller: &Caller, kind: KeyKind) -> Result<Challenged, Error> {
        if self.must_confirm_first(caller) {
            return Ok(Challenged::ConfirmFirst);
        }
        let account = &caller.account;
        if !caller.organisation.policy.methods.contains(kind.factor()) {
            return Ok(Challenged::NotAllowed);
        }
        let organisation = &caller.organisation;
        let connected = self.store.list_credentials(account.id).await?;
        let owner = NewOwner {
            handle: self.user_handle(caller).await?,
            organisation: organisation.name.as_str(),
            email: account.email.as_str(),
            name: account.name.as_str(),
        };
        let started = self.relying_party.start_registration(kind, &owner, &connected)?;
        Ok(Challenged::Ready(self.keep_ceremony(&caller.token, Purpose::Connect, started).await?))
    }

    /// What keys know the caller's account by; made when it is first asked for.
    async fn user_handle(&self, caller: &Caller) -> Result<[u8; 16], Error> {
        let id = caller.account.id;
        if let Some(handle) = self.store.find_user_handle(id).await? {
            return Ok(handle);
        }
        let mut tx = self.store.begin().await?;
        tx.create_user_handle(id, &self.random()?).await?;
        tx.commit().await?;
        // Whoever raced for it, one handle was kept.
        self.store.find_user_handle(id).await?.ok_or_else(|| Error::fault("a user handle vanished"))
    }

    /// Connects a key that answers its challenge, and makes backup codes when there are none.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn connect_key(
        &self,
        caller: &Caller,
        answer: Answer<'_>,
        name: &FactorName,
        visitor: &Visitor,
    ) -> Result<Connected<KeyRefusal>, Error> {
        if self.must_confirm_first(caller) {
            return Ok(Connected::ConfirmFirst);
        }
        let Some(state) = self.take_ceremony(&caller.token, Purpose::Connect, answer.ceremony).await? else {
            return Ok(Connected::Refused(KeyRefusal::Ended));
        };
        let kind = state.kind();
        match self.relying_party.finish_registration(&state, answer.credential)? {
            Ok(registered) => self.store_key(caller, kind, registered, name, visitor).await,
            Err(why) => {
                let because = if let NotAccepted::Invalid(because) = why { because } else { "other" };
                self.record_key_refused(caller, kind, because, visitor).await?;
                Ok(Connected::Refused(match self.known_as(caller, answer).await? {
                    Some(name) => KeyRefusal::Connected(Some(name)),
                    None => KeyRefusal::NotAccepted,
                }))
            }
        }
    }

    /// The name of a key of the caller's that the browser should have left out.
    async fn known_as(&self, caller: &Caller, answer: Answer<'_>) -> Result<Option<FactorName>, Error> {
        let said = RelyingParty::new_credential_id_of(answer.credential);
        let keys = self.store.list_credentials(caller.account.id).await?;
        Ok(keys.into_iter().find(|key| said.as_ref() == Some(&key.credential_id)).map(|key| key.name))
    }

    async fn store_key(
        &self,
        caller: &Caller,
        kind: KeyKind,
        registered: Registered,
        name: &FactorName,
        visitor: &Visitor,
    ) -> Result<Connected<KeyRefusal>, Error> {
        let account = &caller.account;
        if let Some(known) = self.store.find_credential(&registered.credential_id).await? {
            self.record_key_refused(caller, kind, "connected", visitor).await?;
            let own_name = (known.account_id == account.id).then_some(known.name);
            return Ok(Connected::Refused(KeyRefusal::Connected(own_name)));
        }
        let codes = self.codes_for_first(account).await?;
        let now = self.now();
        let credential = Credential {
            id: KeyId::from_random(now, self.random()?),
            account_id: account.id,
            kind,
            credential_id: registered.credential_id,
            name: name.clone(),
            public_key: registered.public_key,
            backup_eligible: registered.backup_eligible,
            counter: registered.counter,
            created_at: now,
            last_used_at: None,
        };
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        let connected = tx.count_second_steps(account.id).await?;
        if connected >= MAX_METHODS {
            return Ok(Connected::TooMany);
        }
        let is_first = tx.list_second_steps(account.id).await?.is_empty();
        if !tx.create_credential(&credential).await? {
            // Between the look and here; there is no saying by whom.
            return Ok(Connected::Refused(KeyRefusal::Connected(None)));
        }
        let event = match kind {
            KeyKind::SecurityKey => kind::SECURITY_KEY_CONNECTED,
            KeyKind::Passkey => kind::PASSKEY_CONNECTED,
        };
        self.finish_connecting(tx, caller, visitor, Made { factor: kind.factor(), event, name, codes, is_first, now }).await
    }

    /// Asks for a touch of one of the caller's keys.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn challenge_key(&self, caller: &Caller, kind: KeyKind, purpose: Purpose) -> Result<Challenged, Error> {
        let mut connected = self.store.list_credentials(caller.account.id).await?;
        connected.retain(|key| key.kind == kind);
        if connected.is_empty() {
            return Ok(Challenged::NoKey);
        }
        let started = self.relying_party.start_authentication(kind, &connected)?;
        Ok(Challenged::Ready(self.keep_ceremony(&caller.token, purpose, started).await?))
    }

    /// Records an answer that wasn't accepted, where no failure is counted.
    async fn record_key_refused(&self, caller: &Caller, kind: KeyKind, because: &str, visitor: &Visitor) -> Result<(), Error> {
        let details = Details::new().factor(kind.factor()).with("because", because.into());
        self.record_now_and_then(kind::KEY_NOT_CONNECTED, &caller.account, visitor, details).await
    }
}
