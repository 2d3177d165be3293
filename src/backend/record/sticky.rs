//! Recording again without noise: where the new answer says what the old one said, the old text
//! stays, byte for byte.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::{order, rename};
use crate::{
    cassette::{Answer, Cassette, Header, Interaction, MatchKey, client_request_token, minted},
    diff::{Layer, Subject, compare},
    wire::{Effect, Operation},
};

/// Numbers the interactions and puts the old text of every unchanged one in place of the new;
/// gives the number of those that did change, came or went. If there is none and the answers come
/// from where they came from, the old header stays too.
pub(super) fn keep_unchanged(new: &mut Cassette, old: &Cassette) -> usize {
    if let Some(mut renamed) = rename::as_in(new, old) {
        let changed = settle(&mut renamed, old);
        if keeps_promises(&renamed, old) {
            *new = renamed;
            return changed;
        }
    }
    settle(new, old)
}

/// Whether each answer that is sorted is either the old one or holds no two ids: new ids sort
/// otherwise than the old ones, and under old names such an answer would be none of the service's.
fn keeps_promises(renamed: &Cassette, old: &Cassette) -> bool {
    let olds: HashSet<(&str, &Answer)> =
        old.interactions.iter().map(|one| (one.id.as_str(), &one.answer)).collect();
    renamed.interactions.iter().all(|one| {
        let sorted = one.target.operation() == Some(Operation::Query);
        let Answer::Http { body, .. } = &one.answer else { return true };
        !sorted || olds.contains(&(one.id.as_str(), &one.answer)) || !holds_two_ids(body)
    })
}

fn holds_two_ids(body: &[u8]) -> bool {
    let mut ids = minted::values(body).into_iter().filter(|(shape, _)| shape.is_identity());
    let first = ids.next();
    first.is_some_and(|first| ids.any(|other| other != first))
}

fn settle(new: &mut Cassette, old: &Cassette) -> usize {
    new.fold_repeats();
    new.renumber();
    order::as_before(new, old);
    new.fold_repeats();
    new.renumber();
    put_old_text(new, old)
}

fn put_old_text(new: &mut Cassette, old: &Cassette) -> usize {
    let by_id: HashMap<_, _> = old.interactions.iter().map(|one| (one.id.as_str(), one)).collect();
    // Other rules may have let through what these replace.
    let same_rules = old.header.redact == new.header.redact;
    let mut met = 0;
    let mut kept: Vec<Option<&Interaction>> = Vec::with_capacity(new.interactions.len());
    for (interaction, is_timing) in new.interactions.iter().zip(times_are_timing(new)) {
        let stored = by_id.get(interaction.id.as_str()).copied();
        met += usize::from(stored.is_some());
        kept.push(stored.filter(|old| same_rules && says_the_same(old, interaction, is_timing)));
    }
    keep_tokens_together(&mut kept, &new.interactions);
    let mut changed = old.interactions.len() - met;
    for (interaction, stored) in new.interactions.iter_mut().zip(kept) {
        match stored {
            // How long it took is settled later.
            Some(stored) => {
                let took = interaction.took;
                *interaction = Interaction { took, ..stored.clone() };
            }
            None => changed += 1,
        }
    }
    keep_header(new, &old.header, changed);
    changed
}

/// The old header, or what of it the new one must not forget.
fn keep_header(new: &mut Cassette, old: &Header, changed: usize) {
    let from = &mut new.header.from;
    if from.label.is_none() {
        from.label.clone_from(&old.from.label);
    }
    from.extra.clone_from(&old.from.extra);
    if changed == 0 && *from == old.from && new.header.redact == old.redact {
        new.header = old.clone();
        return;
    }
    new.header.extra.clone_from(&old.extra);
    new.header.vars.clone_from(&old.vars);
    new.header.other_rules.clone_from(&old.other_rules);
    new.header.other_tables.clone_from(&old.other_tables);
    // Somebody may have written down the keys of a table that no answer describes.
    let used: BTreeSet<&str> = new
        .interactions
        .iter()
        .flat_map(|one| one.id.split('/').nth(1).unwrap_or_default().split('+'))
        .collect();
    for (name, schema) in &old.tables {
        let is_known = new.header.tables.iter().any(|(known, _)| known == name);
        if !is_known && used.contains(name.as_str()) {
            new.header.tables.push((name.clone(), schema.clone()));
        }
    }
    new.header.tables.sort_by(|(a, _), (b, _)| a.cmp(b));
}

/// Whether keeping the old answer loses nothing: the same request up to spelling, and answers that
/// differ only in what the rules table excepts, or in an order that is nobody's promise. Another
/// state of a table is another answer: a waiter that replays must see it.
fn says_the_same(stored: &Interaction, new: &Interaction, is_timing: bool) -> bool {
    // An id is short: two requests may share one.
    let key = |one: &Interaction| MatchKey::canonical(&one.to_request());
    let same_times = stored.times == new.times || is_timing;
    let attempts = |one: &Interaction| -> Vec<_> {
        one.attempts.iter().map(|attempt| (attempt.status, attempt.kind.clone())).collect()
    };
    if !same_times || attempts(stored) != attempts(new) || key(stored) != key(new) {
        return false;
    }
    let (Answer::Http { headers: old_headers, .. }, Answer::Http { headers, .. }) =
        (&stored.answer, &new.answer)
    else {
        return stored.answer == new.answer;
    };
    let (Some(old), Some(answer)) = (stored.to_response(), new.to_response()) else { return false };
    let operation = new.target.operation();
    let comparison =
        compare(Subject { operation, key: &[], exact: true, ..Subject::default() }, &old, &answer);
    let lost = |layer| !matches!(layer, Layer::Order | Layer::NumberText | Layer::Wire);
    let same = comparison.findings.iter().all(|finding| !finding.matters && !lost(finding.layer));
    same && old_headers == headers
}

/// For each interaction, whether how often it was repeated is the program's timing: a read that
/// came again without a write before, or not again at all. Where a write came in between, a read
/// too many in the tape would be answered with what was true before it.
fn times_are_timing(cassette: &Cassette) -> Vec<bool> {
    let mut writes_after = 0;
    let mut later: HashMap<MatchKey, usize> = HashMap::new();
    let mut timing = Vec::with_capacity(cassette.interactions.len());
    for interaction in cassette.interactions.iter().rev() {
        let effect = interaction.target.operation().map(|operation| operation.effect());
        if effect != Some(Effect::Read) {
            writes_after += 1;
            timing.push(false);
            continue;
        }
        let next = later.insert(MatchKey::canonical(&interaction.to_request()), writes_after);
        timing.push(next.is_none_or(|next| next == writes_after));
    }
    timing.reverse();
    timing
}

/// Requests that share an idempotency token keep the old one together or not at all: half of them
/// with the old and half with the new would be requests that share none.
fn keep_tokens_together(kept: &mut [Option<&Interaction>], new: &[Interaction]) {
    let token = |one: &Interaction| client_request_token(&one.to_request());
    let pairs: Vec<_> = kept
        .iter()
        .zip(new)
        .map(|(stored, new)| Some((token(new)?, stored.and_then(token))))
        .collect();
    let mut old_of: HashMap<&str, BTreeSet<Option<&str>>> = HashMap::new();
    let mut new_of: HashMap<&str, BTreeSet<&str>> = HashMap::new();
    for (new, old) in pairs.iter().flatten() {
        old_of.entry(new).or_default().insert(old.as_deref());
        if let Some(old) = old {
            new_of.entry(old).or_default().insert(new);
        }
    }
    for (stored, pair) in kept.iter_mut().zip(&pairs) {
        let Some((new, old)) = pair else { continue };
        let is_only = |old: &String| new_of.get(&**old).is_some_and(|partners| partners.len() == 1);
        let together = old_of.get(&**new).is_some_and(|partners| partners.len() == 1);
        if !together || !old.as_ref().is_some_and(is_only) {
            *stored = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::StatusCode;

    use super::*;
    use crate::{
        cassette::{KeyAttribute, TableSchema},
        wire::{Operation, Target},
    };

    use Operation::{DescribeTable, GetItem, PutItem, Query, TransactWriteItems};

    fn tape(interactions: &[(Operation, &str, &str, u32)]) -> Cassette {
        let mut cassette = Cassette::default();
        for (operation, request, response, times) in interactions {
            let answer = Answer::Http {
                status: StatusCode::OK,
                headers: Vec::new(),
                body: Bytes::copy_from_slice(response.as_bytes()),
            };
            let request = Bytes::copy_from_slice(request.as_bytes());
            let interaction = Interaction::new(Target::Known(*operation), request, answer);
            cassette.interactions.push(Interaction { times: *times, ..interaction });
        }
        cassette.renumber();
        cassette
    }

    fn again(old: &Cassette, new: &Cassette) -> (usize, Cassette) {
        let mut kept = new.clone();
        let changed = put_old_text(&mut kept, old);
        (changed, kept)
    }

    #[test]
    fn more_polls_are_no_change_and_more_reads_before_a_write_are() {
        let poll = |creating, active| {
            tape(&[
                (PutItem, "{}", "{}", 1),
                (DescribeTable, "{}", r#"{"Table":{"TableStatus":"CREATING"}}"#, creating),
                (DescribeTable, "{}", r#"{"Table":{"TableStatus":"ACTIVE"}}"#, active),
            ])
        };
        assert_eq!(again(&poll(14, 1), &poll(3, 2)).0, 0);
        let read = |before, after| {
            tape(&[
                (GetItem, "{}", r#"{"Item":{}}"#, before),
                (PutItem, "{}", "{}", 1),
                (GetItem, "{}", "{}", after),
            ])
        };
        assert_eq!(again(&read(5, 1), &read(5, 9)).0, 0);
        let (changed, tape) = again(&read(5, 1), &read(2, 1));
        assert_eq!((changed, tape.interactions[0].times), (1, 2));
    }

    #[test]
    fn made_up_ids_are_called_what_they_were_called() {
        let ids = |first: &str, second: &str| {
            let id = |text: &str| format!("{text}1f0400-0000-4000-8000-000000000001");
            let put = |text: &str, n: u8| format!(r#"{{"Item":{{"pk":"{}","n":{n}}}}}"#, id(text));
            let (one, two) = (put(first, 1), put(second, 2));
            let found = format!(r#"{{"Items":["{}","{}"]}}"#, id(first), id(second));
            tape(&[(PutItem, &*one, "{}", 1), (PutItem, &*two, "{}", 1), (Query, "{}", &*found, 1)])
        };
        let old = ids("7c", "8d");
        let mut kept = ids("11", "22");
        let changed = keep_unchanged(&mut kept, &old);
        assert_eq!((changed, kept.interactions), (0, old.interactions.clone()));
        // Sorted, which under the old names would be no order of the service.
        let mut other = ids("33", "22");
        let Answer::Http { body, .. } = &mut other.interactions[2].answer else { panic!() };
        let text = String::from_utf8(body.to_vec()).expect("text");
        *body = text.replace("\"]", "\",1]").into();
        let mut kept = other.clone();
        let changed = keep_unchanged(&mut kept, &old);
        assert_eq!((changed, kept.interactions), (5, other.interactions), "as they came");
    }

    #[test]
    fn an_id_that_came_again_is_nobody_elses_name() {
        let put = |text: &str| format!(r#"{{"pk":"{text}1f0400-0000-4000-8000-000000000001"}}"#);
        let (first, second) = (put("7c"), put("8d"));
        let old = tape(&[(PutItem, &*first, "{}", 1)]);
        let new = tape(&[(PutItem, &*second, "{}", 1), (PutItem, &*first, "{}", 1)]);
        let mut kept = new.clone();
        assert_eq!(keep_unchanged(&mut kept, &old), 1);
        assert_eq!(kept.interactions, new.interactions);
    }

    #[test]
    fn requests_of_one_token_keep_it_together() {
        let pair = |first: &str, second: &str, answer: &str| {
            let request = |token: &str| format!(r#"{{"ClientRequestToken":"{token}"}}"#);
            let (first, second) = (request(first), request(second));
            tape(&[
                (TransactWriteItems, &*first, "{}", 1),
                (TransactWriteItems, &*second, answer, 1),
            ])
        };
        let old = pair("a", "a", "{}");
        let (changed, kept) = again(&old, &pair("b", "b", "{}"));
        assert_eq!((changed, kept.interactions), (0, old.interactions.clone()));
        for new in [pair("b", "b", r#"{"ConsumedCapacity":[]}"#), pair("b", "c", "{}")] {
            let (changed, kept) = again(&old, &new);
            assert_eq!((changed, kept.interactions), (2, new.interactions), "all or none");
        }
    }

    #[test]
    fn a_request_that_only_shares_the_id_is_another() {
        let old = tape(&[(PutItem, r#"{"a":1}"#, "{}", 1)]);
        let mut new = tape(&[(PutItem, r#"{"a":2}"#, "{}", 1)]);
        new.interactions[0].id.clone_from(&old.interactions[0].id);
        let (changed, kept) = again(&old, &new);
        assert_eq!((changed, kept.interactions), (1, new.interactions));
    }

    #[test]
    fn a_header_kept_by_the_tape_is_part_of_the_answer() {
        let old = tape(&[(PutItem, "{}", "{}", 1)]);
        let mut new = old.clone();
        let Answer::Http { headers, .. } = &mut new.interactions[0].answer else { panic!() };
        headers.push(("retry-after".to_owned(), "1".to_owned()));
        assert_eq!(again(&old, &new).0, 1);
        assert_eq!(again(&new, &old).0, 1);
    }

    #[test]
    fn the_header_tells_the_truth_and_forgets_nothing_that_was_written_into_it() {
        let mut old = tape(&[(GetItem, r#"{"TableName":"orders"}"#, "{}", 1)]);
        let key = KeyAttribute { name: "pk".into(), kind: "S".into(), sort: false };
        let schema = TableSchema { key: vec![key], ..TableSchema::default() };
        old.header.tables = vec![("gone".into(), schema.clone()), ("orders".into(), schema)];
        old.header.from.kind = "other".to_owned();
        old.header.on = "2026-01-01".to_owned();
        let mut new = old.clone();
        (new.header.tables, new.header.on) = (Vec::new(), "2026-11-21".to_owned());
        let (_, kept) = again(&old, &new);
        assert_eq!(kept.header, old.header, "nothing changed");
        new.header.from.kind = "aws".to_owned();
        let (_, kept) = again(&old, &new);
        assert_eq!((&*kept.header.from.kind, &*kept.header.on), ("aws", "2026-11-21"));
        assert_eq!(kept.header.tables, old.header.tables[1..]);
    }

    #[test]
    fn what_other_rules_redacted_is_not_kept() {
        let old = tape(&[(GetItem, "{}", "{}", 1)]);
        let mut new = old.clone();
        new.header.redact += 1;
        assert_eq!(again(&old, &new).0, 1);
    }
}
