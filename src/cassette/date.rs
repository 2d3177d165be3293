use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The day in UTC, `2026-11-21`. A cassette's header knows days only: a time of day would change
/// with every recording and tell nobody anything.
#[must_use]
pub fn civil_date(now: SystemTime) -> String {
    // Days to year, month, day in the proleptic Gregorian calendar, eras of 400 years from
    // 0000-03-01.
    let days = days_to(now) + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The second in UTC, `2026-11-21T14:52:08Z`.
#[must_use]
pub fn instant(time: SystemTime) -> String {
    let seconds = time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs()) % 86_400;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", civil_date(time))
}

/// When a day began in UTC: the other way round than [`civil_date`], from 1970 on.
#[must_use]
pub fn day(date: &str) -> Option<SystemTime> {
    Some(UNIX_EPOCH + Duration::from_secs(days_of(date)? * 86_400))
}

/// The days from 1970-01-01 to now.
pub(super) fn days_to(now: SystemTime) -> u64 {
    now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400)
}

/// The days from 1970-01-01 to a day written as [`civil_date`] does it.
pub(super) fn days_of(date: &str) -> Option<u64> {
    let (year, rest) = date.split_once('-')?;
    let (month, day) = rest.split_once('-')?;
    let [year, month, day] = [year, month, day].map(str::parse::<u64>);
    let (year, month, day) = (year.ok()?, month.ok()?, day.ok()?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    let (shifted, year) = if month > 2 { (month - 3, year) } else { (month + 9, year - 1) };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * shifted + 2) / 5 + day.checked_sub(1)?;
    let days = (era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year)
        .checked_sub(719_468)?;
    // A 30th of February, or a form of another kind, is another day's name.
    (civil_date(UNIX_EPOCH.checked_add(Duration::from_secs(days * 86_400))?) == date)
        .then_some(days)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_leap_days() {
        for (seconds, date) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (1_795_219_200, "2026-11-21"),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(civil_date(time), date);
            let began = UNIX_EPOCH + Duration::from_secs(seconds / 86_400 * 86_400);
            assert_eq!(day(date), Some(began));
        }
        assert_eq!(instant(UNIX_EPOCH + Duration::from_secs(951_782_399)), "2000-02-28T23:59:59Z");
    }

    #[test]
    fn a_day_that_there_is_none_of_is_none() {
        for date in ["", "2026", "2026-02-29", "2026-13-01", "2026-1-1", "1969-12-31", "x-1-1"] {
            assert_eq!(day(date), None, "{date}");
        }
    }
}
