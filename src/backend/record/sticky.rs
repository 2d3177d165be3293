//! Recording again without noise: where the new answer says what the old one said, the old text
//! stays, byte for byte.

use std::collections::HashMap;

use crate::{
    cassette::{Cassette, Interaction},
    diff::{Layer, Subject, compare},
    wire::Effect,
};

/// Puts the old text of every unchanged interaction in place of the new; gives the number of
/// those that did change, came or went. If there is none, the old header stays too.
pub(super) fn keep_unchanged(new: &mut Cassette, old: &Cassette) -> usize {
    let by_id: HashMap<_, _> = old.interactions.iter().map(|one| (one.id.as_str(), one)).collect();
    let mut changed = 0;
    let mut met = 0;
    for interaction in &mut new.interactions {
        match by_id.get(interaction.id.as_str()) {
            Some(stored) => {
                met += 1;
                if says_the_same(stored, interaction) {
                    *interaction = (*stored).clone();
                } else {
                    changed += 1;
                }
            }
            None => changed += 1,
        }
    }
    changed += old.interactions.len() - met;
    if changed == 0 {
        new.header = old.header.clone();
    } else {
        new.header.extra.clone_from(&old.header.extra);
    }
    changed
}

/// Whether keeping the old answer loses nothing: the same request (the id says so up to spelling),
/// and answers that differ only in what the rules table excepts, or in an order that is nobody's
/// promise. Another state of a table is another answer: a waiter that replays must see it.
fn says_the_same(stored: &Interaction, new: &Interaction) -> bool {
    let operation = new.target.operation();
    // How often a read was repeated is the program's timing, not the service's answer.
    let same_times =
        stored.times == new.times || operation.is_some_and(|known| known.effect() == Effect::Read);
    let same_attempts = stored.attempts == new.attempts;
    let (Some(old), Some(answer)) = (stored.to_response(), new.to_response()) else {
        return stored.answer == new.answer && same_times && same_attempts;
    };
    let comparison =
        compare(Subject { operation, key: &[], exact: true, recorded_on: "" }, &old, &answer);
    let lost = |layer| !matches!(layer, Layer::Order | Layer::NumberText | Layer::Wire);
    let same = comparison.findings.iter().all(|finding| !finding.matters && !lost(finding.layer));
    same && same_times && same_attempts
}
