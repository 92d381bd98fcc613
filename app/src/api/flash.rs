//! What a form without JavaScript is told after its redirect, once.

use serde::Serialize;

use super::{
    Answer, AppError,
    tree::{FromTree, Tree, read_from_tree},
};

/// The answer to the form that led here, and what was typed into it, secrets left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Flash {
    /// The endpoint that answered: "/api/sign-in".
    pub path: String,
    /// Its answer.
    pub answer: Option<Answer>,
    /// Or its error.
    pub error: Option<AppError>,
    /// Field names and what was typed, for those fields that may be shown again.
    pub typed: Vec<(String, String)>,
}

impl FromTree for Flash {
    fn from_tree(tree: Tree) -> Option<Self> {
        let mut fields = tree.fields()?;
        Some(Self {
            path: fields.text("path")?,
            answer: fields.read("answer"),
            error: fields.read("error"),
            typed: fields.take("typed")?.list()?.into_iter().map(pair).collect::<Option<_>>()?,
        })
    }
}

fn pair(tree: Tree) -> Option<(String, String)> {
    let mut pair = tree.list()?.into_iter();
    Some((pair.next()?.text()?, pair.next()?.text()?))
}

read_from_tree!(Flash);
