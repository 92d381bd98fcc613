//! The wizard, from form to use case.

use countersign_domain::{Factor, FactorName, KeyKind, OneTimeCode, Stage};
use countersign_identity::{Connected, Started};

use super::{
    answer::{done, refused},
    caller::{confirm_first, confirm_page, request},
    fault,
    keys::page_of_kind,
    second_step::{app_refusal, code_problem},
    security::methods,
    sign_in::name_problem,
};
use crate::{
    api::{
        Answer, AppError, FieldProblem, Refusal,
        enrolment::{Enrolment, PendingApp},
    },
    paths,
};

/// The wizard is open to those it was forced on, and to anybody who is in.
const STAGES: &[Stage] = &[Stage::Enrolment, Stage::SignedIn];

pub(crate) async fn load() -> Result<Enrolment, AppError> {
    let request = request()?;
    let caller = request.caller(STAGES).await?;
    let security = request.identity.security(&caller).await.map_err(|error| request.fault(&error))?;
    let return_to = caller.session.return_to.as_deref();
    Ok(Enrolment {
        organisation: security.organisation.name.to_string(),
        email: caller.account.email.to_string(),
        is_required: caller.organisation.policy.is_required(request.identity.now()),
        deadline: caller.organisation.policy.deadline(request.identity.now()).map(|at| request.when_due(at)),
        allowed: caller.organisation.policy.methods.iter().collect(),
        is_forced: caller.session.stage == Stage::Enrolment,
        methods: methods(&request, &caller, &security),
        has_codes_to_save: security.has_codes_to_save || security.has_key_to_save,
        codes_left: security.backup_codes.as_ref().map(|set| set.left),
        has_recovery_key: security.recovery_key.is_some(),
        can_use_email: caller.organisation.policy.methods.contains(Factor::EmailedCode) && security.emailed_code.is_none(),
        destination: return_to.unwrap_or(paths::SECURITY).to_owned(),
    })
}

pub(crate) async fn start(method: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(STAGES).await?;
    // A key's challenge is made by the page that asks for the touch; here is only the proof to ask for.
    if let Some(kind) = KeyKind::from_code(method) {
        let must_confirm = request.identity.must_confirm_first(&caller);
        return if must_confirm { confirm_first(page_of_kind(kind)) } else { done(page_of_kind(kind)) };
    }
    if method == Factor::EmailedCode.code() {
        return super::emailed_code::start(&request, &caller).await;
    }
    if method != Factor::AuthenticatorApp.code() {
        let problem = if method.is_empty() { FieldProblem::Empty } else { FieldProblem::Malformed };
        return refused(Refusal::field("method", problem));
    }
    match request.identity.start_app(&caller).await.map_err(|error| request.fault(&error))? {
        Started::Ready => done(paths::ENROL_APP),
        Started::ConfirmFirst => confirm_first(paths::ENROL_CHOOSE),
        Started::NotAllowed => refused(Refusal::NotAllowed),
    }
}

pub(crate) async fn load_pending_app() -> Result<PendingApp, AppError> {
    let request = request()?;
    let caller = request.caller(STAGES).await?;
    let must_confirm = request.identity.must_confirm_first(&caller);
    if must_confirm {
        return Err(fault::refuse(AppError::WrongStage { next: confirm_page(paths::ENROL_APP) }));
    }
    let pending = request.identity.pending_app(&caller).await.map_err(|error| request.fault(&error))?;
    let Some(pending) = pending else {
        return Err(fault::refuse(AppError::WrongStage { next: paths::ENROL_CHOOSE.to_owned() }));
    };
    Ok(PendingApp {
        qr_path: pending.qr_path,
        qr_size: pending.qr_size,
        key: pending.key,
        link: pending.link,
        suggested_name: pending.suggested_name.to_string(),
    })
}

/// Where the wizard goes on from a method that was connected.
pub(super) const fn connected_page(has_codes: bool) -> &'static str {
    if has_codes { paths::ENROL_CODES } else { paths::ENROL_DONE }
}

pub(crate) async fn connect_authenticator_app(code: &str, name: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(STAGES).await?;
    let Ok(code) = OneTimeCode::parse(code) else { return refused(code_problem(code)) };
    let name = match FactorName::parse(if name.trim().is_empty() { "Phone app" } else { name }) {
        Ok(name) => name,
        Err(error) => return refused(Refusal::field("name", name_problem(error))),
    };
    let connected = request.identity.connect_app(&caller, &code, &name, &request.visitor).await;
    match connected.map_err(|error| request.fault(&error))? {
        Connected::Done { token, device, has_codes } => {
            request.connected(&token, device.as_ref());
            done(connected_page(has_codes))
        }
        // Guesses aren't counted here: whoever connects an app has seen its key.
        Connected::Refused(why) => refused(app_refusal(why, 1)),
        Connected::ConfirmFirst => confirm_first(paths::ENROL_APP),
        Connected::NotAllowed => refused(Refusal::NotAllowed),
        Connected::TooMany => refused(Refusal::TooManyMethods),
        Connected::Gone => Err(fault::refuse(AppError::WrongStage { next: paths::ENROL_CHOOSE.to_owned() })),
    }
}
