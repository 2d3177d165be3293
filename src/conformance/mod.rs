//! Playing what was recorded at something that answers, and saying how alike the answers are.
//!
//! There is one player. A fidelity diff is a cassette played at a backend; a conformance case is
//! a cassette with expectations.

pub mod case;
mod classes;
mod evidence;
pub mod ledger;
pub mod player;
mod prepare;
pub mod prove;
mod room;
pub mod run;
mod scan;
mod shadowed;
mod taint;
mod token;

pub use classes::offered;
pub use evidence::{Body, Exchange, MOST_BYTES, Said, Sent};
pub use player::{PlayOptions, play};
pub use prepare::{Preparation, create_from_description, prepare};
pub use room::Room;
pub use run::{Folded, Material, OperationCount, Played, Run, TapeRun, finding_id};
pub use scan::pages_of_scans;
pub use shadowed::{Losses, Shadowed};
