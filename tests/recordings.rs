//! The emulator against recordings of the real service. They are not part of the project: their
//! folder is named by `DYNATAPE_TRUTH`, and without it nothing is measured (with
//! `DYNATAPE_TRUTH_REQUIRED` that is a failure).

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)] // a test

use std::path::{Path, PathBuf};

use dynatape::{
    cassette::import,
    conformance::{
        Run, TapeRun,
        ledger::{Known, Ledger},
    },
    diff::{Layer, Outcome},
};
use fresh::played;

#[path = "support/fresh.rs"]
mod fresh;

fn recording(name: &str) -> Option<PathBuf> {
    #[allow(clippy::disallowed_methods)] // a test's own setting
    let (folder, required) =
        (std::env::var_os("DYNATAPE_TRUTH"), std::env::var_os("DYNATAPE_TRUTH_REQUIRED").is_some());
    match folder {
        Some(folder) => Some(PathBuf::from(folder).join(name)),
        None if required => panic!("DYNATAPE_TRUTH is not set"),
        None => {
            eprintln!("{name}: not measured: DYNATAPE_TRUTH is not set");
            None
        }
    }
}

/// Plays every sequence of a recording at a fresh emulator each.
async fn all_played(name: &str) -> Option<Run> {
    let text = std::fs::read(recording(name)?).expect(name);
    let mut run = Run { target: "emulator".into(), ..Run::default() };
    for imported in import::json_lines(&text.into()).expect(name) {
        run.tapes.push(played(&imported.name, &imported.cassette, imported.exact).await);
    }
    Some(run)
}

fn divergent(run: &Run) -> Vec<String> {
    let all = run.all().filter(|(_, played)| played.outcome == Outcome::Divergent);
    all.map(|(tape, played)| format!("{} {} {:?}", tape.name, played.id, played.findings)).collect()
}

#[tokio::test]
async fn answers_every_recorded_request_of_the_document_store_suite_as_the_service_did() {
    let Some(run) = all_played("gocloud.jsonl").await else { return };
    let total = run.total();
    assert_eq!(divergent(&run), [""; 0]);
    assert_eq!((run.tapes.len(), total.total()), (67, 1317));
    assert_eq!(total.of(Outcome::Exact) + total.of(Outcome::Equivalent), 1317);
    // What is equivalent is so because tables have grown members and histories since.
    assert!(total.of(Outcome::Exact) >= 1255, "{}", total.of(Outcome::Exact));
    for layer in
        [Layer::Status, Layer::Type, Layer::Message, Layer::Values, Layer::Order, Layer::Wire]
    {
        assert!(total.tally.compared(layer) > 50, "{layer} was hardly compared");
    }
}

#[tokio::test]
async fn answers_the_movie_walk_through_as_the_service_did() {
    let Some(run) = all_played("smithy-rs.jsonl").await else { return };
    assert_eq!(divergent(&run), [""; 0]);
    assert_eq!(run.total().total(), 10);
}

/// The ledger has a reason for each difference, and no reason for anything else.
#[tokio::test]
async fn every_difference_from_a_recording_is_explained() {
    let Some(readme) = recording("README.md") else { return };
    let folder = readme.parent().unwrap();
    let mut files: Vec<_> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.extension().is_some_and(|end| end == "jsonl"));
    let mut known = Known { whole: true, ..Known::default() };
    let mut run = Run { target: "emulator".into(), ..Run::default() };
    for file in files {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read(&file).expect(&name);
        for imported in import::json_lines(&text.into()).expect(&name) {
            let (cassette, key) = (imported.cassette, format!("{name}/{}", imported.name));
            known.add(&key, cassette.interactions.iter().map(|one| &*one.id));
            let tape = played(&key, &cassette, imported.exact).await;
            run.tapes.push(TapeRun { key, ..tape });
        }
    }
    assert!(run.tapes.len() > 400, "{}", run.tapes.len());
    let ledger = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance/expected/recordings.toml");
    let ledger = Ledger::read(&ledger, false).unwrap();
    let mut runs = [run];
    let settled = ledger.settle(&mut runs, &known, "2026-11-21");
    assert_eq!(settled.complaints, []);
    assert_eq!(divergent(&runs[0]), [""; 0]);
    assert_eq!(runs[0].never_compared(), []);
}
