//! Accepting an invitation: a name, a password, and an account.
//!
//! Whoever opens the link has the mailbox, so the address is theirs. The link works once; an address that
//! has an account with another organisation is told so to whoever holds its mailbox, and to nobody else.

use countersign_domain::{Email, Factor, FirstSign, MethodSet, OrganisationName, Password, PersonName, Policy, Role, Stage, TeamName};
use countersign_store::{Account, AccountId, Invitation, Organisation, Tx};

use crate::{
    Entered, Error, Identity, Token, Visitor,
    audit::{Details, kind},
    letters,
    passwords::guessable,
    sessions::NewSession,
};

/// What an invitation's link leads to.
#[derive(Clone, Debug)]
pub struct Invited {
    /// The organisation's name.
    pub organisation: OrganisationName,
    /// Its identity provider is the only way in, but for account holders. `None` without a provider.
    pub sign_on: Option<bool>,
    /// What it asks of its people.
    pub policy: Policy,
    /// Who asked them, while they are there.
    pub by: Option<PersonName>,
    /// The team they will be in.
    pub team: Option<TeamName>,
    /// The invitation.
    pub invitation: Invitation,
}

impl Invited {
    /// A password of theirs would let them in nowhere.
    #[must_use]
    pub fn must_sign_on(&self) -> bool {
        self.sign_on == Some(true) && self.invitation.role != Role::AccountHolder
    }
}

/// What somebody joins with.
#[derive(Debug)]
pub enum JoinWith {
    /// A password.
    Password(Password),
    /// A passkey, which they make next. They have no password then.
    Passkey,
}

/// What became of accepting.
#[derive(Debug)]
#[must_use]
pub enum Joined {
    /// They have an account, and are signed in as far as a password goes.
    Entered(Entered),
    /// The link was used, replaced or withdrawn, or has expired.
    LinkEnded,
    /// The password is one that anybody would guess.
    Guessable,
    /// The address has an account already.
    Taken,
    /// The organisation allows no passkeys.
    NotAllowed,
    /// They join with single sign-on.
    UseSingleSignOn,
}

impl Identity {
    /// What a link leads to, also when it has expired. `None` when it was used, replaced or withdrawn.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn find_invited(&self, token: &Token) -> Result<Option<Invited>, Error> {
        let Some(invitation) = self.store.find_invitation_by_token(token.hash()).await? else { return Ok(None) };
        let organisation = self.store.find_organisation(invitation.organisation_id).await?;
        let organisation: Organisation = organisation.ok_or_else(|| Error::fault("an invitation without its organisation"))?;
        let teams = self.store.list_teams(organisation.id).await?;
        Ok(Some(Invited {
            by: self.store.find_member(organisation.id, invitation.invited_by).await?.map(|account| account.name),
            team: teams.into_iter().find(|team| invitation.team_id == Some(team.id)).map(|team| team.name),
            sign_on: self.store.is_identity_provider_required(organisation.id).await?,
            organisation: organisation.name,
            policy: organisation.policy,
            invitation,
        }))
    }

    /// Asks for another link in place of one that has expired. `false` when it hasn't, or there is none.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be written.
    pub async fn renew_invitation(&self, token: &Token) -> Result<bool, Error> {
        let mut tx = self.store.begin().await?;
        let is_renewed = tx.renew_invitation(token.hash(), self.now()).await?;
        tx.commit().await?;
        Ok(is_renewed)
    }

    /// Makes an account of an invitation.
    ///
    /// # Errors
    /// [`Error::Busy`] when the hashing queue is full, [`Error::Fault`] when something broke.
    pub async fn join(&self, token: &Token, name: &PersonName, way: &JoinWith, visitor: &Visitor) -> Result<Joined, Error> {
        let now = self.now();
        // A look first, so that strangers without a link can't make the server hash.
        let Some(invited) = self.find_invited(token).await?.filter(|invited| !invited.invitation.has_expired(now)) else {
            return Ok(Joined::LinkEnded);
        };
        if invited.must_sign_on() {
            return Ok(Joined::UseSingleSignOn);
        }
        let email: &Email = &invited.invitation.email;
        // Before the server hashes for it, again and again: whoever holds the link may know.
        if self.store.find_account_by_email(email).await?.is_some() {
            return Ok(Joined::Taken);
        }
        let password_hash = match way {
            JoinWith::Password(password) if guessable(password, &[invited.organisation.as_str(), name.as_str(), email.as_str()]) => {
                return Ok(Joined::Guessable);
            }
            JoinWith::Password(password) => self.hash_password(password).await?,
            JoinWith::Passkey if !invited.policy.methods.contains(Factor::Passkey) => return Ok(Joined::NotAllowed),
            JoinWith::Passkey => self.no_password()?,
        };
        let mut tx = self.store.begin().await?;
        let Some(invitation) = tx.consume_invitation(token.hash(), now).await? else { return Ok(Joined::LinkEnded) };
        let Some(account) = self.accept(&mut tx, invitation, name.clone(), password_hash, visitor).await? else {
            // The invitation stays: whoever sent it sees that nobody came.
            return Ok(Joined::Taken);
        };
        let Some(footing) = tx.find_footing(account.id).await? else { return Err(Error::fault("an account that was just made")) };
        // Without a password the wizard is all they can reach until they have something to come back with.
        let stage = if matches!(way, JoinWith::Passkey) { Stage::Enrolment } else { footing.after_password(now) };
        let first_sign = if matches!(way, JoinWith::Passkey) { FirstSign::Passkey } else { FirstSign::Password };
        let new = NewSession {
            account: &account,
            stage,
            first_sign,
            lengths: footing.policy.sessions,
            has_second_step: false,
            proved_at: None,
            second_factor: None,
            return_to: None,
        };
        let session = self.start_session(&mut tx, new, visitor).await?;
        let device = if stage == Stage::SignedIn {
            tx.record_sign_in(account.id, now).await?;
            self.record(&mut tx, kind::SIGN_IN_SUCCEEDED, Some(&account), visitor, Details::new().factor(Factor::Password)).await?;
            Some(self.welcome(&mut tx, &account, visitor).await?)
        } else {
            self.record(&mut tx, kind::PASSWORD_ACCEPTED, Some(&account), visitor, Details::new()).await?;
            None
        };
        tx.commit().await?;
        let is_reminded = footing.is_reminded(now);
        Ok(Joined::Entered(Entered { token: session.token, device, trust: None, stage, way: None, is_reminded, return_to: None }))
    }

    /// Makes an account of an invitation that was taken out. `None` when the address has one already.
    pub(crate) async fn accept(
        &self,
        tx: &mut Tx,
        invitation: Invitation,
        name: PersonName,
        password_hash: String,
        visitor: &Visitor,
    ) -> Result<Option<Account>, Error> {
        let now = self.now();
        let account = Account {
            id: AccountId::from_random(now, self.random()?),
            organisation_id: invitation.organisation_id,
            email: invitation.email,
            name,
            role: invitation.role,
            password_hash,
            created_at: now,
            last_sign_in_at: None,
            email_confirmed_at: None,
            password_by_mail_at: None,
            team_id: invitation.team_id,
            methods: MethodSet::NONE,
            disabled_at: None,
        };
        if !tx.create_account(&account).await? {
            return Ok(None);
        }
        tx.confirm_email(account.id, &account.email, now).await?;
        let by = tx.find_account(invitation.invited_by).await?.map(|by| by.name.to_string());
        let details = Details::new().with("role", account.role.code().into()).with("invited-by", by.clone().into());
        self.record(tx, kind::INVITATION_ACCEPTED, Some(&account), visitor, details).await?;
        if account.role == Role::AccountHolder {
            self.tell_holders_of(tx, &account, by.as_deref(), visitor).await?;
        }
        Ok(Some(account))
    }

    /// Tells the other account holders that there is one more.
    async fn tell_holders_of(&self, tx: &mut Tx, account: &Account, by: Option<&str>, visitor: &Visitor) -> Result<(), Error> {
        let organisation = self.organisation_in(tx, account).await?;
        let at = self.told(self.now());
        for holder in tx.list_account_holders(account.organisation_id).await? {
            if holder.id != account.id {
                let sheet = self.sheet(&organisation);
                let letter = letters::holder_joined(&sheet, &at.happened(visitor), account.name.as_str(), account.email.as_str(), by);
                self.post_news(tx, &organisation, "account-holder.joined", &holder.email, &holder, letter).await?;
            }
        }
        Ok(())
    }
}
