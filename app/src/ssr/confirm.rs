//! "Confirm it's you", from form to use case.

use countersign_domain::{BackupCode, Factor, OneTimeCode, Password, ReturnPath, Secret, Stage};
use countersign_identity::{CodePurpose, Confirmed};

use super::{
    answer::{done, refused},
    caller::{Request, request},
    emailed_code::sent_code,
    fault,
    second_step::{code_problem, refusal_on_wire, ways},
    sign_in::{held, password_problem},
};
use crate::{
    api::{Answer, AppError, FieldProblem, Refusal, confirm::Confirmation},
    paths,
};

pub(crate) async fn load() -> Result<Confirmation, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let (issuer, identities) = request.identity.sign_on_of(&caller).await.map_err(|error| request.fault(&error))?;
    Ok(Confirmation {
        single_sign_on: issuer.is_some_and(|issuer| identities.iter().any(|identity| identity.issuer == issuer)),
        organisation: caller.organisation.name.to_string(),
        email: caller.account.email.to_string(),
        // The recovery key is for getting in: it would be spent on a proof.
        ways: ways(&request, &caller)
            .await?
            .into_iter()
            .filter(|way| !matches!(way.factor, Factor::RecoveryKey | Factor::AccessCode))
            .collect(),
        sent_code: sent_code(&request, &caller, CodePurpose::Confirm).await?,
    })
}

pub(crate) async fn with_app(code: &str, next: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let Ok(code) = OneTimeCode::parse(code) else { return refused(code_problem(code)) };
    let confirmed = request.identity.confirm_with_app(&caller, &code, &request.visitor).await;
    confirmed_on_wire(&request, confirmed.map_err(|error| request.fault(&error))?, next)
}

pub(crate) async fn with_backup_code(code: &str, next: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let Ok(code) = BackupCode::parse(code) else { return refused(code_problem(code)) };
    let confirmed = request.identity.confirm_with_backup_code(&caller, &code, &request.visitor).await;
    confirmed_on_wire(&request, confirmed.map_err(|error| request.fault(&error))?, next)
}

pub(crate) async fn with_password(password: &Secret, next: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if password.expose().is_empty() {
        return refused(Refusal::field("password", FieldProblem::Empty));
    }
    let password = match Password::parse_typed(password.expose()) {
        Ok(password) => password,
        Err(error) => return refused(Refusal::field("password", password_problem(error))),
    };
    let confirmed = request.identity.confirm_with_password(&caller, &password, &request.visitor).await;
    confirmed_on_wire(&request, confirmed.map_err(|error| request.fault(&error))?, next)
}

pub(super) fn confirmed_on_wire(request: &Request, confirmed: Confirmed, next: &str) -> Result<Answer, AppError> {
    match confirmed {
        Confirmed::Done(token) => {
            request.set_session(&token);
            done(ReturnPath::parse(next).map_or_else(|| paths::SECURITY.to_owned(), |path| path.as_str().to_owned()))
        }
        Confirmed::Refused(refusal) => refused(refusal_on_wire(request, refusal)),
        Confirmed::WrongPassword => refused(Refusal::WrongPassword),
        Confirmed::Held(hold) => refused(held(request, Factor::Password, hold)),
        Confirmed::Gone => Err(fault::refuse(AppError::WrongStage { next: paths::CONFIRM.to_owned() })),
    }
}
