//! Playing a tape at a target, and what the exit code says of it.

use serde_json::Value;

use crate::{
    place::{CALLS, Ended, Place, SESSION},
    shadow::between,
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
fn restored_tables_and_backups_of_cases_are_taken_away_from_a_running_server() {
    let place = Place::new();
    std::fs::create_dir_all(place.path("cases/CreateBackup")).unwrap();
    let case = r#"{"about": "backups", "source": "inferred: to see what is left"}
{
  "title": "A backup is restored",
  "steps": [
    {"call": "CreateTable", "request": {"TableName": "one", "BillingMode": "PAY_PER_REQUEST",
      "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
      "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}]}},
    {"call": "CreateBackup", "request": {"TableName": "one", "BackupName": "first"},
      "includes": {"BackupDetails": {"BackupName": "first"}},
      "capture": {"backup": "$.BackupDetails.BackupArn"}},
    {"call": "RestoreTableFromBackup",
      "request": {"TargetTableName": "two", "BackupArn": {"$captured": "backup"}},
      "includes": {"TableDescription": {"TableName": "two"}}}
  ]
}
"#;
    place.write("cases/CreateBackup/left.case", case);
    let server = place.start("serve --port 0");
    let ended = place.run(&format!("conform cases --target {}", server.url)).expect(0);
    assert!(ended.stdout.contains("1 cases"), "{}", ended.stdout);
    assert_eq!(call(&server.url, "ListTables", "{}").text(), r#"{"TableNames":[]}"#);
    assert_eq!(call(&server.url, "ListBackups", "{}").text(), r#"{"BackupSummaries":[]}"#);
}

#[test]
fn where_nothing_was_compared_nothing_is_well() {
    let place = Place::new();
    place.write("empty.tape", "{\"tape\": 1, \"service\": \"DynamoDB_20120810\"}\n");
    place.write("notes.tape", "notes");
    std::fs::create_dir(place.path("folder")).unwrap();
    place.run("diff empty.tape").expect(4).complains("nothing was compared");
    for (arguments, complaint) in [
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

/// A tape of the session with one answer edited, and the id of its interaction.
fn edited(place: &Place) -> String {
    place.record("orders.tape", SESSION);
    let tape = place.read("orders.tape");
    place.write("edited.tape", tape.replacen("\"v\": {\"N\": \"7\"}", "\"v\": {\"N\": \"70\"}", 1));
    let (_, report) = diff(place, "edited.tape");
    let all = report["runs"][0]["tapes"][0]["interactions"].as_array().unwrap();
    let one = all.iter().find(|one| one["outcome"] == "divergent").unwrap();
    one["id"].as_str().unwrap().to_owned()
}

fn ledger(place: &Place, entry: &str) {
    let text = format!("[[accept]]\nreason = \"seventy is said here\"\nwhy = \"ours\"\n{entry}\n");
    place.write("known.toml", text);
}

#[test]
fn a_difference_in_the_ledger_is_accepted_and_shown_apart() {
    let place = Place::new();
    let id = edited(&place);
    ledger(&place, &format!("ids = [\"edited.tape/{id}\"]"));
    let (ended, report) = diff(&place, "edited.tape --expected known.toml");
    ended.expect(0);
    let run = &report["runs"][0];
    assert_eq!((outcome(run, "accepted"), outcome(run, "divergent")), (1, 0));
    assert_eq!(outcome(run, "exact"), CALLS as u64 - 1, "accepted is never exact");
    let text = place.run("diff edited.tape --expected known.toml").expect(0);
    assert!(text.stdout.contains("1 accepted: seventy is said here"), "{}", text.stdout);
}

#[test]
fn a_ledger_that_is_not_so_has_an_exit_code_and_a_sentence() {
    let place = Place::new();
    let id = edited(&place);
    for (entry, complaint) in [
        (format!("ids = [\"edited.tape/{id}\", \"edited.tape/gone/1\"]"), "gone/1 is not there"),
        (
            format!(
                "ids = [\"edited.tape/{id}\"]\nlayers = [\"values\"]\n[[accept]]\nreason = \"x\"\nwhy = \"ours\"\nids = [\"edited.tape/ListTables/*\"]"
            ),
            "is not there",
        ),
    ] {
        ledger(&place, &entry);
        place.run("diff edited.tape --expected known.toml").expect(3).complains(complaint);
    }
    // The answer that was right all along: an unexpected pass.
    ledger(&place, &format!("ids = [\"orders.tape/{id}\"]"));
    place.run("diff orders.tape --expected known.toml").expect(3).complains("unexpected pass");
    ledger(&place, &format!("ids = [\"edited.tape/{id}\"]\nuntil = \"2026-01-31\""));
    let ended = place.run("diff edited.tape --expected known.toml").expect(2);
    ended.complains("known.toml, line 1: accepted until 2026-01-31, which is over");
    ledger(&place, "ids = []");
    place.run("diff edited.tape --expected known.toml").expect(1).complains("lists no `ids`");
    place.run("diff edited.tape --expected none.toml").expect(1).complains("there is no ledger");
}

#[test]
fn a_ledger_is_written_for_a_named_target_and_keeps_its_reasons() {
    let place = Place::new();
    let id = edited(&place);
    let server = place.start("serve --port 0");
    let target = format!("--target other={} --expected known", server.url);
    std::fs::create_dir(place.path("known")).unwrap();
    place.run(&format!("diff edited.tape {target} --update-expected")).expect(0);
    let written = place.read("known/other.toml");
    assert!(written.contains("\"not examined\"") && written.contains(&id), "{written}");
    place.write("known/other.toml", written.replace("not examined", "it says seven"));
    place.run(&format!("diff edited.tape {target} --update-expected")).expect(0);
    assert!(place.read("known/other.toml").contains("it says seven"));
    let (_, report) = diff(&place, &format!("edited.tape {target}"));
    assert_eq!(report["runs"][0]["target"], "other");
    // Of the emulator nothing is accepted that nobody has looked at.
    let own = "diff edited.tape --expected own.toml --update-expected";
    place.run(own).expect(1).complains("examine it");
}

#[test]
fn a_layer_that_was_there_to_compare_and_never_was_is_told() {
    let place = Place::new();
    place.record("orders.tape", "call ListTables {}\ncall DescribeTable {\"TableName\":\"none\"}");
    // The only error of this tape is of an operation that the target does not have.
    let server = place.start("serve --port 0");
    let poorer = between(&server.url, |text| {
        let unknown = r#"{"__type":"com.amazon.coral.service#UnknownOperationException"}"#;
        if text.contains("__type") { unknown.into() } else { text.into() }
    });
    let ended = place.run(&format!("diff orders.tape --target poorer={poorer}")).expect(4);
    ended.complains("poorer: never compared, though there is some: type, message");
}

#[test]
fn what_follows_from_a_difference_is_folded_under_it() {
    let place = Place::new();
    let script = SESSION.replace(
        "call DeleteTable",
        "call GetItem {\"TableName\":\"orders\",\"Key\":{\"pk\":{\"S\":\"a\"},\"sk\":{\"N\":\"2\"}}}\ncall DeleteTable",
    );
    place.record("orders.tape", &script);
    let tape = place.read("orders.tape");
    assert!(tape.matches("\"v\": {\"N\": \"7\"}").count() >= 2, "{tape}");
    place.write("orders.tape", tape.replace("\"v\": {\"N\": \"7\"}", "\"v\": {\"N\": \"70\"}"));
    let (ended, report) = diff(&place, "orders.tape");
    ended.expect(2);
    let run = &report["runs"][0];
    assert_eq!(outcome(run, "divergent"), 1, "{report}");
    assert!(outcome(run, "tainted") >= 1, "{report}");
    let all = run["tapes"][0]["interactions"].as_array().unwrap();
    let by = |outcome: &str| all.iter().find(|one| one["outcome"] == outcome).unwrap();
    assert_eq!(by("tainted")["root"], by("divergent")["id"]);
}
