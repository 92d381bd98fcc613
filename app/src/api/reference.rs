//! What each endpoint takes and answers, as `/api/openapi.json` tells it.
//!
//! A test compares this list with the server functions that are registered: neither may name one
//! that the other doesn't.

use schemars::{SchemaGenerator, generate::SchemaSettings};
use serde_json::{Map, Value, json};

use super::{
    Answer, AppError, Person,
    address::MailLink,
    application::WayBack,
    audit::AuditLog,
    backup_codes::NewBackupCodes,
    confirm::Confirmation,
    emailed_code::PendingEmailedCode,
    enrolment::{Enrolment, PendingApp},
    export::Export,
    invitations::{Invitation, Invite, Join},
    keys::Challenge,
    people::{Member, Members},
    policy::{Effect, Policy},
    rollout::Rollout,
    second_step::{AskedHelp, SecondStep},
    security::Security,
    session::Session,
    set_up::SetUpLink,
    single_sign_on::{SignOnWay, SingleSignOn},
};
use countersign_domain::{
    BackupCode, Email, EmailDomain, FactorName, OneTimeCode, OrganisationName, Password, PersonName, RecoveryKey, ReturnPath, TeamName,
};

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
pub const ENDPOINTS: &[Endpoint] = &[
    view("/api/session", "Who this browser is, and where its session goes on.", Caller::Anybody, &[], "Session"),
    act(
        "/api/single-sign-on/start",
        "Begins a sign-in by way of an identity provider: the only one there is, or that of the address's domain.",
        Caller::Anybody,
        &[
            optional("email", Email::MAX_LEN, "Whose provider, when there are several."),
            NEXT,
            optional("anew", 8, "Anything but nothing: the provider asks even those whom it knows."),
        ],
        &[409, 422],
    ),
    view("/api/single-sign-on/go", "The provider's page that a browser is sent to that has just begun.", Caller::Anybody, &[], "SignOnWay"),
    view(
        "/api/single-sign-on/finish",
        "Takes a browser that comes back from the provider. Works once, in the browser that began.",
        Caller::Anybody,
        &[optional("answer", 8192, "The query that the provider gave the browser (RFC 6749 §4.1.2).")],
        "SignOnWay",
    ),
    act(
        "/api/join/single-sign-on",
        "Begins to accept an invitation with who somebody is at the organisation's provider.",
        Caller::Anybody,
        &[TOKEN],
        &[409, 410],
    ),
    act(
        "/api/single-sign-on/connect",
        "Begins to connect the account with who its owner is at the provider. Asks for a fresh proof.",
        SIGNED_IN,
        &[],
        &[403, 409],
    ),
    act(
        "/api/single-sign-on/disconnect",
        "Forgets who the account's owner is at a provider. Asks for a fresh proof.",
        SIGNED_IN,
        &[required("issuer", 255, "The provider's issuer.")],
        &[403, 409],
    ),
    view("/api/organisation/single-sign-on", "The connected identity provider; never its secret.", HOLDERS, &[], "SingleSignOn"),
    act(
        "/api/organisation/single-sign-on",
        "Connects an identity provider, or changes the connection, after asking the provider about itself. Asks for a fresh second step.",
        HOLDERS,
        &[
            required("issuer", 255, "The issuer identifier."),
            required("client_id", 255, "What the provider knows this installation by."),
            optional("client_secret", 1024, "What that is proved with; the stored one if it is left out."),
            optional("adds_people", 8, "Anything but nothing: people whom the provider knows become members."),
            optional("role", 16, "As agent or supervisor."),
            optional("team", 36, "In the team with this id."),
            optional("second_step", 8, "Anything but nothing: a second step that the provider says was given stands in for ours."),
            optional("required", 8, "Anything but nothing: nobody signs in with a password or a passkey, but for account holders."),
            required("changes", 20, "The number of the change that the form was made from; 0 for none."),
            optional("sign_out", 20, "How many people that signs out, as the refusal before it said: those who signed in otherwise."),
        ],
        &[403, 409, 422],
    ),
    act(
        "/api/organisation/single-sign-on/remove",
        "Disconnects the identity provider. Asks for a fresh second step.",
        HOLDERS,
        &[
            required("changes", 20, "The number of the change that was shown."),
            optional("sign_out", 8, "Anything but nothing: whoever signed in with it is signed out, but for the caller's session."),
        ],
        &[403, 409],
    ),
    act(
        "/api/organisation/domains/add",
        "Says that a mail domain is the organisation's, which a TXT record of its DNS has to say, too. Asks for a fresh second step.",
        HOLDERS,
        &[required("domain", EmailDomain::MAX_LEN, "Such as example.com.")],
        &[403, 409, 422],
    ),
    act(
        "/api/organisation/domains/check",
        "Asks the DNS whether a mail domain is the organisation's. Asks for a fresh second step.",
        HOLDERS,
        &[required("domain", EmailDomain::MAX_LEN, "One that was added.")],
        &[403, 409],
    ),
    act(
        "/api/organisation/domains/remove",
        "Gives a mail domain up, proven or not. Asks for a fresh second step.",
        HOLDERS,
        &[required("domain", EmailDomain::MAX_LEN, "One that was added.")],
        &[403, 409],
    ),
    view(
        "/api/application",
        "The way back to a page of an application behind, by way of whatever it still needs. Renews what the browser shows to it.",
        Caller::Anybody,
        &[
            optional("to", 2048, "The page's address, of one of the installation's applications, in base64url (RFC 4648 §5)."),
            optional("assurance", 1, "1, or 2 for a second step."),
            optional("max_age", 5, "So many seconds ago the proof may have been, from 30 to 86400."),
        ],
        "WayBack",
    ),
    view("/api/person", "Who is signed in.", SIGNED_IN, &[], "Person"),
    view(
        "/api/person/for-change",
        "Who is signed in, before their address or password is changed. Asks for a fresh proof.",
        SIGNED_IN,
        &[required("what", 16, "email or password")],
        "Person",
    ),
    act("/api/sign-out", "Ends this browser's session.", Caller::Anybody, &[], &[]),
    view("/api/set-up", "Whether a set-up link still works.", Caller::Anybody, &[TOKEN], "SetUpLink"),
    act(
        "/api/set-up",
        "Creates the organisation and its account holder; the link works once.",
        Caller::Anybody,
        &[
            TOKEN,
            required("organisation", OrganisationName::MAX_CHARS, "The organisation's name."),
            required("name", PersonName::MAX_CHARS, "The account holder's name."),
            required("email", Email::MAX_LEN, "The account holder's e-mail."),
            NEW_PASSWORD,
        ],
        &[410, 422],
    ),
    act(
        "/api/sign-in",
        "The first sign. An unknown e-mail and a wrong password are the same answer.",
        Caller::Anybody,
        &[EMAIL, PASSWORD, NEXT],
        &[401, 403, 422, 429],
    ),
    challenge("/api/sign-in/passkey/start", "Asks for any passkey, to sign in with. It is the same for everybody.", Caller::Anybody, &[]),
    act("/api/sign-in/passkey", "Both signs in one, with a passkey.", Caller::Anybody, &[CEREMONY, CREDENTIAL, NEXT], &[401, 410]),
    view("/api/second-step", "What the second step can be.", SECOND_STEP, &[], "SecondStep"),
    act(
        "/api/second-step/authenticator-app",
        "The second sign, with an authenticator app.",
        SECOND_STEP,
        &[CODE, TRUST],
        &[401, 403, 422, 429],
    ),
    act(
        "/api/second-step/backup-code",
        "The second sign, with a backup code, which is spent.",
        SECOND_STEP,
        &[BACKUP_CODE],
        &[401, 403, 422, 429],
    ),
    view("/api/second-step/ask", "The number to read out to whoever may give a temporary access code.", SECOND_STEP, &[], "AskedHelp"),
    act(
        "/api/second-step/ask",
        "Asks for a temporary access code: a number is shown for ten minutes, and a code that is given for it works in this session alone.",
        SECOND_STEP,
        &[],
        &[],
    ),
    act(
        "/api/second-step/access-code",
        "The second sign, with a temporary access code, which is spent.",
        SECOND_STEP,
        &[BACKUP_CODE],
        &[401, 403, 422, 429],
    ),
    act(
        "/api/second-step/emailed-code/send",
        "Sends a code for this sign-in, which ends the one before; not within a minute of it.",
        SECOND_STEP,
        &[],
        &[403, 409, 429],
    ),
    act("/api/second-step/emailed-code", "The second sign, with an emailed code.", SECOND_STEP, &[CODE, TRUST], &[401, 403, 410, 422, 429]),
    act(
        "/api/second-step/recovery-key",
        "The second sign, with the recovery key, which is spent; a new one waits to be saved.",
        SECOND_STEP,
        &[required("code", RecoveryKey::MAX_TYPED, "Thirty letters and numbers; case, spaces and dashes are ignored.")],
        &[401, 422],
    ),
    challenge("/api/second-step/key/start", "Asks one of the caller's keys for the second step.", SECOND_STEP, &[KEY_METHOD]),
    act(
        "/api/second-step/key",
        "The second sign, with a security key or a passkey.",
        SECOND_STEP,
        &[CEREMONY, CREDENTIAL, TRUST],
        &[401, 403, 410, 429],
    ),
    act("/api/second-step/turn-off", "Turns two-factor authentication off. Asks for a fresh second step.", SIGNED_IN, &[], &[403, 409]),
    view("/api/confirmation", "How to confirm.", SIGNED_IN, &[], "Confirmation"),
    act(
        "/api/confirmation/authenticator-app",
        "A fresh second step, with an authenticator app.",
        SIGNED_IN,
        &[CODE, NEXT],
        &[401, 403, 422, 429],
    ),
    act(
        "/api/confirmation/backup-code",
        "A fresh second step, with a backup code, which is spent.",
        SIGNED_IN,
        &[BACKUP_CODE, NEXT],
        &[401, 403, 422, 429],
    ),
    act(
        "/api/confirmation/emailed-code/send",
        "Sends a code for a fresh second step, which ends the one before; not within a minute of it.",
        SIGNED_IN,
        &[NEXT],
        &[403, 409, 429],
    ),
    act(
        "/api/confirmation/emailed-code",
        "A fresh second step, with an emailed code.",
        SIGNED_IN,
        &[CODE, NEXT],
        &[401, 403, 410, 422, 429],
    ),
    challenge("/api/confirmation/key/start", "Asks one of the caller's keys for a fresh proof.", SIGNED_IN, &[KEY_METHOD]),
    act(
        "/api/confirmation/key",
        "A fresh second step, with a security key or a passkey.",
        SIGNED_IN,
        &[CEREMONY, CREDENTIAL, NEXT],
        &[401, 403, 410, 429],
    ),
    act(
        "/api/confirmation/password",
        "A fresh password, for those who have no second step.",
        SIGNED_IN,
        &[PASSWORD, NEXT],
        &[401, 403, 422, 429],
    ),
    view("/api/enrolment", "Where somebody stands in the wizard.", WIZARD, &[], "Enrolment"),
    act(
        "/api/enrolment/start",
        "Begins to connect a method. Asks for a fresh proof, except in the forced wizard.",
        WIZARD,
        &[optional("method", 32, "authenticator-app, security-key, passkey or emailed-code")],
        &[403, 409, 422, 429],
    ),
    view("/api/enrolment/emailed-code", "The code that was sent to turn emailed codes on.", WIZARD, &[], "PendingEmailedCode"),
    act(
        "/api/enrolment/emailed-code/send",
        "Sends a code to the confirmed address. Asks for a fresh proof, except in the forced wizard.",
        WIZARD,
        &[],
        &[403, 409, 429],
    ),
    act(
        "/api/enrolment/emailed-code",
        "Turns emailed codes on, and makes backup codes and a recovery key when there are none.",
        WIZARD,
        &[CODE],
        &[401, 403, 409, 410, 422, 429],
    ),
    view("/api/enrolment/authenticator-app", "The app being connected: QR code, key and link.", WIZARD, &[], "PendingApp"),
    act(
        "/api/enrolment/authenticator-app",
        "Connects the app, and makes backup codes when there are none.",
        WIZARD,
        &[CODE, optional("name", FactorName::MAX_CHARS, "What to call it.")],
        &[401, 403, 409, 422],
    ),
    challenge(
        "/api/enrolment/key/start",
        "Begins to connect a security key or a passkey. Asks for a fresh proof, except in the forced wizard.",
        WIZARD,
        &[KEY_METHOD],
    ),
    act(
        "/api/enrolment/key",
        "Connects the key, and makes backup codes when there are none.",
        WIZARD,
        &[CEREMONY, CREDENTIAL, optional("name", FactorName::MAX_CHARS, "What to call it.")],
        &[401, 403, 409, 410, 422],
    ),
    view("/api/backup-codes/new", "New codes and the new recovery key, until they are acknowledged.", WIZARD, &[], "NewBackupCodes"),
    act("/api/backup-codes", "Makes a new set, which ends the old one. Asks for a fresh second step.", SIGNED_IN, &[], &[403, 409]),
    act(
        "/api/backup-codes/saved",
        "The codes are saved: they are never shown again.",
        WIZARD,
        &[optional("saved", 8, "Anything but nothing.")],
        &[422],
    ),
    act(
        "/api/recovery-key",
        "Makes a new recovery key, which ends the old one. Asks for a fresh second step.",
        SIGNED_IN,
        &[],
        &[403, 409],
    ),
    act(
        "/api/email/confirmation",
        "Sends the link that confirms the caller's address again: at most one a minute, and ten an hour.",
        WIZARD,
        &[],
        &[409, 429],
    ),
    act(
        "/api/email/change",
        "Asks for another address, which counts once it is confirmed. Asks for a fresh proof.",
        SIGNED_IN,
        &[EMAIL],
        &[403, 422, 429],
    ),
    view("/api/email/confirm", "Whether a link that confirms an address still works.", Caller::Anybody, &[LOOK], "MailLink"),
    act("/api/email/confirm", "Confirms an address; the link works once, whoever is signed in.", Caller::Anybody, &[TOKEN], &[410]),
    act(
        "/api/password/forgot",
        "Sends a link for a new password, if somebody has this address. The answer is the same for any.",
        Caller::Anybody,
        &[EMAIL],
        &[422],
    ),
    view("/api/join", "What an invitation's link leads to, also when it has expired.", Caller::Anybody, &[LOOK], "Join"),
    act(
        "/api/join",
        "Accepts an invitation: the link works once, and whoever holds it has an account and a session then.",
        Caller::Anybody,
        &[
            TOKEN,
            required("name", PersonName::MAX_CHARS, "Their name."),
            optional("password", Password::MAX_CHARS, "A new password of at least 12 characters."),
            optional("with", 16, "passkey, in place of a password: one is made next"),
        ],
        &[403, 409, 410, 422],
    ),
    act("/api/join/renew", "Sends another link in place of one that has expired, to the same address.", Caller::Anybody, &[TOKEN], &[410]),
    view("/api/password/reset", "Whether a link for a new password still works.", Caller::Anybody, &[LOOK], "MailLink"),
    act(
        "/api/password/reset",
        "Sets a new password; the link works once, every session of the account ends, and nobody is signed in.",
        Caller::Anybody,
        &[TOKEN, NEW_PASSWORD],
        &[410, 422],
    ),
    act(
        "/api/password/change",
        "Changes the password; every other session ends. Asks for a fresh second step.",
        SIGNED_IN,
        &[required("current", Password::MAX_CHARS, "The current password."), NEW_PASSWORD],
        &[401, 403, 409, 422, 429],
    ),
    view("/api/not-me", "Whether a link from a notice still works.", Caller::Anybody, &[LOOK], "MailLink"),
    act(
        "/api/not-me",
        "Signs the account out everywhere, ends its password and tells the account holders; leads to a new password.",
        Caller::Anybody,
        &[TOKEN],
        &[410],
    ),
    act("/api/not-me/here", "The same for the caller; the way to a new password goes to the mailbox.", SIGNED_IN, &[], &[]),
    view("/api/security", "The caller's methods, codes, browsers and recent activity.", SIGNED_IN, &[], "Security"),
    act("/api/methods/rename", "Renames a method.", SIGNED_IN, &[ID, required("name", FactorName::MAX_CHARS, "The new name.")], &[422]),
    act("/api/methods/remove", "Removes a method. Asks for a fresh second step.", SIGNED_IN, &[ID], &[403, 409]),
    act("/api/sessions/end", "Signs one other browser out.", SIGNED_IN, &[ID], &[]),
    view("/api/organisation/policy", "What the organisation asks of its people, and whom that touches.", HOLDERS, &[], "Policy"),
    view(
        "/api/organisation/policy/effect",
        "Whom a set of methods would touch, if a second step were required now.",
        HOLDERS,
        &[SECURITY_KEYS, PASSKEYS, APPS, EMAILED_CODES],
        "Effect",
    ),
    act(
        "/api/organisation/policy",
        "Saves the policy, and signs out at once whoever has no method that counts when one is required now. Nothing is \
         saved when that are more or fewer people than `count`, or when somebody else saved meanwhile. Asks for a fresh second step.",
        HOLDERS,
        &[
            optional("required", 8, "Anything but nothing: everybody needs a second step."),
            optional("start", 16, "now or deadline"),
            optional("deadline", 32, "When it starts, in the server's time zone: 2026-12-04T09:00."),
            SECURITY_KEYS,
            PASSKEYS,
            APPS,
            EMAILED_CODES,
            optional("trust", 4, "For how many days people may trust a browser: 0 to 30. Nothing: as it is."),
            optional("idle", 4, "After how many minutes without use a session ends: 5 to 60. Nothing: as it is."),
            optional("overall", 4, "How many minutes after the password a session ends: 60 to 1440. Nothing: as it is."),
            required("changes", 20, "The number of the policy that was seen."),
            required("count", 20, "How many people will be signed out, as it was seen."),
            optional("understood", 8, "Anything but nothing, when that is anybody."),
        ],
        &[403, 409, 422],
    ),
    view(
        "/api/organisation/audit",
        "The audit log, newest first; for supervisors, of those in their teams.",
        HELPERS,
        &[WHO, WHAT, SINCE, UNTIL, optional("at", 64, "The page, as the one before or after names it.")],
        "AuditLog",
    ),
    view(
        "/api/organisation/audit/export",
        "The same as CSV: the newest ten thousand entries.",
        HELPERS,
        &[WHO, WHAT, SINCE, UNTIL],
        "Export",
    ),
    view("/api/organisation/rollout", "How far the teams have come that the caller looks after.", HELPERS, &[], "Rollout"),
    view("/api/organisation/rollout/export", "The same as CSV, a line a team.", HELPERS, &[], "Export"),
    act(
        "/api/organisation/remind",
        "Reminds those who aren't set up by mail: once a day a team.",
        HELPERS,
        &[optional("team", 36, "A team's id; without one, every team the caller looks after.")],
        &[429],
    ),
    view(
        "/api/organisation/members",
        "The people the caller looks after, those who need help first.",
        HELPERS,
        &[
            optional("q", 100, "Part of a name or an address."),
            optional("team", 36, "A team's id."),
            optional("role", 16, "agent, supervisor or account-holder"),
            optional("state", 16, "locked, not-set-up, set-up, invited or disabled"),
            optional("at", 1024, "The page, as the one before or after names it."),
        ],
        "Members",
    ),
    view(
        "/api/organisation/members/export",
        "The same as CSV: the first ten thousand people.",
        HELPERS,
        &[
            optional("q", 100, "Part of a name or an address."),
            optional("team", 36, "A team's id."),
            optional("role", 16, "agent, supervisor or account-holder"),
            optional("state", 16, "locked, not-set-up, set-up, invited or disabled"),
        ],
        "Export",
    ),
    view(
        "/api/organisation/member",
        "Somebody the caller looks after. A temporary access code that the same session made is shown the first time.",
        HELPERS,
        &[ID],
        "Member",
    ),
    view("/api/organisation/invite", "What the caller has typed to invite people, and what it comes to.", HOLDERS, &[], "Invite"),
    act(
        "/api/organisation/invite/draft",
        "Keeps what is typed, for a day: an address on each line, or CSV with email, name, role and team, with or without a heading. Nobody is invited by it.",
        HOLDERS,
        &[
            required("people", MAX_DRAFT, "The lines, up to ten thousand."),
            required("role", 16, "agent, supervisor or account-holder, for lines that say none"),
            optional("team", TeamName::MAX_CHARS, "A team's name, for lines that say none; one that no team has makes one."),
        ],
        &[422],
    ),
    act(
        "/api/organisation/invite",
        "Invites everybody in what was typed, or nobody. Asks for a fresh second step.",
        HOLDERS,
        &[
            required("draft", 64, "Which list that is, by its digest, as it was shown."),
            required("count", 6, "How many people that is, as it was shown."),
            optional("leave_out", 8, "Anything but nothing: lines that can't be used are left out."),
        ],
        &[403, 409],
    ),
    view("/api/organisation/invitation", "An invitation to a team the caller looks after.", HELPERS, &[ID], "Invitation"),
    act(
        "/api/organisation/invitation/send",
        "Sends an invitation again; the link from before ends. Once a minute. For account holders; asks for a fresh second step.",
        HELPERS,
        &[ID],
        &[403, 409, 429],
    ),
    act(
        "/api/organisation/invitation/withdraw",
        "Takes an invitation back: its link ends. For account holders; asks for a fresh second step.",
        HELPERS,
        &[ID],
        &[403, 409],
    ),
    act(
        "/api/organisation/member/remind",
        "Reminds people who aren't set up, each at most once a day. Others of them are left out.",
        HELPERS,
        &[optional("ids[]", 36, "Somebody's id; once for each, up to 100."), NEXT],
        &[409],
    ),
    act("/api/organisation/member/unlock", "Ends somebody's pauses. Asks for a fresh second step.", HELPERS, &[ID], &[403, 409]),
    act(
        "/api/organisation/member/reset",
        "Takes methods off somebody and signs them out everywhere; they are told. Asks for a fresh second step.",
        HELPERS,
        &[ID, required("what", 36, "A method's id, backup-codes or all")],
        &[403, 409],
    ),
    act("/api/organisation/member/sign-out", "Signs somebody out everywhere. Asks for a fresh second step.", HELPERS, &[ID], &[403, 409]),
    act(
        "/api/organisation/member/access-code",
        "Makes a code that stands in for somebody's second step once; they are told. Asks for a fresh second step.",
        HELPERS,
        &[
            ID,
            optional("known", 16, "in-person, called-back or number"),
            optional("lasts", 16, "15-minutes, 1-hour or end-of-shift"),
            optional("number", 16, "The six digits on their screen, for number."),
        ],
        &[403, 409, 422],
    ),
    act("/api/organisation/member/access-code/cancel", "Takes it back. Asks for a fresh second step.", HELPERS, &[ID], &[403, 409]),
    act(
        "/api/organisation/member/place",
        "Gives somebody another role and team. Asks for a fresh second step.",
        HOLDERS,
        &[
            ID,
            required("role", 16, "agent, supervisor or account-holder"),
            optional("team", TeamName::MAX_CHARS, "The team's name; a new one makes a team."),
            optional("looks_after", 1024, "For supervisors: names of teams, separated by commas."),
        ],
        &[403, 409, 422],
    ),
    act(
        "/api/organisation/member/disable",
        "Signs somebody out and lets them in no more. Asks for a fresh second step.",
        HOLDERS,
        &[ID],
        &[403, 409],
    ),
    act("/api/organisation/member/enable", "Lets somebody sign in again. Asks for a fresh second step.", HOLDERS, &[ID], &[403, 409]),
    act("/api/sessions/end-others", "Signs every other browser out, and trusts none of them any more.", SIGNED_IN, &[], &[]),
    act(
        "/api/trusted-browsers/add",
        "Trusts the browser that asks: the password alone signs in there, as long as the organisation allows. Asks for a \
         fresh second step.",
        SIGNED_IN,
        &[],
        &[403],
    ),
    act("/api/trusted-browsers/end", "Trusts one browser no more.", SIGNED_IN, &[ID], &[]),
];

/// The `OpenAPI` 3.1 document.
#[must_use]
pub fn openapi(version: &str) -> Value {
    let settings = SchemaSettings::draft2020_12()
        .for_serialize()
        .with(|settings| "/components/schemas".clone_into(settings.definitions_path.to_mut()));
    let mut schemas = settings.into_generator();
    let mut named = Map::new();
    let mut add = |name: &str, schema: Value| named.insert(name.to_owned(), schema);
    add("Answer", schema_of::<Answer>(&mut schemas));
    add("Error", schema_of::<AppError>(&mut schemas));
    add("AnswerOrError", json!({ "anyOf": [{ "$ref": "#/components/schemas/Answer" }, { "$ref": "#/components/schemas/Error" }] }));
    add("Session", schema_of::<Session>(&mut schemas));
    add("SignOnWay", schema_of::<SignOnWay>(&mut schemas));
    add("SingleSignOn", schema_of::<SingleSignOn>(&mut schemas));
    add("WayBack", schema_of::<WayBack>(&mut schemas));
    add("Person", schema_of::<Person>(&mut schemas));
    add("SetUpLink", schema_of::<SetUpLink>(&mut schemas));
    add("SecondStep", schema_of::<SecondStep>(&mut schemas));
    add("Confirmation", schema_of::<Confirmation>(&mut schemas));
    add("Enrolment", schema_of::<Enrolment>(&mut schemas));
    add("PendingApp", schema_of::<PendingApp>(&mut schemas));
    add("PendingEmailedCode", schema_of::<PendingEmailedCode>(&mut schemas));
    add("MailLink", schema_of::<MailLink>(&mut schemas));
    add("Challenge", schema_of::<Challenge>(&mut schemas));
    add("NewBackupCodes", schema_of::<NewBackupCodes>(&mut schemas));
    add("Policy", schema_of::<Policy>(&mut schemas));
    add("Effect", schema_of::<Effect>(&mut schemas));
    add("AuditLog", schema_of::<AuditLog>(&mut schemas));
    add("Export", schema_of::<Export>(&mut schemas));
    add("Rollout", schema_of::<Rollout>(&mut schemas));
    add("AskedHelp", schema_of::<AskedHelp>(&mut schemas));
    add("Members", schema_of::<Members>(&mut schemas));
    add("Invite", schema_of::<Invite>(&mut schemas));
    add("Invitation", schema_of::<Invitation>(&mut schemas));
    add("Join", schema_of::<Join>(&mut schemas));
    add("Member", schema_of::<Member>(&mut schemas));
    add("Security", schema_of::<Security>(&mut schemas));
    for (name, schema) in schemas.take_definitions(true) {
        named.entry(name).or_insert(schema);
    }
    let mut paths = Map::new();
    for endpoint in ENDPOINTS {
        let path = paths.entry(endpoint.path).or_insert_with(|| json!({}));
        if let Some(path) = path.as_object_mut() {
            path.insert(endpoint.method.to_lowercase(), operation(endpoint));
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Countersign",
            "version": version,
            "description": "Acts (POST) take a form or JSON and answer with an Answer; views (GET) answer with what a page shows. \
                Requests that change state must come from this site: Sec-Fetch-Site or Origin says so. \
                The session is a cookie; its token changes with each stage.",
        },
        "paths": paths,
        "components": {
            "schemas": named,
            "securitySchemes": { "session": { "type": "apiKey", "in": "cookie", "name": "__Host-countersign_session" } },
        },
    })
}

fn schema_of<T: schemars::JsonSchema>(schemas: &mut SchemaGenerator) -> Value {
    schemas.root_schema_for::<T>().to_value()
}

fn operation(endpoint: &Endpoint) -> Value {
    let (caller, security) = match endpoint.caller {
        Caller::Anybody => ("Anybody may call it.".to_owned(), json!([])),
        Caller::Stages(stages) => (format!("Stage: {}. Any role.", stages.join(", ")), json!([{ "session": [] }])),
        Caller::Roles(roles) => (format!("Stage: signed-in. Role: {}.", roles.join(", ")), json!([{ "session": [] }])),
    };
    let schema = match endpoint.answers {
        Answers::Act => "Answer",
        Answers::View(name) => name,
    };
    let mut responses = Map::new();
    responses.insert("200".into(), response("Done.", schema));
    for status in endpoint.refusals {
        responses.insert(status.to_string(), response(about_status(*status), "Answer"));
    }
    let errors: &[u16] =
        if endpoint.caller == Caller::Anybody { &[400, 403, 413, 415, 500, 503] } else { &[400, 401, 403, 404, 413, 415, 500, 503] };
    for status in errors {
        let name = if endpoint.refusals.contains(status) { "AnswerOrError" } else { "Error" };
        responses.insert(status.to_string(), response(about_status(*status), name));
    }
    let mut operation = json!({
        "summary": endpoint.about,
        "description": caller,
        "security": security,
        "responses": responses,
        "x-countersign-stages": match endpoint.caller {
            Caller::Anybody => json!(null),
            Caller::Stages(stages) => json!(stages),
            Caller::Roles(_) => json!(["signed-in"]),
        },
        "x-countersign-roles": match endpoint.caller {
            Caller::Roles(roles) => json!(roles),
            _ => json!(["agent", "supervisor", "account-holder"]),
        },
    });
    if endpoint.method == "GET" {
        operation["parameters"] = endpoint
            .fields
            .iter()
            .map(|field| {
                json!({ "name": field.name, "in": "query", "required": field.is_required, "description": field.about,
                        "schema": { "type": "string", "maxLength": field.max } })
            })
            .collect();
    } else {
        let properties: Map<String, Value> = endpoint
            .fields
            .iter()
            .map(|field| (field.name.to_owned(), json!({ "type": "string", "maxLength": field.max, "description": field.about })))
            .collect();
        let needed: Vec<_> = endpoint.fields.iter().filter(|field| field.is_required).map(|field| field.name).collect();
        let body = json!({ "schema": { "type": "object", "properties": properties, "required": needed } });
        operation["requestBody"] = json!({ "content": { "application/x-www-form-urlencoded": body, "application/json": body } });
    }
    operation
}

fn response(about: &str, schema: &str) -> Value {
    json!({ "description": about, "content": { "application/json": { "schema": { "$ref": format!("#/components/schemas/{schema}") } } } })
}

const fn about_status(status: u16) -> &'static str {
    match status {
        400 => "Not of the form this endpoint takes.",
        401 => "Not proved: sign in first, or what was given doesn't match.",
        403 => "From another site, not at this stage, not allowed, or a fresh proof is asked for first.",
        404 => "There is no such thing, or it is somebody else's.",
        409 => "It can't be done as things stand.",
        410 => "The link, the code or the challenge has ended.",
        413 => "Over 64 KiB.",
        415 => "Neither a form nor JSON.",
        422 => "A field can't be accepted.",
        429 => "Paused after too many failures, or too many mails; Retry-After says for how long.",
        503 => "Busy; Retry-After says for how long.",
        _ => "Our fault; the reference is in the server's log.",
    }
}
