use std::sync::Arc;

use super::{
    args::ServeArgs,
    compose,
    exit::Exit,
    session::{self, Serving},
    settings::Environment,
    term,
};

/// The port people expect a local DynamoDB on.
const PORT: u16 = 8000;

pub(super) async fn run(args: ServeArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let backend = Arc::new(compose::emulator(&args.emulator, environment));
    let seed = args.emulator.seed;
    let (backend, plan) = compose::faulty(backend, &args.faults, seed, environment);
    let serving = Serving { default_port: PORT, ..Serving::new(&args.listen, &args.command) };
    let ended = session::serve(backend, serving, environment).await?;
    term::note_idle(&plan);
    Ok(Exit::Clean.after_child(ended.child))
}
