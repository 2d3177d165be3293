use super::*;
use crate::cassette::{Answer, Header};
use crate::wire::{Operation, Target};
use http::StatusCode;
use proptest::prelude::*;

/// A read of one of a few items, and one of a few answers.
fn interaction((item, answer): (u8, u8)) -> Interaction {
    let request = format!("{{\"TableName\":\"t\",\"Key\":{{\"id\":{{\"S\":\"{item}\"}}}}}}");
    let body = format!("{{\"Item\":{{\"n\":{{\"N\":\"{answer}\"}}}}}}");
    let answer = Answer::Http {
        status: StatusCode::OK,
        headers: Vec::new(),
        body: body.into_bytes().into(),
    };
    Interaction::new(Target::Known(Operation::GetItem), request.into_bytes().into(), answer)
}

fn tape(all: &[(u8, u8)]) -> Cassette {
    let interactions = all.iter().copied().map(interaction).collect();
    let mut tape = Cassette { header: Header::default(), interactions };
    tape.renumber();
    tape
}

fn bodies(tape: &Cassette) -> Vec<Interaction> {
    let nameless = |one: &Interaction| Interaction { id: String::new(), ..one.clone() };
    tape.interactions.iter().map(nameless).collect()
}

fn is_within(part: &[Interaction], whole: &[Interaction]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|one| whole.any(|other| other == one))
}

fn calls() -> impl Strategy<Value = Vec<(u8, u8)>> {
    prop::collection::vec((0..4u8, 0..3u8), 0..8)
}

proptest! {
    #[test]
    fn merging_with_oneself_or_with_the_base_changes_nothing(base in calls(), side in calls()) {
        let (base, side) = (tape(&base), tape(&side));
        prop_assert_eq!(merge(&base, &side, &side).cassette.interactions, side.interactions.clone());
        prop_assert_eq!(merge(&base, &side, &base).cassette.interactions, side.interactions.clone());
        let theirs = merge(&base, &base, &side);
        prop_assert_eq!(theirs.conflicts, 0);
        let sorted = |tape: &Cassette| {
            let mut all: Vec<_> = bodies(tape).iter().map(crate::cassette::interaction_text).collect();
            all.sort();
            all
        };
        prop_assert_eq!(sorted(&theirs.cassette), sorted(&side));
    }

    #[test]
    fn what_both_append_is_there_in_the_order_of_each(
        base in calls(), ours in calls(), theirs in calls()
    ) {
        // Different items on the two sides, so that nothing is the same by chance.
        let theirs: Vec<_> = theirs.into_iter().map(|(item, answer)| (item + 10, answer)).collect();
        let ours = tape(&[base.clone(), ours].concat());
        let theirs = tape(&[base.clone(), theirs].concat());
        let base = tape(&base);
        let one = merge(&base, &ours, &theirs);
        prop_assert_eq!(one.conflicts, 0);
        let all = bodies(&one.cassette);
        prop_assert_eq!(
            all.len(),
            ours.interactions.len() + theirs.interactions.len() - base.interactions.len()
        );
        prop_assert!(is_within(&bodies(&ours), &all));
        prop_assert!(is_within(&bodies(&theirs), &all));
    }

    #[test]
    fn the_order_of_the_sides_changes_no_content(
        base in calls(), ours in calls(), theirs in calls()
    ) {
        let (base, ours, theirs) = (tape(&base), tape(&ours), tape(&theirs));
        let (one, other) = (merge(&base, &ours, &theirs), merge(&base, &theirs, &ours));
        prop_assert_eq!(one.conflicts, other.conflicts);
        let sorted = |merged: &Merged| {
            let mut all = bodies(&merged.cassette);
            for one in &mut all {
                one.extra.clear();
            }
            let mut all: Vec<_> = all.iter().map(crate::cassette::interaction_text).collect();
            all.sort();
            all
        };
        prop_assert_eq!(sorted(&one), sorted(&other));
    }
}

#[test]
fn one_interaction_changed_by_both_sides_is_there_twice_and_marked() {
    let merged = merge(&tape(&[(1, 0)]), &tape(&[(1, 1)]), &tape(&[(1, 2)]));
    assert_eq!(merged.conflicts, 1);
    let marks: Vec<_> = merged.cassette.interactions.iter().map(|one| &one.extra).collect();
    let mark = |side: &str| vec![(CONFLICT.to_owned(), format!("\"{side}\""))];
    assert_eq!(marks, [&mark("ours"), &mark("theirs")]);
}

#[test]
fn what_one_side_removed_or_recorded_anew_is_so_in_the_result() {
    let base = tape(&[(1, 0), (2, 0), (3, 0)]);
    let merged = merge(&base, &tape(&[(1, 0), (3, 0)]), &tape(&[(1, 1), (2, 0), (3, 0)]));
    assert_eq!(merged.conflicts, 0);
    assert_eq!(merged.cassette.interactions, tape(&[(1, 1), (3, 0)]).interactions);
}

#[test]
fn variables_of_both_sides_stay_and_the_later_recording_has_the_say() {
    let variables = |on: &str, all: &[(&str, &str)]| {
        let mut tape = tape(&[]);
        tape.header.on = on.to_owned();
        tape.header.vars =
            all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        tape
    };
    let ours = variables("2026-11-20", &[("run", "1"), ("ours", "a")]);
    let theirs = variables("2026-11-21", &[("run", "2"), ("theirs", "b")]);
    let expected = variables("2026-11-21", &[("run", "2"), ("theirs", "b"), ("ours", "a")]);
    let merged = merge(&ours, &ours, &theirs).cassette;
    assert_eq!(merged.header.vars, expected.header.vars);
}
