//! What somebody sees of their own security: methods, codes, browsers and recent activity.

use countersign_domain::Instant;
use countersign_store::{
    AuditEvent, AuthenticatorApp, BackupCodeSet, Credential, EmailedCodeMethod, Organisation, Session, StoredRecoveryKey, TrustedBrowser,
};

use crate::{Caller, Error, Identity};

/// Lines of recent activity shown.
const RECENT: i64 = 10;

/// What the Security page shows.
#[derive(Debug)]
pub struct Security {
    /// The organisation.
    pub organisation: Organisation,
    /// Connected apps, oldest first.
    pub apps: Vec<AuthenticatorApp>,
    /// Connected security keys and passkeys, oldest first.
    pub keys: Vec<Credential>,
    /// What keys know this account by, if it ever began to connect one.
    pub user_handle: Option<[u8; 16]>,
    /// Emailed codes, if they are on and the organisation allows them.
    pub emailed_code: Option<EmailedCodeMethod>,
    /// The current set of backup codes.
    pub backup_codes: Option<BackupCodeSet>,
    /// The recovery key, as far as it is kept.
    pub recovery_key: Option<StoredRecoveryKey>,
    /// New codes wait to be saved.
    pub has_codes_to_save: bool,
    /// A new recovery key waits to be saved.
    pub has_key_to_save: bool,
    /// Live sessions, newest first.
    pub sessions: Vec<Session>,
    /// Browsers that are trusted, last used first.
    pub trusted: Vec<TrustedBrowser>,
    /// What happened lately, newest first.
    pub events: Vec<AuditEvent>,
}

impl Security {
    /// Whether codes made at this instant came with a method that was connected, and not instead
    /// of an earlier set.
    #[must_use]
    pub fn came_with_a_method(&self, made_at: Instant) -> bool {
        self.apps.iter().any(|app| app.confirmed_at == Some(made_at))
            || self.keys.iter().any(|key| key.created_at == made_at)
            || self.emailed_code.is_some_and(|method| method.created_at == made_at)
    }
}

impl Identity {
    /// Everything the Security page shows.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn security(&self, caller: &Caller) -> Result<Security, Error> {
        let id = caller.account.id;
        let organisation = caller.organisation.clone();
        Ok(Security {
            emailed_code: self.store.find_emailed_code_method(id).await?.filter(|_| caller.account.email_confirmed_at.is_some()),
            organisation,
            apps: self.store.list_apps(id).await?,
            keys: self.store.list_credentials(id).await?,
            user_handle: self.store.find_user_handle(id).await?,
            backup_codes: self.store.find_backup_codes(id).await?,
            recovery_key: self.store.find_recovery_key(id).await?,
            has_key_to_save: self.store.find_recovery_key_reveal(id).await?.is_some(),
            has_codes_to_save: self.store.find_backup_code_reveal(id).await?.is_some(),
            sessions: self.live_sessions(caller).await?,
            trusted: self.trusted_browsers(&caller.account).await?,
            events: self.store.list_events(id, None, RECENT).await?,
        })
    }
}
