//! What Rust programs put in their tests: `docs/rust.md`.

mod database;
#[cfg(feature = "aws-sdk")]
mod sdk;
mod session;
pub mod snapshot;
mod tape;

#[cfg(feature = "aws-sdk")]
pub use self::sdk::HttpClient;
pub use self::{
    database::Database,
    session::Session,
    tape::{Mode, Take, Tape, TestingError},
};

/// The page for users, whose code blocks are tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/snapshots.md")]
struct Snapshots;

/// Likewise.
#[cfg(doctest)]
#[allow(rustdoc::invalid_codeblock_attributes)] // `no-run` is read by `tests/clients/docs.py`
#[doc = include_str!("../../docs/getting-started.md")]
struct GettingStarted;

/// Likewise.
#[cfg(all(doctest, feature = "aws-sdk"))]
#[doc = include_str!("../../docs/rust.md")]
struct Rust;
