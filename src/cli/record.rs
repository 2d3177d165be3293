use std::sync::Arc;

use anyhow::bail;

use super::{
    args::{ChoiceArgs, Mode, RecordArgs},
    candidate::{Primary, Shadowing},
    compose::{self, Recorder},
    exit::Exit,
    hub,
    keep::{self, Keeping},
    locked, replay,
    session::{self, Serving},
    settings::Environment,
    term,
};
use crate::{
    backend::{noting::Noting, upstream::Resolve},
    proxy::{
        control::{Kept, Opened, Recorded, Variables, Wanted},
        intercept::{Intercept, Others},
    },
};

pub(super) async fn run(args: RecordArgs, environment: &Environment) -> anyhow::Result<Exit> {
    if args.intercept.intercept && args.upstream != "aws" {
        bail!(
            "--intercept and --upstream {}: with --intercept, the host that the client asks is \
             the upstream; leave one out",
            args.upstream
        );
    }
    let spies = args.mode == Mode::Spy;
    let reports = args.candidate.is_named() || !args.report.reports.is_empty();
    if reports && !spies {
        bail!("--candidate and --report compare, which is what --mode spy does while it records");
    }
    // Also where a tape is replayed: what is wrong in it is not to be found out later.
    let resolve = compose::resolve(&args.resolve)?;
    let exists = args.tape.exists() || locked::holds(&args.tape)?;
    match args.mode {
        Mode::Rewrite | Mode::Spy => {}
        Mode::Live => return live(&args, resolve, environment).await,
        Mode::Frozen => return replayed(&args, environment).await,
        Mode::New if exists && environment.ci => return replayed(&args, environment).await,
        Mode::Auto if exists => return replayed(&args, environment).await,
        Mode::Auto | Mode::New if environment.ci => bail!(
            "{} does not exist, and CI=true: nothing is recorded there. Record it where you \
             develop and commit it, or use --mode rewrite",
            args.tape.display()
        ),
        Mode::Auto | Mode::New => {}
    }
    let before = keep::before(&args.tape, &args.include, environment)?;
    let live = keep::secrets(environment);
    let (inside, clock) = hub::with_clock(environment);
    let source = args.source(inside.clock, environment);
    let longer = if args.mode == Mode::New { before.whole() } else { None };
    let longer = longer.as_ref().map(|old| (old, &*args.tape));
    let recorder = compose::recorder(&source, &live, longer, environment)?;
    let Recorder { mut backend, recording, from, is_aws, longer } = recorder;
    // Around the recording: what is compared is what was answered as well.
    let shadowing = spies.then(|| {
        let primary = Primary { backend: Arc::clone(&backend), name: &args.upstream, is_aws };
        Shadowing::start(primary, &args.candidate, &args.emulator, environment)
    });
    let shadowing = shadowing.transpose()?;
    if let Some(shadowing) = &shadowing {
        backend = shadowing.backend();
    }
    // With sessions beside it, not all that comes is recorded here.
    let controlled = args.control.control.is_some();
    if controlled {
        backend = Arc::new(Noting::new(backend, live.clone()));
    }
    let plan = compose::plan(&args.faults, args.emulator.seed, environment);
    let backend = compose::faulty(backend, &plan, &args.control);
    let opened = Opened {
        backend: Arc::clone(&backend),
        take: Arc::new(hub::Watched(recording.clone())),
        variables: Variables::new(),
        faults: Arc::clone(&plan),
        clock: (args.upstream == "emulator").then_some(clock),
        states: None,
        insights: None,
    };
    let how = Recorded {
        upstream: args.upstream.clone(),
        region: args.aws.region.clone(),
        max_bytes: Some(args.max_bytes),
        verify: !args.no_verify,
        longer: args.mode == Mode::New,
        load: args.load.load.clone(),
    };
    let wanted = Wanted::Record(args.tape.clone(), how);
    let emulation = source.emulation.clone();
    let serving = Serving {
        recording: (!controlled).then_some(&live),
        intercept: intercepting(&args, resolve, environment)?,
        controlled: args.control.controlled(wanted, opened, emulation, environment),
        ..Serving::new(&args.listen, &args.command)
    };
    let ended = session::serve(backend, serving, environment).await;
    let verdict = match shadowing {
        Some(shadowing) => Some(shadowing.settled().await),
        None => None,
    };
    let ended = ended?;
    term::note_idle(&plan);
    let keeping = Keeping {
        tape: args.tape.clone(),
        before,
        recording,
        from,
        longer,
        live,
        budget: args.max_bytes,
        max_age: args.age.max_age,
        verify: !args.no_verify && !args.lane,
        durations: args.durations,
        lane: args.lane,
    };
    keeping.settled().await?;
    // Of nothing there is nothing to report, and that is said.
    let verdict = verdict.filter(|_| !keeping.recording.is_empty());
    let failed = (!ended.well()).then_some("the command failed");
    let exit = kept(&args, &keeping, failed, &ended.variables, environment).await;
    let exit = exit.unwrap_or_else(|error| {
        term::note(format_args!("{error:#}"));
        Exit::Failed
    });
    let differs = verdict.map(|verdict| verdict.report(&args.report, environment));
    let exit = differs.filter(|_| exit == Exit::Clean).unwrap_or(exit);
    Ok(exit.after_child(ended.child))
}

async fn kept(
    args: &RecordArgs,
    keeping: &Keeping,
    failed: Option<&str>,
    variables: &Variables,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let exit = told(args, &keeping.keep(failed, variables, environment).await?);
    if exit == Exit::Clean {
        keeping.pushed(environment).await?;
    }
    Ok(exit)
}

/// Says what became of a recording.
fn told(args: &RecordArgs, kept: &Kept) -> Exit {
    let Kept { path, interactions, changed, reasons } = kept;
    let why = reasons.first().map_or("", String::as_str);
    let Some(path) = path else {
        let intercepts = args.intercept.intercept;
        let variable = if intercepts { "HTTPS_PROXY" } else { "AWS_ENDPOINT_URL_DYNAMODB" };
        term::note(format_args!("{why}. Does the program use {variable}?"));
        return Exit::Failed;
    };
    let changed = changed.map(|changed| format!(", {changed} changed")).unwrap_or_default();
    term::note(format_args!("{}: {interactions} interactions{changed}", path.display()));
    if kept.accepted() {
        return Exit::Clean;
    }
    reasons.iter().skip(1).for_each(term::note);
    term::note(format_args!(
        "{why}: {} is as it was, what was recorded is in {}",
        args.tape.display(),
        path.display()
    ));
    Exit::Failed
}

async fn replayed(args: &RecordArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let session = replay::Session {
        tape: &args.tape,
        complain: replay::Unused::Writes,
        choices: &ChoiceArgs::default(),
        age: args.age,
        faults: &args.faults,
        seed: args.emulator.seed,
        summaries: &[],
        intercept: &args.intercept,
        control: &args.control,
        listen: &args.listen,
        command: &args.command,
        said: Some(&args.said),
    };
    session.run(environment).await
}

async fn live(
    args: &RecordArgs,
    resolve: Resolve,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let live = keep::secrets(environment);
    let (inside, clock) = hub::with_clock(environment);
    let source = args.source(inside.clock, environment);
    let plan = compose::plan(&args.faults, args.emulator.seed, environment);
    let answers = compose::answers(&source, &live, environment)?;
    let backend = compose::faulty(answers.backend, &plan, &args.control);
    let opened = Opened {
        backend: Arc::clone(&backend),
        take: Arc::new(hub::Plain),
        variables: Variables::new(),
        faults: Arc::clone(&plan),
        clock: (args.upstream == "emulator").then_some(clock),
        states: None,
        insights: None,
    };
    let emulation = source.emulation.clone();
    let serving = Serving {
        recording: Some(&live),
        intercept: intercepting(args, resolve, environment)?,
        controlled: args.control.controlled(Wanted::Live, opened, emulation, environment),
        ..Serving::new(&args.listen, &args.command)
    };
    let ended = session::serve(backend, serving, environment).await?;
    term::note_idle(&plan);
    Ok(Exit::Clean.after_child(ended.child))
}

/// The proxy that the command asks through, with --intercept.
fn intercepting(
    args: &RecordArgs,
    resolve: Resolve,
    environment: &Environment,
) -> anyhow::Result<Option<Arc<Intercept>>> {
    let intercept = compose::intercept(&args.intercept, Others::Tunnel(resolve), environment)?;
    if let (Some(_), Some(proxy)) = (&intercept, &environment.https_proxy) {
        // Its address may hold a password.
        let proxy = proxy.rsplit('@').next().unwrap_or_default();
        bail!("HTTPS_PROXY is {proxy}: --intercept connects directly and through no other proxy");
    }
    Ok(intercept)
}
