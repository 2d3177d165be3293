//! The conformance suite, put to the emulator in both validation dialects: one test a case.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // a test

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Arc,
    time::{Duration, SystemTime},
};

use dynatape::{
    clock::ManualClock,
    conformance::case::{Case, EMULATOR, PlayCase, Suite, play},
    diff::Outcome,
    emulator::{Emulator, Settings},
    storage::MemoryStore,
};
use libtest_mimic::{Arguments, Failed, Trial};

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let suite = Suite::read(&[folder]).unwrap_or_else(|error| panic!("{error}"));
    let runtime = Arc::new(tokio::runtime::Builder::new_current_thread().build().unwrap());
    let mut trials = Vec::new();
    for file in suite.files {
        let stem = file.path.file_stem().unwrap().to_string_lossy().into_owned();
        let cases = file.cases.into_iter().filter(|case| case.left_out(EMULATOR).is_none());
        for case in cases.map(Arc::new) {
            let dialects = match &case.dialect {
                Some(dialect) => vec![dialect.clone()],
                None => vec!["newer".to_owned(), "older".to_owned()],
            };
            for dialect in dialects {
                let name = format!("{}/{stem}/{}/{dialect}", file.operation, case.slug());
                let (case, runtime) = (Arc::clone(&case), Arc::clone(&runtime));
                let operation = file.operation.clone();
                let path: PathBuf = file.path.clone();
                trials.push(Trial::test(name, move || {
                    runtime.block_on(check(&case, &operation, &dialect, &path))
                }));
            }
        }
    }
    // The runtime is one thread's at a time.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials).exit_code()
}

async fn check(case: &Case, operation: &str, dialect: &str, path: &Path) -> Result<(), Failed> {
    let mut settings = Settings { validation: dialect.parse()?, ..Settings::default() };
    for (name, value) in &case.settings {
        settings.set(name, value)?;
    }
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let clock = Arc::new(ManualClock::at(start));
    let emulator = Emulator::new(Arc::new(MemoryStore::new()), clock.clone(), settings);
    let wait = |time| clock.advance(time);
    let target = PlayCase { backend: &emulator, wait: Some(&wait), lives_on: false };
    let played = play(case, operation, &target).await;
    if played.outcome == Outcome::Exact {
        return Ok(());
    }
    let mut text = format!("{}: \"{}\" is {}", path.display(), case.title, played.outcome);
    let _ = write!(text, "\n{}", played.note.unwrap_or_default());
    for finding in played.findings.iter().filter(|finding| finding.matters) {
        let _ = write!(
            text,
            "\n{} {}\n  expected  {}\n  answered  {}",
            finding.layer, finding.path, finding.expected, finding.actual
        );
    }
    Err(text.into())
}
