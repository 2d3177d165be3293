//! An emulator with its data where it was told to keep it.

use std::sync::Arc;

use anyhow::bail;

use super::{
    args::{ControlArgs, Isolation, LoadArgs, StorageArgs},
    clients, compose,
    settings::Environment,
    state::Emulated,
};
use crate::{
    backend::{Backend, blocking::Blocking},
    clock::MovableClock,
    emulator::{self, Emulator},
    proxy::control::{Insights, States},
    storage::SqliteStore,
};

/// An emulator with its data where it was told to keep it.
pub(super) struct Stored {
    pub(super) backend: Arc<dyn Backend>,
    /// Its states, where it keeps some and somebody can ask for them.
    pub(super) states: Option<Arc<States>>,
    /// Which keys are asked for most, where somebody can ask for that.
    pub(super) insights: Option<Arc<dyn Insights>>,
}

/// An emulator that keeps its data where it is told.
pub(super) fn stored(
    (file, load): (&StorageArgs, &LoadArgs),
    settings: emulator::Settings,
    clock: Arc<MovableClock>,
    control: &ControlArgs,
    environment: &Environment,
) -> anyhow::Result<Stored> {
    if file.db.is_some() && settings.eventual_lag_ms > 0 {
        bail!(compose::NO_LAG);
    }
    if file.isolation == Isolation::Client {
        let backend = clients::backend((file, load), settings, clock, environment)?;
        return Ok(Stored { backend, states: None, insights: None });
    }
    let Some(path) = &file.db else {
        let time = Arc::<MovableClock>::clone(&clock);
        let emulator = Arc::new(compose::loaded(&load.load, settings.clone(), time, environment)?);
        if control.control.is_none() {
            return Ok(Stored { backend: emulator, states: None, insights: None });
        }
        let states = Arc::new(States::new(Emulated::of(emulator, clock, settings, environment))?);
        let insights = Some(Arc::<States>::clone(&states) as Arc<dyn Insights>);
        return Ok(Stored { backend: states.backend(), states: Some(states), insights });
    };
    let store = Arc::new(SqliteStore::open(path, file.durability.into())?);
    let emulator = Arc::new(compose::loaded_into(store, &load.load, settings, clock, environment)?);
    // It waits for the disk: not where all connections are served.
    let insights = Some(Arc::<Emulator>::clone(&emulator) as Arc<dyn Insights>);
    Ok(Stored { backend: Arc::new(Blocking::new(emulator)), states: None, insights })
}
