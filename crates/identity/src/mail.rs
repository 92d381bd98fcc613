//! The outbox: writing a mail down beside the act that causes it, and handing it out to be sent.
//!
//! Nothing here sends anything. Whoever does takes mails one lease at a time and says what became
//! of each. A crash in between sends a mail twice at worst, under the same Message-ID; it loses none.

use countersign_domain::{Email, Instant};
use countersign_store::{Mail, MailId, NewMail, Organisation, SessionId, Tx};
use jiff::{Timestamp, Zoned};
use serde::{Deserialize, Serialize};

use crate::{
    Account, Error, Identity, Visitor,
    letters::{Happened, Letter, Sheet},
};

/// How long a delivery may take, in seconds: it is over before its lease is.
pub const SEND_SECONDS: u64 = 60;
/// How long a mail that was taken is nobody else's, in seconds.
const LEASE_SECONDS: i64 = 90;
/// How long to wait after each failure, in seconds; the last one again and again.
const BACK_OFF_SECONDS: [i64; 6] = [5, 30, 2 * 60, 10 * 60, 30 * 60, 60 * 60];
/// Kinds of mail that hundreds of people may get at once.
const BULK: [&str; 2] = [crate::invitations::MAIL_KIND, crate::rollout::MAIL_KIND];
/// The longest reason kept of a delivery that failed, in characters.
const MAX_REASON: usize = 300;

/// A mail on its way out.
#[derive(Clone, Debug)]
pub struct OutgoingMail {
    /// Its id, the same at each try.
    pub id: MailId,
    /// What it says: a stable word, fit for a log.
    pub kind: String,
    /// Where it goes.
    pub to: Email,
    /// Who it is from, by name.
    pub sender: String,
    /// Its words.
    pub letter: Letter,
    /// When it was written.
    pub created_at: Instant,
    /// How often it was tried, this time included.
    pub attempts: i64,
}

/// Why a mail wasn't delivered, in words for whoever runs the server. Never a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undelivered {
    /// It never will be: there is no such mailbox, or none by that address.
    Refused(String),
    /// Another try may go well.
    Failed(String),
}

/// What lies sealed in the outbox.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Message {
    /// A letter and who it is from.
    Written { sender: String, letter: Letter },
    /// What there is to say of a mail that is held back. Its words are written when it is sent.
    Held(Held),
}

/// What is known of the sign-in that a mail is held back for.
#[derive(Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) browser: String,
    pub(crate) address: String,
}

/// A mail to be held back.
pub(crate) struct HeldMail<'a> {
    pub(crate) kind: &'a str,
    pub(crate) account: &'a Account,
    /// The sign-in that may make it needless.
    pub(crate) session: SessionId,
    pub(crate) held: Held,
    pub(crate) due_at: Instant,
    pub(crate) expires_at: Instant,
}

/// Whose mail it is.
#[derive(Clone, Copy)]
pub(crate) enum About<'a> {
    /// About somebody's account.
    Account(&'a Account),
    /// For somebody who has none yet.
    Newcomer,
    /// For an address that nobody has: it is written, and never sent.
    Nobody,
}

/// A mail to be written down.
pub(crate) struct Posting<'a> {
    pub(crate) kind: &'a str,
    pub(crate) to: &'a Email,
    pub(crate) about: About<'a>,
    pub(crate) letter: Letter,
    /// The sign-in that may make it needless.
    pub(crate) session: Option<SessionId>,
    /// Of the mails with one slot there is one.
    pub(crate) slot: Option<[u8; 32]>,
    pub(crate) due_at: Instant,
    pub(crate) expires_at: Instant,
}

/// An instant in the words of a mail.
pub(crate) struct Told {
    /// "26 November 2026, 09:14".
    pub(crate) full: String,
    /// "09:14".
    pub(crate) clock: String,
}

impl Told {
    /// The facts of something that happened then.
    pub(crate) fn happened<'a>(&'a self, visitor: &'a Visitor) -> Happened<'a> {
        Happened { full: &self.full, clock: &self.clock, browser: &visitor.browser, address: &visitor.address }
    }
}

impl Identity {
    /// An instant in words.
    pub(crate) fn told(&self, at: Instant) -> Told {
        // Out of range is the year 9999 and beyond; the epoch is as wrong as anything else there.
        let at: Zoned =
            Timestamp::from_microsecond(at.as_micros()).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(self.settings.time_zone.clone());
        Told { full: at.strftime("%-d %B %Y, %H:%M").to_string(), clock: at.strftime("%H:%M").to_string() }
    }

    /// Whose mail it is.
    pub(crate) fn sheet<'a>(&'a self, organisation: &'a Organisation) -> Sheet<'a> {
        Sheet { organisation: organisation.name.as_str(), origin: self.relying_party.origin() }
    }

    /// Somebody's organisation, as `tx` sees it.
    pub(crate) async fn organisation_in(&self, tx: &mut Tx, account: &Account) -> Result<Organisation, Error> {
        tx.find_organisation(account.organisation_id).await?.ok_or_else(|| Error::fault("an account without its organisation"))
    }

    /// Writes a mail into the outbox. `None` when there is one with its slot already.
    pub(crate) async fn post(&self, tx: &mut Tx, organisation: &Organisation, posting: Posting<'_>) -> Result<Option<MailId>, Error> {
        let now = self.now();
        let Posting { kind, to, about, letter, session, slot, due_at, expires_at } = posting;
        let message = Message::Written { sender: sender(organisation), letter };
        let message = zeroize::Zeroizing::new(serde_json::to_vec(&message).map_err(Error::fault)?);
        let mail = NewMail {
            id: MailId::from_random(now, self.random()?),
            account_id: if let About::Account(account) = about { Some(account.id) } else { None },
            is_void: matches!(about, About::Nobody),
            kind,
            recipient: to,
            is_bulk: BULK.contains(&kind),
            session_id: session,
            slot,
            created_at: now,
            due_at,
            expires_at,
        };
        Ok(tx.post_mail(&mail, &message).await?.then_some(mail.id))
    }

    /// Writes a mail into the outbox that is held back, unless as many of its kind as `limit` says were
    /// written since then and not found needless.
    pub(crate) async fn hold_mail(&self, tx: &mut Tx, mail: HeldMail<'_>, (limit, since): (i64, Instant)) -> Result<(), Error> {
        let now = self.now();
        let HeldMail { kind, account, session, held, due_at, expires_at } = mail;
        let message = zeroize::Zeroizing::new(serde_json::to_vec(&Message::Held(held)).map_err(Error::fault)?);
        let mail = NewMail {
            id: MailId::from_random(now, self.random()?),
            account_id: Some(account.id),
            is_void: false,
            kind,
            recipient: &account.email,
            is_bulk: false,
            session_id: Some(session),
            slot: None,
            created_at: now,
            due_at,
            expires_at,
        };
        tx.post_mail_within(&mail, &message, limit, since).await?;
        Ok(())
    }

    /// Resolves when this process has committed a mail since this was last asked.
    pub async fn mail_posted(&self) {
        self.store.mail_posted().await;
    }

    /// Takes mails that are due, at most `limit`: nobody else gets them for a minute and a half. Those
    /// that came too late are given up here.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn claim_mail(&self, limit: i64) -> Result<Vec<OutgoingMail>, Error> {
        let now = self.now();
        let mut outgoing = Vec::new();
        for mail in self.store.claim_mails(now, now.plus_seconds(LEASE_SECONDS), limit).await? {
            if mail.expires_at <= now {
                self.store.record_mail_failed(mail.id, "it couldn't be sent in time", now).await?;
                continue;
            }
            if let Some(mail) = self.open(&mail).await? {
                outgoing.push(mail);
                continue;
            }
            tracing::error!(id = %mail.id, kind = mail.kind, "a mail can't be opened with these keys");
            let due_at = now.plus_seconds(back_off(mail.attempts));
            self.store.postpone_mail(mail.id, mail.attempts, "these keys don't open it", due_at).await?;
        }
        Ok(outgoing)
    }

    /// What is to be sent of a mail that was taken; `None` when these keys don't open it.
    async fn open(&self, mail: &Mail) -> Result<Option<OutgoingMail>, Error> {
        let message = mail.message.as_ref().and_then(|message| serde_json::from_slice(message).ok());
        let (sender, letter) = match message {
            Some(Message::Written { sender, letter }) => (sender, letter),
            Some(Message::Held(held)) => match self.write_held(mail, &held).await? {
                Some(written) => written,
                None => return Ok(None),
            },
            None => return Ok(None),
        };
        let Mail { id, kind, recipient, created_at, attempts, .. } = mail;
        let (kind, to) = (kind.clone(), recipient.clone());
        Ok(Some(OutgoingMail { id: *id, kind, to, sender, letter, created_at: *created_at, attempts: *attempts }))
    }

    /// What became of a mail that was taken.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn record_delivery(&self, mail: &OutgoingMail, outcome: Result<(), Undelivered>) -> Result<(), Error> {
        let now = self.now();
        match outcome {
            Ok(()) => self.store.record_mail_sent(mail.id, now).await?,
            Err(Undelivered::Refused(reason)) => self.store.record_mail_failed(mail.id, &short(&reason), now).await?,
            Err(Undelivered::Failed(reason)) => {
                let due_at = now.plus_seconds(back_off(mail.attempts));
                self.store.postpone_mail(mail.id, mail.attempts, &short(&reason), due_at).await?
            }
        };
        Ok(())
    }
}

/// Who mails of an organisation are from.
pub(crate) fn sender(organisation: &Organisation) -> String {
    format!("Countersign for {}", organisation.name)
}

/// Seconds to wait after the `attempts`-th try.
fn back_off(attempts: i64) -> i64 {
    let step = usize::try_from(attempts - 1).unwrap_or_default().min(BACK_OFF_SECONDS.len() - 1);
    BACK_OFF_SECONDS[step]
}

fn short(reason: &str) -> String {
    reason.chars().map(|c| if c.is_control() { ' ' } else { c }).take(MAX_REASON).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_failure_waits_longer_up_to_an_hour() {
        assert_eq!([1, 2, 3, 4, 5, 6, 7, 100].map(back_off), [5, 30, 120, 600, 1800, 3600, 3600, 3600]);
    }

    #[test]
    fn a_reason_is_one_short_line() {
        assert_eq!(short("550 no\r\nsuch mailbox"), "550 no  such mailbox");
        assert_eq!(short(&"x".repeat(10_000)).len(), MAX_REASON);
    }
}
