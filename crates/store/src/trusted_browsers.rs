//! Browsers that stand in for somebody's second step, after their password, until they expire.
//!
//! A cookie names its row and holds a token, whose hash is here. Each use replaces the token in the statement
//! that checks it: of two requests with one token, one is trusted. Whoever names the row with any other token
//! has a copy of an older one, however long ago that was replaced.

use countersign_domain::{Instant, TrustDays};

use crate::columns::Micros;
use crate::dispatch::{run, sql};
use crate::{AccountId, OrganisationId, Store, StoreError, TrustedBrowserId, Tx};

/// Whether the organisation trusts a browser for so long, whatever it allowed when that began.
macro_rules! is_allowed {
    ($now:literal) => {
        concat!(
            "trusted_browsers.created_at > ",
            $now,
            " - 86400000000 * (SELECT organisations.trust_days FROM organisations \
             JOIN accounts ON accounts.organisation_id = organisations.id WHERE accounts.id = trusted_browsers.account_id)"
        )
    };
}

sql! {
    TRUST = "INSERT INTO trusted_browsers (id, account_id, token_hash, browser, address, created_at, used_at, expires_at) \
        VALUES ($1, $2, $3, $4, $5, $6, $6, $7)";
    USE = concat!("UPDATE trusted_browsers SET token_hash = $4, previous_hash = token_hash, used_at = $5, browser = $6, address = $7 \
        WHERE id = $1 AND account_id = $2 AND token_hash = $3 AND expires_at > $5 AND ", is_allowed!("$5"), " RETURNING expires_at");
    /// The token before the one that is good is no copy just after it was replaced.
    END_COPIED = "DELETE FROM trusted_browsers WHERE id = $1 AND account_id = $2 AND token_hash <> $3 AND expires_at > $5 \
        AND (previous_hash IS NULL OR previous_hash <> $3 OR used_at <= $4)";
    LIST = concat!("SELECT id, token_hash, browser, address, created_at, used_at, expires_at FROM trusted_browsers \
        WHERE account_id = $1 AND expires_at > $2 AND ", is_allowed!("$2"), " ORDER BY used_at DESC, id DESC LIMIT 50");
    COUNT_IN = "SELECT COUNT(*) FROM trusted_browsers JOIN accounts ON accounts.id = trusted_browsers.account_id \
        WHERE accounts.organisation_id = $1 AND trusted_browsers.expires_at > $2";
    END = "DELETE FROM trusted_browsers WHERE id = $1 AND account_id = $2";
    END_HERE = "DELETE FROM trusted_browsers WHERE id = $1 RETURNING account_id";
    END_ALL = "DELETE FROM trusted_browsers";
    END_OF = "DELETE FROM trusted_browsers WHERE account_id = $1 AND token_hash <> $2";
    /// All but those last used.
    END_OLDEST_OF = "DELETE FROM trusted_browsers WHERE account_id = $1 AND id NOT IN (SELECT latest.id FROM trusted_browsers AS latest \
        WHERE latest.account_id = $1 ORDER BY latest.used_at DESC, latest.id DESC LIMIT $2)";
    END_IN = "DELETE FROM trusted_browsers WHERE account_id IN (SELECT id FROM accounts WHERE organisation_id = $1)";
    SHORTEN_IN = "UPDATE trusted_browsers SET expires_at = created_at + $2 WHERE expires_at > created_at + $2 \
        AND account_id IN (SELECT id FROM accounts WHERE organisation_id = $1)";
    PURGE = "DELETE FROM trusted_browsers WHERE expires_at <= $1";
}

/// So many browsers somebody can trust at once; another one takes the place of the one longest unused.
const MAX: i64 = 10;

/// A browser that is trusted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrustedBrowser {
    /// Its id.
    pub id: TrustedBrowserId,
    /// The hash of the token that its cookie holds now.
    pub token_hash: Vec<u8>,
    /// What it calls itself, in words for people.
    pub browser: String,
    /// The address it was last trusted at.
    pub address: String,
    /// Since when.
    pub created_at: Instant,
    /// When it last stood in for the second step.
    pub used_at: Instant,
    /// Until when.
    pub expires_at: Instant,
}

/// A browser as it is at one request: what it calls itself, and from where.
#[derive(Clone, Copy, Debug)]
pub struct SeenFrom<'a> {
    /// What it calls itself.
    pub browser: &'a str,
    /// The network address.
    pub address: &'a str,
}

type Row = (TrustedBrowserId, Vec<u8>, String, String, Micros, Micros, Micros);

fn trusted((id, token_hash, browser, address, created_at, used_at, expires_at): Row) -> TrustedBrowser {
    TrustedBrowser { id, token_hash, browser, address, created_at: created_at.0, used_at: used_at.0, expires_at: expires_at.0 }
}

impl Tx {
    /// Trusts the browser with this token until `expires_at`. The one longest unused of too many goes.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn trust_browser(
        &mut self,
        id: TrustedBrowserId,
        account: AccountId,
        token_hash: &[u8; 32],
        seen: SeenFrom<'_>,
        (now, expires_at): (Instant, Instant),
    ) -> Result<(), StoreError> {
        run!(self, execute(END_OLDEST_OF, account, MAX - 1))?;
        let SeenFrom { browser, address } = seen;
        run!(self, execute(TRUST, id, account, &token_hash[..], browser, address, Micros(now), Micros(expires_at))).map(|_| ())
    }

    /// Replaces the token of a browser that somebody trusts, and says until when they do. `None` when they
    /// don't, or no more. Of those who race with one token, one is told.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn use_trusted_browser(
        &mut self,
        (id, account): (TrustedBrowserId, AccountId),
        from_token_hash: &[u8; 32],
        to_token_hash: &[u8; 32],
        now: Instant,
        seen: SeenFrom<'_>,
    ) -> Result<Option<Instant>, StoreError> {
        let SeenFrom { browser, address } = seen;
        let row = run!(
            self,
            fetch_optional::<(Micros,)>(USE, id, account, &from_token_hash[..], &to_token_hash[..], Micros(now), browser, address)
        )?;
        Ok(row.map(|(expires_at,)| expires_at.0))
    }

    /// Trusts a browser no more when it is named with another token than the one that is good, or was until
    /// `replaced_by`: somebody has a copy. `false` when it isn't so.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_copied_browser(
        &mut self,
        (id, account): (TrustedBrowserId, AccountId),
        token_hash: &[u8; 32],
        replaced_by: Instant,
        now: Instant,
    ) -> Result<bool, StoreError> {
        Ok(run!(self, execute(END_COPIED, id, account, &token_hash[..], Micros(replaced_by), Micros(now)))? > 0)
    }

    /// Trusts one of somebody's browsers no more. `false` when there is none of theirs with this id.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_trusted_browser(&mut self, id: TrustedBrowserId, account: AccountId) -> Result<bool, StoreError> {
        Ok(run!(self, execute(END, id, account))? == 1)
    }

    /// Trusts a browser no more, whosever it is, and says whose.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_trusted_browser_here(&mut self, id: TrustedBrowserId) -> Result<Option<AccountId>, StoreError> {
        Ok(run!(self, fetch_optional::<(AccountId,)>(END_HERE, id))?.map(|(account,)| account))
    }

    /// Trusts nobody's browsers any more.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_all_trusted_browsers(&mut self) -> Result<u64, StoreError> {
        run!(self, execute(END_ALL))
    }

    /// Trusts none of somebody's browsers any more, but the one with this token if it is to stay. Says of how
    /// many.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn end_trusted_browsers_of(&mut self, account: AccountId, except: Option<&[u8; 32]>) -> Result<u64, StoreError> {
        run!(self, execute(END_OF, account, &except.copied().unwrap_or_default()[..]))
    }

    /// Trusts no browser of an organisation's people for longer than this.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn limit_trust(&mut self, organisation: OrganisationId, days: TrustDays) -> Result<(), StoreError> {
        let done = if days.is_never() {
            run!(self, execute(END_IN, organisation))
        } else {
            run!(self, execute(SHORTEN_IN, organisation, days.seconds() * 1_000_000))
        };
        done.map(|_| ())
    }

    /// Forgets browsers that were trusted until `now` at the longest.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn purge_trusted_browsers(&mut self, now: Instant) -> Result<u64, StoreError> {
        run!(self, execute(PURGE, Micros(now)))
    }
}

impl Store {
    /// The browsers that somebody trusts, last used first.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn list_trusted_browsers(&self, account: AccountId, now: Instant) -> Result<Vec<TrustedBrowser>, StoreError> {
        Ok(run!(self, fetch_all::<Row>(LIST, account, Micros(now)))?.into_iter().map(trusted).collect())
    }

    /// How many browsers an organisation's people trust.
    ///
    /// # Errors
    /// [`StoreError`] when the database fails.
    pub async fn count_trusted_browsers(&self, organisation: OrganisationId, now: Instant) -> Result<i64, StoreError> {
        Ok(run!(self, fetch_one::<(i64,)>(COUNT_IN, organisation, Micros(now)))?.0)
    }
}
