//! dynatape: testing against Amazon DynamoDB without guessing.

pub mod backend;
pub mod cassette;
pub mod clock;
pub mod diff;
pub mod wire;
