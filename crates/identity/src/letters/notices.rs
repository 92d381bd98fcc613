//! The words of each notice.
//!
//! A subject says what sort of thing happened; the mail's first sentence says what it was.

use super::{Notice, counted};

/// The subject of every change that would tell a bystander how somebody signs in.
const DETAILS_CHANGED: &str = "Your sign-in details were changed";
/// The subject when a code or key from paper was spent.
const SPARE_USED: &str = "A spare way into your account was used";
/// From so few backup codes on, somebody should make new ones.
const FEW_CODES: i64 = 3;

/// What a notice says around the facts and the button, which are the same for all.
pub(super) struct Words {
    pub(super) subject: &'static str,
    /// What happened, in one sentence.
    pub(super) happened: String,
    /// What follows from it.
    pub(super) more: Option<String>,
    /// Whether `more` asks for something, even of somebody who did it themselves.
    pub(super) is_task_left: bool,
    /// How the sentence starts that says that there is nothing to do.
    pub(super) if_me: &'static str,
    /// What comes before the button.
    pub(super) if_not: &'static str,
    /// What pressing the button leads to.
    pub(super) leads_to: &'static str,
}

impl Words {
    fn new(subject: &'static str, happened: String) -> Self {
        Self {
            subject,
            happened,
            more: None,
            is_task_left: false,
            if_me: "If that was you",
            if_not: "If it wasn’t, say so here:",
            leads_to: "You’ll then be signed out everywhere and choose a new password, and your account holders are told.",
        }
    }

    fn more(self, more: &str) -> Self {
        Self { more: Some(more.to_owned()), ..self }
    }

    fn task(self, task: &str) -> Self {
        Self { is_task_left: true, ..self.more(task) }
    }
}

/// The words of `notice` for somebody of `organisation`.
pub(super) fn words(notice: &Notice<'_>, organisation: &str) -> Words {
    let account = format!("your account at {organisation}");
    match *notice {
        // The name comes last, where it can't be read as our own words.
        Notice::MethodAdded { what } => {
            Words::new("A way to sign in was added to your account", format!("A way to sign in was added to {account}: {what}."))
        }
        Notice::MethodRemoved { what } => {
            Words::new("A way to sign in was removed from your account", format!("A way to sign in was removed from {account}: {what}."))
        }
        Notice::TwoFactorOff => Words::new(DETAILS_CHANGED, format!("Two-factor authentication was turned off for {account}."))
            .more("Your password alone is enough to sign in now."),
        Notice::MethodsReset => Words::new(DETAILS_CHANGED, format!("Someone who runs the server took the second step off {account}."))
            .task("Set up a second step again when you next sign in."),
        Notice::MethodsResetBy { by } => Words::new(DETAILS_CHANGED, format!("{by} took the second step off {account}."))
            .task("Set up a second step again when you next sign in."),
        Notice::MethodResetBy { what, by } => Words::new(DETAILS_CHANGED, format!("{by} took a way to sign in off {account}: {what}."))
            .more("You were signed out everywhere."),
        Notice::AccessCodeGiven { by, until } => Words::new(
            "Someone is helping you sign in",
            format!("{by} made a temporary access code for {account}. It stands in for your second step once, until {until}."),
        ),
        Notice::BackupCodesMade => Words::new(DETAILS_CHANGED, format!("New backup codes were made for {account}."))
            .more("Only the new ones work. Any you printed or saved before can go."),
        Notice::BackupCodeUsed { left } => code_used(&account, left),
        Notice::RecoveryKeyMade => Words::new(DETAILS_CHANGED, format!("A new recovery key was made for {account}."))
            .more("Only the new one works. Any you printed or saved before can go."),
        Notice::RecoveryKeyUsed => Words::new(SPARE_USED, format!("The recovery key of {account} was used."))
            .task("It won’t work again. A new one was made in its place: save it before you need it."),
        Notice::PasswordChanged => Words::new(DETAILS_CHANGED, format!("The password of {account} was changed.")),
        Notice::PasswordReset => {
            Words::new(DETAILS_CHANGED, format!("A new password was chosen for {account}, with a link we sent to this address."))
        }
        Notice::EmailChangeAsked { to } => Words {
            leads_to: "The change is then stopped, you’ll be signed out everywhere and choose a new password, and your account \
                       holders are told.",
            ..Words::new("Your email is being changed", format!("Someone asked to change the email of {account} to {to}."))
                .more("Nothing changes until the new address is confirmed.")
        },
        Notice::EmailChanged { to } => Words {
            leads_to: "This address is then put back, you’ll be signed out everywhere and choose a new password, \
                       and your account holders are told.",
            ..Words::new("Your email was changed", format!("The email of {account} was changed from this address to {to}."))
        },
        Notice::TrustedBrowserCopied => Words::new(
            "A browser you trusted may have been copied",
            format!("Someone with your password used an old key of a browser that you trusted for {account}. It may have been copied."),
        )
        .more("No browser stands in for your second step there any more: it was asked for. If your browser crashed or was put back from a backup, that is why."),
        Notice::SingleSignOnConnected => Words::new(
            "Single sign-on was connected to your account",
            format!("{account} can be signed in to with single sign-on from now on, in place of the password."),
        ),
        Notice::NewBrowser => {
            Words::new("New sign-in to your account", format!("Someone signed in to {account} with a browser it hasn’t seen before."))
        }
        Notice::SecondStepMissing => Words {
            if_me: "If that was you and you stopped half-way",
            if_not: "If it wasn’t, someone has your password. Say so here:",
            ..Words::new(
                "Someone started to sign in as you",
                format!("The password of {account} was typed, and the second step wasn’t finished."),
            )
        },
    }
}

fn code_used(account: &str, left: i64) -> Words {
    let words = Words::new(SPARE_USED, format!("A backup code of {account} was used."));
    let left_over = if left > 0 { counted(left, "code is left", "codes are left") } else { "None are left".to_owned() };
    if left > FEW_CODES {
        return words.more(&format!("{left_over}."));
    }
    words.task(&format!("{left_over}. Make new codes on your Security page."))
}
