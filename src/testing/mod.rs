//! What Rust programs put in their tests.

pub mod snapshot;

/// The page for users, whose code blocks are tests.
#[cfg(doctest)]
#[doc = include_str!("../../docs/snapshots.md")]
struct Snapshots;
