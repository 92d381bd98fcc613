//! Links in mails, by the hash of their token. Each works once: whoever takes its row out of the
//! table is the one who used it.

use countersign_domain::{Email, Instant};

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::{AccountId, MailId, Store, StoreError, Tx};

sql! {
    CREATE = "INSERT INTO links (token_hash, purpose, account_id, mail_id, email, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    CREATE_ONCE = "INSERT INTO links (token_hash, purpose, account_id, mail_id, email, created_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (token_hash) DO NOTHING";
    FIND = "SELECT account_id, email, created_at FROM links WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3";
    CONSUME = "DELETE FROM links WHERE token_hash = $1 AND purpose = $2 AND expires_at > $3 RETURNING account_id, email, created_at";
    DELETE_OF = "DELETE FROM links WHERE account_id = $1 AND purpose = $2";
    DELETE_TO = "DELETE FROM links WHERE account_id = $1 AND purpose = $2 AND email = $3";
    DELETE_NOT_TO = "DELETE FROM links WHERE account_id = $1 AND purpose = $2 AND email <> $3";
    DELETE_SINCE = "DELETE FROM links WHERE account_id = $1 AND purpose = $2 AND created_at >= $3";
    /// A link whose mail still waits goes on: no mail is sent without the link it speaks of.
    DELETE_SENT_TO = "DELETE FROM links WHERE account_id = $1 AND purpose = $2 AND email = $3 \
        AND NOT EXISTS (SELECT 1 FROM mails WHERE mails.id = links.mail_id AND mails.state = 'waiting')";
    PURGE = "DELETE FROM links WHERE expires_at <= $1";
}

/// A link to be sent.
#[derive(Clone, Debug)]
pub struct NewLink<'a> {
    /// The hash of its token.
    pub token_hash: &'a [u8; 32],
    /// What it is for: a stable word.
    pub purpose: &'a str,
    /// Whose it is; nobody's beside a mail that is nobody's.
    pub account_id: Option<AccountId>,
    /// The mail it is in.
    pub mail_id: Option<MailId>,
    /// The mailbox it goes to.
    pub email: &'a Email,
    /// When it was made.
    pub created_at: Instant,
    /// Until when it works.
    pub expires_at: Instant,
}

/// A link that works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Whose it is.
    pub account_id: AccountId,
    /// The mailbox it went to.
    pub email: Email,
    /// When it was made.
    pub created_at: Instant,
}

type Row = (Option<AccountId>, String, Micros);

fn read((account_id, email, created_at): Row) -> Option<Link> {
    Some(Link { account_id: account_id?, email: Email::from_stored(email), created_at: created_at.0 })
}

impl Tx {
    /// Keeps a link.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_link(&mut self, link: &NewLink<'_>) -> Result<(), StoreError> {
        let NewLink { token_hash, purpose, account_id, mail_id, email, created_at, expires_at } = link;
        let (created_at, expires_at) = (Micros(*created_at), Micros(*expires_at));
        run!(self, execute(CREATE, &token_hash[..], *purpose, *account_id, *mail_id, email.as_str(), created_at, expires_at)).map(|_| ())
    }

    /// Keeps a link, unless it is kept already: a mail that is tried again has the same.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn create_link_once(&mut self, link: &NewLink<'_>) -> Result<(), StoreError> {
        let NewLink { token_hash, purpose, account_id, mail_id, email, created_at, expires_at } = link;
        let (created_at, expires_at) = (Micros(*created_at), Micros(*expires_at));
        run!(self, execute(CREATE_ONCE, &token_hash[..], *purpose, *account_id, *mail_id, email.as_str(), created_at, expires_at))
            .map(|_| ())
    }

    /// Takes a link out, for the one who may use it. `None` when there is none, it has expired, or
    /// somebody was faster.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn consume_link(&mut self, token_hash: &[u8; 32], purpose: &str, now: Instant) -> Result<Option<Link>, StoreError> {
        Ok(run!(self, fetch_optional::<Row>(CONSUME, &token_hash[..], purpose, Micros(now)))?.and_then(read))
    }

    /// Ends somebody's links of one purpose. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_links_of(&mut self, account_id: AccountId, purpose: &str) -> Result<u64, StoreError> {
        run!(self, execute(DELETE_OF, account_id, purpose))
    }

    /// Ends somebody's links of one purpose that went to one mailbox. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_links_to(&mut self, account_id: AccountId, purpose: &str, email: &Email) -> Result<u64, StoreError> {
        run!(self, execute(DELETE_TO, account_id, purpose, email.as_str()))
    }

    /// Ends those that went to any other mailbox. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_links_not_to(&mut self, account_id: AccountId, purpose: &str, email: &Email) -> Result<u64, StoreError> {
        run!(self, execute(DELETE_NOT_TO, account_id, purpose, email.as_str()))
    }

    /// Ends somebody's links of one purpose that were made then or later. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_links_since(&mut self, account_id: AccountId, purpose: &str, since: Instant) -> Result<u64, StoreError> {
        run!(self, execute(DELETE_SINCE, account_id, purpose, Micros(since)))
    }

    /// Ends those that went to one mailbox; what still waits to be sent there keeps its own. Says how
    /// many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn delete_links_sent_to(&mut self, account_id: AccountId, purpose: &str, email: &Email) -> Result<u64, StoreError> {
        run!(self, execute(DELETE_SENT_TO, account_id, purpose, email.as_str()))
    }

    /// Forgets the links that have expired. Says how many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_links(&mut self, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE, Micros(now)))
    }
}

impl Store {
    /// A link, if it would still work. Only [`Tx::consume_link`] decides who may use it.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn find_link(&self, token_hash: &[u8; 32], purpose: &str, now: Instant) -> Result<Option<Link>, StoreError> {
        Ok(run!(self, fetch_optional::<Row>(FIND, &token_hash[..], purpose, Micros(now)))?.and_then(read))
    }
}
