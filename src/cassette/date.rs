use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The day in UTC, `2026-11-21`. A cassette's header knows days only: a time of day would change
/// with every recording and tell nobody anything.
#[must_use]
pub fn civil_date(now: SystemTime) -> String {
    let days = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs() / 86_400);
    // Days to year, month, day in the proleptic Gregorian calendar, eras of 400 years from
    // 0000-03-01.
    let days = days + 719_468;
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

/// When a day began in UTC: the other way round than [`civil_date`], for the years of which it
/// can speak.
#[must_use]
pub fn day(date: &str) -> Option<SystemTime> {
    let number = |text: Option<&str>| text?.parse::<u32>().ok();
    let mut parts = date.split('-');
    let (year, month, day) = (number(parts.next())?, number(parts.next())?, number(parts.next())?);
    if !(1970..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    // Years that begin in March end with their leap day.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day;
    let time = UNIX_EPOCH + Duration::from_secs(u64::from(days.checked_sub(719_469)?) * 86_400);
    // A day that there is none of comes back as another one.
    (civil_date(time) == date).then_some(time)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

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
