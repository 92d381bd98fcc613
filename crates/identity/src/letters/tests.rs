//! What must be true of every mail.

use super::*;

const ORIGIN: &str = "https://sign-in.example.com";
const LINK: &str = "https://sign-in.example.com/not-me/Qm9va2VuZA";
const HOSTILE: &str = "<script>alert('1')</script>\" &\r\nBcc: x@example.com\u{2028}Bcc: y\u{202E}gnp.exe";
const HOSTILE_IN_HTML: &str = "&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&quot; &amp;  Bcc: x@example.com Bcc: y gnp.exe";

/// The values that letters are made of.
#[derive(Clone, Copy)]
struct Values<'a> {
    organisation: &'a str,
    happened: Happened<'a>,
    value: &'a str,
    link: &'a str,
}

const ORDINARY: Values<'static> = Values {
    organisation: "Quillbrook Support",
    happened: Happened { full: "26 November 2026, 08:58", clock: "08:58", browser: "Chrome on Windows", address: "192.0.2.44" },
    value: "Desk key, blue tag (security key)",
    link: LINK,
};
const ALL_HOSTILE: Values<'static> = Values {
    organisation: HOSTILE,
    happened: Happened { full: HOSTILE, clock: HOSTILE, browser: HOSTILE, address: HOSTILE },
    value: HOSTILE,
    link: HOSTILE,
};

fn code() -> OneTimeCode {
    OneTimeCode::parse("428913").unwrap()
}

fn code_letters(values: Values<'_>) -> Vec<Letter> {
    let sheet = Sheet { organisation: values.organisation, origin: ORIGIN };
    [CodeFor::SignIn, CodeFor::Connect, CodeFor::Confirm]
        .map(|code_for| emailed_code(&sheet, &values.happened, code_for, &code(), values.happened.clock, 10))
        .to_vec()
}

fn notices(values: Values<'_>) -> Vec<Letter> {
    let sheet = Sheet { organisation: values.organisation, origin: ORIGIN };
    let value = values.value;
    [
        Notice::MethodAdded { what: value },
        Notice::MethodRemoved { what: value },
        Notice::TwoFactorOff,
        Notice::MethodsReset,
        Notice::BackupCodesMade,
        Notice::BackupCodeUsed { left: 9 },
        Notice::BackupCodeUsed { left: 0 },
        Notice::RecoveryKeyMade,
        Notice::RecoveryKeyUsed,
        Notice::PasswordChanged,
        Notice::PasswordReset,
        Notice::EmailChangeAsked { to: value },
        Notice::EmailChanged { to: value },
        Notice::NewBrowser,
        Notice::TrustedBrowserCopied,
        Notice::SingleSignOnConnected,
        Notice::SecondStepMissing,
    ]
    .map(|about| notice(&sheet, &values.happened, &about, values.link))
    .to_vec()
}

/// Letters about something that happened.
fn telling(values: Values<'_>) -> Vec<Letter> {
    let sheet = Sheet { organisation: values.organisation, origin: ORIGIN };
    let mut letters = code_letters(values);
    letters.extend(notices(values));
    letters.push(confirm_email(&sheet, &values.happened, values.link, values.happened.full));
    letters.push(reset_password(&sheet, &values.happened, values.link, values.happened.full));
    letters.push(way_back(&sheet, &values.happened, values.link, values.happened.full));
    letters.push(reported(&sheet, &values.happened, values.value, values.value, None));
    letters.push(reported(&sheet, &values.happened, values.value, values.value, Some(values.value)));
    letters.push(put_back(&sheet, &values.happened, values.value));
    letters.push(holder_joined(&sheet, &values.happened, values.value, values.value, Some(values.value)));
    for news in [ProviderNews::Connected, ProviderNews::Changed, ProviderNews::Disconnected, ProviderNews::Domain] {
        letters.push(provider_changed(&sheet, &values.happened, values.value, news(values.value)));
    }
    letters
}

fn all(values: Values<'_>) -> Vec<Letter> {
    let sheet = Sheet { organisation: values.organisation, origin: ORIGIN };
    let mut letters = telling(values);
    for role in [Role::Agent, Role::Supervisor, Role::AccountHolder] {
        let (link, until) = (values.link, values.happened.full);
        for name in [None, Some(values.value)] {
            letters.push(invitation(&sheet, &Invitation { name, by: name, team: name, role, link, until }));
        }
    }
    letters
}

fn one(about: Notice<'_>) -> Letter {
    let sheet = Sheet { organisation: ORDINARY.organisation, origin: ORIGIN };
    notice(&sheet, &ORDINARY.happened, &about, LINK)
}

#[test]
fn no_subject_names_a_way_to_sign_in_or_holds_a_code() {
    for letter in all(ORDINARY) {
        let subject = letter.subject.to_lowercase();
        for word in ["key", "authenticator", "app ", "backup", "recovery", "emailed", "password", "two-factor", "second step"] {
            assert!(!subject.contains(word), "{subject}");
        }
        assert!(!subject.contains(|c: char| c.is_ascii_digit()), "{subject}");
    }
}

#[test]
fn a_subject_is_the_same_whatever_is_supplied() {
    for (ordinary, hostile) in all(ORDINARY).iter().zip(all(ALL_HOSTILE)) {
        assert_eq!(ordinary.subject, hostile.subject);
        assert!(ordinary.html.contains(&format!("<title>{}</title>", ordinary.subject)));
    }
}

#[test]
fn a_code_is_in_both_forms_and_alone_on_its_line_of_text() {
    for letter in code_letters(ORDINARY) {
        assert_eq!(letter.text.lines().filter(|line| *line == "428913").count(), 1);
        assert_eq!(letter.html.matches("428913").count(), 1);
        assert!(letter.text.contains("It works once, until 08:58 (10 minutes)."));
    }
}

#[test]
fn a_letter_in_a_log_shows_its_subject_alone() {
    for letter in all(ORDINARY) {
        assert_eq!(format!("{letter:?}"), format!("Letter {{ subject: {:?}, .. }}", letter.subject));
    }
}

#[test]
fn values_from_outside_are_text_and_nothing_else() {
    for (ordinary, hostile) in all(ORDINARY).iter().zip(all(ALL_HOSTILE)) {
        assert!(hostile.html.contains(HOSTILE_IN_HTML), "{}", hostile.html);
        // Not one more tag, attribute or line than without them.
        for mark in ['<', '>', '"', '\'', '\n'] {
            assert_eq!(hostile.html.matches(mark).count(), ordinary.html.matches(mark).count(), "{mark:?} in {}", hostile.html);
        }
        assert_eq!(hostile.text.lines().count(), ordinary.text.lines().count(), "{}", hostile.text);
        assert!(!hostile.text.lines().any(|line| line.trim_start().starts_with("Bcc")), "{}", hostile.text);
        for text in [&hostile.html, &hostile.text] {
            assert!(!text.contains(['\r', '\u{2028}', '\u{202E}']));
        }
    }
}

#[test]
fn each_notice_has_its_link_and_its_facts_in_both_forms() {
    for letter in notices(ORDINARY) {
        assert!(letter.text.lines().any(|line| line == LINK), "{}", letter.text);
        assert!(letter.html.contains(&format!("href=\"{LINK}\"")) && letter.html.contains(&format!(">{LINK}</a>")));
        for form in [&letter.text, &letter.html] {
            for words in ["This wasn’t me", "26 November 2026, 08:58", "Chrome on Windows", "192.0.2.44", "signed out everywhere"] {
                assert!(form.contains(words), "{words} in {form}");
            }
        }
    }
}

#[test]
fn a_mail_loads_nothing_and_leads_nowhere_else() {
    for letter in all(ORDINARY) {
        let html = letter.html.replace(LINK, "").replace(ORIGIN, "");
        for mark in ["http", "<img", "<script", "<link", "<style", "url(", "src="] {
            assert!(!html.contains(mark), "{mark} in {html}");
        }
    }
}

#[test]
fn words_are_those_of_the_product() {
    for letter in all(ORDINARY) {
        let words = letter.text.to_lowercase();
        for word in ["mfa", "otp", "token", "device", "credential", "login", "invalid", "failed", "please", "sorry", "!", "'", "\""] {
            assert!(!words.contains(word), "{word} in {words}");
        }
    }
}

#[test]
fn an_act_of_whoever_runs_the_server_names_no_browser() {
    let operator = Happened { browser: "Command line", address: "server", ..ORDINARY.happened };
    for letter in telling(Values { happened: operator, ..ORDINARY }) {
        for form in [&letter.text, &letter.html] {
            assert!(form.contains("by whoever runs the server") && !form.contains("Command line") && !form.contains("Browser"));
        }
    }
}

#[test]
fn what_must_be_known_is_said() {
    assert!(one(Notice::EmailChanged { to: "new@example.com" }).text.contains("This address is then put back"));
    assert!(one(Notice::RecoveryKeyUsed).text.contains("A new one was made in its place: save it"));
    assert!(one(Notice::SecondStepMissing).text.contains("If that was you and you stopped half-way, there is nothing to do."));
    for (left, words) in [(9, "9 codes are left.\n"), (1, "1 code is left. Make new codes"), (0, "None are left. Make new codes")] {
        assert!(one(Notice::BackupCodeUsed { left }).text.contains(words));
    }
}
