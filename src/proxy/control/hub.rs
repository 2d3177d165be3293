//! The sessions that were started through the API, and the server's own.

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    path::{self, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::StatusCode;
use tokio::net::TcpListener;

use super::{
    director::{Director, Opened, Refused, Status, Variables, Wanted},
    states::States,
};
use crate::{
    backend::{
        faults::Rule,
        sessions::{Sessions, StartError},
    },
    clock::Clock,
    proxy::server::{Choosing, Config, Server},
};

/// The id of the session to which requests belong that choose none.
pub(super) const OWN: &str = "default";

/// Knows every session that was started and not stopped.
#[derive(Debug)]
pub(super) struct Hub {
    sessions: Arc<Sessions>,
    director: Arc<dyn Director>,
    front: Front,
    /// Held by whoever starts a session, for as long as that takes.
    starting: tokio::sync::Mutex<()>,
    open: Mutex<Open>,
}

/// The server to which the sessions belong; ports of sessions are as it is.
#[derive(Debug)]
pub struct Front {
    /// Where it listens.
    pub address: SocketAddr,
    /// The same as clients are told it.
    pub url: String,
    /// How it behaves.
    pub config: Config,
    /// The time in its answers.
    pub clock: Arc<dyn Clock>,
}

#[derive(Debug, Default)]
struct Open {
    running: BTreeMap<String, Running>,
    /// Those of sessions that have a port of their own.
    servers: BTreeMap<String, Server>,
    /// What ids that nobody chose are counted with.
    count: u64,
}

/// A session.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) wanted: Wanted,
    /// The URL at which every request belongs to it.
    pub(super) endpoint: String,
    pub(super) key: Option<String>,
    /// What answers, and what it can be asked and told.
    pub(super) opened: Opened,
    /// The tape it will write, whatever folder it was named from.
    writes: Option<PathBuf>,
}

impl Running {
    pub(super) fn status(&self) -> Status {
        self.opened.take.status()
    }
}

/// What a session is to be.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub(super) wanted: Wanted,
    pub(super) id: Option<String>,
    pub(super) key: Option<String>,
    /// A port of its own; 0 is a free one.
    pub(super) port: Option<u16>,
    pub(super) variables: Variables,
    pub(super) faults: Vec<Rule>,
    pub(super) from: Option<From>,
}

/// What state a session is to begin with.
#[derive(Clone, Debug, Default)]
pub(super) struct From {
    /// That of this session,
    pub(super) session: String,
    /// under this name; or the one it has.
    pub(super) snapshot: Option<String>,
}

impl Hub {
    /// With the session that the server itself is.
    pub(super) fn new(
        sessions: Arc<Sessions>,
        director: Arc<dyn Director>,
        front: Front,
        wanted: Wanted,
        opened: Opened,
    ) -> Self {
        let writes = writes(&wanted).ok().flatten();
        let own = Running { wanted, endpoint: front.url.clone(), key: None, opened, writes };
        let running = BTreeMap::from([(OWN.to_owned(), own)]);
        let open = Mutex::new(Open { running, ..Open::default() });
        Self { sessions, director, front, starting: tokio::sync::Mutex::default(), open }
    }

    /// Starts a session; gives its id.
    pub(super) async fn start(&self, start: Start) -> Result<(String, Running), Refused> {
        let _one_at_a_time = self.starting.lock().await;
        let Start { wanted, id, key, port, variables, faults, from } = start;
        let wanted = self.director.settled(wanted);
        let writes = writes(&wanted)?;
        let id = {
            let mut open = self.lock();
            let mut others = open.running.iter();
            if let Some((other, _)) =
                others.find(|(_, one)| writes.is_some() && one.writes == writes)
            {
                let message = format!("session {other:?} is recording that tape");
                return Err(Refused::new(StatusCode::CONFLICT, message));
            }
            id.unwrap_or_else(|| open.unused_id())
        };
        let listener = match port {
            Some(port) => Some(self.listen(port).await?),
            None => None,
        };
        let mut opened = match from {
            None => self.director.open(&wanted)?,
            Some(From { session, snapshot }) => {
                let state = self.states(&session)?.fork(snapshot.as_deref())?;
                self.director.emulate(state)?
            }
        };
        opened.variables.extend(variables);
        opened.faults.set(faults);
        self.sessions.start(&id, key.as_deref(), Arc::clone(&opened.backend)).map_err(|error| {
            let status = match error {
                StartError::BadId(_) => StatusCode::BAD_REQUEST,
                StartError::IdTaken(_) | StartError::KeyTaken(_) => StatusCode::CONFLICT,
            };
            Refused::new(status, error)
        })?;
        let mut endpoint = format!("{}/_s/{id}", self.front.url);
        let server = match listener {
            None => None,
            Some(listener) => {
                let server = self.serve(listener, &id).await;
                let server = server.inspect_err(|_| drop(self.sessions.end(&id)))?;
                endpoint = server.url();
                Some(server)
            }
        };
        let running = Running { wanted, endpoint, key, opened, writes };
        let mut open = self.lock();
        open.servers.extend(server.map(|server| (id.clone(), server)));
        open.running.insert(id.clone(), running.clone());
        Ok((id, running))
    }

    async fn listen(&self, port: u16) -> Result<TcpListener, Refused> {
        let address = SocketAddr::new(self.front.address.ip(), port);
        TcpListener::bind(address).await.map_err(|error| {
            let message = format!("cannot listen on {address}: {error}; 0 takes a free port");
            Refused::new(StatusCode::CONFLICT, message)
        })
    }

    /// Serves a session on a port of its own.
    async fn serve(&self, listener: TcpListener, id: &str) -> Result<Server, Refused> {
        let Front { config, clock, .. } = &self.front;
        let config = Config { sessions: Choosing::OrElse(id.into()), ..config.clone() };
        let server = Server::start(listener, self.sessions.clone(), Arc::clone(clock), config);
        let failed = |error| Refused::new(StatusCode::INTERNAL_SERVER_ERROR, error);
        server.await.map_err(failed)
    }

    /// Ends a session; says how it was.
    pub(super) async fn stop(&self, id: &str, ok: bool) -> Result<(Running, Status), Refused> {
        if id == OWN {
            let message = "this session is the server's own and ends with it";
            return Err(Refused::new(StatusCode::CONFLICT, message));
        }
        let (running, server) = {
            let mut open = self.lock();
            let running = open.running.remove(id).ok_or_else(|| unknown(id))?;
            (running, open.servers.remove(id))
        };
        self.sessions.end(id);
        if let Some(server) = server {
            server.shutdown().await;
        }
        let Opened { take, variables, .. } = &running.opened;
        let status = take.stop(ok, variables.clone()).await?;
        Ok((running, status))
    }

    pub(super) fn get(&self, id: &str) -> Result<Running, Refused> {
        self.lock().running.get(id).cloned().ok_or_else(|| unknown(id))
    }

    pub(super) fn states(&self, id: &str) -> Result<Arc<States>, Refused> {
        self.get(id)?.opened.states.ok_or_else(|| {
            let message = format!(
                "session {id:?} keeps no states: one does that emulates with its data in memory"
            );
            Refused::new(StatusCode::CONFLICT, message)
        })
    }

    pub(super) fn list(&self) -> Vec<(String, Running)> {
        self.lock().running.iter().map(|(id, one)| (id.clone(), one.clone())).collect()
    }

    pub(super) fn set_variables(&self, id: &str, variables: Variables) -> Result<(), Refused> {
        self.lock().running.get_mut(id).ok_or_else(|| unknown(id))?.opened.variables = variables;
        Ok(())
    }

    // Every change is one call of a map, so what a poisoned lock guards is whole.
    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    fn unused_id(&mut self) -> String {
        loop {
            self.count += 1;
            let id = format!("s{}", self.count);
            if !self.running.contains_key(&id) {
                return id;
            }
        }
    }
}

fn writes(wanted: &Wanted) -> Result<Option<PathBuf>, Refused> {
    match wanted {
        Wanted::Record(tape, _) | Wanted::Either(tape, ..) => {
            path::absolute(tape).map(Some).map_err(Refused::bad)
        }
        Wanted::Emulate | Wanted::Live | Wanted::Replay(..) => Ok(None),
    }
}

fn unknown(id: &str) -> Refused {
    Refused::new(StatusCode::NOT_FOUND, format!("there is no session {id:?}"))
}
