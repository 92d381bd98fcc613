//! Somebody's own methods and recent activity: looking, renaming, removing, turning off.

use countersign_domain::FactorName;
use countersign_store::{AppId, AuditEvent, AuthenticatorApp, BackupCodeSet, Organisation, Session};

use crate::{
    Caller, Error, Identity, Visitor,
    audit::{Details, kind},
};

/// Lines of recent activity shown.
const RECENT: i64 = 10;

/// What the Security page shows.
#[derive(Debug)]
pub struct Security {
    /// The organisation.
    pub organisation: Organisation,
    /// Connected apps, oldest first.
    pub apps: Vec<AuthenticatorApp>,
    /// The current set of backup codes.
    pub backup_codes: Option<BackupCodeSet>,
    /// New codes wait to be saved.
    pub has_codes_to_save: bool,
    /// Live sessions, newest first.
    pub sessions: Vec<Session>,
    /// What happened lately, newest first.
    pub events: Vec<AuditEvent>,
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

impl Identity {
    /// Everything the Security page shows.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn security(&self, caller: &Caller) -> Result<Security, Error> {
        let id = caller.account.id;
        Ok(Security {
            organisation: self.organisation_of(&caller.account).await?,
            apps: self.store.list_apps(id).await?,
            backup_codes: self.store.find_backup_codes(id).await?,
            has_codes_to_save: self.store.find_backup_code_reveal(id).await?.is_some(),
            sessions: self.live_sessions(caller).await?,
            events: self.store.list_events(id, None, RECENT).await?,
        })
    }

    /// Renames an app.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn rename_app(&self, caller: &Caller, id: AppId, name: &FactorName, visitor: &Visitor) -> Result<Changed, Error> {
        let mut tx = self.store.begin().await?;
        if !tx.rename_app(id, caller.account.id, name).await? {
            return Ok(Changed::NotFound);
        }
        let details = Details::new().name(name.as_str());
        self.record(&mut tx, kind::APP_RENAMED, Some(&caller.account), visitor, details).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }

    /// Removes an app, and with the last one its backup codes. Other sessions end.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn remove_app(&self, caller: &Caller, id: AppId, visitor: &Visitor) -> Result<Changed, Error> {
        let account = &caller.account;
        let Some(app) = self.store.list_apps(account.id).await?.into_iter().find(|app| app.id == id) else {
            return Ok(Changed::NotFound);
        };
        if self.must_confirm(caller).await? {
            return Ok(Changed::ConfirmFirst);
        }
        let organisation = self.organisation_of(account).await?;
        let mut tx = self.store.begin().await?;
        // Two apps removed at once must not both believe that the other one stays.
        tx.lock_account(account.id).await?;
        if !self.is_still_here(&mut tx, caller).await? || !tx.remove_app(id, account.id).await? {
            return Ok(Changed::NotFound);
        }
        if tx.count_apps(account.id).await? == 0 {
            if organisation.requires_second_step {
                return Ok(Changed::LastMethod);
            }
            tx.delete_backup_codes(account.id).await?;
        }
        tx.delete_sessions_of(account.id, Some(caller.session.id)).await?;
        self.record(&mut tx, kind::APP_REMOVED, Some(account), visitor, Details::new().name(app.name.as_str())).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }

    /// Turns two-factor authentication off: every app and backup code goes, other sessions end.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn turn_off_second_step(&self, caller: &Caller, visitor: &Visitor) -> Result<Changed, Error> {
        let account = &caller.account;
        if self.organisation_of(account).await?.requires_second_step {
            return Ok(Changed::LastMethod);
        }
        if self.must_confirm(caller).await? {
            return Ok(Changed::ConfirmFirst);
        }
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        if !self.is_still_here(&mut tx, caller).await? || tx.remove_all_apps(account.id).await? == 0 {
            return Ok(Changed::NotFound);
        }
        tx.delete_backup_codes(account.id).await?;
        tx.delete_sessions_of(account.id, Some(caller.session.id)).await?;
        self.record(&mut tx, kind::SECOND_STEP_TURNED_OFF, Some(account), visitor, Details::new()).await?;
        tx.commit().await?;
        Ok(Changed::Done)
    }
}
