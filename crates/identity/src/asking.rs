//! "Ask your supervisor": somebody at their second step shows a number, and whoever looks after them types
//! it after a fresh second step of their own. So both are known to be talking to each other, and the code
//! that is given then works on that one screen alone.

use countersign_domain::PersonName;
use countersign_store::{HelpRequest, Tx};

use crate::{
    Account, Caller, Error, Identity, Visitor,
    audit::{Details, kind},
};

/// For how long a number is shown, in seconds.
const NUMBER_SECONDS: i64 = 10 * 60;

/// How many screens of one person may show a number at once.
const MOST_SCREENS: i64 = 5;

/// How asking for a code stands.
#[derive(Clone, Debug)]
pub struct Asked {
    /// What is asked from this screen, while it is.
    pub request: Option<HelpRequest>,
    /// A code was given for this screen, and works.
    pub is_given: bool,
}

impl Identity {
    /// Who may give somebody a code: the supervisors of their team, or else the account holders. The first three
    /// by name.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn helpers_of(&self, account: &Account) -> Result<Vec<PersonName>, Error> {
        Ok(self.store.list_helpers(account).await?)
    }

    /// Shows a number on the caller's screen. The one it shows already stays. `false` when too many screens
    /// show one: whoever helps them couldn't tell whose is whose.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn ask_for_code(&self, caller: &Caller, visitor: &Visitor) -> Result<bool, Error> {
        let now = self.now();
        if self.asked(caller).await?.request.is_some() {
            return Ok(true);
        }
        let number = self.random_number()?;
        let request = HelpRequest { session: caller.session.id, number, asked_at: now, expires_at: now.plus_seconds(NUMBER_SECONDS) };
        let mut tx = self.store.begin().await?;
        tx.lock_account(caller.account.id).await?;
        if !self.is_still_here(&mut tx, caller).await? {
            return Ok(true);
        }
        // None is put out of its place: it may be its owner's.
        if tx.count_asking_beside(caller.account.id, caller.session.id, now).await? >= MOST_SCREENS {
            return Ok(false);
        }
        tx.ask_for_help(caller.account.id, &request).await?;
        self.record(&mut tx, kind::ACCESS_CODE_ASKED, Some(&caller.account), visitor, Details::new()).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// How asking from the caller's screen stands.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn asked(&self, caller: &Caller) -> Result<Asked, Error> {
        let (id, now) = (caller.account.id, self.now());
        let request = self.store.find_help_request(caller.session.id, now).await?;
        let given = self.store.find_access_code(id, now).await?;
        Ok(Asked { request, is_given: given.is_some_and(|code| code.only_session == Some(caller.session.id)) })
    }

    /// Whether the number that somebody read out is the one on their screen: then, the sign-in that shows
    /// it. Other numbers are counted, and end the request.
    pub(crate) async fn match_number(
        &self,
        mut tx: Tx,
        (caller, account): (&Caller, &Account),
        number: i64,
        visitor: &Visitor,
    ) -> Result<Result<(Tx, countersign_store::SessionId), ()>, Error> {
        if let Some(session) = tx.take_help_request(account.id, number, self.now()).await? {
            return Ok(Ok((tx, session)));
        }
        tx.fail_help_request(account.id).await?;
        self.record_act(&mut tx, kind::NUMBER_REFUSED, caller, Some(account), visitor, Details::new()).await?;
        tx.commit().await?;
        Ok(Err(()))
    }

    /// Six digits, each as likely as any.
    fn random_number(&self) -> Result<i64, Error> {
        loop {
            let bits = u32::from_be_bytes(self.random()?) >> 12;
            if bits < 1_000_000 {
                return Ok(bits.into());
            }
        }
    }
}
