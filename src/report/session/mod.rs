//! What a replay did, for people and for CI: one struct, and one writer a format.

mod json;
mod junit;
mod markdown;

use std::path::Path;

/// What one replay of a tape did.
#[derive(Clone, Debug, Default)]
pub struct SessionReport {
    /// The tape, as it was named.
    pub tape: String,
    /// When it was recorded, as well as it says.
    pub recorded_at: Option<String>,
    /// How many of what, in the order shown.
    pub counts: Vec<Count>,
    /// Requests that nothing recorded answers; the first hundred.
    pub misses: Vec<Miss>,
    /// Recorded writes that were never asked for.
    pub writes: Unused,
    /// Recorded reads that were never asked for.
    pub reads: Unused,
    /// The faults asked for.
    pub faults: Vec<FaultCount>,
    /// Whether a fault that never happened fails the replay.
    pub idle_fails: bool,
    /// Whether answers that were not recorded fail the replay, and there are any.
    pub emulated_fails: bool,
}

/// One figure.
#[derive(Clone, Copy, Debug)]
pub struct Count {
    /// Its name for programs.
    pub key: &'static str,
    /// Its name for people.
    pub label: &'static str,
    /// The figure.
    pub count: u64,
}

/// A request that nothing recorded answers.
#[derive(Clone, Debug)]
pub struct Miss {
    /// Its id in this session.
    pub id: String,
    /// What was asked, in one line.
    pub asked: String,
    /// Why there is no answer, several lines.
    pub report: String,
}

/// What was recorded and never asked for.
#[derive(Clone, Debug, Default)]
pub struct Unused {
    /// The ids of the interactions.
    pub ids: Vec<String>,
    /// Whether that fails the replay.
    pub fails: bool,
}

/// What became of a fault.
#[derive(Clone, Debug)]
pub struct FaultCount {
    /// The rule, as it was said.
    pub rule: String,
    /// Requests that it is about.
    pub seen: u64,
    /// Those that it made fail.
    pub fired: u64,
}

/// A format of the summary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// For programs, with a version.
    Json,
    /// For CI servers.
    Junit,
    /// For people.
    Markdown,
}

impl Format {
    /// The format that a file's ending asks for.
    #[must_use]
    pub fn of(path: &Path) -> Option<Self> {
        match path.extension()?.to_str()? {
            "json" => Some(Self::Json),
            "xml" => Some(Self::Junit),
            "md" => Some(Self::Markdown),
            _ => None,
        }
    }
}

impl SessionReport {
    /// The report in a format.
    #[must_use]
    pub fn to_text(&self, format: Format) -> String {
        match format {
            Format::Json => json::write(self),
            Format::Junit => junit::write(self),
            Format::Markdown => markdown::write(self),
        }
    }

    /// Whether nothing in it fails the replay.
    #[must_use]
    pub fn passes(&self) -> bool {
        let fails = |unused: &Unused| unused.fails && !unused.ids.is_empty();
        let idle = self.idle_fails && self.faults.iter().any(|fault| fault.fired == 0);
        self.misses.is_empty()
            && !self.emulated_fails
            && !fails(&self.writes)
            && !fails(&self.reads)
            && !idle
    }

    /// The two kinds of what was never asked for: name for programs, for people, and which.
    fn unused(&self) -> [(&'static str, &'static str, &Unused); 2] {
        [("writes", "recorded writes", &self.writes), ("reads", "recorded reads", &self.reads)]
    }
}

#[cfg(test)]
mod tests;
