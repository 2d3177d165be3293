//! Writing cassettes for other tools. What a cassette holds is redacted already; nothing is
//! added to it.

mod har;
mod script;

pub use har::har;
pub use script::script;
