//! The one place where backends are made and layers stacked.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime},
};

use anyhow::{Context as _, bail};
use tempfile::TempDir;
use tokio::net::TcpListener;

use super::{
    args::{
        AwsArgs, CandidateArgs, ControlArgs, EmulatorArgs, FaultArgs, FenceArgs, InterceptArgs,
        Kept, LoadArgs, Pace, RecordArgs, Resign, S3Root, ShadowArgs, StorageArgs,
    },
    ca, load,
    settings::Environment,
    state::Emulated,
};
use crate::{
    backend::{
        Backend,
        blocking::Blocking,
        fallback::Fallback,
        faults::{FaultPlan, Faults},
        record::{Record, Recording},
        replay::{Options, Polls, Replay, Retries},
        retime::{self, Retime, Times},
        upstream::{CredentialSource, Endpoint, Resolve, Settings, Sign, Trust, Upstream},
    },
    cassette::{Cassette, Provenance, instant},
    clock::{Clock, MovableClock},
    conformance::{Preparation, prepare},
    emulator::{self, Emulator, s3::S3, table::Timing},
    proxy::{
        Config, Server,
        control::{Insights, Replaying, States, Variables},
        intercept::{Intercept, Others},
        tls::certificates,
    },
    storage::{MemoryStore, SqliteStore, Store, sqlite::Durability},
    wire::LiveSecrets,
};

/// The built-in emulator, empty.
pub(super) fn emulator(args: &EmulatorArgs, environment: &Environment) -> Emulator {
    emulator_of(emulation(args, environment), Arc::clone(&environment.clock))
}

/// How the built-in emulator shall answer.
pub(super) fn emulation(args: &EmulatorArgs, environment: &Environment) -> emulator::Settings {
    let mut timing = match args.timing {
        Pace::None => Timing::AT_ONCE,
        Pace::Real => Timing::real(),
    };
    // What is said comes before what was observed.
    let said = [
        (args.create_table_ms, Timing::creating_in as fn(Timing, u64) -> Timing),
        (args.delete_table_ms, Timing::deleting_in),
        (args.update_table_ms, Timing::updating_in),
        (args.replication_lag_ms, Timing::replicating_in),
    ];
    for (millis, take) in said {
        timing = millis.map_or(timing.clone(), |millis| take(timing, millis));
    }
    let settings = emulator::Settings::default();
    emulator::Settings {
        account: args.account.clone(),
        seed: args.seed.unwrap_or(environment.seed),
        validation: args.validation,
        timing,
        ttl_delete_ms: args.ttl_delete_ms,
        throttle: args.throttle,
        eventual_lag_ms: args.eventual_lag_ms,
        conflicts: args.conflicts,
        enforce_policies: args.enforce_policies,
        kinesis_root: args.kinesis_root.clone(),
        s3: buckets(args.s3_root.as_ref(), environment),
        stream_shards: args.stream_shards,
        stream_shard_ms: args.stream_shard_ms.unwrap_or(settings.stream_shard_ms),
        ..settings
    }
}

/// Where the buckets of an emulator are.
fn buckets(root: Option<&S3Root>, environment: &Environment) -> S3 {
    match root {
        None => S3::Memory,
        Some(S3Root::Folder(folder)) => S3::Folder(folder.clone()),
        #[cfg(feature = "store")]
        Some(S3Root::Server(url)) => {
            S3::Elsewhere(Arc::new(super::server_buckets::ServerBuckets::at(url, environment)))
        }
    }
}

/// `backend` with the faults of a plan.
///
/// They stand outside of everything else: neither a recording nor a replay's state knows of them.
/// Where there are none, and nobody can set some (`control`), there is no layer.
pub(super) fn faulty(
    backend: Arc<dyn Backend>,
    plan: &Arc<FaultPlan>,
    control: &ControlArgs,
) -> Arc<dyn Backend> {
    if control.control.is_none() && plan.list().is_empty() {
        return backend;
    }
    faulty_when_told(backend, plan)
}

/// `backend` with the faults of a plan that may change.
pub(super) fn faulty_when_told(
    backend: Arc<dyn Backend>,
    plan: &Arc<FaultPlan>,
) -> Arc<dyn Backend> {
    Arc::new(Faults::new(backend, Arc::clone(plan)))
}

/// The faults that were asked for.
pub(super) fn plan(
    args: &FaultArgs,
    seed: Option<u64>,
    environment: &Environment,
) -> Arc<FaultPlan> {
    let rules = args.rules.iter().cloned();
    Arc::new(FaultPlan::new(rules, seed.unwrap_or(environment.seed)))
}

/// `backend` with the times of a recording told as `time` says.
fn retimed(
    backend: Arc<dyn Backend>,
    time: Times,
    recorded_at: Option<SystemTime>,
    environment: &Environment,
) -> anyhow::Result<Arc<dyn Backend>> {
    if time == Times::Recorded {
        return Ok(backend);
    }
    let recorded = recorded_at
        .context("the tape does not say when it was recorded: --time recorded is all it can do")?;
    let clock = Arc::clone(&environment.clock);
    Ok(match time {
        Times::Live => Arc::new(Retime::live(backend, recorded, clock)),
        Times::Recorded | Times::Shift => Arc::new(Retime::shifted(backend, recorded, clock)),
    })
}

/// What replays.
pub(super) struct Replayer {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) replay: Arc<Replay>,
    /// When the tape was recorded, as far as it says.
    pub(super) recorded_at: Option<String>,
    /// What its program wanted to find again.
    pub(super) variables: Variables,
}

/// What answers from a tape; `fix` would record it again.
pub(super) fn replayer(
    cassette: Cassette,
    how: &Replaying,
    fix: String,
    environment: &Environment,
) -> anyhow::Result<Replayer> {
    let recorded_at = retime::recorded_at(&cassette);
    let variables = cassette.header.vars.iter().cloned().collect();
    // What a tape takes for granted is asked of it only where something is to be made of it.
    let preparation = how.emulate_misses.then(|| prepare(&cassette));
    let clock = Arc::clone(&environment.clock);
    let replay = Arc::new(Replay::with(cassette, how.options, clock, fix));
    let backend: Arc<dyn Backend> = match preparation {
        Some(preparation) => fallback(Arc::clone(&replay), preparation, environment),
        None => Arc::clone(&replay) as Arc<dyn Backend>,
    };
    let backend = retimed(backend, how.time, recorded_at, environment)?;
    Ok(Replayer { backend, replay, recorded_at: recorded_at.map(instant), variables })
}

/// An emulator, empty, of these settings.
pub(super) fn emulator_of(settings: emulator::Settings, clock: Arc<dyn Clock>) -> Emulator {
    Emulator::new(Arc::new(MemoryStore::new()), clock, settings)
}

/// An emulator of these settings, in memory, that begins with what is in these files.
pub(super) fn loaded(
    load: &[PathBuf],
    settings: emulator::Settings,
    clock: Arc<dyn Clock>,
    environment: &Environment,
) -> anyhow::Result<Emulator> {
    loaded_into(Arc::new(MemoryStore::new()), load, settings, clock, environment)
}

fn loaded_into(
    store: Arc<dyn Store>,
    load: &[PathBuf],
    settings: emulator::Settings,
    clock: Arc<dyn Clock>,
    environment: &Environment,
) -> anyhow::Result<Emulator> {
    let emulator = Emulator::new(store, clock, load::calm(&settings));
    load::load(&emulator, load, environment)?;
    Ok(emulator.with_settings(settings))
}

/// A replay of which an emulator answers what was not recorded.
fn fallback(
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

/// Why an emulator with its data in a file cannot let reads lag behind.
pub(super) const NO_LAG: &str =
    "a file keeps no states for reads that lag behind: --eventual-lag-ms is of a store in memory";

/// An emulator with its data where it was told to keep it.
pub(super) struct Stored {
    pub(super) backend: Arc<dyn Backend>,
    /// Its states, where it keeps some and somebody can ask for them.
    pub(super) states: Option<Arc<States>>,
    /// Which keys are asked for most, where somebody can ask for that.
    pub(super) insights: Option<Arc<dyn Insights>>,
}

/// An emulator that keeps its data where it is told.
pub(super) fn stored(
    (file, load): (&StorageArgs, &LoadArgs),
    settings: emulator::Settings,
    clock: Arc<MovableClock>,
    control: &ControlArgs,
    environment: &Environment,
) -> anyhow::Result<Stored> {
    let Some(path) = &file.db else {
        let time = Arc::<MovableClock>::clone(&clock);
        let emulator = Arc::new(loaded(&load.load, settings, time, environment)?);
        if control.control.is_none() {
            return Ok(Stored { backend: emulator, states: None, insights: None });
        }
        let states = Arc::new(States::new(Arc::new(Emulated { emulator, clock }))?);
        let insights = Some(Arc::<States>::clone(&states) as Arc<dyn Insights>);
        return Ok(Stored { backend: states.backend(), states: Some(states), insights });
    };
    if settings.eventual_lag_ms > 0 {
        bail!(NO_LAG);
    }
    let store = Arc::new(SqliteStore::open(path, file.durability.into())?);
    let emulator = Arc::new(loaded_into(store, &load.load, settings, clock, environment)?);
    // It waits for the disk: not where all connections are served.
    let insights = Some(Arc::<Emulator>::clone(&emulator) as Arc<dyn Insights>);
    Ok(Stored { backend: Arc::new(Blocking::new(emulator)), states: None, insights })
}

/// An emulator with nothing in it.
pub(super) struct Fresh {
    pub(super) emulator: Emulator,
    /// Where its file is, as long as this is there.
    _folder: Option<TempDir>,
}

/// An emulator, empty, that keeps its data there.
pub(super) fn fresh(
    kept: Kept,
    settings: emulator::Settings,
    clock: Arc<dyn Clock>,
) -> anyhow::Result<Fresh> {
    if kept == Kept::Memory {
        return Ok(Fresh { emulator: emulator_of(settings, clock), _folder: None });
    }
    if settings.eventual_lag_ms > 0 {
        bail!(NO_LAG);
    }
    let folder = tempfile::tempdir().context("cannot make a folder for a database")?;
    let store = SqliteStore::open(&folder.path().join("db"), Durability::Fleeting)?;
    let emulator = Emulator::new(Arc::new(store), clock, settings);
    Ok(Fresh { emulator, _folder: Some(folder) })
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

/// Where answers come from.
#[derive(Clone, Debug)]
pub(super) struct Source<'a> {
    /// `aws`, `emulator` or a URL.
    pub(super) upstream: &'a str,
    /// The flag that says so.
    pub(super) flag: &'static str,
    pub(super) region: Option<&'a str>,
    pub(super) profile: Option<&'a str>,
    pub(super) resign: Resign,
    pub(super) label: Option<&'a str>,
    pub(super) by_host: bool,
    pub(super) resolve: &'a [String],
    pub(super) upstream_ca: Option<&'a Path>,
    pub(super) emulation: emulator::Settings,
    /// What an emulator begins with.
    pub(super) load: &'a [PathBuf],
    pub(super) clock: Arc<dyn Clock>,
}

impl RecordArgs {
    pub(super) fn source(&self, clock: Arc<dyn Clock>, environment: &Environment) -> Source<'_> {
        Source {
            upstream: &self.upstream,
            flag: "--upstream",
            region: self.aws.region.as_deref(),
            profile: self.aws.profile.as_deref(),
            resign: self.aws.resign,
            label: self.label.as_deref(),
            by_host: self.intercept.intercept,
            resolve: &self.resolve,
            upstream_ca: self.upstream_ca.as_deref(),
            emulation: emulation(&self.emulator, environment),
            load: &self.load.load,
            clock,
        }
    }
}

impl ShadowArgs {
    pub(super) fn source(&self, environment: &Environment) -> Source<'_> {
        Source {
            upstream: &self.primary,
            flag: "--primary",
            region: self.aws.region.as_deref(),
            profile: self.aws.profile.as_deref(),
            resign: self.aws.resign,
            label: None,
            by_host: false,
            resolve: &[],
            upstream_ca: None,
            emulation: emulation(&self.emulator, environment),
            load: &[],
            clock: Arc::clone(&environment.clock),
        }
    }
}

/// What answers, and what is known of it.
pub(super) struct Answers {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) from: Provenance,
    /// Whether its host is one of AWS's.
    pub(super) is_aws: bool,
}

/// What answers, as it was asked for.
pub(super) fn answers(
    source: &Source<'_>,
    secrets: &LiveSecrets,
    environment: &Environment,
) -> anyhow::Result<Answers> {
    let label = source.label.map(str::to_owned);
    if source.upstream == "emulator" {
        let (settings, clock) = (source.emulation.clone(), Arc::clone(&source.clock));
        let emulator = loaded(source.load, settings, clock, environment)?;
        let from = Provenance { kind: "dynatape".to_owned(), label, ..Provenance::default() };
        return Ok(Answers { backend: Arc::new(emulator), from, is_aws: false });
    }
    if !source.load.is_empty() {
        bail!("--load fills the built-in emulator; {} is asked as it is", source.upstream);
    }
    let upstream = upstream(source, secrets, environment)?;
    let endpoint = upstream.endpoint();
    let is_aws = endpoint.is_aws();
    // Who shows a certificate of somebody else's is somebody else.
    let shown = source.upstream_ca.is_none();
    let kind = if shown && is_aws && endpoint.is_tls() { "aws" } else { "other" };
    // With --intercept, the hosts that are asked tell it.
    let region = endpoint.region().filter(|_| !source.by_host).map(str::to_owned);
    let from = Provenance { kind: kind.to_owned(), region, label, ..Provenance::default() };
    Ok(Answers { backend: Arc::new(upstream), from, is_aws })
}

/// What records.
pub(super) struct Recorder {
    pub(super) backend: Arc<dyn Backend>,
    pub(super) recording: Recording,
    /// Where the answers come from.
    pub(super) from: Provenance,
    /// Whether that is a host of AWS's.
    pub(super) is_aws: bool,
    /// The old tape and who answers what it does not, where it is to become longer.
    pub(super) longer: Option<Arc<Fallback>>,
}

/// What answers while recording; `old` is a tape to be made longer, with its name.
///
/// The recording stands directly around what answers: what it keeps is what was answered, not
/// what a layer made of it on the way to the client.
pub(super) fn recorder(
    source: &Source<'_>,
    secrets: &LiveSecrets,
    old: Option<(&Cassette, &Path)>,
    environment: &Environment,
) -> anyhow::Result<Recorder> {
    let Answers { backend: answers, from, is_aws } = answers(source, secrets, environment)?;
    let recording = Recording::new();
    let Some((old, tape)) = old else {
        let backend = Arc::new(Record::new(answers, recording.clone()));
        return Ok(Recorder { backend, recording, from, is_aws, longer: None });
    };
    // Who writes a header by hand, to begin a tape with an `include`, need not say.
    let was = &old.header.from;
    if !was.kind.is_empty() && was.kind != from.kind {
        bail!(
            "{} was recorded from {}, and --upstream {} is not that: --mode rewrite records all of \
             it anew",
            tape.display(),
            was.summary(),
            source.upstream
        );
    }
    // All that the tape holds is asked for as it was recorded, and so recorded again as it was.
    let options =
        Options { polls: Polls::Faithful, retries: Retries::Faithful, ..Options::default() };
    let clock = Arc::clone(&environment.clock);
    let replay = Arc::new(Replay::with(old.clone(), options, clock, String::new()));
    let longer = Arc::new(Fallback::upstream(replay, answers));
    let backend = Arc::new(Record::new(Arc::clone(&longer), recording.clone()));
    Ok(Recorder { backend, recording, from, is_aws, longer: Some(longer) })
}

/// The address that a flag gives.
fn endpoint(said: &str, flag: &str, region: Option<&str>) -> anyhow::Result<Endpoint> {
    if said == "aws" {
        let region = region.with_context(|| {
            format!("{flag} aws needs a region: give --region or set AWS_REGION")
        })?;
        return Ok(Endpoint::aws(region)?);
    }
    said.parse::<Endpoint>().with_context(|| format!("{flag} is `aws`, `emulator` or a URL"))
}

/// What is compared with what answers.
pub(super) fn candidate(
    args: &CandidateArgs,
    emulation: &EmulatorArgs,
    environment: &Environment,
) -> anyhow::Result<Arc<dyn Backend>> {
    if args.target() == "emulator" {
        return Ok(Arc::new(emulator(emulation, environment)));
    }
    let problem = "--candidate is `emulator` or a URL";
    let endpoint = args.target().parse::<Endpoint>().context(problem)?;
    if endpoint.is_aws() {
        anyhow::bail!(
            "{endpoint} is AWS: as a candidate it would be written to by every call. Make it what \
             answers, and the emulator the candidate"
        );
    }
    let mut settings = Settings::new(endpoint, credentials(None, environment));
    // Whoever asks it minds the patience.
    let longer = Duration::from_millis(args.patience).saturating_mul(2);
    settings.timeouts.answer = settings.timeouts.answer.max(longer);
    Ok(Arc::new(Upstream::new(settings, Arc::clone(&environment.clock))?))
}

/// Makes the signature what was asked for.
fn resign(
    settings: &mut Settings,
    resign: Resign,
    source: Arc<dyn CredentialSource>,
    region: Option<String>,
) {
    match resign {
        Resign::Auto => {}
        Resign::Always => settings.sign = Sign::With { source, region },
        Resign::Never => settings.sign = Sign::Keep,
    }
}

fn upstream(
    from: &Source<'_>,
    secrets: &LiveSecrets,
    environment: &Environment,
) -> anyhow::Result<Upstream> {
    let by_host = from.by_host;
    // Where the host tells the region, only what the user says for this run is stronger.
    let elsewhere = || environment.region.clone().filter(|_| !by_host);
    let region = from.region.map(str::to_owned).or_else(elsewhere);
    let endpoint = if by_host {
        // Not asked: each request names its own host.
        Endpoint::aws("us-east-1")?
    } else {
        endpoint(from.upstream, from.flag, region.as_deref())?
    };
    let source = credentials(from.profile.map(str::to_owned), environment);
    let mut settings = Settings::new(endpoint, Arc::clone(&source));
    if by_host {
        settings.sign = Sign::Keep;
    }
    resign(&mut settings, from.resign, source, region);
    settings.by_host = by_host;
    settings.resolve = resolve(from.resolve)?;
    if let Some(path) = from.upstream_ca {
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

/// Whether what a target is called is AWS.
pub(super) fn is_aws(url: &str) -> bool {
    url == "aws" || url.parse::<Endpoint>().is_ok_and(|endpoint| endpoint.is_aws())
}

/// A target to ask in a fence, AWS too, and its region as far as it is told.
pub(super) fn fenced_target(
    url: &str,
    args: &FenceArgs,
    environment: &Environment,
) -> anyhow::Result<(Upstream, Option<String>)> {
    asked(url, "--target", &args.aws, environment)
}

/// An endpoint that is asked as the user, AWS too, and its region as far as it is told.
pub(super) fn asked(
    url: &str,
    flag: &str,
    aws: &AwsArgs,
    environment: &Environment,
) -> anyhow::Result<(Upstream, Option<String>)> {
    let region = aws.region.clone().or_else(|| environment.region.clone());
    let endpoint = endpoint(url, flag, region.as_deref())?;
    let source = credentials(aws.profile.clone(), environment);
    let mut settings = Settings::new(endpoint, Arc::clone(&source));
    resign(&mut settings, aws.resign, source, region.clone());
    Ok((Upstream::new(settings, Arc::clone(&environment.clock))?, region))
}

/// A target to play at: anything that has a URL, with the signature that the player makes up.
pub(super) fn target(url: &str, environment: &Environment) -> anyhow::Result<Upstream> {
    if is_aws(url) {
        anyhow::bail!(
            "{url} is AWS: playing a tape there would make, write and delete tables in your \
             account. `dynatape verify` does it in a fence"
        );
    }
    let endpoint =
        url.parse::<Endpoint>().context("--target is `emulator` or a URL (NAME=URL names it)")?;
    let source = credentials(None, environment);
    Ok(Upstream::new(Settings::new(endpoint, source), Arc::clone(&environment.clock))?)
}

/// Whose credentials sign what goes to AWS: the SDKs' chain.
#[cfg(feature = "aws")]
pub(super) fn credentials(
    profile: Option<String>,
    environment: &Environment,
) -> Arc<dyn CredentialSource> {
    Arc::new(crate::backend::upstream::AwsChain::new(profile, Arc::clone(&environment.clock)))
}

/// Whose credentials sign what goes to AWS: those of the environment, and no others without the
/// feature `aws`.
#[cfg(not(feature = "aws"))]
pub(super) fn credentials(
    _: Option<String>,
    environment: &Environment,
) -> Arc<dyn CredentialSource> {
    let mut secrets = environment.secrets.iter().map(String::as_str);
    let (key, secret) = (secrets.next().unwrap_or_default(), secrets.next().unwrap_or_default());
    Arc::new(crate::backend::upstream::Fixed::new(key, secret, secrets.next()))
}
