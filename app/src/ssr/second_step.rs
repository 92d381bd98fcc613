//! The second sign, from form to use case.

use countersign_domain::{AppCodeRefusal, BackupCode, FirstSign, OneTimeCode, Stage, throttle::Hold};
use countersign_identity::{Account, Caller, CodePurpose, Entered, SecondStepOutcome, SecondStepRefusal};

use super::{
    answer::{done, refused},
    caller::{Request, page_after, request},
    emailed_code::sent_code,
    fault,
    sign_in::held,
};
use crate::{
    api::{
        Answer, AppError, FieldProblem, Refusal, Way,
        second_step::{AskedHelp, SecondStep},
    },
    paths,
};

pub(crate) async fn load() -> Result<SecondStep, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    Ok(SecondStep {
        organisation: caller.organisation.name.to_string(),
        email: caller.account.email.to_string(),
        password_at: request.when(caller.session.created_at),
        is_signed_on: caller.session.first_sign == FirstSign::SingleSignOn,
        ways: ways(&request, &caller).await?,
        sent_code: sent_code(&request, &caller, CodePurpose::SecondStep).await?,
        is_mailbox_spent: request.identity.is_mailbox_spent(&caller.account),
        trust_days: caller.may_trust_for().and_then(|days| usize::try_from(days.days()).ok()),
        helpers: request
            .identity
            .helpers_of(&caller.account)
            .await
            .map_err(|error| request.fault(&error))?
            .iter()
            .map(ToString::to_string)
            .collect(),
    })
}

pub(crate) async fn load_asked() -> Result<AskedHelp, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    let asked = request.identity.asked(&caller).await.map_err(|error| request.fault(&error))?;
    Ok(AskedHelp {
        number: asked.request.map(|asked| format!("{:03} {:03}", asked.number / 1_000, asked.number % 1_000)),
        until: asked.request.map(|asked| request.when(asked.expires_at)),
        is_given: asked.is_given,
    })
}

pub(crate) async fn ask() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    let is_asked = request.identity.ask_for_code(&caller, &request.visitor).await.map_err(|error| request.fault(&error))?;
    if is_asked { done(paths::SECOND_STEP_ASK) } else { refused(Refusal::Unmet { what: "too-many-screens".to_owned(), count: 0 }) }
}

/// The second steps that the caller has, in words.
pub(super) async fn ways(request: &Request, caller: &Caller) -> Result<Vec<Way>, AppError> {
    let ways = request.identity.ways(caller, &request.visitor).await.map_err(|error| request.fault(&error))?;
    let on_wire = |way: countersign_identity::Way| {
        let (paused_until, failures) = match way.hold {
            Some(Hold::Paused { until, failures }) => (Some(request.when(until)), failures),
            _ => (None, 0),
        };
        Way {
            factor: way.factor,
            names: way.names,
            left: way.left.map(|(left, _)| left),
            total: way.left.map(|(_, total)| total),
            paused_until,
            failures,
            is_disabled: way.hold == Some(Hold::Disabled),
        }
    };
    Ok(ways.into_iter().map(on_wire).collect())
}

pub(crate) async fn verify_authenticator_code(code: &str, trust: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    let Ok(code) = OneTimeCode::parse(code) else { return refused(code_problem(code)) };
    let outcome = request.identity.verify_app_code(&caller, &code, !trust.is_empty(), &request.visitor).await;
    entered(&request, &caller.account, outcome.map_err(|error| request.fault(&error))?).await
}

pub(crate) async fn verify_backup_code(code: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    let Ok(code) = BackupCode::parse(code) else { return refused(code_problem(code)) };
    let outcome = request.identity.verify_backup_code(&caller, &code, &request.visitor).await;
    entered(&request, &caller.account, outcome.map_err(|error| request.fault(&error))?).await
}

pub(crate) async fn verify_access_code(code: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    let Ok(code) = BackupCode::parse(code) else { return refused(code_problem(code)) };
    let outcome = request.identity.verify_access_code(&caller, &code, &request.visitor).await;
    entered(&request, &caller.account, outcome.map_err(|error| request.fault(&error))?).await
}

pub(super) async fn entered(request: &Request, account: &Account, outcome: SecondStepOutcome) -> Result<Answer, AppError> {
    match outcome {
        SecondStepOutcome::Entered(entered) => welcomed(request, account, &entered).await,
        SecondStepOutcome::Refused(refusal) => refused(refusal_on_wire(request, refusal)),
        SecondStepOutcome::Gone => Err(fault::refuse(AppError::SignInRequired)),
    }
}

/// In: on to the page asked for. Somebody who left the wizard before saving their codes goes on
/// there.
pub(super) async fn welcomed(request: &Request, account: &Account, entered: &Entered) -> Result<Answer, AppError> {
    request.enter(entered);
    if request.identity.has_new_codes(account).await.map_err(|error| request.fault(&error))? {
        return done(paths::ENROL_CODES);
    }
    done(page_after(entered))
}

/// A code that can't be one is never counted as a guess.
pub(super) fn code_problem(text: &str) -> Refusal {
    Refusal::field("code", if text.trim().is_empty() { FieldProblem::Empty } else { FieldProblem::Malformed })
}

/// A refused second step, in words' terms.
pub(super) fn refusal_on_wire(request: &Request, refusal: SecondStepRefusal) -> Refusal {
    match refusal {
        SecondStepRefusal::Held(factor, hold) => held(request, factor, hold),
        SecondStepRefusal::App { why, failures } => app_refusal(why, failures),
        SecondStepRefusal::BackupCodeUnknown { failures } => Refusal::WrongBackupCode { failures },
        SecondStepRefusal::BackupCodeUsed { at } => Refusal::UsedBackupCode { on: request.when(at).day },
        SecondStepRefusal::KeyUnknown { names, .. } => Refusal::KeyUnknown { names: names.iter().map(ToString::to_string).collect() },
        SecondStepRefusal::KeyNotAccepted { .. } => Refusal::KeyNotAccepted,
        SecondStepRefusal::KeyCounterBack { name } => Refusal::KeyCounterBack { name: name.to_string() },
        SecondStepRefusal::Ended => Refusal::CeremonyEnded,
        SecondStepRefusal::EmailedCodeWrong { failures } => Refusal::WrongEmailedCode { failures },
        SecondStepRefusal::EmailedCodeExpired => Refusal::ExpiredCode,
        SecondStepRefusal::RecoveryKeyWrong => Refusal::WrongRecoveryKey,
        SecondStepRefusal::AccessCodeWrong { failures } => Refusal::WrongAccessCode { failures },
    }
}

pub(super) const fn app_refusal(why: AppCodeRefusal, failures: i64) -> Refusal {
    match why {
        AppCodeRefusal::NoMatch => Refusal::WrongCode { failures },
        AppCodeRefusal::AlreadyUsed => Refusal::UsedCode,
        AppCodeRefusal::ClockSlow { minutes } => Refusal::ClockOff { minutes: -minutes },
        AppCodeRefusal::ClockFast { minutes } => Refusal::ClockOff { minutes },
    }
}
