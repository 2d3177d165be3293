//! The HTTP server in front of a backend.
//!
//! `server` accepts connections, `service` takes one request from hyper to the backend and back,
//! `door` answers what is not a call of the API, `respond` makes an HTTP answer of whatever the
//! backend said, `casing` spells header names as the service does, `tls` holds certificates,
//! `idle` tells which connections nobody uses, `aside` waits for what mostly never comes, `workers`
//! are the threads that all of this runs on.

mod aside;
mod body;
mod casing;
pub mod control;
mod door;
mod idle;
pub mod intercept;
mod respond;
mod server;
mod service;
pub mod tls;
mod workers;

pub use respond::{X_DYNATAPE_MISS, in_process};
pub use server::{Choosing, Config, Limits, Server, Shutdown};
pub use workers::Workers;
