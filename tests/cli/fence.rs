//! Asking a server that others use, too: through a fence that gives tables other names, touches
//! nothing else, and leaves nothing behind.

use std::{fs, path::Path, process::Stdio, thread::sleep, time::Duration};

use serde_json::{Value, json};

use crate::{
    place::{Ended, Place, Running, SESSION, signal},
    support::raw::call,
};

/// A server with a table of somebody else's, called as the cases call theirs.
fn in_use(place: &Place, flags: &str) -> Running {
    let server = place.start(format!("serve --port 0 {flags}").trim_end());
    let table = json!({
        "TableName": "users", "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
    });
    ask(&server, "CreateTable", &table);
    let item = json!({"TableName": "users", "Item": {"id": {"S": "theirs"}, "n": {"N": "1"}}});
    // It may take its time to be there.
    while ask(&server, "PutItem", &item).get("__type").is_some() {
        sleep(Duration::from_millis(20));
    }
    server
}

fn ask(server: &Running, operation: &str, body: &Value) -> Value {
    call(&server.url, operation, &body.to_string()).json()
}

fn tables(server: &Running) -> Vec<String> {
    let answer = ask(server, "ListTables", &json!({}));
    let names = answer["TableNames"].as_array().unwrap();
    names.iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// What was theirs is as it was, and nothing else is there.
#[track_caller]
fn is_untouched(server: &Running) {
    assert_eq!(tables(server), ["users"]);
    let scan = ask(server, "Scan", &json!({"TableName": "users"}));
    assert_eq!(scan["Items"], json!([{"id": {"S": "theirs"}, "n": {"N": "1"}}]));
}

fn ledgers(place: &Place) -> Vec<String> {
    let entries = fs::read_dir(place.path(".")).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("dynatape-fence-")).collect()
}

/// The cases of the project about an operation.
fn cases(operation: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    root.join(operation).display().to_string()
}

fn conform(place: &Place, server: &Running, arguments: &str) -> Ended {
    let url = &server.url;
    place.run(&format!("conform --target {url} {arguments} --format json --report r.txt"))
}

#[test]
fn cases_are_put_to_a_server_that_others_use_and_nothing_is_left() {
    let place = Place::new();
    let server = in_use(&place, "");
    for operation in ["PutItem", "TransactWriteItems", "CreateTable", "TagResource", "CreateBackup"]
    {
        let ended = conform(&place, &server, &format!("--fence t_ {}", cases(operation)));
        let report: Value = serde_json::from_str(&ended.stdout).unwrap();
        assert_eq!(
            ended.status.code(),
            Some(0),
            "{operation}: {} {}",
            ended.stderr,
            place.read("r.txt")
        );
        let counts = &report["runs"][0]["operations"][operation]["outcomes"];
        assert!(counts["exact"].as_u64() > Some(10), "{operation}: {counts}");
        ended.complains("all of it gone; of others 1 tables");
        let tapes = report["runs"][0]["tapes"].to_string();
        assert!(!tapes.contains("t_"), "names in the report are those of the cases");
        is_untouched(&server);
    }
    assert_eq!(ledgers(&place), [""; 0], "nothing is left to be cleaned up");
}

#[test]
fn what_would_show_or_cost_too_much_is_left_out_by_name() {
    let place = Place::new();
    let server = in_use(&place, "");
    let folders = ["ListTables", "UpdateContinuousBackups"].map(cases).join(" ");
    let ended = conform(&place, &server, &format!("--fence t_ {folders}"));
    ended.complains("ListTables lists what others have, too");
    ended.complains("it costs: point-in-time recovery (--allow-cost sends it)");
    let allowed = conform(&place, &server, &format!("--fence t_ --allow-cost {folders}"));
    assert!(!allowed.stderr.contains("it costs"), "{}", allowed.stderr);
    is_untouched(&server);
}

#[test]
fn the_budget_ends_the_calls_and_not_the_cleaning() {
    let place = Place::new();
    let server = in_use(&place, "");
    let ended = conform(&place, &server, &format!("--fence t_ --budget 40 {}", cases("PutItem")));
    let ended = ended.expect(1);
    ended.complains("in the fence 40 calls");
    assert!(place.read("r.txt").contains("not-m"), "{}", place.read("r.txt"));
    is_untouched(&server);
}

/// A run in a fence that was brought to where it has made tables.
fn halfway(place: &Place, server: &Running) -> std::process::Child {
    let cases = cases("PutItem");
    let arguments = ["conform", "--target", &server.url, "--fence", "t_", "--ledger", "l", &cases];
    let mut run = place.dynatape(arguments).stdout(Stdio::null()).spawn().unwrap();
    while tables(server).len() < 6 {
        assert!(run.try_wait().unwrap().is_none(), "too quick");
        sleep(Duration::from_millis(2));
    }
    run
}

#[test]
fn what_a_killed_run_leaves_is_cleaned_up_by_its_ledger() {
    let place = Place::new();
    let server = in_use(&place, "--create-table-ms 150 --delete-table-ms 100");
    let mut run = halfway(&place, &server);
    run.kill().unwrap();
    run.wait().unwrap();
    let left = tables(&server);
    let ledger = place.read("l");
    assert!(left.len() > 1, "{left:?}");
    for table in left.iter().filter(|name| *name != "users") {
        assert!(ledger.contains(&format!("{{\"table\":\"{table}\"}}")), "{table}: {ledger}");
    }
    let ended = place.run("conform --clean l").expect(0);
    assert!(ended.stdout.contains("all of it gone; of others 1 tables"), "{}", ended.stdout);
    is_untouched(&server);
    assert!(!place.has("l"));
    place.write("other", ledger.lines().next().unwrap().to_owned() + "\n{\"table\":\"users\"}\n");
    place.run("conform --clean other").expect(1).complains("does not have the fence's prefix");
    is_untouched(&server);
}

#[test]
fn a_run_that_is_interrupted_takes_away_what_it_made() {
    let place = Place::new();
    let server = in_use(&place, "--create-table-ms 150");
    let run = halfway(&place, &server);
    signal(run.id(), "INT");
    let ended = run.wait_with_output().unwrap();
    let stderr = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("all of it gone"), "{stderr}");
    is_untouched(&server);
}

#[test]
fn a_tape_is_verified_in_a_fence_and_what_moved_is_no_failure() {
    let place = Place::new();
    place.record("orders.tape", SESSION);
    let server = in_use(&place, "");
    let verify = |arguments: &str| {
        let url = &server.url;
        let line = format!("verify orders.tape --target {url} {arguments} --report r.json");
        let mut command = place.dynatape(line.split_whitespace());
        let keys = [("AWS_ACCESS_KEY_ID", "AKID"), ("AWS_SECRET_ACCESS_KEY", "secret")];
        Ended::of(command.envs(keys).env("AWS_REGION", "us-east-1")).expect(0)
    };
    for flags in ["", "--resign always"] {
        let ended = verify(flags);
        assert!(ended.stdout.contains("no finding that matters"), "{}", ended.stdout);
        ended.complains("1 table, all of it gone; of others 1 tables");
        is_untouched(&server);
    }
    let tape = place.read("orders.tape");
    place.write("orders.tape", tape.replacen("\"v\": {\"N\": \"7\"}", "\"v\": {\"N\": \"8\"}", 1));
    let ended = verify("");
    ended.complains("answers 1 of the requests otherwise today");
    is_untouched(&server);
    place.run("verify orders.tape --target emulator").expect(1).complains("`dynatape diff`");
    place.run("verify orders.tape").expect(1).complains("--target aws needs a region");
    place.run("diff orders.tape --target aws").expect(1).complains("`dynatape verify`");
}
