//! What a form without JavaScript is told after its redirect, once.

use serde::{Deserialize, Serialize};

use super::{Answer, AppError};

/// The answer to the form that led here, and what was typed into it, secrets left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
