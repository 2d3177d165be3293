use std::path::PathBuf;

use clap::{Args, ValueEnum};

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
    /// How items are written
    #[arg(long, value_enum, value_name = "FORM", default_value_t = Form::Jsonl)]
    pub(crate) form: Form,
    #[command(flatten)]
    pub(crate) aws: AwsArgs,
}

/// How the items of a dump are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// DynamoDB JSON, an item a line, as exports have it
    Jsonl,
    /// A header and rows, for spreadsheets: what is neither key nor string is read back as a string
    Csv,
}
