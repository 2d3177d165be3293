use std::{fmt, path::PathBuf};

use clap::{Args, ValueEnum};

use crate::emulator::Validation;

/// How the built-in emulator answers.
#[derive(Debug, Args)]
pub(crate) struct EmulatorArgs {
    /// Whose request validation the built-in emulator follows: `newer` (most regions in October
    /// 2026), `older` (all item operations on the older layer), or a region such as us-east-1
    #[arg(long, default_value_t, env = "DYNATAPE_VALIDATION", value_name = "REGION")]
    pub(crate) validation: Validation,
    /// What tables take to be created, changed and deleted: no time, or what AWS takes; with
    /// `real`, settings that were changed have to rest as they do there
    #[arg(long, value_enum, default_value_t = Pace::None, env = "DYNATAPE_TIMING")]
    pub(crate) timing: Pace,
    /// Milliseconds for which a new table is CREATING
    #[arg(long, value_name = "MS")]
    pub(crate) create_table_ms: Option<u64>,
    /// Milliseconds for which a table is DELETING
    #[arg(long, value_name = "MS")]
    pub(crate) delete_table_ms: Option<u64>,
    /// Milliseconds for which a table or an index is UPDATING, and each phase of a new index
    #[arg(long, value_name = "MS")]
    pub(crate) update_table_ms: Option<u64>,
    /// Milliseconds after which a write to a table with replicas is in the other regions (default:
    /// none, or a second with --timing real)
    #[arg(long, value_name = "MS")]
    pub(crate) replication_lag_ms: Option<u64>,
    /// Delete items this many milliseconds after their time to live is over (default: never)
    #[arg(long, value_name = "MS")]
    pub(crate) ttl_delete_ms: Option<u64>,
    /// Throttle what exceeds the capacity of a table or an index, after 300 seconds' worth of burst
    #[arg(long)]
    pub(crate) throttle: bool,
    /// Let eventually consistent reads and global indexes see what was there so long ago
    #[arg(long, value_name = "MS", default_value_t = 0, hide_default_value = true)]
    pub(crate) eventual_lag_ms: u64,
    /// Let this share of transactions, from 0 to 1, meet a conflict, and of the writes to tables
    /// that had one
    #[arg(long, value_name = "SHARE", value_parser = share, default_value_t = 0.0, hide_default_value = true)]
    pub(crate) conflicts: f64,
    /// Enforce resource policies: an access key is a user of that name, or an account if it is 12
    /// digits
    #[arg(long)]
    pub(crate) enforce_policies: bool,
    /// Append the records of tables with a Kinesis destination to FOLDER/STREAM.jsonl, a line each
    #[arg(long, value_name = "FOLDER")]
    pub(crate) kinesis_root: Option<PathBuf>,
    /// Where the buckets of exports and imports are: a folder with a folder for each, or the URL
    /// of a server that speaks S3 (default: in memory, where every bucket is there)
    #[arg(long, value_name = "FOLDER|URL", value_parser = s3_root, env = "DYNATAPE_S3_ROOT")]
    pub(crate) s3_root: Option<S3Root>,
    /// Let streams have so many open shards: the one they begin with splits at every 100 records
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1000), default_value_t = 1, hide_default_value = true)]
    pub(crate) stream_shards: u32,
    /// Close a stream's shard after so long, and let another continue it (default: 4 hours)
    #[arg(long, value_name = "MS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) stream_shard_ms: Option<u64>,
    /// The account of the tables' ARNs; ARNs of another are refused
    #[arg(long, value_name = "DIGITS", value_parser = account, env = "DYNATAPE_ACCOUNT", default_value = NO_ACCOUNT)]
    pub(crate) account: String,
    /// What chance begins from: the same seed gives the same ids and the same conflicts (default:
    /// another one every time)
    #[arg(long, value_name = "NUMBER", env = "DYNATAPE_SEED")]
    pub(crate) seed: Option<u64>,
}

impl EmulatorArgs {
    /// The arguments that start an emulator like this one.
    pub(crate) fn again(&self) -> Vec<String> {
        let number = |value: Option<u64>| value.map(|value| value.to_string());
        let valued = [
            ("--validation", Some(self.validation.to_string())),
            ("--timing", (self.timing == Pace::Real).then(|| "real".to_owned())),
            ("--create-table-ms", number(self.create_table_ms)),
            ("--delete-table-ms", number(self.delete_table_ms)),
            ("--update-table-ms", number(self.update_table_ms)),
            ("--replication-lag-ms", number(self.replication_lag_ms)),
            ("--ttl-delete-ms", number(self.ttl_delete_ms)),
            ("--eventual-lag-ms", number(Some(self.eventual_lag_ms).filter(|ms| *ms > 0))),
            (
                "--conflicts",
                Some(self.conflicts).filter(|share| *share > 0.0).map(|share| share.to_string()),
            ),
            ("--kinesis-root", self.kinesis_root.as_ref().map(|root| root.display().to_string())),
            ("--s3-root", self.s3_root.as_ref().map(S3Root::to_string)),
            ("--stream-shards", number(Some(self.stream_shards.into()).filter(|open| *open != 1))),
            ("--stream-shard-ms", number(self.stream_shard_ms)),
            ("--account", Some(self.account.clone()).filter(|account| account != NO_ACCOUNT)),
            ("--seed", number(self.seed)),
        ];
        let valued = valued.into_iter().filter_map(|(name, value)| Some([name.to_owned(), value?]));
        let set = [("--throttle", self.throttle), ("--enforce-policies", self.enforce_policies)];
        let set = set.into_iter().filter(|(_, set)| *set).map(|(name, _)| name.to_owned());
        valued.flatten().chain(set).collect()
    }
}

/// The account of a table that nobody said it of.
const NO_ACCOUNT: &str = "000000000000";

/// How long what the service takes its time for takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Pace {
    /// No time
    None,
    /// The time that was observed, always the same
    Real,
}

/// Where buckets are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum S3Root {
    /// In a folder.
    Folder(PathBuf),
    /// Behind a URL.
    #[cfg(feature = "store")]
    Server(String),
}

impl fmt::Display for S3Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => write!(f, "{}", folder.display()),
            #[cfg(feature = "store")]
            Self::Server(url) => f.write_str(url),
        }
    }
}

fn s3_root(text: &str) -> Result<S3Root, String> {
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Ok(S3Root::Folder(text.into()));
    }
    #[cfg(feature = "store")]
    return Ok(S3Root::Server(text.to_owned()));
    #[cfg(not(feature = "store"))]
    Err("this dynatape was built without object stores (cargo feature `store`)".to_owned())
}

/// The number of an AWS account.
fn account(text: &str) -> Result<String, String> {
    let is_one = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_one.then(|| text.to_owned()).ok_or_else(|| "an account has 12 digits".to_owned())
}

/// A share of all.
fn share(text: &str) -> Result<f64, String> {
    let share = text.parse().ok().filter(|share| (0.0..=1.0).contains(share));
    share.ok_or_else(|| "not a number from 0 to 1".to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;
    use crate::cli::args::{Cli, Command};

    fn read(arguments: &[String]) -> EmulatorArgs {
        let words = ["dynatape", "diff", "a.tape"].map(str::to_owned).into_iter();
        let cli = Cli::try_parse_from(words.chain(arguments.iter().cloned())).expect("arguments");
        match cli.command {
            Command::Diff(args) => args.emulator,
            other => unreachable!("{other:?}"),
        }
    }

    #[test]
    fn buckets_are_in_a_folder_or_behind_a_url() {
        assert_eq!(s3_root("data/s3"), Ok(S3Root::Folder("data/s3".into())));
        #[cfg(feature = "store")]
        assert_eq!(
            s3_root("http://127.0.0.1:9000"),
            Ok(S3Root::Server("http://127.0.0.1:9000".into()))
        );
    }

    #[test]
    fn what_starts_an_emulator_again_are_the_arguments_it_was_started_with() {
        let said = "--validation older --timing real --create-table-ms 1 --delete-table-ms 2 \
                    --update-table-ms 3 --replication-lag-ms 7 --ttl-delete-ms 4 --eventual-lag-ms 5 --conflicts 0.25 \
                    --kinesis-root k --s3-root data/s3 --stream-shards 8 --stream-shard-ms 9 \
                    --account 123456789012 --seed 6 --throttle --enforce-policies";
        let said: Vec<_> = said.split_whitespace().map(str::to_owned).collect();
        assert_eq!(read(&said).again(), said);
        let all = EmulatorArgs::augment_args(clap::Command::new("all"));
        for flag in all.get_arguments().filter_map(clap::Arg::get_long) {
            assert!(said.contains(&format!("--{flag}")), "--{flag} is left out");
        }
        assert_eq!(read(&[]).again()[..1], ["--validation"]);
        assert_eq!(read(&[]).again().len(), 2, "what is as always needs no argument");
    }
}
