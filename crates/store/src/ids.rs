//! Ids: UUIDv7, so that they sort by the time they were made and new rows land side by side.
//!
//! Each noun has its own type, so that a session's id can't be passed where an account's belongs.
//! An id is a name, not a secret: knowing one must never be enough to do anything.

use countersign_domain::Instant;
use uuid::{Builder, Uuid};

/// A UUIDv7 whose twelve bits after the milliseconds hold the microseconds (RFC 9562 §6.2,
/// method 3): events in the same millisecond keep their order, and 62 random bits remain.
fn uuid_v7(at: Instant, random: [u8; 10]) -> Uuid {
    let micros = u64::try_from(at.as_micros()).unwrap_or(0);
    let [_, _, tail @ ..] = random;
    let fraction = u16::try_from((micros % 1000) * 4096 / 1000).unwrap_or(0).to_be_bytes();
    let mut counter = [0; 10];
    counter[..2].copy_from_slice(&fraction);
    counter[2..].copy_from_slice(&tail);
    Builder::from_unix_timestamp_millis(micros / 1000, &counter).into_uuid()
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Makes an id for something that happens at `at`; `random` makes it unique.
            #[must_use]
            pub fn from_random(at: Instant, random: [u8; 10]) -> Self {
                Self(uuid_v7(at, random))
            }

            /// Reads an id as [`Display`](std::fmt::Display) writes it.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                Uuid::try_parse(text).ok().map(Self)
            }

            /// The id that is this UUID.
            #[must_use]
            pub const fn from_uuid(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID itself.
            #[must_use]
            pub const fn as_uuid(self) -> Uuid {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.hyphenated().fmt(f)
            }
        }
    };
}

id!(
    /// The organisation.
    OrganisationId
);
id!(
    /// A team.
    TeamId
);
id!(
    /// Somebody's account.
    AccountId
);
id!(
    /// One invitation.
    InvitationId
);
id!(
    /// One session: one browser that is signed in, or on its way.
    SessionId
);
id!(
    /// One authenticator app.
    AppId
);
id!(
    /// One security key or passkey: our own id, not the credential id that the key goes by.
    KeyId
);
id!(
    /// One challenge on its way.
    CeremonyId
);
id!(
    /// One set of backup codes; a new set has a new id.
    BackupCodeSetId
);
id!(
    /// One mail. It is also what its Message-ID is made of.
    MailId
);
id!(
    /// Emailed codes, as somebody's method.
    EmailedCodeMethodId
);
id!(
    /// One browser that is trusted.
    TrustedBrowserId
);
id!(
    /// One recovery key; a new key has a new id.
    RecoveryKeyId
);
id!(
    /// One line of the audit trail.
    AuditEventId
);

impl AccountId {
    /// Before every account.
    pub(crate) const START: Self = Self(Uuid::nil());
    /// After every account.
    pub(crate) const END: Self = Self(Uuid::max());
}

impl SessionId {
    /// No session has this id.
    pub(crate) const NONE: Self = Self(Uuid::nil());
}

impl TrustedBrowserId {
    /// The id that these bytes are.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(Uuid::from_bytes(bytes))
    }
}

impl AuditEventId {
    /// Earlier than every event.
    pub const START: Self = Self(Uuid::nil());
    /// Later than every event.
    pub const END: Self = Self(Uuid::max());
}

impl OrganisationId {
    /// Stands for no organisation, in the chain of events that belong to none.
    pub const NONE: Self = Self(Uuid::nil());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_down_to_the_microsecond() {
        let ids: Vec<_> = [1_000_000, 1_000_001, 1_000_999, 1_001_000]
            .map(|micros| AccountId::from_random(Instant::from_micros(micros), [0xFF; 10]))
            .into();
        assert!(ids.is_sorted());
        assert!(AccountId::from_random(Instant::from_micros(1), [0xFF; 10]) < AccountId::from_random(Instant::from_micros(2), [0; 10]));
    }

    #[test]
    fn an_id_is_a_uuid_of_version_seven() {
        let id = SessionId::from_random(Instant::from_seconds(1_700_000_000), [0xAB; 10]).as_uuid();
        assert_eq!(id.get_version_num(), 7);
        assert_eq!(id.get_variant(), uuid::Variant::RFC4122);
        assert_eq!(id.get_timestamp().map(|at| at.to_unix().0), Some(1_700_000_000));
    }

    #[test]
    fn an_id_is_read_back_as_it_is_written() {
        let id = AppId::from_random(Instant::from_seconds(1), [7; 10]);
        assert_eq!(AppId::parse(&id.to_string()), Some(id));
        assert_eq!(AppId::parse("not an id"), None);
    }
}
