//! What is written down about each act, in the act's own transaction.

use countersign_domain::Factor;
use countersign_store::{Account, AuditEvent, AuditEventId, OrganisationId, Tx};
use serde_json::{Value, json};

use crate::{Caller, Error, Identity, Visitor};

/// How far apart refusals of one kind are that no failure is counted for, in seconds.
const REFUSALS_APART_SECONDS: i64 = 10 * 60;

/// Names of events. They are part of the public record: never renamed.
pub mod kind {
    /// The organisation and its account holder were created.
    pub const SET_UP_COMPLETED: &str = "set-up.completed";
    /// A member was added.
    pub const MEMBER_ADDED: &str = "member.added";
    /// Somebody, or several, were invited.
    pub const INVITATION_SENT: &str = "invitation.sent";
    /// An invitation was sent again.
    pub const INVITATION_SENT_AGAIN: &str = "invitation.sent-again";
    /// An invitation was taken back.
    pub const INVITATION_WITHDRAWN: &str = "invitation.withdrawn";
    /// Somebody accepted an invitation, and is a member.
    pub const INVITATION_ACCEPTED: &str = "invitation.accepted";
    /// Pauses and failures of a member were cleared.
    pub const MEMBER_UNLOCKED: &str = "member.unlocked";
    /// A member's second step was taken off by somebody who runs the server.
    pub const MEMBER_RESET: &str = "member.reset";
    /// A member was given a new password by somebody who runs the server.
    pub const PASSWORD_SET: &str = "member.password-set";
    /// One of a member's methods was taken off by somebody who looks after them.
    pub const METHOD_RESET: &str = "member.method-reset";
    /// A member was signed out everywhere by somebody who looks after them.
    pub const MEMBER_SIGNED_OUT: &str = "member.signed-out";
    /// A member has another role or team.
    pub const MEMBER_CHANGED: &str = "member.changed";
    /// A member may sign in no more.
    pub const MEMBER_DISABLED: &str = "member.disabled";
    /// A member may sign in again.
    pub const MEMBER_ENABLED: &str = "member.enabled";
    /// A member was given a temporary access code.
    pub const ACCESS_CODE_GIVEN: &str = "access-code.given";
    /// Somebody asked for a temporary access code from their second step.
    pub const ACCESS_CODE_ASKED: &str = "access-code.asked";
    /// Another number was typed than the one on somebody's screen.
    pub const NUMBER_REFUSED: &str = "access-code.number-refused";
    /// A temporary access code was taken back.
    pub const ACCESS_CODE_CANCELLED: &str = "access-code.cancelled";
    /// A temporary access code was spent.
    pub const ACCESS_CODE_USED: &str = "access-code.used";
    /// Those of a team who aren't set up were reminded.
    pub const REMINDER_SENT: &str = "reminder.sent";
    /// The organisation now requires a second step, or no longer does.
    pub const POLICY_CHANGED: &str = "policy.changed";
    /// Somebody is in.
    pub const SIGN_IN_SUCCEEDED: &str = "sign-in.succeeded";
    /// The password was right, and a second step was asked for.
    pub const PASSWORD_ACCEPTED: &str = "sign-in.password-accepted";
    /// Unknown e-mail or wrong password.
    pub const PASSWORD_REFUSED: &str = "sign-in.password-refused";
    /// The second step was wrong.
    pub const SECOND_STEP_REFUSED: &str = "second-step.refused";
    /// Two-factor authentication was turned off.
    pub const SECOND_STEP_TURNED_OFF: &str = "second-step.turned-off";
    /// "Confirm it's you" was answered.
    pub const CONFIRMATION_SUCCEEDED: &str = "confirmation.succeeded";
    /// "Confirm it's you" was answered wrongly.
    pub const CONFIRMATION_REFUSED: &str = "confirmation.refused";
    /// An app was connected.
    pub const APP_CONNECTED: &str = "authenticator-app.connected";
    /// An app was renamed.
    pub const APP_RENAMED: &str = "authenticator-app.renamed";
    /// An app was removed.
    pub const APP_REMOVED: &str = "authenticator-app.removed";
    /// A security key was connected.
    pub const SECURITY_KEY_CONNECTED: &str = "security-key.connected";
    /// A security key was renamed.
    pub const SECURITY_KEY_RENAMED: &str = "security-key.renamed";
    /// A security key was removed.
    pub const SECURITY_KEY_REMOVED: &str = "security-key.removed";
    /// A passkey was connected.
    pub const PASSKEY_CONNECTED: &str = "passkey.connected";
    /// A passkey was renamed.
    pub const PASSKEY_RENAMED: &str = "passkey.renamed";
    /// A passkey was removed.
    pub const PASSKEY_REMOVED: &str = "passkey.removed";
    /// A sign-in with a passkey was refused.
    pub const PASSKEY_REFUSED: &str = "passkey.refused";
    /// A security key or passkey to be connected was refused.
    pub const KEY_NOT_CONNECTED: &str = "key.not-connected";
    /// A key's counter didn't grow: there may be a copy of it.
    pub const KEY_COUNTER_BACK: &str = "key.counter-back";
    /// Keys are bound to another host from now on, and everybody's earlier ones went.
    pub const HOST_CHANGED: &str = "host.changed";
    /// A set of backup codes was made.
    pub const BACKUP_CODES_MADE: &str = "backup-codes.made";
    /// A backup code was spent.
    pub const BACKUP_CODE_USED: &str = "backup-codes.used";
    /// Emailed codes were turned on.
    pub const EMAILED_CODE_TURNED_ON: &str = "emailed-code.turned-on";
    /// Emailed codes were turned off.
    pub const EMAILED_CODE_TURNED_OFF: &str = "emailed-code.turned-off";
    /// A code to turn them on with was wrong.
    pub const EMAILED_CODE_REFUSED: &str = "emailed-code.refused";
    /// A recovery key was made.
    pub const RECOVERY_KEY_MADE: &str = "recovery-key.made";
    /// The recovery key was spent.
    pub const RECOVERY_KEY_USED: &str = "recovery-key.used";
    /// A recovery key was wrong.
    pub const RECOVERY_KEY_REFUSED: &str = "recovery-key.refused";
    /// The address was shown to be theirs.
    pub const EMAIL_CONFIRMED: &str = "email.confirmed";
    /// Another address was asked for.
    pub const EMAIL_CHANGE_ASKED: &str = "email.change-asked";
    /// The address was changed, or put back.
    pub const EMAIL_CHANGED: &str = "email.changed";
    /// The password was changed by somebody who was in.
    pub const PASSWORD_CHANGED: &str = "password.changed";
    /// A link for a new password was asked for.
    pub const PASSWORD_RESET_ASKED: &str = "password.reset-asked";
    /// The password was set with a link.
    pub const PASSWORD_RESET: &str = "password.reset";
    /// "This wasn't me".
    pub const ACCOUNT_DISOWNED: &str = "account.disowned";
    /// Somebody trusts the browser they signed in with.
    pub const TRUSTED_BROWSER_ADDED: &str = "trusted-browser.added";
    /// They trust it no more.
    pub const TRUSTED_BROWSER_ENDED: &str = "trusted-browser.ended";
    /// A trusted browser's token came a second time, so it is trusted no more.
    pub const TRUSTED_BROWSER_COPIED: &str = "trusted-browser.copied";
    /// Somebody signed out, or was signed out.
    pub const SESSION_ENDED: &str = "session.ended";
    /// The organisation connected its identity provider.
    pub const SIGN_ON_CONNECTED: &str = "single-sign-on.connected";
    /// What is known of the provider, or what becomes of new people, was changed.
    pub const SIGN_ON_CHANGED: &str = "single-sign-on.changed";
    /// The provider was disconnected.
    pub const SIGN_ON_DISCONNECTED: &str = "single-sign-on.disconnected";
    /// A domain was noted to be the organisation's, by whoever runs the server.
    pub const DOMAIN_PROVEN: &str = "domain.proven";
    /// It isn't any more.
    pub const DOMAIN_GIVEN_UP: &str = "domain.given-up";
    /// A sign-in by way of the provider was refused.
    pub const SIGN_ON_REFUSED: &str = "single-sign-on.refused";
    /// Somebody was connected with who they are at the provider.
    pub const IDENTITY_CONNECTED: &str = "identity.connected";
    /// They are so no more.
    pub const IDENTITY_DISCONNECTED: &str = "identity.disconnected";
    /// A stored password hash was brought to today's cost.
    pub const PASSWORD_REHASHED: &str = "password.rehashed";
}

/// What an event says beside its name.
#[derive(Default)]
pub(crate) struct Details(serde_json::Map<String, Value>);

impl Details {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn factor(self, factor: Factor) -> Self {
        self.with("factor", json!(factor.code()))
    }

    pub(crate) fn name(self, name: &str) -> Self {
        self.with("name", json!(name))
    }

    pub(crate) fn with(mut self, key: &str, value: Value) -> Self {
        self.0.insert(key.to_owned(), value);
        self
    }
}

impl Identity {
    /// Records one event in the transaction of what it tells of. `account` is `None` when the
    /// e-mail belongs to nobody; the e-mail typed is not recorded then, since it may be a password
    /// typed into the wrong field.
    pub(crate) async fn record(
        &self,
        tx: &mut Tx,
        kind: &str,
        account: Option<&Account>,
        visitor: &Visitor,
        details: Details,
    ) -> Result<(), Error> {
        Ok(tx.record_event(&self.event(kind, account, visitor, details)?).await?)
    }

    /// Records an act of the caller's, on somebody else or on the organisation, in the transaction of
    /// the act.
    pub(crate) async fn record_act(
        &self,
        tx: &mut Tx,
        kind: &str,
        caller: &Caller,
        account: Option<&Account>,
        visitor: &Visitor,
        details: Details,
    ) -> Result<(), Error> {
        let event = self.event(kind, account, visitor, details.with("by", caller.account.name.as_str().into()))?;
        let event = AuditEvent { organisation_id: Some(caller.organisation.id), actor_id: Some(caller.account.id), ..event };
        Ok(tx.record_event(&event).await?)
    }

    /// Records what happened to an organisation and to nobody in it: an act of whoever runs the server, a refusal.
    pub(crate) async fn record_of_organisation(
        &self,
        tx: &mut Tx,
        kind: &str,
        organisation: OrganisationId,
        visitor: &Visitor,
        details: Details,
    ) -> Result<(), Error> {
        let event = AuditEvent { organisation_id: Some(organisation), ..self.event(kind, None, visitor, details)? };
        Ok(tx.record_event(&event).await?)
    }

    /// Records one event that tells of nothing else that is stored: a refusal.
    pub(crate) async fn record_alone(
        &self,
        kind: &str,
        account: Option<&Account>,
        visitor: &Visitor,
        details: Details,
    ) -> Result<(), Error> {
        Ok(self.store.record_event(&self.event(kind, account, visitor, details)?).await?)
    }

    /// Records a refusal that no failure is counted for: once in a while, so that nobody can fill
    /// the trail, or push a line out of somebody's sight, by being refused on purpose.
    pub(crate) async fn record_now_and_then(
        &self,
        kind: &str,
        account: &Account,
        visitor: &Visitor,
        details: Details,
    ) -> Result<(), Error> {
        let since = AuditEventId::from_random(self.now().plus_seconds(-REFUSALS_APART_SECONDS), [0; 10]);
        if self.store.count_events_since(account.id, kind, since).await? > 0 {
            return Ok(());
        }
        // Again under the account's lock: many may be refused at once.
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        if tx.count_events_since(account.id, kind, since).await? == 0 {
            self.record(&mut tx, kind, Some(account), visitor, details).await?;
        }
        Ok(tx.commit().await?)
    }

    fn event(&self, kind: &str, account: Option<&Account>, visitor: &Visitor, details: Details) -> Result<AuditEvent, Error> {
        let at = self.now();
        Ok(AuditEvent {
            id: AuditEventId::from_random(at, self.random()?),
            organisation_id: account.map(|account| account.organisation_id),
            account_id: account.map(|account| account.id),
            kind: kind.to_owned(),
            at,
            address: visitor.address.clone(),
            browser: visitor.browser.clone(),
            details: Value::Object(details.0),
            actor_id: None,
            team_id: account.and_then(|account| account.team_id),
        })
    }
}
