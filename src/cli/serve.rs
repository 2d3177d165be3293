use std::sync::Arc;

use super::{args::ServeArgs, compose, exit::Exit, session, settings::Environment};

/// The port people expect a local DynamoDB on.
const PORT: u16 = 8000;

pub(super) async fn run(args: ServeArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let backend = Arc::new(compose::emulator(&args.emulator, environment));
    let ended =
        session::serve(backend, &args.listen, PORT, &args.command, None, None, environment).await?;
    Ok(Exit::Clean.after_child(ended.child))
}
