//! Moments as people read and write them: ISO 8601, in the forms of the W3C note on dates and
//! times.

use alloc::format;
use alloc::string::String;

use crate::time::UnixTime;

const DAY_MS: u64 = 24 * 3600 * 1000;

/// The moment in ISO 8601 with milliseconds; `never` for the end of time.
pub(super) fn iso_8601(time: UnixTime) -> String {
    if time == UnixTime::MAX {
        return String::from("never");
    }
    let millis = time.as_millis();
    let (year, month, day) = date(millis / DAY_MS);
    let (hour, minute) = (millis / 3_600_000 % 24, millis / 60_000 % 60);
    let (second, milli) = (millis / 1000 % 60, millis % 1000);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{milli:03}Z")
}

/// The moment that a text names; none if it names none, or one before 1970. A date stands for its
/// first moment, and what says no time zone is in UTC. Digits beyond milliseconds say nothing.
pub(super) fn parse_iso_8601(text: &str) -> Option<UnixTime> {
    if text == "never" {
        return Some(UnixTime::MAX);
    }
    let (date, time) = text.split_once('T').map_or((text, None), |(date, time)| (date, Some(time)));
    let mut parts = date.split('-');
    let year = parts.next().filter(|year| (4..=9).contains(&year.len())).and_then(digits)?;
    let month = parts.next().map_or(Some(1), |month| number(month, 2))?;
    let day = parts.next().map_or(Some(1), |day| number(day, 2))?;
    let is_full = date.split('-').count() == 3;
    if parts.next().is_some() || (time.is_some() && !is_full) {
        return None;
    }
    let start = days(year, month, day)?.checked_mul(DAY_MS)?;
    let (in_day, zone) = time.map_or(Some((0, 0)), time_of_day)?;
    start.checked_add(in_day)?.checked_add_signed(zone).map(UnixTime::from_millis)
}

/// Milliseconds since midnight, and those to add for a time in UTC.
fn time_of_day(text: &str) -> Option<(u64, i64)> {
    const MINUTE_MS: i64 = 60_000;
    let (clock, zone) = match text.find(['Z', '+', '-']) {
        Some(at) => text.split_at_checked(at)?,
        None => (text, "Z"),
    };
    let (whole, fraction) =
        clock.split_once('.').map_or((clock, None), |(whole, part)| (whole, Some(part)));
    let mut parts = whole.split(':');
    let hour = parts.next().and_then(|hour| number(hour, 2)).filter(|hour| *hour < 24)?;
    let minute = parts.next().and_then(|minute| number(minute, 2)).filter(|it| *it < 60)?;
    let seconds = parts.next();
    let second = seconds.map_or(Some(0), |second| number(second, 2)).filter(|it| *it < 60)?;
    if parts.next().is_some() || (fraction.is_some() && seconds.is_none()) {
        return None;
    }
    let milli = fraction.map_or(Some(0), thousandths)?;
    let minutes = hour.checked_mul(60)?.checked_add(minute)?;
    let in_day = minutes.checked_mul(60)?.checked_add(second)?.checked_mul(1000)?;
    let behind = if zone == "Z" { 0 } else { minutes_ahead(zone)?.checked_neg()? };
    Some((in_day.checked_add(milli)?, behind.checked_mul(MINUTE_MS)?))
}

/// How far a time zone such as `+01:30` is ahead of UTC.
fn minutes_ahead(zone: &str) -> Option<i64> {
    let is_ahead = zone.starts_with('+');
    let (hour, minute) = zone.strip_prefix(['+', '-'])?.split_once(':')?;
    let hour = number(hour, 2).filter(|hour| *hour < 24)?;
    let minute = number(minute, 2).filter(|minute| *minute < 60)?;
    let minutes = i64::try_from(hour.checked_mul(60)?.checked_add(minute)?).ok()?;
    if is_ahead { Some(minutes) } else { minutes.checked_neg() }
}

/// Milliseconds that the digits behind the point of seconds stand for.
fn thousandths(fraction: &str) -> Option<u64> {
    digits(fraction)?;
    let padded = fraction.chars().chain(['0', '0']).take(3);
    digits(&padded.collect::<String>())
}

fn number(text: &str, length: usize) -> Option<u64> {
    if text.len() == length { digits(text) } else { None }
}

/// The number of these digits, of which there is one at least.
fn digits(text: &str) -> Option<u64> {
    let is_number = text.len() <= 18 && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { text.parse().ok() } else { None }
}

/// Days from the beginning of 1970 to this day of the Gregorian calendar; none if there is no such
/// day, or it is earlier.
#[expect(clippy::arithmetic_side_effects, reason = "months and days within an era are small")]
fn days(year: u64, month: u64, day: u64) -> Option<u64> {
    const ERA: u64 = 146_097;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // years and months are counted from 1 March
    let year_from_march = year.checked_sub(u64::from(month <= 2))?;
    let (era, years) = (year_from_march / 400, year_from_march % 400);
    let from_march = (month + 9) % 12;
    let in_year = (153 * from_march + 2) / 5 + day - 1;
    let in_era = years * 365 + years / 4 - years / 100 + in_year;
    let days = era.checked_mul(ERA)?.checked_add(in_era)?.checked_sub(719_468)?;
    (date(days) == (year, month, day)).then_some(days)
}

/// Year, month and day of the Gregorian calendar, this many days after 1970 began.
///
/// Counts in eras of 400 years that begin on 1 March, so that the leap day is a year's last.
#[expect(clippy::arithmetic_side_effects, reason = "days of 64-bit milliseconds are below 2^38")]
fn date(days: u64) -> (u64, u64, u64) {
    const ERA: u64 = 146_097;
    let days = days + 719_468; // from 1 March of the year 0
    let in_era = days % ERA;
    let years = (in_era - in_era / 1460 + in_era / 36_524 - in_era / (ERA - 1)) / 365;
    let in_year = in_era - (365 * years + years / 4 - years / 100);
    let from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (days / ERA * 400 + years + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_moment_is_shown_in_utc() {
        let show = |millis| iso_8601(UnixTime::from_millis(millis));
        assert_eq!(show(0), "1970-01-01T00:00:00.000Z");
        assert_eq!(show(951_782_400_000), "2000-02-29T00:00:00.000Z");
        assert_eq!(show(951_868_799_999), "2000-02-29T23:59:59.999Z");
        assert_eq!(show(1_732_362_066_123), "2024-11-23T11:41:06.123Z");
        assert_eq!(show(4_107_542_400_000), "2100-03-01T00:00:00.000Z");
        assert_eq!(show(253_402_300_799_999), "9999-12-31T23:59:59.999Z");
    }

    #[test]
    fn the_days_of_eight_centuries_follow_each_other() {
        let mut last = date(0);
        for day in 1..ERA_DAYS * 2 {
            let next = date(day);
            let follows = match next {
                (year, 1, 1) => last == (year - 1, 12, 31),
                (year, month, 1) => last == (year, month - 1, length(year, month - 1)),
                (year, month, day) => last == (year, month, day - 1),
            };
            assert!(follows, "{last:?} {next:?}");
            last = next;
        }
    }

    const ERA_DAYS: u64 = 146_097;

    fn length(year: u64, month: u64) -> u64 {
        match month {
            4 | 6 | 9 | 11 => 30,
            2 if year.is_multiple_of(if year.is_multiple_of(100) { 400 } else { 4 }) => 29,
            2 => 28,
            _ => 31,
        }
    }

    #[test]
    fn the_end_of_time_is_never_and_the_moment_before_it_has_a_date() {
        assert_eq!(iso_8601(UnixTime::MAX), "never");
        let last = iso_8601(UnixTime::from_millis(u64::MAX - 1));
        assert_eq!(last, "584556019-04-03T14:25:51.614Z");
    }

    #[test]
    fn every_form_of_the_note_names_a_moment() {
        let moment = |text| parse_iso_8601(text).map(UnixTime::as_millis);
        let day = 1_012_435_200_000; // 2002-01-31
        assert_eq!(moment("2002"), Some(1_009_843_200_000));
        assert_eq!(moment("2002-01"), Some(1_009_843_200_000));
        assert_eq!(moment("2002-01-31"), Some(day));
        assert_eq!(moment("2002-01-31T01:02Z"), Some(day + 3_720_000));
        assert_eq!(moment("2002-01-31T01:02:03Z"), Some(day + 3_723_000));
        assert_eq!(moment("2002-01-31T01:02:03.5Z"), Some(day + 3_723_500));
        assert_eq!(moment("2002-01-31T01:02:03.4569Z"), Some(day + 3_723_456));
        assert_eq!(moment("2002-01-31T01:02:03"), Some(day + 3_723_000), "UTC unless it says");
        assert_eq!(moment("2002-01-31T01:02:03+01:30"), Some(day + 3_723_000 - 5_400_000));
        assert_eq!(moment("2002-01-31T01:02:03-01:30"), Some(day + 3_723_000 + 5_400_000));
        assert_eq!(moment("1970-01-01T01:00+01:00"), Some(0));
        assert_eq!(moment("never"), Some(u64::MAX));
    }

    #[test]
    fn what_is_no_day_or_no_time_names_no_moment() {
        let wrong = [
            "",
            "02",
            "2002-1",
            "2002-13",
            "2002-02-29",
            "2002-00-01",
            "2002-01-32",
            "2002-01-31-01",
            "2002-01T01:02Z",
            "2002-01-31T",
            "2002-01-31T24:00Z",
            "2002-01-31T01:60Z",
            "2002-01-31T01:02:60Z",
            "2002-01-31T01:02.5Z",
            "2002-01-31T01:02:03.Z",
            "2002-01-31T01:02:03.x",
            "2002-01-31T01:02:03ZZ",
            "2002-01-31T01:02+1:00",
            "2002-01-31T01:02+24:00",
            "2002-01-31t01:02Z",
            "1969-12-31",
            "1970-01-01T00:59+01:00",
            "0000-01-01",
            "999999999-01-01",
            "+2002",
            " 2002",
        ];
        for text in wrong {
            assert_eq!(parse_iso_8601(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_back(millis: u64, shift in 0_u32..64) {
            let moment = UnixTime::from_millis(millis >> shift);
            prop_assert_eq!(parse_iso_8601(&iso_8601(moment)), Some(moment));
        }

        #[test]
        fn no_text_panics(text in "[0-9TZ:+.-]{0,40}") {
            parse_iso_8601(&text);
        }
    }
}
