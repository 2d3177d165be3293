//! dynatape: testing against Amazon DynamoDB without guessing.

pub mod backend;
pub mod clock;
pub mod proxy;
pub mod wire;
