//! How often a table's settings may change, as the service limits it. Each stands here by its
//! name and nowhere else.

use std::time::Duration;

/// How long after a change of time to live the next one is refused: 1811.6 s were too few,
/// 1871.7 s enough (aws-tables-facts 18, 2026-10-09).
pub const TIME_TO_LIVE_PAUSE: Duration = Duration::from_secs(31 * 60);

/// How long after a change of deletion protection the next one is refused (aws-tables-facts 16,
/// 2026-10-08 and 09).
pub const PROTECTION_PAUSE: Duration = Duration::from_secs(15);

/// How often capacity can be lowered on one day, for a table and for each of its indexes, and how
/// long after the last time once more (aws-tables-facts 8.3, 2026-10-08 and 09).
pub const DECREASES_A_DAY: u64 = 4;
/// As above.
pub const DECREASE_PAUSE: Duration = Duration::from_secs(3600);

/// How often a table's class can change in how many days (aws-tables-facts 15, 2026-10-09).
pub const CLASS_CHANGES: usize = 2;
/// As above.
pub const CLASS_PERIOD: Duration = Duration::from_secs(30 * 24 * 3600);

/// How often encryption can change in a day that begins with the first change, and how long after
/// the last time once more (aws-tables-facts 14.3, 2026-10-08 and 09).
pub const ENCRYPTION_CHANGES: usize = 4;
/// As above.
pub const ENCRYPTION_PERIOD: Duration = Duration::from_secs(24 * 3600);
/// As above.
pub const ENCRYPTION_PAUSE: Duration = Duration::from_secs(21_600);

/// How long after its creation began a table is unknown to time to live and to backups: about
/// 2.6 s (aws-tables-facts 18, 19, 2026-10-08).
pub const UNSEEN: Duration = Duration::from_millis(2_600);

/// How long it is unknown to resource policies and to destinations (aws-service-facts 1.9,
/// 2026-10-09).
pub const UNSEEN_SETTINGS: Duration = Duration::from_millis(1_060);

/// How long after a change of a resource policy the next one is refused (aws-service-facts 1.8,
/// 12.2, 2026-10-09).
pub const POLICY_PAUSE: Duration = Duration::from_secs(15);

/// How long after its deletion began a table takes the policy it has (aws-service-facts 1.10,
/// 2026-10-09).
pub const SAME_POLICY_WHILE_DELETED: Duration = Duration::from_millis(1_630);

/// How long after its deletion began a table takes a first destination, and contributor insights
/// (aws-service-facts 1.10, 2026-10-09).
pub const ENABLED_WHILE_DELETED: Duration = Duration::from_millis(30);
/// As above.
pub const INSIGHTS_WHILE_DELETED: Duration = Duration::from_millis(1_430);

/// How long after its creation began an index is unknown to contributor insights
/// (aws-service-facts 14, 2026-10-08).
pub const UNSEEN_INDEX: Duration = Duration::from_secs(20);

/// How many rules of contributor insights an account can have in a region (aws-service-facts 14,
/// 2026-10-09).
pub const INSIGHT_RULES: usize = 100;

/// How long before a new table is ACTIVE it is known to tags (aws-tables-facts 17.5, 2026-10-08).
pub const TAGS_BEFORE_ACTIVE: Duration = Duration::from_secs(1);

/// How long after its deletion began a table still has backups, still lists its tags, still takes
/// the tags it has, and still refuses others as busy; then it is unknown to them
/// (aws-tables-facts 6.3, 2026-10-08 and 09).
pub const BACKED_UP_WHILE_DELETED: Duration = Duration::from_millis(1_030);
/// As above.
pub const TAGS_LISTED_WHILE_DELETED: Duration = Duration::from_millis(1_230);
/// As above.
pub const SAME_TAGS_WHILE_DELETED: Duration = Duration::from_millis(1_030);
/// As above.
pub const OTHER_TAGS_WHILE_DELETED: Duration = Duration::from_millis(1_630);

/// The same of CreateBackup (aws-service-facts 1.10, 2026-10-09).
pub const BACKED_UP_ON_DEMAND_WHILE_DELETED: Duration = Duration::from_millis(1_630);

/// How long the service keeps the backup of a table that was deleted (aws-service-facts 3.7,
/// 2026-10-08 and 09).
pub const SYSTEM_BACKUP_KEPT: Duration = Duration::from_secs(35 * 24 * 3600);

/// How many tables of an account can be restored at once (aws-service-facts 5.6, 2026-10-09).
pub const RESTORES: usize = 50;

/// How many tables of an account can be imported at once (the documentation of quotas).
pub const IMPORTS: usize = 50;

/// How long the token of an import is remembered (the documentation of ImportTable).
pub const IMPORT_TOKEN_KEPT: Duration = Duration::from_secs(8 * 3600);

/// How many global indexes a table can have (aws-tables-facts 11.1).
pub const GLOBAL_INDEXES: usize = 20;

/// Capacity units of each kind an account can have (aws-tables-facts 21, 2026-10).
pub const ACCOUNT_UNITS: i64 = 80_000;

/// Capacity units of each kind a table or an index can have (as above).
pub const TABLE_UNITS: i64 = 40_000;

/// A length of time in milliseconds.
#[must_use]
pub fn millis(of: Duration) -> u64 {
    u64::try_from(of.as_millis()).unwrap_or(u64::MAX)
}

/// Whether `pause` is over for something that changed at `changed`, in milliseconds.
#[must_use]
pub fn is_over(pause: Duration, changed: Option<u64>, now: u64) -> bool {
    changed.is_none_or(|changed| now >= changed.saturating_add(millis(pause)))
}
