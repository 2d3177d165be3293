use std::{
    fs,
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;

use super::{
    args::{ConformArgs, Kept, Target},
    compose,
    exit::{Compared, Exit},
    expected, prove, report,
    settings::Environment,
    term,
};
use crate::{
    backend::Backend,
    clock::ManualClock,
    conformance::{
        Material, Played, Run, TapeRun,
        case::{Case, CaseFile, PlayCase, Suite, play, text_of},
        ledger::Known,
    },
    diff::{Layer, Outcome},
    emulator::{self, Emulator},
    wire::{Operation, Request},
};

/// The dialects that cases are written for if they name none.
pub(super) const DIALECTS: [&str; 2] = ["newer", "older"];

/// When the clock of a case starts: the first second of 2026, as signatures of ours say.
const START: Duration = Duration::from_secs(1_767_225_600);

pub(super) async fn run(args: ConformArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let mut suite = Suite::read(&args.cases)?;
    if args.fmt {
        return format(&suite, args.check);
    }
    if args.prove {
        return prove::run(&suite, environment).await;
    }
    let mut ledgers = expected::Ledgers::new(
        &args.expected,
        &args.target,
        args.cases.iter().map(|cases| cases.join("expected")).find(|folder| folder.is_dir()),
    )?;
    let mut known = Known { whole: ledgers.are_beside(&args.cases), ..Known::default() };
    for file in &suite.files {
        let slugs: Vec<_> = file.cases.iter().map(Case::slug).collect();
        known.add(&file.key(), slugs.iter().map(String::as_str));
    }
    if let Some(filter) = &args.filter {
        for file in &mut suite.files {
            let in_path = file.path.to_string_lossy().contains(&**filter);
            let is_it = |case: &Case| case.title.contains(&**filter) || case.slug() == *filter;
            file.cases.retain(|case| in_path || is_it(case));
        }
        suite.files.retain(|file| !file.cases.is_empty());
    }
    let mut runs = Vec::new();
    for target in &args.target {
        let mut of_target = Vec::new();
        match target {
            Target::Emulator(kept) => {
                for dialect in DIALECTS {
                    of_target.push(emulated(&suite, (target, *kept), dialect, environment).await?);
                }
            }
            Target::At { url, .. } => {
                let dialect = args.validation.name();
                of_target.push(asked(&suite, target, url, dialect, environment).await?);
            }
        }
        ledgers.settle(target, &mut of_target, &known, environment)?;
        runs.extend(of_target);
    }
    report::write(&args.report, &runs, environment)?;
    let vacuous = report::note_vacuous(&runs, "case");
    Ok(Exit::from(Compared {
        differs: runs.iter().any(|run| run.total().of(Outcome::Divergent) > 0),
        vacuous,
        stale: ledgers.stale,
        incomplete: ledgers.unmeasured > 0,
    }))
}

/// Every case that belongs to a dialect, each on an emulator of its own, through a socket.
async fn emulated(
    suite: &Suite,
    (named, kept): (&Target, Kept),
    dialect: &str,
    environment: &Environment,
) -> anyhow::Result<Run> {
    let target = format!("{}, {dialect} validation", named.label());
    let belongs = |case: &Case| match case.dialect.as_deref() {
        None => true,
        // A region's own case is played once.
        Some(named) if !DIALECTS.contains(&named) => dialect == DIALECTS[0],
        Some(named) => named == dialect,
    };
    let bar = term::progress(environment.progress, suite.cases(), "asking");
    let again = ["--target", named.label()].map(str::to_owned).to_vec();
    let mut run = started(target, again, environment);
    for file in &suite.files {
        let mut cases = tape(file);
        for case in file.cases.iter().filter(|case| belongs(case)) {
            let dialect = case.dialect.as_deref().unwrap_or(dialect);
            cases.offers.extend(case.offers());
            cases.played.push(one(file, case, kept, dialect, environment).await?);
            bar.inc(1);
        }
        run.tapes.push(cases);
    }
    bar.finish_and_clear();
    Ok(run)
}

async fn one(
    file: &CaseFile,
    case: &Case,
    kept: Kept,
    dialect: &str,
    environment: &Environment,
) -> anyhow::Result<Played> {
    let (settings, clock) = told(file, case, dialect)?;
    if kept == Kept::File && settings.eventual_lag_ms > 0 {
        let (id, operation) = (case.slug(), file.operation.clone());
        return Ok(Played::unmeasured(id, operation, compose::NO_LAG.to_owned()));
    }
    let fresh = compose::fresh(kept, settings, clock.clone())?;
    let (server, backend) = compose::served(fresh.emulator, environment).await?;
    let wait = |time| clock.advance(time);
    let target = PlayCase { backend: &backend, wait: Some(&wait), lives_on: false };
    let played = play(case, &file.operation, &target).await;
    drop(server);
    Ok(played)
}

/// An emulator as a case wants it, and its clock.
pub(super) fn emulator_for(
    file: &CaseFile,
    case: &Case,
    dialect: &str,
) -> anyhow::Result<(Emulator, Arc<ManualClock>)> {
    let (settings, clock) = told(file, case, dialect)?;
    Ok((compose::emulator_of(settings, clock.clone()), clock))
}

fn told(
    file: &CaseFile,
    case: &Case,
    dialect: &str,
) -> anyhow::Result<(emulator::Settings, Arc<ManualClock>)> {
    let mut settings =
        emulator::Settings { validation: dialect.parse()?, ..emulator::Settings::default() };
    for (name, value) in &case.settings {
        settings
            .set(name, value)
            .with_context(|| format!("{}: case \"{}\"", file.path.display(), case.title))?;
    }
    Ok((settings, Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH + START))))
}

/// Every case that belongs to a dialect, at a target that lives on.
async fn asked(
    suite: &Suite,
    named: &Target,
    url: &str,
    dialect: &str,
    environment: &Environment,
) -> anyhow::Result<Run> {
    let backend = compose::target(url, environment)?;
    let target = PlayCase { backend: &backend, wait: None, lives_on: true };
    let bar = term::progress(environment.progress, suite.cases(), "asking");
    let again = ["--target", &named.again(), "--validation", dialect].map(str::to_owned).to_vec();
    let mut run = started(named.label().to_owned(), again, environment);
    let mut answers = true;
    for file in &suite.files {
        let mut cases = tape(file);
        for case in &file.cases {
            if case.dialect.as_deref().is_some_and(|named| named != dialect) {
                continue;
            }
            cases.offers.extend(case.offers());
            cases.played.push(match case.settings.first() {
                Some((name, _)) => Played::unmeasured(
                    case.slug(),
                    file.operation.clone(),
                    format!("a target cannot be told `{name}`"),
                ),
                None => {
                    answers = answers && is_up_again(&backend).await;
                    play(case, &file.operation, &target).await
                }
            });
            bar.inc(1);
        }
        run.tapes.push(cases);
    }
    bar.finish_and_clear();
    Ok(run)
}

fn started(target: String, again: Vec<String>, environment: &Environment) -> Run {
    Run {
        target,
        material: Material::Cases,
        on: environment.today(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        again,
        tapes: Vec::new(),
    }
}

/// A target that a case brought down may be started anew: the next one waits for it a while.
async fn is_up_again(backend: &dyn Backend) -> bool {
    for _ in 0..50 {
        let lists = Request::of(Operation::ListTables, "{}");
        if backend.call(lists).await.is_ok() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    false
}

fn tape(file: &CaseFile) -> TapeRun {
    let name = file.path.display().to_string();
    TapeRun {
        file: name.clone(),
        name,
        key: file.key(),
        // Every answer comes through a socket.
        offers: [Layer::Headers, Layer::Crc].into(),
        ..TapeRun::default()
    }
}

fn format(suite: &Suite, check: bool) -> anyhow::Result<Exit> {
    let mut exit = Exit::Clean;
    for path in suite.files.iter().map(|file| &file.path).chain(&suite.givens) {
        let formatted = text_of(path)?;
        let place = path.display();
        if fs::read_to_string(path).is_ok_and(|text| text == formatted) {
            continue;
        }
        if check {
            term::note(format_args!("{place}: printed otherwise; `conform --fmt` mends it"));
            exit = Exit::Failed;
        } else {
            fs::write(path, formatted).with_context(|| format!("cannot write {place}"))?;
        }
    }
    Ok(exit)
}
