//! What a tape holds, in figures.

use std::collections::BTreeMap;

use super::{Answer, Cassette, footprints, interaction_text, minted};

/// Figures of a tape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Interactions.
    pub interactions: usize,
    /// Those that changed something.
    pub writes: usize,
    /// Those that were answered with an error, or not at all.
    pub failures: usize,
    /// Answers beyond the first of repeated interactions (`times`).
    pub folded: u64,
    /// Attempts that failed before an answer.
    pub attempts: usize,
    /// Interactions by operation.
    pub operations: BTreeMap<String, usize>,
    /// Interactions by table; one with two tables counts for both.
    pub tables: BTreeMap<String, usize>,
    /// Different values in requests that a program seems to have made up, by shape.
    pub minted: BTreeMap<String, usize>,
    /// Bytes in the file and id of each interaction, the largest first.
    pub sizes: Vec<(usize, String)>,
}

impl Stats {
    /// The figures of a tape.
    #[must_use]
    pub fn of(cassette: &Cassette) -> Self {
        let requests: Vec<_> = cassette.interactions.iter().map(|one| one.to_request()).collect();
        let mut stats = Self { interactions: requests.len(), ..Self::default() };
        stats.writes =
            footprints(cassette, &requests).iter().filter(|footprint| footprint.is_write()).count();
        let mut minted = std::collections::BTreeSet::new();
        for (interaction, request) in cassette.interactions.iter().zip(&requests) {
            let failed = match &interaction.answer {
                Answer::Http { status, .. } => !status.is_success(),
                Answer::Io(_) => true,
            };
            stats.failures += usize::from(failed);
            stats.folded += u64::from(interaction.times) - 1;
            stats.attempts += interaction.attempts.len();
            *stats.operations.entry(request.target.name().to_owned()).or_default() += 1;
            for table in request.tables() {
                *stats.tables.entry(table.to_string()).or_default() += 1;
            }
            for (shape, value) in minted::values(request.body()) {
                minted.insert((format!("{shape:?}").to_lowercase(), value));
            }
            stats.sizes.push((interaction_text(interaction).len(), interaction.id.clone()));
        }
        for (shape, _) in minted {
            *stats.minted.entry(shape).or_default() += 1;
        }
        stats.sizes.sort_by(|one, other| other.cmp(one));
        stats
    }
}
