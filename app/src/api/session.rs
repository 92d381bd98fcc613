//! Who is here, and leaving.

use countersign_domain::Stage;
use leptos::{prelude::*, server_fn::codec::GetUrl};
use serde::Serialize;

use super::{
    Answer, AppError, Person, StageOf,
    tree::{FromTree, Tree, read_from_tree},
};

/// What every page knows: the organisation, and how far this browser's sign-in has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "ssr", derive(schemars::JsonSchema))]
pub struct Session {
    /// The organisation's name; `None` until it is set up.
    pub organisation: Option<String>,
    /// Where the session stands; `None` for nobody.
    #[cfg_attr(feature = "ssr", schemars(with = "Option<String>"))]
    pub stage: StageOf,
    /// The page where this session goes on.
    pub next: String,
    /// What can begin a sign-in in place of a password, beside a passkey: `single-sign-on`.
    pub instead: Option<String>,
    /// Why the session that this browser had was ended for it: `second-step-required`.
    pub ended: Option<String>,
}

impl FromTree for Session {
    fn from_tree(tree: Tree) -> Option<Self> {
        let mut fields = tree.fields()?;
        let stage = match fields.text("stage") {
            Some(code) => Some(Stage::from_code(&code)?),
            None => None,
        };
        Some(Self {
            organisation: fields.text("organisation"),
            stage,
            next: fields.text("next")?,
            instead: fields.text("instead"),
            ended: fields.text("ended"),
        })
    }
}

read_from_tree!(Session);

/// Tells a browser how far its sign-in has come.
#[server(prefix = "/api", endpoint = "session", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_session() -> Result<Session, AppError> {
    crate::ssr::session::load().await
}

/// Tells somebody who is signed in who they are.
#[server(prefix = "/api", endpoint = "person", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_person() -> Result<Person, AppError> {
    crate::ssr::session::load_person().await
}

/// Tells the same before something about the account is changed: `what` is `email` or `password`.
/// Asks for a fresh proof, so that nothing is typed before it.
#[server(prefix = "/api", endpoint = "person/for-change", input = GetUrl, client = crate::browser::api_client::ApiClient)]
pub async fn load_person_for_change(what: String) -> Result<Person, AppError> {
    crate::ssr::session::load_person_for_change(&what).await
}

/// Ends this browser's session. Succeeds for nobody, too.
#[server(prefix = "/api", endpoint = "sign-out", client = crate::browser::api_client::ApiClient)]
pub async fn sign_out() -> Result<Answer, AppError> {
    crate::ssr::session::sign_out().await
}
