//! What is written of a comparison, and what can be made of it later.

use serde_json::Value;

use crate::place::{CALLS, Ended, Place, SESSION};

/// A place with the session's tape, one number in it edited, and the report of what that gave.
fn edited() -> (Place, Value) {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    place.run("diff orders.tape --report before.json").expect(0);
    let tape = place.read("orders.tape");
    let wrong = tape.replacen("\"v\": {\"N\": \"7\"}", "\"v\": {\"N\": \"70\"}", 1);
    assert_ne!(tape, wrong);
    place.write("orders.tape", wrong);
    place.run("diff orders.tape --report now.json").expect(2);
    let report = serde_json::from_str(&place.read("now.json")).unwrap();
    (place, report)
}

/// The interaction that differs.
fn divergent(report: &Value) -> &Value {
    let all = report["runs"][0]["tapes"][0]["interactions"].as_array().unwrap();
    let mut those = all.iter().filter(|one| one["outcome"] == "divergent");
    let found = those.next().unwrap();
    assert!(those.next().is_none());
    found
}

#[test]
fn one_run_writes_every_format_and_prints_one() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let mut words = vec!["diff".to_owned(), "orders.tape".to_owned()];
    let files = ["r.html", "r.json", "r.md", "r.txt", "r.xml", "badges/"];
    words.extend(files.iter().flat_map(|file| ["--report".to_owned(), (*file).to_owned()]));
    let ended = Ended::of(place.dynatape(&words).env("GITHUB_STEP_SUMMARY", place.path("job.md")));
    let printed = ended.expect(0).stdout;
    assert!(printed.contains("no finding that matters"), "{printed}");
    assert_eq!(place.read("r.txt"), printed);
    assert!(place.read("r.html").starts_with("<!doctype html>"));
    assert!(place.read("r.xml").contains(&format!("tests=\"{CALLS}\" failures=\"0\"")));
    let row = format!("| emulator | {CALLS} interactions | 100 % | {CALLS} | 0 |");
    assert!(place.read("r.md").contains(&row), "{}", place.read("r.md"));
    assert_eq!(place.read("job.md"), place.read("r.md"), "GitHub shows it without being asked to");
    let badge: Value = serde_json::from_str(&place.read("badges/values.json")).unwrap();
    assert!(badge["message"].as_str().unwrap().ends_with("alike, 100 % measured"), "{badge}");
    // What is exact needs no judgement.
    let report: Value = serde_json::from_str(&place.read("r.json")).unwrap();
    let interactions = report["runs"][0]["tapes"][0]["interactions"].as_array().unwrap();
    assert!(interactions.iter().all(|one| one.get("exchanges").is_none()));
    for (command, file) in [
        ("html", "r.html"),
        ("json", "r.json"),
        ("markdown", "r.md"),
        ("junit", "r.xml"),
        ("text", "r.txt"),
    ] {
        let made = place.run(&format!("report {command} r.json")).expect(0).stdout;
        assert_eq!(made, place.read(file), "{command}");
    }
}

#[test]
fn a_report_keeps_the_request_and_both_answers_of_what_differs() {
    let (_place, report) = edited();
    let exchange = &divergent(&report)["exchanges"][0];
    assert_eq!(exchange["request"]["operation"], "UpdateItem");
    assert!(exchange["request"]["body"].as_str().unwrap().contains("\"SET v = :v\""));
    for (side, value) in [("expected", "70"), ("actual", "7")] {
        let said = &exchange[side];
        assert_eq!(said["status"], 200);
        let body: Value = serde_json::from_str(said["body"].as_str().unwrap()).unwrap();
        assert_eq!(body["Attributes"]["v"]["N"], value);
    }
}

#[test]
fn a_report_diff_says_what_is_worse_and_that_the_corpus_grew() {
    let (place, report) = edited();
    let same = place.run("report diff now.json now.json").expect(0).stdout;
    assert!(same.contains(&format!("U {CALLS:>7} unchanged")), "{same}");
    let worse = place.run("report diff before.json now.json").expect(2).stdout;
    assert!(worse.contains("C       1 changed    1 for the worse, 0 not"), "{worse}");
    let finding = divergent(&report)["findings"][0]["id"].as_str().unwrap();
    assert!(worse.contains(&format!("exact -> divergent  new {finding}")), "{worse}");
    let better = place.run("report diff now.json before.json").expect(0).stdout;
    assert!(better.contains("C       1 changed    0 for the worse, 1 not"), "{better}");
    place.record("more.tape", "call ListTables {}");
    place.run("diff orders.tape more.tape --report more.json").expect(2);
    let grown = place.run("report diff now.json more.json").expect(0).stdout;
    assert!(grown.contains(&format!("the corpus grew by 1 (from {CALLS})")), "{grown}");
    let page = place.run("report html more.json --earlier before.json --earlier now.json");
    assert!(page.expect(0).stdout.contains("\"label\":\"before\""));
}

#[test]
fn an_explanation_can_be_pasted() {
    let (place, report) = edited();
    let played = divergent(&report);
    let finding = played["findings"][0]["id"].as_str().unwrap();
    for id in [finding, &finding[..6], played["id"].as_str().unwrap()] {
        let shown = place.run(&format!("explain {id} --report now.json")).expect(0).stdout;
        for text in [
            finding,
            "-     \"v\": {\"N\": \"70\"}",
            "+     \"v\": {\"N\": \"7\"}",
            "what its answer depends on\n  CreateTable/orders/",
            "\n  PutItem/orders/",
        ] {
            assert!(shown.contains(text), "{text:?} is not in {shown}");
        }
        let command = shown.trim_end().lines().next_back().unwrap().trim();
        let again = place.run(command.strip_prefix("dynatape ").unwrap()).expect(2).stdout;
        assert!(again.contains(finding), "{again}");
        let played = again.lines().next().unwrap();
        assert!(played.contains("3 interactions"), "the slice and no more: {again}");
    }
    std::fs::rename(place.path("orders.tape"), place.path("moved.tape")).unwrap();
    let without = place.run(&format!("explain {finding} --report now.json")).expect(0).stdout;
    assert!(!without.contains("what its answer depends on"), "{without}");
    let moved = place.run(&format!("explain {finding} --report now.json --tape moved.tape"));
    assert!(moved.expect(0).stdout.contains("dynatape diff moved.tape --only "));
    place.run("explain 0123 --report now.json").expect(1).complains("has no finding");
    place
        .run("diff moved.tape --only PutItem/none")
        .expect(1)
        .complains("no interaction has an id");
}

#[test]
fn a_case_that_differs_is_explained_with_its_steps() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("cases/ListTables")).unwrap();
    let case = r#"{"about": "tables", "source": "inferred: it is wrong"}
{
  "title": "There is a table that nobody made",
  "steps": [{"call": "ListTables", "request": {}, "answer": {"TableNames": ["orders"]}}]
}
"#;
    place.write("cases/ListTables/wrong.case", case);
    place.run("conform cases --report r.json").expect(2);
    let id = "there-is-a-table-that-nobody-made";
    let shown = place.run(&format!("explain {id} --report r.json")).expect(0).stdout;
    assert!(shown.contains("step 1: ListTables"), "{shown}");
    let command = shown.trim_end().lines().next_back().unwrap().trim();
    assert!(
        command.starts_with("dynatape conform cases/ListTables/wrong.case --filter there-is"),
        "{command}"
    );
    let again = place.run(command.strip_prefix("dynatape ").unwrap()).expect(2).stdout;
    assert!(again.contains("1 cases"), "{again}");
}
