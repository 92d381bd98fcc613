//! What somebody would like the policy to be: as the page's address and its form hold it, and what
//! it changes.

use countersign_domain::{Factor, count};
use leptos_router::location::Url;

use crate::{
    api::policy::{Effect as Touches, Policy},
    pages::org::words::teams_in_words,
    paths,
};

/// Every method, strongest first, with its form field.
pub(super) const METHODS: [(Factor, &str); 4] = [
    (Factor::SecurityKey, "security_key"),
    (Factor::Passkey, "passkey"),
    (Factor::AuthenticatorApp, "authenticator_app"),
    (Factor::EmailedCode, "emailed_code"),
];

/// Which of [`METHODS`] people may use.
pub(super) type Methods = [bool; 4];

/// It starts as soon as it is saved.
pub(super) const NOW: &str = "now";
/// It starts at the deadline.
pub(super) const DEADLINE: &str = "deadline";

/// For how many days a browser may be trusted.
pub(super) const TRUST: [&str; 4] = ["0", "7", "14", "30"];
/// After how many minutes without use somebody is signed out.
pub(super) const IDLE: [&str; 3] = ["15", "30", "60"];
/// After how many minutes they are, whatever they do.
pub(super) const OVERALL: [&str; 3] = ["480", "720", "1440"];

/// The one of `choices` that is this number; the last one when there is none.
pub(super) fn choice<const N: usize>(choices: [&'static str; N], number: &str) -> &'static str {
    choices.into_iter().find(|choice| *choice == number).unwrap_or(choices[N - 1])
}

/// A draft of the policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Draft {
    /// Everybody needs a second step.
    pub(super) required: bool,
    /// [`NOW`] or [`DEADLINE`].
    pub(super) start: &'static str,
    /// The deadline, as a date field holds it; left alone when it starts now.
    pub(super) deadline: String,
    /// The methods people may use.
    pub(super) methods: Methods,
    /// One of [`TRUST`].
    pub(super) trust: &'static str,
    /// One of [`IDLE`].
    pub(super) idle: &'static str,
    /// One of [`OVERALL`].
    pub(super) overall: &'static str,
}

impl Default for Draft {
    fn default() -> Self {
        let [trust, idle, overall] = ["0", "60", "720"];
        Self { required: false, start: NOW, deadline: String::new(), methods: [false; 4], trust, idle, overall }
    }
}

/// What a draft asks of everybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks<'a> {
    Nothing,
    Now,
    By(&'a str),
}

/// What saving a draft comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The policy stays what it is.
    Nothing,
    /// A second step is required at once.
    RequireNow,
    /// It is required from a deadline on.
    RequireBy,
    /// It is required no more.
    Stop,
    /// The methods are others.
    Methods,
    /// Browsers are trusted, or sessions last, for another time.
    Times,
}

/// One fact about what happens to people: how many, what, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// How many people.
    pub(super) people: i64,
    /// It happens to them straight away.
    pub(super) is_now: bool,
    /// What happens.
    pub(super) what: &'static str,
    /// Why to them.
    pub(super) why: String,
}

impl Draft {
    /// The policy as it is.
    pub(super) fn of(policy: &Policy) -> Self {
        let is_allowed = |(factor, _): (Factor, &str)| policy.methods.iter().any(|method| method.factor == factor && method.is_allowed);
        Self {
            required: policy.is_required,
            start: if policy.deadline_field.is_some() { DEADLINE } else { NOW },
            deadline: policy.deadline_field.clone().unwrap_or_default(),
            methods: METHODS.map(is_allowed),
            // What was set otherwise counts as never, and as the longest.
            trust: TRUST.into_iter().find(|days| *days == policy.trust_days.to_string()).unwrap_or("0"),
            idle: choice(IDLE, &policy.idle_minutes.to_string()),
            overall: choice(OVERALL, &policy.overall_minutes.to_string()),
        }
    }

    fn asks(&self) -> Asks<'_> {
        match (self.required, self.start) {
            (false, _) => Asks::Nothing,
            (true, DEADLINE) => Asks::By(&self.deadline),
            (true, _) => Asks::Now,
        }
    }

    /// It would sign out whoever has no second step.
    pub(super) fn signs_out(&self) -> bool {
        self.asks() == Asks::Now
    }

    /// How many of the page's questions have another answer than `saved`.
    pub(super) fn changes(&self, saved: &Self) -> usize {
        let methods = self.methods.iter().zip(saved.methods).filter(|(now, then)| **now != *then).count();
        let times = [self.trust != saved.trust, self.idle != saved.idle, self.overall != saved.overall];
        usize::from(self.asks() != saved.asks()) + methods + times.into_iter().filter(|is_other| *is_other).count()
    }

    /// What it comes to, where `saved` is the policy as it is.
    pub(super) fn change(&self, saved: &Self) -> Change {
        if self.asks() == saved.asks() {
            return match self.changes(saved) {
                0 => Change::Nothing,
                _ if self.methods != saved.methods => Change::Methods,
                _ => Change::Times,
            };
        }
        match self.asks() {
            Asks::Nothing => Change::Stop,
            Asks::Now => Change::RequireNow,
            Asks::By(_) => Change::RequireBy,
        }
    }

    /// What is wrong with the deadline, if there has to be one.
    pub(super) fn problem(&self) -> Option<&'static str> {
        match self.asks() {
            Asks::By("") => Some("Choose the day and time by which everybody has to be set up."),
            Asks::By(text) if deadline_in_words(text).is_none() => Some("Choose a whole day and time, like 4 December, 09:00."),
            _ => None,
        }
    }

    /// The same, with a deadline.
    pub(super) fn with_deadline(&self) -> Self {
        Self { start: DEADLINE, ..self.clone() }
    }

    /// The form fields that stand for it.
    pub(super) fn fields(&self) -> Vec<(&'static str, String)> {
        let yes = || "yes".to_owned();
        let mut fields = Vec::new();
        if self.required {
            fields.push(("required", yes()));
        }
        fields.push(("start", self.start.to_owned()));
        fields.push(("deadline", self.deadline.clone()));
        fields.extend(METHODS.into_iter().zip(self.methods).filter(|(_, is_on)| *is_on).map(|((_, name), _)| (name, yes())));
        fields
            .extend([("trust", self.trust), ("idle", self.idle), ("overall", self.overall)].map(|(name, value)| (name, value.to_owned())));
        fields
    }

    /// The page that shows it, or asks whether to save it.
    pub(super) fn href(&self, is_asked: bool) -> String {
        let review = is_asked.then(|| ("review", "1".to_owned()));
        let pairs: Vec<String> =
            self.fields().into_iter().chain(review).map(|(name, value)| [name, "=", &Url::escape(&value)].concat()).collect();
        [paths::ORG_POLICY, "?", &pairs.join("&")].concat()
    }

    /// What happens to people when it is saved; nothing when nothing is asked of them.
    pub(super) fn facts(&self, touches: &Touches) -> Vec<Fact> {
        let without = touches.signed_in_without + touches.others_without;
        let fact = |people, what, why: &str| Fact { people, is_now: false, what, why: why.to_owned() };
        let ready = fact(touches.ready, "won’t notice anything", "They already have a second step.");
        let mut facts = match self.asks() {
            Asks::Nothing => return Vec::new(),
            Asks::By(_) => vec![fact(without, "will be asked to set up by then", "They have no second step yet."), ready],
            Asks::Now => {
                let teams = teams_in_words(&touches.by_team);
                let why = ["They have no second step and are signed in now: ", &teams, ". Anyone on a call loses their screen."].concat();
                vec![
                    Fact { is_now: true, ..fact(touches.signed_in_without, "will be signed out straight away", &why) },
                    fact(touches.others_without, "will be asked when they next sign in", "They have no second step and aren’t signed in."),
                    ready,
                ]
            }
        };
        if facts.iter().any(|fact| fact.people > 0) {
            facts.retain(|fact| fact.people > 0);
        }
        facts
    }
}

/// "15 minutes" or "8 hours".
pub(super) fn minutes_in_words(minutes: &str) -> String {
    match minutes.parse::<usize>().unwrap_or_default() {
        minutes if minutes % 60 == 0 => count(minutes / 60, "hour", "hours"),
        minutes => count(minutes, "minute", "minutes"),
    }
}

/// "Friday 4 December, 09:00" for "2026-12-04T09:00"; nothing for what isn't a whole time. There is
/// no year in it: a deadline is never more than one away.
pub(super) fn deadline_in_words(text: &str) -> Option<String> {
    const DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    const MONTHS: [&str; 12] =
        ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
    let (date, clock) = text.split_once('T')?;
    let is_clock = clock.len() == 5 && clock.bytes().enumerate().all(|(n, b)| if n == 2 { b == b':' } else { b.is_ascii_digit() });
    let mut parts = date.split('-').map(str::parse::<usize>);
    let (Some(Ok(year)), Some(Ok(month)), Some(Ok(day)), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return None;
    };
    if !is_clock || !(1..=9999).contains(&year) || !(1..=31).contains(&day) {
        return None;
    }
    let month_name = MONTHS.get(month.checked_sub(1)?)?;
    Some([DAYS[weekday(year, month, day)], " ", &day.to_string(), " ", month_name, ", ", clock].concat())
}

/// The day of the week of a date, 0 for Sunday (Sakamoto, 1992).
const fn weekday(year: usize, month: usize, day: usize) -> usize {
    const SHIFTS: [usize; 12] = [0, 3, 2, 5, 0, 3, 5, 1, 4, 6, 2, 4];
    let year = if month < 3 { year - 1 } else { year };
    (year + year / 4 - year / 100 + year / 400 + SHIFTS[(month - 1) % 12] + day) % 7
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Methods = [true; 4];

    fn draft(required: bool, start: &'static str, deadline: &str) -> Draft {
        Draft { required, start, deadline: deadline.to_owned(), methods: ALL, ..Draft::default() }
    }

    fn touches(signed_in_without: i64, others_without: i64, ready: i64) -> Touches {
        Touches {
            people: signed_in_without + others_without + ready,
            signed_in_without,
            by_team: vec![(Some("Night desk".to_owned()), signed_in_without)],
            others_without,
            ready,
            left_bare: 0,
            left_bare_names: Vec::new(),
        }
    }

    #[test]
    fn what_a_draft_comes_to_depends_on_what_there_was() {
        let (off, now, by) = (draft(false, NOW, ""), draft(true, NOW, ""), draft(true, DEADLINE, "2026-12-04T09:00"));
        for (after, before, change) in [
            (&off, &off, Change::Nothing),
            (&now, &off, Change::RequireNow),
            (&now, &by, Change::RequireNow),
            (&by, &off, Change::RequireBy),
            (&by, &now, Change::RequireBy),
            (&off, &now, Change::Stop),
            (&off, &by, Change::Stop),
        ] {
            assert_eq!(after.change(before), change, "{before:?} -> {after:?}");
            assert_eq!(after.changes(before), usize::from(change != Change::Nothing));
        }
        let fewer = Draft { methods: [true, true, false, false], ..off.clone() };
        assert_eq!((fewer.change(&off), fewer.changes(&off)), (Change::Methods, 2));
        let times = Draft { trust: "14", idle: "15", ..off.clone() };
        assert_eq!((times.change(&off), times.changes(&off)), (Change::Times, 2));
        // When nothing is required, it doesn't matter from when on.
        assert_eq!(draft(false, DEADLINE, "2026-12-04T09:00").changes(&off), 0);
    }

    #[test]
    fn only_what_is_required_at_once_signs_out() {
        assert!(draft(true, NOW, "").signs_out());
        assert!(!draft(true, DEADLINE, "2026-12-04T09:00").signs_out() && !draft(false, NOW, "").signs_out());
    }

    #[test]
    fn a_fact_about_nobody_is_left_out() {
        let told = |draft: &Draft, touches: &Touches| -> Vec<i64> { draft.facts(touches).iter().map(|fact| fact.people).collect() };
        assert_eq!(told(&draft(true, NOW, ""), &touches(11, 8, 93)), [11, 8, 93]);
        assert_eq!(told(&draft(true, NOW, ""), &touches(0, 8, 93)), [8, 93]);
        assert_eq!(told(&draft(true, NOW, ""), &touches(0, 0, 0)), [0, 0, 0]);
        assert_eq!(told(&draft(true, DEADLINE, ""), &touches(11, 8, 93)), [19, 93]);
        assert_eq!(told(&draft(false, NOW, ""), &touches(11, 8, 93)), Vec::<i64>::new());
    }

    #[test]
    fn a_draft_is_its_address() {
        let draft = Draft { methods: [true, false, false, true], ..draft(true, NOW, "") };
        assert_eq!(
            draft.href(false),
            "/org/policy?required=yes&start=now&deadline=&security_key=yes&emailed_code=yes&trust=0&idle=60&overall=720"
        );
        assert!(draft.href(true).ends_with("&overall=720&review=1"));
        assert_eq!(draft.with_deadline().start, DEADLINE);
    }

    #[test]
    fn a_deadline_has_to_be_a_whole_time() {
        assert_eq!(draft(true, DEADLINE, "2026-12-04T09:00").problem(), None);
        for text in ["", "2026-12-04", "2026-12-04T09:0", "2026-13-04T09:00", "2026-12-32T09:00", "x-12-04T09:00", "2026-12-04-01T09:00"] {
            assert!(draft(true, DEADLINE, text).problem().is_some(), "{text}");
        }
        assert_eq!(draft(true, NOW, "").problem(), None);
        assert_eq!(draft(false, DEADLINE, "").problem(), None);
    }

    #[test]
    fn a_deadline_is_said_with_its_day_of_the_week() {
        for (text, words) in [
            ("2026-12-04T09:00", "Friday 4 December, 09:00"),
            ("2027-01-01T00:00", "Friday 1 January, 00:00"),
            ("2028-02-29T17:30", "Tuesday 29 February, 17:30"),
        ] {
            assert_eq!(deadline_in_words(text).as_deref(), Some(words));
        }
    }
}
