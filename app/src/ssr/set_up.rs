//! The first run.

use countersign_domain::{Email, OrganisationName, PersonName, Secret};
use countersign_identity::{NewOrganisation, SetUpOutcome, Token};

use super::{
    answer::{done, refused},
    caller::request,
    password::new_password,
    sign_in::{email_problem, name_problem},
};
use crate::{
    api::{Answer, AppError, FieldProblem, Refusal, set_up::SetUpLink},
    paths,
};

pub(crate) async fn load(token: &str) -> Result<SetUpLink, AppError> {
    let request = request()?;
    let is_set_up = request.identity.is_set_up().await.map_err(|error| request.fault(&error))?;
    let is_open = match Token::parse(token) {
        Some(token) => request.identity.is_set_up_open(&token).await.map_err(|error| request.fault(&error))?,
        None => false,
    };
    Ok(SetUpLink { is_open, is_set_up })
}

pub(crate) async fn create(token: &str, organisation: &str, name: &str, email: &str, password: &Secret) -> Result<Answer, AppError> {
    let request = request()?;
    let Some(token) = Token::parse(token) else { return refused(Refusal::LinkEnded) };
    let new = match parse(organisation, name, email, password) {
        Ok(new) => new,
        Err(refusal) => return refused(refusal),
    };
    match request.identity.set_up(&token, &new, &request.visitor).await.map_err(|error| request.fault(&error))? {
        SetUpOutcome::Entered(entered) => {
            request.enter(&entered);
            done(paths::ENROL)
        }
        SetUpOutcome::LinkEnded => refused(Refusal::LinkEnded),
        SetUpOutcome::Guessable => refused(Refusal::field("password", FieldProblem::Guessable)),
    }
}

fn parse(organisation: &str, name: &str, email: &str, password: &Secret) -> Result<NewOrganisation, Refusal> {
    let organisation = OrganisationName::parse(organisation).map_err(|error| Refusal::field("organisation", name_problem(error)))?;
    let name = PersonName::parse(name).map_err(|error| Refusal::field("name", name_problem(error)))?;
    let email = Email::parse(email).map_err(|error| Refusal::field("email", email_problem(error)))?;
    let password = new_password(password)?;
    Ok(NewOrganisation { organisation, name, email, password })
}
