//! dynatape: testing against Amazon DynamoDB without guessing.

pub mod backend;
pub mod cassette;
pub mod cli;
pub mod clock;
pub mod conformance;
pub mod diff;
pub mod emulator;
pub mod expr;
pub mod proxy;
pub mod report;
pub mod storage;
pub mod value;
pub mod wire;
