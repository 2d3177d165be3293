//! Many backends behind one address: each request goes to that of its session.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use http::HeaderName;

use super::{Backend, BackendError, BoxFuture};
use crate::wire::{Request, Response, sigv4};

/// The header that chooses a session.
pub const X_DYNATAPE_SESSION: HeaderName = HeaderName::from_static("x-dynatape-session");

/// The longest id of a session: it stands in paths, headers and messages.
const LONGEST_ID: usize = 64;

/// Sends each request to the backend of its session.
///
/// The first of these that names a session decides: the path, the access key of the signature (if
/// a session was started under it), the header [`X_DYNATAPE_SESSION`], the listener. A request
/// that names none goes to the default backend. One that names a session that is not there is
/// answered with an error, never by another session.
#[derive(Debug, Default)]
pub struct Sessions {
    default: Option<Arc<dyn Backend>>,
    started: RwLock<Started>,
    /// Sessions that have an access key. While there are none, no signature is read.
    keyed: AtomicUsize,
}

#[derive(Debug, Default)]
struct Started {
    /// By id, in the order in which they are listed.
    backends: BTreeMap<Box<str>, Arc<dyn Backend>>,
    /// Ids, by access key.
    keys: HashMap<Box<str>, Box<str>>,
}

/// A session cannot be started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StartError {
    /// The id cannot stand in a path.
    #[error(
        "a session's id is up to {LONGEST_ID} letters, digits, `-` and `_`, which {0:?} is not"
    )]
    BadId(String),
    /// There is a session of this id.
    #[error("there is a session {0:?} already")]
    IdTaken(String),
    /// Requests signed with this key belong to another session.
    #[error("the access key belongs to session {0:?} already")]
    KeyTaken(String),
}

impl Sessions {
    /// No sessions yet; `default` answers requests that name none.
    #[must_use]
    pub fn new(default: Option<Arc<dyn Backend>>) -> Self {
        Self { default, ..Self::default() }
    }

    /// From now on `backend` answers the requests of session `id`, and those signed with
    /// `access_key` belong to it.
    ///
    /// # Errors
    ///
    /// When the id is none, or the id or the key is in use. Nothing has changed then.
    pub fn start(
        &self,
        id: &str,
        access_key: Option<&str>,
        backend: Arc<dyn Backend>,
    ) -> Result<(), StartError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        if id.is_empty() || id.len() > LONGEST_ID || !id.bytes().all(fits) {
            return Err(StartError::BadId(id.to_owned()));
        }
        let mut started = self.write();
        if started.backends.contains_key(id) {
            return Err(StartError::IdTaken(id.to_owned()));
        }
        if let Some(key) = access_key {
            if let Some(other) = started.keys.get(key) {
                return Err(StartError::KeyTaken(other.to_string()));
            }
            started.keys.insert(key.into(), id.into());
        }
        started.backends.insert(id.into(), backend);
        self.keyed.store(started.keys.len(), Ordering::Release);
        Ok(())
    }

    /// Ends a session. Requests under way are still answered; later ones are not. Its backend, if
    /// there was such a session.
    pub fn end(&self, id: &str) -> Option<Arc<dyn Backend>> {
        let mut started = self.write();
        let backend = started.backends.remove(id)?;
        started.keys.retain(|_, of| &**of != id);
        self.keyed.store(started.keys.len(), Ordering::Release);
        Some(backend)
    }

    /// The sessions there are.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        self.read().backends.keys().map(ToString::to_string).collect()
    }

    /// The session that a request names.
    fn asked(&self, request: &Request) -> Option<String> {
        let choice = &request.session;
        let header = || request.headers.get(&X_DYNATAPE_SESSION);
        if let Some(id) = &choice.path {
            Some(id.to_string())
        } else if let Some(id) = self.of_key(request) {
            Some(id)
        } else if let Some(id) = header() {
            Some(String::from_utf8_lossy(id.as_bytes()).into_owned())
        } else {
            choice.listener.as_deref().map(str::to_owned)
        }
    }

    /// The session under whose access key the request is signed.
    fn of_key(&self, request: &Request) -> Option<String> {
        if self.keyed.load(Ordering::Acquire) == 0 {
            return None;
        }
        let scope = sigv4::authenticate(request).ok()?;
        self.read().keys.get(&*scope.access_key).map(ToString::to_string)
    }

    // Nothing panics while it holds the lock, so what a poisoned one guards is whole.
    fn read(&self) -> RwLockReadGuard<'_, Started> {
        self.started.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Started> {
        self.started.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Sessions {
    fn call(&self, request: Request) -> BoxFuture<'_, Result<Response, BackendError>> {
        let (started, asked) = match (self.asked(&request), &self.default) {
            (None, Some(backend)) => return backend.call(request),
            (None, None) => (None, None),
            // The lock is not held while it answers.
            (Some(id), _) => (self.read().backends.get(&*id).cloned(), Some(id)),
        };
        let backend =
            started.ok_or_else(|| BackendError::UnknownSession { asked, known: self.ids() });
        Box::pin(async move { backend?.call(request).await })
    }
}
