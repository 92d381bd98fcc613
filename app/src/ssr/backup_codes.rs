//! Backup codes, from form to use case.

use countersign_domain::Stage;
use countersign_identity::Saved;

use super::{
    answer::{done, refused},
    caller::{confirm_first, confirm_page, request},
    fault,
};
use crate::{
    api::{Answer, AppError, Refusal, backup_codes::NewBackupCodes},
    paths,
};

const STAGES: &[Stage] = &[Stage::Enrolment, Stage::SignedIn];

pub(crate) async fn load_new() -> Result<NewBackupCodes, AppError> {
    let request = request()?;
    let caller = request.caller(STAGES).await?;
    let must_confirm = request.identity.must_confirm_first(&caller);
    if must_confirm {
        return Err(fault::refuse(AppError::WrongStage { next: confirm_page(paths::ENROL_CODES) }));
    }
    let new = request.identity.new_codes(&caller).await.map_err(|error| request.fault(&error))?;
    let Some(new) = new else {
        let next = if caller.session.stage == Stage::Enrolment { paths::ENROL } else { paths::SECURITY };
        return Err(fault::refuse(AppError::WrongStage { next: next.to_owned() }));
    };
    let security = request.identity.security(&caller).await.map_err(|error| request.fault(&error))?;
    Ok(NewBackupCodes {
        organisation: security.organisation.name.to_string(),
        email: caller.account.email.to_string(),
        made: request.when(new.made_at),
        codes: new.codes,
        recovery_key: new.recovery_key,
        is_enrolment: security.came_with_a_method(new.made_at),
    })
}

pub(crate) async fn make() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if request.identity.must_confirm_first(&caller) {
        return confirm_first(&format!("{}?new-codes=1", paths::SECURITY));
    }
    let is_made = request.identity.make_codes(&caller, &request.visitor).await.map_err(|error| request.fault(&error))?;
    if is_made { done(paths::ENROL_CODES) } else { refused(Refusal::Conflict) }
}

pub(crate) async fn acknowledge(saved: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(STAGES).await?;
    if saved.is_empty() {
        return refused(Refusal::NotSaved);
    }
    if request.identity.must_confirm_first(&caller) {
        return confirm_first(paths::ENROL_CODES);
    }
    let new = request.identity.new_codes(&caller).await.map_err(|error| request.fault(&error))?;
    let security = request.identity.security(&caller).await.map_err(|error| request.fault(&error))?;
    let is_enrolment = new.is_some_and(|new| security.came_with_a_method(new.made_at));
    match request.identity.acknowledge_codes(&caller, &request.visitor).await.map_err(|error| request.fault(&error))? {
        Saved::Done => done(if is_enrolment { paths::ENROL_DONE } else { paths::SECURITY }),
        Saved::Entered(entered) => {
            request.enter(&entered);
            done(paths::ENROL_DONE)
        }
        Saved::Gone => Err(fault::refuse(AppError::WrongStage { next: paths::ENROL.to_owned() })),
    }
}
