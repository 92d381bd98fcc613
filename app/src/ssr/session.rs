//! Who is here, and leaving.

use countersign_domain::Stage;

use super::{answer::done, caller::request};
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
    let caller = request()?.caller(&[Stage::SignedIn]).await?;
    Ok(Person {
        name: caller.account.name.to_string(),
        initials: caller.account.name.initials(),
        email: caller.account.email.to_string(),
        role: caller.account.role,
    })
}

pub(crate) async fn sign_out() -> Result<Answer, AppError> {
    let request = request()?;
    if let Some(caller) = request.anybody().await? {
        request.identity.sign_out(&caller, &request.visitor).await.map_err(|error| request.fault(&error))?;
    }
    request.leave();
    done(paths::SIGN_IN)
}
