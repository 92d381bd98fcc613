//! Every path of the interface, once. API paths stand beside their server functions in `api`.

/// Sends people on to where they belong.
pub const HOME: &str = "/";
/// The set-up link of an empty installation; followed by `?token=…`.
pub const SET_UP: &str = "/set-up";
/// E-mail and password.
pub const SIGN_IN: &str = "/sign-in";
/// "Try another way": what else this person has.
pub const SECOND_STEP: &str = "/sign-in/step-2";
/// The code from an authenticator app.
pub const SECOND_STEP_APP: &str = "/sign-in/step-2/app";
/// A touch of a security key.
pub const SECOND_STEP_KEY: &str = "/sign-in/step-2/key";
/// A passkey.
pub const SECOND_STEP_PASSKEY: &str = "/sign-in/step-2/passkey";
/// A backup code.
pub const SECOND_STEP_BACKUP: &str = "/sign-in/step-2/backup";
/// An emailed code.
pub const SECOND_STEP_EMAIL: &str = "/sign-in/step-2/email";
/// The recovery key.
pub const SECOND_STEP_RECOVERY: &str = "/sign-in/step-2/recovery";
/// The wizard: why.
pub const ENROL: &str = "/enrol";
/// The wizard: choose a method.
pub const ENROL_CHOOSE: &str = "/enrol/choose";
/// The wizard: connect an authenticator app.
pub const ENROL_APP: &str = "/enrol/app";
/// The wizard: connect a security key.
pub const ENROL_KEY: &str = "/enrol/key";
/// The wizard: create a passkey.
pub const ENROL_PASSKEY: &str = "/enrol/passkey";
/// The wizard: turn emailed codes on.
pub const ENROL_EMAIL: &str = "/enrol/email";
/// The wizard: save backup codes.
pub const ENROL_CODES: &str = "/enrol/codes";
/// The wizard: done.
pub const ENROL_DONE: &str = "/enrol/done";
/// Somebody's own profile.
pub const PROFILE: &str = "/account/profile";
/// Somebody's own methods, codes and browsers.
pub const SECURITY: &str = "/account/security";
/// Another address.
pub const CHANGE_EMAIL: &str = "/account/email";
/// Another password.
pub const CHANGE_PASSWORD: &str = "/account/password";
/// "Confirm it's you", before anything that weakens the account.
pub const CONFIRM: &str = "/account/confirm";
/// Asks for a link for a new password.
pub const FORGOT: &str = "/forgot";
/// The link for a new password; followed by `?token=…`.
pub const RESET_PASSWORD: &str = "/reset-password";
/// The link that confirms an address; followed by `?token=…`.
pub const CONFIRM_EMAIL: &str = "/confirm-email";
/// "This wasn't me"; followed by `?token=…`.
pub const NOT_ME: &str = "/not-me";
/// An invitation's link; followed by `?token=…`.
pub const JOIN: &str = "/join";
/// Asks whose identity provider to go to.
pub const SIGN_ON: &str = "/auth/single-sign-on/start";
/// Sends the browser there.
pub const SIGN_ON_GO: &str = "/auth/single-sign-on/go";
/// Where the identity provider sends the browser back to; registered there, so never changed.
pub const SIGN_ON_BACK: &str = "/auth/single-sign-on";
/// Back to an application behind; followed by `?to=…`.
pub const APPLICATION: &str = "/auth/continue";
/// Help for those who can't get in.
pub const HELP: &str = "/help";
/// What is stored, and for how long.
pub const PRIVACY: &str = "/privacy";
/// A temporary access code as the second step.
pub const SECOND_STEP_ACCESS: &str = "/sign-in/step-2/access";
/// Asks for one: the number to read out.
pub const SECOND_STEP_ASK: &str = "/sign-in/step-2/ask";
/// How far each team has come.
pub const ORG_ROLLOUT: &str = "/org/rollout";
/// The organisation's people; one of them at `/org/members/{id}`.
pub const ORG_MEMBERS: &str = "/org/members";
/// Invites people.
pub const ORG_INVITE: &str = "/org/invite";
/// An invitation: `/org/invitations/{id}`.
pub const ORG_INVITATION: &str = "/org/invitations";
/// What everybody needs to sign in.
pub const ORG_POLICY: &str = "/org/policy";
/// The organisation's identity provider.
pub const ORG_SIGN_ON: &str = "/org/single-sign-on";
/// What happened.
pub const ORG_AUDIT: &str = "/org/audit";
