use clap::Args;

/// Sessions for programs that test in parallel.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct ControlArgs {
    /// Serve the control API on this port of 127.0.0.1 (0: a free one): programs start and stop
    /// sessions there
    #[arg(long, value_name = "PORT", num_args = 0..=1, default_missing_value = "0", env = "DYNATAPE_CONTROL_PORT")]
    pub(crate) control: Option<u16>,
    /// Let sessions record although CI=true
    #[arg(long, requires = "control")]
    pub(crate) record_in_ci: bool,
}
