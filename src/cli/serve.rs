use std::sync::Arc;

use super::{
    args::{Isolation, ServeArgs},
    compat, compose,
    exit::Exit,
    hub,
    session::{self, Serving},
    settings::Environment,
    stored, term,
};
use crate::{
    emulator,
    proxy::control::{Opened, Variables, Wanted},
};

/// The port people expect a local DynamoDB on.
const PORT: u16 = 8000;

pub(super) async fn run(args: ServeArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let emulation = emulator::Settings {
        one_region: args.storage.isolation == Isolation::None,
        ..compose::emulation(&args.emulator, environment)
    };
    let peer = args.compat.compat;
    let (_, clock) = hub::with_clock(environment);
    let emulator = stored::stored(
        (&args.storage, &args.load),
        emulation.clone(),
        Arc::clone(&clock),
        &args.control,
        environment,
    )?;
    let plan = compose::plan(&args.faults, args.emulator.seed, environment);
    let backend = compose::faulty(emulator.backend, &plan, &args.control);
    let opened = Opened {
        backend: Arc::clone(&backend),
        take: Arc::new(hub::Plain),
        variables: Variables::new(),
        faults: Arc::clone(&plan),
        clock: Some(clock),
        states: emulator.states,
        insights: emulator.insights,
    };
    let controlled = args.control.controlled(
        Wanted::Emulate(args.load.load.clone()),
        opened,
        emulation,
        environment,
    );
    let serving = Serving {
        default_port: peer.map_or(PORT, compat::port),
        ready: peer.map(compat::ready),
        controlled,
        ..Serving::new(&args.listen, &args.command)
    };
    let ended = session::serve(backend, serving, environment).await?;
    term::note_idle(&plan);
    Ok(Exit::Clean.after_child(ended.child))
}
