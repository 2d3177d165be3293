//! A recording that begins with what other tapes hold: what says the same as there is not written
//! again.

use std::collections::{HashMap, HashSet};

use crate::cassette::{Cassette, Footprint, Interaction, Resource, footprints};

/// What was asked and what changed, of the interactions that stay in the tape.
#[derive(Default)]
struct Kept<'a> {
    watched: HashSet<&'a Resource>,
    touched: HashSet<&'a Resource>,
}

impl<'a> Kept<'a> {
    fn add(&mut self, footprint: &'a Footprint) {
        self.watched.extend(&footprint.watches);
        self.touched.extend(&footprint.touches);
    }

    /// Whether an interaction that came after these could as well have come before them. Two that
    /// change a thing and do not look at it may come in any order: both have, for whoever looks.
    fn lets_pass(&self, footprint: &Footprint) -> bool {
        footprint.watches.iter().all(|one| !self.touched.contains(one))
            && footprint.touches.iter().all(|one| !self.watched.contains(one))
    }
}

/// Takes out of a recording, which has ids and the old texts of what did not change, all that
/// `setup` holds and that can come first; gives the ids of the writes of `setup` that were not
/// made.
pub(super) fn take_out(new: &mut Cassette, setup: &Cassette) -> Vec<String> {
    // A header that was kept tells only of the tables that the setup does not.
    for (name, schema) in &setup.header.tables {
        if !new.header.tables.iter().any(|(known, _)| known == name) {
            new.header.tables.push((name.clone(), schema.clone()));
        }
    }
    let requests: Vec<_> = new.interactions.iter().map(Interaction::to_request).collect();
    let footprints = footprints(new, &requests);
    let places: HashMap<&str, usize> =
        setup.interactions.iter().enumerate().map(|(at, one)| (one.id.as_str(), at)).collect();
    // What stays, and apart from it what was taken out, in the order of the setup.
    let mut kept = Kept::default();
    let mut out: Vec<Option<&Footprint>> = vec![None; setup.interactions.len()];
    let mut end = 0;
    let mut stays = Vec::with_capacity(new.interactions.len());
    for (interaction, footprint) in new.interactions.iter().zip(&footprints) {
        let place = places.get(interaction.id.as_str()).copied();
        let place = place.filter(|at| {
            let mut later = Kept::default();
            let behind = (at + 1).min(end)..end;
            out[behind].iter().flatten().for_each(|footprint| later.add(footprint));
            says_the_same(interaction, &setup.interactions[*at])
                && kept.lets_pass(footprint)
                && later.lets_pass(footprint)
        });
        match place {
            Some(at) => {
                out[at] = Some(footprint);
                end = end.max(at + 1);
            }
            None => kept.add(footprint),
        }
        stays.push(place.is_none());
    }
    let missing = unmade(setup, &out);
    let mut stays = stays.into_iter();
    new.interactions.retain(|_| stays.next().unwrap_or(true));
    new.header.tables.retain(|table| !setup.header.tables.contains(table));
    missing
}

fn unmade(setup: &Cassette, out: &[Option<&Footprint>]) -> Vec<String> {
    let requests: Vec<_> = setup.interactions.iter().map(Interaction::to_request).collect();
    let footprints = footprints(setup, &requests);
    let all = setup.interactions.iter().zip(&footprints).zip(out);
    let unmade = all.filter(|((_, footprint), out)| footprint.is_write() && out.is_none());
    unmade.map(|((interaction, _), _)| interaction.id.clone()).collect()
}

/// How long it took says nothing.
fn says_the_same(one: &Interaction, other: &Interaction) -> bool {
    // The checksum is the answer's.
    let Interaction {
        id: _,
        times,
        target,
        region,
        request,
        attempts,
        answer,
        took: _,
        crc: _,
        extra,
    } = one;
    *times == other.times
        && *target == other.target
        && *region == other.region
        && *request == other.request
        && *attempts == other.attempts
        && *answer == other.answer
        && *extra == other.extra
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cassette::read;

    /// A tape of calls `P a 1` (put item a with value 1) and `G a` (get it: the value last put).
    fn tape(calls: &[&str]) -> Cassette {
        let mut text = String::from(r#"{"tape":1,"tables":{"t":{"pk":"k:S"}}}"#);
        let mut values = HashMap::new();
        for call in calls {
            let parts: Vec<_> = call.split(' ').collect();
            let key = format!(r#""k":{{"S":"{}"}}"#, parts[1]);
            text += &match parts[..] {
                ["P", item, value] => {
                    values.insert(item, value);
                    format!(
                        "\n\n{{\"id\":\"PutItem\",\"request\":{{\"TableName\":\"t\",\"Item\":{{{key},\"n\":{{\"N\":\"{value}\"}}}}}},\"response\":{{}}}}"
                    )
                }
                _ => format!(
                    "\n\n{{\"id\":\"GetItem\",\"request\":{{\"TableName\":\"t\",\"Key\":{{{key}}}}},\"response\":{{\"Item\":{{\"n\":{{\"N\":\"{}\"}}}}}}}}",
                    values[parts[1]]
                ),
            };
        }
        let mut tape = read(text).expect("a tape").0;
        tape.renumber();
        tape
    }

    fn taken_out(setup: &[&str], calls: &[&str]) -> (Vec<String>, usize) {
        let mut new = tape(calls);
        let missing = take_out(&mut new, &tape(setup));
        let left = tape(calls).interactions.into_iter().zip(calls);
        let left = left.filter(|(one, _)| new.interactions.contains(one));
        (left.map(|(_, call)| (*call).to_owned()).collect(), missing.len())
    }

    #[test]
    fn what_the_setup_holds_is_not_written_again() {
        let setup = ["P a 1", "P b 1", "G a"];
        let (left, missing) = taken_out(&setup, &["P a 1", "P b 1", "G a", "P a 2", "G a"]);
        assert_eq!((&left[..], missing), (&["P a 2".to_owned(), "G a".to_owned()][..], 0));
        // In another order that leads to the same, and with calls of its own in between.
        let (left, missing) = taken_out(&setup, &["P b 1", "P c 1", "P a 1"]);
        assert_eq!((&left[..], missing), (&["P c 1".to_owned()][..], 0));
    }

    #[test]
    fn what_has_to_come_later_stays_and_what_the_setup_made_is_missed() {
        let (left, missing) = taken_out(&["P a 1"], &["P a 2", "P a 1", "G a"]);
        assert_eq!((left.len(), missing), (3, 1));
        let (left, missing) = taken_out(&["P a 1", "P a 2"], &["P a 2", "P a 1"]);
        assert_eq!((left, missing), (vec!["P a 1".to_owned()], 1), "the other way round");
        let (left, missing) = taken_out(&["P a 1", "P b 2"], &["P a 1", "G a"]);
        assert_eq!((left, missing), (vec!["G a".to_owned()], 1));
    }
}
