//! How old a recording is: what the service answers drifts away from it.

use std::{str::FromStr, time::SystemTime};

use super::{Header, date};

/// The age that a recording may have, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MaxAge(Option<u64>);

impl Default for MaxAge {
    fn default() -> Self {
        Self::days(180)
    }
}

impl MaxAge {
    /// Any age will do.
    pub const OFF: Self = Self(None);

    /// At most so many days.
    #[must_use]
    pub const fn days(days: u64) -> Self {
        Self(Some(days))
    }

    /// How many days old the recording is, where that is too many. A header without a readable
    /// date is never too old: nothing is known.
    #[must_use]
    pub fn exceeded_by(self, header: &Header, now: SystemTime) -> Option<u64> {
        let most = self.0?;
        let age = date::days_to(now).checked_sub(date::days_of(&header.on)?)?;
        (age > most).then_some(age)
    }
}

impl FromStr for MaxAge {
    type Err = BadAge;

    fn from_str(text: &str) -> Result<Self, BadAge> {
        if text == "off" {
            return Ok(Self::OFF);
        }
        let digits = text.strip_suffix('d').unwrap_or(text);
        digits.parse().map(Self::days).map_err(|_| BadAge)
    }
}

/// A text that is no age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an age is a number of days, as 90d, or `off`")]
pub struct BadAge;

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_recording_is_too_old_from_the_day_after() {
        let now = UNIX_EPOCH + Duration::from_secs(1_795_219_200);
        let age = |most: &str, on: &str| {
            let header = Header { on: on.to_owned(), ..Header::default() };
            most.parse::<MaxAge>().expect("an age").exceeded_by(&header, now)
        };
        assert_eq!(age("90d", "2026-08-23"), None);
        assert_eq!(age("90", "2026-08-22"), Some(91));
        assert_eq!(age("off", "1970-01-01"), None);
        for unknown in ["", "yesterday", "2026-13-01", "2026-02-30", "2026-8-22", "2027-01-01"] {
            assert_eq!(age("0d", unknown), None, "{unknown}");
        }
        for wrong in ["", "d", "-1d", "3 months", "1.5d"] {
            assert_eq!(wrong.parse::<MaxAge>(), Err(BadAge), "{wrong}");
        }
    }
}
