//! The people of an organisation, and helping them.

use countersign_domain::{Factor, Role, Secret};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, Method, Person, When, export::Export};

/// Where somebody stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Something of theirs is paused or switched off right now.
    Locked,
    /// They have no second step that counts.
    NotSetUp,
    /// They have one.
    SetUp,
    /// They may not sign in.
    Disabled,
    /// They were invited, and haven't joined.
    Invited,
    /// They were invited, and the link they have works no more.
    InvitationExpired,
}

/// A team, as filters and forms name it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Team {
    /// Its id.
    pub id: String,
    /// What it is called.
    pub name: String,
}

/// The Members page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Members {
    /// Who looks at it.
    pub person: Person,
    /// The organisation's name.
    pub organisation: String,
    /// How many people they look after altogether.
    pub total: i64,
    /// How many were invited and haven't joined.
    pub invited: i64,
    /// To how many of those the mail is still to be written.
    pub unsent: i64,
    /// They may invite people.
    pub may_invite: bool,
    /// Those who ask for a temporary access code right now, longest first: id and name.
    pub asking: Vec<(String, String)>,
    /// The teams they see.
    pub teams: Vec<Team>,
    /// The people on this page.
    pub rows: Vec<MemberRow>,
    /// The `at` of the page before.
    pub previous: Option<String>,
    /// The `at` of the page after.
    pub next: Option<String>,
}

/// One line of the Members page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MemberRow {
    /// Their id; an invitation's if they haven't joined.
    pub id: String,
    /// Their name; empty if they were invited without one.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Their team's name.
    pub team: Option<String>,
    /// Their role.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub role: Role,
    /// Where they stand.
    pub standing: Standing,
    /// What they have connected, strongest first.
    #[cfg_attr(feature = "ssr", schemars(with = "Vec<String>"))]
    pub methods: Vec<Factor>,
    /// When they last signed in.
    pub last_sign_in: Option<When>,
}

/// Somebody's page, for those who look after them. Never a secret but the code that was just made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "what a page shows: one fact each")]
pub struct Member {
    /// Who looks at it.
    pub person: Person,
    /// The organisation's name.
    pub organisation: String,
    /// Their id.
    pub id: String,
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// They have shown that it is theirs.
    pub is_email_confirmed: bool,
    /// Their role.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub role: Role,
    /// Their team's name.
    pub team: Option<String>,
    /// The names of the teams they look after beside their own.
    pub looks_after: Vec<String>,
    /// Every team there is, for account holders.
    pub teams: Vec<String>,
    /// Where they stand.
    pub standing: Standing,
    /// When the last of their pauses ends; none when something is switched off, too.
    pub locked_until: Option<When>,
    /// What is paused or switched off.
    pub holds: Vec<Hold>,
    /// Their methods, strongest first.
    pub methods: Vec<Method>,
    /// Backup codes left, and in the set.
    pub backup_codes: Option<(i64, i64)>,
    /// They have a recovery key.
    pub has_recovery_key: bool,
    /// Where they are signed in, newest first.
    pub sessions: Vec<MemberSession>,
    /// Browsers they trust, last used first.
    pub trusted: Vec<MemberTrusted>,
    /// The temporary access code they were given, while it works.
    pub access_code: Option<GivenCode>,
    /// They ask for one right now, since then.
    pub asks_from: Vec<AskingScreen>,
    /// The caller may help them.
    pub may_help: bool,
    /// The caller may change their role and team, and disable them.
    pub may_manage: bool,
    /// It is the caller's own page.
    pub is_self: bool,
}

/// A factor that somebody can't use right now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Hold {
    /// Which.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub factor: Factor,
    /// Until when; none when it is switched off.
    pub until: Option<When>,
    /// The failures that caused it.
    pub failures: i64,
    /// When the last of them was.
    pub last: When,
}

/// A browser somebody is signed in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MemberSession {
    /// "Chrome on Windows".
    pub browser: String,
    /// Its network address.
    pub address: String,
    /// Since when.
    pub since: When,
}

/// A screen at the second step that shows a number, to be given a code for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct AskingScreen {
    /// Since when.
    pub since: When,
    /// "Chrome on Windows".
    pub browser: String,
    /// Its network address.
    pub address: String,
}

/// A browser somebody trusts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct MemberTrusted {
    /// "Chrome on Windows".
    pub browser: String,
    /// The network address it was last used from.
    pub address: String,
    /// Until when.
    pub until: When,
}

/// A temporary access code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct GivenCode {
    /// The code itself, the first time it is asked for by whoever gave it, in the same session.
    #[cfg_attr(feature = "ssr", schemars(with = "Option<String>"))]
    pub code: Option<Secret>,
    /// Until when it works.
    pub until: When,
    /// Minutes left, rounded up.
    pub minutes_left: i64,
}

/// Lists the people the caller looks after, those who need help first.
#[server(prefix = "/api", endpoint = "organisation/members", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_members(
    #[server(default)] q: String,
    #[server(default)] team: String,
    #[server(default)] role: String,
    #[server(default)] state: String,
    #[server(default)] at: String,
) -> Result<Members, AppError> {
    crate::ssr::people::load(&crate::ssr::people::Fields { text: &q, team: &team, role: &role, state: &state }, &at).await
}

/// The same as CSV, whatever page is shown: the first ten thousand people.
#[server(prefix = "/api", endpoint = "organisation/members/export", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn export_members(
    #[server(default)] q: String,
    #[server(default)] team: String,
    #[server(default)] role: String,
    #[server(default)] state: String,
) -> Result<Export, AppError> {
    crate::ssr::people::export(&crate::ssr::people::Fields { text: &q, team: &team, role: &role, state: &state }).await
}

/// Shows somebody the caller looks after. A temporary access code that was just made is shown once.
#[server(prefix = "/api", endpoint = "organisation/member", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_member(#[server(default)] id: String) -> Result<Member, AppError> {
    crate::ssr::people::load_member(&id).await
}

/// Reminds people who aren't set up: once a day each, whoever asks. Leads back to `next`, a page of the list.
#[server(prefix = "/api", endpoint = "organisation/member/remind", client = crate::browser::api_client::ApiClient)]
pub async fn remind_people(#[server(default)] ids: Vec<String>, #[server(default)] next: String) -> Result<Answer, AppError> {
    crate::ssr::people::remind(&ids, &next).await
}

/// Ends somebody's pauses and forgets their failures.
#[server(prefix = "/api", endpoint = "organisation/member/unlock", client = crate::browser::api_client::ApiClient)]
pub async fn unlock_member(id: String) -> Result<Answer, AppError> {
    crate::ssr::people::unlock(&id).await
}

/// Takes a method, the backup codes or everything off somebody: `what` is an id, `backup-codes` or `all`.
#[server(prefix = "/api", endpoint = "organisation/member/reset", client = crate::browser::api_client::ApiClient)]
pub async fn reset_member(id: String, what: String) -> Result<Answer, AppError> {
    crate::ssr::people::reset(&id, &what).await
}

/// Signs somebody out everywhere.
#[server(prefix = "/api", endpoint = "organisation/member/sign-out", client = crate::browser::api_client::ApiClient)]
pub async fn sign_out_member(id: String) -> Result<Answer, AppError> {
    crate::ssr::people::sign_out(&id).await
}

/// Makes a temporary access code for somebody.
#[server(prefix = "/api", endpoint = "organisation/member/access-code", client = crate::browser::api_client::ApiClient)]
pub async fn give_access_code(
    id: String,
    #[server(default)] known: String,
    #[server(default)] lasts: String,
    #[server(default)] number: String,
) -> Result<Answer, AppError> {
    crate::ssr::people::give_access_code(&id, &known, &lasts, &number).await
}

/// Takes it back.
#[server(prefix = "/api", endpoint = "organisation/member/access-code/cancel", client = crate::browser::api_client::ApiClient)]
pub async fn cancel_access_code(id: String) -> Result<Answer, AppError> {
    crate::ssr::people::cancel_access_code(&id).await
}

/// Gives somebody another role and team.
#[server(prefix = "/api", endpoint = "organisation/member/place", client = crate::browser::api_client::ApiClient)]
pub async fn place_member(
    id: String,
    role: String,
    #[server(default)] team: String,
    #[server(default)] looks_after: String,
) -> Result<Answer, AppError> {
    crate::ssr::people::place(&id, &role, &team, &looks_after).await
}

/// Lets somebody sign in no more.
#[server(prefix = "/api", endpoint = "organisation/member/disable", client = crate::browser::api_client::ApiClient)]
pub async fn disable_member(id: String) -> Result<Answer, AppError> {
    crate::ssr::people::disable(&id).await
}

/// Lets somebody sign in again.
#[server(prefix = "/api", endpoint = "organisation/member/enable", client = crate::browser::api_client::ApiClient)]
pub async fn enable_member(id: String) -> Result<Answer, AppError> {
    crate::ssr::people::enable(&id).await
}
