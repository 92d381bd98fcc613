//! Who is here, and leaving.

use countersign_domain::{FirstSign, Instant, Stage};
use countersign_identity::Caller;

use super::{
    answer::done,
    caller::{Request, confirm_page, request},
    fault,
};
use crate::{
    api::{Answer, AppError, Person, session::Session},
    paths,
};

pub(crate) async fn load() -> Result<Session, AppError> {
    let request = request()?;
    let caller = request.anybody().await?;
    let organisation = match &caller {
        Some(caller) => Some(caller.organisation.clone()),
        None => request.identity.only_organisation().await.map_err(|error| request.fault(&error))?,
    };
    let ended = match (&caller, &request.visitor.session) {
        (None, Some(token)) => request.identity.was_ended_by_policy(token).await.map_err(|error| request.fault(&error))?,
        _ => false,
    };
    // Whoever has a session isn't asked how to begin one.
    let is_offered = caller.is_none() && request.identity.has_single_sign_on().await.map_err(|error| request.fault(&error))?;
    Ok(Session {
        organisation: organisation.map(|organisation| organisation.name.to_string()),
        instead: is_offered.then(|| FirstSign::SingleSignOn.code().to_owned()),
        ended: ended.then(|| "second-step-required".to_owned()),
        stage: caller.as_ref().map(|caller| caller.session.stage),
        next: match &caller {
            Some(caller) => request.page_of(caller).await?,
            None => paths::SIGN_IN.to_owned(),
        },
    })
}

pub(crate) async fn load_person() -> Result<Person, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    Ok(person(&request, &caller))
}

pub(crate) async fn load_person_for_change(what: &str) -> Result<Person, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let (page, must_confirm) = match what {
        "email" => (paths::CHANGE_EMAIL, request.identity.must_confirm_first(&caller)),
        "password" => (paths::CHANGE_PASSWORD, request.identity.must_give_second_step(&caller)),
        _ => return Err(fault::refuse(AppError::BadRequest)),
    };
    if must_confirm {
        return Err(fault::refuse(AppError::WrongStage { next: confirm_page(page) }));
    }
    Ok(person(&request, &caller))
}

pub(super) fn person(request: &Request, caller: &Caller) -> Person {
    Person {
        name: caller.account.name.to_string(),
        initials: caller.account.name.initials(),
        email: caller.account.email.to_string(),
        is_email_confirmed: caller.account.email_confirmed_at.is_some(),
        role: caller.account.role,
        set_up_by: deadline_of(caller, request.identity.now()).map(|at| request.when_due(at)),
    }
}

/// By when they have to set up a second step, if they haven't one that counts.
fn deadline_of(caller: &Caller, now: Instant) -> Option<Instant> {
    let footing = caller.footing();
    if footing.is_reminded(now) { footing.policy.deadline(now) } else { None }
}

pub(crate) async fn sign_out() -> Result<Answer, AppError> {
    let request = request()?;
    if let Some(caller) = request.anybody().await? {
        request.identity.sign_out(&caller, &request.visitor).await.map_err(|error| request.fault(&error))?;
    }
    request.leave();
    done(paths::SIGN_IN)
}
