//! How often a table's settings may change, as the service limits it. Each stands here by its
//! name and nowhere else.

use std::time::Duration;

/// How long after a change of time to live the next one is refused: 1811.6 s were too few,
/// 1871.7 s enough (aws-tables-facts 18, 2026-10-09).
pub const TIME_TO_LIVE_PAUSE: Duration = Duration::from_secs(31 * 60);

/// Capacity units of each kind an account can have (aws-tables-facts 21, 2026-10).
pub const ACCOUNT_UNITS: i64 = 80_000;

/// Capacity units of each kind a table or an index can have (as above).
pub const TABLE_UNITS: i64 = 40_000;

/// Whether `pause` is over for something that changed at `changed`, in milliseconds.
#[must_use]
pub fn is_over(pause: Duration, changed: Option<u64>, now: u64) -> bool {
    changed.is_none_or(|changed| {
        u128::from(now) >= u128::from(changed).saturating_add(pause.as_millis())
    })
}
