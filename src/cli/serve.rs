use std::sync::Arc;

use super::{
    args::ServeArgs,
    compose,
    exit::Exit,
    hub,
    session::{self, Serving},
    settings::Environment,
    term,
};
use crate::proxy::control::{Opened, Variables, Wanted};

/// The port people expect a local DynamoDB on.
const PORT: u16 = 8000;

pub(super) async fn run(args: ServeArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let emulation = compose::emulation(&args.emulator, environment);
    let (_, clock) = hub::with_clock(environment);
    let emulator = compose::stored(
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
    let serving =
        Serving { default_port: PORT, controlled, ..Serving::new(&args.listen, &args.command) };
    let ended = session::serve(backend, serving, environment).await?;
    term::note_idle(&plan);
    Ok(Exit::Clean.after_child(ended.child))
}
