//! There and back: sending a browser to the provider, and what its coming back becomes.
//!
//! The state (RFC 6749 §10.12) is 256 random bits that the browser has in a cookie and brings back in the address: it
//! has to be the same in both, and is taken out of the database by whoever brings it first. Nonce and code verifier
//! (RFC 7636) follow from it with a key that only this installation has.

use countersign_domain::{Email, FirstSign, MethodSet, PersonName, ReturnPath, Role, Stage, session::FRESH_SECONDS};
use countersign_store::{AccountId, IdentityProvider, OrganisationId, SignOnAttempt, Tx};
use data_encoding::BASE64URL_NOPAD;

use super::{
    SignOnRefusal,
    domains::domain_of,
    provider::{Claims, Secrets},
};
use crate::{
    Account, Caller, Entered, Error, Identity, Token, Visitor,
    audit::{Details, kind},
    sign_in::FirstSignGiven,
    visitor::keyed_hash,
};

/// How long a browser may take at the provider, in seconds.
const ATTEMPT_SECONDS: i64 = 10 * 60;
/// The longest reason that is written down, in characters.
const MAX_DETAIL: usize = 200;

/// How a sign-in by way of a provider begins.
#[derive(Debug)]
#[must_use]
pub enum SignOnStart {
    /// The browser keeps this, and goes to the provider.
    Begun(Token),
    /// Several organisations have a provider: which one is found by an address.
    AskEmail,
    /// There is none, or none that knows the people of this domain.
    NotConnected,
}

/// What a browser brings back from the provider (RFC 6749 §4.1.2, RFC 9207).
#[derive(Clone, Copy, Debug, Default)]
pub struct CameBack<'a> {
    /// The state that it was sent with.
    pub state: &'a str,
    /// The code, if the provider said yes.
    pub code: &'a str,
    /// Why the provider said no.
    pub error: &'a str,
    /// The issuer that answers, if it says so.
    pub issuer: &'a str,
}

/// What became of coming back.
#[derive(Debug)]
#[must_use]
pub enum SignedOn {
    /// The first sign is given.
    Entered(Box<Entered>),
    /// Somebody who was signed in is connected with who they are at the provider.
    Connected,
    /// Neither.
    Refused(SignOnRefusal),
}

/// What somebody wanted who was sent to the provider, for another try.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// The page to go to once signed in.
    pub return_to: Option<String>,
    /// To accept an invitation.
    pub is_joining: bool,
    /// It was somebody who is signed in.
    pub is_connecting: bool,
}

impl Wanted {
    fn of(attempt: &SignOnAttempt) -> Self {
        Self {
            return_to: attempt.return_to.clone(),
            is_joining: attempt.invitation_hash.is_some(),
            is_connecting: attempt.session_id.is_some(),
        }
    }
}

impl Identity {
    /// Whether anybody can sign in by way of a provider.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn has_single_sign_on(&self) -> Result<bool, Error> {
        Ok(self.store.has_identity_provider().await?)
    }

    /// Begins a sign-in by way of the provider of a domain's organisation, or of the only one there is. `is_anew`: it
    /// asks even those whom it knows.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database fails.
    pub async fn begin_sign_on(&self, email: Option<&Email>, return_to: Option<ReturnPath>, is_anew: bool) -> Result<SignOnStart, Error> {
        let only = self.store.only_identity_provider().await?;
        let organisation = match (only, email) {
            (Some(only), _) => only,
            (None, Some(email)) => {
                let Some(domain) = domain_of(email) else { return Ok(SignOnStart::NotConnected) };
                match self.store.find_identity_provider_for(&domain).await? {
                    Some(organisation) => organisation,
                    None => return Ok(SignOnStart::NotConnected),
                }
            }
            (None, None) if self.store.has_identity_provider().await? => return Ok(SignOnStart::AskEmail),
            (None, None) => return Ok(SignOnStart::NotConnected),
        };
        let return_to = return_to.map(|path| path.as_str().to_owned());
        let attempt = SignOnAttempt { organisation_id: organisation, session_id: None, invitation_hash: None, return_to, is_anew };
        Ok(SignOnStart::Begun(self.send_away(attempt).await?))
    }

    /// Begins to connect the caller with who they are at their organisation's provider. `None` without one.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database fails.
    pub async fn begin_connecting(&self, caller: &Caller) -> Result<Option<Token>, Error> {
        let organisation_id = caller.organisation.id;
        if self.store.find_identity_provider(organisation_id).await?.is_none() {
            return Ok(None);
        }
        let session_id = Some(caller.session.id);
        // On a shared desk the provider may still know whoever sat there before.
        let attempt = SignOnAttempt { organisation_id, session_id, invitation_hash: None, return_to: None, is_anew: true };
        Ok(Some(self.send_away(attempt).await?))
    }

    pub(super) async fn send_away(&self, attempt: SignOnAttempt) -> Result<Token, Error> {
        let state = self.new_token()?;
        self.store.begin_sign_on(state.hash(), &attempt, self.now().plus_seconds(ATTEMPT_SECONDS)).await?;
        Ok(state)
    }

    /// The provider's page that a browser with this state is sent to.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn sign_on_url(&self, state: Option<&Token>) -> Result<Result<String, (SignOnRefusal, Option<Wanted>)>, Error> {
        const ENDED: (SignOnRefusal, Option<Wanted>) = (SignOnRefusal::Ended, None);
        let Some(state) = state else { return Ok(Err(ENDED)) };
        let Some(attempt) = self.store.find_sign_on(state.hash(), self.now()).await? else { return Ok(Err(ENDED)) };
        let Some(provider) = self.store.find_identity_provider(attempt.organisation_id).await? else {
            return Ok(Err((SignOnRefusal::NotConnected, Some(Wanted::of(&attempt)))));
        };
        let url = self.authorization_url(&provider, state.expose(), &self.secrets_of(state), attempt.is_anew).await?;
        if let Err(refusal) = &url {
            tracing::warn!(organisation = %provider.organisation_id, %refusal, "nobody can be sent to the identity provider");
        }
        Ok(url.map_err(|refusal| (refusal, Some(Wanted::of(&attempt)))))
    }

    fn secrets_of(&self, state: &Token) -> Secrets {
        let derived = |what: &[u8]| BASE64URL_NOPAD.encode(&keyed_hash(self.store.keys().lookup(), what, state.expose().as_bytes()));
        Secrets { nonce: derived(b"single sign-on nonce"), verifier: derived(b"single sign-on verifier") }
    }

    /// Takes a browser that comes back from the provider.
    ///
    /// # Errors
    /// [`Error::Fault`] when something broke.
    pub async fn finish_sign_on(
        &self,
        back: CameBack<'_>,
        kept: Option<&Token>,
        caller: Option<&Caller>,
        visitor: &Visitor,
    ) -> Result<(SignedOn, Option<Wanted>), Error> {
        const ENDED: SignedOn = SignedOn::Refused(SignOnRefusal::Ended);
        // What a browser brings that it wasn't sent with may be somebody else's (RFC 9700 §4.7).
        let Some(state) = Token::parse(back.state).filter(|state| kept.is_some_and(|kept| kept.hash() == state.hash())) else {
            return Ok((ENDED, None));
        };
        let Some(attempt) = self.store.consume_sign_on(state.hash(), self.now()).await? else { return Ok((ENDED, None)) };
        let organisation = attempt.organisation_id;
        let wanted = Wanted::of(&attempt);
        let done = self.take_back(attempt, back, &state, caller, visitor).await?;
        if let SignedOn::Refused(refusal) = &done {
            // What a stranger can bring about as often as they like isn't written down.
            self.record_sign_on_refusal(organisation, refusal, visitor).await?;
        }
        Ok((done, Some(wanted)))
    }

    async fn take_back(
        &self,
        attempt: SignOnAttempt,
        back: CameBack<'_>,
        state: &Token,
        caller: Option<&Caller>,
        visitor: &Visitor,
    ) -> Result<SignedOn, Error> {
        let Some(provider) = self.store.find_identity_provider(attempt.organisation_id).await? else {
            return Ok(SignedOn::Refused(SignOnRefusal::NotConnected));
        };
        if !back.issuer.is_empty() && back.issuer != provider.issuer {
            return Ok(SignedOn::Refused(SignOnRefusal::OtherIssuer));
        }
        if back.code.is_empty() {
            // One of a list in the standard, but written by whoever calls: kept short, and of plain letters.
            let why: String = back.error.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
            return Ok(SignedOn::Refused(SignOnRefusal::Refused(why)));
        }
        let mut claims = match self.claims(&provider, back, &self.secrets_of(state)).await? {
            Ok(claims) => claims,
            Err(refusal) => return Ok(SignedOn::Refused(refusal)),
        };
        let needs_address = claims.verified_email.is_none();
        // Before any transaction: the provider may be slow.
        if needs_address
            && !self.store.is_identity_known(provider.organisation_id, &provider.issuer, &claims.subject).await?
            && let Err(refusal) = self.complete(&provider, &mut claims).await?
        {
            return Ok(SignedOn::Refused(refusal));
        }
        if let Some(invitation) = attempt.invitation_hash {
            return self.join_signed_on(&provider, &claims, &invitation, visitor).await;
        }
        match attempt.session_id {
            Some(session) => match caller.filter(|caller| caller.session.id == session && caller.session.stage == Stage::SignedIn) {
                Some(caller) => self.connect(caller, &provider, &claims, visitor).await,
                None => Ok(SignedOn::Refused(SignOnRefusal::Ended)),
            },
            None => self.enter_signed_on(&provider, &claims, (attempt.return_to, attempt.is_anew), visitor).await,
        }
    }

    /// Connects somebody who is signed in.
    async fn connect(&self, caller: &Caller, provider: &IdentityProvider, claims: &Claims, visitor: &Visitor) -> Result<SignedOn, Error> {
        let account = &caller.account;
        let mut tx = self.store.begin().await?;
        // The connection first and then the account, as when somebody signs in: two of these at once wait for each other
        // in one order.
        if !tx.is_identity_provider(provider.organisation_id, provider.changes).await? {
            return Ok(SignedOn::Refused(SignOnRefusal::NotConnected));
        }
        tx.lock_account(account.id).await?;
        if !self.is_still_here(&mut tx, caller).await? {
            return Ok(SignedOn::Refused(SignOnRefusal::Ended));
        }
        if is_known_otherwise(&mut tx, account.organisation_id, claims, &account.email).await? {
            return Ok(SignedOn::Refused(SignOnRefusal::OtherAddress));
        }
        let theirs = (account.id, account.organisation_id);
        if !tx.connect_identity(theirs, &provider.issuer, &claims.subject, self.now()).await? {
            return Ok(SignedOn::Refused(SignOnRefusal::Taken));
        }
        tx.let_link(account.id).await?;
        self.record_connected(&mut tx, account, provider, visitor).await?;
        tx.commit().await?;
        Ok(SignedOn::Connected)
    }

    pub(super) async fn record_connected(
        &self,
        tx: &mut Tx,
        account: &Account,
        provider: &IdentityProvider,
        visitor: &Visitor,
    ) -> Result<(), Error> {
        let details = Details::new().with("issuer", provider.issuer.as_str().into());
        self.record(tx, kind::IDENTITY_CONNECTED, Some(account), visitor, details).await?;
        self.tell(tx, account, visitor, crate::letters::Notice::SingleSignOnConnected).await
    }

    /// Signs in whoever it is, or makes them a member.
    async fn enter_signed_on(
        &self,
        provider: &IdentityProvider,
        claims: &Claims,
        (return_to, is_anew): (Option<String>, bool),
        visitor: &Visitor,
    ) -> Result<SignedOn, Error> {
        let organisation = provider.organisation_id;
        let mut tx = self.store.begin().await?;
        if !tx.is_identity_provider(organisation, provider.changes).await? {
            return Ok(SignedOn::Refused(SignOnRefusal::NotConnected));
        }
        let known = tx.find_by_identity(organisation, &provider.issuer, &claims.subject).await?;
        let account = match known {
            Some(account) => account,
            None => match self.account_by_address(&mut tx, provider, claims, visitor).await? {
                Ok(account) => account,
                Err(refusal) => return Ok(SignedOn::Refused(refusal)),
            },
        };
        self.enter_connected(tx, provider, claims, account.id, (return_to, is_anew), visitor).await
    }

    /// Signs in somebody who is connected with who they are at the provider.
    pub(super) async fn enter_connected(
        &self,
        mut tx: Tx,
        provider: &IdentityProvider,
        claims: &Claims,
        id: AccountId,
        (return_to, is_anew): (Option<String>, bool),
        visitor: &Visitor,
    ) -> Result<SignedOn, Error> {
        let now = self.now();
        // Whatever was read before the account's row was ours may have changed since.
        tx.lock_account(id).await?;
        let Some(account) = tx.find_account(id).await? else { return Ok(SignedOn::Refused(SignOnRefusal::Unknown)) };
        if account.disabled_at.is_some() {
            return Ok(SignedOn::Refused(SignOnRefusal::Disabled));
        }
        if !tx.use_identity(account.id, &provider.issuer, &claims.subject, now).await? {
            return Ok(SignedOn::Refused(SignOnRefusal::Unknown));
        }
        let Some(footing) = tx.find_footing(account.id).await? else { return Ok(SignedOn::Refused(SignOnRefusal::Unknown)) };
        let given = FirstSignGiven {
            sign: FirstSign::SingleSignOn,
            // Whoever decides whose word counts gives ours: else whoever runs the provider would decide it.
            has_second_step: provider.accepts_second_step && claims.has_second_step && account.role != Role::AccountHolder,
            // Whoever asks for it is told when somebody proved it there. Without that, only one that asks anew is sure to have
            // been given a proof just now.
            proved_at: claims.proved_at.or_else(|| (!is_anew).then(|| now.plus_seconds(-FRESH_SECONDS))),
            return_to,
        };
        let entered = self.enter_after_first_sign(tx, &account, &footing, given, visitor).await?;
        Ok(SignedOn::Entered(Box::new(entered)))
    }

    /// The account whose address the provider vouches for, connected from now on; or a new one, where the organisation
    /// wants that. Only addresses of a domain that it has proven: else whoever runs a provider could be anybody.
    async fn account_by_address(
        &self,
        tx: &mut Tx,
        provider: &IdentityProvider,
        claims: &Claims,
        visitor: &Visitor,
    ) -> Result<Result<Account, SignOnRefusal>, Error> {
        let organisation = provider.organisation_id;
        let Some(email) = claims.verified_email.as_deref().and_then(|email| Email::parse(email).ok()) else {
            return Ok(Err(SignOnRefusal::Unknown));
        };
        if !may_vouch_for(tx, organisation, &email).await? {
            return Ok(Err(SignOnRefusal::Unknown));
        }
        if let Some(account) = tx.find_account_by_email(&email).await? {
            // What is read below is so until this transaction ends.
            tx.lock_account(account.id).await?;
        }
        let account = match tx.find_account_by_email(&email).await? {
            // An address is what a provider says it is. Whoever chose the provider isn't to be had for that.
            Some(account) if account.organisation_id == organisation && account.role == Role::AccountHolder => {
                return Ok(Err(SignOnRefusal::ConnectYourself));
            }
            Some(account) if account.organisation_id == organisation => {
                if tx.is_kept_apart(account.id).await? {
                    return Ok(Err(SignOnRefusal::ConnectYourself));
                }
                account
            }
            // Of somebody of another organisation nothing is said.
            Some(_) => return Ok(Err(SignOnRefusal::Unknown)),
            None => match self.accept_or_add(tx, provider, &email, claims, visitor).await? {
                Ok(account) => account,
                Err(refusal) => return Ok(Err(refusal)),
            },
        };
        if !tx.connect_identity((account.id, organisation), &provider.issuer, &claims.subject, self.now()).await? {
            return Ok(Err(SignOnRefusal::Taken));
        }
        self.record_connected(tx, &account, provider, visitor).await?;
        Ok(Ok(account))
    }

    pub(super) async fn add_person(
        &self,
        tx: &mut Tx,
        provider: &IdentityProvider,
        email: &Email,
        name: PersonName,
        visitor: &Visitor,
    ) -> Result<Option<Account>, Error> {
        let now = self.now();
        let account = Account {
            id: AccountId::from_random(now, self.random()?),
            organisation_id: provider.organisation_id,
            email: email.clone(),
            name,
            role: provider.role,
            password_hash: self.no_password()?,
            created_at: now,
            last_sign_in_at: None,
            email_confirmed_at: None,
            password_by_mail_at: None,
            team_id: provider.team_id,
            methods: MethodSet::NONE,
            disabled_at: None,
        };
        if !tx.create_account(&account).await? {
            return Ok(None);
        }
        tx.confirm_email(account.id, email, now).await?;
        let details = Details::new().with("role", account.role.code().into()).with("issuer", provider.issuer.as_str().into());
        self.record(tx, kind::MEMBER_ADDED, Some(&account), visitor, details).await?;
        Ok(Some(account))
    }

    async fn record_sign_on_refusal(&self, organisation: OrganisationId, refusal: &SignOnRefusal, visitor: &Visitor) -> Result<(), Error> {
        // What a person is told is short; what is wrong is for those who can mend it.
        let detail = printable(&refusal.to_string());
        tracing::info!(%organisation, detail, "a single sign-on was refused");
        if !refusal.is_for_the_log() {
            return Ok(());
        }
        // Whoever has an account there can be refused as often as they like, for the same reason. The first of an hour tells
        // what there is to tell.
        let is_free_text = matches!(refusal, SignOnRefusal::Untrue(_));
        if !self.providers.is_news(organisation, (&detail, is_free_text), self.now()) {
            return Ok(());
        }
        let mut tx = self.store.begin().await?;
        let details = Details::new().with("reason", refusal.code().into()).with("detail", detail.into());
        self.record_of_organisation(&mut tx, kind::SIGN_ON_REFUSED, organisation, visitor, details).await?;
        Ok(tx.commit().await?)
    }
}

/// Whether an organisation has proven the domain of an address.
pub(super) async fn may_vouch_for(tx: &mut Tx, organisation: OrganisationId, email: &Email) -> Result<bool, Error> {
    match domain_of(email) {
        Some(domain) => Ok(tx.may_vouch_for(organisation, &domain).await?),
        None => Ok(false),
    }
}

/// Whether the provider knows somebody by another address than this one, of a domain that was proven: then they are
/// somebody else.
pub(super) async fn is_known_otherwise(tx: &mut Tx, organisation: OrganisationId, claims: &Claims, email: &Email) -> Result<bool, Error> {
    match claims.verified_email.as_deref().and_then(|email| Email::parse(email).ok()) {
        Some(known_as) if known_as != *email => may_vouch_for(tx, organisation, &known_as).await,
        _ => Ok(false),
    }
}

/// What a log line may hold of what a provider says: so much, and nothing that isn't seen.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_DETAIL).collect()
}
