//! Emailed codes: sending one, checking it, and having them as a second step.
//!
//! A code is bound to the session that asked for it and to what it is for. It is weaker than a key
//! or an app: whoever reads the mailbox has it (NIST 800-63B-4 §3.1.3.1). So it is offered only to a
//! confirmed address, an organisation can switch it off, and a mailbox that has just given a new
//! password can't be the second step as well.

use countersign_domain::{
    Email, Factor, FactorName, Instant, MAX_METHODS, OneTimeCode,
    emailed_code::{LIFETIME_SECONDS, MAX_IN_WINDOW, RESEND_SECONDS, WINDOW_SECONDS},
    throttle::Hold,
};
use countersign_store::{EmailedCode, EmailedCodeMethodId, SessionId, Tx};
use subtle::ConstantTimeEq;

use crate::{
    Account, Caller, Error, Identity, SecondStepRefusal, Visitor,
    audit::kind,
    letters::{self, CodeFor},
    mail::{About, Posting},
    methods::{Connected, Made},
    second_step::{Checked, Proof},
    visitor::keyed_hash,
};

/// The kind of the mail that a code comes in.
const MAIL_KIND: &str = "emailed-code";

/// What a code is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodePurpose {
    /// The second step of a sign-in.
    SecondStep,
    /// Turning emailed codes on.
    Connect,
    /// "Confirm it's you".
    Confirm,
}

impl CodePurpose {
    const fn code(self) -> &'static str {
        match self {
            Self::SecondStep => "second-step",
            Self::Connect => "connect",
            Self::Confirm => "confirm",
        }
    }

    const fn in_a_letter(self) -> CodeFor {
        match self {
            Self::SecondStep => CodeFor::SignIn,
            Self::Connect => CodeFor::Connect,
            Self::Confirm => CodeFor::Confirm,
        }
    }
}

/// What became of asking for a code.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use]
pub enum CodeSent {
    /// It is on its way.
    Sent,
    /// Not before this instant.
    TooSoon(Instant),
    /// Codes are paused, or switched off after too many failures.
    Held(Hold),
    /// The address isn't confirmed. A link to confirm it is on its way.
    Unconfirmed(Email),
    /// The organisation doesn't allow them.
    NotAllowed,
    /// A fresh proof is asked for first.
    ConfirmFirst,
    /// They don't have them, have them already, or the session changed in the meantime.
    Gone,
}

/// A code that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SentCode {
    /// Where it went.
    pub email: Email,
    /// When.
    pub sent_at: Instant,
    /// From when on a new one may be asked for.
    pub resend_at: Instant,
    /// Until when it works.
    pub expires_at: Instant,
}

/// A code before it is sent.
struct Drawn {
    code: OneTimeCode,
    kept: EmailedCode,
}

impl Identity {
    /// The code that was last sent for this attempt, live or expired.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn sent_code(&self, caller: &Caller, purpose: CodePurpose) -> Result<Option<SentCode>, Error> {
        let kept = self.store.find_emailed_code(caller.session.id, purpose.code()).await?;
        Ok(kept.map(|EmailedCode { email, sent_at, expires_at, .. }| SentCode {
            email,
            sent_at,
            resend_at: sent_at.plus_seconds(RESEND_SECONDS),
            expires_at,
        }))
    }

    /// Sends a code to the caller's mailbox. It ends the one before.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn send_code(&self, caller: &Caller, purpose: CodePurpose, visitor: &Visitor) -> Result<CodeSent, Error> {
        if let Some(refusal) = self.why_no_code(caller, purpose, visitor).await? {
            return Ok(refusal);
        }
        if let Some(hold) = self.hold(&caller.account, visitor, Factor::EmailedCode).await? {
            return Ok(CodeSent::Held(hold));
        }
        let drawn = self.draw_code(&caller.account, caller.session.id, purpose)?;
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        if !self.is_still_here(&mut tx, caller).await? {
            return Ok(CodeSent::Gone);
        }
        let is_sent = self.put_code(&mut tx, &caller.account, caller.session.id, purpose, &drawn, visitor).await?;
        if is_sent {
            tx.commit().await?;
            return Ok(CodeSent::Sent);
        }
        drop(tx);
        // Either the one before is too young, or there were too many in an hour.
        let resend_at = self.sent_code(caller, purpose).await?.map(|sent| sent.resend_at).filter(|at| *at > self.now());
        Ok(CodeSent::TooSoon(resend_at.unwrap_or_else(|| self.now().plus_seconds(WINDOW_SECONDS))))
    }

    /// Why this caller is sent no code, whatever the time.
    async fn why_no_code(&self, caller: &Caller, purpose: CodePurpose, visitor: &Visitor) -> Result<Option<CodeSent>, Error> {
        let account = &caller.account;
        if purpose != CodePurpose::Connect {
            return Ok((!self.has_emailed_code(account).await?).then_some(CodeSent::Gone));
        }
        if self.must_confirm_first(caller) {
            return Ok(Some(CodeSent::ConfirmFirst));
        }
        if !caller.organisation.policy.methods.contains(Factor::EmailedCode) {
            return Ok(Some(CodeSent::NotAllowed));
        }
        if self.store.find_emailed_code_method(account.id).await?.is_some() {
            return Ok(Some(CodeSent::Gone));
        }
        if account.email_confirmed_at.is_none() {
            let _ = self.send_confirmation(caller, visitor).await?;
            return Ok(Some(CodeSent::Unconfirmed(account.email.clone())));
        }
        Ok(None)
    }

    /// Whether an emailed code may be this account's second step now.
    async fn has_emailed_code(&self, account: &Account) -> Result<bool, Error> {
        Ok(account.password_by_mail_at.is_none() && self.store.list_second_steps(account.id).await?.contains(&Factor::EmailedCode))
    }

    fn hash_emailed_code(&self, session: SessionId, purpose: CodePurpose, code: &OneTimeCode) -> [u8; 32] {
        // Keyed: six digits alone would be found from their hash in no time.
        let text = [&session.as_uuid().into_bytes()[..], purpose.code().as_bytes(), code.as_str().as_bytes()].concat();
        keyed_hash(self.store.keys().lookup(), b"emailed-code", &text)
    }

    fn draw_code(&self, account: &Account, session: SessionId, purpose: CodePurpose) -> Result<Drawn, Error> {
        let code = loop {
            if let Some(code) = OneTimeCode::from_random(self.random()?) {
                break code;
            }
        };
        let sent_at = self.now();
        let kept = EmailedCode {
            code_hash: self.hash_emailed_code(session, purpose, &code),
            email: account.email.clone(),
            sent_at,
            expires_at: sent_at.plus_seconds(LIFETIME_SECONDS),
        };
        Ok(Drawn { code, kept })
    }

    /// Keeps a code and posts it. `false`: too soon, or too many in an hour; nothing changed then.
    async fn put_code(
        &self,
        tx: &mut Tx,
        account: &Account,
        session: SessionId,
        purpose: CodePurpose,
        drawn: &Drawn,
        visitor: &Visitor,
    ) -> Result<bool, Error> {
        let now = drawn.kept.sent_at;
        // Half of them are left to browsers that somebody has signed in with before: whoever has the
        // password alone can't use them up.
        let most = if self.knows_browser(tx, account, visitor).await? { MAX_IN_WINDOW } else { MAX_IN_WINDOW / 2 };
        if tx.count_mails_since(account.id, MAIL_KIND, now.plus_seconds(-WINDOW_SECONDS)).await? >= most
            || !tx.put_emailed_code(session, purpose.code(), &drawn.kept, now.plus_seconds(-RESEND_SECONDS)).await?
        {
            return Ok(false);
        }
        // One that still waits to be sent would bring a code that has ended.
        tx.void_mails_of_kind(session, MAIL_KIND, now).await?;
        let organisation = self.organisation_in(tx, account).await?;
        let (at, until) = (self.told(now), self.told(drawn.kept.expires_at));
        let sheet = self.sheet(&organisation);
        let minutes = LIFETIME_SECONDS / 60;
        let letter = letters::emailed_code(&sheet, &at.happened(visitor), purpose.in_a_letter(), &drawn.code, &until.clock, minutes);
        let posting = Posting {
            kind: MAIL_KIND,
            to: &account.email,
            about: About::Account(account),
            letter,
            session: Some(session),
            slot: None,
            due_at: now,
            expires_at: drawn.kept.expires_at,
        };
        self.post(tx, &organisation, posting).await?;
        Ok(true)
    }

    /// Sends the code of a sign-in that asks for one first, beside the password's acceptance.
    pub(crate) async fn send_first_code(&self, tx: &mut Tx, account: &Account, session: SessionId, visitor: &Visitor) -> Result<(), Error> {
        let drawn = self.draw_code(account, session, CodePurpose::SecondStep)?;
        // Too many in an hour: the page then offers to send one later.
        self.put_code(tx, account, session, CodePurpose::SecondStep, &drawn, visitor).await?;
        Ok(())
    }

    /// Checks an emailed code; nothing is spent yet.
    pub(crate) async fn check_emailed_code(
        &self,
        caller: &Caller,
        code: &OneTimeCode,
        purpose: CodePurpose,
        visitor: &Visitor,
        on_failure: &str,
    ) -> Result<Checked, Error> {
        // Switched off since, or the mailbox gave the password.
        if purpose != CodePurpose::Connect && !self.has_emailed_code(&caller.account).await? {
            return Ok(Err(SecondStepRefusal::EmailedCodeExpired));
        }
        // Too late isn't a guess, and isn't counted.
        let kept = self.store.find_emailed_code(caller.session.id, purpose.code()).await?;
        let Some(kept) = kept.filter(|kept| self.now() < kept.expires_at && kept.email == caller.account.email) else {
            return Ok(Err(SecondStepRefusal::EmailedCodeExpired));
        };
        let attempt = match self.charge_second_step(caller, Factor::EmailedCode, visitor).await? {
            Ok(attempt) => attempt,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let hash = self.hash_emailed_code(caller.session.id, purpose, code);
        if bool::from(hash.ct_eq(&kept.code_hash)) {
            return Ok(Ok(Proof::EmailedCode { attempt, purpose, hash }));
        }
        let refusal = SecondStepRefusal::EmailedCodeWrong { failures: attempt.failures };
        self.fail(caller, &attempt, visitor, on_failure, refusal).await.map(Err)
    }

    /// Uses a right code up. `false` when somebody was faster, or it is too late now.
    pub(crate) async fn spend_emailed_code(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        purpose: CodePurpose,
        hash: &[u8; 32],
    ) -> Result<bool, Error> {
        Ok(tx.consume_emailed_code(caller.session.id, caller.account.id, purpose.code(), hash, self.now()).await?)
    }

    /// Turns emailed codes on, if the code is right, and makes backup codes and a recovery key when
    /// there are none.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn connect_emailed_code(
        &self,
        caller: &Caller,
        code: &OneTimeCode,
        visitor: &Visitor,
    ) -> Result<Connected<SecondStepRefusal>, Error> {
        if self.must_confirm_first(caller) {
            return Ok(Connected::ConfirmFirst);
        }
        let account = &caller.account;
        if !caller.organisation.policy.methods.contains(Factor::EmailedCode) {
            return Ok(Connected::NotAllowed);
        }
        let proof = match self.check_emailed_code(caller, code, CodePurpose::Connect, visitor, kind::EMAILED_CODE_REFUSED).await? {
            Ok(proof) => proof,
            Err(refusal) => return Ok(Connected::Refused(refusal)),
        };
        let codes = self.codes_for_first(account).await?;
        let now = self.now();
        let mut tx = self.store.begin().await?;
        tx.lock_account(account.id).await?;
        let connected = tx.count_second_steps(account.id).await?;
        if connected >= MAX_METHODS {
            return Ok(Connected::TooMany);
        }
        if let Err(refusal) = self.spend(&mut tx, caller, &proof, visitor).await? {
            return Ok(Connected::Refused(refusal));
        }
        let is_first = tx.list_second_steps(account.id).await?.is_empty();
        if !tx.turn_on_emailed_codes(EmailedCodeMethodId::from_random(now, self.random()?), account.id, now).await? {
            return Ok(Connected::Gone);
        }
        let name = FactorName::from_stored("Emailed code".to_owned());
        let made = Made { factor: Factor::EmailedCode, event: kind::EMAILED_CODE_TURNED_ON, name: &name, codes, is_first, now };
        self.finish_connecting(tx, caller, visitor, made).await
    }
}
