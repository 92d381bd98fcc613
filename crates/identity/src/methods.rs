//! Somebody's methods, whatever their kind: connecting, renaming, removing, turning all of it off.
//!
//! The last method takes the backup codes with it, and none goes without a fresh proof.

use countersign_domain::{BackupCode, Factor, FactorName, Instant, Stage};
use countersign_store::{AccountId, AppId, EmailedCodeMethodId, KeyId, Tx};

use crate::{
    Account, Caller, Error, Identity, Token, Visitor,
    audit::{Details, kind},
    backup_codes::FreshCodes,
    letters::Notice,
    notices::method_in_words,
};

/// What became of connecting a method; `R` says why it may be refused.
#[derive(Debug)]
#[must_use]
pub enum Connected<R> {
    /// It is connected.
    Done {
        /// The session's new token.
        token: Token,
        /// The device cookie to keep, when that was all there was to do in the forced wizard.
        device: Option<Token>,
        /// Backup codes were made, and wait to be saved.
        has_codes: bool,
    },
    /// It didn't prove itself. Everything stays as it was.
    Refused(R),
    /// A fresh proof is asked for first.
    ConfirmFirst,
    /// They have as many methods as anybody may have.
    TooMany,
    /// The organisation doesn't allow it.
    NotAllowed,
    /// There is nothing to connect, or somebody just did.
    Gone,
}

/// What became of a change to somebody's methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Changed {
    /// Done.
    Done,
    /// A fresh proof is asked for first.
    ConfirmFirst,
    /// It is the only second step, and the organisation requires one.
    LastMethod,
    /// There is no such method, or it is somebody else's.
    NotFound,
}

/// The id of a method, whatever its kind: ids are unique over all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodId {
    pub(crate) app: AppId,
    pub(crate) key: KeyId,
    pub(crate) emailed_code: EmailedCodeMethodId,
}

impl MethodId {
    /// Reads an id as views write it.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(Self { app: AppId::parse(text)?, key: KeyId::parse(text)?, emailed_code: EmailedCodeMethodId::parse(text)? })
    }
}

/// The events of one kind of method.
struct Events {
    renamed: &'static str,
    removed: &'static str,
}

const fn events_of(factor: Factor) -> Events {
    match factor {
        Factor::SecurityKey => Events { renamed: kind::SECURITY_KEY_RENAMED, removed: kind::SECURITY_KEY_REMOVED },
        Factor::Passkey => Events { renamed: kind::PASSKEY_RENAMED, removed: kind::PASSKEY_REMOVED },
        // It has no name to change.
        Factor::EmailedCode => Events { renamed: kind::EMAILED_CODE_TURNED_ON, removed: kind::EMAILED_CODE_TURNED_OFF },
        _ => Events { renamed: kind::APP_RENAMED, removed: kind::APP_REMOVED },
    }
}

impl Identity {
    /// Codes to go with a first method; `None` when there is a set already. Before the
    /// transaction: fifteen Argon2 runs take their time.
    pub(crate) async fn codes_for_first(&self, account: &Account) -> Result<Option<FreshCodes>, Error> {
        let has_set = self.store.find_backup_codes(account.id).await?.is_some();
        if has_set { Ok(None) } else { Ok(Some(self.fresh_codes(BackupCode::SET).await?)) }
    }

    /// Ends a connection that `tx` has made at `now`, of a method that just proved itself.
    /// `is_first` was asked before it was made, under the account's lock.
    pub(crate) async fn finish_connecting<R>(
        &self,
        mut tx: Tx,
        caller: &Caller,
        visitor: &Visitor,
        made: Made<'_>,
    ) -> Result<Connected<R>, Error> {
        let account = &caller.account;
        let Made { factor, event, name, codes, is_first, now } = made;
        self.record(&mut tx, event, Some(account), visitor, Details::new().name(name.as_str())).await?;
        self.tell(&mut tx, account, visitor, Notice::MethodAdded { what: &method_in_words(factor, name) }).await?;
        // With the first method, and for those whose first came before there were any.
        let needs_key = !tx.has_recovery_key(account.id).await?;
        if needs_key {
            self.store_recovery_key(&mut tx, account, visitor, now).await?;
        }
        let has_codes = codes.is_some() || needs_key;
        match codes {
            Some(codes) => self.store_codes(&mut tx, account, codes, visitor, now).await?,
            // There was a set, and it went with the last method a moment ago.
            None if is_first && !tx.has_backup_codes(account.id).await? => return Ok(Connected::Gone),
            None => {}
        }
        tx.end_trusted_browsers_of(account.id, None).await?;
        if is_first {
            // A first factor changes what a session must have proved: others sign in again.
            tx.delete_sessions_of(account.id, Some(caller.session.id)).await?;
            self.end_pending_address(&mut tx, account).await?;
        }
        // It may have been switched off since it was begun.
        if !tx.find_footing(account.id).await?.is_some_and(|footing| footing.policy.methods.contains(factor)) {
            return Ok(Connected::NotAllowed);
        }
        let Some(mut token) = self.refresh_proof(&mut tx, caller, factor).await? else { return Ok(Connected::Gone) };
        let mut device = None;
        // In the forced wizard, codes that are still to be saved come before the way on.
        if caller.session.stage == Stage::Enrolment && !has_codes && !tx.has_codes_to_save(account.id).await? {
            let Some((next, known)) = self.leave_wizard(&mut tx, caller, &token, (factor, now), visitor).await? else {
                return Ok(Connected::Gone);
            };
            (token, device) = (next, Some(known));
        }
        tx.commit().await?;
        Ok(Connected::Done { token, device, has_codes })
    }

    /// Whether a fresh proof must come before codes are shown or made, or a method is changed. In
    /// the forced wizard there is none to ask for: the password was given when it began, and it
    /// ends after half an hour.
    #[must_use]
    pub fn must_confirm_first(&self, caller: &Caller) -> bool {
        if caller.session.stage == Stage::Enrolment {
            return false;
        }
        !caller.is_fresh(self.now(), !caller.account.methods.is_empty())
    }

    /// The kind and name of one of the caller's methods.
    async fn find_method(&self, caller: &Caller, id: MethodId) -> Result<Option<(Factor, FactorName)>, Error> {
        self.method_of(caller.account.id, id).await
    }

    /// The kind and name of one of somebody's methods.
    pub(crate) async fn method_of(&self, account: AccountId, id: MethodId) -> Result<Option<(Factor, FactorName)>, Error> {
        if let Some(app) = self.store.list_apps(account).await?.into_iter().find(|app| app.id == id.app) {
            return Ok(Some((Factor::AuthenticatorApp, app.name)));
        }
        if self.store.find_emailed_code_method(account).await?.is_some_and(|method| method.id == id.emailed_code) {
            return Ok(Some((Factor::EmailedCode, FactorName::from_stored("Emailed code".to_owned()))));
        }
        let keys = self.store.list_credentials(account).await?;
        Ok(keys.into_iter().find(|key| key.id == id.key).map(|key| (key.kind.factor(), key.name)))
    }

    /// Renames a method.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn rename_method(&self, caller: &Caller, id: MethodId, name: &FactorName, visitor: &Visitor) -> Result<Changed, Error> {
        let account = &caller.account;
        let Some((factor, _)) = self.find_method(caller, id).await? else { return Ok(Changed::NotFound) };
        let mut tx = self.store.begin().await?;
        if !tx.rename_app(id.app, account.id, name).await? && !tx.rename_credential(id.key, account.id, name).await? {
            return Ok(Changed::NotFound);
        }
        self.record(&mut tx, events_of(factor).renamed, Some(account), visitor, Details::new().name(name.as_str())).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }

    /// Removes a method, and with the last one the backup codes. Other sessions end.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn remove_method(&self, caller: &Caller, id: MethodId, visitor: &Visitor) -> Result<Changed, Error> {
        let account = &caller.account;
        let Some((factor, name)) = self.find_method(caller, id).await? else { return Ok(Changed::NotFound) };
        if self.must_confirm_first(caller) {
            return Ok(Changed::ConfirmFirst);
        }
        let mut tx = self.store.begin().await?;
        // Two methods removed at once must not both believe that the other one stays.
        tx.lock_account(account.id).await?;
        let is_removed = self.is_still_here(&mut tx, caller).await?
            && match factor {
                Factor::EmailedCode => tx.turn_off_emailed_codes(account.id).await?,
                Factor::AuthenticatorApp => tx.remove_app(id.app, account.id).await?,
                _ => tx.remove_credential(id.key, account.id).await?,
            };
        if !is_removed {
            return Ok(Changed::NotFound);
        }
        let Some(footing) = tx.find_footing(account.id).await? else { return Ok(Changed::NotFound) };
        if footing.policy.required_from.is_some() && !footing.is_set_up() && caller.footing().is_set_up() {
            return Ok(Changed::LastMethod);
        }
        if footing.has.is_empty() {
            tx.delete_backup_codes(account.id).await?;
            tx.delete_recovery_key(account.id).await?;
        }
        tx.delete_sessions_of(account.id, Some(caller.session.id)).await?;
        tx.end_trusted_browsers_of(account.id, None).await?;
        self.end_pending_address(&mut tx, account).await?;
        self.record(&mut tx, events_of(factor).removed, Some(account), visitor, Details::new().name(name.as_str())).await?;
        self.tell(&mut tx, account, visitor, Notice::MethodRemoved { what: &method_in_words(factor, &name) }).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }

    /// Turns two-factor authentication off: every method and backup code goes, other sessions end.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn turn_off_second_step(&self, caller: &Caller, visitor: &Visitor) -> Result<Changed, Error> {
        let account = &caller.account;
        if self.must_confirm_first(caller) {
            return Ok(Changed::ConfirmFirst);
        }
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        let Some(footing) = tx.find_footing(account.id).await? else { return Ok(Changed::NotFound) };
        if footing.policy.required_from.is_some() {
            return Ok(Changed::LastMethod);
        }
        if !self.is_still_here(&mut tx, caller).await? || footing.has.is_empty() {
            return Ok(Changed::NotFound);
        }
        self.remove_all_methods(&mut tx, account).await?;
        tx.delete_sessions_of(account.id, Some(caller.session.id)).await?;
        tx.end_trusted_browsers_of(account.id, None).await?;
        self.end_pending_address(&mut tx, account).await?;
        self.record(&mut tx, kind::SECOND_STEP_TURNED_OFF, Some(account), visitor, Details::new()).await?;
        self.tell(&mut tx, account, visitor, Notice::TwoFactorOff).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }

    /// Removes every method and backup code of an account, within `tx`.
    pub(crate) async fn remove_all_methods(&self, tx: &mut Tx, account: &Account) -> Result<(), Error> {
        tx.remove_all_apps(account.id).await?;
        tx.remove_all_credentials(account.id).await?;
        tx.turn_off_emailed_codes(account.id).await?;
        tx.delete_backup_codes(account.id).await?;
        tx.delete_recovery_key(account.id).await?;
        Ok(())
    }
}

/// A method that a transaction has just connected.
pub(crate) struct Made<'a> {
    pub(crate) factor: Factor,
    pub(crate) event: &'static str,
    pub(crate) name: &'a FactorName,
    pub(crate) codes: Option<FreshCodes>,
    pub(crate) is_first: bool,
    pub(crate) now: Instant,
}
