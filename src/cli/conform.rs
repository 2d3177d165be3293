use std::{
    fs,
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, bail};

use super::{args::ConformArgs, compose, exit::Exit, report, settings::Environment, term};
use crate::{
    clock::ManualClock,
    conformance::{
        Material, Played, Run, TapeRun,
        case::{Case, CaseFile, PlayCase, Suite, play, text_of},
    },
    diff::Outcome,
    emulator,
};

/// The dialects that cases are written for if they name none.
const DIALECTS: [&str; 2] = ["newer", "older"];

/// When the clock of a case starts: the first second of 2026, as signatures of ours say.
const START: Duration = Duration::from_secs(1_767_225_600);

pub(super) async fn run(args: ConformArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let mut suite = Suite::read(&args.cases)?;
    if args.fmt {
        return format(&suite, args.check);
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
        if target == "emulator" {
            for dialect in DIALECTS {
                runs.push(emulated(&suite, dialect, environment).await?);
            }
        } else {
            runs.push(asked(&suite, target, args.validation.name(), environment).await?);
        }
    }
    report::write(&args.report, &runs, environment)?;
    if runs.iter().any(Run::is_vacuous) {
        bail!("nothing was compared: no case could be played");
    }
    let some = |outcome| runs.iter().any(|run| run.total().of(outcome) > 0);
    Ok(match () {
        () if some(Outcome::Divergent) => Exit::Differs,
        () if some(Outcome::NotMeasured) => Exit::Failed,
        () => Exit::Clean,
    })
}

/// Every case that belongs to a dialect, each on an emulator of its own, through a socket.
async fn emulated(suite: &Suite, dialect: &str, environment: &Environment) -> anyhow::Result<Run> {
    let target = format!("emulator, {dialect} validation");
    let belongs = |case: &Case| match case.dialect.as_deref() {
        None => true,
        // A region's own case is played once.
        Some(named) if !DIALECTS.contains(&named) => dialect == DIALECTS[0],
        Some(named) => named == dialect,
    };
    let bar = term::progress(environment.progress, suite.cases(), "asking");
    let again = ["--target", "emulator"].map(str::to_owned).to_vec();
    let mut run = started(target, again, environment);
    for file in &suite.files {
        let mut cases = tape(file);
        for case in file.cases.iter().filter(|case| belongs(case)) {
            let dialect = case.dialect.as_deref().unwrap_or(dialect);
            cases.played.push(one(file, case, dialect, environment).await?);
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
    dialect: &str,
    environment: &Environment,
) -> anyhow::Result<Played> {
    let mut settings =
        emulator::Settings { validation: dialect.parse()?, ..emulator::Settings::default() };
    for (name, value) in &case.settings {
        settings
            .set(name, value)
            .with_context(|| format!("{}: case \"{}\"", file.path.display(), case.title))?;
    }
    let clock = Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH + START));
    let (server, backend) =
        compose::served(compose::emulator_of(settings, clock.clone()), environment).await?;
    let wait = |time| clock.advance(time);
    let target = PlayCase { backend: &backend, wait: Some(&wait), lives_on: false };
    let played = play(case, &file.operation, &target).await;
    drop(server);
    Ok(played)
}

/// Every case that belongs to a dialect, at a target that lives on.
async fn asked(
    suite: &Suite,
    url: &str,
    dialect: &str,
    environment: &Environment,
) -> anyhow::Result<Run> {
    let backend = compose::target(url, environment)?;
    let target = PlayCase { backend: &backend, wait: None, lives_on: true };
    let bar = term::progress(environment.progress, suite.cases(), "asking");
    let again = ["--target", url, "--validation", dialect].map(str::to_owned).to_vec();
    let mut run = started(url.to_owned(), again, environment);
    for file in &suite.files {
        let mut cases = tape(file);
        for case in &file.cases {
            if case.dialect.as_deref().is_some_and(|named| named != dialect) {
                continue;
            }
            cases.played.push(match case.settings.first() {
                Some((name, _)) => Played::unmeasured(
                    case.slug(),
                    file.operation.clone(),
                    format!("a target cannot be told `{name}`"),
                ),
                None => play(case, &file.operation, &target).await,
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

fn tape(file: &CaseFile) -> TapeRun {
    let name = file.path.display().to_string();
    TapeRun { file: name.clone(), name, ..TapeRun::default() }
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
