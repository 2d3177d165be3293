use std::path::PathBuf;

use clap::Args;

/// Being an HTTP proxy.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct InterceptArgs {
    /// Be an HTTP proxy (HTTPS_PROXY) instead of an endpoint: what the command asks DynamoDB's own
    /// hosts is answered here, behind certificates of a local authority (see `dynatape ca`). Other
    /// hosts are connected unread while recording, and refused in a replay
    #[arg(long, conflicts_with_all = ["tls", "tls_cert"])]
    pub(crate) intercept: bool,
    #[command(flatten)]
    pub(crate) ca: CaArgs,
}

/// Prints where the certificate of the local authority is and how to trust it
///
/// It is made when first needed and signs for hosts of AWS only. A command that dynatape starts
/// with --intercept is told to trust it; nothing else on this machine does.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct CaArgs {
    /// Folder of the authority (default: dynatape in $XDG_DATA_HOME or ~/.local/share)
    #[arg(long, value_name = "FOLDER", env = "DYNATAPE_CA_DIR")]
    pub(crate) ca_dir: Option<PathBuf>,
}
