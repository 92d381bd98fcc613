//! What happened lately, in sentences.

use leptos::prelude::*;

use super::sentence_start;
use crate::{
    api::security::Activity,
    components::{Row, Rows, Sheet, SheetHead},
};

/// What happened lately, newest first. Events that say nothing to people are left out.
#[component]
pub(super) fn RecentActivity(activity: Vec<Activity>) -> impl IntoView {
    let lines = activity
        .into_iter()
        .filter_map(|event| {
            let Line { icon, sentence } = line(&event)?;
            let detail = [&sentence_start(&event.when.text), ". ", &event.browser, ", ", &event.address].concat();
            Some(view! { <Row icon name=sentence detail/> })
        })
        .collect_view();
    view! {
        <Sheet labelled_by="activity">
            <SheetHead title="Recent activity" id="activity"/>
            <Rows>{lines}</Rows>
        </Sheet>
    }
    .into_any()
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
        "sign-in.succeeded" => (
            "tick",
            match factor {
                "security-key" => "Signed in with your security key",
                "passkey" => "Signed in with a passkey",
                "authenticator-app" => "Signed in with your authenticator app",
                "backup-code" => "Signed in with a backup code",
                "password" => "Signed in with your password",
                _ => "Signed in",
            },
        ),
        "sign-in.password-accepted" => ("tick", "Password accepted"),
        "sign-in.password-refused" => ("warn", "Wrong password"),
        "sign-in.paused" | "second-step.paused" => (
            "clock",
            match factor {
                "security-key" | "passkey" => "A key was tried while keys were paused",
                "authenticator-app" => "A code was tried while codes were paused",
                "backup-code" => "A backup code was tried while they were paused",
                _ => "A sign-in was tried while it was paused",
            },
        ),
        "second-step.refused" => (
            "warn",
            match factor {
                "security-key" => "A security key wasn’t accepted",
                "passkey" => "A passkey wasn’t accepted",
                "backup-code" => "Wrong backup code",
                _ => "Wrong code from your authenticator app",
            },
        ),
        "second-step.turned-off" => ("warn", "Turned off two-factor authentication"),
        "confirmation.succeeded" => ("tick", "Confirmed it was you"),
        "confirmation.refused" => (
            "warn",
            match factor {
                "password" => "Wrong password when asked to confirm",
                "security-key" | "passkey" => "A key wasn’t accepted when asked to confirm",
                "backup-code" => "Wrong backup code when asked to confirm",
                _ => "Wrong code when asked to confirm",
            },
        ),
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
        "backup-codes.made" => ("codes", "Made new backup codes"),
        "backup-codes.used" => ("codes", "Used a backup code"),
        "session.ended" => ("door", "Signed out"),
        "set-up.completed" => ("tick", "Set up the organisation"),
        "member.added" => ("tick", "Your account was made"),
        "member.unlocked" => ("lock", "Your account was unlocked"),
        "member.reset" => ("warn", "Your second step was reset"),
        other => ("info", other),
    };
    Some(Line { icon, sentence: sentence.to_owned() })
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
    fn housekeeping_is_left_out_and_an_unknown_kind_is_shown() {
        assert_eq!(said("password.rehashed", None, None), None);
        assert_eq!(said("moon.landed", None, None).as_deref(), Some("moon.landed"));
    }
}
