//! Playing a tape at a target, and what the exit code says of it.

use serde_json::Value;

use crate::{
    place::{CALLS, Ended, Place, SESSION},
    support::raw::{call, hangs_up},
};

fn diff(place: &Place, arguments: &str) -> (Ended, Value) {
    let ended = place.run(&format!("diff {arguments} --format json"));
    let report = serde_json::from_str(&ended.stdout).unwrap_or_default();
    (ended, report)
}

fn findings(report: &Value) -> Vec<&Value> {
    let interactions = report["runs"][0]["tapes"][0]["interactions"].as_array().unwrap();
    let findings = interactions.iter().flat_map(|one| one["findings"].as_array().unwrap());
    findings.filter(|finding| finding["matters"] == true).collect()
}

/// The sum over all operations.
fn outcome(run: &Value, name: &str) -> u64 {
    let operations = run["operations"].as_object().unwrap();
    operations.values().map(|count| count["outcomes"][name].as_u64().unwrap()).sum()
}

#[test]
fn what_was_recorded_from_the_emulator_does_not_differ_from_it() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let (ended, report) = diff(&place, "orders.tape");
    ended.expect(0);
    assert_eq!(report["schema"], 2);
    let run = &report["runs"][0];
    assert_eq!((outcome(run, "exact"), outcome(run, "divergent")), (CALLS as u64, 0));
    assert!(findings(&report).is_empty(), "{report}");
    let text = place.run("diff orders.tape").expect(0);
    assert!(text.stdout.contains("no finding that matters"), "{}", text.stdout);
}

#[test]
fn an_answer_edited_by_hand_is_found() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let tape = place.read("orders.tape");
    let edited = tape.replacen("\"v\": {\"N\": \"7\"}", "\"v\": {\"N\": \"70\"}", 1);
    assert_ne!(tape, edited);
    place.write("orders.tape", &edited);
    let (ended, report) = diff(&place, "orders.tape");
    ended.expect(2);
    let run = &report["runs"][0];
    assert_eq!((outcome(run, "exact"), outcome(run, "divergent")), (CALLS as u64 - 1, 1));
    let found = findings(&report);
    assert_eq!(found.len(), 1, "{report}");
    assert_eq!(found[0]["layer"], "values");
    assert!(found[0]["path"].as_str().unwrap().contains("Attributes.v"), "{report}");
    assert!(found[0]["expected"].as_str().unwrap().contains("70"), "{report}");

    place.run("diff orders.tape --report report.txt").expect(2);
    let text = place.read("report.txt");
    assert!(text.contains("worst first: 1 of 1 findings that matter"), "{text}");
}

#[test]
fn a_running_server_is_a_target_and_is_left_as_it_was() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let without_end = SESSION.replace("call DeleteTable {\"TableName\":\"orders\"}\n", "");
    place.record("left.tape", &without_end);
    let server = place.start("serve --port 0");
    for tape in ["orders.tape", "left.tape"] {
        let (ended, report) =
            diff(&place, &format!("{tape} --target emulator --target {}", server.url));
        ended.expect(0);
        assert_eq!(report["runs"].as_array().unwrap().len(), 2);
        assert_eq!(outcome(&report["runs"][1], "divergent"), 0);
        let tables = call(&server.url, "ListTables", "{}");
        assert_eq!(tables.text(), r#"{"TableNames":[]}"#);
    }
}

#[test]
fn where_nothing_was_compared_nothing_is_well() {
    let place = Place::new();
    place.write("empty.tape", "{\"tape\": 1, \"service\": \"DynamoDB_20120810\"}\n");
    place.write("notes.tape", "notes");
    std::fs::create_dir(place.path("folder")).unwrap();
    for (arguments, complaint) in [
        ("empty.tape", "nothing was compared"),
        ("absent.tape", "cannot read absent.tape"),
        ("notes.tape", "this is no tape"),
        ("folder", "folder holds no .tape and no .jsonl file"),
        ("empty.tape --target nonsense", "--target is `emulator` or a URL"),
        ("empty.tape --report no/such/folder/r.txt", "cannot write no/such/folder/r.txt"),
    ] {
        place.run(&format!("diff {arguments}")).expect(1).complains(complaint);
    }
    place.record("lists.tape", "call ListTables {}");
    let (ended, report) = diff(&place, &format!("lists.tape --target {}", hangs_up()));
    ended.expect(1);
    assert_eq!(outcome(&report["runs"][0], "not measured"), 1, "{report}");
}
