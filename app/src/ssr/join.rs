//! Accepting an invitation, from form to use case.

use countersign_domain::{Factor, PersonName, Role, Secret};
use countersign_identity::{JoinWith, Joined, Token};

use super::{
    answer::{done, refused},
    caller::{page_after, request},
    invitations::send,
    password::new_password,
    sign_in::name_problem,
};
use crate::{
    api::{
        Answer, AppError, FieldProblem, Refusal,
        invitations::{Join, JoinInvitation},
    },
    paths,
};

pub(crate) async fn load(token: &str) -> Result<Join, AppError> {
    let request = request()?;
    let Some(token) = Token::parse(token) else { return Ok(Join { invitation: None }) };
    let found = request.identity.find_invited(&token).await.map_err(|error| request.fault(&error))?;
    let now = request.identity.now();
    let invitation = found.map(|invited| JoinInvitation {
        email: invited.invitation.email.to_string(),
        name: invited.invitation.name.as_ref().map(ToString::to_string).unwrap_or_default(),
        role: invited.invitation.role,
        team: invited.team.as_ref().map(ToString::to_string),
        by: invited.by.as_ref().map(ToString::to_string),
        sent_on: invited.invitation.sent.map(|(at, _)| request.when(at).day).unwrap_or_default(),
        has_expired: invited.invitation.has_expired(now),
        may_renew: invited.invitation.role != Role::AccountHolder,
        is_required: invited.policy.required_from.is_some(),
        allows_passkey: invited.policy.methods.contains(Factor::Passkey),
        must_sign_on: invited.sign_on.map(|_| invited.must_sign_on()),
        organisation: invited.organisation.to_string(),
    });
    Ok(Join { invitation })
}

pub(crate) async fn join(token: &str, name: &str, password: &Secret, with: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let Some(token) = Token::parse(token) else { return refused(Refusal::LinkEnded) };
    let name = match PersonName::parse(name) {
        Ok(name) => name,
        Err(error) => return refused(Refusal::field("name", name_problem(error))),
    };
    let way = if with == "passkey" {
        JoinWith::Passkey
    } else {
        match new_password(password) {
            Ok(password) => JoinWith::Password(password),
            Err(refusal) => return refused(refusal),
        }
    };
    match request.identity.join(&token, &name, &way, &request.visitor).await.map_err(|error| request.fault(&error))? {
        Joined::Entered(entered) => {
            request.enter(&entered);
            done(if matches!(way, JoinWith::Passkey) { paths::ENROL_PASSKEY.to_owned() } else { page_after(&entered) })
        }
        Joined::LinkEnded => refused(Refusal::LinkEnded),
        Joined::Guessable => refused(Refusal::field("password", FieldProblem::Guessable)),
        Joined::Taken => refused(Refusal::Conflict),
        Joined::UseSingleSignOn => refused(Refusal::Unmet { what: "use-single-sign-on".to_owned(), count: 0 }),
        Joined::NotAllowed => refused(Refusal::NotAllowed),
    }
}

pub(crate) async fn renew(token: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let Some(token) = Token::parse(token) else { return refused(Refusal::LinkEnded) };
    if !request.identity.renew_invitation(&token).await.map_err(|error| request.fault(&error))? {
        return refused(Refusal::LinkEnded);
    }
    send(&request);
    done(format!("{}?done=1", paths::JOIN))
}
