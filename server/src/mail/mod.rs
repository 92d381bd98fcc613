//! Mail on its way out: from the outbox to a mail server, or to files while none is set.
//!
//! The use cases write each mail as a row of the outbox, in the transaction of the act it tells of. The
//! [worker](run) takes the rows that are due, a [`Delivery`] makes a message of each and hands it over, and the
//! outcome goes back to the outbox, which knows when to try again and when to give up.
//!
//! ```text
//! worker ── claim_mail ──> OutgoingMail ── message ──> lettre's Message ──> smtp | files
//!    └────── record_delivery <── delivered | Refused for good | Failed for now
//! ```
//!
//! What this room refuses to do: it decides neither what a mail says, nor who gets it, nor when the next try is. It
//! never holds up a request, and writes no address, subject or text to the log. One mail may arrive twice, when a
//! connection breaks before the server's last word; the copies carry the same Message-ID.

mod demo_mailbox;
mod files;
mod message;
mod smtp;
mod smtp_url;
mod worker;

use std::sync::Arc;

use countersign_identity::{OutgoingMail, Undelivered};
use lettre::Address;

pub(crate) use self::worker::run;
pub use self::{
    demo_mailbox::{DemoMailbox, show as show_demo_mailbox},
    smtp::{SmtpFault, Step},
    smtp_url::{Security, SmtpUrl},
};
use self::{files::Files, smtp::Smtp};
use crate::config::Config;

/// How this installation's mails leave it.
#[derive(Debug)]
pub struct Delivery {
    /// The address that mails come from.
    from: Address,
    /// The public URL's host, which Message-IDs end in.
    host: String,
    way: Way,
}

/// Where mails are handed over.
#[derive(Debug)]
enum Way {
    Smtp(Box<Smtp>),
    Files(Files),
}

impl Delivery {
    /// The way that the settings name. It connects to nothing yet, and makes no folder.
    ///
    /// # Errors
    /// [`SmtpFault`] when TLS can't be set up.
    pub fn new(config: &Config) -> Result<Self, SmtpFault> {
        let host = config.public_url.host().to_owned();
        let way = match &config.smtp {
            Some(url) => Way::Smtp(Box::new(Smtp::new(url.clone(), &host)?)),
            None => Way::Files(Files::new(config.mail_dir())),
        };
        Ok(Self { from: config.mail_from.clone(), host, way })
    }

    /// Has mails that go to files kept for the demo's page, too; `None` when they go to a mail server.
    pub(crate) fn keep_for_demo(&mut self) -> Option<Arc<DemoMailbox>> {
        match &mut self.way {
            Way::Smtp(_) => None,
            Way::Files(files) => Some(files.keep_for_demo()),
        }
    }

    /// Says once where mails go.
    pub(crate) fn announce(&self) {
        match &self.way {
            Way::Smtp(smtp) => tracing::info!(server = %smtp.url(), "mail goes out by SMTP"),
            Way::Files(files) => {
                tracing::info!(folder = %files.folder().display(), "mails are written to files: there is no mail server (COUNTERSIGN_SMTP_URL), or this is a demo");
            }
        }
    }

    /// Hands one mail over.
    ///
    /// # Errors
    /// [`Undelivered`], which says whether another try can help.
    pub(crate) async fn deliver(&self, mail: &OutgoingMail) -> Result<(), Undelivered> {
        let message = message::build(mail, &self.from, &self.host)?;
        match &self.way {
            Way::Smtp(smtp) => smtp.deliver(&message).await,
            Way::Files(files) => files.deliver(mail, &message).await,
        }
    }

    /// Lets go of connections that nothing needs now.
    pub(crate) fn rest(&self) {
        if let Way::Smtp(smtp) = &self.way {
            smtp.rest();
        }
    }

    /// Asks the mail server whether it would take mail from us; without one there is nobody to ask.
    ///
    /// # Errors
    /// [`SmtpFault`], which says at what step it failed.
    pub async fn test(&self) -> Result<(), SmtpFault> {
        match &self.way {
            Way::Smtp(smtp) => smtp.test().await,
            Way::Files(_) => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use countersign_domain::{Email, Instant};
    use countersign_identity::{Letter, OutgoingMail};

    /// A mail with this sender and text, to Wren.
    pub(super) fn mail(sender: &str, text: &str) -> OutgoingMail {
        OutgoingMail {
            id: countersign_store::MailId::from_random(Instant::from_seconds(1_784_000_000), [7; 10]),
            kind: "invitation".to_owned(),
            to: Email::parse("wren.halloway@example.com").unwrap(),
            sender: sender.to_owned(),
            letter: Letter {
                subject: "You’re invited to Quillbrook Support".to_owned(),
                text: text.to_owned(),
                html: format!("<p>{text}</p>"),
            },
            created_at: Instant::from_seconds(1_784_000_000),
            attempts: 1,
        }
    }
}
