//! Which calls were at the primary at the same time. In which order it did those, nobody can tell
//! from outside; so where one looks at what another changed, an answer of the candidate that
//! differs shows nothing.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use crate::{
    cassette::{Footprint, Resource, has_state},
    wire::Request,
};

/// How much is remembered; what would need more is in doubt.
const MOST: usize = 10_000;

/// Whether an answer may be that of another order than the candidate's.
#[derive(Debug, Default)]
pub(super) struct Doubt {
    certain: AtomicBool,
    /// Calls that overlapped it and of which it is not known yet what they changed.
    open: AtomicUsize,
}

impl Doubt {
    pub(super) fn is_there(&self) -> bool {
        self.certain.load(Ordering::Acquire) || self.open.load(Ordering::Acquire) > 0
    }
}

/// A call that the primary has not answered yet.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) request: Request,
    /// What it may change.
    pub(super) possible: Footprint,
    began: SystemTime,
    /// Calls that were answered meanwhile, and that look at what it may change.
    witnesses: Vec<(Arc<Footprint>, Arc<Doubt>)>,
}

/// What overlapped a call.
#[derive(Debug)]
pub(super) struct Overlapped {
    pub(super) doubt: Arc<Doubt>,
    /// It changed something that another call changed at the same time.
    pub(super) unsettled: bool,
}

#[derive(Debug)]
pub(super) struct Overlaps {
    in_flight: BTreeMap<u64, Flight>,
    /// Writes that calls in flight may have met: when they ended, and what they changed.
    recent: VecDeque<(u64, SystemTime, Arc<Footprint>)>,
    /// Writes that ended before this are not remembered, though calls in flight may have met them.
    forgotten: u64,
    /// For how long after a write a read that is not consistent may not see it.
    lag: Duration,
}

impl Overlaps {
    pub(super) fn new(lag: Duration) -> Self {
        Self { in_flight: BTreeMap::new(), recent: VecDeque::new(), forgotten: 0, lag }
    }

    pub(super) fn begin(
        &mut self,
        call: u64,
        request: Request,
        possible: Footprint,
        now: SystemTime,
    ) {
        let flight = Flight { request, possible, began: now, witnesses: Vec::new() };
        self.in_flight.insert(call, flight);
    }

    pub(super) fn land(&mut self, call: u64) -> Option<Flight> {
        self.in_flight.remove(&call)
    }

    /// A call that has landed was answered at this place in the order, and did this.
    pub(super) fn end(
        &mut self,
        (call, at): (u64, u64),
        flight: &Flight,
        footprint: &Arc<Footprint>,
        consistent: bool,
        now: SystemTime,
    ) -> Overlapped {
        for (earlier, doubt) in &flight.witnesses {
            if meet(&footprint.touches, &earlier.watches) {
                doubt.certain.store(true, Ordering::Release);
            }
            doubt.open.fetch_sub(1, Ordering::AcqRel);
        }
        let doubt = Arc::new(Doubt::default());
        let met = self.recent.iter().rev().take_while(|(ended, ..)| *ended > call);
        let (mut in_doubt, mut unsettled) = (call < self.forgotten, false);
        for (.., write) in met {
            in_doubt |= meet(&write.touches, &footprint.watches);
            unsettled |= change_the_same(&write.touches, &footprint.touches);
        }
        if !consistent && !self.lag.is_zero() {
            let fresh = self.recent.iter().rev().take_while(|(_, ended, _)| {
                flight.began.duration_since(*ended).is_ok_and(|age| age < self.lag)
                    || *ended > flight.began
            });
            in_doubt |= fresh.into_iter().any(|(.., w)| meet(&w.touches, &footprint.watches));
        }
        for other in self.in_flight.values_mut() {
            if in_doubt || !meet(&other.possible.touches, &footprint.watches) {
                continue;
            }
            if other.witnesses.len() >= MOST {
                in_doubt = true;
                continue;
            }
            doubt.open.fetch_add(1, Ordering::AcqRel);
            other.witnesses.push((Arc::clone(footprint), Arc::clone(&doubt)));
        }
        doubt.certain.store(in_doubt, Ordering::Release);
        if footprint.is_write() {
            self.recent.push_back((at, now, Arc::clone(footprint)));
        }
        self.forget(now);
        Overlapped { doubt, unsettled: unsettled || (in_doubt && call < self.forgotten) }
    }

    fn forget(&mut self, now: SystemTime) {
        let oldest = self.in_flight.keys().next().copied();
        while let Some((ended, when, _)) = self.recent.front() {
            let is_met = oldest.is_some_and(|oldest| oldest < *ended);
            let is_fresh = now.duration_since(*when).is_ok_and(|age| age < self.lag);
            if (is_met || is_fresh) && self.recent.len() <= MOST {
                return;
            }
            if is_met {
                self.forgotten = *ended;
            }
            self.recent.pop_front();
        }
    }
}

/// Whether two sorted lists have something in common.
pub(super) fn meet(one: &[Resource], other: &[Resource]) -> bool {
    common(one, other).next().is_some()
}

fn change_the_same(one: &[Resource], other: &[Resource]) -> bool {
    common(one, other).any(|resource| has_state(resource))
}

fn common<'a>(one: &'a [Resource], other: &'a [Resource]) -> impl Iterator<Item = &'a Resource> {
    let (short, long) = if one.len() < other.len() { (one, other) } else { (other, one) };
    short.iter().filter(|resource| long.binary_search(resource).is_ok())
}
