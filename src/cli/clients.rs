//! The databases of `--isolation client`: an emulator for each access key in each region.

use std::{fs, path::PathBuf, sync::Arc};

use anyhow::Context as _;

use super::{
    args::{LoadArgs, StorageArgs},
    compose,
    settings::Environment,
};
use crate::{
    backend::{
        Backend, BackendError,
        blocking::Blocking,
        by_client::{ByClient, Client, Databases},
    },
    clock::Clock,
    emulator::{self, Emulator},
    storage::{MemoryStore, SqliteStore, Store, sqlite::Durability},
};

/// Makes emulators, each with what all begin with.
#[derive(Debug)]
struct Clients {
    /// Where each has its file, if it has.
    folder: Option<PathBuf>,
    durability: Durability,
    load: Vec<PathBuf>,
    settings: emulator::Settings,
    clock: Arc<dyn Clock>,
    environment: Environment,
}

/// What answers each client from a database of its own.
///
/// Those that have a file are opened at once: that one of them cannot be is said at the start, and
/// not to a client that happens to ask for it.
pub(super) fn backend(
    (file, load): (&StorageArgs, &LoadArgs),
    settings: emulator::Settings,
    clock: Arc<dyn Clock>,
    environment: &Environment,
) -> anyhow::Result<Arc<dyn Backend>> {
    let nobody = compose::loaded(&load.load, settings.clone(), Arc::clone(&clock), environment)?;
    let clients = Clients {
        folder: file.db.clone(),
        durability: file.durability.into(),
        load: load.load.clone(),
        settings,
        clock,
        environment: environment.clone(),
    };
    let present = clients.present()?;
    let backend = Arc::new(ByClient::new(Arc::new(clients), Arc::new(nobody)));
    for client in &present {
        backend.database(client)?;
    }
    // Files wait for the disk: not where all connections are served.
    Ok(if file.db.is_some() { Arc::new(Blocking::new(backend)) } else { backend })
}

impl Clients {
    /// Those that have a file.
    fn present(&self) -> anyhow::Result<Vec<Client>> {
        let Some(folder) = &self.folder else { return Ok(Vec::new()) };
        fs::create_dir_all(folder)
            .and_then(|()| fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>())
            .map(|entries| {
                let files = entries.iter().map(fs::DirEntry::path);
                let files = files.filter(|file| file.extension().is_some_and(|end| end == "db"));
                files.filter_map(|file| Client::named(file.file_stem()?.to_str()?)).collect()
            })
            .with_context(|| format!("{} is no folder for databases", folder.display()))
    }

    fn emulator(&self, client: &Client) -> anyhow::Result<Emulator> {
        let store: Arc<dyn Store> = match &self.folder {
            None => Arc::new(MemoryStore::new()),
            Some(folder) => {
                Arc::new(SqliteStore::open(&folder.join(format!("{client}.db")), self.durability)?)
            }
        };
        let region = Some(client.region.clone()).filter(|region| !region.is_empty());
        let environment = Environment { region, ..self.environment.clone() };
        let (settings, clock) = (self.settings.clone(), Arc::clone(&self.clock));
        compose::loaded_into(store, &self.load, settings, clock, &environment)
    }
}

impl Databases for Clients {
    fn open(&self, client: &Client) -> Result<Arc<dyn Backend>, BackendError> {
        let emulator = self.emulator(client).map_err(|error| BackendError::Internal {
            doing: "open the database of a client",
            cause: format!("{error:#}").into(),
        })?;
        Ok(Arc::new(emulator))
    }
}
