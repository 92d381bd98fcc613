//! Who is here, and leaving.

use countersign_domain::Stage;
use countersign_identity::Caller;

use super::{
    answer::done,
    caller::{confirm_page, request},
    fault,
};
use crate::{
    api::{Answer, AppError, Person, session::Session},
    paths,
};

pub(crate) async fn load() -> Result<Session, AppError> {
    let request = request()?;
    let organisation = request.identity.organisation().await.map_err(|error| request.fault(&error))?;
    let caller = request.anybody().await?;
    Ok(Session {
        organisation: organisation.map(|organisation| organisation.name.to_string()),
        stage: caller.as_ref().map(|caller| caller.session.stage),
        next: match &caller {
            Some(caller) => request.page_of(caller).await?,
            None => paths::SIGN_IN.to_owned(),
        },
    })
}

pub(crate) async fn load_person() -> Result<Person, AppError> {
    Ok(person(&request()?.caller(&[Stage::SignedIn]).await?))
}

pub(crate) async fn load_person_for_change(what: &str) -> Result<Person, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let (page, must_confirm) = match what {
        "email" => (paths::CHANGE_EMAIL, request.identity.must_confirm_first(&caller).await),
        "password" => (paths::CHANGE_PASSWORD, request.identity.must_give_second_step(&caller).await),
        _ => return Err(fault::refuse(AppError::BadRequest)),
    };
    if must_confirm.map_err(|error| request.fault(&error))? {
        return Err(fault::refuse(AppError::WrongStage { next: confirm_page(page) }));
    }
    Ok(person(&caller))
}

fn person(caller: &Caller) -> Person {
    Person {
        name: caller.account.name.to_string(),
        initials: caller.account.name.initials(),
        email: caller.account.email.to_string(),
        is_email_confirmed: caller.account.email_confirmed_at.is_some(),
        role: caller.account.role,
    }
}

pub(crate) async fn sign_out() -> Result<Answer, AppError> {
    let request = request()?;
    if let Some(caller) = request.anybody().await? {
        request.identity.sign_out(&caller, &request.visitor).await.map_err(|error| request.fault(&error))?;
    }
    request.leave();
    done(paths::SIGN_IN)
}
