//! Moments as people read them: ISO 8601 in UTC.

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
}
