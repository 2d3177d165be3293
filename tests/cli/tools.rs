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

#[test]
fn stats_are_there_as_json_too_one_line_a_tape() {
    let place = Place::new();
    place.record("x.tape", SESSION);
    place.record("y.tape", "call ListTables {}\n");
    let text = place.run("tape stats x.tape y.tape --format json").expect(0).stdout;
    let all: Vec<serde_json::Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(all.len(), 2);
    assert_eq!((&all[0]["tape"], &all[1]["tape"]), (&"x.tape".into(), &"y.tape".into()));
    assert_eq!(all[0]["interactions"], CALLS);
    assert_eq!(all[0]["operations"]["CreateTable"], 1);
    assert_eq!(all[0]["sizes"].as_array().unwrap().len(), CALLS);
    let bytes =
        all[0]["sizes"].as_array().unwrap().iter().map(|one| one["bytes"].as_u64().unwrap());
    assert_eq!(all[0]["bytes"], bytes.sum::<u64>());
    assert_eq!((&all[1]["operations"]["ListTables"], &all[1]["writes"]), (&1.into(), &0.into()));
}

#[test]
fn two_tapes_are_told_apart_by_request_and_answer() {
    let place = Place::new();
    place.record("old.tape", SESSION);
    let same = place.run("tape diff old.tape old.tape").expect(0).stdout;
    assert_eq!(same, format!("{CALLS} exact, 0 equivalent, 0 divergent, 0 added, 0 removed\n"));
    let old = place.read("old.tape");
    let edited = old.replace("\"v\": {\"N\": \"7\"}", "\"v\": {\"N\": \"8\"}");
    assert_ne!(edited, old);
    place.write("new.tape", &edited);
    let text = place.run("tape diff old.tape new.tape").expect(2).stdout;
    for expected in ["\n    values $.Attributes.v.N\n", "2 divergent, 0 added, 0 removed"] {
        assert!(text.contains(expected), "{text}");
    }
    let (kept, _) = old.rsplit_once("\n\n").unwrap();
    place.write("less.tape", format!("{kept}\n"));
    let text = place.run("tape diff old.tape less.tape").expect(2).stdout;
    assert!(text.starts_with("- DeleteTable/orders/"), "{text}");
    assert!(text.ends_with("0 divergent, 0 added, 1 removed\n"), "{text}");
    let text = place.run("tape diff less.tape old.tape").expect(2).stdout;
    assert!(text.starts_with("+ DeleteTable/orders/"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn noise_is_learned_from_two_recordings() {
    let place = Place::new();
    let tape = |name: &str, id: &str, at: u64, n: u64| {
        let script = format!(
            "call CreateTable {{\"TableName\":\"things\",\"BillingMode\":\"PAY_PER_REQUEST\",\
             \"AttributeDefinitions\":[{{\"AttributeName\":\"id\",\"AttributeType\":\"S\"}}],\
             \"KeySchema\":[{{\"AttributeName\":\"id\",\"KeyType\":\"HASH\"}}]}}\n\
             call PutItem {{\"TableName\":\"things\",\"Item\":{{\"id\":{{\"S\":\"a\"}},\"by\":{{\"S\":\"{id}\"}},\
             \"at\":{{\"N\":\"{at}\"}},\"n\":{{\"N\":\"{n}\"}}}}}}\n\
             call GetItem {{\"TableName\":\"things\",\"Key\":{{\"id\":{{\"S\":\"a\"}}}}}}\n"
        );
        place.record(name, &script);
        place.read(name)
    };
    tape("old.tape", "7c1f0400-0000-4000-8000-000000000001", 1_763_736_728, 7);
    let new = tape("new.tape", "7c1f0400-0000-4000-8000-00000000000f", 1_763_736_999, 7);
    let ended = place.run("tape diff old.tape new.tape --learn").expect(0);
    for rule in ["type = \"uuid\"", "\"$.Item.by.S\"", "type = \"epoch\"", "\"$.Item.at.N\""] {
        assert!(ended.stdout.contains(rule), "{}", ended.stdout);
    }
    // Noise may differ and need not.
    place.write("known.toml", &ended.stdout);
    place.run("diff new.tape --expected known.toml").expect(0);
    let edited = |from: &str, to: &str| {
        assert!(new.contains(from), "{new}");
        let at = new.rfind(from).unwrap();
        place.write("new.tape", format!("{}{to}{}", &new[..at], &new[at + from.len()..]));
    };
    edited("00000000000f", "00000000000e");
    place.run("diff new.tape").expect(2);
    place.run("diff new.tape --expected known.toml").expect(0);
    // Another value of another type is none.
    edited("7c1f0400-0000-4000-8000-00000000000f", "somebody");
    place.run("diff new.tape --expected known.toml").expect(2);
    place.write("other.tape", new.replace("\"n\": {\"N\": \"7\"}", "\"n\": {\"N\": \"8\"}"));
    let ended = place.run("tape diff old.tape other.tape --learn").expect(2);
    ended.complains("no noise: other.tape/GetItem/things/");
}
