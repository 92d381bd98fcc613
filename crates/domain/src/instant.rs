//! A point in time, and lengths of time, in whole microseconds.

use serde::{Deserialize, Serialize};

/// Microseconds since 1970-01-01T00:00:00Z, as the databases store them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(i64);

/// Microseconds in one second.
const SECOND: i64 = 1_000_000;

impl Instant {
    /// An instant from microseconds since the Unix epoch.
    #[must_use]
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros)
    }

    /// An instant from whole seconds since the Unix epoch.
    #[must_use]
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(SECOND))
    }

    /// Microseconds since the Unix epoch.
    #[must_use]
    pub const fn as_micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the Unix epoch; instants before it count as 0.
    #[must_use]
    pub fn as_unix_seconds(self) -> u64 {
        self.0.div_euclid(SECOND).max(0).cast_unsigned()
    }

    /// This instant, `seconds` later; negative values go back.
    #[must_use]
    pub const fn plus_seconds(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds.saturating_mul(SECOND)))
    }

    /// Whole seconds from `earlier` to this instant, rounded up; 0 when `earlier` is later.
    #[must_use]
    pub const fn seconds_since(self, earlier: Self) -> u64 {
        let micros = self.0.saturating_sub(earlier.0);
        if micros <= 0 { 0 } else { micros.cast_unsigned().div_ceil(SECOND.cast_unsigned()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_second_still_to_wait_counts_as_a_whole_one() {
        let now = Instant::from_micros(1);
        assert_eq!(Instant::from_seconds(1).seconds_since(now), 1);
        assert_eq!(now.seconds_since(Instant::from_seconds(1)), 0);
    }
}
