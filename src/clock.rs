//! What time it is: the one place that asks the system, so that tests and replays can tell it
//! instead.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

/// Tells the time of day.
pub trait Clock: fmt::Debug + Send + Sync {
    /// Now.
    fn now(&self) -> SystemTime;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[allow(clippy::disallowed_methods)] // the one caller
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that stands still until it is moved.
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<SystemTime>,
}

impl ManualClock {
    /// A clock that shows `now`.
    #[must_use]
    pub fn at(now: SystemTime) -> Self {
        Self { now: Mutex::new(now) }
    }

    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner) += by;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        *self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// A clock that runs like another one until it is set, stopped or put forward.
#[derive(Debug)]
pub struct MovableClock {
    real: Arc<dyn Clock>,
    set: Mutex<Set>,
}

/// How a clock was set.
#[derive(Clone, Copy, Debug)]
struct Set {
    /// What it showed then.
    shown: SystemTime,
    /// What the real time was, if it runs.
    since: Option<SystemTime>,
}

impl MovableClock {
    /// A clock that shows what `real` does.
    #[must_use]
    pub fn new(real: Arc<dyn Clock>) -> Self {
        let now = real.now();
        Self { real, set: Mutex::new(Set { shown: now, since: Some(now) }) }
    }

    /// Another one that shows what this one does, and is set on its own from here on.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { real: Arc::clone(&self.real), set: Mutex::new(*self.set()) }
    }

    /// Is set as another one by the same real time is.
    pub fn set_as(&self, other: &Self) {
        let set = *other.set();
        *self.set() = set;
    }

    /// Whether it runs.
    #[must_use]
    pub fn runs(&self) -> bool {
        self.set().since.is_some()
    }

    /// Shows `now` (no other time, if there is none), and runs on from there or stands still (or
    /// does as before).
    pub fn set_to(&self, now: Option<SystemTime>, runs: Option<bool>) {
        let mut set = self.set();
        let shown = now.unwrap_or_else(|| self.shown(*set));
        let runs = runs.unwrap_or(set.since.is_some());
        *set = Set { shown, since: runs.then(|| self.real.now()) };
    }

    /// Puts it forward. `None`: there is no such time, and nothing has changed.
    #[must_use]
    pub fn advance(&self, by: Duration) -> Option<()> {
        let mut set = self.set();
        let shown = self.shown(*set).checked_add(by)?;
        *set = Set { shown, since: set.since.map(|_| self.real.now()) };
        Some(())
    }

    fn shown(&self, set: Set) -> SystemTime {
        let passed = set.since.and_then(|since| self.real.now().duration_since(since).ok());
        set.shown.checked_add(passed.unwrap_or_default()).unwrap_or(set.shown)
    }

    fn set(&self) -> MutexGuard<'_, Set> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for MovableClock {
    fn now(&self) -> SystemTime {
        let set = *self.set();
        self.shown(set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_movable_clock_runs_stands_and_is_put_forward() {
        let start = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000);
        let second = Duration::from_secs(1);
        let real = Arc::new(ManualClock::at(start));
        let clock = MovableClock::new(real.clone());
        real.advance(second);
        assert_eq!(clock.now(), start + second);
        clock.set_to(Some(start - 5 * second), None);
        real.advance(second);
        assert_eq!(clock.now(), start - 4 * second, "it runs on");
        clock.set_to(None, Some(false));
        real.advance(second);
        assert_eq!((clock.now(), clock.runs()), (start - 4 * second, false), "it stands");
        assert_eq!(clock.advance(4 * second), Some(()));
        assert_eq!(clock.now(), start);
        clock.set_to(None, Some(true));
        real.advance(second);
        assert_eq!(clock.now(), start + second, "it runs again");
        let fork = clock.fork();
        clock.set_to(Some(start), Some(false));
        assert_eq!((fork.now(), fork.runs()), (start + second, true), "it is set on its own");
        clock.set_as(&fork);
        assert_eq!((clock.now(), clock.runs()), (start + second, true));
        assert_eq!(clock.advance(Duration::MAX), None);
        assert_eq!(clock.now(), start + second);
    }
}
