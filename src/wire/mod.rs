//! What crosses the socket: the protocol `awsJson1_0` as DynamoDB speaks it.
//!
//! Every call is a `POST /` whose operation stands in the `X-Amz-Target` header and whose
//! parameters are one JSON object. Every answer is one JSON object, an error too. Nothing here
//! knows what a table is.

pub mod fault;
pub mod json;
mod operation;
pub mod profile;
mod region;
mod request;
mod response;
mod seconds;
mod secret;
pub mod sigv4;

pub use fault::Fault;
pub use operation::{Effect, Operation, Service, Target};
pub use region::{name_and_region, named_in};
pub use request::{INVOCATION_ID, MADE_FOR, Request, X_AMZ_TARGET};
pub use response::{Breakage, Response};
pub use seconds::seconds;
pub use secret::{LiveSecrets, X_AMZ_SECURITY_TOKEN};
