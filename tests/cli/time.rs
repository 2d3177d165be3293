//! The times of a recording, replayed later.

use std::time::UNIX_EPOCH;

use dynatape::clock::{Clock as _, SystemClock};

use crate::{
    place::{Ended, Place, Running},
    support::client,
};

const OLD: &str = r#"{
  "tape": 1,
  "service": "DynamoDB_20120810",
  "from": {"kind": "aws"},
  "on": "2023-11-14"
}

{
  "id": "DescribeTable",
  "request": {"TableName": "old"},
  "response": {"Table": {"CreationDateTime": 1.69983360025E9, "TableName": "old", "TableStatus": "ACTIVE"}}
}
"#;

fn now() -> f64 {
    SystemClock.now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64()
}

#[tokio::test]
async fn an_sdk_sees_a_table_as_old_as_it_was() {
    let place = Place::new();
    place.write("old.tape", OLD);
    let arguments = ["replay", "old.tape", "--port", "0", "--time", "shift"];
    let server = Running::start(&mut place.dynatape(arguments));
    let answer = client(&server.url).describe_table().table_name("old").send().await.unwrap();
    let age = now() - answer.table().unwrap().creation_date_time().unwrap().as_secs_f64();
    assert!((86_399.0..86_460.0).contains(&age), "{age}");
}

#[test]
fn the_command_and_the_summary_are_told_when_it_was() {
    let place = Place::new();
    place.write("old.tape", OLD);
    let script = "environment\ncall DescribeTable {\"TableName\":\"old\"}";
    let replay = "replay old.tape --summary a.json";
    Ended::of(&mut place.with_child(replay, script)).expect(0);
    let said = "DYNATAPE_RECORDED_AT=2023-11-14T00:00:00Z\n";
    assert!(place.read("environment").contains(said));
    assert!(place.read("a.json").contains("\"recorded_at\":\"2023-11-14T00:00:00Z\""));
    let as_recorded = place.answers().remove(0);
    assert!(as_recorded.body.contains("\"CreationDateTime\":1.69983360025E9"), "{as_recorded:?}");
}

#[test]
fn a_table_that_the_tape_makes_is_made_when_it_is_replayed() {
    let place = Place::new();
    // A table that a recording makes says more than the header's day.
    let create =
        OLD.replace("DescribeTable", "CreateTable").replace("\"Table\":", "\"TableDescription\":");
    place.write("made.tape", create);
    let script = "environment\ncall CreateTable {\"TableName\":\"old\"}";
    let before = now();
    Ended::of(&mut place.with_child("replay made.tape --time live", script)).expect(0);
    assert!(place.read("environment").contains("DYNATAPE_RECORDED_AT=2023-11-13T00:00:00Z\n"));
    let told = place.answers().remove(0);
    assert!(told.checksum_is_right);
    let json: serde_json::Value = serde_json::from_str(&told.body).unwrap();
    let made = json["TableDescription"]["CreationDateTime"].as_f64().unwrap();
    assert!((before - 0.01..=now()).contains(&made), "{made}");
}

#[test]
fn a_tape_that_does_not_say_when_it_was_cannot_be_shifted() {
    let place = Place::new();
    place.write("old.tape", OLD.replace("2023-11-14", "once"));
    let ended = place.run("replay old.tape --port 0 --time shift").expect(1);
    ended.complains("the tape does not say when it was recorded");
}
