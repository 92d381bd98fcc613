//! What an organisation asks of its people, and what that makes of a sign-in.

use crate::{Factor, Instant, SessionLengths, Stage, TrustDays};

/// Some of the methods that can stand as a second step by themselves.
///
/// ```
/// use countersign_domain::{Factor, MethodSet};
///
/// let mut has = MethodSet::NONE;
/// has.insert(Factor::EmailedCode);
/// assert!(has.contains(Factor::EmailedCode));
/// assert_eq!(MethodSet::from_bits(has.bits()), Some(has));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MethodSet(u8);

impl MethodSet {
    /// The methods there are, strongest first. Their places are their bits in the database.
    const METHODS: [Factor; 4] = [Factor::SecurityKey, Factor::Passkey, Factor::AuthenticatorApp, Factor::EmailedCode];

    /// None of them.
    pub const NONE: Self = Self(0);
    /// All of them.
    pub const ALL: Self = Self(0b1111);

    /// The set that [`bits`](Self::bits) stand for.
    #[must_use]
    pub fn from_bits(bits: i64) -> Option<Self> {
        u8::try_from(bits).ok().map(Self).filter(|set| set.0 <= Self::ALL.0)
    }

    /// The set as a number: 1 for security keys, 2 for passkeys, 4 for authenticator apps, 8 for
    /// emailed codes.
    #[must_use]
    pub fn bits(self) -> i64 {
        self.0.into()
    }

    const fn bit(factor: Factor) -> u8 {
        match factor {
            Factor::SecurityKey => 1,
            Factor::Passkey => 2,
            Factor::AuthenticatorApp => 4,
            Factor::EmailedCode => 8,
            // These stand in for a method; they are none.
            Factor::BackupCode | Factor::RecoveryKey | Factor::AccessCode | Factor::Password => 0,
        }
    }

    /// Puts a method in. What isn't a method of its own is left out.
    pub const fn insert(&mut self, factor: Factor) {
        self.0 |= Self::bit(factor);
    }

    /// Whether a method is in it.
    #[must_use]
    pub const fn contains(self, factor: Factor) -> bool {
        self.0 & Self::bit(factor) != 0
    }

    /// Whether there is none.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Those that are in both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The methods in it, strongest first.
    pub fn iter(self) -> impl Iterator<Item = Factor> {
        Self::METHODS.into_iter().filter(move |factor| self.contains(*factor))
    }
}

impl FromIterator<Factor> for MethodSet {
    fn from_iter<I: IntoIterator<Item = Factor>>(factors: I) -> Self {
        let mut set = Self::NONE;
        factors.into_iter().for_each(|factor| set.insert(factor));
        set
    }
}

/// What an organisation asks of its people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// From when on everybody needs a second step, if they do.
    pub required_from: Option<Instant>,
    /// The methods people may use.
    pub methods: MethodSet,
    /// For how long a browser may be trusted.
    pub trust: TrustDays,
    /// How long people stay signed in.
    pub sessions: SessionLengths,
}

impl Policy {
    /// Nothing is required, every method is allowed, and no browser is trusted.
    pub const OPEN: Self =
        Self { required_from: None, methods: MethodSet::ALL, trust: TrustDays::NEVER, sessions: SessionLengths::DEFAULT };

    /// Whether everybody needs a second step by now.
    #[must_use]
    pub fn is_required(&self, now: Instant) -> bool {
        self.required_from.is_some_and(|from| from <= now)
    }

    /// The deadline by which everybody has to have one, while it is still to come.
    #[must_use]
    pub fn deadline(&self, now: Instant) -> Option<Instant> {
        self.required_from.filter(|from| *from > now)
    }
}

/// Where somebody stands with the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Footing {
    /// What they have connected.
    pub has: MethodSet,
    /// What is asked of them.
    pub policy: Policy,
    /// Until when a temporary access code stands in for their second step, if they were given one.
    pub access_until: Option<Instant>,
}

impl Footing {
    /// They have a method that the organisation allows.
    #[must_use]
    pub const fn is_set_up(&self) -> bool {
        !self.has.and(self.policy.methods).is_empty()
    }

    /// The methods to ask for at the second step. A method that was switched off counts as none
    /// towards the policy, but somebody who has no other is still asked for it: switching it off
    /// must not make their password enough.
    #[must_use]
    pub const fn asked(&self) -> MethodSet {
        if self.is_set_up() { self.has.and(self.policy.methods) } else { self.has }
    }

    /// A temporary access code may be given now.
    #[must_use]
    pub fn has_access_code(&self, now: Instant) -> bool {
        self.access_until.is_some_and(|until| until > now)
    }

    /// The stage after a right password. Somebody who was given a temporary access code is asked for
    /// it, even when every method was taken off them: their password alone must not let anybody in.
    #[must_use]
    pub fn after_password(&self, now: Instant) -> Stage {
        if self.has.is_empty() && !self.has_access_code(now) { self.after_second_step(now) } else { Stage::SecondStep }
    }

    /// They may trust a browser: where that is allowed, and while they have a method that counts.
    #[must_use]
    pub const fn may_trust(&self) -> bool {
        !self.policy.trust.is_never() && self.is_set_up()
    }

    /// A browser that they trust stands in for the second step. It never stands in for a temporary access code:
    /// whoever was given one has lost something.
    #[must_use]
    pub fn is_trust_enough(&self, now: Instant) -> bool {
        self.may_trust() && !self.has_access_code(now)
    }

    /// The stage after everything that could be asked for was given.
    #[must_use]
    pub fn after_second_step(&self, now: Instant) -> Stage {
        if self.policy.is_required(now) && !self.is_set_up() { Stage::Enrolment } else { Stage::SignedIn }
    }

    /// They may go on, and are asked first to set up a second step in time.
    #[must_use]
    pub fn is_reminded(&self, now: Instant) -> bool {
        self.policy.deadline(now).is_some() && !self.is_set_up()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_seconds(1_000);

    fn footing(has: &[Factor], allowed: &[Factor], required_from: Option<i64>) -> Footing {
        Footing {
            has: has.iter().copied().collect(),
            policy: Policy {
                required_from: required_from.map(Instant::from_seconds),
                methods: allowed.iter().copied().collect(),
                ..Policy::OPEN
            },
            access_until: None,
        }
    }

    #[test]
    fn every_bit_is_one_method_and_reads_back() {
        let bits: Vec<_> = MethodSet::ALL.iter().map(|factor| [factor].into_iter().collect::<MethodSet>().bits()).collect();
        assert_eq!(bits, [1, 2, 4, 8]);
        for bits in 0..16 {
            assert_eq!(MethodSet::from_bits(bits).unwrap().bits(), bits);
        }
        assert_eq!((MethodSet::from_bits(16), MethodSet::from_bits(-1)), (None, None));
        assert!([Factor::BackupCode, Factor::RecoveryKey, Factor::Password].into_iter().collect::<MethodSet>().is_empty());
    }

    #[test]
    fn a_password_is_enough_only_while_nothing_is_required() {
        let stage = |required_from| footing(&[], &[Factor::Passkey], required_from).after_password(NOW);
        assert_eq!(stage(None), Stage::SignedIn);
        assert_eq!(stage(Some(1_001)), Stage::SignedIn);
        // The deadline itself is late.
        assert_eq!(stage(Some(1_000)), Stage::Enrolment);
    }

    #[test]
    fn whoever_was_given_a_code_is_asked_for_it() {
        let bare = footing(&[], &[Factor::Passkey], None);
        let stage = |until| Footing { access_until: Some(Instant::from_seconds(until)), ..bare }.after_password(NOW);
        assert_eq!((stage(1_001), stage(1_000)), (Stage::SecondStep, Stage::SignedIn));
    }

    #[test]
    fn a_trusted_browser_stands_in_only_where_it_may_and_for_a_method_that_counts() {
        let trusting = |has: &[Factor], days| {
            let mut footing = footing(has, &[Factor::SecurityKey], None);
            footing.policy.trust = TrustDays::new(days).unwrap();
            footing
        };
        let with_key = trusting(&[Factor::SecurityKey], 14);
        assert!(with_key.may_trust() && with_key.is_trust_enough(NOW));
        assert!(!trusting(&[Factor::SecurityKey], 0).may_trust());
        assert!(!trusting(&[Factor::EmailedCode], 14).may_trust() && !trusting(&[], 14).may_trust());
        let with_code = |until| Footing { access_until: Some(Instant::from_seconds(until)), ..with_key };
        assert!(!with_code(1_001).is_trust_enough(NOW) && with_code(1_000).is_trust_enough(NOW));
    }

    #[test]
    fn only_those_without_a_method_are_reminded_and_only_before_the_deadline() {
        let is_reminded = |has: &[Factor], from| footing(has, &[Factor::SecurityKey], from).is_reminded(NOW);
        assert!(is_reminded(&[], Some(1_001)) && is_reminded(&[Factor::EmailedCode], Some(1_001)));
        assert!(!is_reminded(&[], Some(1_000)) && !is_reminded(&[], None) && !is_reminded(&[Factor::SecurityKey], Some(1_001)));
    }

    #[test]
    fn a_method_that_was_switched_off_is_asked_for_and_then_replaced() {
        let mail = footing(&[Factor::EmailedCode], &[Factor::SecurityKey], Some(0));
        assert!(!mail.is_set_up());
        assert_eq!(mail.after_password(NOW), Stage::SecondStep);
        assert_eq!(mail.asked().iter().collect::<Vec<_>>(), [Factor::EmailedCode]);
        assert_eq!(mail.after_second_step(NOW), Stage::Enrolment);
        // With another one it isn't asked for any more.
        let both = footing(&[Factor::SecurityKey, Factor::EmailedCode], &[Factor::SecurityKey], Some(0));
        assert_eq!(both.asked().iter().collect::<Vec<_>>(), [Factor::SecurityKey]);
        assert_eq!(both.after_second_step(NOW), Stage::SignedIn);
    }
}
