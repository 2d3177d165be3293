//! dynatape: testing against Amazon DynamoDB without guessing.

pub mod backend;
pub mod clock;
pub mod emulator;
pub mod expr;
pub mod storage;
pub mod value;
pub mod wire;
