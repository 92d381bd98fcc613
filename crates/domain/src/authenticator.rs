//! Codes from an authenticator app: which step matched, and what that means (RFC 6238).
//!
//! The window is one step to either side (RFC 6238 §5.2). Steps further away, up to ten minutes,
//! are recognised only to say that the phone's clock is off; they are never accepted.

use serde::{Deserialize, Serialize};

/// Length of one step, in seconds (RFC 6238 §4.1).
pub const STEP_SECONDS: u64 = 30;
/// Steps accepted to either side of the current one.
pub const ACCEPTED_STEPS: i64 = 1;
/// Steps recognised to either side of the current one: ten minutes.
pub const RECOGNISED_STEPS: i64 = 20;
/// Length of the shared secret, in bytes: 160 bits (RFC 4226 §4 R6).
pub const SEED_LEN: usize = 20;

/// The current step at `unix_seconds`.
#[must_use]
pub const fn step_at(unix_seconds: u64) -> i64 {
    (unix_seconds / STEP_SECONDS).cast_signed()
}

/// A step whose code equals the one typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StepMatch {
    /// The step, counted from the Unix epoch.
    pub step: i64,
    /// The step the server is in.
    pub current: i64,
}

/// Why a code from an app was refused. Said only after the password was right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", tag = "because")]
pub enum AppCodeRefusal {
    /// It is the code of no step nearby.
    NoMatch,
    /// It was right, and has been used.
    AlreadyUsed,
    /// It is the code of a step up to ten minutes away: the phone's clock is slow.
    ClockSlow {
        /// By about this many minutes.
        minutes: i64,
    },
    /// It is the code of a step up to ten minutes away: the phone's clock is fast.
    ClockFast {
        /// By about this many minutes.
        minutes: i64,
    },
}

impl StepMatch {
    /// Whether this step may be accepted, given the last one that was (`None` for a new app).
    ///
    /// This is the advice; the database has the last word, in one conditional update.
    ///
    /// # Errors
    /// [`AppCodeRefusal`] when it may not.
    pub const fn judge(self, last_used: Option<i64>) -> Result<i64, AppCodeRefusal> {
        let off = self.step - self.current;
        if off.abs() <= ACCEPTED_STEPS {
            return match last_used {
                Some(last) if self.step <= last => Err(AppCodeRefusal::AlreadyUsed),
                _ => Ok(self.step),
            };
        }
        // Half a minute to a step: round to whole minutes, and never say "0 minutes".
        let minutes = (off.abs() + 1) / 2;
        Err(if off < 0 { AppCodeRefusal::ClockSlow { minutes } } else { AppCodeRefusal::ClockFast { minutes } })
    }
}

/// Steps in the order they are compared: the current one, its neighbours, then outwards.
pub fn steps_to_compare(current: i64) -> impl Iterator<Item = i64> {
    (0..=RECOGNISED_STEPS).flat_map(move |off| {
        let before = (off > 0).then_some(current - off);
        [before, Some(current + off)].into_iter().flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(off: i64) -> StepMatch {
        StepMatch { step: 1000 + off, current: 1000 }
    }

    #[test]
    fn one_step_to_either_side_is_accepted() {
        for off in -1..=1 {
            assert_eq!(at(off).judge(None), Ok(1000 + off));
        }
    }

    #[test]
    fn a_step_is_never_accepted_again_nor_an_older_one() {
        assert_eq!(at(0).judge(Some(1000)), Err(AppCodeRefusal::AlreadyUsed));
        assert_eq!(at(-1).judge(Some(1000)), Err(AppCodeRefusal::AlreadyUsed));
        assert_eq!(at(1).judge(Some(1000)), Ok(1001));
    }

    #[test]
    fn a_clock_up_to_ten_minutes_off_is_recognised_and_never_accepted() {
        assert_eq!(at(-2).judge(None), Err(AppCodeRefusal::ClockSlow { minutes: 1 }));
        assert_eq!(at(6).judge(None), Err(AppCodeRefusal::ClockFast { minutes: 3 }));
        assert_eq!(at(-20).judge(None), Err(AppCodeRefusal::ClockSlow { minutes: 10 }));
    }

    #[test]
    fn the_nearest_steps_are_compared_first() {
        let steps: Vec<_> = steps_to_compare(10).collect();
        assert_eq!(steps[..5], [10, 9, 11, 8, 12]);
        assert_eq!(steps.len(), 41);
    }
}
