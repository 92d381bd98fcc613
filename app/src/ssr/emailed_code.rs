//! Emailed codes, from form to use case.

use countersign_domain::{OneTimeCode, ReturnPath, Stage, emailed_code::LIFETIME_SECONDS};
use countersign_identity::{Caller, CodePurpose, CodeSent, Connected};

use super::{
    answer::{done, refused, too_soon},
    caller::{Request, confirm_first, confirm_page, request},
    confirm::confirmed_on_wire,
    enrolment::connected_page,
    fault,
    second_step::{code_problem, entered, refusal_on_wire},
    sign_in::held,
};
use crate::{
    api::{
        Answer, AppError, Refusal,
        emailed_code::{PendingEmailedCode, SentCode},
    },
    paths,
};
use countersign_domain::Factor;

const WIZARD: &[Stage] = &[Stage::Enrolment, Stage::SignedIn];

/// The code that was last sent for an attempt, in words.
pub(super) async fn sent_code(request: &Request, caller: &Caller, purpose: CodePurpose) -> Result<Option<SentCode>, AppError> {
    let sent = request.identity.sent_code(caller, purpose).await.map_err(|error| request.fault(&error))?;
    let now = request.identity.now();
    Ok(sent.map(|sent| SentCode {
        email: if purpose == CodePurpose::SecondStep { sent.email.masked() } else { sent.email.to_string() },
        sent: request.when(sent.sent_at),
        resend: request.when(sent.resend_at),
        wait_seconds: sent.resend_at.seconds_since(now),
        is_live: now < sent.expires_at,
        minutes: LIFETIME_SECONDS / 60,
    }))
}

/// What became of asking for a code; `next` is the page where it is typed.
fn sent_on_wire(request: &Request, sent: CodeSent, next: &str) -> Result<Answer, AppError> {
    match sent {
        CodeSent::Sent => done(next),
        CodeSent::TooSoon(until) => too_soon(request, until),
        CodeSent::Held(hold) => refused(held(request, Factor::EmailedCode, hold)),
        CodeSent::Unconfirmed(email) => refused(Refusal::EmailUnconfirmed { email: email.to_string() }),
        CodeSent::NotAllowed => refused(Refusal::NotAllowed),
        CodeSent::ConfirmFirst => confirm_first(paths::ENROL_CHOOSE),
        CodeSent::Gone => refused(Refusal::Conflict),
    }
}

async fn send(request: &Request, caller: &Caller, purpose: CodePurpose, next: &str) -> Result<Answer, AppError> {
    let sent = request.identity.send_code(caller, purpose, &request.visitor).await.map_err(|error| request.fault(&error))?;
    sent_on_wire(request, sent, next)
}

pub(crate) async fn send_for_second_step() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    send(&request, &caller, CodePurpose::SecondStep, paths::SECOND_STEP_EMAIL).await
}

pub(crate) async fn verify(code: &str, trust: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SecondStep]).await?;
    let Ok(code) = OneTimeCode::parse(code) else { return refused(code_problem(code)) };
    let outcome = request.identity.verify_emailed_code(&caller, &code, !trust.is_empty(), &request.visitor).await;
    entered(&request, &caller.account, outcome.map_err(|error| request.fault(&error))?).await
}

pub(crate) async fn send_for_confirmation(next: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let next = ReturnPath::parse(next).map_or_else(|| paths::SECURITY.to_owned(), |path| path.as_str().to_owned());
    let page = format!("{}&way={}", confirm_page(&next), Factor::EmailedCode.code());
    send(&request, &caller, CodePurpose::Confirm, &page).await
}

pub(crate) async fn confirm(code: &str, next: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let Ok(code) = OneTimeCode::parse(code) else { return refused(code_problem(code)) };
    let confirmed = request.identity.confirm_with_emailed_code(&caller, &code, &request.visitor).await;
    confirmed_on_wire(&request, confirmed.map_err(|error| request.fault(&error))?, next)
}

pub(crate) async fn load_pending() -> Result<PendingEmailedCode, AppError> {
    let request = request()?;
    let caller = request.caller(WIZARD).await?;
    if request.identity.must_confirm_first(&caller) {
        return Err(fault::refuse(AppError::WrongStage { next: confirm_page(paths::ENROL_CHOOSE) }));
    }
    let sent = sent_code(&request, &caller, CodePurpose::Connect).await?;
    if sent.is_none() {
        return Err(fault::refuse(AppError::WrongStage { next: paths::ENROL_CHOOSE.to_owned() }));
    }
    Ok(PendingEmailedCode { email: caller.account.email.to_string(), sent })
}

/// Begins to turn emailed codes on. A code that is on its way is good enough.
pub(super) async fn start(request: &Request, caller: &Caller) -> Result<Answer, AppError> {
    match request.identity.send_code(caller, CodePurpose::Connect, &request.visitor).await.map_err(|error| request.fault(&error))? {
        CodeSent::TooSoon(_) if sent_code(request, caller, CodePurpose::Connect).await?.is_some_and(|sent| sent.is_live) => {
            done(paths::ENROL_EMAIL)
        }
        sent => sent_on_wire(request, sent, paths::ENROL_EMAIL),
    }
}

pub(crate) async fn send_for_enrolment() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(WIZARD).await?;
    send(&request, &caller, CodePurpose::Connect, paths::ENROL_EMAIL).await
}

pub(crate) async fn connect(code: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(WIZARD).await?;
    let Ok(code) = OneTimeCode::parse(code) else { return refused(code_problem(code)) };
    let connected = request.identity.connect_emailed_code(&caller, &code, &request.visitor).await;
    match connected.map_err(|error| request.fault(&error))? {
        Connected::Done { token, device, has_codes } => {
            request.connected(&token, device.as_ref());
            done(connected_page(has_codes))
        }
        Connected::Refused(refusal) => refused(refusal_on_wire(&request, refusal)),
        Connected::ConfirmFirst => confirm_first(paths::ENROL_CHOOSE),
        Connected::NotAllowed => refused(Refusal::NotAllowed),
        Connected::TooMany => refused(Refusal::TooManyMethods),
        Connected::Gone => Err(fault::refuse(AppError::WrongStage { next: paths::ENROL_CHOOSE.to_owned() })),
    }
}
