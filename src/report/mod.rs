//! Showing what playing gave: one trait, one writer a format. None of them adds verdicts up.

mod json;
mod junit;
pub mod session;
mod terminal;

use std::io;

pub use json::Json;
pub use terminal::Terminal;

use crate::conformance::Run;

/// Writes runs in some format.
pub trait Report {
    /// Writes all runs, one a target.
    ///
    /// # Errors
    ///
    /// When `out` cannot be written to.
    fn write(&self, runs: &[Run], out: &mut dyn io::Write) -> io::Result<()>;
}

#[cfg(test)]
mod tests;
