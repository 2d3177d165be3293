//! What a session that emulates was: its state under names, and the one it began with.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::StatusCode;

use super::director::{Insights, Refused};
use crate::{
    backend::{Backend, switch::Switch},
    clock::MovableClock,
};

/// The longest name of a snapshot.
const LONGEST_NAME: usize = 64;

/// What an emulator was told, as a value, with the time it goes by.
pub trait State: Insights {
    /// What answers by it.
    fn backend(&self) -> Arc<dyn Backend>;

    /// The time in it.
    fn clock(&self) -> &Arc<MovableClock>;

    /// Another one with all that is in this one. It goes by `clock`, which is set as this one's is.
    ///
    /// # Errors
    ///
    /// When the state cannot be read.
    fn fork(&self, clock: Arc<MovableClock>) -> Result<Arc<dyn State>, Refused>;
}

/// The states of a session: a fork costs nothing, so each is one.
#[derive(Debug)]
pub struct States {
    switch: Arc<Switch>,
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    now: Arc<dyn State>,
    began: Arc<dyn State>,
    named: BTreeMap<String, Arc<dyn State>>,
}

impl States {
    /// Those of a session that begins with this one.
    ///
    /// # Errors
    ///
    /// When it cannot be forked.
    pub fn new(now: Arc<dyn State>) -> Result<Self, Refused> {
        let switch = Arc::new(Switch::new(now.backend()));
        let began = apart(&*now)?;
        Ok(Self { switch, kept: Kept { now, began, named: BTreeMap::new() }.into() })
    }

    /// What answers by the state that there is.
    #[must_use]
    pub fn backend(&self) -> Arc<dyn Backend> {
        Arc::<Switch>::clone(&self.switch)
    }

    /// The state that there is, or was under a name, for somebody else.
    pub(super) fn fork(&self, name: Option<&str>) -> Result<Arc<dyn State>, Refused> {
        let kept = self.lock();
        apart(&**match name {
            None => &kept.now,
            Some(name) => kept.find(name)?,
        })
    }

    /// Remembers the state under a name.
    pub(super) fn keep(&self, name: String) -> Result<(), Refused> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        if name.is_empty() || name.len() > LONGEST_NAME || !name.bytes().all(fits) {
            return Err(Refused::bad(format!(
                "a snapshot's name is up to {LONGEST_NAME} letters, digits, `-`, `_` and `.`, \
                 which {name:?} is not"
            )));
        }
        let mut kept = self.lock();
        if kept.named.contains_key(&name) {
            let message = format!("there is a snapshot {name:?} already: delete it first");
            return Err(Refused::new(StatusCode::CONFLICT, message));
        }
        let state = apart(&*kept.now)?;
        kept.named.insert(name, state);
        Ok(())
    }

    pub(super) fn forget(&self, name: &str) -> Result<(), Refused> {
        let mut kept = self.lock();
        kept.find(name)?;
        let state = kept.named.remove(name);
        drop(kept);
        // To free what nobody else shares can take long: not under the lock.
        drop(state);
        Ok(())
    }

    pub(super) fn names(&self) -> Vec<String> {
        self.lock().named.keys().cloned().collect()
    }

    /// Makes the state what it was under a name, or in the beginning; and the time.
    pub(super) fn restore(&self, name: Option<&str>) -> Result<(), Refused> {
        let mut kept = self.lock();
        let then = match name {
            None => &kept.began,
            Some(name) => kept.find(name)?,
        };
        let then = then.fork(Arc::clone(kept.now.clock()))?;
        self.switch.to(then.backend());
        let old = std::mem::replace(&mut kept.now, then);
        drop(kept);
        drop(old);
        Ok(())
    }

    // Every change is one assignment, so what a poisoned lock guards is whole.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Insights for States {
    fn insights(&self) -> Result<Vec<u8>, Refused> {
        let now = Arc::clone(&self.lock().now);
        now.insights()
    }
}

impl Kept {
    fn find(&self, name: &str) -> Result<&Arc<dyn State>, Refused> {
        self.named.get(name).ok_or_else(|| {
            let names: Vec<_> = self.named.keys().map(String::as_str).collect();
            let there = if names.is_empty() { "none".to_owned() } else { names.join(", ") };
            let message = format!("there is no snapshot {name:?}; there are: {there}");
            Refused::new(StatusCode::NOT_FOUND, message)
        })
    }
}

/// A fork with a clock of its own.
fn apart(state: &dyn State) -> Result<Arc<dyn State>, Refused> {
    state.fork(Arc::new(state.clock().fork()))
}
