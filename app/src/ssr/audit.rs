//! The audit log, from use case to wire.

use countersign_domain::{Instant, Stage};
use countersign_identity::{AuditEventId, Entry, LogFilter, LogPlace, Topic};
use jiff::{Span, Timestamp, civil::Date};

use super::{
    audit_sentences::{mark, sentence, who},
    caller::{Request, request},
    csv, fault,
    session::person,
    when::weekday,
};
use crate::api::{
    AppError,
    audit::{AuditEntry, AuditLog},
    export::Export,
};

/// What a form holds: whom, what, from which day on, until which.
type Fields<'a> = (&'a str, &'a str, &'a str, &'a str);

fn filter(request: &Request, (who, what, since, until): Fields<'_>) -> LogFilter {
    let day = |text: &str, days: i64| -> Option<Instant> {
        let date: Date = text.trim().parse().ok()?;
        let date = date.checked_add(Span::new().days(days)).ok()?;
        let at = date.to_zoned(request.time_zone().clone()).ok()?;
        Some(Instant::from_micros(at.timestamp().as_microsecond()))
    };
    LogFilter {
        person: (!who.trim().is_empty()).then(|| who.trim().to_owned()),
        topic: Topic::from_code(what),
        since: day(since, 0),
        // The last day is meant as a whole.
        until: day(until, 1),
    }
}

pub(crate) async fn load(fields: Fields<'_>, at: &str) -> Result<AuditLog, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let place = match (at.split_at_checked(1), at.get(1..).and_then(AuditEventId::parse)) {
        (Some(("-", _)), Some(id)) => LogPlace::After(id),
        (Some(("+", _)), Some(id)) => LogPlace::Before(id),
        _ => LogPlace::Newest,
    };
    let page = request.identity.audit_log(&caller, &filter(&request, fields), place).await.map_err(|error| request.fault(&error))?;
    let Some(page) = page else { return Err(fault::refuse(AppError::NotAllowed)) };
    let newer = page.entries.first().filter(|_| page.has_newer).map(|entry| format!("-{}", entry.event.id));
    let older = page.entries.last().filter(|_| page.has_older).map(|entry| format!("+{}", entry.event.id));
    Ok(AuditLog {
        person: person(&request, &caller),
        organisation: caller.organisation.name.to_string(),
        time_zone: request.time_zone().iana_name().unwrap_or("the server’s time zone").to_owned(),
        entries: page.entries.iter().map(|entry| shown(&request, entry)).collect(),
        newer,
        older,
    })
}

fn shown(request: &Request, entry: &Entry) -> AuditEntry {
    let event = &entry.event;
    AuditEntry {
        id: event.id.to_string(),
        kind: event.kind.clone(),
        sentence: sentence(entry),
        mark: mark(&event.kind),
        when: request.when(event.at),
        date: weekday(event.at, request.time_zone()),
        who: who(entry),
        address: event.address.clone(),
        browser: event.browser.clone(),
    }
}

pub(crate) async fn export(fields: Fields<'_>) -> Result<Export, AppError> {
    let request = request()?;
    let caller = request.caller(&[Stage::SignedIn]).await?;
    let entries = request.identity.export_audit_log(&caller, &filter(&request, fields)).await.map_err(|error| request.fault(&error))?;
    let Some(entries) = entries else { return Err(fault::refuse(AppError::NotAllowed)) };
    let row = |entry: &Entry| {
        let at = Timestamp::from_microsecond(entry.event.at.as_micros()).unwrap_or(Timestamp::UNIX_EPOCH);
        let about = entry.account.as_ref().map(|account| account.email.to_string()).unwrap_or_default();
        let event = &entry.event;
        [at.to_string(), event.kind.clone(), sentence(entry), who(entry), about, event.address.clone(), event.browser.clone()]
    };
    let columns = ["time", "event", "what happened", "who", "about", "address", "browser"];
    Ok(csv::export(columns, entries.iter().map(row)))
}
