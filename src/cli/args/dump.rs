use std::path::PathBuf;

use clap::Args;

use super::AwsArgs;

/// Write the tables of an endpoint into a folder that --load reads: each its definition and its
/// items
///
/// Reads only (ListTables, DescribeTable, DescribeTimeToLive, ListTagsOfResource, Scan). What is
/// written to a table meanwhile may be in it or not.
#[derive(Debug, Args)]
pub(crate) struct DumpArgs {
    /// `aws` or a URL
    #[arg(long, value_name = "aws|URL")]
    pub(crate) endpoint: String,
    /// The folder; files of tables that are there are replaced
    #[arg(long, value_name = "FOLDER")]
    pub(crate) out: PathBuf,
    /// Only this table, repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) table: Vec<String>,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
}
