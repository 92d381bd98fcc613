//! The way back to an application behind.

use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::Serialize;

use super::{
    AppError,
    tree::{FromTree, Tree, read_from_tree},
};

/// Where somebody goes on who came from an application.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct WayBack {
    /// What the application is known by: its host. `None` when it is none of this installation's.
    pub host: Option<String>,
    /// Where to go on: the application's page, or a page here that comes first. `None` when a second step has to
    /// be set up before.
    pub next: Option<String>,
}

impl FromTree for WayBack {
    fn from_tree(tree: Tree) -> Option<Self> {
        let mut fields = tree.fields()?;
        Some(Self { host: fields.text("host"), next: fields.text("next") })
    }
}

read_from_tree!(WayBack);

/// Leads back to a page of an application behind, once somebody is signed in, and as sure as it asks.
#[server(prefix = "/api", endpoint = "application", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_way_back(
    #[server(default)] to: String,
    #[server(default)] assurance: String,
    #[server(default)] max_age: String,
) -> Result<WayBack, AppError> {
    crate::ssr::application::load(&to, &assurance, &max_age).await
}
