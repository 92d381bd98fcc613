//! What happened lately, in sentences.

use leptos::prelude::*;

use super::{dialogs::NOT_ME, sentence_start};
use crate::{
    api::security::Activity,
    components::{ButtonKind, ButtonSize, LinkButton, Row, Rows, Sheet, SheetHead},
};

/// What happened lately, newest first. Events that say nothing to people are left out.
#[component]
pub(super) fn RecentActivity(activity: Vec<Activity>) -> impl IntoView {
    let lines = activity.into_iter().filter_map(|event| row(&event)).collect_view();
    view! {
        <Sheet labelled_by="activity">
            <SheetHead title="Recent activity" id="activity"/>
            <Rows>{lines}</Rows>
        </Sheet>
    }
    .into_any()
}

fn row(event: &Activity) -> Option<AnyView> {
    let Line { icon, sentence } = line(event)?;
    let when = sentence_start(&event.when.text);
    let detail = match &event.by {
        // Where they sat is nobody else’s business.
        Some(by) => [&when, ". By ", by].concat(),
        // Some of what the server does by itself comes from nowhere.
        None if event.address.is_empty() => when,
        None => [&when, ". ", &event.browser, ", ", &event.address].concat(),
    };
    if !may_be_a_stranger(&event.kind) {
        return Some(view! { <Row icon name=sentence detail/> }.into_any());
    }
    let label = ["This wasn’t me: ", &sentence, ", ", &event.when.text].concat();
    let row = view! {
        <Row icon name=sentence detail>
            <LinkButton href=NOT_ME kind=ButtonKind::Quiet size=ButtonSize::Small label>"This wasn’t me"</LinkButton>
        </Row>
    };
    Some(row.into_any())
}

/// Whether somebody else could have done it: got in, tried to, or changed how one gets in.
fn may_be_a_stranger(kind: &str) -> bool {
    let (about, what) = kind.split_once('.').unwrap_or((kind, ""));
    if kind == "access-code.used" {
        return true;
    }
    match about {
        "sign-in" | "second-step" | "authenticator-app" | "security-key" | "passkey" | "key" | "emailed-code" | "backup-codes"
        | "recovery-key" | "password" | "identity" => true,
        "confirmation" => what == "refused",
        "email" => what != "confirmed",
        "trusted-browser" => what != "ended",
        _ => false,
    }
}

/// One line: what it looks like and what it says.
struct Line {
    icon: &'static str,
    sentence: String,
}

/// Says an event, or nothing for those that are about our own housekeeping. A kind that is newer
/// than this page is shown by its name rather than dropped.
fn line(event: &Activity) -> Option<Line> {
    let factor = event.factor.as_deref().unwrap_or_default();
    let name = event.name.as_deref();
    let (icon, sentence) = match event.kind.as_str() {
        "password.rehashed" => return None,
        "sign-in.succeeded" if event.is_trusted => ("browser", "Signed in with your password, in a trusted browser"),
        "sign-in.succeeded" => signed_in(factor),
        "trusted-browser.added" => ("browser", "Trusted a browser"),
        "trusted-browser.ended" => ("browser", "Stopped trusting a browser"),
        "trusted-browser.copied" => ("warn", "An old key of a trusted browser was used; it isn’t trusted any more"),
        "sign-in.password-accepted" if factor == "single-sign-on" => ("door", "Single sign-on accepted"),
        "sign-in.password-accepted" => ("tick", "Password accepted"),
        "sign-in.password-refused" => ("warn", "Wrong password"),
        "sign-in.paused" | "second-step.paused" => ("clock", tried_while_paused(factor)),
        "second-step.refused" => ("warn", refused(factor)),
        "second-step.turned-off" => ("warn", "Turned off two-factor authentication"),
        "confirmation.succeeded" => ("tick", "Confirmed it was you"),
        "confirmation.refused" => ("warn", not_confirmed(factor)),
        "authenticator-app.connected" => return Some(about("app", "Connected ", name)),
        "authenticator-app.renamed" => return Some(about("app", "Renamed an app to ", name)),
        "security-key.connected" => return Some(about("key", "Connected ", name)),
        "passkey.connected" => return Some(about("passkey", "Connected ", name)),
        "security-key.renamed" => return Some(about("key", "Renamed a security key to ", name)),
        "passkey.renamed" => return Some(about("passkey", "Renamed a passkey to ", name)),
        "authenticator-app.removed" | "security-key.removed" | "passkey.removed" => return Some(about("warn", "Removed ", name)),
        "passkey.refused" => ("warn", "A passkey wasn’t accepted"),
        "key.not-connected" => ("warn", "A key couldn’t be connected"),
        "key.counter-back" => {
            let key = name.unwrap_or("A key");
            return Some(Line { icon: "warn", sentence: [key, " wasn’t accepted: it may have been copied"].concat() });
        }
        "emailed-code.turned-on" => ("mail", "Turned on emailed codes"),
        "emailed-code.turned-off" => ("warn", "Turned off emailed codes"),
        "emailed-code.refused" => ("warn", "Wrong emailed code"),
        "backup-codes.made" => ("codes", "Made new backup codes"),
        "backup-codes.used" => ("codes", "Used a backup code"),
        "recovery-key.made" => ("rkey", "Created a new recovery key"),
        "recovery-key.used" => ("rkey", "Used your recovery key"),
        "recovery-key.refused" => ("warn", "Wrong recovery key"),
        "identity.connected" => ("door", "Connected single sign-on"),
        "identity.disconnected" => ("warn", "Disconnected single sign-on"),
        "session.ended" => ("door", "Signed out"),
        "set-up.completed" => ("tick", "Set up the organisation"),
        kind => of_the_account(kind).unwrap_or(("info", kind)),
    };
    Some(Line { icon, sentence: sentence.to_owned() })
}

/// What happened to the address, the password or the account itself.
fn of_the_account(kind: &str) -> Option<(&'static str, &'static str)> {
    Some(match kind {
        "email.confirmed" => ("mail", "Confirmed your email"),
        "email.change-asked" => ("mail", "Asked to change your email"),
        "email.changed" => ("mail", "Changed your email"),
        "password.changed" => ("lock", "Changed your password"),
        "password.reset-asked" => ("mail", "Asked for a new password by email"),
        "password.reset" => ("lock", "Chose a new password by email"),
        "account.disowned" => ("warn", "Said “This wasn’t me”"),
        "invitation.accepted" => ("tick", "Accepted your invitation"),
        "member.added" => ("tick", "Your account was made"),
        "member.unlocked" => ("lock", "Your account was unlocked"),
        "member.reset" => ("warn", "Your second step was reset"),
        "member.method-reset" => ("warn", "One of your ways to sign in was reset"),
        "member.signed-out" => ("door", "You were signed out everywhere"),
        "member.changed" => ("info", "Your role or team was changed"),
        "member.disabled" => ("warn", "Your account was disabled"),
        "member.enabled" => ("lock", "Your account was enabled"),
        "reminder.sent" => ("mail", "You were reminded to set up a second step"),
        "access-code.given" => ("codes", "You were given a temporary access code"),
        "access-code.asked" => ("ticket", "Asked for a temporary access code"),
        "access-code.number-refused" => ("warn", "Someone typed another number than the one on your screen"),
        "access-code.cancelled" => ("codes", "Your temporary access code was taken back"),
        "access-code.used" => ("codes", "Used a temporary access code"),
        "member.password-set" => ("lock", "Your password was set by whoever runs the server"),
        _ => return None,
    })
}

fn signed_in(factor: &str) -> (&'static str, &'static str) {
    match factor {
        "security-key" => ("tick", "Signed in with your security key"),
        "passkey" => ("tick", "Signed in with a passkey"),
        "authenticator-app" => ("tick", "Signed in with your authenticator app"),
        "emailed-code" => ("tick", "Signed in with an emailed code"),
        "backup-code" => ("codes", "Signed in with a backup code"),
        "recovery-key" => ("rkey", "Signed in with your recovery key"),
        "access-code" => ("codes", "Signed in with a temporary access code"),
        "password" => ("tick", "Signed in with your password"),
        "single-sign-on" => ("door", "Signed in with single sign-on"),
        _ => ("tick", "Signed in"),
    }
}

fn tried_while_paused(factor: &str) -> &'static str {
    match factor {
        "security-key" | "passkey" => "A key was tried while keys were paused",
        "authenticator-app" => "A code was tried while codes were paused",
        "emailed-code" => "An emailed code was tried while they were paused",
        "backup-code" => "A backup code was tried while they were paused",
        _ => "A sign-in was tried while it was paused",
    }
}

fn refused(factor: &str) -> &'static str {
    match factor {
        "security-key" => "A security key wasn’t accepted",
        "passkey" => "A passkey wasn’t accepted",
        "emailed-code" => "Wrong emailed code",
        "backup-code" => "Wrong backup code",
        "recovery-key" => "Wrong recovery key",
        "access-code" => "Wrong temporary access code",
        _ => "Wrong code from your authenticator app",
    }
}

fn not_confirmed(factor: &str) -> &'static str {
    match factor {
        "password" => "Wrong password when asked to confirm",
        "security-key" | "passkey" => "A key wasn’t accepted when asked to confirm",
        "emailed-code" => "Wrong emailed code when asked to confirm",
        "backup-code" => "Wrong backup code when asked to confirm",
        _ => "Wrong code when asked to confirm",
    }
}

fn about(icon: &'static str, did: &str, name: Option<&str>) -> Line {
    Line { icon, sentence: [did, name.unwrap_or("an authenticator app")].concat() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::When;

    fn event(kind: &str, factor: Option<&str>, name: Option<&str>) -> Activity {
        let word = String::new;
        Activity {
            kind: kind.into(),
            factor: factor.map(Into::into),
            name: name.map(Into::into),
            by: None,
            is_trusted: false,
            when: When { at: 0, clock: word(), text: word(), day: word(), full: word() },
            browser: word(),
            address: word(),
        }
    }

    fn said(kind: &str, factor: Option<&str>, name: Option<&str>) -> Option<String> {
        line(&event(kind, factor, name)).map(|line| line.sentence)
    }

    #[test]
    fn an_event_is_said_with_its_factor_or_name() {
        assert_eq!(said("sign-in.succeeded", Some("backup-code"), None).as_deref(), Some("Signed in with a backup code"));
        assert_eq!(said("authenticator-app.removed", None, Some("Old phone")).as_deref(), Some("Removed Old phone"));
    }

    #[test]
    fn what_a_stranger_could_have_done_can_be_disowned() {
        for kind in
            ["sign-in.succeeded", "second-step.refused", "confirmation.refused", "passkey.removed", "email.changed", "identity.connected"]
        {
            assert!(may_be_a_stranger(kind), "{kind}");
        }
        for kind in ["session.ended", "confirmation.succeeded", "email.confirmed", "member.password-set", "account.disowned", "moon.landed"]
        {
            assert!(!may_be_a_stranger(kind), "{kind}");
        }
    }

    #[test]
    fn every_event_of_the_mail_is_said() {
        assert_eq!(said("sign-in.succeeded", Some("emailed-code"), None).as_deref(), Some("Signed in with an emailed code"));
        assert_eq!(said("emailed-code.turned-on", None, Some("w@example.com")).as_deref(), Some("Turned on emailed codes"));
        assert_eq!(said("email.change-asked", None, None).as_deref(), Some("Asked to change your email"));
        assert_eq!(said("member.password-set", None, None).as_deref(), Some("Your password was set by whoever runs the server"));
    }

    #[test]
    fn housekeeping_is_left_out_and_an_unknown_kind_is_shown() {
        assert_eq!(said("password.rehashed", None, None), None);
        assert_eq!(said("moon.landed", None, None).as_deref(), Some("moon.landed"));
    }
}
