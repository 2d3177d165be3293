//! An emulator in memory as a state of a session.

use std::sync::Arc;

use http::StatusCode;

use crate::{
    backend::Backend,
    clock::MovableClock,
    emulator::Emulator,
    proxy::control::{Refused, State},
};

/// An emulator and the clock it goes by.
#[derive(Debug)]
pub(super) struct Emulated {
    pub(super) emulator: Arc<Emulator>,
    pub(super) clock: Arc<MovableClock>,
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
