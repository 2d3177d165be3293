//! Faults on demand: a layer that makes requests fail as they do in production.
//!
//! It stands outside of what answers and of what records, so a tape holds what the upstream said
//! and a fault never reaches it.

mod kind;
mod rule;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

pub(super) use kind::sentence;
pub use kind::{FaultKind, KNOWN, Known};
pub use rule::{Rule, RuleError};

use super::{Backend, BackendError, BoxFuture};
use crate::wire::{Breakage, Request, Response};

/// A backend whose answers go wrong as planned.
#[derive(Debug)]
pub struct Faults<B> {
    inner: B,
    plan: Arc<FaultPlan>,
}

impl<B: Backend> Faults<B> {
    /// Puts the plan's faults around `inner`.
    pub fn new(inner: B, plan: Arc<FaultPlan>) -> Self {
        Self { inner, plan }
    }
}

impl<B: Backend> Backend for Faults<B> {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        Box::pin(async move {
            let broken = match self.plan.strike(&request) {
                None => return self.inner.call(request).await,
                Some(FaultKind::Delay(time)) => {
                    tokio::time::sleep(time).await;
                    return self.inner.call(request).await;
                }
                Some(FaultKind::Error(known)) => return Ok(known.response()),
                Some(FaultKind::Drop) => {
                    let mut response = Response::ok("");
                    response.broken = Some(Breakage::NoAnswer);
                    return Ok(response);
                }
                Some(FaultKind::Lost) => Breakage::NoAnswer,
                Some(FaultKind::Truncate) => Breakage::CutShort,
                Some(FaultKind::BadCrc) => Breakage::WrongChecksum,
            };
            let mut response = self.inner.call(request).await?;
            response.broken = Some(broken);
            Ok(response)
        })
    }
}

/// The rules of a session, and how often each was met. Shared, and changed while it runs.
#[derive(Debug)]
pub struct FaultPlan {
    seed: u64,
    rules: Mutex<Vec<RuleState>>,
}

/// A rule and what became of it.
#[derive(Clone, Debug)]
pub struct RuleState {
    /// The rule.
    pub rule: Rule,
    /// Requests that it is about.
    pub seen: u64,
    /// Those that it made fail.
    pub fired: u64,
}

impl FaultPlan {
    /// A plan of these rules; chance begins from `seed`.
    #[must_use]
    pub fn new(rules: impl IntoIterator<Item = Rule>, seed: u64) -> Self {
        let plan = Self { seed, rules: Mutex::default() };
        plan.set(rules);
        plan
    }

    /// These rules from now on, and no others. They count from the beginning.
    pub fn set(&self, rules: impl IntoIterator<Item = Rule>) {
        let fresh = |rule| RuleState { rule, seen: 0, fired: 0 };
        *self.rules() = rules.into_iter().map(fresh).collect();
    }

    /// No rules from now on.
    pub fn clear(&self) {
        self.rules().clear();
    }

    /// The rules, with what they did.
    #[must_use]
    pub fn list(&self) -> Vec<RuleState> {
        self.rules().clone()
    }

    /// Every rule that is about the request counts it; the first that strikes is the one.
    fn strike(&self, request: &Request) -> Option<FaultKind> {
        let mut struck = None;
        for (at, state) in (0_u64..).zip(self.rules().iter_mut()) {
            if !state.rule.concerns(request) {
                continue;
            }
            state.seen += 1;
            // Rules of one plan draw apart.
            let seed = self.seed.wrapping_add(at << 48);
            if struck.is_none() && state.rule.strikes(state.seen, seed) {
                state.fired += 1;
                struck = Some(state.rule.kind);
            }
        }
        struck
    }

    fn rules(&self) -> MutexGuard<'_, Vec<RuleState>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
