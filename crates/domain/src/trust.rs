//! For how long a browser may go without a second step.

/// For how many days a browser may be trusted once its owner said so; none by default.
///
/// ```
/// use countersign_domain::TrustDays;
///
/// assert!(TrustDays::NEVER.is_never());
/// assert_eq!(TrustDays::new(14).unwrap().seconds(), 14 * 86_400);
/// assert!(TrustDays::new(31).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TrustDays(u8);

impl TrustDays {
    /// The second step is asked for every time.
    pub const NEVER: Self = Self(0);
    /// The longest there is.
    pub const MAX: Self = Self(30);

    /// `None` for more than [`MAX`](Self::MAX), or less than none.
    #[must_use]
    pub fn new(days: i64) -> Option<Self> {
        u8::try_from(days).ok().map(Self).filter(|days| *days <= Self::MAX)
    }

    /// No browser is trusted.
    #[must_use]
    pub const fn is_never(self) -> bool {
        self.0 == 0
    }

    /// How many days.
    #[must_use]
    pub fn days(self) -> i64 {
        self.0.into()
    }

    /// The same in seconds.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.days() * 24 * 60 * 60
    }
}
