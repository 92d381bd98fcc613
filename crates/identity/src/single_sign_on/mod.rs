//! Single sign-on: an organisation's own identity provider gives the first sign (OpenID Connect Core 1.0).
//!
//! The provider says who somebody is, and nothing more: what they may do, whether they need a second step and which,
//! is decided here, as after a password. Somebody is their issuer and subject. An address connects them with an
//! account only if the provider says it is theirs and the organisation has proven its domain; otherwise they connect
//! it themselves, signed in.

mod connection;
mod dns;
mod domains;
mod fetch;
mod join;
mod provider;
mod sign_on;

use thiserror::Error;

pub use connection::{Connection, ConnectionDraft, ConnectionSaved, ConnectionView, NewPeople};
pub use dns::DnsFault;
pub use domains::{DomainActed, PendingDomain};
pub use join::JoinStart;
pub(crate) use provider::Providers;
pub use sign_on::{CameBack, SignOnStart, SignedOn, Wanted};

/// What is wrong with a provider, for whoever connects it.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum ProviderFault {
    /// The issuer isn't a URL.
    #[error("the issuer isn't a URL")]
    NotAUrl,
    /// Neither https nor this machine, or with a query.
    #[error("the issuer or one of its endpoints isn't https")]
    NotEncrypted,
    /// It doesn't answer in time.
    #[error("the provider doesn't answer in time")]
    TooSlow,
    /// It can't be reached.
    #[error("the provider {0}")]
    Unreachable(String),
    /// Something else answers there: with this status, or with what isn't a provider's.
    #[error("there is no provider: status {0}")]
    NotAProvider(u16),
    /// It says that it is another issuer.
    #[error("the provider says that it is another issuer")]
    OtherIssuer,
    /// It has no endpoint for codes.
    #[error("the provider has no token endpoint")]
    NoCodeFlow,
    /// It signs with nothing that we accept.
    #[error("the provider signs with no algorithm that is accepted")]
    NoSignature,
    /// It doesn't know us, or not with this secret.
    #[error("the provider doesn't accept the client id and secret")]
    WrongClient,
}

impl ProviderFault {
    /// The stable word for the API.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotAUrl => "not-a-url",
            Self::NotEncrypted => "not-encrypted",
            Self::TooSlow => "too-slow",
            Self::Unreachable(_) => "unreachable",
            Self::NotAProvider(_) => "not-a-provider",
            Self::OtherIssuer => "other-issuer",
            Self::NoCodeFlow => "no-code-flow",
            Self::NoSignature => "no-signature",
            Self::WrongClient => "wrong-client",
        }
    }
}

/// Why a sign-in by way of a provider was refused.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignOnRefusal {
    /// No provider is connected.
    #[error("no provider is connected")]
    NotConnected,
    /// Not begun in this browser, too long ago, or finished already.
    #[error("the attempt has ended")]
    Ended,
    /// They said no at the provider, or it did.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The provider isn't as it should be.
    #[error(transparent)]
    Provider(ProviderFault),
    /// What it says can't be believed.
    #[error("the provider's answer isn't true: {0}")]
    Untrue(String),
    /// Another issuer answers than the one that was asked (RFC 9207). Whoever calls can say so.
    #[error("another issuer answers than the one that was asked")]
    OtherIssuer,
    /// Nobody here is who they are there.
    #[error("nobody here is connected with them")]
    Unknown,
    /// They may not sign in.
    #[error("the account is disabled")]
    Disabled,
    /// Their address has an account that isn't connected by its address: an account holder's, or one whose owner said no.
    #[error("their account is connected by its owner alone, on the Security page")]
    ConnectYourself,
    /// The provider knows them by another address of the organisation's than the one that was invited.
    #[error("they were invited at another address than the one the provider knows them by")]
    OtherAddress,
    /// They were invited as an account holder, which the invitation's own link makes them.
    #[error("they have an invitation as an account holder, which its link accepts")]
    Invited,
    /// The invitation that they accept so was used, replaced or withdrawn meanwhile.
    #[error("the invitation has ended")]
    InvitationEnded,
    /// Whoever they are there is somebody else here, or they are somebody else there.
    #[error("it is connected already")]
    Taken,
}

impl SignOnRefusal {
    /// What takes more to bring about than a browser: a code that the provider exchanges, or a client that it doesn't know.
    const fn is_for_the_log(&self) -> bool {
        match self {
            Self::Untrue(_)
            | Self::Unknown
            | Self::Disabled
            | Self::Taken
            | Self::Invited
            | Self::InvitationEnded
            | Self::ConnectYourself
            | Self::OtherAddress
            | Self::Provider(ProviderFault::WrongClient) => true,
            Self::NotConnected | Self::Ended | Self::Refused(_) | Self::OtherIssuer | Self::Provider(_) => false,
        }
    }

    /// The stable word for the API and the audit trail.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotConnected => "not-connected",
            Self::Ended => "ended",
            Self::Refused(_) => "refused",
            Self::Provider(ProviderFault::WrongClient) => "wrong-client",
            Self::Provider(_) => "provider",
            Self::Untrue(_) | Self::OtherIssuer => "untrue",
            Self::Unknown => "unknown",
            Self::Disabled => "disabled",
            Self::ConnectYourself => "connect-yourself",
            Self::OtherAddress => "other-address",
            Self::Invited => "invited",
            Self::InvitationEnded => "invitation-ended",
            Self::Taken => "taken",
        }
    }
}
