//! What an installation may tune, with its defaults.

use crate::HashCost;

/// Lifetimes and costs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What Argon2id costs.
    pub hash_cost: HashCost,
    /// A session ends after this many seconds without a request (NIST 800-63B-4 §2.2.3).
    pub session_idle_seconds: i64,
    /// A session ends this many seconds after sign-in, whatever happens.
    pub session_overall_seconds: i64,
    /// How long the second step, or the forced wizard, may take after the password.
    pub step_seconds: i64,
    /// Mail leaves this server, and isn't written to files.
    pub sends_mail: bool,
    /// The time zone of clock times in mails.
    pub time_zone: jiff::tz::TimeZone,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hash_cost: HashCost::default(),
            session_idle_seconds: 60 * 60,
            session_overall_seconds: 12 * 60 * 60,
            step_seconds: 30 * 60,
            sends_mail: false,
            time_zone: jiff::tz::TimeZone::UTC,
        }
    }
}
