//! How the service writes times.

/// A stream's label: the time it was enabled (aws-tables-facts 1.5).
#[must_use]
pub fn label(millis: u64) -> String {
    let Civil { year, month, day, hour, minute, second, .. } = Civil::of(millis);
    let millis = millis % 1000;
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}")
}

/// A time to the second (aws-service-facts 5.4).
#[must_use]
pub fn to_the_second(millis: u64) -> String {
    label(millis).split('.').next().map(|second| format!("{second}Z")).unwrap_or_default()
}

/// The same as a sentence has it in ISO-8601 (aws-tables-facts 14.3, 16).
#[must_use]
pub fn iso(millis: u64) -> String {
    format!("{}Z", label(millis))
}

/// A time in words: `Thursday, October 8, 2026 at 11:20:48 PM Coordinated Universal Time`
/// (aws-tables-facts 8.3).
pub(super) fn in_words(millis: u64) -> String {
    let Civil { year, month, day, hour, minute, second, weekday } = Civil::of(millis);
    let name = |names: &[&'static str], at: u64| {
        usize::try_from(at).ok().and_then(|at| names.get(at).copied()).unwrap_or_default()
    };
    let (weekday, month) = (name(&WEEKDAYS, weekday), name(&MONTHS, month - 1));
    let half = if hour < 12 { "AM" } else { "PM" };
    let hour = (hour + 11) % 12 + 1;
    format!(
        "{weekday}, {month} {day}, {year} at {hour}:{minute:02}:{second:02} {half} Coordinated \
         Universal Time"
    )
}

const WEEKDAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A moment of the calendar, in UTC.
struct Civil {
    year: u64,
    /// From 1.
    month: u64,
    day: u64,
    hour: u64,
    minute: u64,
    second: u64,
    /// From 0, which is Sunday.
    weekday: u64,
}

impl Civil {
    /// Days to a date after Howard Hinnant's `civil_from_days`.
    fn of(millis: u64) -> Self {
        let (days, of_day) = (millis / 86_400_000, millis % 86_400_000);
        let shifted = days + 719_468;
        let (era, of_era) = (shifted / 146_097, shifted % 146_097);
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march = (5 * of_year + 2) / 153;
        let month = if march < 10 { march + 3 } else { march - 9 };
        let seconds = of_day / 1000;
        Self {
            year: year_of_era + era * 400 + u64::from(month <= 2),
            month,
            day: of_year - (153 * march + 2) / 5 + 1,
            hour: seconds / 3600,
            minute: seconds / 60 % 60,
            second: seconds % 60,
            // 1970 began on a Thursday.
            weekday: (days + 4) % 7,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::seconds;

    #[test]
    fn times_are_printed_as_java_prints_doubles() {
        assert_eq!(seconds(1_723_076_079_797), "1.723076079797E9");
        assert_eq!(seconds(1_723_076_079_790), "1.72307607979E9");
        assert_eq!(seconds(2_000_000_000_000), "2.0E9");
    }

    #[test]
    fn a_stream_is_labelled_with_its_time() {
        assert_eq!(label(1_791_500_851_275), "2026-10-08T23:07:31.275");
        assert_eq!(label(951_782_400_000), "2000-02-29T00:00:00.000");
    }

    #[test]
    fn a_time_in_words_is_as_the_service_words_it() {
        // aws-tables-facts 8.3.
        let zone = "Coordinated Universal Time";
        assert_eq!(
            in_words(1_791_501_648_000),
            format!("Thursday, October 8, 2026 at 11:20:48 PM {zone}")
        );
        assert_eq!(
            in_words(1_791_504_000_000),
            format!("Friday, October 9, 2026 at 12:00:00 AM {zone}")
        );
    }
}
