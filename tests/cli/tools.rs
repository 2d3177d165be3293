//! Cutting tapes down, and counting what they hold.

use crate::place::{CALLS, Place, SESSION};

#[test]
fn a_slice_has_the_interaction_and_the_writes_that_it_depends_on() {
    let place = Place::new();
    place.record("x.tape", SESSION);
    let ids = |text: &str| -> Vec<String> {
        let ids = text.lines().filter_map(|line| line.strip_prefix("  \"id\": \""));
        ids.map(|id| id.trim_end_matches("\",").to_owned()).collect()
    };
    let whole = ids(&place.read("x.tape"));
    assert_eq!(whole.len(), CALLS);
    let mut some_is_smaller = false;
    for id in &whole {
        place.run(&format!("tape slice x.tape {id} --out s.tape")).expect(0);
        let slice = ids(&place.read("s.tape"));
        assert_eq!(slice.last(), Some(id), "what comes after is not needed");
        // A table that was never made needs nothing.
        let first = if id.contains("/nowhere/") { id } else { "CreateTable/" };
        assert!(slice[0].starts_with(first), "{id} needs its table: {slice:?}");
        some_is_smaller |= slice.len() < whole.iter().position(|one| one == id).unwrap() + 1;
        place.run("tape check s.tape").expect(0);
    }
    assert!(some_is_smaller);
    place
        .run("tape slice x.tape Nothing")
        .expect(1)
        .complains("no interaction whose id starts with");
}

#[test]
fn stats_count_what_is_in_the_tape() {
    let place = Place::new();
    place.record("x.tape", SESSION);
    let text = place.run("tape stats x.tape").expect(0).stdout;
    assert!(text.starts_with(&format!("x.tape: {CALLS} interactions, ")), "{text}");
    assert!(text.lines().any(|line| line.trim() == "1  CreateTable"), "{text}");
    assert!(text.lines().any(|line| line == "largest (bytes)"), "{text}");
}
