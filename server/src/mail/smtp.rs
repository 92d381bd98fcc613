//! Mail to a mail server, by SMTP over rustls (RFC 5321, RFC 3207, RFC 8314).
//!
//! It drives lettre's connection itself instead of lettre's pool. A pool hides at which command a server said no, and
//! that is what decides whether a mail is lost: a refused recipient is the mail's own fault, a refused login is the
//! operator's. And lettre's pool takes a connection back that was given up half-way, when our time limit ends a
//! delivery; the next mail would then read the last one's answers. Here such a connection is dropped.
//!
//! Nothing that a server answered to a login is kept, and of its other answers no word that could be an address, a
//! link or a code out of the mail.

use std::{
    error::Error as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use countersign_identity::Undelivered;
use lettre::{
    Message,
    transport::smtp::{
        authentication::{Credentials, DEFAULT_MECHANISMS},
        client::{AsyncSmtpConnection, TlsParameters},
        commands::{Data, Mail, Rcpt},
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
        response::{Response, Severity},
    },
};
use thiserror::Error;
use tokio::time::timeout;

use super::smtp_url::{Security, SmtpUrl};

/// How long one of a host's addresses may take to connect.
const CONNECT_LIMIT: Duration = Duration::from_secs(10);

/// How long it may take in all to be ready for a mail. A server that waits for TLS where we wait for its greeting
/// says nothing at all, and must not hold a mail's place for longer than this.
const READY_LIMIT: Duration = Duration::from_secs(20);

/// How long a server may take to say goodbye, or that a kept connection still works.
const SHORT_LIMIT: Duration = Duration::from_secs(5);

/// How much of a server's answer is kept, in characters.
const ANSWER_LIMIT: usize = 200;

/// Codes that ask for a login or refuse one, whatever command they answer (RFC 4954 §6).
const LOGIN_CODES: [u16; 4] = [530, 534, 535, 538];

/// One mail server.
pub(super) struct Smtp {
    url: SmtpUrl,
    /// What we call ourselves.
    hello: ClientId,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    /// Connections kept from one mail to the next, until [`rest`](Smtp::rest).
    kept: Mutex<Vec<AsyncSmtpConnection>>,
}

/// Where in the talk with a mail server something went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Reaching it, its certificate with `smtps://`, its greeting.
    Connect,
    /// STARTTLS, its certificate with `smtp://`.
    StartTls,
    /// Logging in.
    Login,
    /// Our address as the sender.
    Sender,
    /// The mail's recipient.
    Recipient,
    /// The mail itself.
    Content,
}

/// A delivery that came to nothing.
#[derive(Debug, Error)]
#[error("{reason}")]
pub struct SmtpFault {
    /// Where it stopped.
    pub step: Step,
    /// Why, for the outbox and for operators.
    pub reason: String,
    /// Whether it is the mail itself that won't be taken.
    is_final: bool,
}

impl From<SmtpFault> for Undelivered {
    fn from(fault: SmtpFault) -> Self {
        if fault.is_final { Self::Refused(fault.reason) } else { Self::Failed(fault.reason) }
    }
}

impl Step {
    /// What the server was asked, for "the mail server … {here}".
    const fn about(self) -> &'static str {
        match self {
            Self::Connect => "to the connection",
            Self::StartTls => "to STARTTLS",
            Self::Login => "to the login",
            Self::Sender => "to the sender's address",
            Self::Recipient => "to the recipient's address",
            Self::Content => "to the mail",
        }
    }

    fn fault(self, reason: impl Into<String>) -> SmtpFault {
        SmtpFault { step: self, reason: reason.into(), is_final: false }
    }

    /// What lettre says went wrong here.
    fn failed(self, error: &lettre::transport::smtp::Error) -> SmtpFault {
        let cause = root_cause(error);
        let Some(code) = error.status().map(u16::from) else {
            let cause = presentable(&cause);
            return match self {
                Self::Connect => self.fault(format!("the mail server can't be reached: {cause}")),
                _ => self.fault(format!("the talk with the mail server broke off when it came {}: {cause}", self.about())),
            };
        };
        // What answers a login may repeat it.
        let text = if self == Self::Login { String::new() } else { presentable(&cause) };
        let reason = format!("the mail server answered {code} {}", self.about());
        let reason = if text.is_empty() { reason } else { format!("{reason}: {text}") };
        SmtpFault { step: self, reason, is_final: self.is_final(code, &cause) }
    }

    /// Whether a refusal is about this mail, so that another try can't help. What is about us is the operator's to
    /// mend, and mails wait for that: a login that is asked for, and our own address, of which some servers speak only
    /// when they hear the recipient's (RFC 3463 §3.2, §3.8: 5.1.7, 5.1.8, 5.7.x).
    fn is_final(self, code: u16, text: &str) -> bool {
        let is_about_us = ["5.1.7 ", "5.1.8 ", "5.7."].iter().any(|status| text.starts_with(status));
        match self {
            Self::Recipient => (500..600).contains(&code) && !LOGIN_CODES.contains(&code) && !is_about_us,
            Self::Content => (500..600).contains(&code) && !LOGIN_CODES.contains(&code),
            Self::Connect | Self::StartTls | Self::Login | Self::Sender => false,
        }
    }

    /// The answer, if it is a yes.
    fn completed(self, answer: Result<Response, lettre::transport::smtp::Error>) -> Result<(), SmtpFault> {
        let answer = answer.map_err(|error| self.failed(&error))?;
        match answer.code().severity {
            Severity::PositiveCompletion => Ok(()),
            _ => Err(self.fault(format!("the mail server answered {} {}, which makes no sense there", answer.code(), self.about()))),
        }
    }
}

impl Smtp {
    /// Talks to `url`, and calls itself `host`.
    ///
    /// # Errors
    /// [`SmtpFault`] when TLS can't be set up.
    pub(super) fn new(url: SmtpUrl, host: &str) -> Result<Self, SmtpFault> {
        let tls = match url.security() {
            Security::Plain => None,
            // Reads the roots that are trusted: the system's, or those of SSL_CERT_FILE and SSL_CERT_DIR.
            Security::Tls | Security::StartTls => {
                Some(TlsParameters::new(url.host().to_owned()).map_err(|error| Step::Connect.failed(&error))?)
            }
        };
        let credentials = url.login().map(|login| Credentials::new(login.user.clone(), login.password.expose().to_owned()));
        Ok(Self { url, hello: ClientId::Domain(host.to_owned()), tls, credentials, kept: Mutex::default() })
    }

    /// Which server it is.
    pub(super) const fn url(&self) -> &SmtpUrl {
        &self.url
    }

    /// Hands one message over.
    ///
    /// # Errors
    /// [`Undelivered`]: refused for good by the server, or not delivered this time.
    pub(super) async fn deliver(&self, message: &Message) -> Result<(), Undelivered> {
        let mut connection = match self.take_kept().await {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        match hand_over(&mut connection, message).await {
            Ok(()) => {
                self.kept().push(connection);
                Ok(())
            }
            Err(fault) => {
                part(connection);
                Err(fault.into())
            }
        }
    }

    /// Connects, logs in and parts.
    ///
    /// # Errors
    /// [`SmtpFault`], which says at what step it failed.
    pub(super) async fn test(&self) -> Result<(), SmtpFault> {
        let mut connection = self.connect().await?;
        let works = connection.test_connected().await;
        part(connection);
        if works { Ok(()) } else { Err(Step::Connect.fault("the mail server hung up")) }
    }

    /// Parts from the connections that are kept.
    pub(super) fn rest(&self) {
        for connection in self.kept().drain(..) {
            part(connection);
        }
    }

    /// A connection that is ready for a mail.
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpFault> {
        let late = |_| Step::Connect.fault(format!("the mail server wasn't ready within {} seconds", READY_LIMIT.as_secs()));
        timeout(READY_LIMIT, self.make_ready()).await.map_err(late)?
    }

    async fn make_ready(&self) -> Result<AsyncSmtpConnection, SmtpFault> {
        let from_the_start = self.tls.clone().filter(|_| self.url.security() == Security::Tls);
        let place = (self.url.host(), self.url.port());
        let mut connection = AsyncSmtpConnection::connect_tokio1(place, Some(CONNECT_LIMIT), &self.hello, from_the_start, None)
            .await
            .map_err(|error| Step::Connect.failed(&error))?;
        if let (Security::StartTls, Some(tls)) = (self.url.security(), &self.tls) {
            connection.starttls(tls.clone(), &self.hello).await.map_err(|error| Step::StartTls.failed(&error))?;
        }
        if let Some(credentials) = &self.credentials {
            Step::Login.completed(connection.auth(DEFAULT_MECHANISMS, credentials).await)?;
        }
        Ok(connection)
    }

    /// A kept connection that still works.
    async fn take_kept(&self) -> Option<AsyncSmtpConnection> {
        loop {
            let mut connection = self.kept().pop()?;
            // The server may have hung up meanwhile, which is no fault.
            if timeout(SHORT_LIMIT, connection.test_connected()).await.is_ok_and(|works| works) {
                return Some(connection);
            }
        }
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Vec<AsyncSmtpConnection>> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Smtp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Smtp").field("url", &self.url).finish_non_exhaustive()
    }
}

/// One mail over a connection that is ready for it.
async fn hand_over(connection: &mut AsyncSmtpConnection, message: &Message) -> Result<(), SmtpFault> {
    let bytes = message.formatted();
    let envelope = message.envelope();
    let mut parameters = Vec::new();
    // Bodies are encoded as ASCII; what isn't is an address.
    if !bytes.is_ascii() {
        if !connection.server_info().supports_feature(Extension::SmtpUtfEight) {
            let reason = "the mail server takes addresses of ASCII letters only".to_owned();
            return Err(SmtpFault { step: Step::Recipient, reason, is_final: true });
        }
        parameters = vec![MailParameter::SmtpUtfEight, MailParameter::Body(MailBodyParameter::EightBitMime)];
    }
    Step::Sender.completed(connection.command(Mail::new(envelope.from().cloned(), parameters)).await)?;
    for to in envelope.to() {
        Step::Recipient.completed(connection.command(Rcpt::new(to.clone(), Vec::new())).await)?;
    }
    let go_ahead = connection.command(Data).await.map_err(|error| Step::Content.failed(&error))?;
    if !go_ahead.has_code(354) {
        return Err(Step::Content.fault(format!("the mail server answered {} to DATA", go_ahead.code())));
    }
    Step::Content.completed(connection.message(&bytes).await)
}

/// Says goodbye in the background: a server that doesn't answer holds nothing up.
fn part(mut connection: AsyncSmtpConnection) {
    tokio::spawn(async move { timeout(SHORT_LIMIT, connection.abort()).await });
}

/// The innermost cause: what a server said, or what the system did.
fn root_cause(error: &lettre::transport::smtp::Error) -> String {
    let Some(mut cause) = error.source() else { return error.to_string() };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

/// What may be kept of a text that a server or the system wrote: one line of bounded length, and no word that could be
/// somebody's address, a link or a code that the server repeats out of the mail.
fn presentable(text: &str) -> String {
    let may_repeat = |word: &str| {
        let digits = word.chars().filter(char::is_ascii_digit).count();
        word.contains(['@', '/', '=', '%']) || digits >= 6 || word.chars().count() > 40
    };
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|word| !word.is_empty()).collect();
    let words: Vec<&str> = words.into_iter().map(|word| if may_repeat(word) { "…" } else { word }).collect();
    words.join(" ").chars().take(ANSWER_LIMIT).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_the_mails_own_fault_is_final() {
        let is_final = |step: Step, code, text: &str| step.is_final(code, text);
        assert!(is_final(Step::Recipient, 550, "5.1.1 no such user"));
        assert!(is_final(Step::Recipient, 553, "mailbox name not allowed"));
        assert!(is_final(Step::Content, 554, "5.7.1 rejected as spam"));
        assert!(is_final(Step::Content, 552, "too big"));
        assert!(!is_final(Step::Recipient, 450, "4.2.0 greylisted"));
        assert!(!is_final(Step::Recipient, 530, "5.7.0 authentication required"));
        assert!(!is_final(Step::Recipient, 553, "5.7.1 sender address rejected: not owned by user"));
        assert!(!is_final(Step::Recipient, 554, "5.7.1 relay access denied"));
        assert!(!is_final(Step::Sender, 550, "5.1.8 sender's domain not found"));
        assert!(!is_final(Step::Login, 535, "5.7.8 authentication failed"));
        assert!(!is_final(Step::Connect, 554, "no service here"));
    }

    #[test]
    fn a_servers_answer_is_kept_on_one_line_of_bounded_length() {
        assert_eq!(presentable("5.1.1 no such\r\nuser\u{7}here"), "5.1.1 no such user here");
        assert_eq!(presentable(&"word ".repeat(100)).chars().count(), 200);
    }

    #[test]
    fn a_servers_answer_cannot_carry_the_mail_or_an_address_out() {
        let answer = "<wren@example.com>: blocked, https://localhost/invitation?token=abc listed, code 123456, abcdefghijklmnopqrstuvwxyzabcdefghijklmnopq";
        assert_eq!(presentable(answer), "… blocked, … listed, code … …");
    }

    #[test]
    fn a_connection_prints_no_password() {
        let url = SmtpUrl::parse("smtp://wren:sesame@localhost:1025?tls=none").unwrap();
        assert!(!format!("{:?}", Smtp::new(url, "localhost").unwrap()).contains("sesame"));
    }
}
