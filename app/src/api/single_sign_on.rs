//! Single sign-on: to the organisation's identity provider and back, and connecting it.

#![expect(clippy::too_many_arguments, reason = "a connection is one form")]

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{
    Answer, AppError, Person, When,
    domains::PendingDomain,
    people::Team,
    tree::{FromTree, Tree, read_from_tree},
};

/// Where a browser goes on, on its way to the provider or back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SignOnWay {
    /// The provider's page, or ours.
    pub next: Option<String>,
    /// Why there is none: `not-connected`, `ended`, `refused`, `provider`, `wrong-client`, `untrue`, `unknown`,
    /// `connect-yourself`, `other-address`, `disabled`, `invited`, `invitation-ended` or `taken`.
    pub problem: Option<String>,
    /// The page that another try goes to, empty for none in particular. Missing where it begins elsewhere: with the link of
    /// an invitation, or on the page to go back to.
    pub again: Option<String>,
    /// The page that somebody who is signed in goes back to.
    pub back: Option<String>,
}

impl FromTree for SignOnWay {
    fn from_tree(tree: Tree) -> Option<Self> {
        let mut fields = tree.fields()?;
        Some(Self { next: fields.text("next"), problem: fields.text("problem"), again: fields.text("again"), back: fields.text("back") })
    }
}

read_from_tree!(SignOnWay);

/// The Single sign-on page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct SingleSignOn {
    /// Who looks at it.
    pub person: Person,
    /// The organisation's name.
    pub organisation: String,
    /// What the provider has to know: where it sends browsers back to.
    pub redirect_uri: String,
    /// The provider, if one is connected.
    pub connection: Option<Connection>,
    /// How many people are connected with who they are there.
    pub connected: i64,
    /// How many are signed in with it right now.
    pub signed_on: i64,
    /// How many members it couldn't sign in: neither connected with it, nor with an address of one of the domains. Account
    /// holders aren't counted.
    pub outside: i64,
    /// Somebody has signed in with it since it was last changed.
    pub is_tried: bool,
    /// The domains whose addresses it may vouch for.
    pub domains: Vec<String>,
    /// Those that wait for their DNS to say so.
    pub pending: Vec<PendingDomain>,
    /// The organisation's teams.
    pub teams: Vec<Team>,
}

/// A connected provider; never the secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Connection {
    /// The issuer.
    pub issuer: String,
    /// What the provider knows us by.
    pub client_id: String,
    /// People whom it knows and we don't become members.
    pub adds_people: bool,
    /// As `agent` or `supervisor`.
    pub role: String,
    /// In this team, by its id.
    pub team: Option<String>,
    /// A second step that it says was given there stands in for ours.
    pub accepts_second_step: bool,
    /// Nobody signs in with a password or a passkey, but for account holders.
    pub is_required: bool,
    /// The number of the change that this is; it travels with the next one.
    pub changes: i64,
    /// When it was last changed.
    pub changed: When,
}

/// Begins a sign-in by way of the provider: of the only one there is, or of that of the address's domain.
#[server(prefix = "/api", endpoint = "single-sign-on/start", client = crate::browser::api_client::ApiClient)]
pub async fn start_single_sign_on(
    #[server(default)] email: String,
    #[server(default)] next: String,
    #[server(default)] anew: String,
) -> Result<Answer, AppError> {
    crate::ssr::single_sign_on::start(&email, &next, !anew.is_empty()).await
}

/// Begins to accept an invitation with who somebody is at the organisation's provider.
#[server(prefix = "/api", endpoint = "join/single-sign-on", client = crate::browser::api_client::ApiClient)]
pub async fn join_single_sign_on(token: String) -> Result<Answer, AppError> {
    crate::ssr::single_sign_on::join(&token).await
}

/// Begins to connect somebody who is signed in with who they are at the provider. Asks for a fresh proof.
#[server(prefix = "/api", endpoint = "single-sign-on/connect", client = crate::browser::api_client::ApiClient)]
pub async fn connect_single_sign_on() -> Result<Answer, AppError> {
    crate::ssr::single_sign_on::connect().await
}

/// Forgets who they are there. Asks for a fresh proof.
#[server(prefix = "/api", endpoint = "single-sign-on/disconnect", client = crate::browser::api_client::ApiClient)]
pub async fn disconnect_single_sign_on(issuer: String) -> Result<Answer, AppError> {
    crate::ssr::single_sign_on::disconnect(&issuer).await
}

/// The provider's page that this browser is sent to.
#[server(prefix = "/api", endpoint = "single-sign-on/go", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_sign_on_way() -> Result<SignOnWay, AppError> {
    crate::ssr::single_sign_on::go().await
}

/// Takes a browser that comes back from the provider: `answer` is the query that it brings. Works once.
#[server(prefix = "/api", endpoint = "single-sign-on/finish", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn finish_single_sign_on(#[server(default)] answer: String) -> Result<SignOnWay, AppError> {
    crate::ssr::single_sign_on::finish(&answer).await
}

/// Shows the connection. For account holders.
#[server(prefix = "/api", endpoint = "organisation/single-sign-on", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_single_sign_on() -> Result<SingleSignOn, AppError> {
    crate::ssr::single_sign_on::load().await
}

/// Connects a provider, or changes the connection, after asking the provider about itself. For account holders, after
/// a fresh second step.
#[server(prefix = "/api", endpoint = "organisation/single-sign-on", client = crate::browser::api_client::ApiClient)]
pub async fn save_single_sign_on(
    issuer: String,
    client_id: String,
    #[server(default)] client_secret: String,
    #[server(default)] adds_people: String,
    #[server(default)] role: String,
    #[server(default)] team: String,
    #[server(default)] second_step: String,
    #[server(default)] required: String,
    changes: String,
    #[server(default)] sign_out: String,
) -> Result<Answer, AppError> {
    let form = Form {
        issuer: &issuer,
        client_id: &client_id,
        adds_people: &adds_people,
        role: &role,
        team: &team,
        second_step: &second_step,
        required: &required,
        changes: &changes,
        sign_out: &sign_out,
    };
    crate::ssr::single_sign_on::save(form, client_secret).await
}

/// Disconnects the provider. For account holders, after a fresh second step.
#[server(prefix = "/api", endpoint = "organisation/single-sign-on/remove", client = crate::browser::api_client::ApiClient)]
pub async fn remove_single_sign_on(changes: String, #[server(default)] sign_out: String) -> Result<Answer, AppError> {
    crate::ssr::single_sign_on::remove(&changes, !sign_out.is_empty()).await
}

/// What a form says of a provider, but for the secret.
#[derive(Clone, Copy, Debug)]
pub struct Form<'a> {
    /// The issuer.
    pub issuer: &'a str,
    /// What the provider knows us by.
    pub client_id: &'a str,
    /// Anything but nothing: people become members.
    pub adds_people: &'a str,
    /// As `agent` or `supervisor`; `agent` unless it says so.
    pub role: &'a str,
    /// In the team with this id.
    pub team: &'a str,
    /// Anything but nothing: a second step that it says was given there stands in for ours.
    pub second_step: &'a str,
    /// Anything but nothing: nobody signs in with a password or a passkey, but for account holders.
    pub required: &'a str,
    /// The number of the change that the form was made from.
    pub changes: &'a str,
    /// How many people that signs out, as it was agreed to; none if it says nothing.
    pub sign_out: &'a str,
}
