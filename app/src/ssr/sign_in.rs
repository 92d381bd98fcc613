//! The first sign, from form to use case.

use countersign_domain::{
    Email, Factor, Password, ReturnPath, Secret, email::EmailError, password::PasswordError, text::NameError, throttle::Hold,
};
use countersign_identity::SignInOutcome;

use super::{
    answer::{done, refused},
    caller::{Request, page_after, request},
};
use crate::api::{Answer, AppError, FieldProblem, Refusal};

pub(crate) async fn sign_in(email: &str, password: &Secret, next: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let (email, password) = match parse(email, password) {
        Ok(parsed) => parsed,
        Err(refusal) => return refused(refusal),
    };
    let return_to = ReturnPath::parse(next);
    let outcome = request.identity.sign_in(&email, &password, return_to, &request.visitor).await;
    match outcome.map_err(|error| request.fault(&error))? {
        SignInOutcome::Entered(entered) => {
            request.enter(&entered);
            done(page_after(&entered))
        }
        SignInOutcome::UseSingleSignOn => refused(use_single_sign_on()),
        SignInOutcome::NoMatch => refused(Refusal::NoMatch),
        SignInOutcome::Held(hold) => refused(held(&request, Factor::Password, hold)),
    }
}

/// The organisation's provider is the only way in.
pub(super) fn use_single_sign_on() -> Refusal {
    Refusal::Unmet { what: "use-single-sign-on".to_owned(), count: 0 }
}

fn parse(email: &str, password: &Secret) -> Result<(Email, Password), Refusal> {
    let email = Email::parse(email).map_err(|error| Refusal::field("email", email_problem(error)))?;
    if password.expose().is_empty() {
        return Err(Refusal::field("password", FieldProblem::Empty));
    }
    let password = Password::parse_typed(password.expose()).map_err(|error| Refusal::field("password", password_problem(error)))?;
    Ok((email, password))
}

/// A pause with its clock time, or the end of the road.
pub(super) fn held(request: &Request, factor: Factor, hold: Hold) -> Refusal {
    match hold {
        Hold::Paused { until, failures } => {
            Refusal::Paused { factor, until: request.when(until), retry_after: until.seconds_since(request.identity.now()), failures }
        }
        Hold::Disabled => Refusal::Disabled { factor },
    }
}

pub(super) const fn email_problem(error: EmailError) -> FieldProblem {
    match error {
        EmailError::Empty => FieldProblem::Empty,
        EmailError::TooLong => FieldProblem::TooLong { max: Email::MAX_LEN },
        EmailError::Malformed => FieldProblem::Malformed,
    }
}

pub(super) const fn password_problem(error: PasswordError) -> FieldProblem {
    match error {
        PasswordError::TooShort { min } => FieldProblem::TooShort { min },
        PasswordError::TooLong { max } => FieldProblem::TooLong { max },
    }
}

pub(super) const fn name_problem(error: NameError) -> FieldProblem {
    match error {
        NameError::Empty => FieldProblem::Empty,
        NameError::TooLong { max } => FieldProblem::TooLong { max },
        NameError::Unprintable => FieldProblem::Malformed,
    }
}
