//! A fence while it stands: made before the first call, taken away after the last.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use anyhow::{Context as _, bail};

use super::{
    args::{AwsArgs, FenceArgs},
    compose,
    exit::Exit,
    settings::Environment,
    signals::Signals,
    term,
};
use crate::backend::fence::{Allowed, Cleaned, Fence, Ledger, Site};

/// A fence that stands.
#[derive(Debug)]
pub(super) struct Fenced {
    layer: Arc<Fence>,
    /// The tables of others before anything was asked.
    before: BTreeSet<String>,
    signals: Signals,
    /// Whether the ledger is taken away when all is gone.
    passing: bool,
}

impl Fenced {
    /// Makes one around a target, which has to answer.
    pub(super) async fn open(
        url: &str,
        args: &FenceArgs,
        environment: &Environment,
    ) -> anyhow::Result<Self> {
        let (upstream, region) = compose::fenced_target(url, args, environment)?;
        let mark = mark(environment.seed);
        let site = Site {
            endpoint: url.to_owned(),
            region,
            prefix: format!("{}{mark}_", args.prefix()),
            on: environment.today(),
        };
        let usual = PathBuf::from(format!("dynatape-fence-{mark}.jsonl"));
        let path = args.ledger.clone().unwrap_or(usual);
        let signals = Signals::hear().context("cannot hear of Ctrl-C")?;
        let place = path.display();
        let ledger = Ledger::create(&path, &site)
            .with_context(|| format!("cannot write the fence's ledger {place}"))?;
        let allowed = Allowed { cost: args.allow_cost, calls: args.budget };
        let layer = Fence::new(Arc::new(upstream), &site.prefix, allowed, ledger);
        let found = layer.listed().await;
        let (ours, before) = match found {
            Ok(found) => found,
            Err(error) => {
                // Nothing was made.
                drop(fs::remove_file(&path));
                return Err(error).context("cannot see which tables are there before");
            }
        };
        if !ours.is_empty() {
            drop(fs::remove_file(&path));
            bail!("there are tables already whose names begin with {}", site.prefix);
        }
        Ok(Self { layer: Arc::new(layer), before, signals, passing: args.ledger.is_none() })
    }

    /// What to ask.
    pub(super) fn layer(&self) -> &Arc<Fence> {
        &self.layer
    }

    /// Does something inside; nothing comes of it if the user had enough.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = work => Some(done),
            _ = self.signals.next() => {
                term::note("interrupted: deleting what was made (once more: leave it there)");
                None
            }
        }
    }

    /// Takes away what was made, and says whether all of it is gone.
    pub(super) async fn close(mut self) -> anyhow::Result<bool> {
        let path = self.layer.ledger().path().to_owned();
        let cleaned = tokio::select! {
            cleaned = self.layer.clean() => cleaned,
            _ = self.signals.next() => {
                note_again(&path);
                return Ok(false);
            }
        };
        let Ok(cleaned) = cleaned else {
            note_again(&path);
            return cleaned.map(|_| false).context("cannot delete what was made");
        };
        let calls = self.layer.calls();
        term::note(format_args!("in the fence {calls} calls, {}", told(&cleaned, &self.before)));
        Ok(ended(&cleaned, &path, self.passing))
    }
}

/// Finishes what a run could not: deletes what its ledger names.
pub(super) async fn clean(
    path: &Path,
    args: &FenceArgs,
    environment: &Environment,
) -> anyhow::Result<Exit> {
    let shown = path.display();
    let (ledger, site) =
        Ledger::open(path).with_context(|| format!("the fence's ledger {shown}"))?;
    let args = FenceArgs {
        fence: None,
        ledger: None,
        allow_cost: false,
        budget: None,
        aws: AwsArgs {
            region: args.aws.region.clone().or_else(|| site.region.clone()),
            ..args.aws.clone()
        },
    };
    let (upstream, _) = compose::fenced_target(&site.endpoint, &args, environment)?;
    let fence = Fence::new(Arc::new(upstream), &site.prefix, Allowed::default(), ledger);
    let cleaned = fence.clean().await.context("cannot delete what was made")?;
    let before = cleaned.others.clone();
    term::print(format_args!("{}: {}\n", site.prefix, told(&cleaned, &before)));
    let gone = ended(&cleaned, path, true);
    Ok(if gone { Exit::Clean } else { Exit::Failed })
}

/// What became of it, in a line.
fn told(cleaned: &Cleaned, before: &BTreeSet<String>) -> String {
    let Cleaned { tables, backups, left, others } = cleaned;
    let of_tables = if *tables == 1 { "table" } else { "tables" };
    let mut text = format!("{tables} {of_tables}");
    if *backups > 0 {
        let _ = write!(text, " and {backups} backups");
    }
    text.push_str(if left.is_empty() { ", all of it gone" } else { ", NOT all of it gone" });
    let _ = write!(text, "; of others {} tables", others.len());
    for (what, names) in [
        ("not there before", others.difference(before)),
        ("not there any more", before.difference(others)),
    ] {
        let names: Vec<_> = names.map(String::as_str).collect();
        if !names.is_empty() {
            let _ = write!(text, ", {what}: {}", names.join(" "));
        }
    }
    text
}

/// Says what is left; a ledger of which nothing is left goes, if it was nobody's wish to have it.
fn ended(cleaned: &Cleaned, ledger: &Path, passing: bool) -> bool {
    for left in &cleaned.left {
        term::note(format_args!("left: {left}"));
    }
    if !cleaned.left.is_empty() {
        note_again(ledger);
        return false;
    }
    if passing {
        drop(fs::remove_file(ledger));
    }
    true
}

fn note_again(ledger: &Path) {
    let ledger = ledger.display();
    term::note(format_args!("`dynatape conform --clean {ledger}` deletes what is left"));
}

/// Six characters that another run does not have.
fn mark(seed: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";
    (0..6).map(|at| char::from(DIGITS[(seed >> (5 * at)) as usize & 31])).collect()
}
