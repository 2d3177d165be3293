//! Cases put to a target that lives on: one that is ours alone, or one that others use, in a fence.

use std::{
    collections::{BTreeMap, BTreeSet},
    num::NonZeroUsize,
    sync::Arc,
    time::Duration,
};

use tokio::task::JoinSet;

use super::{args::Target, compose, conform, settings::Environment, term};
use crate::{
    backend::{Backend, fence::Fence},
    conformance::{
        Played, Run,
        case::{Case, PlayCase, SERVER, Suite, play, requests},
    },
    wire::{Operation, Request},
};

/// What was asked of a target, and the cases that are none of its.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) run: Run,
    pub(super) left_out: BTreeSet<String>,
}

impl Asked {
    fn started(target: &Target, dialect: &str, environment: &Environment) -> Self {
        let again = ["--target", &target.again(), "--validation", dialect].map(str::to_owned);
        let run = conform::started(target.label().to_owned(), again.to_vec(), environment);
        Self { run, left_out: BTreeSet::new() }
    }
}

/// Every case that belongs to a dialect, at a target that nobody else uses.
pub(super) async fn alone(
    suite: &Suite,
    target: &Target,
    url: &str,
    dialect: &str,
    environment: &Environment,
) -> anyhow::Result<Asked> {
    let backend = compose::target(url, environment)?;
    let bar = term::progress(environment.progress, suite.cases(), "asking");
    let mut all = Asked::started(target, dialect, environment);
    let mut answers = true;
    let mut number = environment.seed;
    for file in &suite.files {
        let mut cases = conform::tape(file);
        for case in file.cases.iter().filter(|case| is_of(case, dialect)) {
            bar.inc(1);
            let unmeasured = |why| Played::unmeasured(case.slug(), file.operation.clone(), why);
            if let Some(why) = case.left_out(SERVER) {
                all.left_out.insert(format!("{}/{}", file.key(), case.slug()));
                cases.played.push(unmeasured(why));
                continue;
            }
            cases.offers.extend(case.offers());
            cases.played.push(match case.settings.first() {
                Some((name, _)) => unmeasured(cannot_be_told(name)),
                None => {
                    answers = answers && is_up_again(&backend).await;
                    number = number.wrapping_add(1);
                    let asked = PlayCase { backend: &backend, wait: None, lives_on: Some(number) };
                    play(case, &file.operation, &asked).await
                }
            });
        }
        all.run.tapes.push(cases);
    }
    bar.finish_and_clear();
    Ok(all)
}

/// Every case that belongs to a dialect and that a fence lets through, several at a time, each in
/// a part of the fence of its own.
pub(super) async fn fenced(
    suite: &Suite,
    target: &Target,
    fence: &Fence,
    dialect: &str,
    (has, at_once): (&[&str], NonZeroUsize),
    environment: &Environment,
) -> Asked {
    let mut all = Asked::started(target, dialect, environment);
    let mut waiting = Vec::new();
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for (at, file) in suite.files.iter().enumerate() {
        let mut cases = conform::tape(file);
        for case in file.cases.iter().filter(|case| is_of(case, dialect)) {
            let why = left_out(case, has, fence);
            if let Some(why) = &why {
                *reasons.entry(why.clone()).or_default() += 1;
                all.left_out.insert(format!("{}/{}", file.key(), case.slug()));
            } else {
                cases.offers.extend(case.offers());
                waiting.push((at, cases.played.len(), case.clone(), file.operation.clone()));
            }
            let why = why.unwrap_or_else(|| "it was not asked".to_owned());
            cases.played.push(Played::unmeasured(case.slug(), file.operation.clone(), why));
        }
        all.run.tapes.push(cases);
    }
    for (why, count) in reasons {
        let of_cases = if count == 1 { "case" } else { "cases" };
        term::note(format_args!("left out, {count} {of_cases}: {why}"));
    }
    let bar = term::progress(environment.progress, waiting.len(), "asking");
    // Dropped where the user has enough: what is under way ends with it.
    let mut asking = JoinSet::new();
    let mut waiting = waiting.into_iter().enumerate();
    loop {
        while asking.len() < at_once.get()
            && let Some((number, (at, place, case, operation))) = waiting.next()
        {
            let part = Arc::new(fence.part(&number.to_string()));
            let lives_on = Some(environment.seed.wrapping_add(number as u64));
            asking.spawn(async move {
                let target = PlayCase { backend: &part, wait: None, lives_on };
                (at, place, play(&case, &operation, &target).await)
            });
        }
        let Some(done) = asking.join_next().await else { break };
        bar.inc(1);
        if let Ok((at, place, played)) = done {
            all.run.tapes[at].played[place] = played;
        }
    }
    bar.finish_and_clear();
    all
}

/// Why a case is not put to a fence, if it is not: what comes out of it could be known before.
fn left_out(case: &Case, has: &[&str], fence: &Fence) -> Option<String> {
    if let Some(why) = case.left_out(has) {
        return Some(why);
    }
    if let Some((name, _)) = case.settings.first() {
        return Some(cannot_be_told(name));
    }
    if case.travels() {
        return Some("the target is in one region".to_owned());
    }
    if case.waits() {
        return Some("the target's clock cannot be moved".to_owned());
    }
    let all = requests(case).unwrap_or_default();
    all.iter().find_map(|request| fence.check(request).err()).map(|why| why.to_string())
}

fn cannot_be_told(setting: &str) -> String {
    format!("a target cannot be told `{setting}`")
}

fn is_of(case: &Case, dialect: &str) -> bool {
    case.dialect.as_deref().is_none_or(|named| named == dialect)
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
