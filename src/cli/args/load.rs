use std::path::PathBuf;

use clap::Args;

/// What the built-in emulator begins with.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct LoadArgs {
    /// Begin with tables and items from this file or folder, repeatable: what `dynatape dump`
    /// wrote, an export, a tape, items in JSON, CSV or Ion with NAME.table.json beside
    /// (docs/seeding.md)
    #[arg(long, value_name = "FILE|FOLDER")]
    pub(crate) load: Vec<PathBuf>,
}
