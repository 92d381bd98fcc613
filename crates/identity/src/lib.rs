//! The use cases of Countersign: who may sign in, and how.
//!
//! # A sign-in, from here
//! ```text
//! sign_in::sign_in            e-mail and password      → Entered { stage: SecondStep, token }
//! second_step::verify_app     a code from the app      → Entered { stage: SignedIn, token }
//! passkey::sign_in_with       a passkey alone          → Entered { stage: SignedIn, token }
//! ```
//! Each use case is a method of [`Identity`], one file per noun. It decides with the rules of
//! `countersign-domain`, opens one transaction of `countersign-store`, writes the audit event in
//! it, and answers with an outcome that its caller must match on. Faults are [`Error`]s.
//!
//! # Things to note
//! - No transaction is held while Argon2 runs.
//! - An attempt is counted *before* it is verified, so that a burst of parallel guesses meets the
//!   same limit as one after the other.
//! - Single use (an app's step, a backup code, a key's challenge and counter, a session's stage) is decided by a conditional
//!   update in the database, never by what was read before.
//! - Nothing here knows of HTTP, cookies or pages.

mod access_code;
mod address;
mod applications;
mod asking;
mod attempts;
mod audit;
mod audit_chain;
mod audit_log;
mod authenticator_app;
mod backup_codes;
mod ceremonies;
mod clock;
mod confirm;
mod demo;
mod emailed_code;
mod entropy;
mod error;
mod hashing;
mod help;
mod invitations;
mod keys;
mod letters;
mod links;
mod mail;
mod members;
mod methods;
mod not_me;
mod notices;
mod passes;
mod passkey;
mod password_change;
mod passwords;
mod people;
mod policy;
mod recovery_key;
mod relying_party;
mod rollout;
mod second_step;
mod security;
mod sessions;
mod set_up;
mod settings;
mod sign_in;
mod single_sign_on;
mod tokens;
mod trusted_browsers;
mod visitor;
mod ways;

use std::sync::Arc;

use countersign_store::Organisation;

use passes::PassReaders;
use single_sign_on::Providers;

pub use address::{ConfirmationSent, EmailChange, EmailConfirmed};
pub use applications::{ApplicationUrl, Applications, ApplicationsError};
pub use asking::Asked;
pub use audit::kind;
pub use audit_chain::{ChainCheck, ChainFault};
pub use audit_log::{Entry, LogFilter, LogPage, LogPlace, Topic};
pub use authenticator_app::{PendingApp, Started, code_at};
pub use backup_codes::{NewCodes, Saved};
pub use ceremonies::{Answer, Challenge, Purpose};
pub use clock::{Clock, MovableClock, SystemClock};
pub use confirm::Confirmed;
pub use demo::{DemoPerson, DemoRollout};
pub use emailed_code::{CodePurpose, CodeSent, SentCode};
pub use entropy::{Entropy, SystemEntropy};
pub use error::{Error, Fault};
pub use hashing::{HashCost, Hasher, Slot};
pub use help::{Helped, Known, Placement, Reset};
pub use invitations::{
    BadLine, InvitationRefusal, InvitationReview, InvitationView, InvitationsSent, Invited, JoinWith, Joined, LineProblem, Lines,
    MAX_DRAFT, MAX_PEOPLE, Newcomer, digest,
};
pub use keys::{Challenged, KeyRefusal};
pub use letters::Letter;
pub use mail::{OutgoingMail, SEND_SECONDS, Undelivered};
pub use members::{Moved, NewMember, NewMemberError};
pub use methods::{Changed, Connected, MethodId};
pub use not_me::Disowned;
pub use passes::{Grant, Verified};
pub use passkey::PasskeyOutcome;
pub use password_change::{PasswordChange, PasswordReset};
pub use passwords::guessable;
pub use people::{Member, People, PeopleCursor, PeopleFilter, Person, Segment, held_until};
pub use policy::{Agreement, Effect, PolicyDraft, PolicyRefusal, PolicySaved, PolicyView, Start};
pub use relying_party::{RelyingParty, RelyingPartyError};
pub use rollout::{Rollout, TeamProgress};
pub use second_step::{SecondStepOutcome, SecondStepRefusal};
pub use security::Security;
pub use sessions::Caller;
pub use set_up::{NewOrganisation, SetUpOutcome, key_check};
pub use settings::Settings;
pub use sign_in::{Entered, SignInOutcome};
pub use single_sign_on::{
    CameBack, Connection, ConnectionDraft, ConnectionSaved, ConnectionView, DnsFault, DomainActed, JoinStart, NewPeople, PendingDomain,
    ProviderFault, SignOnRefusal, SignOnStart, SignedOn, Wanted,
};
pub use tokens::Token;
pub use trusted_browsers::{Trust, Trusted};
pub use visitor::Visitor;
pub use ways::Way;

// What callers handle without naming the store themselves.
pub use countersign_store::{
    AccessCode, Account, AccountId, AppId, AskingScreen, AuditEvent, AuditEventId, AuthenticatorApp, BackupCodeSet, Credential,
    EmailedCodeMethod, FailedMail, FederatedIdentity, HeldFactor, HelpRequest, Invitation, InvitationDraft, InvitationId, MailCounts,
    MailId, MemberCursor, OrganisationId, Session, SessionId, Standing, Store, StoreError, StoredRecoveryKey, Team, TeamId, TrustedBrowser,
    TrustedBrowserId,
};

/// The services that every use case works with.
#[derive(Clone)]
pub struct Identity {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    hasher: Arc<Hasher>,
    relying_party: Arc<RelyingParty>,
    settings: Arc<Settings>,
    pass_readers: Arc<PassReaders>,
    providers: Arc<Providers>,
}

/// What [`Identity`] is put together from.
pub struct Parts {
    /// The database, with the keys at rest.
    pub store: Store,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The randomness.
    pub entropy: Arc<dyn Entropy>,
    /// Password hashing, with the pepper.
    pub hasher: Hasher,
    /// What security keys are bound to.
    pub relying_party: RelyingParty,
    /// Lifetimes and costs.
    pub settings: Settings,
}

impl Identity {
    /// Puts the services together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let Parts { store, clock, entropy, hasher, relying_party, settings } = parts;
        Self {
            store,
            clock,
            entropy,
            hasher: Arc::new(hasher),
            relying_party: Arc::new(relying_party),
            settings: Arc::new(settings),
            pass_readers: Arc::default(),
            providers: Arc::default(),
        }
    }

    /// What security keys are bound to.
    #[must_use]
    pub fn relying_party(&self) -> &RelyingParty {
        &self.relying_party
    }

    /// The storage, for the health check and the command line.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The settings in force.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The current instant, from the injected clock.
    #[must_use]
    pub fn now(&self) -> countersign_domain::Instant {
        self.clock.now()
    }

    /// Whether there is an organisation at all.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn is_set_up(&self) -> Result<bool, Error> {
        Ok(self.store.has_organisation().await?)
    }

    /// The organisation, if exactly one lives here: its name stands on the sign-in page.
    ///
    /// # Errors
    /// [`Error::Fault`] when the database can't be read.
    pub async fn only_organisation(&self) -> Result<Option<Organisation>, Error> {
        Ok(self.store.find_only_organisation().await?)
    }

    /// The organisation of somebody who is in it.
    async fn organisation_of(&self, account: &Account) -> Result<Organisation, Error> {
        let organisation = self.store.find_organisation(account.organisation_id).await?;
        organisation.ok_or_else(|| Error::fault("an account without its organisation"))
    }
}

impl std::fmt::Debug for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Identity").field("settings", &self.settings).finish_non_exhaustive()
    }
}
