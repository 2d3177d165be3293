//! Can the comparisons be trusted? What is recorded from the emulator must not differ from it;
//! what is changed must be reported; and every layer must have been compared.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // a test

use std::path::{Path, PathBuf};

use dynatape::{
    cassette::{Cassette, read},
    conformance::{Run, prove},
    diff::Outcome,
};
use fresh::played;
use proptest::{prelude::*, strategy::ValueTree as _, test_runner::TestRunner};

#[path = "support/fresh.rs"]
mod fresh;
#[path = "support/programs.rs"]
mod programs;

/// Programs made up, and the calls of each.
const PROGRAMS: usize = 60;
const CALLS: usize = 40;

fn recorded_programs() -> Vec<Cassette> {
    let mut runner = TestRunner::deterministic();
    let program = prop::collection::vec(programs::call(), CALLS);
    let mut random = |_| {
        let calls = program.new_tree(&mut runner).unwrap().current();
        let calls: Vec<_> = std::iter::once(programs::create()).chain(calls).collect();
        programs::record(&calls)
    };
    (0..PROGRAMS).map(&mut random).collect()
}

fn tapes() -> Vec<(String, Cassette)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cassettes");
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
        if folder.is_dir() {
            found.extend(std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found.retain(|path| path.extension().is_some_and(|end| end == "tape"));
    assert!(!found.is_empty(), "no tapes");
    let load = |path: PathBuf| {
        let (cassette, _) = read(std::fs::read_to_string(&path).unwrap()).unwrap();
        (path.strip_prefix(&root).unwrap().display().to_string(), cassette)
    };
    found.into_iter().map(load).collect()
}

#[tokio::test]
async fn what_was_recorded_from_the_emulator_does_not_differ_from_a_fresh_one() {
    let mut run = Run::default();
    for (at, cassette) in recorded_programs().iter().enumerate() {
        run.tapes.push(played(&format!("program {at}"), &cassette.to_play(), true).await);
    }
    let total = run.total();
    assert_eq!(total.of(Outcome::Exact), total.total());
    assert!(run.all().all(|(_, played)| played.findings.is_empty()));
    assert_eq!(run.never_compared(), []);
    assert!(total.total() > PROGRAMS * CALLS / 2, "{} calls", total.total());
}

#[test]
fn of_a_hundred_changes_to_recorded_answers_ninety_nine_are_reported() {
    let mut all = prove::Proof::default();
    for (name, cassette) in tapes() {
        let mut proof = prove::tape(&cassette, true);
        assert!(proof.total() > 1_000, "{name}: {} changes", proof.total());
        for (_, place) in &mut proof.survivors {
            *place = format!("{name} {place}");
        }
        all.add(proof);
    }
    let (tried, survivors) = (all.total(), all.survivors.len());
    eprintln!("{} of {tried} changes reported; by kind: {:?}", tried - survivors, all.tried);
    for kind in ["value", "number text", "order", "message", "checksum", "member removed"] {
        assert!(all.tried.get(kind).is_some_and(|count| *count >= 10), "{kind}: {:?}", all.tried);
    }
    let shown = &all.survivors[..survivors.min(20)];
    assert!(survivors * 100 <= tried, "{survivors} of {tried} not reported: {shown:#?}");
}
