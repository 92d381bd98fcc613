//! Whose request this is, and whether its stage may call.

use std::sync::Arc;

use countersign_domain::{Factor, Instant, Stage};
use countersign_identity::{Caller, Entered, Error, Identity, Visitor};
use http::request::Parts;
use leptos::prelude::use_context;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::OnceCell;

use super::{
    Services, cookies, fault, services,
    visitor::visitor,
    when::{weekday, when},
};
use crate::{
    api::{Answer, Refusal, When},
    error::AppError,
    paths,
};

/// The caller, looked up once a request however many server functions a page asks.
#[derive(Clone, Default)]
pub struct CallerCell(Arc<OnceCell<Option<Caller>>>);

/// A request, with all that a server function wants to know about it.
pub(super) struct Request {
    pub(super) identity: Identity,
    pub(super) visitor: Visitor,
    services: Services,
}

/// The request this server function answers.
pub(super) fn request() -> Result<Request, AppError> {
    let services = services()?;
    let visitor = use_context::<Parts>().map(|parts| visitor(&parts, services.site.is_https)).unwrap_or_default();
    Ok(Request { identity: services.identity.clone(), visitor, services })
}

impl Request {
    /// The caller, whatever the stage; `None` for nobody.
    pub(super) async fn anybody(&self) -> Result<Option<Caller>, AppError> {
        let Some(token) = &self.visitor.session else { return Ok(None) };
        let cell = use_context::<CallerCell>().unwrap_or_default();
        let found = cell.0.get_or_try_init(|| self.identity.find_caller(token, &self.visitor)).await;
        found.cloned().map_err(|error| self.fault(&error))
    }

    /// The caller, if the session stands at one of `stages`.
    pub(super) async fn caller(&self, stages: &[Stage]) -> Result<Caller, AppError> {
        match self.anybody().await? {
            None => Err(fault::refuse(AppError::SignInRequired)),
            Some(caller) if stages.contains(&caller.session.stage) => Ok(caller),
            Some(caller) => Err(fault::refuse(AppError::WrongStage { next: self.page_of(&caller).await? })),
        }
    }

    /// The page where a session goes on.
    pub(super) async fn page_of(&self, caller: &Caller) -> Result<String, AppError> {
        let way = match caller.session.stage {
            Stage::SecondStep => self.identity.first_way(&caller.account).await.map_err(|error| self.fault(&error))?,
            Stage::Enrolment | Stage::SignedIn => None,
        };
        Ok(page_of_stage(caller.session.stage, way, caller.session.return_to.as_deref()))
    }

    /// A fault, logged, as the browser may know it.
    pub(super) fn fault(&self, error: &Error) -> AppError {
        fault::fault(&self.identity, error)
    }

    /// The time zone of the floor.
    pub(super) fn time_zone(&self) -> &jiff::tz::TimeZone {
        &self.services.site.time_zone
    }

    /// An instant in words.
    pub(super) fn when(&self, at: Instant) -> When {
        when(at, self.identity.now(), &self.services.site.time_zone)
    }

    /// A deadline in words: its day with its weekday, "Friday 4 December".
    pub(super) fn when_due(&self, at: Instant) -> When {
        let day = weekday(at, self.time_zone());
        let when = self.when(at);
        When { text: format!("{day}, {}", when.clock), day, ..when }
    }

    /// Hands the browser its new session token, and what it keeps once somebody is in.
    pub(super) fn enter(&self, entered: &Entered) {
        self.set_session(&entered.token);
        if let Some(trust) = &entered.trust {
            self.trust(trust);
        }
        if let Some(device) = &entered.device {
            cookies::set_device(self.services.site.is_https, device);
        }
    }

    /// Hands the browser its new session token after a method was connected, and the device cookie when
    /// that ended the forced wizard.
    pub(super) fn connected(&self, token: &countersign_identity::Token, device: Option<&countersign_identity::Token>) {
        self.set_session(token);
        if let Some(device) = device {
            cookies::set_device(self.services.site.is_https, device);
        }
    }

    /// Hands the browser its new session token.
    pub(super) fn set_session(&self, token: &countersign_identity::Token) {
        cookies::set_session(self.services.site.is_https, token);
        self.set_pass(token);
    }

    /// Hands the browser what it shows to the applications behind, if there are any: it goes with the session's token.
    fn set_pass(&self, token: &countersign_identity::Token) {
        let applications = &self.identity.settings().applications;
        if !applications.is_empty() {
            cookies::set_pass(self.services.site.is_https, applications.cookie_domain(), &token.pass());
        }
    }

    /// The same again, for a browser that may have lost it.
    pub(super) fn renew_pass(&self) {
        if let Some(token) = &self.visitor.session {
            self.set_pass(token);
        }
    }

    /// Binds a passkey's challenge to this browser.
    pub(super) fn set_ceremony(&self, token: &countersign_identity::Token) {
        cookies::set_ceremony(self.services.site.is_https, token);
    }

    /// The challenge was answered.
    pub(super) fn clear_ceremony(&self) {
        cookies::clear_ceremony(self.services.site.is_https);
    }

    /// Binds a way to the identity provider and back to this browser.
    pub(super) fn set_sign_on(&self, state: &countersign_identity::Token) {
        cookies::set_sign_on(self.services.site.is_https, state);
    }

    /// It is back.
    pub(super) fn clear_sign_on(&self) {
        cookies::clear_sign_on(self.services.site.is_https);
    }

    /// This browser is trusted.
    pub(super) fn trust(&self, trust: &countersign_identity::Trust) {
        cookies::set_trust(self.services.site.is_https, &trust.token, trust.seconds);
    }

    /// This browser is trusted no more.
    pub(super) fn distrust(&self) {
        cookies::clear_trust(self.services.site.is_https);
    }

    /// Takes the browser's session token away.
    pub(super) fn leave(&self) {
        cookies::clear_session(self.services.site.is_https);
        let applications = &self.identity.settings().applications;
        if !applications.is_empty() {
            cookies::clear_pass(self.services.site.is_https, applications.cookie_domain());
        }
    }
}

/// The page where a sign-in goes on. Whoever has to set up a second step before long is led by the
/// wizard, which knows where they were going.
pub(super) fn page_after(entered: &Entered) -> String {
    if entered.is_reminded {
        return paths::ENROL.to_owned();
    }
    page_of_stage(entered.stage, entered.way, entered.return_to.as_deref())
}

/// The page where a stage goes on: in the second step, the one for `way`; a signed-in person
/// returns to what they asked for.
pub(super) fn page_of_stage(stage: Stage, way: Option<Factor>, return_to: Option<&str>) -> String {
    match stage {
        Stage::SecondStep => match way {
            Some(Factor::SecurityKey) => paths::SECOND_STEP_KEY,
            Some(Factor::Passkey) => paths::SECOND_STEP_PASSKEY,
            Some(Factor::AuthenticatorApp) => paths::SECOND_STEP_APP,
            Some(Factor::EmailedCode) => paths::SECOND_STEP_EMAIL,
            Some(Factor::AccessCode) => paths::SECOND_STEP_ACCESS,
            // The last one went in the meantime, or the mailbox can't be it this time.
            _ => paths::SECOND_STEP,
        }
        .to_owned(),
        Stage::Enrolment => paths::ENROL.to_owned(),
        Stage::SignedIn => return_to.unwrap_or(paths::SECURITY).to_owned(),
    }
}

/// Everything but what a query value may hold as it is (RFC 3986 §2.3).
const QUERY_VALUE: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// A path as a value of another page's query.
pub(super) fn escaped(path: &str) -> String {
    utf8_percent_encode(path, QUERY_VALUE).to_string()
}

/// "Confirm it's you", and back to `page`.
pub(super) fn confirm_first(page: &str) -> Result<Answer, AppError> {
    super::answer::refused(Refusal::ConfirmFirst { next: confirm_page(page) })
}

/// The page that asks for a fresh proof and comes back to `page`.
pub(super) fn confirm_page(page: &str) -> String {
    format!("{}?next={}", paths::CONFIRM, escaped(page))
}
