//! Joining by way of the provider: with the link of an invitation, or with the address that it went to.

use countersign_domain::{Email, PersonName, Role};
use countersign_store::{IdentityProvider, SignOnAttempt, Tx};

use super::{SignOnRefusal, SignedOn, provider::Claims, sign_on::is_known_otherwise};
use crate::{Account, Error, Identity, Token, Visitor};

/// How joining by way of the provider begins.
#[derive(Debug)]
#[must_use]
pub enum JoinStart {
    /// The browser keeps this, and goes to the provider.
    Begun(Token),
    /// The link was used, replaced or withdrawn, or has expired.
    LinkEnded,
    /// The address has an account already.
    Taken,
    /// The organisation has no provider.
    NotConnected,
}

impl Identity {
    /// Begins to accept an invitation with who somebody is at the organisation's provider.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database fails.
    pub async fn begin_joining(&self, link: &Token) -> Result<JoinStart, Error> {
        let Some(invited) = self.find_invited(link).await?.filter(|invited| !invited.invitation.has_expired(self.now())) else {
            return Ok(JoinStart::LinkEnded);
        };
        if invited.sign_on.is_none() {
            return Ok(JoinStart::NotConnected);
        }
        if self.store.find_account_by_email(&invited.invitation.email).await?.is_some() {
            return Ok(JoinStart::Taken);
        }
        let attempt = SignOnAttempt {
            organisation_id: invited.invitation.organisation_id,
            session_id: None,
            invitation_hash: Some(*link.hash()),
            return_to: None,
            // On a shared desk the provider may still know whoever sat there before.
            is_anew: true,
        };
        Ok(JoinStart::Begun(self.send_away(attempt).await?))
    }

    /// Makes an account of an invitation. Its link says whose mailbox it is, and the provider who they are there: the
    /// address that it knows them by may be another one.
    pub(super) async fn join_signed_on(
        &self,
        provider: &IdentityProvider,
        claims: &Claims,
        invitation: &[u8; 32],
        visitor: &Visitor,
    ) -> Result<SignedOn, Error> {
        let now = self.now();
        let mut tx = self.store.begin().await?;
        if !tx.is_identity_provider(provider.organisation_id, provider.changes).await? {
            return Ok(SignedOn::Refused(SignOnRefusal::NotConnected));
        }
        let invitation = tx.consume_invitation(invitation, now).await?;
        let Some(invitation) = invitation.filter(|invitation| invitation.organisation_id == provider.organisation_id) else {
            return Ok(SignedOn::Refused(SignOnRefusal::InvitationEnded));
        };
        // An invitation that was passed on would give whoever uses it the mailbox of whoever passed it on.
        if is_known_otherwise(&mut tx, provider.organisation_id, claims, &invitation.email).await? {
            return Ok(SignedOn::Refused(SignOnRefusal::OtherAddress));
        }
        let name = name_of(claims, invitation.name.as_ref(), &invitation.email);
        let joined = match name {
            Some(name) => self.accept(&mut tx, invitation, name, self.no_password()?, visitor).await?,
            None => None,
        };
        let Some(account) = joined else { return Ok(SignedOn::Refused(SignOnRefusal::Taken)) };
        if !tx.connect_identity((account.id, account.organisation_id), &provider.issuer, &claims.subject, now).await? {
            // Whoever it is there is a member already; the invitation stays.
            return Ok(SignedOn::Refused(SignOnRefusal::Taken));
        }
        self.record_connected(&mut tx, &account, provider, visitor).await?;
        self.enter_connected(tx, provider, claims, account.id, (None, true), visitor).await
    }

    /// Somebody new whose address the provider vouches for: as they were invited, or else as it is wanted of everybody.
    pub(super) async fn accept_or_add(
        &self,
        tx: &mut Tx,
        provider: &IdentityProvider,
        email: &Email,
        claims: &Claims,
        visitor: &Visitor,
    ) -> Result<Result<Account, SignOnRefusal>, Error> {
        let organisation = provider.organisation_id;
        // Whoever takes it out has it: it may be withdrawn, or accepted with its link, at this very moment.
        let invitation = tx.take_invitation_to(organisation, email, self.now()).await?;
        if invitation.is_none() {
            let left = tx.find_invitation_to(organisation, email).await?;
            if left.is_some_and(|left| left.role == Role::AccountHolder && !left.has_expired(self.now())) {
                // Whoever runs the provider could say that anybody's address is theirs: that takes the mailbox, too.
                return Ok(Err(SignOnRefusal::Invited));
            }
        }
        if invitation.is_none() && !provider.adds_people {
            return Ok(Err(SignOnRefusal::Unknown));
        }
        let name = name_of(claims, invitation.as_ref().and_then(|invitation| invitation.name.as_ref()), email);
        let Some(name) = name else { return Ok(Err(SignOnRefusal::Unknown)) };
        let account = if let Some(invitation) = invitation {
            self.accept(tx, invitation, name, self.no_password()?, visitor).await?
        } else {
            // One that has expired: they are here now.
            tx.withdraw_invitation_to(organisation, email).await?;
            self.add_person(tx, provider, email, name, visitor).await?
        };
        Ok(account.ok_or(SignOnRefusal::Unknown))
    }
}

/// What somebody new is called: as whoever invited them says; or as the provider does, which needn't say a name and may say
/// one that we couldn't show; or by their address.
fn name_of(claims: &Claims, invited: Option<&PersonName>, email: &Email) -> Option<PersonName> {
    let said = claims.name.as_deref().and_then(|name| PersonName::parse(name).ok());
    invited.cloned().or(said).or_else(|| PersonName::parse(email.local_part()).ok())
}
