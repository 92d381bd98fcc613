//! Which second steps somebody has, and which of them they are asked for.

use countersign_domain::{Factor, Footing, KeyKind, throttle::Hold};
use countersign_store::AccessCode;

use crate::{Account, Caller, Error, Identity, Visitor};

/// A second step that somebody has.
#[derive(Clone, Debug)]
pub struct Way {
    /// Which kind.
    pub factor: Factor,
    /// Names of the apps or keys; empty for backup codes.
    pub names: Vec<String>,
    /// Backup codes left, and in the set.
    pub left: Option<(i64, i64)>,
    /// Why it can't be used right now.
    pub hold: Option<Hold>,
}

impl Identity {
    /// The second steps that the caller has in this session, strongest first.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn ways(&self, caller: &Caller, visitor: &Visitor) -> Result<Vec<Way>, Error> {
        let account = &caller.account;
        let mut ways = Vec::with_capacity(Factor::ALL.len());
        let second_steps = self.store.list_second_steps(account.id).await?;
        let keys = self.store.list_credentials(account.id).await?;
        for kind in KeyKind::ALL.into_iter().filter(|kind| second_steps.contains(&kind.factor())) {
            let names = keys.iter().filter(|key| key.kind == kind).map(|key| key.name.to_string()).collect();
            self.add_way(&mut ways, account, visitor, kind.factor(), names).await?;
        }
        if second_steps.contains(&Factor::AuthenticatorApp) {
            let names = self.store.list_apps(account.id).await?.iter().map(|app| app.name.to_string()).collect();
            self.add_way(&mut ways, account, visitor, Factor::AuthenticatorApp, names).await?;
        }
        if open_to(account, &second_steps).any(|factor| factor == Factor::EmailedCode) {
            self.add_way(&mut ways, account, visitor, Factor::EmailedCode, vec![account.email.masked()]).await?;
        }
        // The rest stands in for what is above, and for nothing else.
        if !second_steps.is_empty() {
            self.add_spares(&mut ways, account, visitor).await?;
        }
        // One that was given for another screen is nothing that this one has.
        let is_for_this = |code: &AccessCode| code.only_session.is_none_or(|session| session == caller.session.id);
        if self.store.find_access_code(account.id, self.now()).await?.as_ref().is_some_and(is_for_this) {
            let hold = self.hold(account, visitor, Factor::AccessCode).await?;
            ways.push(Way { factor: Factor::AccessCode, names: Vec::new(), left: None, hold });
        }
        Ok(ways)
    }

    /// Adds what is kept on paper.
    async fn add_spares(&self, ways: &mut Vec<Way>, account: &Account, visitor: &Visitor) -> Result<(), Error> {
        if let Some(set) = self.store.find_backup_codes(account.id).await?.filter(|set| set.left > 0) {
            let hold = self.hold(account, visitor, Factor::BackupCode).await?;
            ways.push(Way { factor: Factor::BackupCode, names: Vec::new(), left: Some((set.left, set.total)), hold });
        }
        if self.store.find_recovery_key(account.id).await?.is_some() {
            ways.push(Way { factor: Factor::RecoveryKey, names: Vec::new(), left: None, hold: None });
        }
        Ok(())
    }

    /// Adds a way for methods by these names, if there are any.
    async fn add_way(
        &self,
        ways: &mut Vec<Way>,
        account: &Account,
        visitor: &Visitor,
        factor: Factor,
        names: Vec<String>,
    ) -> Result<(), Error> {
        if !names.is_empty() {
            let hold = self.hold(account, visitor, factor).await?;
            ways.push(Way { factor, names, left: None, hold });
        }
        Ok(())
    }

    /// The way that is asked for first: the strongest they have.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn first_way(&self, account: &Account) -> Result<Option<Factor>, Error> {
        let Some(footing) = self.store.find_footing(account.id).await? else { return Ok(None) };
        Ok(self.first_of(account, &footing))
    }

    /// What is asked for first: the strongest they have, or else the code they were given.
    pub(crate) fn first_of(&self, account: &Account, footing: &Footing) -> Option<Factor> {
        let second_steps: Vec<_> = footing.asked().iter().collect();
        let first = open_to(account, &second_steps).next();
        first.or_else(|| footing.has_access_code(self.now()).then_some(Factor::AccessCode))
    }

    /// Whether the mailbox can't be the second step because it gave the password.
    #[must_use]
    pub fn is_mailbox_spent(&self, account: &Account) -> bool {
        account.password_by_mail_at.is_some()
    }

    pub(crate) async fn hold(&self, account: &Account, visitor: &Visitor, factor: Factor) -> Result<Option<Hold>, Error> {
        let subject = self.subject_of_account(account);
        let key = self.throttle_key(visitor, Some(account), subject, factor).await?;
        Ok(self.store.find_hold(&key, self.now()).await?)
    }
}

/// Which of an account's second steps may be given now: not the mailbox that has just given the
/// password.
pub(crate) fn open_to<'a>(account: &Account, second_steps: &'a [Factor]) -> impl Iterator<Item = Factor> + use<'a> {
    let is_spent = account.password_by_mail_at.is_some();
    second_steps.iter().copied().filter(move |factor| !(is_spent && *factor == Factor::EmailedCode))
}
