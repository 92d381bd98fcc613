//! `/metrics`: what a monitoring system reads, in Prometheus' text format 0.0.4.
//!
//! It has a listener of its own and asks nobody who they are: it is off unless `COUNTERSIGN_METRICS_LISTEN` names an
//! address, and serves numbers only. Nothing in it says anything about anybody.

use axum::{
    Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use countersign_domain::Instant;
use countersign_identity::Identity;
use countersign_store::MailCounts;
use http::{StatusCode, header};

/// The media type of the text format.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The one path.
pub fn router(identity: Identity) -> Router {
    Router::new().route("/metrics", get(answer)).with_state(identity)
}

async fn answer(State(identity): State<Identity>) -> Response {
    match identity.store().count_mails().await {
        Ok(mails) => ([(header::CONTENT_TYPE, TEXT_FORMAT)], written(&mails, identity.now())).into_response(),
        Err(error) => {
            tracing::warn!(%error, "no metrics: the database doesn't answer");
            (StatusCode::SERVICE_UNAVAILABLE, "the database doesn't answer\n").into_response()
        }
    }
}

/// The numbers of this moment. All are gauges: the outbox forgets what is over, so that even "sent" falls.
fn written(mails: &MailCounts, now: Instant) -> String {
    let oldest = mails.oldest_due_at.map_or(0, |due_at| now.seconds_since(due_at));
    let gauges = [
        ("mail_waiting", "Mails that are still to be delivered.", mails.waiting),
        ("mail_failed", "Mails that were given up in the last thirty days.", mails.failed),
        ("mail_sent", "Mails that were delivered in the last seven days.", mails.sent),
        ("mail_oldest_due_seconds", "How long the longest waiting mail has been due.", oldest),
    ];
    let mut text = gauges
        .map(|(name, help, value)| {
            format!("# HELP countersign_{name} {help}\n# TYPE countersign_{name} gauge\ncountersign_{name} {value}\n")
        })
        .concat();
    text.push_str("# HELP countersign_build_info The version that runs.\n# TYPE countersign_build_info gauge\n");
    text.push_str(concat!("countersign_build_info{version=\"", env!("CARGO_PKG_VERSION"), "\"} 1\n"));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_has_its_help_its_type_and_its_line() {
        let due_at = Instant::from_seconds(1_000);
        let mails = MailCounts { waiting: 3, failed: 1, sent: 250, oldest_due_at: Some(due_at) };
        let text = written(&mails, due_at.plus_seconds(42));
        for (name, value) in [("waiting", 3), ("failed", 1), ("sent", 250), ("oldest_due_seconds", 42)] {
            let name = format!("countersign_mail_{name}");
            assert!(text.contains(&format!("# TYPE {name} gauge\n{name} {value}\n")), "{text}");
            assert_eq!(text.lines().filter(|line| line.starts_with(&format!("# HELP {name} "))).count(), 1);
        }
        assert!(text.ends_with("} 1\n") && text.contains("countersign_build_info{version=\""));
    }

    #[test]
    fn nothing_due_is_no_age() {
        let now = Instant::from_seconds(1_000);
        let none = MailCounts { waiting: 0, failed: 0, sent: 0, oldest_due_at: None };
        assert!(written(&none, now).contains("countersign_mail_oldest_due_seconds 0\n"));
        let later = MailCounts { oldest_due_at: Some(now.plus_seconds(60)), waiting: 1, ..none };
        assert!(written(&later, now).contains("countersign_mail_oldest_due_seconds 0\n"));
    }
}
