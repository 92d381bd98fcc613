//! The organisation's mail domains, from form to use case.

use countersign_domain::{EmailDomain, EmailDomainError, Stage};
use countersign_identity::DomainActed;

use super::{
    answer::{done, refused},
    caller::{confirm_first, request},
    fault,
};
use crate::{
    api::{Answer, AppError, FieldProblem, Refusal},
    paths,
};

pub(crate) async fn add(domain: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let domain = match EmailDomain::parse(domain) {
        Ok(domain) => domain,
        Err(error) => return refused(Refusal::field("domain", problem(error))),
    };
    let acted = request.identity.claim_domain(&caller, domain).await;
    answered(acted.map_err(|error| request.fault(&error))?, "domain-added")
}

pub(crate) async fn check(domain: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let domain = EmailDomain::parse(domain).map_err(|_| fault::refuse(AppError::BadRequest))?;
    let acted = request.identity.check_domain(&caller, &domain, &request.visitor).await;
    answered(acted.map_err(|error| request.fault(&error))?, "domain-proven")
}

pub(crate) async fn remove(domain: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let domain = EmailDomain::parse(domain).map_err(|_| fault::refuse(AppError::BadRequest))?;
    let acted = request.identity.give_up_domain(&caller, &domain, &request.visitor).await;
    answered(acted.map_err(|error| request.fault(&error))?, "domain-removed")
}

fn problem(error: EmailDomainError) -> FieldProblem {
    match error {
        EmailDomainError::Empty => FieldProblem::Empty,
        EmailDomainError::TooLong => FieldProblem::TooLong { max: EmailDomain::MAX_LEN },
        EmailDomainError::Malformed => FieldProblem::Malformed,
    }
}

fn answered(acted: DomainActed, what: &str) -> Result<Answer, AppError> {
    let unmet = |what: &str| refused(Refusal::Unmet { what: what.to_owned(), count: 0 });
    match acted {
        DomainActed::Done => done(format!("{}?done={what}", paths::ORG_SIGN_ON)),
        DomainActed::Proven => done(format!("{}?done=domain-yours", paths::ORG_SIGN_ON)),
        DomainActed::Malformed => refused(Refusal::field("domain", FieldProblem::Malformed)),
        DomainActed::ConfirmFirst => confirm_first(paths::ORG_SIGN_ON),
        DomainActed::SetUpFirst => unmet("set-up-first"),
        DomainActed::NotAllowed => Err(fault::refuse(AppError::NotAllowed)),
        DomainActed::TooMany => unmet("too-many-domains"),
        DomainActed::Gone => refused(Refusal::Conflict),
        DomainActed::NotProven(fault) => unmet(fault.code()),
        DomainActed::Taken => unmet("domain-taken"),
    }
}
