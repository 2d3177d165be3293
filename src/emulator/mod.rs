pub mod rule;
pub mod shape;
