//! Security keys and passkeys, from challenge to use case.

use countersign_domain::{FactorName, KeyKind, ReturnPath, Stage};
use countersign_identity::{Answer as KeyAnswer, Challenge as Given, Challenged, Connected, KeyRefusal, PasskeyOutcome, Purpose};

use super::{
    answer::{done, refused},
    caller::{confirm_page, request},
    confirm::confirmed_on_wire,
    enrolment::connected_page,
    fault,
    second_step::entered,
    sign_in::name_problem,
};
use crate::{
    api::{
        Answer, AppError, Refusal,
        keys::{Challenge, PublicKeyOptions},
    },
    paths,
};

const WIZARD: &[Stage] = &[Stage::Enrolment, Stage::SignedIn];

fn on_wire(given: Given) -> Challenge {
    Challenge { ceremony: given.ceremony, public_key: PublicKeyOptions(given.public_key.to_string()) }
}

/// A challenge, or why there is none. `confirmed` is the page to come back to after a fresh proof.
fn challenged_on_wire(challenged: Challenged, confirmed: &str) -> Result<Challenge, AppError> {
    match challenged {
        Challenged::Ready(given) => Ok(on_wire(given)),
        Challenged::ConfirmFirst => Err(fault::refuse(AppError::WrongStage { next: confirm_page(confirmed) })),
        Challenged::NoKey => Err(fault::refuse(AppError::NotFound)),
        Challenged::NotAllowed => Err(fault::refuse(AppError::WrongStage { next: paths::ENROL_CHOOSE.to_owned() })),
    }
}

fn kind_of(method: &str) -> Result<KeyKind, AppError> {
    KeyKind::from_code(method).ok_or_else(|| fault::refuse(AppError::BadRequest))
}

/// The wizard's page for a kind of key.
pub(super) const fn page_of_kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::SecurityKey => paths::ENROL_KEY,
        KeyKind::Passkey => paths::ENROL_PASSKEY,
    }
}

pub(crate) async fn start(method: &str) -> Result<Challenge, AppError> {
    let request = request()?;
    let caller = request.caller(WIZARD).await?;
    let kind = kind_of(method)?;
    let challenged = request.identity.start_key(&caller, kind).await.map_err(|error| request.fault(&error))?;
    challenged_on_wire(challenged, page_of_kind(kind))
}

pub(crate) async fn connect(ceremony: &str, credential: &str, name: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(WIZARD).await?;
    let name = match FactorName::parse(if name.trim().is_empty() { "Security key" } else { name }) {
        Ok(name) => name,
        Err(error) => return refused(Refusal::field("name", name_problem(error))),
    };
    let answer = KeyAnswer { ceremony, credential };
    let connected = request.identity.connect_key(&caller, answer, &name, &request.visitor).await;
    match connected.map_err(|error| request.fault(&error))? {
        Connected::Done { token, device, has_codes } => {
            request.connected(&token, device.as_ref());
            done(connected_page(has_codes))
        }
        Connected::Refused(KeyRefusal::Connected(name)) => refused(Refusal::KeyConnected { name: name.map(|name| name.to_string()) }),
        Connected::Refused(KeyRefusal::NotAccepted) => refused(Refusal::KeyNotAccepted),
        Connected::Refused(KeyRefusal::Ended) => refused(Refusal::CeremonyEnded),
        Connected::ConfirmFirst => super::caller::confirm_first(paths::ENROL_CHOOSE),
        Connected::NotAllowed => refused(Refusal::NotAllowed),
        Connected::TooMany => refused(Refusal::TooManyMethods),
        Connected::Gone => Err(fault::refuse(AppError::WrongStage { next: paths::ENROL_CHOOSE.to_owned() })),
    }
}

pub(crate) async fn start_verification(method: &str) -> Result<Challenge, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    let challenged = request.identity.challenge_key(&caller, kind_of(method)?, Purpose::SecondStep).await;
    challenged_on_wire(challenged.map_err(|error| request.fault(&error))?, paths::SECURITY)
}

pub(crate) async fn verify(ceremony: &str, credential: &str, trust: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    let outcome = request.identity.verify_key(&caller, KeyAnswer { ceremony, credential }, !trust.is_empty(), &request.visitor).await;
    entered(&request, &caller.account, outcome.map_err(|error| request.fault(&error))?).await
}

pub(crate) async fn start_confirmation(method: &str) -> Result<Challenge, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let challenged = request.identity.challenge_key(&caller, kind_of(method)?, Purpose::Confirm).await;
    challenged_on_wire(challenged.map_err(|error| request.fault(&error))?, paths::SECURITY)
}

pub(crate) async fn confirm(ceremony: &str, credential: &str, next: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let confirmed = request.identity.confirm_with_key(&caller, KeyAnswer { ceremony, credential }, &request.visitor).await;
    confirmed_on_wire(&request, confirmed.map_err(|error| request.fault(&error))?, next)
}

pub(crate) fn start_sign_in() -> Result<Challenge, AppError> {
    let request = request()?;
    let (given, token) = request.identity.challenge_passkey(&request.visitor).map_err(|error| request.fault(&error))?;
    request.set_ceremony(&token);
    Ok(on_wire(given))
}

pub(crate) async fn sign_in(ceremony: &str, credential: &str, next: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let answer = KeyAnswer { ceremony, credential };
    let outcome = request.identity.sign_in_with_passkey(answer, ReturnPath::parse(next), &request.visitor).await;
    match outcome.map_err(|error| request.fault(&error))? {
        PasskeyOutcome::Entered(account, entered) => {
            request.clear_ceremony();
            super::second_step::welcomed(&request, &account, &entered).await
        }
        PasskeyOutcome::Unknown => refused(Refusal::KeyUnknown { names: Vec::new() }),
        PasskeyOutcome::CounterBack(name) => refused(Refusal::KeyCounterBack { name: name.to_string() }),
        PasskeyOutcome::NotAccepted => refused(Refusal::KeyNotAccepted),
        PasskeyOutcome::UseSingleSignOn => refused(super::sign_in::use_single_sign_on()),
        PasskeyOutcome::Ended => refused(Refusal::CeremonyEnded),
    }
}
