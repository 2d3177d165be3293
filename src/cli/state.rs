//! An emulator in memory as a state of a session.

use std::{path::PathBuf, sync::Arc};

use http::StatusCode;

use super::{load, settings::Environment};
use crate::{
    backend::Backend,
    clock::MovableClock,
    emulator::{Emulator, Settings},
    proxy::control::{Insights, Refused, State},
    wire::json::Writer,
};

/// An emulator and the clock it goes by.
#[derive(Debug)]
pub(super) struct Emulated {
    emulator: Arc<Emulator>,
    clock: Arc<MovableClock>,
    /// How it behaves, but while files are loaded.
    settings: Settings,
    environment: Environment,
}

impl Emulated {
    pub(super) fn of(
        emulator: Arc<Emulator>,
        clock: Arc<MovableClock>,
        settings: Settings,
        environment: &Environment,
    ) -> Arc<dyn State> {
        Arc::new(Self { emulator, clock, settings, environment: environment.clone() })
    }

    fn with(&self, emulator: Emulator, clock: Arc<MovableClock>) -> Arc<dyn State> {
        Self::of(Arc::new(emulator), clock, self.settings.clone(), &self.environment)
    }

    /// Another one with all that is in this one.
    fn forked(&self, clock: &Arc<MovableClock>) -> Result<Emulator, Refused> {
        let fork = self.emulator.fork_by(Arc::<MovableClock>::clone(clock));
        fork.map_err(|error| Refused::new(StatusCode::CONFLICT, error))
    }
}

impl Insights for Emulated {
    fn insights(&self) -> Result<Vec<u8>, Refused> {
        Insights::insights(&*self.emulator)
    }
}

impl Insights for Emulator {
    fn insights(&self) -> Result<Vec<u8>, Refused> {
        let rules = Self::insights(self);
        let rules =
            rules.map_err(|error| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, error))?;
        let mut json = Writer::new();
        json.array(|json| rules.iter().for_each(|rule| rule.write(json)));
        Ok(json.into_bytes())
    }
}

impl State for Emulated {
    fn backend(&self) -> Arc<dyn Backend> {
        Arc::<Emulator>::clone(&self.emulator)
    }

    fn clock(&self) -> &Arc<MovableClock> {
        &self.clock
    }

    fn fork(&self, clock: Arc<MovableClock>) -> Result<Arc<dyn State>, Refused> {
        clock.set_as(&self.clock);
        Ok(self.with(self.forked(&clock)?, clock))
    }

    fn loaded(&self, paths: &[PathBuf]) -> Result<Arc<dyn State>, Refused> {
        let emulator = self.forked(&self.clock)?.with_settings(load::calm(&self.settings));
        load::load(&emulator, paths, &self.environment)
            .map_err(|error| Refused::bad(format_args!("{error:#}")))?;
        let emulator = emulator.with_settings(self.settings.clone());
        Ok(self.with(emulator, Arc::clone(&self.clock)))
    }
}
