//! Recording a program again whose calls run side by side: what has nothing to do with each other
//! came in another order this time, and is put into that of the old tape.

use std::collections::HashMap;

use crate::{
    backend::replay::Freedom,
    cassette::{Cassette, Interaction, MatchKey},
    wire::Request,
};

/// Puts the interactions into the order of the old tape as far as that changes no answer; what is
/// new stays behind what it came after.
pub(super) fn as_before(new: &mut Cassette, old: &Cassette) {
    let places: HashMap<&str, usize> =
        old.interactions.iter().enumerate().map(|(at, one)| (one.id.as_str(), at + 1)).collect();
    let requests: Vec<Request> = new.interactions.iter().map(Interaction::to_request).collect();
    let mut anchor = 0;
    let wanted: Vec<(usize, bool)> = new
        .interactions
        .iter()
        .map(|one| match places.get(one.id.as_str()) {
            Some(place) => {
                anchor = *place;
                (anchor, false)
            }
            None => (anchor, true),
        })
        .collect();
    if wanted.is_sorted() {
        return;
    }
    let keys: Vec<_> = requests.iter().map(MatchKey::canonical).collect();
    let mut freedom = Freedom::of_tape(new, &requests, &keys);
    // Answers to one request keep their order, and so their numbers.
    let mut same: HashMap<MatchKey, usize> = HashMap::new();
    for (at, key) in keys.iter().enumerate() {
        if let Some(earlier) = same.insert(*key, at) {
            freedom.put_before(earlier, at);
        }
    }
    let mut taken: Vec<Option<Interaction>> = new.interactions.drain(..).map(Some).collect();
    for at in freedom.order(|at| wanted[at]) {
        new.interactions.extend(taken[at].take());
    }
    // Edges lead from what was recorded earlier to what was recorded later, so there is no circle
    // and nothing is left; should a footprint ever lie, nothing is lost either.
    new.interactions.extend(taken.into_iter().flatten());
}
