//! What each endpoint takes and answers, as `/api/openapi.json` tells it.
//!
//! A test compares these lists with the server functions that are registered: neither may name one
//! that the other doesn't.

mod account;
mod entering;
mod openapi;
mod organisation;

use countersign_domain::{BackupCode, Email, OneTimeCode, Password, ReturnPath};

pub use openapi::openapi;

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Anybody.
    Anybody,
    /// A session in one of these stages.
    Stages(&'static [&'static str]),
    /// Somebody who is signed in, in one of these roles.
    Roles(&'static [&'static str]),
}

/// One field of a form or query.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// It may not be left out.
    pub is_required: bool,
    /// The most characters it may hold.
    pub max: usize,
    /// What it is.
    pub about: &'static str,
}

/// What an endpoint answers with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answers {
    /// An [`Answer`].
    Act,
    /// A view, by the name of its schema.
    View(&'static str),
}

/// One endpoint.
#[derive(Clone, Copy, Debug)]
pub struct Endpoint {
    /// `GET` or `POST`.
    pub method: &'static str,
    /// Its fixed path.
    pub path: &'static str,
    /// One sentence.
    pub about: &'static str,
    /// Who may call it.
    pub caller: Caller,
    /// What it takes.
    pub fields: &'static [Field],
    /// What it answers with.
    pub answers: Answers,
    /// Statuses of its refusals, besides the errors that every endpoint has.
    pub refusals: &'static [u16],
}

const SIGNED_IN: Caller = Caller::Stages(&["signed-in"]);
/// Supervisors, for the teams they look after, and account holders.
const HELPERS: Caller = Caller::Roles(&["supervisor", "account-holder"]);
const HOLDERS: Caller = Caller::Roles(&["account-holder"]);
const SECOND_STEP: Caller = Caller::Stages(&["second-step"]);
const WIZARD: Caller = Caller::Stages(&["enrolment", "signed-in"]);

/// The longest list of people to invite, in bytes.
const MAX_DRAFT: usize = countersign_identity::MAX_DRAFT;

const fn required(name: &'static str, max: usize, about: &'static str) -> Field {
    Field { name, is_required: true, max, about }
}

const fn optional(name: &'static str, max: usize, about: &'static str) -> Field {
    Field { name, is_required: false, max, about }
}

const CODE: Field = required("code", OneTimeCode::MAX_TYPED, "Six digits; spaces and dashes are ignored.");
const TRUST: Field = optional("trust", 8, "Anything but nothing: this browser is trusted from now on, where that is allowed.");
const BACKUP_CODE: Field = required("code", BackupCode::MAX_TYPED, "Eight letters and numbers; case, spaces and dashes are ignored.");
const EMAIL: Field = required("email", Email::MAX_LEN, "The e-mail.");
const TOKEN: Field = required("token", 43, "The link's token.");
const LOOK: Field = optional("token", 43, "The link's token.");
const NEW_PASSWORD: Field = required("password", Password::MAX_CHARS, "A new password of at least 12 characters.");
const NEXT: Field = optional("next", ReturnPath::MAX_LEN, "The page to go to afterwards; dropped unless it is a path of this site.");
const PASSWORD: Field = required("password", Password::MAX_CHARS, "The password.");
const KEY_METHOD: Field = required("method", 32, "security-key or passkey");
const CEREMONY: Field = required("ceremony", 1024, "The challenge's ceremony, as it was given.");
const CREDENTIAL: Field = required("credential", 16_384, "The answer of the key, as PublicKeyCredential.toJSON writes it.");
const SECURITY_KEYS: Field = optional("security_key", 8, "Anything but nothing: people may use security keys.");
const PASSKEYS: Field = optional("passkey", 8, "The same for passkeys.");
const APPS: Field = optional("authenticator_app", 8, "The same for authenticator apps.");
const EMAILED_CODES: Field = optional("emailed_code", 8, "The same for emailed codes.");
const WHO: Field = optional("who", Email::MAX_LEN, "An address or an account's id.");
const WHAT: Field = optional("what", 16, "sign-ins, methods, accounts, help or policy");
const SINCE: Field = optional("since", 10, "From this day on: 2026-11-19.");
const UNTIL: Field = optional("until", 10, "Until this day, included.");
const ID: Field = required("id", 36, "The id, as the view lists it.");

const fn view(path: &'static str, about: &'static str, caller: Caller, fields: &'static [Field], schema: &'static str) -> Endpoint {
    Endpoint { method: "GET", path, about, caller, fields, answers: Answers::View(schema), refusals: &[] }
}

const fn act(path: &'static str, about: &'static str, caller: Caller, fields: &'static [Field], refusals: &'static [u16]) -> Endpoint {
    Endpoint { method: "POST", path, about, caller, fields, answers: Answers::Act, refusals }
}

/// A POST that answers with a challenge: it makes one, so it is no view.
const fn challenge(path: &'static str, about: &'static str, caller: Caller, fields: &'static [Field]) -> Endpoint {
    Endpoint { method: "POST", path, about, caller, fields, answers: Answers::View("Challenge"), refusals: &[] }
}

/// Every endpoint.
pub fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    [entering::ENDPOINTS, account::ENDPOINTS, organisation::ENDPOINTS].into_iter().flatten()
}
