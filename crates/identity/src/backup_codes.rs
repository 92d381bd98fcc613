//! Backup codes: fifteen look-up secrets under one salt, shown once.

use countersign_domain::{Assurance, BackupCode, Factor, Footing, Instant, Secret, Stage};
use countersign_store::{Account, Advance, BackupCodeSet, BackupCodeSetId, Tx};
use zeroize::Zeroizing;

use crate::{
    Caller, Entered, Error, HashCost, Identity, Token, Visitor,
    audit::{Details, kind},
    hashing::{SALT_LEN, Slot},
    letters::Notice,
};

/// New codes, hashed and ready to be stored.
pub(crate) struct FreshCodes {
    codes: Vec<BackupCode>,
    hashes: Vec<[u8; 32]>,
    salt: [u8; SALT_LEN],
}

/// Codes, or a recovery key, that nobody has said are saved.
#[derive(Debug)]
pub struct NewCodes {
    /// As shown: `7KQM-2XWD`. None when only the recovery key is new.
    pub codes: Vec<Secret>,
    /// As shown: `R4KD9-…`, if it is new.
    pub recovery_key: Option<Secret>,
    /// When the last of them was made.
    pub made_at: Instant,
}

/// What became of "I've saved these".
#[derive(Debug)]
#[must_use]
pub enum Saved {
    /// They won't be shown again; the session goes on as it was.
    Done,
    /// They won't be shown again, and the forced wizard is over.
    Entered(Entered),
    /// The session ended or moved on in the meantime.
    Gone,
}

impl Identity {
    /// Draws codes and hashes them. Equal codes in one set are drawn again.
    pub(crate) async fn fresh_codes(&self, count: usize) -> Result<FreshCodes, Error> {
        let mut codes: Vec<BackupCode> = Vec::with_capacity(count);
        while codes.len() < count {
            let drawn = BackupCode::from_random(&self.random::<16>()?);
            codes.extend(drawn.filter(|code| !codes.contains(code)));
        }
        let salt = self.random()?;
        let slot = self.hasher.reserve(u32::try_from(count).unwrap_or(u32::MAX))?;
        let inputs = codes.iter().map(|code| Zeroizing::new(code.as_bytes().to_vec())).collect();
        let hashes = self.hasher.hash_all(slot, inputs, salt, self.settings.hash_cost).await?;
        Ok(FreshCodes { codes, hashes, salt })
    }

    /// Stores a new set in `tx`, made at `now`; the old one ends. Codes made at the instant a
    /// method was connected belong to that method's wizard.
    pub(crate) async fn store_codes(
        &self,
        tx: &mut Tx,
        account: &Account,
        fresh: FreshCodes,
        visitor: &Visitor,
        now: Instant,
    ) -> Result<(), Error> {
        let shown = fresh.codes.iter().map(BackupCode::shown).collect::<Vec<_>>().join("\n");
        let reveal = Zeroizing::new(shown.into_bytes());
        let id = BackupCodeSetId::from_random(now, self.random()?);
        let cost = self.settings.hash_cost.to_text();
        tx.replace_backup_codes(id, account.id, &fresh.salt, &cost, &fresh.hashes, &reveal, now).await?;
        let details = Details::new().with("count", fresh.codes.len().into());
        self.record(tx, kind::BACKUP_CODES_MADE, Some(account), visitor, details).await
    }

    /// One Argon2 run checks a code against the whole set.
    pub(crate) async fn hash_backup_code(&self, slot: Slot, code: &BackupCode, set: &BackupCodeSet) -> Result<[u8; 32], Error> {
        let cost = HashCost::from_text(&set.params).ok_or_else(|| Error::fault("the cost of a backup code set can't be read"))?;
        let salt = set.salt.as_slice().try_into().map_err(Error::fault)?;
        self.hasher.hash(slot, code.as_bytes(), salt, cost).await
    }

    /// Whether there are codes that wait to be saved.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn has_new_codes(&self, account: &Account) -> Result<bool, Error> {
        Ok(self.store.find_backup_code_reveal(account.id).await?.is_some()
            || self.store.find_recovery_key_reveal(account.id).await?.is_some())
    }

    /// Codes that wait to be saved. A fresh proof is asked for by the caller of this.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn new_codes(&self, caller: &Caller) -> Result<Option<NewCodes>, Error> {
        let codes = self.store.find_backup_code_reveal(caller.account.id).await?;
        let key = self.store.find_recovery_key_reveal(caller.account.id).await?;
        let made_at = codes.as_ref().map(|codes| codes.created_at).max(key.as_ref().map(|key| key.created_at));
        let Some(made_at) = made_at else { return Ok(None) };
        let codes = match &codes {
            Some(reveal) => std::str::from_utf8(&reveal.codes).map_err(Error::fault)?.lines().map(secret).collect(),
            None => Vec::new(),
        };
        let recovery_key = match &key {
            Some(reveal) => Some(secret(std::str::from_utf8(&reveal.key).map_err(Error::fault)?)),
            None => None,
        };
        Ok(Some(NewCodes { codes, recovery_key, made_at }))
    }

    /// Makes a new set for somebody who has a second step; `false` when they have none.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn make_codes(&self, caller: &Caller, visitor: &Visitor) -> Result<bool, Error> {
        if self.store.list_second_steps(caller.account.id).await?.is_empty() {
            return Ok(false);
        }
        let codes = self.fresh_codes(BackupCode::SET).await?;
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        // The last method may have gone while the codes were hashed.
        if tx.list_second_steps(caller.account.id).await?.is_empty() || !self.is_still_here(&mut tx, caller).await? {
            return Ok(false);
        }
        self.store_codes(&mut tx, &caller.account, codes, visitor, self.now()).await?;
        self.tell(&mut tx, &caller.account, visitor, Notice::BackupCodesMade).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// "I've saved these." In the forced wizard this is the last step: the session moves on.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn acknowledge_codes(&self, caller: &Caller, visitor: &Visitor) -> Result<Saved, Error> {
        let mut tx = self.store.begin().await?;
        tx.acknowledge_backup_codes(caller.account.id).await?;
        tx.acknowledge_recovery_key(caller.account.id).await?;
        if caller.session.stage != Stage::Enrolment {
            tx.commit().await?;
            return Ok(Saved::Done);
        }
        // Only somebody who has connected a method in this wizard may leave it this way.
        let Some((factor, at)) = caller.session.second_factor.zip(caller.session.second_step_at) else { return Ok(Saved::Gone) };
        let Some((token, device)) = self.leave_wizard(&mut tx, caller, &caller.token, (factor, at), visitor).await? else {
            return Ok(Saved::Gone);
        };
        tx.commit().await?;
        Ok(Saved::Entered(Entered {
            token,
            device: Some(device),
            trust: None,
            stage: Stage::SignedIn,
            way: None,
            is_reminded: false,
            return_to: caller.session.return_to.clone(),
        }))
    }

    /// Moves a session on from the forced wizard, in `tx`: a method that is allowed is connected, and
    /// was proved with `factor`. `None` when it isn't, or the session has moved on.
    pub(crate) async fn leave_wizard(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        token: &Token,
        (factor, at): (Factor, Instant),
        visitor: &Visitor,
    ) -> Result<Option<(Token, Token)>, Error> {
        let footing = tx.record_sign_in(caller.account.id, self.now()).await?;
        let Some(footing) = footing.filter(Footing::is_set_up) else { return Ok(None) };
        let next = self.new_token()?;
        let advance = Advance {
            stage: Stage::SignedIn,
            assurance: Assurance::Two,
            second_factor: Some(factor),
            second_step_at: Some(at),
            expires_at: self.session_expiry(Stage::SignedIn, caller.session.created_at, footing.policy.sessions),
        };
        if !tx.advance_session(caller.session.id, Stage::Enrolment, token.hash(), next.hash(), &advance).await? {
            return Ok(None);
        }
        self.give_pass(tx, caller.session.id, Stage::SignedIn, &next).await?;
        let device = self.welcome(tx, &caller.account, visitor).await?;
        self.record(tx, kind::SIGN_IN_SUCCEEDED, Some(&caller.account), visitor, Details::new().factor(factor)).await?;
        Ok(Some((next, device)))
    }
}

fn secret(text: &str) -> Secret {
    Secret::new(text.to_owned())
}
