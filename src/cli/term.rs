//! Speaking to the person at the terminal. Nothing else writes there.

use std::{
    io::{self, Write as _},
    time::Duration,
};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::backend::faults::FaultPlan;

/// A note on standard error.
pub(super) fn note(text: impl std::fmt::Display) {
    // A closed terminal is no reason to stop.
    let _ = writeln!(io::stderr().lock(), "dynatape: {text}");
}

/// Says which faults never happened, and whether there are any.
pub(super) fn note_idle(plan: &FaultPlan) -> bool {
    let mut idle = plan.list();
    idle.retain(|state| state.fired == 0);
    for state in &idle {
        let (rule, seen) = (&state.rule, state.seen);
        note(format_args!("--fault {rule} never happened: it is about {seen} of the requests"));
    }
    !idle.is_empty()
}

/// Output proper.
pub(super) fn print(text: impl std::fmt::Display) {
    let _ = write!(io::stdout().lock(), "{text}");
}

/// A progress bar on standard error, if it is a terminal.
pub(super) fn progress(shown: bool, total: usize, what: &'static str) -> ProgressBar {
    if !shown {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(total as u64), ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template(
        "{msg} {bar:24} {human_pos}/{human_len}, {per_sec}, {eta} left",
    );
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar.set_message(what);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
