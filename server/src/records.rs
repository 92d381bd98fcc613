//! What is taken out of an installation: its audit trail, checked or printed, and a copy of its database.

use std::{path::Path, process::ExitCode};

use countersign_domain::Instant;
use countersign_identity::{AuditEvent, AuditEventId, ChainCheck, ChainFault};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{
    cli::Outcome,
    config::Config,
    startup::{Seams, identity},
    terminal::say,
};

/// How many entries are read at once.
const PAGE: i64 = 1_000;
/// Whatever is being written while an export runs is older than this once it is there, in seconds. Ids begin
/// with their time, so what comes late would be missed by a run that goes on from here.
const SETTLED_SECONDS: i64 = 60;

pub(crate) async fn verify_audit(config: &Config, expected: &[(i64, [u8; 32])]) -> Outcome {
    let identity = identity(config, Seams::default()).await?;
    let mut is_whole = true;
    for (organisation, check) in identity.verify_audit_chains().await? {
        let of = match identity.store().find_organisation(organisation).await? {
            Some(organisation) => organisation.name.to_string(),
            None => "Nobody’s (addresses that no account has)".to_owned(),
        };
        let told = match check {
            ChainCheck::Whole { links, last } => {
                let entries = countersign_domain::count(usize::try_from(links).unwrap_or(usize::MAX), "entry", "entries");
                format!("OK   {of}: {entries} in one chain. Its last link is {links}:{}", HEXLOWER.encode(&last))
            }
            ChainCheck::Broken { position, event, why } => {
                is_whole = false;
                let event = event.map(|id| format!(", entry {id}")).unwrap_or_default();
                let why = match why {
                    ChainFault::LinkMissing => "its link was taken out",
                    ChainFault::EventMissing => "the entry was taken out",
                    ChainFault::Changed => "the entry or its link was changed",
                    ChainFault::EndChanged => "the chain ends there, and should not",
                };
                format!("BAD  {of}: the chain breaks at place {position}{event}: {why}.")
            }
            ChainCheck::Unlinked { event } => {
                is_whole = false;
                format!("BAD  {of}: entry {event} is in no chain. Has a server run since it was written?")
            }
        };
        say(told);
    }
    for (position, hash) in expected {
        if !identity.has_audit_link(*position, hash).await? {
            is_whole = false;
            say(format_args!("BAD  No chain has the link {position}:{} any more: one was made anew.", HEXLOWER.encode(hash)));
        }
    }
    identity.store().close().await;
    Ok(if is_whole { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Prints every entry of every organisation's trail after `after`.
pub(crate) async fn export_audit(config: &Config, after: Option<AuditEventId>) -> Outcome {
    let identity = identity(config, Seams::default()).await?;
    let before = AuditEventId::from_random(identity.now().plus_seconds(-SETTLED_SECONDS), [0; 10]);
    let mut after = after.unwrap_or(AuditEventId::START);
    loop {
        let events = identity.store().export_events((after, before), PAGE).await?;
        let Some(last) = events.last() else { break };
        after = last.id;
        for event in &events {
            say(line(event));
        }
    }
    identity.store().close().await;
    Ok(ExitCode::SUCCESS)
}

fn line(event: &AuditEvent) -> Value {
    json!({
        "id": event.id.to_string(),
        "at": rfc3339(event.at),
        "organisation": event.organisation_id.map(|id| id.to_string()),
        "event": event.kind,
        "account": event.account_id.map(|id| id.to_string()),
        "actor": event.actor_id.map(|id| id.to_string()),
        "team": event.team_id.map(|id| id.to_string()),
        "address": event.address,
        "browser": event.browser,
        "details": event.details,
    })
}

fn rfc3339(at: Instant) -> Option<String> {
    Timestamp::from_microsecond(at.as_micros()).ok().map(|at| at.to_string())
}

/// Copies the database into a new file.
pub(crate) async fn back_up(config: &Config, file: &Path) -> Outcome {
    let identity = identity(config, Seams::default()).await?;
    identity.store().back_up(file).await?;
    identity.store().close().await;
    say(format_args!(
        "Everything in the database up to now is in {}. Without the keys nobody can sign in with it: keep a copy of the key file, elsewhere.",
        file.display()
    ));
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_one_line_with_its_time_in_full() {
        let event = AuditEvent {
            id: AuditEventId::START,
            organisation_id: None,
            account_id: None,
            kind: "sign-in.password-refused".to_owned(),
            at: Instant::from_micros(1_795_684_440_000_001),
            address: "192.0.2.7".to_owned(),
            browser: "Line\nbreak".to_owned(),
            details: json!({ "factor": "password" }),
            actor_id: None,
            team_id: None,
        };
        let text = line(&event).to_string();
        assert!(!text.contains('\n'));
        let read: Value = serde_json::from_str(&text).unwrap();
        assert_eq!((&read["at"], &read["browser"]), (&json!("2026-11-26T09:14:00.000001Z"), &json!("Line\nbreak")));
    }
}
