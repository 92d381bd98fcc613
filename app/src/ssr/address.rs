//! The address somebody signs in with, from form to use case.

use countersign_domain::{Email, Stage};
use countersign_identity::{ConfirmationSent, EmailChange, EmailConfirmed, Token};

use super::{
    answer::{done, refused, too_soon},
    caller::{confirm_first, request},
    sign_in::email_problem,
};
use crate::{
    api::{Answer, AppError, FieldProblem, Refusal, address::MailLink},
    paths,
};

pub(crate) async fn send_confirmation() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::Enrolment, Stage::SignedIn]).await?;
    match request.identity.send_confirmation(&caller, &request.visitor).await.map_err(|error| request.fault(&error))? {
        ConfirmationSent::Sent | ConfirmationSent::Confirmed if caller.session.stage == Stage::Enrolment => done(paths::ENROL_CHOOSE),
        ConfirmationSent::Sent => done(format!("{}?link=sent", paths::PROFILE)),
        ConfirmationSent::Confirmed => done(paths::PROFILE),
        ConfirmationSent::TooMany(until) => too_soon(&request, until),
        ConfirmationSent::Gone => refused(Refusal::Conflict),
    }
}

pub(crate) async fn change(email: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let email = match Email::parse(email) {
        Ok(email) => email,
        Err(error) => return refused(Refusal::field("email", email_problem(error))),
    };
    match request.identity.ask_email_change(&caller, &email, &request.visitor).await.map_err(|error| request.fault(&error))? {
        EmailChange::Asked => done(format!("{}?sent=1", paths::CHANGE_EMAIL)),
        EmailChange::Same => refused(Refusal::field("email", FieldProblem::Unchanged)),
        EmailChange::ConfirmFirst => confirm_first(paths::CHANGE_EMAIL),
        EmailChange::TooMany(until) => too_soon(&request, until),
        EmailChange::Gone => refused(Refusal::Conflict),
    }
}

pub(crate) async fn load_confirm(token: &str) -> Result<MailLink, AppError> {
    let request = request()?;
    let Some(token) = Token::parse(token) else { return Ok(MailLink { email: None }) };
    let email = request.identity.find_confirmation(&token).await.map_err(|error| request.fault(&error))?;
    Ok(MailLink { email: email.map(|email| email.to_string()) })
}

pub(crate) async fn confirm(token: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let Some(token) = Token::parse(token) else { return refused(Refusal::LinkEnded) };
    match request.identity.confirm_email(&token, &request.visitor).await.map_err(|error| request.fault(&error))? {
        EmailConfirmed::Done(_) => done(format!("{}?done=1", paths::CONFIRM_EMAIL)),
        EmailConfirmed::Ended => refused(Refusal::LinkEnded),
    }
}
