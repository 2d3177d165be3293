//! Cutting a tape down to what some of its interactions need.

use std::collections::HashSet;

use super::{Cassette, Resource, footprints};

/// The interactions chosen and all that their answers depend on: the earlier writes to what they
/// watch, and what those depend on themselves. Ids stay those of the whole tape.
#[must_use]
pub fn slice(cassette: &Cassette, chosen: impl Fn(&str) -> bool) -> Cassette {
    let requests: Vec<_> = cassette.interactions.iter().map(|one| one.to_request()).collect();
    let footprints = footprints(cassette, &requests);
    let mut watched: HashSet<&Resource> = HashSet::new();
    let mut kept = Vec::new();
    // Backwards: who depends on a write comes after it.
    for (interaction, footprint) in cassette.interactions.iter().zip(&footprints).rev() {
        let is_needed = footprint.touches.iter().any(|one| watched.contains(one));
        if is_needed || chosen(&interaction.id) {
            watched.extend(&footprint.watches);
            kept.push(interaction.clone());
        }
    }
    kept.reverse();
    Cassette { header: cassette.header.clone(), interactions: kept }
}
