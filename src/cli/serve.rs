use std::sync::Arc;

use super::{
    args::ServeArgs,
    compose,
    exit::Exit,
    hub,
    session::{self, Controlled},
    settings::Environment,
};
use crate::backend::{Backend, sessions::Sessions};

/// The port people expect a local DynamoDB on.
const PORT: u16 = 8000;

pub(super) async fn run(args: ServeArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let mut backend: Arc<dyn Backend> = Arc::new(compose::emulator(&args.emulator, environment));
    let controlled = args.control.control.map(|port| {
        let sessions = Arc::new(Sessions::new(Some(Arc::clone(&backend))));
        backend = sessions.clone();
        let director = hub::Sessions {
            emulator: args.emulator,
            environment: environment.clone(),
            record_in_ci: args.control.record_in_ci,
        };
        Controlled { port, sessions, director: Arc::new(director) }
    });
    let serving = session::Serving { backend, recording: None, controlled };
    let ended = session::serve(serving, &args.listen, PORT, &args.command, environment).await?;
    Ok(Exit::Clean.after_child(ended.child))
}
