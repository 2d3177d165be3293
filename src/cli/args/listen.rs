use std::path::PathBuf;

use clap::Args;

/// Where to listen.
#[derive(Debug, Args)]
pub(crate) struct ListenArgs {
    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1", env = "DYNATAPE_HOST")]
    pub(crate) host: String,
    /// Port to listen on; 0 takes a free one
    #[arg(long, env = "DYNATAPE_PORT")]
    pub(crate) port: Option<u16>,
    /// End when the standard input ends: whoever started this and holds its other end takes it
    /// along, however it ends
    #[arg(long, conflicts_with = "command")]
    pub(crate) until_eof: bool,
    /// Speak TLS, with a certificate made for this run
    #[arg(long)]
    pub(crate) tls: bool,
    /// Speak TLS with this certificate (PEM); needs --tls-key
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub(crate) tls_cert: Option<PathBuf>,
    /// The key of --tls-cert (PEM)
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub(crate) tls_key: Option<PathBuf>,
}
