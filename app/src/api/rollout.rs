//! How far an organisation has come with setting up.

use countersign_domain::Factor;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::{Deserialize, Serialize};

use super::{Answer, AppError, Person, When, export::Export};

/// The Rollout board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Rollout {
    /// Who looks at it.
    pub person: Person,
    /// The organisation's name.
    pub organisation: String,
    /// A second step is required by now.
    pub is_required: bool,
    /// The deadline, while it is to come.
    pub deadline: Option<Deadline>,
    /// How many people.
    pub people: i64,
    /// How many of them are set up.
    pub set_up: i64,
    /// Of the others, how many signed in within seven days.
    pub recent: i64,
    /// Of the others, how many have never signed in.
    pub never: i64,
    /// Each team, those with fewest set up first.
    pub teams: Vec<Team>,
    /// How many people have each method, strongest first.
    pub uses: Vec<Use>,
}

/// A deadline that is to come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Deadline {
    /// When.
    pub at: When,
    /// When it was announced.
    pub announced: When,
    /// Days left, the last one begun included.
    pub days_left: i64,
    /// The days from the announcement to the deadline, both included; the last sixty of them.
    pub days: i64,
    /// Which of them is today, from 1.
    pub today: i64,
}

/// One team's line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Team {
    /// Its id; none for those without a team.
    pub id: Option<String>,
    /// What it is called.
    pub name: Option<String>,
    /// Who looks after it.
    pub supervisors: Vec<String>,
    /// How many people.
    pub people: i64,
    /// How many of them are set up.
    pub set_up: i64,
    /// When the others were last reminded.
    pub reminded: Option<When>,
    /// From when on they may be reminded again, if that is to come.
    pub remind_from: Option<When>,
}

/// How many people have a method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Use {
    /// Which.
    #[cfg_attr(feature = "ssr", schemars(with = "String"))]
    pub factor: Factor,
    /// How many.
    pub people: i64,
}

/// Shows how far the teams have come that the caller looks after.
#[server(prefix = "/api", endpoint = "organisation/rollout", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_rollout() -> Result<Rollout, AppError> {
    crate::ssr::rollout::load().await
}

/// Gives the teams as CSV.
#[server(prefix = "/api", endpoint = "organisation/rollout/export", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn export_rollout() -> Result<Export, AppError> {
    crate::ssr::rollout::export().await
}

/// Reminds those of a team who aren't set up, or of every team when none is named. Once a day a team.
#[server(prefix = "/api", endpoint = "organisation/remind", client = crate::browser::api_client::ApiClient)]
pub async fn remind(#[server(default)] team: String) -> Result<Answer, AppError> {
    crate::ssr::rollout::remind(&team).await
}
