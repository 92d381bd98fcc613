//! The second sign: what somebody has, checked after the password.
//!
//! The checks here also serve "Confirm it's you"; what a right answer leads to is decided by
//! whoever asked.

use countersign_domain::{
    AppCodeRefusal, Assurance, BackupCode, Factor, FactorName, FirstSign, Instant, KeyKind, OneTimeCode, Stage, throttle::Hold,
};
use countersign_store::{Advance, AppId, BackupCodeSetId, Tx};

use crate::{
    Answer, Caller, CodePurpose, Entered, Error, Identity, Purpose, RelyingParty, Visitor,
    attempts::Attempt,
    audit::{Details, kind},
    letters::Notice,
    notices::SECOND_STEP_MISSING,
    relying_party::{NotAccepted, Signed},
};

/// What became of a second step.
#[derive(Debug)]
#[must_use]
pub enum SecondStepOutcome {
    /// Accepted: the session moved on.
    Entered(Entered),
    /// Refused.
    Refused(SecondStepRefusal),
    /// The session ended or moved on in the meantime: sign in again.
    Gone,
}

/// Why a second step was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecondStepRefusal {
    /// Paused or switched off, by this attempt or before it.
    Held(Factor, Hold),
    /// The code from the app isn't right.
    App {
        /// Why.
        why: AppCodeRefusal,
        /// Failures in a row, this one included.
        failures: i64,
    },
    /// The backup code isn't one of theirs.
    BackupCodeUnknown {
        /// Failures in a row, this one included.
        failures: i64,
    },
    /// The backup code was spent before.
    BackupCodeUsed {
        /// When.
        at: Instant,
    },
    /// The key isn't one of theirs.
    KeyUnknown {
        /// What was asked for.
        kind: KeyKind,
        /// Those of this kind that are.
        names: Vec<FactorName>,
    },
    /// The key's answer can't be accepted.
    KeyNotAccepted {
        /// What was asked for.
        kind: KeyKind,
    },
    /// The key's counter didn't grow: there may be a copy of it.
    KeyCounterBack {
        /// What it is called.
        name: FactorName,
    },
    /// The challenge was answered before, or has expired.
    Ended,
    /// The emailed code isn't the one that was sent.
    EmailedCodeWrong {
        /// Failures in a row, this one included.
        failures: i64,
    },
    /// The emailed code has expired or was used, or none was sent.
    EmailedCodeExpired,
    /// The recovery key isn't theirs.
    RecoveryKeyWrong,
    /// The temporary access code isn't the one that was given, or has ended.
    AccessCodeWrong {
        /// Failures in a row, this one included.
        failures: i64,
    },
}

/// A right answer, not yet spent.
pub(crate) enum Proof {
    App {
        attempt: Attempt,
        id: AppId,
        step: i64,
    },
    BackupCode {
        attempt: Attempt,
        set_id: BackupCodeSetId,
        hash: [u8; 32],
    },
    Key {
        attempt: Attempt,
        signed: Box<Signed>,
    },
    EmailedCode {
        attempt: Attempt,
        purpose: CodePurpose,
        hash: [u8; 32],
    },
    AccessCode {
        attempt: Attempt,
        hash: [u8; 32],
    },
    /// There is nothing to guess about it, so no attempt was counted.
    RecoveryKey {
        hash: [u8; 32],
    },
}

impl Proof {
    pub(crate) const fn factor(&self) -> Factor {
        match self {
            Self::App { .. } => Factor::AuthenticatorApp,
            Self::BackupCode { .. } => Factor::BackupCode,
            Self::Key { signed, .. } => signed.credential.kind.factor(),
            Self::EmailedCode { .. } => Factor::EmailedCode,
            Self::AccessCode { .. } => Factor::AccessCode,
            Self::RecoveryKey { .. } => Factor::RecoveryKey,
        }
    }

    const fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::App { attempt, .. }
            | Self::BackupCode { attempt, .. }
            | Self::Key { attempt, .. }
            | Self::EmailedCode { attempt, .. }
            | Self::AccessCode { attempt, .. } => Some(attempt),
            Self::RecoveryKey { .. } => None,
        }
    }
}

/// What checking came to.
pub(crate) type Checked = Result<Proof, SecondStepRefusal>;

impl Identity {
    /// The second step of a sign-in, with an authenticator app.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn verify_app_code(
        &self,
        caller: &Caller,
        code: &OneTimeCode,
        trust: bool,
        visitor: &Visitor,
    ) -> Result<SecondStepOutcome, Error> {
        let checked = self.check_app_code(caller, code, visitor, kind::SECOND_STEP_REFUSED).await?;
        self.enter(caller, checked, trust, visitor).await
    }

    /// The second step of a sign-in, with a backup code.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn verify_backup_code(&self, caller: &Caller, code: &BackupCode, visitor: &Visitor) -> Result<SecondStepOutcome, Error> {
        let checked = self.check_backup_code(caller, code, visitor, kind::SECOND_STEP_REFUSED).await?;
        self.enter(caller, checked, false, visitor).await
    }

    /// The second step of a sign-in, with an emailed code.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn verify_emailed_code(
        &self,
        caller: &Caller,
        code: &OneTimeCode,
        trust: bool,
        visitor: &Visitor,
    ) -> Result<SecondStepOutcome, Error> {
        let checked = self.check_emailed_code(caller, code, CodePurpose::SecondStep, visitor, kind::SECOND_STEP_REFUSED).await?;
        self.enter(caller, checked, trust, visitor).await
    }

    /// The second step of a sign-in, with a security key or a passkey.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn verify_key(
        &self,
        caller: &Caller,
        answer: Answer<'_>,
        trust: bool,
        visitor: &Visitor,
    ) -> Result<SecondStepOutcome, Error> {
        let checked = self.check_key(caller, answer, Purpose::SecondStep, visitor, kind::SECOND_STEP_REFUSED).await?;
        self.enter(caller, checked, trust, visitor).await
    }

    /// Spends a right answer and moves the session on, all or nothing. `trust`: the browser is to be trusted from
    /// now on, if it may be.
    pub(crate) async fn enter(
        &self,
        caller: &Caller,
        checked: Checked,
        trust: bool,
        visitor: &Visitor,
    ) -> Result<SecondStepOutcome, Error> {
        let proof = match checked {
            Ok(proof) => proof,
            Err(refusal) => return Ok(SecondStepOutcome::Refused(refusal)),
        };
        let mut tx = self.store.begin().await?;
        // First, because it takes the account's row, too.
        let Some(footing) = tx.record_sign_in(caller.account.id, self.now()).await? else { return Ok(SecondStepOutcome::Gone) };
        // A method that was switched off counts only for those who have no other.
        if proof.factor().is_method() && !footing.asked().contains(proof.factor()) {
            return Ok(SecondStepOutcome::Gone);
        }
        let stage = footing.after_second_step(self.now());
        if let Err(refusal) = self.spend(&mut tx, caller, &proof, visitor).await? {
            drop(tx);
            self.record_unspent(caller, &refusal, visitor).await?;
            return Ok(SecondStepOutcome::Refused(refusal));
        }
        let token = self.new_token()?;
        let advance = Advance {
            stage,
            assurance: Assurance::Two,
            second_factor: Some(proof.factor()),
            second_step_at: Some(self.now()),
            expires_at: self.session_expiry(stage, caller.session.created_at, footing.policy.sessions),
        };
        if !tx.advance_session(caller.session.id, Stage::SecondStep, caller.token.hash(), token.hash(), &advance).await? {
            return Ok(SecondStepOutcome::Gone);
        }
        self.give_pass(&mut tx, caller.session.id, stage, &token).await?;
        if caller.account.password_by_mail_at.is_some() && caller.session.first_sign == FirstSign::Password {
            // Something beside the mailbox has been given: that alone can't have been enough.
            tx.forget_password_by_mail(caller.account.id).await?;
        }
        // A code for this sign-in alone, the notice that nothing came, and a mailed code: none is needed any more.
        tx.cancel_access_code_for(caller.session.id).await?;
        tx.void_mails_of_session(caller.session.id, self.now()).await?;
        let device = self.welcome(&mut tx, &caller.account, visitor).await?;
        let trust = if trust && stage == Stage::SignedIn {
            self.trust(&mut tx, &caller.account, (&footing, proof.factor()), visitor).await?.map(Box::new)
        } else {
            None
        };
        let details = Details::new().factor(proof.factor());
        self.record(&mut tx, kind::SIGN_IN_SUCCEEDED, Some(&caller.account), visitor, details).await?;
        tx.commit().await?;
        Ok(SecondStepOutcome::Entered(Entered {
            token,
            device: Some(device),
            trust,
            stage,
            way: None,
            // Whoever needed help to get in is offered a way that is there the next time.
            is_reminded: stage == Stage::SignedIn && (footing.is_reminded(self.now()) || proof.factor() == Factor::AccessCode),
            return_to: caller.session.return_to.clone(),
        }))
    }

    /// Checks a code against every app of the account; nothing is spent yet.
    pub(crate) async fn check_app_code(
        &self,
        caller: &Caller,
        code: &OneTimeCode,
        visitor: &Visitor,
        on_failure: &str,
    ) -> Result<Checked, Error> {
        let attempt = match self.charge_second_step(caller, Factor::AuthenticatorApp, visitor).await? {
            Ok(attempt) => attempt,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let apps = self.store.list_apps(caller.account.id).await?;
        let now = self.now();
        let mut why = AppCodeRefusal::NoMatch;
        for app in &apps {
            match crate::authenticator_app::judge_code(&app.seed, code, now, app.last_step)? {
                Ok(step) => return Ok(Ok(Proof::App { attempt, id: app.id, step })),
                // With several apps, say the most that any of them lets us say.
                Err(AppCodeRefusal::NoMatch) => {}
                Err(refusal) => why = refusal,
            }
        }
        let failures = attempt.failures;
        self.fail(caller, &attempt, visitor, on_failure, SecondStepRefusal::App { why, failures }).await.map(Err)
    }

    /// Checks a backup code; nothing is spent yet.
    pub(crate) async fn check_backup_code(
        &self,
        caller: &Caller,
        code: &BackupCode,
        visitor: &Visitor,
        on_failure: &str,
    ) -> Result<Checked, Error> {
        let slot = self.hasher.reserve(1)?;
        let attempt = match self.charge_second_step(caller, Factor::BackupCode, visitor).await? {
            Ok(attempt) => attempt,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let unknown = SecondStepRefusal::BackupCodeUnknown { failures: attempt.failures };
        let Some(set) = self.store.find_backup_codes(caller.account.id).await? else {
            return self.fail(caller, &attempt, visitor, on_failure, unknown).await.map(Err);
        };
        let hash = self.hash_backup_code(slot, code, &set).await?;
        match self.store.find_backup_code(set.id, &hash).await? {
            Some(None) => Ok(Ok(Proof::BackupCode { attempt, set_id: set.id, hash })),
            Some(Some(at)) => self.fail(caller, &attempt, visitor, on_failure, SecondStepRefusal::BackupCodeUsed { at }).await.map(Err),
            None => self.fail(caller, &attempt, visitor, on_failure, unknown).await.map(Err),
        }
    }

    /// Checks a key's answer; nothing is spent yet but its challenge.
    pub(crate) async fn check_key(
        &self,
        caller: &Caller,
        answer: Answer<'_>,
        purpose: Purpose,
        visitor: &Visitor,
        on_failure: &str,
    ) -> Result<Checked, Error> {
        // Too late isn't a guess, and isn't counted.
        let Some(state) = self.take_ceremony(&caller.token, purpose, answer.ceremony).await? else {
            return Ok(Err(SecondStepRefusal::Ended));
        };
        let kind = state.kind();
        // Nor is what no key can have said.
        let Some(said) = RelyingParty::credential_id_of(answer.credential) else {
            return Ok(Err(SecondStepRefusal::KeyNotAccepted { kind }));
        };
        let attempt = match self.charge_second_step(caller, kind.factor(), visitor).await? {
            Ok(attempt) => attempt,
            Err(refusal) => return Ok(Err(refusal)),
        };
        let handle = self.store.find_user_handle(caller.account.id).await?;
        let mut keys = self.store.list_credentials(caller.account.id).await?;
        keys.retain(|key| key.kind == kind);
        let named: Vec<_> = keys.iter().map(|key| (key.credential_id.clone(), key.name.clone())).collect();
        let refusal = match self.relying_party.finish_authentication(&state, answer.credential, handle, keys)? {
            Ok(signed) => return Ok(Ok(Proof::Key { attempt, signed: Box::new(signed) })),
            Err(NotAccepted::Unknown) => SecondStepRefusal::KeyUnknown { kind, names: named.into_iter().map(|(_, name)| name).collect() },
            Err(NotAccepted::CounterBack) => match named.into_iter().find(|(id, _)| *id == said) {
                Some((_, name)) => SecondStepRefusal::KeyCounterBack { name },
                None => SecondStepRefusal::KeyNotAccepted { kind },
            },
            Err(NotAccepted::Invalid(because)) => {
                tracing::info!(because, "a key's answer wasn't accepted");
                SecondStepRefusal::KeyNotAccepted { kind }
            }
        };
        self.record_unspent(caller, &refusal, visitor).await?;
        self.fail(caller, &attempt, visitor, on_failure, refusal).await.map(Err)
    }

    /// Records what a refusal says about a key beyond the failed attempt: that there may be a copy.
    pub(crate) async fn record_unspent(&self, caller: &Caller, refusal: &SecondStepRefusal, visitor: &Visitor) -> Result<(), Error> {
        let SecondStepRefusal::KeyCounterBack { name } = refusal else { return Ok(()) };
        self.record_alone(kind::KEY_COUNTER_BACK, Some(&caller.account), visitor, Details::new().name(name.as_str())).await
    }

    pub(crate) async fn charge_second_step(
        &self,
        caller: &Caller,
        factor: Factor,
        visitor: &Visitor,
    ) -> Result<Result<Attempt, SecondStepRefusal>, Error> {
        let subject = self.subject_of_account(&caller.account);
        let key = self.throttle_key(visitor, Some(&caller.account), subject, factor).await?;
        Ok(self.charge(key).await?.map_err(|hold| SecondStepRefusal::Held(factor, hold)))
    }

    /// Records a wrong answer. From the fifth in a row on, the pause is what there is to say.
    pub(crate) async fn fail(
        &self,
        caller: &Caller,
        attempt: &Attempt,
        visitor: &Visitor,
        event: &str,
        refusal: SecondStepRefusal,
    ) -> Result<SecondStepRefusal, Error> {
        let why = match refusal {
            SecondStepRefusal::App { why: AppCodeRefusal::AlreadyUsed, .. } | SecondStepRefusal::BackupCodeUsed { .. } => "used",
            SecondStepRefusal::App { why: AppCodeRefusal::ClockFast { .. } | AppCodeRefusal::ClockSlow { .. }, .. } => "clock-off",
            SecondStepRefusal::KeyCounterBack { .. } => "counter",
            SecondStepRefusal::KeyNotAccepted { .. } => "not-accepted",
            _ => "no-match",
        };
        self.record_failure(event, &attempt.key, Some(&caller.account), visitor, why).await?;
        let hold = attempt.hold_if_failed(self.now());
        if hold.is_some() && caller.session.stage == Stage::SecondStep {
            // No need to wait for the end of this sign-in to tell of it.
            let mut tx = self.store.begin().await?;
            tx.release_mail(caller.session.id, SECOND_STEP_MISSING, self.now()).await?;
            tx.commit().await?;
        }
        Ok(hold.map_or(refusal, |hold| SecondStepRefusal::Held(attempt.key.factor, hold)))
    }

    /// Spends a right answer in `tx`: exactly one of two racing requests gets through.
    pub(crate) async fn spend(
        &self,
        tx: &mut Tx,
        caller: &Caller,
        proof: &Proof,
        visitor: &Visitor,
    ) -> Result<Result<(), SecondStepRefusal>, Error> {
        let now = self.now();
        let failures = proof.attempt().map_or(0, |attempt| attempt.failures);
        match proof {
            Proof::App { id, step, .. } => {
                if !tx.consume_app_step(*id, caller.account.id, *step, now).await? {
                    return Ok(Err(SecondStepRefusal::App { why: AppCodeRefusal::AlreadyUsed, failures }));
                }
            }
            Proof::BackupCode { set_id, hash, .. } => {
                let Some(left) = tx.consume_backup_code(*set_id, hash, now).await? else {
                    return Ok(Err(SecondStepRefusal::BackupCodeUsed { at: now }));
                };
                let details = Details::new().with("left", left.into());
                self.record(tx, kind::BACKUP_CODE_USED, Some(&caller.account), visitor, details).await?;
                self.tell(tx, &caller.account, visitor, Notice::BackupCodeUsed { left }).await?;
            }
            Proof::EmailedCode { purpose, hash, .. } => {
                if !self.spend_emailed_code(tx, caller, *purpose, hash).await? {
                    return Ok(Err(SecondStepRefusal::EmailedCodeExpired));
                }
            }
            Proof::AccessCode { hash, .. } => {
                if !self.spend_access_code(tx, caller, hash, visitor).await? {
                    return Ok(Err(SecondStepRefusal::AccessCodeWrong { failures }));
                }
            }
            Proof::RecoveryKey { hash } => {
                if !self.spend_recovery_key(tx, &caller.account, hash, visitor).await? {
                    return Ok(Err(SecondStepRefusal::RecoveryKeyWrong));
                }
            }
            Proof::Key { signed, .. } => {
                let Signed { credential, counter, public_key } = &**signed;
                if !tx.use_credential(credential.id, caller.account.id, *counter, public_key, now).await? {
                    let is_here = tx.has_credential(credential.id, caller.account.id).await?;
                    let name = credential.name.clone();
                    return Ok(Err(if is_here {
                        SecondStepRefusal::KeyCounterBack { name }
                    } else {
                        SecondStepRefusal::KeyUnknown { kind: credential.kind, names: Vec::new() }
                    }));
                }
            }
        }
        if let Some(attempt) = proof.attempt() {
            tx.clear_attempts(&attempt.key).await?;
        }
        Ok(Ok(()))
    }
}
