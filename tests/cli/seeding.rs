//! What an emulator begins with: every form of file, and what is said of those that are wrong.

use std::{fs, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};

use crate::{
    place::{Place, Running},
    support::raw,
};

const TABLE: &str = r#"{"TableName":"notes","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"n","AttributeType":"N"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"n","KeyType":"RANGE"}]}"#;

fn call(url: &str, operation: &str, body: &str) -> String {
    raw::call(url, operation, body).text()
}

fn line(pk: &str, n: u32) -> String {
    format!("{{\"Item\":{{\"pk\":{{\"S\":\"{pk}\"}},\"n\":{{\"N\":\"{n}\"}}}}}}\n")
}

fn scan(server: &Running) -> Value {
    let answer = call(&server.url, "Scan", r#"{"TableName":"notes"}"#);
    serde_json::from_str(&answer).unwrap_or_else(|_| panic!("{answer}"))
}

/// The keys of what is there, in order.
fn keys(server: &Running) -> Vec<String> {
    let found = scan(server);
    let items = found["Items"].as_array().unwrap_or_else(|| panic!("{found}"));
    let text = |item: &Value, name: &str, kind: &str| item[name][kind].as_str().unwrap().to_owned();
    let mut keys: Vec<_> =
        items.iter().map(|item| text(item, "pk", "S") + &text(item, "n", "N")).collect();
    keys.sort();
    keys
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[test]
fn items_of_every_form_are_there_from_the_beginning() {
    let place = Place::new();
    let scanned = r#"{"Items":[{"pk":{"S":"a"},"n":{"N":"1"}},
        {"pk":{"S":"b"},"n":{"N":"2"}}],"Count":2,"ScannedCount":2}"#;
    let lines = line("a", 1) + &line("b", 2);
    let together = format!(
        r#"[{{"Table":{TABLE},"Items":[{{"pk":{{"S":"a"}},"n":{{"N":"1"}}}},{{"pk":{{"S":"b"}},"n":{{"N":"2"}}}}]}}]"#
    );
    let ion = "$ion_1_0 {Item:{pk:\"a\",n:1.}}\n$ion_1_0 {Item:{pk:\"b\",n:2.}}\n";
    for (name, bytes) in [
        ("a.json", scanned.as_bytes().to_vec()),
        ("b.jsonl", lines.clone().into_bytes()),
        ("c.json.gz", gzip(&lines)),
        ("d.csv", b"pk,n\na,1\nb,2\n".to_vec()),
        ("e.ion", ion.as_bytes().to_vec()),
        ("f.json", together.into_bytes()),
    ] {
        place.write(name, bytes);
        if name != "f.json" {
            let base = name.split('.').next().unwrap();
            place.write(&format!("{base}.table.json"), TABLE);
        }
        let server = place.start(&format!("serve --port 0 --load {name}"));
        assert_eq!(keys(&server), ["a1", "b2"], "{name}");
    }
}

#[test]
fn a_table_is_defined_by_what_describe_table_prints_and_made_at_once() {
    let place = Place::new();
    place.write("things.table.json", TABLE);
    place.write("things.jsonl", line("a", 1));
    let server = place.start("serve --port 0 --load things.table.json");
    place.write("again.table.json", call(&server.url, "DescribeTable", r#"{"TableName":"notes"}"#));
    place.write("again.jsonl", line("b", 2));
    // Neither takes a table its time, nor is what is loaded throttled.
    let server = place.start("serve --port 0 --timing real --throttle --load again.jsonl");
    assert_eq!(keys(&server), ["b2"]);
}

#[test]
fn an_export_is_loaded_with_its_tables_definition() {
    let place = Place::new();
    for folder in ["bucket", "s3"] {
        fs::create_dir(place.path(folder)).unwrap();
    }
    fs::create_dir(place.path("s3/bucket")).unwrap();
    place.write("notes.table.json", TABLE);
    place.write("notes.jsonl", line("a", 1) + &line("b", 2) + &line("c", 3));
    for format in ["DYNAMODB_JSON", "ION"] {
        let server = place.start("serve --port 0 --s3-root s3 --load notes.table.json");
        call(
            &server.url,
            "UpdateContinuousBackups",
            r#"{"TableName":"notes","PointInTimeRecoverySpecification":{"PointInTimeRecoveryEnabled":true}}"#,
        );
        let export = call(
            &server.url,
            "ExportTableToPointInTime",
            &json!({"TableArn": "arn:aws:dynamodb:us-east-1:000000000000:table/notes",
                "S3Bucket": "bucket", "S3Prefix": format, "ExportFormat": format})
            .to_string(),
        );
        let prefix = place.path(&format!("s3/bucket/{format}/AWSDynamoDB"));
        let folder =
            fs::read_dir(&prefix).unwrap_or_else(|_| panic!("{export}")).next().unwrap().unwrap();
        let load = ["serve", "--port", "0", "--load"].map(Into::into).into_iter();
        let load: Vec<std::ffi::OsString> = load.chain([folder.path().into()]).collect();
        let without = crate::place::Ended::of(&mut place.dynatape(load.clone())).expect(1);
        without.complains("table.json: the definition of the table is not there");
        fs::write(folder.path().join("table.json"), TABLE).unwrap();
        let server = Running::start(&mut place.dynatape(load));
        assert_eq!(keys(&server), ["a1", "b2", "c3"], "{format}");
    }
}

#[test]
fn a_tape_is_loaded_as_the_state_it_leads_to() {
    let place = Place::new();
    let notes = TABLE;
    place.record(
        "a.tape",
        &format!(
            "call CreateTable {notes}\n\
             call PutItem {{\"TableName\":\"notes\",\"Item\":{{\"pk\":{{\"S\":\"a\"}},\"n\":{{\"N\":\"1\"}}}}}}\n\
             call PutItem {{\"TableName\":\"notes\",\"Item\":{{\"pk\":{{\"S\":\"b\"}},\"n\":{{\"N\":\"2\"}}}}}}\n\
             call DeleteItem {{\"TableName\":\"notes\",\"Key\":{{\"pk\":{{\"S\":\"a\"}},\"n\":{{\"N\":\"1\"}}}}}}\n\
             call GetItem {{\"TableName\":\"nowhere\",\"Key\":{{\"pk\":{{\"S\":\"a\"}}}}}}\n"
        ),
    );
    let server = place.start("serve --port 0 --load a.tape");
    assert_eq!(keys(&server), ["b2"]);
    // Once in a file it is there, and cannot be loaded over itself.
    drop(place.start("serve --port 0 --db data.db --load a.tape"));
    let server = place.start("serve --port 0 --db data.db");
    assert_eq!(keys(&server), ["b2"]);
    drop(server);
    let again = place.run("serve --port 0 --db data.db --load a.tape").expect(1);
    again.complains("cannot load a.tape");
    again.complains("ResourceInUseException");
}

#[test]
fn a_dump_of_a_running_server_and_of_a_session_is_loaded_by_the_next() {
    let place = Place::new();
    place.write("notes.table.json", TABLE);
    place.write("notes.jsonl", line("a", 1) + &line("b", 2));
    let server = place.start("serve --port 0 --load notes.table.json");
    place.run(&format!("dump --endpoint {} --out first", server.url)).expect(0);
    let second = place.start("serve --port 0 --load first");
    assert_eq!(scan(&second), scan(&server));
    place.run(&format!("dump --endpoint {} --out second --table notes", second.url)).expect(0);
    for file in ["notes.table.json", "notes.jsonl"] {
        assert_eq!(place.read(&format!("first/{file}")), place.read(&format!("second/{file}")));
    }
    let none = place.start("serve --port 0");
    let said = place.run(&format!("dump --endpoint {} --out none", none.url)).expect(1);
    said.complains("has no tables in us-east-1");
}

#[test]
fn a_dump_as_csv_is_loaded_with_the_types_of_the_keys_and_says_what_it_changes() {
    let place = Place::new();
    place.write("notes.table.json", TABLE);
    let item = |rest: &str| format!("{{\"Item\":{{\"pk\":{{\"S\":\"a,\\\"b\\\"\"}},{rest}}}}}\n");
    place.write(
        "notes.jsonl",
        item(r#""n":{"N":"1"},"text":{"S":"two\nlines"},"total":{"N":"12.5"},"tags":{"L":[{"S":"x"}]}"#)
            + &item(r#""n":{"N":"2"},"empty":{"S":""},"sent":{"BOOL":true}"#),
    );
    let server = place.start("serve --port 0 --load notes.table.json");
    place.run(&format!("dump --endpoint {} --out out", server.url)).expect(0);
    assert!(place.has("out/notes.jsonl"));
    let said = place.run(&format!("dump --endpoint {} --out out --form csv", server.url)).expect(0);
    said.complains("notes: 2 items");
    said.complains("empty (S), sent (BOOL), tags (L), total (N). --form jsonl keeps them");
    let rows = "pk,n,empty,sent,tags,text,total\n\
                \"a,\"\"b\"\"\",1,,,\"[{\"\"S\"\":\"\"x\"\"}]\",\"two\nlines\",12.5\n\
                \"a,\"\"b\"\"\",2,,true,,,\n";
    assert_eq!(place.read("out/notes.csv"), rows);
    assert!(!place.has("out/notes.jsonl"));
    // The other form is gone: whoever loads the folder would load both.
    let loaded = place.start("serve --port 0 --load out");
    let found = scan(&loaded);
    let key = |n: &str| serde_json::json!({"pk": {"S": "a,\"b\""}, "n": {"N": n}});
    let with = |n: &str, rest: Value| {
        let mut item = key(n);
        item.as_object_mut().unwrap().extend(rest.as_object().unwrap().clone());
        item
    };
    let first = serde_json::json!({"text": {"S": "two\nlines"}, "total": {"S": "12.5"}, "tags": {"S": r#"[{"S":"x"}]"#}});
    let expected = [with("1", first), with("2", serde_json::json!({"sent": {"S": "true"}}))];
    assert_eq!(found["Items"].as_array().unwrap()[..], expected);
}

#[test]
fn what_cannot_be_loaded_is_told_with_file_and_line() {
    let place = Place::new();
    for base in ["a", "b", "c", "d"] {
        place.write(&format!("{base}.table.json"), TABLE);
    }
    place.write("a.jsonl", line("a", 1) + "\n" + "{\"Item\":{\"pk\":{\"S\":\"b\"}}}\n");
    place.write("b.csv", "pk,n\na,1\nb,two\n");
    place.write("c.json", "{\"Items\":[\n{\"pk\":{\"S\":\"a\"},\"n\":{\"N\":\"1\"}},\n{\"pk\":{\"N\":\"1\"},\"n\":{\"N\":\"1\"}}]}");
    place.write("d.jsonl", line("a", 1) + "{\"Item\":\n");
    place.write("e.jsonl", line("a", 1));
    place.write("f.table.json", "{\"TableName\":\"f\"}");
    place.write("g.xml", "");
    for (file, complaints) in [
        ("a.jsonl", vec!["cannot load a.jsonl", "a.jsonl, line 3", "Missing the key n"]),
        ("b.csv", vec!["b.csv, line 3", "The value of key n is not a number"]),
        ("c.json", vec!["c.json, line 3", "Type mismatch for key pk"]),
        ("d.jsonl", vec!["d.jsonl, line 2"]),
        ("e.jsonl", vec!["e.table.json: the definition of the table is not there"]),
        ("f.table.json", vec!["table f", "ValidationException"]),
        ("g.xml", vec!["its ending does not tell what it is"]),
        ("none.csv", vec!["none.table.json"]),
    ] {
        let said = place.run(&format!("serve --port 0 --load {file}")).expect(1);
        complaints.iter().for_each(|complaint| said.complains(complaint));
    }
    fs::create_dir(place.path("empty")).unwrap();
    place.run("serve --port 0 --load empty").expect(1).complains("manifest-summary.json");
    let said = place.run("record a.tape --upstream http://127.0.0.1:9 --load c.json").expect(1);
    said.complains("--load fills the built-in emulator");
}
