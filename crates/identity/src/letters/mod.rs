//! What each mail says, as HTML and as text.
//!
//! A letter is made of plain values and nothing else: no clock, no database, no network. It names
//! neither a code nor a way to sign in in its subject, because wallboards and lock screens show
//! subjects; and it holds nothing in its subject that anybody supplied. It loads nothing, follows
//! nobody, and has one action at most.

mod notices;
mod render;
#[cfg(test)]
mod tests;

use std::fmt;

use countersign_domain::{OneTimeCode, Role, count};
use serde::{Deserialize, Serialize};

use render::Part;

/// The browser that acts of whoever runs the server are recorded with.
const OPERATOR: &str = "Command line";

/// A mail's words.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// What lists of mail, wallboards and lock screens show.
    pub subject: String,
    /// The mail for those who read without markup.
    pub text: String,
    /// The mail as a whole document.
    pub html: String,
}

impl fmt::Debug for Letter {
    // The rest may hold a code or a link that is as good as one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Whose mail it is.
#[derive(Clone, Copy)]
pub(crate) struct Sheet<'a> {
    /// The organisation's name.
    pub(crate) organisation: &'a str,
    /// The public URL, without a slash at its end: `https://sign-in.example.com`.
    pub(crate) origin: &'a str,
}

/// When, with which browser and from which address something happened, already in words.
#[derive(Clone, Copy)]
pub(crate) struct Happened<'a> {
    /// Day and time: "26 November 2026, 09:14".
    pub(crate) full: &'a str,
    /// The time alone: "09:14".
    pub(crate) clock: &'a str,
    /// "Chrome on Windows".
    pub(crate) browser: &'a str,
    /// "192.0.2.44".
    pub(crate) address: &'a str,
}

impl Happened<'_> {
    /// Whether it was done on the server itself, where there is no browser to name.
    fn is_by_operator(&self) -> bool {
        self.browser == OPERATOR
    }

    /// The rows of a notice.
    fn facts(&self) -> Part<'static> {
        let mut facts = vec![self.when()];
        if !self.is_by_operator() {
            facts.extend([("Browser", self.browser.to_owned()), ("Address", self.address.to_owned())]);
        }
        Part::Facts(facts)
    }

    /// When alone, for whom the rest is none of their business.
    fn when(&self) -> (&'static str, String) {
        let by = if self.is_by_operator() { ", by whoever runs the server" } else { "" };
        ("When", [self.full, by].concat())
    }

    /// The foot of a mail that somebody asked for.
    fn asked(&self) -> Part<'static> {
        let Self { clock, browser, address, .. } = self;
        if self.is_by_operator() {
            return Part::Small(format!("Asked for at {clock} by whoever runs the server."));
        }
        Part::Small(format!("Asked for at {clock} from {browser}, {address}."))
    }
}

/// What an emailed code is typed for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CodeFor {
    /// Finishing a sign-in.
    SignIn,
    /// Turning emailed codes on.
    Connect,
    /// "Confirm it's you".
    Confirm,
}

/// What a notice tells of.
#[derive(Clone, Copy)]
pub(crate) enum Notice<'a> {
    /// A method was connected; `what` names it: "Desk key, blue tag (security key)".
    MethodAdded { what: &'a str },
    /// A method was removed.
    MethodRemoved { what: &'a str },
    /// The person turned two-factor authentication off.
    TwoFactorOff,
    /// Somebody who runs the server took the second step off.
    MethodsReset,
    /// Somebody who looks after them took the second step off.
    MethodsResetBy { by: &'a str },
    /// Somebody who looks after them took one method off.
    MethodResetBy { what: &'a str, by: &'a str },
    /// Somebody who looks after them made a temporary access code. Without the code.
    AccessCodeGiven { by: &'a str, until: &'a str },
    /// A new set of backup codes was made.
    BackupCodesMade,
    /// A backup code was spent, and so many are left.
    BackupCodeUsed { left: i64 },
    /// A recovery key was made.
    RecoveryKeyMade,
    /// The recovery key was spent, and another one made in its place.
    RecoveryKeyUsed,
    /// The password was changed by somebody signed in.
    PasswordChanged,
    /// The password was chosen with a mailed link.
    PasswordReset,
    /// Another address was given; it isn't confirmed yet. Sent to the old one.
    EmailChangeAsked { to: &'a str },
    /// Another address took this one's place. Sent to the old one.
    EmailChanged { to: &'a str },
    /// A sign-in with a browser that the account has never been signed in with.
    NewBrowser,
    /// An old token of a browser they trusted came back.
    TrustedBrowserCopied,
    /// Their organisation's identity provider signs them in from now on.
    SingleSignOnConnected,
    /// The password was right, and the second step was refused or never given.
    SecondStepMissing,
}

/// An emailed code, good until `until` ("09:24"), which is in `minutes`.
pub(crate) fn emailed_code(
    sheet: &Sheet<'_>,
    happened: &Happened<'_>,
    code_for: CodeFor,
    code: &OneTimeCode,
    until: &str,
    minutes: i64,
) -> Letter {
    let organisation = sheet.organisation;
    let (subject, purpose) = match code_for {
        CodeFor::SignIn => ("Your sign-in code", format!("Type this code to finish signing in to {organisation}.")),
        CodeFor::Connect => ("Your code", format!("Type this code to turn on emailed codes for your account at {organisation}.")),
        CodeFor::Confirm => ("Your code", format!("Type this code to confirm it’s you at {organisation}.")),
    };
    let (trouble, label) = match code_for {
        CodeFor::SignIn => ("Not you? Someone has your password.", "Change it now"),
        // Past the password already.
        CodeFor::Connect | CodeFor::Confirm => ("Not you? Someone is using your account.", "Change your password now"),
    };
    let parts = [
        Part::Say(purpose),
        Part::Code(code),
        Part::Say(format!("It works once, until {until} ({}).", counted(minutes, "minute", "minutes"))),
        Part::Rule,
        happened.asked(),
        Part::SmallLink { before: trouble, label, link: format!("{}/forgot", sheet.origin) },
        Part::Small("Nobody from your team will ever ask you for this code.".to_owned()),
    ];
    render::letter(subject, &parts)
}

/// Asks the owner of an address to confirm it with `link`, until `until` ("27 November 2026, 09:14").
pub(crate) fn confirm_email(sheet: &Sheet<'_>, happened: &Happened<'_>, link: &str, until: &str) -> Letter {
    let parts = [
        Part::Say(format!("Confirm that this address is yours, so that your account at {} can use it.", sheet.organisation)),
        Part::Button { label: "Confirm your email", link },
        Part::Say(format!("The link works once, until {until}.")),
        Part::Rule,
        happened.asked(),
        Part::Small("If you don’t know about this, there is nothing to do: nothing changes unless you confirm.".to_owned()),
    ];
    render::letter("Confirm your email", &parts)
}

/// Lets the owner of an account choose a new password with `link`, until `until`.
pub(crate) fn reset_password(sheet: &Sheet<'_>, happened: &Happened<'_>, link: &str, until: &str) -> Letter {
    let parts = [
        Part::Say(format!(
            "Someone asked to choose a new password for your account at {}. If that was you, go on here:",
            sheet.organisation
        )),
        Part::Button { label: "Choose a new password", link },
        Part::Say(format!("The link works once, until {until}. If you have a second step, it will still be asked for.")),
        Part::Rule,
        happened.asked(),
        Part::Small("If you didn’t ask, there is nothing to do: your password stays as it is.".to_owned()),
    ];
    render::letter("Get back into your account", &parts)
}

/// The same after "This wasn't me" was pressed, when the old password has ended.
pub(crate) fn way_back(sheet: &Sheet<'_>, happened: &Happened<'_>, link: &str, until: &str) -> Letter {
    let parts = [
        Part::Say(format!(
            "“This wasn’t me” was pressed for your account at {}. You’re signed out everywhere, and the old password has ended.",
            sheet.organisation
        )),
        happened.facts(),
        Part::Say("Choose a new password here:".to_owned()),
        Part::Button { label: "Choose a new password", link },
        Part::Say(format!(
            "The link works once, until {until}. After that, ask for another one where you sign in. If you have a second step, it will \
             still be asked for."
        )),
    ];
    render::letter("Get back into your account", &parts)
}

/// Tells somebody what happened to their account; `not_me` is the link for when it wasn't them.
pub(crate) fn notice(sheet: &Sheet<'_>, happened: &Happened<'_>, notice: &Notice<'_>, not_me: &str) -> Letter {
    let words = notices::words(notice, sheet.organisation);
    let (me, not) =
        if happened.is_by_operator() { ("If you asked for this", "If you didn’t, say so here:") } else { (words.if_me, words.if_not) };
    let nothing = if words.is_task_left { "there is nothing else to do" } else { "there is nothing to do" };
    let mut parts = vec![Part::Say(words.happened)];
    parts.extend(words.more.map(Part::Say));
    parts.extend([
        happened.facts(),
        Part::Say(format!("{me}, {nothing}. {not}")),
        Part::Button { label: "This wasn’t me", link: not_me },
        Part::Say(words.leads_to.to_owned()),
    ]);
    render::letter(words.subject, &parts)
}

/// What a reminder to set up is about.
#[derive(Clone, Copy)]
pub(crate) struct Reminder<'a> {
    /// Whom it is to.
    pub(crate) name: &'a str,
    /// By when they have to, if that is still to come.
    pub(crate) deadline: Option<&'a str>,
    /// They have to already.
    pub(crate) is_required: bool,
    /// Who sent it, if it was a person: "Ludo Marchbank".
    pub(crate) by: Option<&'a str>,
}

/// Reminds somebody to set up a second step.
pub(crate) fn reminder(sheet: &Sheet<'_>, reminder: &Reminder<'_>) -> Letter {
    let Reminder { name, deadline, is_required, by } = reminder;
    let organisation = sheet.organisation;
    let first = name.split_whitespace().next().unwrap_or(name);
    let what = match deadline {
        Some(at) => format!("From {at}, you need a second step to sign in to {organisation}. You don’t have one yet."),
        None if *is_required => format!("You need a second step to sign in to {organisation}. You don’t have one yet."),
        None => format!("{organisation} asks you to set up a second step. You don’t have one yet."),
    };
    let link = format!("{}/enrol", sheet.origin);
    let mut parts = vec![
        Part::Say(format!("Hello {first},")),
        Part::Say(what),
        Part::Say("It takes about two minutes.".to_owned()),
        Part::Button { label: "Set up your second step", link: &link },
    ];
    if deadline.is_some() {
        parts.push(Part::Say("If you don’t, you’ll be asked to set it up when you next sign in, before you can take calls.".to_owned()));
    }
    parts.extend([
        Part::Rule,
        Part::Small(by.map_or_else(|| format!("Sent by {organisation}."), |by| format!("Sent by {by}, {organisation}."))),
    ]);
    render::letter("Set up before your next shift", &parts)
}

/// What an invitation is to.
#[derive(Clone, Copy)]
pub(crate) struct Invitation<'a> {
    /// Whom it is to, by their first name, if that was said.
    pub(crate) name: Option<&'a str>,
    /// Who asked them.
    pub(crate) by: Option<&'a str>,
    /// Their team.
    pub(crate) team: Option<&'a str>,
    /// What they will be.
    pub(crate) role: Role,
    /// Where they accept it.
    pub(crate) link: &'a str,
    /// Until when that works: "3 December 2026, 09:14".
    pub(crate) until: &'a str,
}

/// Asks somebody to join.
pub(crate) fn invitation(sheet: &Sheet<'_>, invitation: &Invitation<'_>) -> Letter {
    let Invitation { name, by, team, role, link, until } = invitation;
    let organisation = sheet.organisation;
    let what = match role {
        Role::Agent => "an agent",
        Role::Supervisor => "a supervisor",
        Role::AccountHolder => "an account holder",
    };
    let team = team.map(|team| format!(", in the team {team}")).unwrap_or_default();
    let said = by.map_or_else(|| format!("You’re invited to {organisation}"), |by| format!("{by} invited you to {organisation}"));
    let mut parts = Vec::new();
    parts.extend(name.map(|name| Part::Say(format!("Hello {name},"))));
    parts.extend([
        Part::Say(format!("{said} as {what}{team}. It signs its people in with Countersign.")),
        Part::Say("You’ll choose how you sign in, and a second step to go with it. It takes about two minutes.".to_owned()),
        Part::Button { label: "Accept the invitation", link },
        Part::Say(format!("The link works once, until {until}.")),
        Part::Rule,
        Part::Small("If you don’t know about this, there is nothing to do: nobody has an account unless they accept.".to_owned()),
    ]);
    render::letter("You’re invited to Countersign", &parts)
}

/// Tells account holders that there is one more: `name`, with `email`.
pub(crate) fn holder_joined(sheet: &Sheet<'_>, happened: &Happened<'_>, name: &str, email: &str, by: Option<&str>) -> Letter {
    let organisation = sheet.organisation;
    let by = by.map(|by| format!(", invited by {by}")).unwrap_or_default();
    let parts = [
        Part::Say(format!("{organisation} has another account holder{by}: {name}, {email}.")),
        happened.facts(),
        Part::Say(
            "Account holders own the settings and can help everybody. If nobody should have been, disable them on the Members page."
                .to_owned(),
        ),
    ];
    render::letter("Someone became an account holder", &parts)
}

/// What account holders are told about the organisation's provider.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ProviderNews<'a> {
    /// People sign in there from now on.
    Connected(&'a str),
    /// It is reached as another client, its second step counts, or it is the only way in.
    Changed(&'a str),
    /// Nobody signs in there any more.
    Disconnected(&'a str),
    /// It may vouch for the addresses of a domain.
    Domain(&'a str),
}

/// Tells account holders what `by` did with the organisation's provider.
pub(crate) fn provider_changed(sheet: &Sheet<'_>, happened: &Happened<'_>, by: &str, news: ProviderNews<'_>) -> Letter {
    let organisation = sheet.organisation;
    let (subject, what) = match news {
        ProviderNews::Connected(issuer) => {
            ("Single sign-on was connected", format!("{by} connected {organisation} with {issuer}: people can sign in there from now on."))
        }
        ProviderNews::Changed(issuer) => (
            "Single sign-on was changed",
            format!("{by} changed how people of {organisation} sign in at {issuer}. The Single sign-on page and the audit log say how."),
        ),
        ProviderNews::Disconnected(issuer) => {
            ("Single sign-on was disconnected", format!("{by} disconnected {organisation} from {issuer}: nobody signs in there any more."))
        }
        ProviderNews::Domain(domain) => (
            "A domain was added to single sign-on",
            format!("{by} proved that {domain} is {organisation}’s: its provider may say whose addresses there are whose."),
        ),
    };
    let parts = [
        Part::Say(what),
        happened.facts(),
        Part::Say(
            "Whoever runs the provider says who your people are. If this shouldn’t have been done, undo it on the Single sign-on page, and \
             talk to them in person or on a number you know."
                .to_owned(),
        ),
    ];
    render::letter(subject, &parts)
}

/// Tells account holders that somebody pressed "This wasn't me" for the account of `name`.
///
/// `put_back_from` is the address that had taken its place, if it was changed and is put back now.
pub(crate) fn reported(sheet: &Sheet<'_>, happened: &Happened<'_>, name: &str, email: &str, put_back_from: Option<&str>) -> Letter {
    let organisation = sheet.organisation;
    let mut parts = vec![
        Part::Say(format!("“This wasn’t me” was pressed for the account of {name}, {email}, at {organisation}.")),
        happened.facts(),
        Part::Say("The account was signed out everywhere, and needs a new password before it can be used again.".to_owned()),
    ];
    parts.extend(put_back_from.map(|from| Part::Say(format!("Its email had been changed, and was put back to this one from {from}."))));
    parts.push(Part::Say(
        "Talk to them, in person or on a number you know, and find out what they saw before you help with anything else.".to_owned(),
    ));
    render::letter("Someone on your team said “This wasn’t me”", &parts)
}

/// Tells an address that another was put back in its place. It leads nowhere: whoever changed the
/// address could change it again. Nor does it say from where: that is the other one's own business.
pub(crate) fn put_back(sheet: &Sheet<'_>, happened: &Happened<'_>, to: &str) -> Letter {
    let parts = [
        Part::Say(format!("The email of your account at {} was put back from this address to {to}.", sheet.organisation)),
        Part::Facts(vec![happened.when()]),
        Part::Say(
            "“This wasn’t me” was pressed in a mail to that address. The account was signed out everywhere, and its password has ended."
                .to_owned(),
        ),
        Part::Say("If this address should be the one, talk to your supervisor or an account holder: they were told, too.".to_owned()),
    ];
    render::letter("Your email was changed", &parts)
}

/// A number with its noun, for numbers that a database gives.
fn counted(n: i64, one: &str, many: &str) -> String {
    count(usize::try_from(n).unwrap_or(0), one, many)
}
