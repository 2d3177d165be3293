//! Cutting a tape down to what some of its interactions need.

use std::collections::HashSet;

use super::{Cassette, Interaction, Resource, footprints, tables_named};

/// The interactions chosen and all that their answers depend on: the earlier writes to what they
/// watch, and what those depend on themselves. Ids stay those of the whole tape; of its tables, those
/// that are named are kept.
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
    let mut header = cassette.header.clone();
    let requests: Vec<_> = kept.iter().map(Interaction::to_request).collect();
    // Of a statement that cannot be read it is not known which tables it names.
    let named: Option<Vec<Vec<String>>> = requests.iter().map(tables_named).collect();
    if let Some(named) = named {
        let named: HashSet<String> = named.into_iter().flatten().collect();
        header.tables.retain(|(name, _)| named.contains(name));
    }
    Cassette { header, interactions: kept }
}

#[cfg(test)]
mod tests {
    use http::StatusCode;
    use proptest::prelude::*;

    use super::*;
    use crate::cassette::{Answer, KeyAttribute, TableSchema};
    use crate::wire::{Operation, Target};

    /// A put or a get of one of a few items.
    fn interaction((item, is_write): (u8, bool)) -> Interaction {
        let item = format!("{{\"id\":{{\"S\":\"{item}\"}}}}");
        let (operation, name) =
            if is_write { (Operation::PutItem, "Item") } else { (Operation::GetItem, "Key") };
        let request = format!("{{\"TableName\":\"t\",\"{name}\":{item}}}");
        let (status, headers, body) = (StatusCode::OK, Vec::new(), "{}".into());
        let answer = Answer::Http { status, headers, body };
        Interaction::new(Target::Known(operation), request.into_bytes().into(), answer)
    }

    proptest! {
        #[test]
        fn a_slice_is_the_interaction_and_every_earlier_write_to_its_item(
            calls in prop::collection::vec((0..3u8, any::<bool>()), 1..12), at in any::<prop::sample::Index>()
        ) {
            let at = at.index(calls.len());
            let mut tape = Cassette::default();
            tape.header.tables.push(("t".to_owned(), schema()));
            tape.interactions = calls.iter().copied().map(interaction).collect();
            tape.renumber();
            let id = &tape.interactions[at].id;
            let expected: Vec<_> = (0..=at)
                .filter(|one| *one == at || calls[*one].1 && calls[*one].0 == calls[at].0)
                .map(|one| tape.interactions[one].clone())
                .collect();
            prop_assert_eq!(slice(&tape, |one| one == id).interactions, expected);
        }
    }

    fn schema() -> TableSchema {
        let key = KeyAttribute { name: "id".to_owned(), kind: "S".to_owned(), sort: false };
        TableSchema { key: vec![key], ..TableSchema::default() }
    }
}
