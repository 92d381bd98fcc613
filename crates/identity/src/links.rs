//! Links in mails: each stands for its mailbox, works once, and ends by itself.

use countersign_domain::{Email, Instant};
use countersign_store::{MailId, NewLink, Tx};

use crate::{Account, Error, Identity, Token, visitor::keyed_hash};

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
    pub(crate) created_at: Instant,
    pub(crate) expires_at: Instant,
}

impl Identity {
    /// A new link, not written down yet.
    pub(crate) fn fresh_link(&self, purpose: LinkPurpose) -> Result<FreshLink, Error> {
        Ok(self.link_with(purpose, self.new_token()?, self.now()))
    }

    /// The link of a mail whose words are written when it is sent, and again when it is sent again: the
    /// same each time, as old as the mail, and known to nobody without the keys.
    pub(crate) fn link_of_mail(&self, purpose: LinkPurpose, mail: MailId, created_at: Instant) -> FreshLink {
        let token = Token::from_bytes(keyed_hash(self.store.keys().lookup(), b"link", mail.to_string().as_bytes()));
        self.link_with(purpose, token, created_at)
    }

    fn link_with(&self, purpose: LinkPurpose, token: Token, created_at: Instant) -> FreshLink {
        let url = [self.relying_party.origin(), "/", purpose.code(), "?token=", token.expose()].concat();
        FreshLink { purpose, token, url, created_at, expires_at: created_at.plus_seconds(purpose.lifetime()) }
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
        Ok(tx.create_link(&Self::kept(link, account, mail, email)).await?)
    }

    /// Writes the link of a mail down whose words are written when it is sent. It may be there already.
    pub(crate) async fn keep_link_of_mail(
        &self,
        tx: &mut Tx,
        link: &FreshLink,
        account: &Account,
        mail: MailId,
        email: &Email,
    ) -> Result<(), Error> {
        Ok(tx.create_link_once(&Self::kept(link, Some(account), Some(mail), email)).await?)
    }

    fn kept<'a>(link: &'a FreshLink, account: Option<&Account>, mail: Option<MailId>, email: &'a Email) -> NewLink<'a> {
        NewLink {
            token_hash: link.token.hash(),
            purpose: link.purpose.code(),
            account_id: account.map(|account| account.id),
            mail_id: mail,
            email,
            created_at: link.created_at,
            expires_at: link.expires_at,
        }
    }
}
