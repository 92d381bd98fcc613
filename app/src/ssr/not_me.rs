//! "This wasn't me", from form to use case.

use countersign_domain::Stage;
use countersign_identity::{Disowned, Token};

use super::{
    answer::{done, refused},
    caller::request,
    fault,
};
use crate::{
    api::{Answer, AppError, Refusal, address::MailLink},
    paths,
};

/// The page that says that all is closed, and that the mailbox has the way on.
fn closed_page() -> String {
    format!("{}?done=1", paths::NOT_ME)
}

pub(crate) async fn load(token: &str) -> Result<MailLink, AppError> {
    let request = request()?;
    let Some(token) = Token::parse(token) else { return Ok(MailLink { email: None }) };
    let email = request.identity.find_notice(&token).await.map_err(|error| request.fault(&error))?;
    Ok(MailLink { email: email.map(|email| email.masked()) })
}

pub(crate) async fn disown(token: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let Some(token) = Token::parse(token) else { return refused(Refusal::LinkEnded) };
    match request.identity.disown(&token, &request.visitor).await.map_err(|error| request.fault(&error))? {
        Disowned::Done(Some(reset)) => done(format!("{}?token={}", paths::RESET_PASSWORD, reset.expose())),
        Disowned::Done(None) => done(closed_page()),
        Disowned::Ended => refused(Refusal::LinkEnded),
    }
}

pub(crate) async fn disown_here() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    if !request.identity.disown_here(&caller, &request.visitor).await.map_err(|error| request.fault(&error))? {
        return Err(fault::refuse(AppError::SignInRequired));
    }
    request.leave();
    done(closed_page())
}
