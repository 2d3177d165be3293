//! The connections to an upstream: of each runtime its own, kept for the next request.
//!
//! A connection is driven by the runtime that opened it. Were they shared, each answer would have to
//! wake the thread of another runtime.

use std::{
    sync::{Arc, PoisonError, RwLock},
    time::Duration,
};

use bytes::Bytes;
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::{TokioExecutor, TokioTimer},
};
use tokio::runtime::{self, Handle};

use super::resolve::Resolve;

/// Below the 90 seconds and more for which servers commonly keep idle connections, so that we
/// rarely use one that is just being closed.
const POOL_IDLE: Duration = Duration::from_secs(20);

/// Of so many runtimes connections are kept. A program that has more than its processors has one
/// for each of its tests, one after the other.
const RUNTIMES: usize = 64;

pub(super) type Connector = HttpsConnector<HttpConnector<Resolve>>;
type Pool = Client<Connector, Full<Bytes>>;

#[derive(Debug)]
pub(super) struct Pools {
    connector: Connector,
    of: RwLock<Vec<(runtime::Id, Arc<Pool>)>>,
}

impl Pools {
    pub(super) fn new(connector: Connector) -> Self {
        Self { connector, of: RwLock::default() }
    }

    /// The connections of the runtime that this is on.
    pub(super) fn here(&self) -> Arc<Pool> {
        let here = Handle::current().id();
        let found = |pools: &[(runtime::Id, Arc<Pool>)]| {
            let mut pools = pools.iter();
            pools.find(|(runtime, _)| *runtime == here).map(|(_, pool)| Arc::clone(pool))
        };
        let known = found(&self.of.read().unwrap_or_else(PoisonError::into_inner));
        if let Some(pool) = known {
            return pool;
        }
        let mut pools = self.of.write().unwrap_or_else(PoisonError::into_inner);
        // Another task of this runtime may have been faster.
        if let Some(pool) = found(&pools) {
            return pool;
        }
        if pools.len() == RUNTIMES {
            pools.remove(0);
        }
        let pool = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .build(self.connector.clone());
        let pool = Arc::new(pool);
        pools.push((here, Arc::clone(&pool)));
        pool
    }
}
