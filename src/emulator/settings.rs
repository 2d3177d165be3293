//! What an emulator is told at its start.

use std::{path::PathBuf, sync::Arc};

use thiserror::Error;

use super::{
    Timing, Validation,
    s3::{Buckets as _, Memory, S3},
};
use crate::wire::json::Json;

/// What an emulator is told at its start.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The region of the tables' ARNs, when the request is signed for none.
    pub region: String,
    /// Whether that is the only region there is, whatever a request is signed for.
    pub one_region: bool,
    /// The account of the tables' ARNs.
    pub account: String,
    /// What the ids it hands out begin from: two emulators of one seed give the same.
    pub seed: u64,
    /// Which region's request validation it follows.
    pub validation: Validation,
    /// How long tables take to be created, changed and deleted.
    pub timing: Timing,
    /// How long after its time an item expires, in milliseconds; `None` is never.
    ///
    /// Never is the default: the service promises a few days, and fixtures and tapes are full of
    /// times that have long passed.
    pub ttl_delete_ms: Option<u64>,
    /// Whether requests beyond the capacity of a table or an index are throttled.
    pub throttle: bool,
    /// How old what an eventually consistent read sees is, in milliseconds.
    pub eventual_lag_ms: u64,
    /// How often a transaction, or a write to a table that had one, meets a conflict: from 0.0,
    /// never, to 1.0, always. Which do depends on the seed alone.
    pub conflicts: f64,
    /// Whether the policies of tables and streams are enforced.
    pub enforce_policies: bool,
    /// Where records for Kinesis go: a folder with a file for each stream. Without one they go
    /// nowhere.
    pub kinesis_root: Option<PathBuf>,
    /// Where the buckets are that exports go to and imports come from.
    pub s3: S3,
    /// How many shards of a stream are open at once, when it has had records enough to split.
    pub stream_shards: u32,
    /// How long a shard is open, in milliseconds; then another continues it.
    pub stream_shard_ms: u64,
}

/// Shards in the examples of the service's documentation follow each other after 3.8 to 4.4 hours,
/// by the times in their ids.
const STREAM_SHARD_MS: u64 = 4 * 3_600_000;

impl Default for Settings {
    fn default() -> Self {
        Self {
            region: "us-east-1".into(),
            one_region: false,
            account: "000000000000".into(),
            seed: 0,
            validation: Validation::default(),
            timing: Timing::AT_ONCE,
            ttl_delete_ms: None,
            throttle: false,
            eventual_lag_ms: 0,
            conflicts: 0.0,
            enforce_policies: false,
            kinesis_root: None,
            s3: S3::default(),
            stream_shards: 1,
            stream_shard_ms: STREAM_SHARD_MS,
        }
    }
}

/// A setting that there is not, or not of this value.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("the emulator has no setting `{name}` that could be {value}")]
pub struct UnknownSetting {
    name: String,
    value: String,
}

impl Settings {
    /// Changes a setting by name, as a conformance case does: the value is JSON text.
    ///
    /// # Errors
    ///
    /// When there is no such setting, or it cannot have this value.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), UnknownSetting> {
        let unknown = || UnknownSetting { name: name.to_owned(), value: value.to_owned() };
        let ms = || value.parse::<u64>().map_err(|_| unknown());
        match (name, value) {
            ("timing", "\"real\"") => self.timing = Timing::real(),
            ("create_table_ms", _) => self.timing = self.timing.clone().creating_in(ms()?),
            ("delete_table_ms", _) => self.timing = self.timing.clone().deleting_in(ms()?),
            ("update_table_ms", _) => self.timing = self.timing.clone().updating_in(ms()?),
            ("replication_lag_ms", _) => {
                self.timing = self.timing.clone().replicating_in(ms()?);
            }
            ("ttl_delete_ms", _) => self.ttl_delete_ms = Some(ms()?),
            ("eventual_lag_ms", _) => self.eventual_lag_ms = ms()?,
            ("stream_shard_ms", _) => self.stream_shard_ms = ms()?,
            ("stream_shards", _) => {
                let count = value.parse().ok().filter(|count| *count > 0);
                self.stream_shards = count.ok_or_else(unknown)?;
            }
            ("objects", _) => {
                let objects = objects(value).ok_or_else(unknown)?;
                self.s3 = S3::Elsewhere(Arc::new(objects));
            }
            ("throttle", "true" | "false") => self.throttle = value == "true",
            ("enforce_policies", "true" | "false") => self.enforce_policies = value == "true",
            ("conflicts", _) => {
                let share = value.parse().ok().filter(|share| (0.0..=1.0).contains(share));
                self.conflicts = share.ok_or_else(unknown)?;
            }
            _ => return Err(unknown()),
        }
        Ok(())
    }
}

/// Buckets in memory: names of theirs, in them keys of objects, in those what they hold.
fn objects(value: &str) -> Option<Memory> {
    let json = Json::parse(value.to_owned()).ok()?;
    let buckets = Memory::default();
    for (bucket, objects) in json.root().members() {
        for (key, object) in objects.members() {
            let text = object.as_str()?.into_owned();
            buckets.put(&bucket, &key, text.into()).ok()?;
        }
    }
    Some(buckets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_changed_by_name_and_refused_where_there_are_none() {
        let mut settings = Settings::default();
        assert_eq!(settings.set("eventual_lag_ms", "20"), Ok(()));
        assert_eq!(settings.set("throttle", "true"), Ok(()));
        assert_eq!((settings.eventual_lag_ms, settings.throttle), (20, true));
        for (name, value) in [("timing", "\"slow\""), ("conflicts", "2"), ("x", "1")] {
            assert!(settings.set(name, value).is_err(), "{name}");
        }
    }
}
