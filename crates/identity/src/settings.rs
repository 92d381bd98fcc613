//! What an installation may tune, with its defaults.

use crate::{Applications, HashCost};

/// Lifetimes and costs.
#[derive(Clone, Debug)]
pub struct Settings {
    /// What Argon2id costs.
    pub hash_cost: HashCost,
    /// How long the second step, or the forced wizard, may take after the password.
    pub step_seconds: i64,
    /// Mail leaves this server, and isn't written to files.
    pub sends_mail: bool,
    /// The applications behind.
    pub applications: Applications,
    /// The DNS server that is asked whose a domain is; the system's if `None`.
    pub dns_server: Option<std::net::SocketAddr>,
    /// The time zone of clock times in mails.
    pub time_zone: jiff::tz::TimeZone,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            hash_cost: HashCost::default(),
            step_seconds: 30 * 60,
            sends_mail: false,
            applications: Applications::default(),
            dns_server: None,
            time_zone: jiff::tz::TimeZone::UTC,
        }
    }
}
