use std::{
    fs,
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::Context as _;

use super::{
    args::{ConformArgs, Kept, Target},
    asking::{self, Asked},
    compose,
    exit::{Compared, Exit},
    expected,
    fence::{self, Fenced},
    prove, report,
    settings::Environment,
    term, update,
};
use crate::{
    clock::ManualClock,
    conformance::{
        Material, Played, Run, TapeRun,
        case::{AWS, Case, CaseFile, EMULATOR, FENCED, PlayCase, Suite, play, text_of},
        ledger::Known,
    },
    diff::{Layer, Outcome},
    emulator::{self, Emulator},
};

/// The dialects that cases are written for if they name none.
pub(super) const DIALECTS: [&str; 2] = ["newer", "older"];

/// When the clock of a case starts: the first second of 2026, as signatures of ours say.
const START: Duration = Duration::from_secs(1_767_225_600);

pub(super) async fn run(args: ConformArgs, environment: &Environment) -> anyhow::Result<Exit> {
    if let Some(ledger) = &args.clean {
        return fence::clean(ledger, &args.fence, environment).await;
    }
    if args.update {
        update::allowed(&args)?;
    }
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
                let asked = asked(&suite, target, url, &args, environment).await?;
                let Some(asked) = asked else { return Ok(Exit::Failed) };
                of_target.push(asked.run);
                known.left_out = asked.left_out;
            }
        }
        ledgers.settle(target, &mut of_target, &known, environment)?;
        runs.extend(of_target);
    }
    report::write(&args.report, &runs, environment)?;
    if args.update {
        return update::run(&args, &suite, &runs, environment);
    }
    let vacuous = report::note_vacuous(&runs, "case");
    Ok(Exit::from(Compared {
        differs: runs.iter().any(|run| run.total().of(Outcome::Divergent) > 0),
        vacuous,
        stale: ledgers.stale,
        incomplete: ledgers.unmeasured > 0,
    }))
}

/// Puts the cases to a target that lives on; nothing comes of it if the user had enough, or if
/// something is left in a fence.
async fn asked(
    suite: &Suite,
    target: &Target,
    url: &str,
    args: &ConformArgs,
    environment: &Environment,
) -> anyhow::Result<Option<Asked>> {
    let dialect = args.validation.name();
    let is_aws = compose::is_aws(url);
    if !is_aws && args.fence.fence.is_none() {
        return asking::alone(suite, target, url, dialect, environment).await.map(Some);
    }
    let has = if is_aws { AWS } else { FENCED };
    let mut fenced = Fenced::open(url, &args.fence, environment).await?;
    let layer = Arc::clone(fenced.layer());
    let asking = asking::fenced(suite, target, &layer, dialect, (has, args.at_once), environment);
    let asked = fenced.during(asking).await;
    let gone = fenced.close().await?;
    let again = ["--fence", args.fence.prefix()].map(str::to_owned);
    let asked = asked.map(|mut asked| {
        asked.run.again.extend(again);
        asked
    });
    Ok(asked.filter(|_| gone))
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
        _ if case.left_out(EMULATOR).is_some() => false,
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
    let target = PlayCase { backend: &backend, wait: Some(&wait), lives_on: None };
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

pub(super) fn started(target: String, again: Vec<String>, environment: &Environment) -> Run {
    Run {
        target,
        material: Material::Cases,
        on: environment.today(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        again,
        tapes: Vec::new(),
    }
}

pub(super) fn tape(file: &CaseFile) -> TapeRun {
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
