//! What an application behind asks of those who come to it.

use crate::{Assurance, Instant};

/// What somebody has proved, and when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proofs {
    /// How sure we are that it is them.
    pub assurance: Assurance,
    /// They have a method of their own for the second step.
    pub has_method: bool,
    /// When the password was last proved.
    pub password_at: Instant,
    /// When the second step was last proved.
    pub second_step_at: Option<Instant>,
}

impl Proofs {
    /// When the proof that matters was given: the second step of those who have one, else the password.
    #[must_use]
    pub const fn proved_at(&self) -> Option<Instant> {
        if self.has_method { self.second_step_at } else { Some(self.password_at) }
    }

    /// Whether that was less than so many seconds ago.
    #[must_use]
    pub fn is_within(&self, seconds: i64, now: Instant) -> bool {
        self.proved_at().is_some_and(|at| now < at.plus_seconds(seconds))
    }
}

/// How sure an application wants to be, and how lately that was proved.
///
/// ```
/// use countersign_domain::{Assurance, Demand};
///
/// let transfer = Demand::new(2, Some(600)).unwrap();
/// assert_eq!(transfer.assurance, Assurance::Two);
/// assert!(Demand::new(3, None).is_none());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demand {
    /// So many signs.
    pub assurance: Assurance,
    /// The proof may be this old, in seconds.
    pub max_age: Option<i64>,
}

impl Demand {
    /// Being signed in is enough.
    pub const SIGNED_IN: Self = Self { assurance: Assurance::One, max_age: None };
    /// Less than half a minute would be over before somebody is back; more than a day is more than a session lasts.
    const MAX_AGES: std::ops::RangeInclusive<i64> = 30..=24 * 60 * 60;

    /// `None` for signs that nobody could give, or an age that makes no sense.
    #[must_use]
    pub fn new(signs: u8, max_age: Option<i64>) -> Option<Self> {
        let assurance = match signs {
            1 => Assurance::One,
            2 => Assurance::Two,
            _ => return None,
        };
        max_age.is_none_or(|age| Self::MAX_AGES.contains(&age)).then_some(Self { assurance, max_age })
    }

    /// Whether these proofs are enough.
    #[must_use]
    pub fn is_met_by(&self, proofs: &Proofs, now: Instant) -> bool {
        proofs.assurance >= self.assurance && self.max_age.is_none_or(|age| proofs.is_within(age, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_seconds(10_000);

    fn proofs(assurance: Assurance, has_method: bool, second_step_at: Option<i64>) -> Proofs {
        let second_step_at = second_step_at.map(Instant::from_seconds);
        Proofs { assurance, has_method, password_at: Instant::from_seconds(9_900), second_step_at }
    }

    #[test]
    fn a_password_alone_is_one_sign() {
        let alone = proofs(Assurance::One, false, None);
        assert!(Demand::SIGNED_IN.is_met_by(&alone, NOW));
        assert!(!Demand::new(2, None).unwrap().is_met_by(&alone, NOW));
        assert!(Demand::new(1, Some(101)).unwrap().is_met_by(&alone, NOW));
        assert!(!Demand::new(1, Some(100)).unwrap().is_met_by(&alone, NOW));
    }

    #[test]
    fn whoever_has_a_second_step_proves_with_that() {
        let demand = Demand::new(2, Some(600)).unwrap();
        assert!(demand.is_met_by(&proofs(Assurance::Two, true, Some(9_401)), NOW));
        assert!(!demand.is_met_by(&proofs(Assurance::Two, true, Some(9_400)), NOW));
        // A trusted browser stands in for it, which is no fresh proof, and no second sign.
        let trusted = proofs(Assurance::One, true, None);
        assert!(Demand::SIGNED_IN.is_met_by(&trusted, NOW));
        assert!(!Demand::new(1, Some(600)).unwrap().is_met_by(&trusted, NOW));
        assert!(!Demand::new(2, None).unwrap().is_met_by(&trusted, NOW));
    }

    #[test]
    fn a_demand_nobody_could_meet_is_none() {
        for (signs, age) in [(0, None), (3, None), (1, Some(0)), (1, Some(29)), (2, Some(86_401)), (2, Some(-1))] {
            assert_eq!(Demand::new(signs, age), None, "{signs} {age:?}");
        }
    }
}
