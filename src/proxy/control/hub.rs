//! The sessions that were started through the API.

use std::{
    collections::BTreeMap,
    path::{self, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::StatusCode;

use super::director::{Director, Refused, Status, Take, Variables, Wanted};
use crate::backend::sessions::{Sessions, StartError};

/// Knows every session that was started and not stopped.
#[derive(Debug)]
pub(super) struct Hub {
    sessions: Arc<Sessions>,
    director: Arc<dyn Director>,
    /// Where the server listens to which the sessions belong.
    endpoint: String,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    running: BTreeMap<String, Running>,
    /// What ids that nobody chose are counted with.
    count: u64,
}

/// A session.
#[derive(Clone, Debug)]
pub(super) struct Running {
    pub(super) wanted: Wanted,
    pub(super) key: Option<String>,
    pub(super) variables: Variables,
    take: Arc<dyn Take>,
    /// The tape it will write, whatever folder it was named from.
    writes: Option<PathBuf>,
}

impl Running {
    pub(super) fn status(&self) -> Status {
        self.take.status()
    }
}

/// What a session is to be.
#[derive(Clone, Debug)]
pub(super) struct Start {
    pub(super) wanted: Wanted,
    pub(super) id: Option<String>,
    pub(super) key: Option<String>,
    pub(super) variables: Variables,
}

impl Hub {
    pub(super) fn new(
        sessions: Arc<Sessions>,
        director: Arc<dyn Director>,
        endpoint: String,
    ) -> Self {
        Self { sessions, director, endpoint, open: Mutex::default() }
    }

    /// The URL at which every request belongs to this session.
    pub(super) fn endpoint(&self, id: &str) -> String {
        format!("{}/_s/{id}", self.endpoint)
    }

    /// Starts a session; gives its id.
    pub(super) fn start(&self, start: Start) -> Result<(String, Running), Refused> {
        let mut open = self.lock();
        let writes = match &start.wanted {
            Wanted::Record { tape, .. } => Some(path::absolute(tape).map_err(Refused::bad)?),
            Wanted::Emulate | Wanted::Replay(_) => None,
        };
        let other = open.running.iter().find(|(_, one)| writes.is_some() && one.writes == writes);
        if let Some((other, _)) = other {
            let message = format!("session {other:?} is recording that tape");
            return Err(Refused::new(StatusCode::CONFLICT, message));
        }
        let opened = self.director.open(&start.wanted)?;
        let id = start.id.unwrap_or_else(|| open.unused_id());
        self.sessions.start(&id, start.key.as_deref(), opened.backend).map_err(|error| {
            let status = match error {
                StartError::BadId(_) => StatusCode::BAD_REQUEST,
                StartError::IdTaken(_) | StartError::KeyTaken(_) => StatusCode::CONFLICT,
            };
            Refused::new(status, error)
        })?;
        let mut variables = opened.variables;
        variables.extend(start.variables);
        let running =
            Running { wanted: start.wanted, key: start.key, variables, take: opened.take, writes };
        open.running.insert(id.clone(), running.clone());
        Ok((id, running))
    }

    /// Ends a session; says how it was.
    pub(super) async fn stop(&self, id: &str, ok: bool) -> Result<(Running, Status), Refused> {
        let running = self.lock().running.remove(id).ok_or_else(|| unknown(id))?;
        self.sessions.end(id);
        let status = running.take.stop(ok, running.variables.clone()).await?;
        Ok((running, status))
    }

    pub(super) fn get(&self, id: &str) -> Result<Running, Refused> {
        self.lock().running.get(id).cloned().ok_or_else(|| unknown(id))
    }

    pub(super) fn list(&self) -> Vec<(String, Running)> {
        self.lock().running.iter().map(|(id, one)| (id.clone(), one.clone())).collect()
    }

    pub(super) fn set_variables(&self, id: &str, variables: Variables) -> Result<(), Refused> {
        self.lock().running.get_mut(id).ok_or_else(|| unknown(id))?.variables = variables;
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

fn unknown(id: &str) -> Refused {
    Refused::new(StatusCode::NOT_FOUND, format!("there is no session {id:?}"))
}
