//! Inviting people, and accepting an invitation.

use countersign_domain::{Role, Secret};
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, Person, When, people::Team};

/// The page on which an account holder invites people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Invite {
    /// Who looks at it.
    pub person: Person,
    /// The organisation's name.
    pub organisation: String,
    /// The teams there are.
    pub teams: Vec<Team>,
    /// The most people in one list.
    pub most: i64,
    /// Mail leaves this server.
    pub sends_mail: bool,
    /// What was typed, and what it comes to, if anything was.
    pub draft: Option<InviteDraft>,
}

/// What was typed, and what it comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct InviteDraft {
    /// What tells it from any other: to be sent with what is agreed to.
    pub digest: String,
    /// The lines.
    pub text: String,
    /// What those are whose line doesn't say.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub role: Role,
    /// The team of those whose line names none.
    pub team: String,
    /// How many people would be invited.
    pub people: i64,
    /// How many with each role, fewest rights first; roles that nobody would have are left out.
    #[cfg_attr(feature = "ssr", schemars(with = "Vec<(String, i64)>"))]
    pub by_role: Vec<(Role, i64)>,
    /// The first of them.
    pub first: Vec<Newcomer>,
    /// How many lines invite nobody.
    pub bad: i64,
    /// The first of those.
    pub first_bad: Vec<BadLine>,
    /// The names of teams that there aren't yet.
    pub new_teams: Vec<String>,
}

/// Somebody to invite.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Newcomer {
    /// Their address.
    pub email: String,
    /// Their name, if it was said.
    pub name: Option<String>,
    /// What they will be.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub role: Role,
    /// Their team.
    pub team: Option<String>,
}

/// A line that invites nobody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct BadLine {
    /// Which, from 1.
    pub line: u64,
    /// What stands there.
    pub text: String,
    /// What is wrong: `email`, `name`, `role`, `team`, `twice`, `member`, `invited`, `often` or `unreadable`.
    pub problem: String,
    /// For `twice`: the line on which the address stands first.
    pub first_line: Option<u64>,
}

/// An invitation's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Invitation {
    /// Who looks at it.
    pub person: Person,
    /// The organisation's name.
    pub organisation: String,
    /// Its id.
    pub id: String,
    /// The address it goes to.
    pub email: String,
    /// The name that was said.
    pub name: Option<String>,
    /// What they will be.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub role: Role,
    /// Their team's name.
    pub team: Option<String>,
    /// Who asked them, while they are there.
    pub by: Option<String>,
    /// When they were first asked.
    pub since: When,
    /// When its last mail was written; none while it waits to be.
    pub sent: Option<When>,
    /// Until when its link works.
    pub until: Option<When>,
    /// It works no more.
    pub has_expired: bool,
    /// The caller may send it again and take it back.
    pub may_manage: bool,
}

/// What an invitation's link leads to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Join {
    /// What is to be accepted; none when the link was used, replaced or withdrawn.
    pub invitation: Option<JoinInvitation>,
}

/// An invitation, as whoever holds its link sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
#[expect(clippy::struct_excessive_bools, reason = "what a page shows: one fact each")]
pub struct JoinInvitation {
    /// The organisation's name.
    pub organisation: String,
    /// The address it went to.
    pub email: String,
    /// The name that was said.
    pub name: String,
    /// What they will be.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub role: Role,
    /// Their team's name.
    pub team: Option<String>,
    /// Who asked them, while they are there.
    pub by: Option<String>,
    /// The day it was sent: "12 November".
    pub sent_on: String,
    /// It works no more.
    pub has_expired: bool,
    /// Whoever holds it can ask for another then.
    pub may_renew: bool,
    /// A second step is required, now or by a deadline.
    pub is_required: bool,
    /// A passkey may take the password's place.
    pub allows_passkey: bool,
    /// The organisation's identity provider may take its place; `true` when nothing else does. Missing without one.
    pub must_sign_on: Option<bool>,
}

/// Shows what an account holder has typed to invite people, and what it comes to.
#[server(prefix = "/api", endpoint = "organisation/invite", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_invite() -> Result<Invite, AppError> {
    crate::ssr::invitations::load().await
}

/// Keeps what somebody typed: a line to a person, or CSV.
#[server(prefix = "/api", endpoint = "organisation/invite/draft", client = crate::browser::api_client::ApiClient)]
pub async fn draft_invitations(people: String, role: String, #[server(default)] team: String) -> Result<Answer, AppError> {
    crate::ssr::invitations::draft(people, &role, &team).await
}

/// Invites the people of the draft: as many as `count` says, all or none.
#[server(prefix = "/api", endpoint = "organisation/invite", client = crate::browser::api_client::ApiClient)]
pub async fn send_invitations(draft: String, count: String, #[server(default)] leave_out: Option<String>) -> Result<Answer, AppError> {
    crate::ssr::invitations::invite(&draft, &count, leave_out.is_some()).await
}

/// Shows an invitation.
#[server(prefix = "/api", endpoint = "organisation/invitation", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_invitation(#[server(default)] id: String) -> Result<Invitation, AppError> {
    crate::ssr::invitations::load_one(&id).await
}

/// Sends it again, with another link.
#[server(prefix = "/api", endpoint = "organisation/invitation/send", client = crate::browser::api_client::ApiClient)]
pub async fn resend_invitation(id: String) -> Result<Answer, AppError> {
    crate::ssr::invitations::send_again(&id).await
}

/// Takes it back.
#[server(prefix = "/api", endpoint = "organisation/invitation/withdraw", client = crate::browser::api_client::ApiClient)]
pub async fn withdraw_invitation(id: String) -> Result<Answer, AppError> {
    crate::ssr::invitations::withdraw(&id).await
}

/// Looks at an invitation's link, without using it.
#[server(prefix = "/api", endpoint = "join", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_join(#[server(default)] token: String) -> Result<Join, AppError> {
    crate::ssr::join::load(&token).await
}

/// Accepts an invitation, with a password or, as `with=passkey` says, a passkey that is made next.
#[server(prefix = "/api", endpoint = "join", client = crate::browser::api_client::ApiClient)]
pub async fn accept_invitation(
    token: String,
    name: String,
    #[server(default)] password: Secret,
    #[server(default)] with: String,
) -> Result<Answer, AppError> {
    crate::ssr::join::join(&token, &name, &password, &with).await
}

/// Asks for another link in place of one that has expired.
#[server(prefix = "/api", endpoint = "join/renew", client = crate::browser::api_client::ApiClient)]
pub async fn renew_invitation(token: String) -> Result<Answer, AppError> {
    crate::ssr::join::renew(&token).await
}
