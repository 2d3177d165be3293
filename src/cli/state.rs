//! An emulator in memory as a state of a session.

use std::sync::Arc;

use http::StatusCode;

use crate::{
    backend::Backend,
    clock::MovableClock,
    emulator::Emulator,
    proxy::control::{Insights, Refused, State},
    wire::json::Writer,
};

/// An emulator and the clock it goes by.
#[derive(Debug)]
pub(super) struct Emulated {
    pub(super) emulator: Arc<Emulator>,
    pub(super) clock: Arc<MovableClock>,
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
        let emulator = self.emulator.fork_by(Arc::<MovableClock>::clone(&clock));
        let emulator = emulator.map_err(|error| Refused::new(StatusCode::CONFLICT, error))?;
        Ok(Arc::new(Self { emulator: Arc::new(emulator), clock }))
    }
}
