use clap::{Args, ValueEnum};

/// Being another local DynamoDB.
#[derive(Debug, Args)]
pub(crate) struct CompatArgs {
    /// Understand the flags of another local DynamoDB, and have its port and its defaults:
    /// `--compat dynamodb-local -help` lists them
    #[arg(long, value_enum, value_name = "WHOSE")]
    pub(crate) compat: Option<Peer>,
}

/// A local DynamoDB that people have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Peer {
    /// Amazon's, in Java
    DynamodbLocal,
    /// The one in Node.js
    Dynalite,
}
