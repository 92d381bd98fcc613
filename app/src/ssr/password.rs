//! A new password, from form to use case.

use countersign_domain::{Email, Factor, Password, Secret, Stage};
use countersign_identity::{PasswordChange, PasswordReset, Token};

use super::{
    answer::{done, refused},
    caller::{confirm_first, request},
    sign_in::{email_problem, held, password_problem},
};
use crate::{
    api::{Answer, AppError, FieldProblem, Refusal, address::MailLink},
    paths,
};

/// A new password in the field `password`.
pub(super) fn new_password(typed: &Secret) -> Result<Password, Refusal> {
    if typed.expose().is_empty() {
        return Err(Refusal::field("password", FieldProblem::Empty));
    }
    Password::parse_new(typed.expose()).map_err(|error| Refusal::field("password", password_problem(error)))
}

pub(crate) async fn forgot(email: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let email = match Email::parse(email) {
        Ok(email) => email,
        Err(error) => return refused(Refusal::field("email", email_problem(error))),
    };
    request.identity.forgot_password(&email, &request.visitor).await.map_err(|error| request.fault(&error))?;
    done(format!("{}?sent=1", paths::FORGOT))
}

pub(crate) async fn load_reset(token: &str) -> Result<MailLink, AppError> {
    let request = request()?;
    let Some(token) = Token::parse(token) else { return Ok(MailLink { email: None }) };
    let email = request.identity.find_reset(&token).await.map_err(|error| request.fault(&error))?;
    Ok(MailLink { email: email.map(|email| email.to_string()) })
}

pub(crate) async fn reset(token: &str, password: &Secret) -> Result<Answer, AppError> {
    let request = request()?;
    let Some(token) = Token::parse(token) else { return refused(Refusal::LinkEnded) };
    let password = match new_password(password) {
        Ok(password) => password,
        Err(refusal) => return refused(refusal),
    };
    match request.identity.reset_password(&token, &password, &request.visitor).await.map_err(|error| request.fault(&error))? {
        PasswordReset::Done => done(format!("{}?done=1", paths::RESET_PASSWORD)),
        PasswordReset::LinkEnded => refused(Refusal::LinkEnded),
        PasswordReset::Guessable => refused(Refusal::field("password", FieldProblem::Guessable)),
    }
}

pub(crate) async fn change(current: &Secret, password: &Secret) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if current.expose().is_empty() {
        return refused(Refusal::field("current", FieldProblem::Empty));
    }
    let current = match Password::parse_typed(current.expose()) {
        Ok(password) => password,
        Err(error) => return refused(Refusal::field("current", password_problem(error))),
    };
    let password = match new_password(password) {
        Ok(password) => password,
        Err(refusal) => return refused(refusal),
    };
    let changed = request.identity.change_password(&caller, &current, &password, &request.visitor).await;
    match changed.map_err(|error| request.fault(&error))? {
        PasswordChange::Done(token) => {
            request.set_session(&token);
            done(format!("{}?password=changed", paths::PROFILE))
        }
        PasswordChange::ConfirmFirst => confirm_first(paths::CHANGE_PASSWORD),
        PasswordChange::WrongPassword => refused(Refusal::WrongPassword),
        PasswordChange::Held(hold) => refused(held(&request, Factor::Password, hold)),
        PasswordChange::Guessable => refused(Refusal::field("password", FieldProblem::Guessable)),
        PasswordChange::Gone => refused(Refusal::Conflict),
    }
}
