//! The recovery key, from form to use case.

use countersign_domain::{RecoveryKey, Stage};

use super::{
    answer::{done, refused},
    caller::{confirm_first, request},
    second_step::{code_problem, entered},
};
use crate::{
    api::{Answer, AppError, Refusal},
    paths,
};

pub(crate) async fn verify(key: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    let Ok(key) = RecoveryKey::parse(key) else { return refused(code_problem(key)) };
    let outcome = request.identity.verify_recovery_key(&caller, &key, &request.visitor).await;
    entered(&request, &caller.account, outcome.map_err(|error| request.fault(&error))?).await
}

pub(crate) async fn make() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if request.identity.must_confirm_first(&caller) {
        return confirm_first(&format!("{}?new-key=1", paths::SECURITY));
    }
    let is_made = request.identity.make_recovery_key(&caller, &request.visitor).await.map_err(|error| request.fault(&error))?;
    if is_made { done(paths::ENROL_CODES) } else { refused(Refusal::Conflict) }
}
