//! What a replay did, in files.

use crate::place::{Ended, Place, SESSION};

#[test]
fn every_format_has_the_same_figures() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let arguments = "replay orders.tape --summary a.json --summary a.xml --summary a.md \
                     --fault ListTables:500 --fault GetItem:delay=1@1";
    let script = SESSION.lines().take(11).collect::<Vec<_>>().join("\n");
    place.write("page.md", "before\n");
    let page = place.path("page.md");
    let mut command = place.with_child(arguments, &script);
    Ended::of(command.env("GITHUB_STEP_SUMMARY", page)).expect(2);
    let json: serde_json::Value = serde_json::from_str(&place.read("a.json")).unwrap();
    assert_eq!(json["counts"]["calls"], 11);
    assert_eq!(json["counts"]["exact"], 11);
    assert_eq!((&json["passed"], &json["misses"]), (&false.into(), &serde_json::json!([])));
    assert_eq!(json["unused"]["writes"].as_array().unwrap().len(), 1, "DeleteTable");
    assert_eq!((&json["faults"][0]["fired"], &json["faults"][1]["fired"]), (&0.into(), &1.into()));
    let xml = place.read("a.xml");
    assert!(xml.contains("tests=\"5\" failures=\"1\" errors=\"0\" skipped=\"1\""), "{xml}");
    let markdown = place.read("a.md");
    assert!(markdown.contains("| calls | 11 |\n| matched exactly | 11 |\n"), "{markdown}");
    assert!(markdown.contains("### 1 recorded writes never asked for (fails)"), "{markdown}");
    assert_eq!(place.read("page.md"), format!("before\n{markdown}"));
}

#[test]
fn a_miss_is_a_failure_with_its_report() {
    let place = Place::new();
    place.record("lists.tape", "call ListTables {}");
    let replay = "replay lists.tape --summary a.xml --summary a.md";
    let script = "call ListTables {\"Limit\":1}\ncall ListTables {}";
    Ended::of(&mut place.with_child(replay, script)).expect(2);
    let xml = place.read("a.xml");
    assert!(xml.contains("<failure message=\"dynatape replay miss: ListTables"), "{xml}");
    assert!(place.read("a.md").contains("```text\ndynatape replay miss: ListTables"));
}

#[test]
fn an_ending_that_names_no_format_is_refused() {
    let place = Place::new();
    let ended = place.run("replay lists.tape --summary a.txt").expect(1);
    ended.complains("a summary ends in .json, .xml or .md");
}
