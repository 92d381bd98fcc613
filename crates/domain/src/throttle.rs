//! When guessing stops: failures in a row, and the pauses they cause.
//!
//! Three stages (NIST 800-63B-4 §3.2.2, PCI DSS 8.3.4): from the fifth failure in a row a pause
//! that doubles, from the tenth half an hour, and at one hundred the factor is switched off for
//! that account until somebody mends it.

use crate::Instant;

/// The failure from which on each further one causes a pause.
pub const FIRST_PAUSE_AT: i64 = 5;
/// The failure from which on each pause lasts [`LONG_PAUSE_SECONDS`].
pub const LONG_PAUSE_AT: i64 = 10;
/// Consecutive failures, over all browsers, after which the factor is switched off.
pub const DISABLED_AT: i64 = 100;
/// Half an hour.
pub const LONG_PAUSE_SECONDS: i64 = 30 * 60;
/// The first pause; each further one doubles.
pub const FIRST_PAUSE_SECONDS: i64 = 30;

/// Seconds to wait after the `failures`-th failure in a row, or `None` for none.
#[must_use]
pub const fn pause_seconds(failures: i64) -> Option<i64> {
    if failures < FIRST_PAUSE_AT {
        None
    } else if failures >= LONG_PAUSE_AT {
        Some(LONG_PAUSE_SECONDS)
    } else {
        Some(FIRST_PAUSE_SECONDS << (failures - FIRST_PAUSE_AT))
    }
}

/// Why a factor can't be tried right now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hold {
    /// Paused until this instant.
    Paused {
        /// When it ends.
        until: Instant,
        /// The failures in a row that caused it.
        failures: i64,
    },
    /// Switched off after [`DISABLED_AT`] failures in a row.
    Disabled,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_start_at_the_fifth_failure_and_double() {
        let pauses: Vec<_> = (1..=11).map(pause_seconds).collect();
        assert_eq!(pauses, [None, None, None, None, Some(30), Some(60), Some(120), Some(240), Some(480), Some(1800), Some(1800)]);
    }
}
