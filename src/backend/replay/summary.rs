use std::fmt;

/// A request that nothing recorded answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissRecord {
    /// The miss's id in this session.
    pub id: String,
    /// What was asked, in one line: operation and table.
    pub asked: String,
    /// The whole report.
    pub report: String,
}

/// What a replay did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReplaySummary {
    /// Requests received.
    pub calls: u64,
    /// Those found token for token (T0).
    pub exact: u64,
    /// Those found as canonical JSON (T1).
    pub canonical: u64,
    /// Those found by what they say to DynamoDB (T2).
    pub semantic: u64,
    /// Those found but for values that the client makes up (T3).
    pub unified: u64,
    /// Those asked more often than recorded, answered again.
    pub repeats: u64,
    /// Attempts of calls that had been answered, given the same answer.
    pub retried: u64,
    /// Those that had to wait for another client's write.
    pub waited: u64,
    /// Those not found that the emulator answered.
    pub emulated: u64,
    /// The first hundred of them: operation, table, and why.
    pub emulations: Vec<String>,
    /// Those not found, and not answered.
    pub missed: u64,
    /// The first hundred of them.
    pub misses: Vec<MissRecord>,
    /// Ids of recorded writes that were never asked for.
    pub unused_writes: Vec<String>,
    /// Ids of recorded reads that were never asked for.
    pub unused_reads: Vec<String>,
}

/// How many of each kind a summary lists.
const LISTED: usize = 5;

impl fmt::Display for ReplaySummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} calls: {} matched exactly, {} as JSON, {} by meaning, {} but for made-up values, \
             {} missed",
            self.calls, self.exact, self.canonical, self.semantic, self.unified, self.missed
        )?;
        for (count, what) in [
            (self.emulated, "emulated"),
            (self.repeats, "repeated beyond the recording"),
            (self.retried, "attempts of calls answered before"),
            (self.waited, "waited for another client's write"),
        ] {
            if count > 0 {
                write!(f, "; {count} {what}")?;
            }
        }
        for asked in self.emulations.iter().take(LISTED) {
            write!(f, "\n  emulated: {asked}")?;
        }
        if self.emulated > LISTED as u64 {
            write!(f, "\n  and {} more emulated", self.emulated - LISTED as u64)?;
        }
        for (what, unused) in [("writes", &self.unused_writes), ("reads", &self.unused_reads)] {
            if unused.is_empty() {
                continue;
            }
            write!(f, "\n{} recorded {what} were never asked for:", unused.len())?;
            for id in unused.iter().take(LISTED) {
                write!(f, "\n  {id}")?;
            }
            if unused.len() > LISTED {
                write!(f, "\n  and {} more", unused.len() - LISTED)?;
            }
        }
        Ok(())
    }
}
