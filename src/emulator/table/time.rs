//! How the service writes times.

/// A time as Java prints it as a double of seconds: `1.723076079797E9` (wire-facts 9).
#[must_use]
pub fn seconds(millis: u64) -> String {
    let digits = millis.to_string();
    // Java switches to this form at 10^7, which is April 1970.
    if digits.len() < 11 {
        return format!("{}.{}", millis / 1000, millis % 1000);
    }
    let (first, rest) = digits.split_at(1);
    let rest = rest.trim_end_matches('0');
    let rest = if rest.is_empty() { "0" } else { rest };
    format!("{first}.{rest}E{}", digits.len() - 4)
}

/// A stream's label: the time it was enabled (aws-tables-facts 1.5).
pub(super) fn label(millis: u64) -> String {
    // Days to a date after Howard Hinnant's `civil_from_days`.
    let (days, of_day) = (millis / 86_400_000, millis % 86_400_000);
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * march + 2) / 5 + 1;
    let month = if march < 10 { march + 3 } else { march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (seconds, millis) = (of_day / 1000, of_day % 1000);
    let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{millis:03}")
}

#[cfg(test)]
mod tests {
    use super::*;

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
}
