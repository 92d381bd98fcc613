//! Instants in words, in the time zone of the floor.

use countersign_domain::Instant;
use jiff::{Timestamp, Zoned, tz::TimeZone};

use crate::api::When;

/// An instant as people read it: "09:21", "today, 08:57", "12 November, 17:20".
pub(super) fn when(at: Instant, now: Instant, zone: &TimeZone) -> When {
    let there = zoned(at, zone);
    let here = zoned(now, zone);
    let clock = there.strftime("%H:%M").to_string();
    let day = day(&there, &here);
    When { at: at.as_micros(), text: format!("{day}, {clock}"), full: there.strftime("%-d %B %Y, %H:%M").to_string(), day, clock }
}

/// A day with its weekday: "Friday 4 December".
pub(super) fn weekday(at: Instant, zone: &TimeZone) -> String {
    zoned(at, zone).strftime("%A %-d %B").to_string()
}

fn zoned(at: Instant, zone: &TimeZone) -> Zoned {
    // Out of range is the year 9999 and beyond; the epoch is as wrong as anything else there.
    Timestamp::from_microsecond(at.as_micros()).unwrap_or(Timestamp::UNIX_EPOCH).to_zoned(zone.clone())
}

fn day(there: &Zoned, here: &Zoned) -> String {
    let is_day = |days: i64| here.date().checked_add(jiff::Span::new().days(days)).is_ok_and(|date| date == there.date());
    if is_day(0) {
        "today".to_owned()
    } else if is_day(-1) {
        "yesterday".to_owned()
    } else if is_day(1) {
        "tomorrow".to_owned()
    } else if there.year() == here.year() {
        there.strftime("%-d %B").to_string()
    } else {
        there.strftime("%-d %B %Y").to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_named_as_the_floor_counts_them() {
        let zone = TimeZone::get("Europe/London").unwrap();
        // 2026-11-26 09:14 in London.
        let now = Instant::from_seconds(1_795_684_440);
        assert_eq!(when(now, now, &zone).full, "26 November 2026, 09:14");
        assert_eq!(when(now.plus_seconds(-600), now, &zone).text, "today, 09:04");
        assert_eq!(when(now.plus_seconds(-10 * 3600), now, &zone).text, "yesterday, 23:14");
        assert_eq!(when(now.plus_seconds(-14 * 86_400), now, &zone).text, "12 November, 09:14");
        assert_eq!(when(now.plus_seconds(-365 * 86_400), now, &zone).day, "26 November 2025");
    }
}
