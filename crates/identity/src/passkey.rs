//! Signing in with a passkey alone: neither e-mail nor password.
//!
//! Whoever asks is told nothing about anybody: the challenge names no account and no key. There is
//! nothing to guess either, so no attempts are counted: an answer is a signature over a challenge
//! that is good once.

use countersign_domain::{Factor, FactorName, FirstSign, KeyKind, ReturnPath, Stage};

use crate::{
    Account, Entered, Error, Identity, Token, Visitor,
    audit::{Details, kind},
    ceremonies::{Answer, Challenge, Open, Purpose},
    relying_party::{NotAccepted, Signed},
    sessions::NewSession,
};

/// What became of a passkey.
#[derive(Debug)]
#[must_use]
pub enum PasskeyOutcome {
    /// It is right: signed in, with both signs.
    Entered(Box<Account>, Entered),
    /// It isn't connected to any account.
    Unknown,
    /// Its counter didn't grow: there may be a copy of it.
    CounterBack(FactorName),
    /// Its answer can't be accepted.
    NotAccepted,
    /// The challenge was answered before, or has expired.
    Ended,
    /// The organisation's provider is the only way in.
    UseSingleSignOn,
}

impl Identity {
    /// Asks for any passkey. The second value is the token that the challenge is bound to; this
    /// browser keeps it until it answers.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub fn challenge_passkey(&self, visitor: &Visitor) -> Result<(Challenge, Token), Error> {
        // The same for all tabs of a browser: each may be asking.
        let token = match &visitor.ceremony {
            Some(token) => token.clone(),
            None => self.new_token()?,
        };
        let challenge = self.seal_ceremony(&token, self.relying_party.start_discovery()?)?;
        Ok((challenge, token))
    }

    /// Signs in with a passkey.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn sign_in_with_passkey(
        &self,
        answer: Answer<'_>,
        return_to: Option<ReturnPath>,
        visitor: &Visitor,
    ) -> Result<PasskeyOutcome, Error> {
        let Some(token) = &visitor.ceremony else { return Ok(PasskeyOutcome::Ended) };
        let Some((open, state)) = self.open_ceremony(token, answer.ceremony) else { return Ok(PasskeyOutcome::Ended) };
        let Ok(claim) = self.relying_party.read_claim(answer.credential) else { return Ok(PasskeyOutcome::NotAccepted) };
        // Only then may a browser forget it.
        let Some(credential) = self.store.find_credential(&claim.credential_id).await? else { return Ok(PasskeyOutcome::Unknown) };
        let account = self.store.find_account_by_handle(&claim.handle).await?;
        // Another account's key, or one that is only good after a password.
        let Some(account) = account.filter(|account| credential.account_id == account.id && credential.kind == KeyKind::Passkey) else {
            return Ok(PasskeyOutcome::NotAccepted);
        };
        let name = credential.name.clone();
        match self.relying_party.finish_discovery(state, &claim, credential)? {
            Ok(signed) => self.enter_with_passkey(&account, &open, &signed, return_to, visitor).await,
            // An answer that comes again says an old counter, and is no copy for that.
            Err(NotAccepted::CounterBack) if self.is_spent(&open).await? => Ok(PasskeyOutcome::Ended),
            Err(NotAccepted::CounterBack) => self.refuse_copy(&account, name, visitor).await,
            Err(NotAccepted::Unknown) => Ok(PasskeyOutcome::Unknown),
            Err(NotAccepted::Invalid(because)) => {
                self.refuse_passkey(&account, because, visitor).await?;
                Ok(PasskeyOutcome::NotAccepted)
            }
        }
    }

    async fn refuse_copy(&self, account: &Account, name: FactorName, visitor: &Visitor) -> Result<PasskeyOutcome, Error> {
        self.record_now_and_then(kind::KEY_COUNTER_BACK, account, visitor, Details::new().name(name.as_str())).await?;
        Ok(PasskeyOutcome::CounterBack(name))
    }

    async fn refuse_passkey(&self, account: &Account, because: &str, visitor: &Visitor) -> Result<(), Error> {
        let details = Details::new().factor(Factor::Passkey).with("because", because.into());
        self.record_now_and_then(kind::PASSKEY_REFUSED, account, visitor, details).await
    }

    async fn enter_with_passkey(
        &self,
        account: &Account,
        open: &Open,
        signed: &Signed,
        return_to: Option<ReturnPath>,
        visitor: &Visitor,
    ) -> Result<PasskeyOutcome, Error> {
        let now = self.now();
        let return_to = return_to.map(|path| path.as_str().to_owned());
        let mut tx = self.store.begin().await?;
        // First, because it takes the account's row, too.
        // Those who may not, and passkeys that may not be used where something else can be.
        let Some(footing) = tx.record_sign_in(account.id, now).await?.filter(|footing| footing.asked().contains(Factor::Passkey)) else {
            return Ok(PasskeyOutcome::NotAccepted);
        };
        if tx.must_sign_on(account.id).await? {
            return Ok(PasskeyOutcome::UseSingleSignOn);
        }
        if !self.spend_ceremony(&mut tx, Purpose::SignIn, open).await? {
            return Ok(PasskeyOutcome::Ended);
        }
        if !tx.use_credential(signed.credential.id, account.id, signed.counter, &signed.public_key, now).await? {
            let is_removed = !tx.has_credential(signed.credential.id, account.id).await?;
            drop(tx);
            if is_removed {
                return Ok(PasskeyOutcome::Unknown);
            }
            return self.refuse_copy(account, signed.credential.name.clone(), visitor).await;
        }
        // A password that came by mail is still one: none was given here, and whoever chose it may be
        // somebody who reads the mailbox.
        let stage = footing.after_second_step(now);
        let lengths = footing.policy.sessions;
        let new = NewSession {
            account,
            stage,
            first_sign: FirstSign::Passkey,
            lengths,
            has_second_step: true,
            proved_at: None,
            second_factor: Some(Factor::Passkey),
            return_to: return_to.clone(),
        };
        let token = self.start_session(&mut tx, new, visitor).await?.token;
        let device = self.welcome(&mut tx, account, visitor).await?;
        self.record(&mut tx, kind::SIGN_IN_SUCCEEDED, Some(account), visitor, Details::new().factor(Factor::Passkey)).await?;
        tx.commit().await?;
        let is_reminded = stage == Stage::SignedIn && footing.is_reminded(now);
        let entered = Entered { token, device: Some(device), trust: None, stage, way: None, is_reminded, return_to };
        Ok(PasskeyOutcome::Entered(Box::new(account.clone()), entered))
    }
}
