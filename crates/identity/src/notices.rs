//! Telling people what happened to their account.
//!
//! Each notice is written in the transaction of what it tells of, and has a link for "This wasn't
//! me". It goes to the address the account has, confirmed or not: there is no other.

use countersign_domain::{Email, Factor, FactorName};
use countersign_store::{SessionId, Tx};

use crate::{
    Account, Error, Identity, Visitor,
    letters::{self, Letter, Notice},
    links::LinkPurpose,
    mail::{About, Held, HeldMail, Posting, sender},
};

/// How long a notice is worth sending, in seconds.
pub(crate) const WORTH_SECONDS: i64 = 3 * 24 * 60 * 60;
/// How many sign-ins without their second step are told of in an hour, at most.
const MISSING_IN_AN_HOUR: i64 = 3;
/// How many new browsers are told of in an hour, at most.
const BROWSERS_IN_AN_HOUR: u64 = 3;
/// How many resets, and how many codes that somebody else gave, are told of in an hour, at most.
const HELP_IN_AN_HOUR: u64 = 5;
/// The kind of the notice that waits for a second step to be given.
pub(crate) const SECOND_STEP_MISSING: &str = "notice.second-step-missing";

const fn kind_of(notice: &Notice<'_>) -> &'static str {
    match notice {
        Notice::MethodAdded { .. } => "notice.method-added",
        Notice::MethodRemoved { .. } => "notice.method-removed",
        Notice::TwoFactorOff => "notice.second-step-turned-off",
        Notice::MethodsReset | Notice::MethodsResetBy { .. } | Notice::MethodResetBy { .. } => "notice.second-step-reset",
        Notice::AccessCodeGiven { .. } => "notice.access-code-given",
        Notice::BackupCodesMade => "notice.backup-codes-made",
        Notice::BackupCodeUsed { .. } => "notice.backup-code-used",
        Notice::RecoveryKeyMade => "notice.recovery-key-made",
        Notice::RecoveryKeyUsed => "notice.recovery-key-used",
        Notice::PasswordChanged => "notice.password-changed",
        Notice::PasswordReset => "notice.password-reset",
        Notice::EmailChangeAsked { .. } => "notice.email-change-asked",
        Notice::EmailChanged { .. } => "notice.email-changed",
        Notice::NewBrowser => "notice.new-browser",
        Notice::TrustedBrowserCopied => "notice.trusted-browser-copied",
        Notice::SingleSignOnConnected => "notice.single-sign-on-connected",
        Notice::SecondStepMissing => SECOND_STEP_MISSING,
    }
}

/// A method as a mail calls it: its name, and what it is.
pub(crate) fn method_in_words(factor: Factor, name: &FactorName) -> String {
    let kind = match factor {
        Factor::SecurityKey => "security key",
        Factor::Passkey => "passkey",
        Factor::EmailedCode => return "emailed codes".to_owned(),
        _ => "authenticator app",
    };
    format!("{name} ({kind})")
}

impl Identity {
    /// Tells somebody, at the address they have.
    pub(crate) async fn tell(&self, tx: &mut Tx, account: &Account, visitor: &Visitor, notice: Notice<'_>) -> Result<(), Error> {
        self.tell_at(tx, account, &account.email, visitor, notice).await
    }

    /// Tells somebody at another address: the one they had.
    pub(crate) async fn tell_old_address(
        &self,
        tx: &mut Tx,
        account: &Account,
        old: &Email,
        visitor: &Visitor,
        notice: Notice<'_>,
    ) -> Result<(), Error> {
        self.tell_at(tx, account, old, visitor, notice).await
    }

    /// Prepares to tell that a password was right and its second step never came: it is sent when
    /// the sign-in has run out of time, and goes when it has ended well. Nearly all of them go, so
    /// its words are written when it is sent.
    pub(crate) async fn await_second_step(
        &self,
        tx: &mut Tx,
        account: &Account,
        session: SessionId,
        visitor: &Visitor,
    ) -> Result<(), Error> {
        let due_at = self.now().plus_seconds(self.settings.step_seconds);
        let held = Held { browser: visitor.browser.clone(), address: visitor.address.clone() };
        self.hold_mail(
            tx,
            HeldMail { kind: SECOND_STEP_MISSING, account, session, held, due_at, expires_at: due_at.plus_seconds(WORTH_SECONDS) },
            (MISSING_IN_AN_HOUR, self.now().plus_seconds(-60 * 60)),
        )
        .await
    }

    /// Writes the words of a mail that was held back, now that it is sent: who it is from, and the
    /// letter. `None` when its account is gone. Tried again, it has the same link.
    pub(crate) async fn write_held(&self, mail: &countersign_store::Mail, held: &Held) -> Result<Option<(String, Letter)>, Error> {
        let Some(account_id) = mail.account_id else { return Ok(None) };
        let mut tx = self.store.begin().await?;
        let Some(account) = tx.find_account(account_id).await? else { return Ok(None) };
        let organisation = self.organisation_in(&mut tx, &account).await?;
        let link = self.link_of_mail(LinkPurpose::NotMe, mail.id, mail.created_at);
        self.keep_link_of_mail(&mut tx, &link, &account, mail.id, &mail.recipient).await?;
        tx.commit().await?;
        let told = self.told(mail.created_at);
        let visitor = Visitor { browser: held.browser.clone(), address: held.address.clone(), ..Visitor::default() };
        let letter = letters::notice(&self.sheet(&organisation), &told.happened(&visitor), &Notice::SecondStepMissing, &link.url);
        Ok(Some((sender(&organisation), letter)))
    }

    /// Tells of a browser that is new to somebody: a few times in an hour, and not for ever.
    pub(crate) async fn tell_of_browser(&self, tx: &mut Tx, account: &Account, visitor: &Visitor) -> Result<(), Error> {
        self.tell_within(tx, account, visitor, Notice::NewBrowser, BROWSERS_IN_AN_HOUR).await
    }

    /// Tells that an old token of a browser they trusted came back.
    pub(crate) async fn tell_of_browser_copied(&self, tx: &mut Tx, account: &Account, visitor: &Visitor) -> Result<(), Error> {
        self.tell_within(tx, account, visitor, Notice::TrustedBrowserCopied, BROWSERS_IN_AN_HOUR).await
    }

    /// Tells of what somebody else did for them: a few times in an hour. Each is in the log.
    pub(crate) async fn tell_of_help(&self, tx: &mut Tx, account: &Account, visitor: &Visitor, notice: Notice<'_>) -> Result<(), Error> {
        self.tell_within(tx, account, visitor, notice, HELP_IN_AN_HOUR).await
    }

    async fn tell_within(
        &self,
        tx: &mut Tx,
        account: &Account,
        visitor: &Visitor,
        notice: Notice<'_>,
        in_an_hour: u64,
    ) -> Result<(), Error> {
        let hour_ago = self.now().plus_seconds(-60 * 60);
        if tx.count_mails_since(account.id, kind_of(&notice), hour_ago).await? >= in_an_hour {
            return Ok(());
        }
        self.tell(tx, account, visitor, notice).await
    }

    async fn tell_at(&self, tx: &mut Tx, account: &Account, to: &Email, visitor: &Visitor, notice: Notice<'_>) -> Result<(), Error> {
        let organisation = self.organisation_in(tx, account).await?;
        let now = self.now();
        let told = self.told(now);
        let link = self.fresh_link(LinkPurpose::NotMe)?;
        let letter = letters::notice(&self.sheet(&organisation), &told.happened(visitor), &notice, &link.url);
        let posting = Posting {
            kind: kind_of(&notice),
            to,
            about: About::Account(account),
            letter,
            session: None,
            slot: None,
            due_at: now,
            expires_at: now.plus_seconds(WORTH_SECONDS),
        };
        if let Some(mail) = self.post(tx, &organisation, posting).await? {
            self.keep_link(tx, &link, Some(account), Some(mail), to).await?;
        }
        Ok(())
    }
}
