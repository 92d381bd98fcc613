//! Links in mails: each stands for its mailbox, works once, and ends by itself.

use countersign_domain::{Email, Instant};
use countersign_store::{MailId, NewLink, Tx};

use crate::{Account, Error, Identity, Token};

/// What a link is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LinkPurpose {
    /// The mailbox is theirs.
    ConfirmEmail,
    /// A new password.
    ResetPassword,
    /// "This wasn't me".
    NotMe,
}

impl LinkPurpose {
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::ConfirmEmail => "confirm-email",
            Self::ResetPassword => "reset-password",
            Self::NotMe => "not-me",
        }
    }

    /// For how long it works, in seconds: a day, half an hour, a week.
    const fn lifetime(self) -> i64 {
        match self {
            Self::ConfirmEmail => 24 * 60 * 60,
            Self::ResetPassword => 30 * 60,
            Self::NotMe => 7 * 24 * 60 * 60,
        }
    }
}

/// A link before it is written down.
pub(crate) struct FreshLink {
    pub(crate) purpose: LinkPurpose,
    pub(crate) token: Token,
    /// As it stands in a mail.
    pub(crate) url: String,
    pub(crate) expires_at: Instant,
}

impl Identity {
    /// A new link, not written down yet.
    pub(crate) fn fresh_link(&self, purpose: LinkPurpose) -> Result<FreshLink, Error> {
        let token = self.new_token()?;
        let url = [self.relying_party.origin(), "/", purpose.code(), "?token=", token.expose()].concat();
        Ok(FreshLink { purpose, token, url, expires_at: self.now().plus_seconds(purpose.lifetime()) })
    }

    /// Writes a link down: it works from the commit on.
    pub(crate) async fn keep_link(
        &self,
        tx: &mut Tx,
        link: &FreshLink,
        account: Option<&Account>,
        mail: Option<MailId>,
        email: &Email,
    ) -> Result<(), Error> {
        let new = NewLink {
            token_hash: link.token.hash(),
            purpose: link.purpose.code(),
            account_id: account.map(|account| account.id),
            mail_id: mail,
            email,
            created_at: self.now(),
            expires_at: link.expires_at,
        };
        Ok(tx.create_link(&new).await?)
    }
}
