//! The Security page, from use case to wire and back.

use countersign_domain::{Factor, FactorName, Stage};
use countersign_identity::{
    Account, AuditEvent, AuthenticatorApp, Caller, Changed, Credential, EmailedCodeMethod, MethodId, SessionId, Trusted, TrustedBrowserId,
    kind,
};
use data_encoding::BASE64URL_NOPAD;

use super::{
    answer::{done, refused},
    caller::{Request, confirm_first, request},
    fault,
    sign_in::name_problem,
};
use crate::{
    api::{
        Answer, AppError, Method, Refusal,
        security::{AcceptedKeys, Activity, BackupCodesLeft, RecoveryKeyKept, Security, SignOnHere, SignedInBrowser, TrustedBrowser},
    },
    paths,
};

pub(crate) async fn load() -> Result<Security, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let security = request.identity.security(&caller).await.map_err(|error| request.fault(&error))?;
    let mut sessions: Vec<SignedInBrowser> = security
        .sessions
        .iter()
        .map(|session| SignedInBrowser {
            id: session.id.to_string(),
            browser: session.browser.clone(),
            address: session.address.clone(),
            signed_in: request.when(session.created_at),
            active: request.when(session.seen_at),
            is_this: session.id == caller.session.id,
        })
        .collect();
    sessions.sort_by_key(|session| !session.is_this);
    let is_trusted = security.trusted.iter().any(|trusted| request.visitor.is(trusted));
    let trust_days = caller.may_trust_for().filter(|_| !is_trusted);
    Ok(Security {
        trust_days: trust_days.and_then(|days| usize::try_from(days.days()).ok()),
        organisation: security.organisation.name.to_string(),
        is_required: security.organisation.policy.required_from.is_some(),
        methods: methods(&request, &caller, &security),
        accepted_keys: accepted_keys(&request, &security),
        backup_codes: security.backup_codes.map(|set| BackupCodesLeft {
            left: usize::try_from(set.left).unwrap_or_default(),
            total: usize::try_from(set.total).unwrap_or_default(),
            made: request.when(set.created_at),
            last_used: set.last_used_at.map(|at| request.when(at)),
            is_unsaved: security.has_codes_to_save,
        }),
        recovery_key: security
            .recovery_key
            .as_ref()
            .map(|key| RecoveryKeyKept { made: request.when(key.created_at), is_unsaved: security.has_key_to_save }),
        sessions,
        trusted: security
            .trusted
            .iter()
            .map(|trusted| TrustedBrowser {
                id: trusted.id.to_string(),
                browser: trusted.browser.clone(),
                address: trusted.address.clone(),
                until: request.when(trusted.expires_at),
                is_this: request.visitor.is(trusted),
            })
            .collect(),
        single_sign_on: sign_on_here(&request, &caller).await?,
        activity: security
            .events
            .iter()
            .filter(|event| event.kind != kind::PASSWORD_REHASHED)
            .map(|event| activity(&request, event))
            .collect(),
        used_backup_code: caller.session.second_factor == Some(Factor::BackupCode),
    })
}

async fn sign_on_here(request: &Request, caller: &Caller) -> Result<Option<SignOnHere>, AppError> {
    let (issuer, identities) = request.identity.sign_on_of(caller).await.map_err(|error| request.fault(&error))?;
    // Whoever is connected with a provider that went can still disconnect.
    let connected = identities.iter().find(|identity| issuer.as_ref() == Some(&identity.issuer)).or(identities.first());
    let shown = connected.map(|identity| identity.issuer.clone()).or(issuer);
    Ok(shown.map(|issuer| SignOnHere {
        issuer,
        connected: connected.map(|identity| request.when(identity.created_at)),
        last_used: connected.and_then(|identity| identity.last_used_at).map(|at| request.when(at)),
    }))
}

pub(super) fn methods(request: &Request, caller: &Caller, security: &countersign_identity::Security) -> Vec<Method> {
    connected(request, &caller.account, &security.keys, &security.apps, security.emailed_code)
}

/// What an account has connected, strongest first.
pub(super) fn connected(
    request: &Request,
    account: &Account,
    keys: &[Credential],
    apps: &[AuthenticatorApp],
    emailed_code: Option<EmailedCodeMethod>,
) -> Vec<Method> {
    let keys = keys.iter().map(|key| Method {
        id: key.id.to_string(),
        factor: key.kind.factor(),
        name: key.name.to_string(),
        added: request.when(key.created_at),
        last_used: key.last_used_at.map(|at| request.when(at)),
    });
    let apps = apps.iter().map(|app| Method {
        id: app.id.to_string(),
        factor: Factor::AuthenticatorApp,
        name: app.name.to_string(),
        added: request.when(app.confirmed_at.unwrap_or(app.created_at)),
        last_used: app.last_used_at.map(|at| request.when(at)),
    });
    let emailed_code = emailed_code.map(|method| Method {
        id: method.id.to_string(),
        factor: Factor::EmailedCode,
        name: account.email.to_string(),
        added: request.when(method.created_at),
        last_used: method.last_used_at.map(|at| request.when(at)),
    });
    let mut methods: Vec<Method> = keys.chain(apps).chain(emailed_code).collect();
    methods.sort_by_key(|method| Factor::ALL.iter().position(|factor| *factor == method.factor));
    methods
}

fn accepted_keys(request: &Request, security: &countersign_identity::Security) -> Option<AcceptedKeys> {
    Some(AcceptedKeys {
        rp_id: request.identity.relying_party().id().to_owned(),
        user_handle: BASE64URL_NOPAD.encode(&security.user_handle?),
        credential_ids: security.keys.iter().map(|key| BASE64URL_NOPAD.encode(&key.credential_id)).collect(),
    })
}

fn activity(request: &Request, event: &AuditEvent) -> Activity {
    let text = |key: &str| event.details.get(key).and_then(|value| value.as_str()).map(ToOwned::to_owned);
    Activity {
        kind: event.kind.clone(),
        factor: text("factor"),
        name: text("name"),
        by: text("by"),
        is_trusted: event.details.get("trusted").and_then(serde_json::Value::as_bool) == Some(true),
        when: request.when(event.at),
        browser: event.browser.clone(),
        address: event.address.clone(),
    }
}

pub(crate) async fn rename_method(id: &str, name: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let Some(id) = MethodId::parse(id) else { return Err(fault::refuse(AppError::NotFound)) };
    let name = match FactorName::parse(name) {
        Ok(name) => name,
        Err(error) => return refused(Refusal::field("name", name_problem(error))),
    };
    let changed = request.identity.rename_method(&caller, id, &name, &request.visitor).await;
    changed_on_wire(changed.map_err(|error| request.fault(&error))?, paths::SECURITY)
}

pub(crate) async fn remove_method(id: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let Some(method) = MethodId::parse(id) else { return Err(fault::refuse(AppError::NotFound)) };
    let changed = request.identity.remove_method(&caller, method, &request.visitor).await;
    changed_on_wire(changed.map_err(|error| request.fault(&error))?, &format!("{}?remove={id}", paths::SECURITY))
}

pub(crate) async fn turn_off_second_step() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let changed = request.identity.turn_off_second_step(&caller, &request.visitor).await;
    changed_on_wire(changed.map_err(|error| request.fault(&error))?, &format!("{}?turn-off=1", paths::SECURITY))
}

/// `page` is where to come back to after "Confirm it's you".
fn changed_on_wire(changed: Changed, page: &str) -> Result<Answer, AppError> {
    match changed {
        Changed::Done => done(paths::SECURITY),
        Changed::ConfirmFirst => confirm_first(page),
        Changed::LastMethod => refused(Refusal::LastMethod),
        Changed::NotFound => Err(fault::refuse(AppError::NotFound)),
    }
}

pub(crate) async fn end_session(id: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let Some(id) = SessionId::parse(id) else { return Err(fault::refuse(AppError::NotFound)) };
    let is_ended = request.identity.end_session(&caller, &request.visitor, id).await.map_err(|error| request.fault(&error))?;
    if is_ended { done(paths::SECURITY) } else { Err(fault::refuse(AppError::NotFound)) }
}

pub(crate) async fn trust_browser() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    match request.identity.trust_this_browser(&caller, &request.visitor).await.map_err(|error| request.fault(&error))? {
        Trusted::Done(trust) => {
            request.trust(&trust);
            done(paths::SECURITY)
        }
        Trusted::ConfirmFirst => confirm_first(paths::SECURITY),
        Trusted::NotAllowed => Err(fault::refuse(AppError::NotAllowed)),
    }
}

pub(crate) async fn stop_trusting(id: &str) -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let Some(id) = TrustedBrowserId::parse(id) else { return Err(fault::refuse(AppError::NotFound)) };
    match request.identity.stop_trusting(&caller, id, &request.visitor).await.map_err(|error| request.fault(&error))? {
        None => Err(fault::refuse(AppError::NotFound)),
        Some(is_this) => {
            if is_this {
                request.distrust();
            }
            done(paths::SECURITY)
        }
    }
}

pub(crate) async fn end_other_sessions() -> Result<Answer, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    request.identity.end_other_sessions(&caller, &request.visitor).await.map_err(|error| request.fault(&error))?;
    done(paths::SECURITY)
}
