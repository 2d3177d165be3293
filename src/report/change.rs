//! What is different between two reports: added, deleted, changed, unchanged.
//!
//! A number that fell may have fallen because more was played: so what was played is told apart
//! from what was answered.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    fmt::{self, Write as _},
};

use super::{grouped, words};
use crate::{
    conformance::{Material, Played, Run, TapeRun, finding_id},
    diff::Outcome,
};

/// What is different at one target.
#[derive(Clone, Debug, Default)]
pub struct Changes {
    /// The target.
    pub target: String,
    /// What was played.
    pub material: Material,
    /// How much was played before, and how much now.
    pub corpus: [usize; 2],
    /// What was not played before, by outcome.
    pub added: BTreeMap<Outcome, usize>,
    /// What is played no more, by outcome.
    pub deleted: BTreeMap<Outcome, usize>,
    /// What was answered otherwise.
    pub changed: Vec<Change>,
    /// How much was answered as before.
    pub unchanged: usize,
}

/// One interaction that was answered otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The tape it is in.
    pub tape: String,
    /// Its id there.
    pub id: String,
    /// What became of it before, and now.
    pub outcomes: [Outcome; 2],
    /// Findings that are new, by id.
    pub new: Vec<String>,
    /// Findings that are gone, by id.
    pub gone: Vec<String>,
}

impl Change {
    /// Whether it is a change for the worse: another outcome that is worse, or something new that
    /// matters.
    #[must_use]
    pub fn is_worse(&self) -> bool {
        let [before, now] = self.outcomes;
        now > before || (now == before && !self.new.is_empty())
    }
}

impl Changes {
    /// How much is played, and how much more or less than before.
    #[must_use]
    pub fn corpus_text(&self) -> String {
        let [before, now] = self.corpus;
        let (.., parts) = words(self.material);
        let (from, to) = (grouped(before), grouped(now));
        match now.cmp(&before) {
            Ordering::Equal => format!("{to} {parts}, as many as before."),
            Ordering::Greater => {
                format!("{to} {parts}; the corpus grew by {} (from {from}).", grouped(now - before))
            }
            Ordering::Less => {
                format!(
                    "{to} {parts}; the corpus shrank by {} (from {from}).",
                    grouped(before - now)
                )
            }
        }
    }

    /// The changes for the worse.
    pub fn worse(&self) -> impl Iterator<Item = &Change> {
        self.changed.iter().filter(|change| change.is_worse())
    }
}

/// What is different from the runs before, target by target.
#[must_use]
pub fn changes(before: &[Run], now: &[Run]) -> Vec<Changes> {
    let mut targets: Vec<&str> = Vec::new();
    for run in now.iter().chain(before) {
        if !targets.contains(&&*run.target) {
            targets.push(&run.target);
        }
    }
    let of = |runs: &[Run], target: &str| runs.iter().position(|run| run.target == target);
    let one = |target: &str| {
        let before = of(before, target).map(|at| &before[at]);
        let now = of(now, target).map(|at| &now[at]);
        at_target(target, before, now)
    };
    targets.into_iter().map(one).collect()
}

/// An interaction's tape and id. Ids are unique in a tape.
type Key<'a> = (&'a str, &'a str);

fn at_target(target: &str, before: Option<&Run>, now: Option<&Run>) -> Changes {
    let all = |run: Option<&'_ Run>| -> usize { run.map_or(0, |run| run.total().total()) };
    let mut changes = Changes {
        target: target.to_owned(),
        material: now.or(before).map(|run| run.material).unwrap_or_default(),
        corpus: [all(before), all(now)],
        ..Changes::default()
    };
    let mut old = by_key(before);
    for ((tape, id), (in_tape, played)) in by_key(now) {
        let Some((in_old, was)) = old.remove(&(tape, id)) else {
            *changes.added.entry(played.outcome).or_default() += 1;
            continue;
        };
        let (old, new) = (findings(in_old, was), findings(in_tape, played));
        if was.outcome == played.outcome && old == new {
            changes.unchanged += 1;
            continue;
        }
        changes.changed.push(Change {
            tape: tape.to_owned(),
            id: id.to_owned(),
            outcomes: [was.outcome, played.outcome],
            new: new.difference(&old).cloned().collect(),
            gone: old.difference(&new).cloned().collect(),
        });
    }
    for (_, was) in old.into_values() {
        *changes.deleted.entry(was.outcome).or_default() += 1;
    }
    changes.changed.sort_by_key(|change| !change.is_worse());
    changes
}

fn by_key(run: Option<&Run>) -> BTreeMap<Key<'_>, (&TapeRun, &Played)> {
    let all = run.into_iter().flat_map(Run::all);
    all.map(|(tape, played)| ((&*tape.name, &*played.id), (tape, played))).collect()
}

fn findings(tape: &TapeRun, played: &Played) -> BTreeSet<String> {
    let those = played.findings.iter().filter(|finding| finding.matters);
    those.map(|finding| finding_id(&tape.name, &played.id, finding)).collect()
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "target {}: {}", self.target, self.corpus_text())?;
        let worse = self.worse().count();
        let rows = [
            ("A", self.added.values().sum(), "added", by_outcome(&self.added)),
            ("D", self.deleted.values().sum(), "deleted", by_outcome(&self.deleted)),
            (
                "C",
                self.changed.len(),
                "changed",
                format!("{worse} for the worse, {} not", self.changed.len() - worse),
            ),
            ("U", self.unchanged, "unchanged", String::new()),
        ];
        for (letter, count, word, rest) in rows {
            let line = format!("{letter} {:>7} {word:9}  {rest}", grouped(count));
            writeln!(f, "{}", line.trim_end())?;
        }
        for change in &self.changed {
            let [before, now] = change.outcomes;
            let mark = if change.is_worse() { "worse" } else { "other" };
            writeln!(f, "\n{mark}  {}", change.id)?;
            write!(f, "  {before} -> {now}")?;
            for (word, ids) in [("new", &change.new), ("gone", &change.gone)] {
                for id in ids.iter().take(3) {
                    write!(f, "  {word} {id}")?;
                }
            }
            writeln!(f, "\n  in {}", change.tape)?;
        }
        Ok(())
    }
}

fn by_outcome(counts: &BTreeMap<Outcome, usize>) -> String {
    let mut text = String::new();
    for (outcome, count) in counts {
        // Writing to a string cannot fail.
        let _ = write!(text, "{}{} {outcome}", if text.is_empty() { "" } else { ", " }, count);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::run;

    #[test]
    fn the_same_report_has_nothing_but_unchanged() {
        let same = &changes(&[run()], &[run()])[0];
        assert_eq!((same.unchanged, same.changed.len()), (4, 0));
        assert!(same.to_string().starts_with("target emulator: 4 interactions, as many as before"));
    }

    #[test]
    fn what_is_worse_is_told_from_what_is_new_and_what_is_gone() {
        let (before, mut now) = (run(), run());
        let played = &mut now.tapes[0].played;
        // Exact before, with the other's finding now.
        played[0].outcome = Outcome::Divergent;
        played[0].findings = played[1].findings.clone();
        // Divergent before.
        played[1].outcome = Outcome::Exact;
        played[1].findings.clear();
        played[3].id = "Query/orders/9/9".to_owned();
        played.push(Played { id: "Query/orders/9/8".to_owned(), ..played[2].clone() });
        let found = &changes(&[before], &[now])[0];
        assert_eq!(found.corpus, [4, 5]);
        assert_eq!(found.added.values().sum::<usize>(), 2);
        assert_eq!(found.deleted, BTreeMap::from([(Outcome::NotMeasured, 1)]));
        assert_eq!((found.changed.len(), found.worse().count(), found.unchanged), (2, 1, 1));
        let text = found.to_string();
        assert!(text.contains("the corpus grew by 1 (from 4)"), "{text}");
        assert!(
            text.contains("worse  GetItem/orders/0a1b2c/1\n  exact -> divergent  new "),
            "{text}"
        );
        assert!(
            text.contains("other  GetItem/orders/0a1b2c/2\n  divergent -> exact  gone "),
            "{text}"
        );
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
    }

    #[test]
    fn another_finding_of_something_that_differed_before_is_worse() {
        let mut now = run();
        now.tapes[0].played[1].findings[0].path = "$.Item.other".to_owned();
        assert_eq!(changes(&[run()], &[now])[0].worse().count(), 1);
    }

    #[test]
    fn a_target_that_is_asked_no_more_is_told() {
        let other = Run { target: "http://localhost:8000".to_owned(), ..run() };
        let found = changes(&[run(), other], &[run()]);
        assert_eq!(found[1].deleted.values().sum::<usize>(), 4);
        assert_eq!(found[1].target, "http://localhost:8000");
    }
}
