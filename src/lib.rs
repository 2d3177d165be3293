//! dynatape: testing against Amazon DynamoDB without guessing.

pub mod backend;
pub mod clock;
pub mod value;
pub mod wire;
