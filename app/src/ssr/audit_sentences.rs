//! What each event says, as a sentence about somebody else.

use countersign_identity::Entry;
use serde_json::Value;

use crate::api::audit::Mark;

/// How an event is to be looked at.
pub(super) fn mark(kind: &str) -> Mark {
    match kind {
        "sign-in.succeeded" | "confirmation.succeeded" => Mark::Accepted,
        "sign-in.password-refused"
        | "second-step.refused"
        | "passkey.refused"
        | "confirmation.refused"
        | "emailed-code.refused"
        | "recovery-key.refused"
        | "access-code.number-refused"
        | "single-sign-on.refused"
        | "key.not-connected" => Mark::Refused,
        "key.counter-back"
        | "access-code.given"
        | "access-code.used"
        | "member.reset"
        | "member.method-reset"
        | "member.disabled"
        | "member.password-set"
        | "account.disowned"
        | "second-step.turned-off"
        | "policy.changed"
        | "single-sign-on.connected"
        | "single-sign-on.changed"
        | "single-sign-on.disconnected"
        | "domain.proven"
        | "recovery-key.used"
        | "trusted-browser.copied"
        | "host.changed" => Mark::NeedsALook,
        _ => Mark::Plain,
    }
}

/// Who did it.
pub(super) fn who(entry: &Entry) -> String {
    if let Some(actor) = &entry.actor {
        return actor.name.to_string();
    }
    if let Some(by) = text(entry, "by") {
        // They have left since.
        return by.to_owned();
    }
    if entry.event.browser == "Command line" {
        return "Whoever runs the server".to_owned();
    }
    if entry.event.kind == "single-sign-on.refused" {
        return "Somebody".to_owned();
    }
    entry.account.as_ref().map_or_else(|| "Someone who has left".to_owned(), |account| account.name.to_string())
}

fn text<'a>(entry: &'a Entry, key: &str) -> Option<&'a str> {
    entry.event.details.get(key).and_then(Value::as_str)
}

fn number(entry: &Entry, key: &str) -> i64 {
    entry.event.details.get(key).and_then(Value::as_i64).unwrap_or_default()
}

fn counted(count: i64, one: &str, many: &str) -> String {
    countersign_domain::count(usize::try_from(count).unwrap_or_default(), one, many)
}

/// A factor in the middle of a sentence.
fn factor_words(code: &str) -> &'static str {
    match code {
        "security-key" => "security key",
        "passkey" => "passkey",
        "authenticator-app" => "authenticator app",
        "emailed-code" => "emailed code",
        "backup-code" => "backup code",
        "recovery-key" => "recovery key",
        "access-code" => "temporary access code",
        "single-sign-on" => "single sign-on",
        _ => "password",
    }
}

/// A proof that wasn't one.
fn refused(code: &str) -> &'static str {
    match code {
        "security-key" => "A security key wasn’t accepted",
        "passkey" => "A passkey wasn’t accepted",
        "authenticator-app" => "Wrong code from the authenticator app",
        "emailed-code" => "Wrong emailed code",
        "backup-code" => "Wrong backup code",
        "recovery-key" => "Wrong recovery key",
        "access-code" => "Wrong temporary access code",
        _ => "Wrong password",
    }
}

/// The address that it is about.
fn email(entry: &Entry) -> &str {
    text(entry, "email").unwrap_or("someone")
}

/// A role in the middle of a sentence.
fn role(entry: &Entry) -> String {
    text(entry, "role").unwrap_or("agent").replace('-', " ")
}

/// The event as a sentence. One that is newer than these words is shown by its name.
pub(super) fn sentence(entry: &Entry) -> String {
    let factor = factor_words(text(entry, "factor").unwrap_or_default());
    let name = text(entry, "name").map(|name| format!(" “{name}”")).unwrap_or_default();
    // Whom it happened to, when somebody else did it.
    let them = entry.account.as_ref().map_or_else(|| "someone who has left".to_owned(), |account| account.name.to_string());
    match entry.event.kind.as_str() {
        "set-up.completed" => "Set up the organisation".to_owned(),
        "sign-in.succeeded" if entry.event.details.get("trusted").and_then(Value::as_bool) == Some(true) => {
            "Signed in with password, in a trusted browser".to_owned()
        }
        "sign-in.succeeded" => format!("Signed in with {factor}"),
        "sign-in.password-accepted" if text(entry, "factor") == Some("single-sign-on") => {
            "Single sign-on accepted, second step asked for".to_owned()
        }
        "sign-in.password-accepted" => "Password accepted, second step asked for".to_owned(),
        "single-sign-on.refused" => format!("Single sign-on refused: {}", text(entry, "detail").unwrap_or("no reason is known")),
        "identity.connected" => "Connected single sign-on to their account".to_owned(),
        "identity.disconnected" => "Disconnected single sign-on from their account".to_owned(),
        "sign-in.password-refused" if text(entry, "reason") == Some("single-sign-on") => {
            "Right password, but single sign-on is the only way in".to_owned()
        }
        "sign-in.password-refused" => "Wrong password".to_owned(),
        "second-step.refused" => refused(text(entry, "factor").unwrap_or_default()).to_owned(),
        "passkey.refused" => "A passkey wasn’t accepted".to_owned(),
        "confirmation.succeeded" => format!("Confirmed it was them with {factor}"),
        "confirmation.refused" => format!("{} when asked to confirm", refused(text(entry, "factor").unwrap_or_default())),
        "session.ended" => "Signed out".to_owned(),
        "trusted-browser.added" => format!("Trusted their browser for {}", counted(number(entry, "days"), "day", "days")),
        "trusted-browser.ended" => "Stopped trusting a browser".to_owned(),
        "trusted-browser.copied" => "A trusted browser’s old token was used: it isn’t trusted any more".to_owned(),
        "password.rehashed" => "Password kept more safely".to_owned(),
        "authenticator-app.connected" => format!("Added an authenticator app,{name}"),
        "security-key.connected" => format!("Added a security key,{name}"),
        "passkey.connected" => format!("Added a passkey,{name}"),
        "authenticator-app.renamed" | "security-key.renamed" | "passkey.renamed" => format!("Renamed a way to sign in to{name}"),
        "authenticator-app.removed" | "security-key.removed" | "passkey.removed" => format!("Removed a way to sign in,{name}"),
        "key.not-connected" => "A key couldn’t be connected".to_owned(),
        "key.counter-back" => format!("A key wasn’t accepted: it may have been copied,{name}"),
        "emailed-code.turned-on" => "Turned on emailed codes".to_owned(),
        "emailed-code.turned-off" => "Turned off emailed codes".to_owned(),
        "emailed-code.refused" => "Wrong emailed code".to_owned(),
        "backup-codes.made" => format!("Made {} new backup codes; the old ones stopped working", number(entry, "count")),
        "backup-codes.used" => format!("Used a backup code; {} left", number(entry, "left")),
        "recovery-key.made" => "Made a new recovery key".to_owned(),
        "recovery-key.used" => "Used the recovery key; a new one was made".to_owned(),
        "recovery-key.refused" => "Wrong recovery key".to_owned(),
        "second-step.turned-off" => "Turned off two-factor authentication".to_owned(),
        "invitation.accepted" => {
            let by = text(entry, "invited-by").map(|by| format!("; invited by {by}")).unwrap_or_default();
            format!("Joined as {}{by}", role(entry))
        }
        "email.confirmed" => "Confirmed their email".to_owned(),
        "email.change-asked" => "Asked to change their email".to_owned(),
        "email.changed" => "Changed their email".to_owned(),
        "password.changed" => "Changed their password".to_owned(),
        "password.reset-asked" => "Asked for a new password by email".to_owned(),
        "password.reset" => "Chose a new password by email".to_owned(),
        "account.disowned" => "Said “This wasn’t me”".to_owned(),
        "access-code.asked" => "Asked for a temporary access code".to_owned(),
        "access-code.used" => "Used a temporary access code".to_owned(),
        kind => by_others(entry, kind, &them, factor, &name).unwrap_or_else(|| kind.to_owned()),
    }
}

/// What those who look after people, or whoever runs the server, did.
fn by_others(entry: &Entry, kind: &str, them: &str, factor: &str, name: &str) -> Option<String> {
    Some(match kind {
        "invitation.sent" if number(entry, "count") > 0 => format!("Invited {}", counted(number(entry, "count"), "person", "people")),
        "invitation.sent" => format!("Invited {} as {}", email(entry), role(entry)),
        "invitation.sent-again" => format!("Sent {} their invitation again", email(entry)),
        "invitation.withdrawn" => format!("Withdrew the invitation of {}", email(entry)),
        "member.added" if text(entry, "issuer").is_some() => format!("Joined as {} by single sign-on", role(entry)),
        "member.added" => format!("Added {them}"),
        "member.unlocked" => format!("Unlocked {them}"),
        "member.reset" => format!("Reset every way to sign in of {them}"),
        "member.method-reset" => format!("Reset the {factor}{name} of {them}"),
        "member.signed-out" => format!("Signed {them} out of {}", counted(number(entry, "count"), "browser", "browsers")),
        "member.changed" => {
            let team = text(entry, "team").map(|team| format!(", {team}")).unwrap_or_default();
            format!("Made {them} {}{team}", role(entry))
        }
        "member.disabled" => format!("Disabled {them}"),
        "member.enabled" => format!("Enabled {them}"),
        "member.password-set" => format!("Gave {them} a new password"),
        "access-code.given" => {
            let how = match text(entry, "known") {
                Some("called-back") => "called back",
                Some("number") => "by the number on their screen",
                _ => "in person",
            };
            format!("Gave {them} a temporary access code ({how})")
        }
        "access-code.number-refused" => format!("Typed another number than {them} has on their screen"),
        "access-code.cancelled" => format!("Took back the temporary access code of {them}"),
        "reminder.sent" if entry.account.is_some() => format!("Reminded {them} to set up"),
        "reminder.sent" => {
            let team = text(entry, "team").unwrap_or("a team");
            format!("Reminded {} in {team} to set up", counted(number(entry, "count"), "person", "people"))
        }
        "policy.changed" => policy(entry),
        "single-sign-on.connected" => format!("Connected single sign-on with {}", text(entry, "issuer").unwrap_or("a provider")),
        "single-sign-on.changed" => format!("Changed single sign-on with {}", text(entry, "issuer").unwrap_or("a provider")),
        "single-sign-on.disconnected" => "Disconnected single sign-on".to_owned(),
        "domain.proven" => format!("Noted that {} is the organisation’s", text(entry, "domain").unwrap_or("a domain")),
        "domain.given-up" => format!("Noted that {} isn’t the organisation’s any more", text(entry, "domain").unwrap_or("a domain")),
        "host.changed" => "Moved security keys and passkeys to another host".to_owned(),
        _ => return None,
    })
}

/// What was changed about what is asked.
fn policy(entry: &Entry) -> String {
    let details = &entry.event.details;
    let mut said = Vec::new();
    match (details.get("required-from").map(Value::as_str), text(entry, "required-from-before")) {
        (Some(Some(at)), Some(before)) => said.push(format!("Changed the deadline from {before} to {at}")),
        (Some(Some(at)), None) => said.push(format!("Required two-factor authentication from {at}")),
        (Some(None), _) => said.push("Stopped requiring two-factor authentication".to_owned()),
        (None, _) => {}
    }
    match details.get("requires-second-step").and_then(Value::as_bool) {
        Some(true) => said.push("Required two-factor authentication".to_owned()),
        Some(false) => said.push("Stopped requiring two-factor authentication".to_owned()),
        None => {}
    }
    if let Some(methods) = details.get("methods").and_then(Value::as_array) {
        let words: Vec<_> = methods.iter().filter_map(Value::as_str).map(factor_words).collect();
        said.push(format!("Allowed these methods: {}", words.join(", ")));
    }
    match details.get("allows-emailed-code").and_then(Value::as_bool) {
        Some(true) => said.push("Allowed emailed codes".to_owned()),
        Some(false) => said.push("Switched emailed codes off".to_owned()),
        None => {}
    }
    match details.get("trust-days").and_then(Value::as_i64) {
        Some(0) => said.push("Let nobody trust a browser any more".to_owned()),
        Some(days) => said.push(format!("Let people trust a browser for {}", counted(days, "day", "days"))),
        None => {}
    }
    if let (Some(idle), Some(overall)) =
        (details.get("idle-minutes").and_then(Value::as_i64), details.get("overall-minutes").and_then(Value::as_i64))
    {
        said.push(format!("Made sessions last {idle} minutes without use, and {} at most", counted(overall / 60, "hour", "hours")));
    }
    let signed_out = number(entry, "signed-out");
    if signed_out > 0 {
        said.push(format!("signed out {}", counted(signed_out, "person", "people")));
    }
    if said.is_empty() { "Saved the policy".to_owned() } else { said.join("; ") }
}
