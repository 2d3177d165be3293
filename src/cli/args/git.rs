use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct GitArgs {
    #[command(subcommand)]
    pub(crate) command: GitCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum GitCommand {
    /// Let this repository merge tapes with dynatape (.gitattributes and its configuration)
    Install {
        /// Only say what would be set
        #[arg(long)]
        print: bool,
    },
    /// Take back what install did
    Uninstall,
}
