use clap::Args;

use crate::backend::faults::Rule;

/// What goes wrong on purpose.
#[derive(Clone, Debug, Default, Args)]
pub(crate) struct FaultArgs {
    /// Let requests fail: OPERATION[/TABLE]:FAULT[@WHEN]; `*` is any operation. FAULT: an error of
    /// the service, 500, 503, drop, lost (carried out, not answered), truncate, badcrc or
    /// delay=MS. WHEN: 2, 2-4, 2-, `1,3`, `every 3`, or a share such as 0.1. Can be repeated
    #[arg(long = "fault", value_name = "RULE")]
    pub(crate) rules: Vec<Rule>,
}
