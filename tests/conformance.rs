//! The conformance suite, put to the emulator in both validation dialects, and once more with its
//! data in a file: one test each.

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
    storage::{MemoryStore, SqliteStore, Store, sqlite::Durability},
};
use libtest_mimic::{Arguments, Failed, Trial};

/// Where the emulator keeps what it is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kept {
    Memory,
    File,
}

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
                let operation = file.operation.clone();
                let path: PathBuf = file.path.clone();
                for store in [Kept::Memory, Kept::File] {
                    // Dialects differ in what is read of a request, which no store sees.
                    if store == Kept::File && dialect == "older" && case.dialect.is_none() {
                        continue;
                    }
                    // A file keeps no states for reads that lag behind.
                    let lags = case.settings.iter().any(|(name, _)| name == "eventual_lag_ms");
                    if store == Kept::File && lags {
                        continue;
                    }
                    let name =
                        if store == Kept::File { format!("{name}/sqlite") } else { name.clone() };
                    let (case, runtime) = (Arc::clone(&case), Arc::clone(&runtime));
                    let (operation, dialect, path) =
                        (operation.clone(), dialect.clone(), path.clone());
                    trials.push(Trial::test(name, move || {
                        runtime.block_on(check(&case, store, &operation, &dialect, &path))
                    }));
                }
            }
        }
    }
    // The runtime is one thread's at a time.
    let arguments = Arguments { test_threads: Some(1), ..Arguments::from_args() };
    libtest_mimic::run(&arguments, trials).exit_code()
}

async fn check(
    case: &Case,
    store: Kept,
    operation: &str,
    dialect: &str,
    path: &Path,
) -> Result<(), Failed> {
    let mut settings = Settings { validation: dialect.parse()?, ..Settings::default() };
    for (name, value) in &case.settings {
        settings.set(name, value)?;
    }
    let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_767_225_600);
    let clock = Arc::new(ManualClock::at(start));
    let folder = tempfile::tempdir()?;
    let store: Arc<dyn Store> = match store {
        Kept::Memory => Arc::new(MemoryStore::new()),
        Kept::File => Arc::new(SqliteStore::open(&folder.path().join("db"), Durability::Fleeting)?),
    };
    let emulator = Emulator::new(store, clock.clone(), settings);
    let wait = |time| clock.advance(time);
    let target = PlayCase { backend: &emulator, wait: Some(&wait), lives_on: None };
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
