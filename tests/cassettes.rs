//! The tapes of the repository: readable, printed the one way, replayed byte for byte, and
//! diffed against the emulator with counts that somebody has looked at.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // a test

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use dynatape::{
    backend::{
        Backend as _,
        replay::{Options, Polls, Replay},
    },
    cassette::{Answer, Cassette, read, to_text},
    clock::SystemClock,
    conformance::Run,
    diff::Outcome,
    wire::profile::{X_AMZ_CRC32, crc32},
};
use fresh::played;

#[path = "support/fresh.rs"]
mod fresh;

/// Every tape, by its path in `cassettes/`.
fn tapes() -> Vec<(String, Cassette)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("cassettes");
    let mut found: Vec<PathBuf> = Vec::new();
    for folder in std::fs::read_dir(&root).unwrap().map(|entry| entry.unwrap().path()) {
        if folder.is_dir() {
            found.extend(std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    found.retain(|path| path.extension().is_some_and(|end| end == "tape"));
    found.sort();
    assert!(found.len() >= 5, "the repository has lost its tapes: {found:?}");
    let load = |path: PathBuf| {
        let text = std::fs::read_to_string(&path).unwrap();
        let (cassette, damaged) = read(text.clone()).unwrap();
        assert_eq!(damaged, [], "{}", path.display());
        assert_eq!(to_text(&cassette), text, "{} is not formatted", path.display());
        (path.strip_prefix(&root).unwrap().display().to_string(), cassette)
    };
    found.into_iter().map(load).collect()
}

#[test]
fn every_tape_says_what_answered_and_stays_small() {
    for (name, cassette) in tapes() {
        assert_eq!(cassette.header.from.kind, "other", "{name}");
        assert!(cassette.header.from.label.is_some(), "{name}");
        // Past this a tape is no longer reviewed.
        assert!(to_text(&cassette).len() < 256 * 1024, "{name}");
        let mut renumbered = cassette.clone();
        renumbered.renumber();
        assert_eq!(renumbered.interactions, cassette.interactions, "{name} was edited");
    }
}

#[tokio::test]
async fn every_tape_replays_byte_for_byte() {
    for (name, cassette) in tapes() {
        let options = Options { polls: Polls::Faithful, ..Options::default() };
        let clock = Arc::new(SystemClock);
        let replay = Replay::with(cassette.clone(), options, clock, String::new());
        for interaction in &cassette.interactions {
            let Answer::Http { status, body, .. } = &interaction.answer else { continue };
            for _ in 0..interaction.times {
                let answer = replay.call(interaction.to_request()).await.unwrap();
                assert_eq!(
                    (answer.status, &answer.body),
                    (*status, body),
                    "{name} {}",
                    interaction.id
                );
                assert_eq!(answer.headers[X_AMZ_CRC32], crc32(body).to_string());
            }
        }
        let summary = replay.summary();
        assert_eq!((summary.misses.len(), summary.repeats), (0, 0), "{name}");
        assert_eq!(summary.calls, summary.exact, "{name}");
        assert!(summary.unused_writes.is_empty() && summary.unused_reads.is_empty(), "{name}");
    }
}

/// A change of these counts is a change of the emulator's fidelity, or of the differ: look at
/// `dynatape diff cassettes` before accepting it.
#[tokio::test]
async fn every_tape_is_diffed_with_known_counts() {
    let mut shown = String::new();
    for (name, cassette) in tapes() {
        let played = played(&name, &cassette.to_play(), true).await;
        let run = Run { target: "emulator".into(), tapes: vec![played], ..Run::default() };
        assert!(!run.is_vacuous(), "{name}");
        let total = run.total();
        let counts = Outcome::ALL.map(|outcome| format!("{} {outcome}", total.of(outcome)));
        shown.push_str(&format!("{name}: {}\n", counts.join(", ")));
    }
    insta::assert_snapshot!(shown);
}
