//! The one place where backends are made and layers stacked.

use std::{sync::Arc, time::SystemTime};

use anyhow::{Context as _, bail};
use tokio::net::TcpListener;

use super::{
    args::{EmulatorArgs, FaultArgs, InterceptArgs, Pace, RecordArgs, Resign, TimeArg},
    ca,
    settings::Environment,
};
use crate::{
    backend::{
        Backend,
        fallback::Fallback,
        faults::{FaultPlan, Faults},
        record::{Record, Recording},
        replay::{Options, Polls, Replay, Retries},
        retime::Retime,
        upstream::{CredentialSource, Endpoint, Resolve, Settings, Sign, Trust, Upstream},
    },
    cassette::{Cassette, Provenance},
    clock::Clock,
    conformance::Preparation,
    emulator::{self, Emulator, table::Timing},
    proxy::{
        Config, Server,
        intercept::{Intercept, Others},
        tls::certificates,
    },
    storage::MemoryStore,
    wire::LiveSecrets,
};

/// The built-in emulator, empty.
pub(super) fn emulator(args: &EmulatorArgs, environment: &Environment) -> Emulator {
    let mut timing = match args.timing {
        Pace::None => Timing::AT_ONCE,
        Pace::Real => Timing::real(),
    };
    // What is said comes before what was observed.
    let said = [
        (args.create_table_ms, Timing::creating_in as fn(Timing, u64) -> Timing),
        (args.delete_table_ms, Timing::deleting_in),
        (args.update_table_ms, Timing::updating_in),
    ];
    for (millis, take) in said {
        timing = millis.map_or(timing.clone(), |millis| take(timing, millis));
    }
    let settings = emulator::Settings {
        account: args.account.clone(),
        seed: args.seed.unwrap_or(environment.seed),
        validation: args.validation,
        timing,
        ttl_delete_ms: args.ttl_delete_ms,
        throttle: args.throttle,
        eventual_lag_ms: args.eventual_lag_ms,
        conflicts: args.conflicts,
        ..emulator::Settings::default()
    };
    emulator_of(settings, Arc::clone(&environment.clock))
}

/// `backend` with the faults that were asked for, and their plan.
///
/// They stand outside of everything else: neither a recording nor a replay's state knows of them.
pub(super) fn faulty(
    backend: Arc<dyn Backend>,
    faults: &FaultArgs,
    seed: Option<u64>,
    environment: &Environment,
) -> (Arc<dyn Backend>, Arc<FaultPlan>) {
    let seed = seed.unwrap_or(environment.seed);
    let plan = Arc::new(FaultPlan::new(faults.rules.iter().cloned(), seed));
    if faults.rules.is_empty() {
        return (backend, plan);
    }
    (Arc::new(Faults::new(backend, Arc::clone(&plan))), plan)
}

/// `backend` with the times of a recording told as `time` says.
pub(super) fn retimed(
    backend: Arc<dyn Backend>,
    time: TimeArg,
    recorded_at: Option<SystemTime>,
    environment: &Environment,
) -> anyhow::Result<Arc<dyn Backend>> {
    if time == TimeArg::Recorded {
        return Ok(backend);
    }
    let recorded = recorded_at
        .context("the tape does not say when it was recorded: --time recorded is all it can do")?;
    let clock = Arc::clone(&environment.clock);
    Ok(match time {
        TimeArg::Live => Arc::new(Retime::live(backend, recorded, clock)),
        _ => Arc::new(Retime::shifted(backend, recorded, clock)),
    })
}

/// An emulator, empty, of these settings.
pub(super) fn emulator_of(settings: emulator::Settings, clock: Arc<dyn Clock>) -> Emulator {
    Emulator::new(Arc::new(MemoryStore::new()), clock, settings)
}

/// A replay of which an emulator answers what was not recorded.
pub(super) fn fallback(
    replay: Arc<Replay>,
    preparation: Preparation,
    environment: &Environment,
) -> Arc<dyn Backend> {
    let settings = emulator::Settings { seed: environment.seed, ..emulator::Settings::default() };
    let emulator = Arc::new(emulator_of(settings, Arc::clone(&environment.clock)));
    let Preparation { tables, items, unknown, .. } = preparation;
    let granted = tables.into_values().chain(items).collect();
    Arc::new(Fallback::emulated(replay, emulator, granted, unknown))
}

/// A fresh emulator on a free port, and a way to ask it. It ends when the server is dropped.
pub(super) async fn served_emulator(
    args: &EmulatorArgs,
    environment: &Environment,
) -> anyhow::Result<(Server, Upstream)> {
    served(emulator(args, environment), environment).await
}

/// An emulator on a free port, and a way to ask it. It ends when the server is dropped.
pub(super) async fn served(
    emulator: Emulator,
    environment: &Environment,
) -> anyhow::Result<(Server, Upstream)> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("cannot listen")?;
    let (backend, clock) = (Arc::new(emulator), Arc::clone(&environment.clock));
    let config = Config { seed: environment.seed, ..Config::default() };
    let server = Server::start(listener, backend, clock, config).await?;
    let upstream = target(&server.url(), environment)?;
    Ok((server, upstream))
}

/// What records.
pub(super) struct Recorder {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) recording: Recording,
    /// Where the answers come from.
    pub(super) from: Provenance,
    /// The old tape and who answers what it does not, where it is to become longer.
    pub(super) longer: Option<Arc<Fallback>>,
}

/// What answers while recording; `old` is a tape to be made longer.
///
/// The recording stands directly around what answers: what it keeps is what was answered, not
/// what a layer made of it on the way to the client.
pub(super) fn recorder(
    args: &RecordArgs,
    secrets: &LiveSecrets,
    old: Option<&Cassette>,
    environment: &Environment,
) -> anyhow::Result<Recorder> {
    let (answers, from): (Arc<dyn Backend>, _) = if args.upstream == "emulator" {
        let from = Provenance { kind: "dynatape".to_owned(), ..Provenance::default() };
        (Arc::new(emulator(&args.emulator, environment)), from)
    } else {
        let upstream = upstream(args, secrets, environment)?;
        let endpoint = upstream.endpoint();
        // Who shows a certificate of somebody else's is somebody else.
        let shown = args.upstream_ca.is_none();
        let kind = if shown && endpoint.is_aws() && endpoint.is_tls() { "aws" } else { "other" };
        // With --intercept, the hosts that are asked tell it.
        let region = endpoint.region().filter(|_| !args.intercept.intercept).map(str::to_owned);
        let from = Provenance { kind: kind.to_owned(), region, ..Provenance::default() };
        (Arc::new(upstream), from)
    };
    let from = Provenance { label: args.label.clone(), ..from };
    let recording = Recording::new();
    let Some(old) = old else {
        let backend = Arc::new(Record::new(answers, recording.clone()));
        return Ok(Recorder { backend, recording, from, longer: None });
    };
    if old.header.from.kind != from.kind {
        bail!(
            "{} was recorded from {}, and --upstream {} is not that: --mode rewrite records all of \
             it anew",
            args.tape.display(),
            old.header.from.summary(),
            args.upstream
        );
    }
    // All that the tape holds is asked for as it was recorded, and so recorded again as it was.
    let options =
        Options { polls: Polls::Faithful, retries: Retries::Faithful, ..Options::default() };
    let clock = Arc::clone(&environment.clock);
    let replay = Arc::new(Replay::with(old.clone(), options, clock, String::new()));
    let longer = Arc::new(Fallback::upstream(replay, answers));
    let backend = Arc::new(Record::new(Arc::clone(&longer), recording.clone()));
    Ok(Recorder { backend, recording, from, longer: Some(longer) })
}

/// What answers without being recorded.
pub(super) fn live(
    args: &RecordArgs,
    secrets: &LiveSecrets,
    environment: &Environment,
) -> anyhow::Result<Arc<dyn Backend>> {
    if args.upstream == "emulator" {
        return Ok(Arc::new(emulator(&args.emulator, environment)));
    }
    Ok(Arc::new(upstream(args, secrets, environment)?))
}

fn upstream(
    args: &RecordArgs,
    secrets: &LiveSecrets,
    environment: &Environment,
) -> anyhow::Result<Upstream> {
    let by_host = args.intercept.intercept;
    // Where the host tells the region, only what the user says for this run is stronger.
    let elsewhere = || environment.region.clone().filter(|_| !by_host);
    let region = args.region.clone().or_else(elsewhere);
    let endpoint = if by_host {
        // Not asked: each request names its own host.
        Endpoint::aws("us-east-1")?
    } else if args.upstream == "aws" {
        let region = region
            .clone()
            .context("--upstream aws needs a region: give --region or set AWS_REGION")?;
        Endpoint::aws(&region)?
    } else {
        args.upstream.parse::<Endpoint>().context("--upstream is `aws`, `emulator` or a URL")?
    };
    let source = credentials(args.profile.clone(), environment);
    let mut settings = Settings::new(endpoint, Arc::clone(&source));
    match args.resign {
        Resign::Auto if args.intercept.intercept => settings.sign = Sign::Keep,
        Resign::Auto => {}
        Resign::Always => settings.sign = Sign::With { source, region },
        Resign::Never => settings.sign = Sign::Keep,
    }
    settings.by_host = by_host;
    settings.resolve = resolve(&args.resolve)?;
    if let Some(path) = &args.upstream_ca {
        settings.trust = Trust::Only(certificates(path)?);
    }
    settings.secrets = secrets.clone();
    Ok(Upstream::new(settings, Arc::clone(&environment.clock))?)
}

/// What `--resolve` says.
pub(super) fn resolve(texts: &[String]) -> anyhow::Result<Resolve> {
    Resolve::of(texts).context("--resolve is HOST=ADDRESS or HOST=ADDRESS:PORT")
}

/// What `--intercept` asks for.
pub(super) fn intercept(
    args: &InterceptArgs,
    others: Others,
    environment: &Environment,
) -> anyhow::Result<Option<Arc<Intercept>>> {
    if !args.intercept {
        return Ok(None);
    }
    let authority = ca::authority(&args.ca, environment)?;
    Ok(Some(Arc::new(Intercept { authority, others })))
}

/// A target to play at: anything that has a URL, with the signature that the player makes up.
pub(super) fn target(url: &str, environment: &Environment) -> anyhow::Result<Upstream> {
    let endpoint = url.parse::<Endpoint>().context("--target is `emulator` or a URL")?;
    if endpoint.is_aws() {
        anyhow::bail!(
            "{endpoint} is AWS: playing a tape there would make, write and delete tables in your \
             account, and nothing fences it in yet. Record from AWS and diff the tape instead"
        );
    }
    let source = credentials(None, environment);
    Ok(Upstream::new(Settings::new(endpoint, source), Arc::clone(&environment.clock))?)
}

/// Whose credentials sign what goes to AWS: the SDKs' chain.
#[cfg(feature = "aws")]
fn credentials(profile: Option<String>, environment: &Environment) -> Arc<dyn CredentialSource> {
    Arc::new(crate::backend::upstream::AwsChain::new(profile, Arc::clone(&environment.clock)))
}

/// Whose credentials sign what goes to AWS: those of the environment, and no others without the
/// feature `aws`.
#[cfg(not(feature = "aws"))]
fn credentials(_: Option<String>, environment: &Environment) -> Arc<dyn CredentialSource> {
    let mut secrets = environment.secrets.iter().map(String::as_str);
    let (key, secret) = (secrets.next().unwrap_or_default(), secrets.next().unwrap_or_default());
    Arc::new(crate::backend::upstream::Fixed::new(key, secret, secrets.next()))
}
