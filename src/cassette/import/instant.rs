use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::cassette::date::days_of;

/// An ISO 8601 time with its zone, such as HAR has them: `2026-11-21T16:27:41.25+02:00`.
pub(super) fn instant(text: &str) -> Option<SystemTime> {
    let (date, time) = text.split_once(['T', 't'])?;
    let zone = time.find(['Z', 'z', '+', '-'])?;
    let (time, zone) = time.split_at(zone);
    let (time, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
    let mut parts = time.split(':').map(number);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let nanos = match fraction.get(..fraction.len().min(9))? {
        "" => 0,
        digits => number(digits)? * 10_u64.pow(9 - u32::try_from(digits.len()).ok()?),
    };
    let here = days_of(date)? * 86_400 + hour * 3_600 + minute * 60 + second;
    let utc = match zone.split_at_checked(1)? {
        ("Z" | "z", "") => here,
        ("+", ahead) => here.checked_sub(offset(ahead)?)?,
        ("-", behind) => here + offset(behind)?,
        _ => return None,
    };
    UNIX_EPOCH.checked_add(Duration::from_secs(utc) + Duration::from_nanos(nanos))
}

/// `02:00`, `0200` or `02`, in seconds.
fn offset(text: &str) -> Option<u64> {
    let digits: String = text.chars().filter(|c| *c != ':').collect();
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = if minutes.is_empty() { 0 } else { number(minutes)? };
    Some(number(hours)? * 3_600 + minutes * 60)
}

fn number(digits: &str) -> Option<u64> {
    let only = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if only { digits.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_moment_is_one_whatever_the_zone_it_is_written_in() {
        let moment = UNIX_EPOCH.checked_add(Duration::from_millis(1_795_271_261_250));
        for text in [
            "2026-11-21T14:27:41.250Z",
            "2026-11-21T16:27:41.25+02:00",
            "2026-11-22T00:57:41.250000000+1030",
            "2026-11-20T23:57:41,25-14:30",
        ] {
            assert_eq!(instant(text), moment, "{text}");
        }
        for text in ["", "2026-11-21", "2026-11-21T14:27:41", "2026-13-01T00:00:00Z", "T::Z", "x"] {
            assert_eq!(instant(text), None, "{text}");
        }
    }
}
