//! Holding a ledger against what was played.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use super::{Entry, Ledger, Why};
use crate::{conformance::Run, diff::Outcome};

/// What can be listed: all that the files played hold, whether or not it was played.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The ids.
    pub ids: BTreeSet<String>,
    /// What the ids of each file begin with.
    pub files: BTreeSet<String>,
    /// Whether there are no other files.
    pub whole: bool,
    /// Those that are left out on purpose: nobody misses their measurement.
    pub left_out: BTreeSet<String>,
}

/// What became of a ledger.
#[derive(Clone, Debug, Default)]
pub struct Settled {
    /// What is wrong with it.
    pub complaints: Vec<Complaint>,
    /// How much was not measured without an entry that says so.
    pub unmeasured: usize,
}

/// Something that a ledger says and is not so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    /// The entry's line.
    pub line: usize,
    /// What is not so.
    pub what: Wrong,
}

/// What can be wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// Its day is over.
    Expired(String),
    /// What it lists does not differ.
    Passes(String),
    /// What it lists differs, but not in its layers and paths.
    DiffersElsewhere(String),
    /// What it lists does not exist.
    Gone(String),
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: ", self.line)?;
        match &self.what {
            Wrong::Expired(day) => {
                write!(f, "accepted until {day}, which is over: mend it, or examine it anew")
            }
            Wrong::Passes(id) => {
                write!(f, "unexpected pass: {id} does not differ: take it out of the ledger")
            }
            Wrong::DiffersElsewhere(id) => {
                write!(f, "{id} differs, but nowhere in the entry's layers and paths")
            }
            Wrong::Gone(id) => write!(f, "{id} is not there any more: take it out of the ledger"),
        }
    }
}

/// A thing played: which run, tape and interaction.
type Place = (usize, usize, usize);

/// What an id's interactions came to.
#[derive(Default)]
struct Seen {
    played: bool,
    differs: bool,
    covered: bool,
}

impl Ledger {
    /// Accepts what is listed and differs, and says what is listed and does not. The runs are
    /// those of one target: what differs in one of them differs.
    pub fn settle(&self, runs: &mut [Run], known: &Known, today: &str) -> Settled {
        let mut places: BTreeMap<String, Vec<Place>> = BTreeMap::new();
        for (at, run) in runs.iter().enumerate() {
            for (tape_at, tape) in run.tapes.iter().enumerate() {
                for (played_at, played) in tape.played.iter().enumerate() {
                    let id = format!("{}/{}", tape.key, played.id);
                    places.entry(id).or_default().push((at, tape_at, played_at));
                }
            }
        }
        let mut settled = Settled::default();
        let mut entries_of: BTreeMap<Place, Vec<&Entry>> = BTreeMap::new();
        for entry in &self.entries {
            let mut complain = |what| {
                settled.complaints.push(Complaint { line: entry.line, what });
            };
            if let Some(day) = entry.until.as_ref().filter(|day| day.as_str() < today) {
                complain(Wrong::Expired(day.clone()));
                continue;
            }
            for id in &entry.ids {
                let mut seen = Seen::default();
                for place in listed(&places, id) {
                    look(&mut seen, entry, played(runs, place));
                    entries_of.entry(place).or_default().push(entry);
                }
                match seen {
                    Seen { covered: true, .. } => {}
                    Seen { played: true, .. } if entry.why == Why::Noise => {}
                    Seen { differs: true, .. } => complain(Wrong::DiffersElsewhere(id.clone())),
                    Seen { played: true, .. } => complain(Wrong::Passes(id.clone())),
                    _ if known.lacks(id) => complain(Wrong::Gone(id.clone())),
                    _ => {}
                }
            }
        }
        for (place, entries) in &entries_of {
            accept(runs, *place, entries);
        }
        let all = places.iter().filter(|(id, _)| !known.left_out.contains(*id));
        let all = all.flat_map(|(_, places)| places);
        let unmeasured = all.filter(|place| {
            played(runs, **place).outcome == Outcome::NotMeasured && !entries_of.contains_key(place)
        });
        settled.unmeasured = unmeasured.count();
        settled
    }
}

impl Known {
    /// Takes in a file and what it holds.
    pub fn add(&mut self, file: &str, ids: impl Iterator<Item = impl fmt::Display>) {
        self.ids.extend(ids.map(|id| format!("{file}/{id}")));
        self.files.insert(file.to_owned());
    }

    /// Whether what a ledger lists is known not to exist.
    pub(super) fn lacks(&self, id: &str) -> bool {
        let there = match id.strip_suffix('*') {
            None => self.ids.contains(id),
            Some(start) => {
                self.ids.range(start.to_owned()..).next().is_some_and(|id| id.starts_with(start))
            }
        };
        let in_file =
            |file: &String| id.strip_prefix(&**file).is_some_and(|rest| rest.starts_with('/'));
        !there && (self.whole || self.files.iter().any(in_file))
    }
}

fn played(runs: &[Run], (run, tape, at): Place) -> &crate::conformance::Played {
    &runs[run].tapes[tape].played[at]
}

/// The places that an id stands for.
fn listed(places: &BTreeMap<String, Vec<Place>>, id: &str) -> Vec<Place> {
    match id.strip_suffix('*') {
        None => places.get(id).cloned().unwrap_or_default(),
        Some(start) => {
            let from = places.range(start.to_owned()..);
            from.take_while(|(id, _)| id.starts_with(start))
                .flat_map(|(_, all)| all.clone())
                .collect()
        }
    }
}

fn look(seen: &mut Seen, entry: &Entry, played: &crate::conformance::Played) {
    seen.played = true;
    match played.outcome {
        Outcome::Exact | Outcome::Equivalent => {}
        // Nothing was compared: there is nothing that layers and paths could tell apart.
        Outcome::Unsupported | Outcome::NotMeasured => {
            (seen.differs, seen.covered) = (true, true);
        }
        Outcome::Accepted | Outcome::Divergent | Outcome::Tainted => {
            seen.differs = true;
            let mut findings = played.findings.iter().filter(|finding| finding.matters);
            seen.covered |= findings.any(|finding| entry.covers(finding));
        }
    }
}

/// What differs is accepted if each difference that matters is.
fn accept(runs: &mut [Run], (run, tape, at): Place, entries: &[&Entry]) {
    let played = &mut runs[run].tapes[tape].played[at];
    if played.outcome != Outcome::Divergent {
        return;
    }
    let mut reasons: BTreeSet<&str> = BTreeSet::new();
    for finding in played.findings.iter().filter(|finding| finding.matters && !finding.follows) {
        match entries.iter().find(|entry| entry.covers(finding)) {
            Some(entry) => drop(reasons.insert(&entry.reason)),
            None => return,
        }
    }
    played.outcome = Outcome::Accepted;
    played.note = Some(reasons.into_iter().collect::<Vec<_>>().join("; "));
}
