//! The one place where backends are made and layers stacked.

use std::sync::Arc;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::{
    args::{EmulatorArgs, Pace, RecordArgs, Resign},
    settings::Environment,
};
use crate::{
    backend::{
        Backend, BackendError, BoxFuture,
        record::{Record, Recording},
        upstream::{CredentialSource, Endpoint, Settings, Sign, Upstream},
    },
    cassette::Provenance,
    clock::Clock,
    emulator::{self, Emulator, table::Timing},
    proxy::{Config, Server},
    storage::MemoryStore,
    wire::{LiveSecrets, Request, Response},
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

/// An emulator, empty, of these settings.
pub(super) fn emulator_of(settings: emulator::Settings, clock: Arc<dyn Clock>) -> Emulator {
    Emulator::new(Arc::new(MemoryStore::new()), clock, settings)
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

/// Where the answers of a recording come from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Source<'a> {
    /// `aws`, `emulator` or a URL.
    pub(super) upstream: &'a str,
    pub(super) region: Option<&'a str>,
    pub(super) profile: Option<&'a str>,
    pub(super) resign: Resign,
    pub(super) label: Option<&'a str>,
    pub(super) emulator: &'a EmulatorArgs,
}

impl<'a> From<&'a RecordArgs> for Source<'a> {
    fn from(args: &'a RecordArgs) -> Self {
        Self {
            upstream: &args.upstream,
            region: args.region.as_deref(),
            profile: args.profile.as_deref(),
            resign: args.resign,
            label: args.label.as_deref(),
            emulator: &args.emulator,
        }
    }
}

/// Notes the secrets of requests to one backend: where a server has many, each recording has to
/// know its own and no others.
#[derive(Debug)]
pub(super) struct Noting {
    inner: Arc<dyn Backend>,
    secrets: LiveSecrets,
}

impl Noting {
    pub(super) fn new(inner: Arc<dyn Backend>, secrets: LiveSecrets) -> Self {
        Self { inner, secrets }
    }
}

impl Backend for Noting {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        self.secrets.add_from(&request);
        self.inner.call(request)
    }
}

/// What answers while recording, the recording, and where the answers come from.
///
/// The recording stands directly around what answers: what it keeps is what was answered, not
/// what a layer made of it on the way to the client.
pub(super) fn recorder(
    source: &Source<'_>,
    secrets: &LiveSecrets,
    environment: &Environment,
) -> anyhow::Result<(Arc<dyn Backend>, Recording, Provenance)> {
    let recording = Recording::new();
    let (backend, from): (Arc<dyn Backend>, _) = if source.upstream == "emulator" {
        let from = Provenance { kind: "dynatape".to_owned(), ..Provenance::default() };
        (Arc::new(Record::new(emulator(source.emulator, environment), recording.clone())), from)
    } else {
        let upstream = upstream(source, secrets, environment)?;
        let endpoint = upstream.endpoint();
        let kind = if endpoint.is_aws() && endpoint.is_tls() { "aws" } else { "other" };
        let region = endpoint.region().map(str::to_owned);
        let from = Provenance { kind: kind.to_owned(), region, ..Provenance::default() };
        (Arc::new(Record::new(upstream, recording.clone())), from)
    };
    Ok((backend, recording, Provenance { label: source.label.map(str::to_owned), ..from }))
}

fn upstream(
    from: &Source<'_>,
    secrets: &LiveSecrets,
    environment: &Environment,
) -> anyhow::Result<Upstream> {
    let region = from.region.map(str::to_owned).or_else(|| environment.region.clone());
    let endpoint = if from.upstream == "aws" {
        let region = region
            .clone()
            .context("--upstream aws needs a region: give --region or set AWS_REGION")?;
        Endpoint::aws(&region)?
    } else {
        from.upstream.parse::<Endpoint>().context("--upstream is `aws`, `emulator` or a URL")?
    };
    let source = credentials(from.profile.map(str::to_owned), environment);
    let mut settings = Settings::new(endpoint, Arc::clone(&source));
    match from.resign {
        Resign::Auto => {}
        Resign::Always => settings.sign = Sign::With { source, region },
        Resign::Never => settings.sign = Sign::Keep,
    }
    settings.secrets = secrets.clone();
    Ok(Upstream::new(settings, Arc::clone(&environment.clock))?)
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
