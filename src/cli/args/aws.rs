use clap::{Args, ValueEnum};

/// As whom, and where, AWS is asked.
#[derive(Clone, Debug, Args)]
pub(crate) struct AwsArgs {
    /// Region of `aws` (default: AWS_REGION, AWS_DEFAULT_REGION)
    #[arg(long)]
    pub(crate) region: Option<String>,
    /// Profile to sign with (default: the usual credential chain)
    #[arg(long)]
    pub(crate) profile: Option<String>,
    /// Whether to sign requests anew
    #[arg(long, value_enum, default_value_t = Resign::Auto)]
    pub(crate) resign: Resign,
}

/// Whether to sign requests anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Resign {
    /// For AWS yes, for any other host no
    Auto,
    /// Always
    Always,
    /// Never: the client's signature is sent on
    Never,
}
