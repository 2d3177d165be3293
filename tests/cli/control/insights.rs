//! The keys that contributor insights count.

use serde_json::{Value, json};

use super::{Controlled, TABLE, get, put, record, serve};
use crate::place::Place;

const ENABLE: &str = r#"{"TableName":"notes","ContributorInsightsAction":"ENABLE"}"#;
const INSIGHTS: &str = "/v1/sessions/default/insights";

/// The keys of accessed items, with what they count, of one minute.
fn keys(rules: &Value) -> Vec<(String, f64)> {
    let rule = &rules["rules"][0];
    assert_eq!(rule["metric"], "ConsumedThroughputUnits", "{rules}");
    let contributors = rule["minutes"][0]["contributors"].as_array().unwrap();
    let pair = |one: &Value| {
        (one["key"]["pk"]["S"].as_str().unwrap().to_owned(), one["value"].as_f64().unwrap())
    };
    contributors.iter().map(pair).collect()
}

fn begin(server: &Controlled) {
    let clock = json!({"now": 1_767_225_600, "runs": false});
    server.done("PUT", "/v1/sessions/default/clock", &clock);
    server.call(None, "CreateTable", TABLE);
    assert_eq!(server.get(INSIGHTS), json!({"rules": []}));
    server.call(None, "UpdateContributorInsights", ENABLE);
    server.call(None, "PutItem", &put("a"));
    server.call(None, "GetItem", &get("b"));
}

#[test]
fn a_session_tells_the_keys_that_are_asked_for_most() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    begin(&server);
    let described = server.call(None, "DescribeContributorInsights", r#"{"TableName":"notes"}"#);
    let described: Value = serde_json::from_str(&described).unwrap();
    let told = server.get(INSIGHTS);
    let names: Vec<_> =
        told["rules"].as_array().unwrap().iter().map(|rule| &rule["name"]).collect();
    assert_eq!(json!(names), described["ContributorInsightsRuleList"]);
    assert_eq!(told["rules"][0]["minutes"][0]["start"], 1_767_225_600);
    assert_eq!(keys(&told), [("a".to_owned(), 3.0), ("b".to_owned(), 0.5)]);
    // Counts go back with the state, and a session that begins with it has counts of its own.
    server.done("POST", "/v1/sessions/default/snapshots", &json!({"name": "one"}));
    server.call(None, "GetItem", &get("c"));
    let from = json!({"mode": "emulate", "id": "fork", "from": {"session": "default"}});
    let fork = server.begin(&from);
    server.call(Some(&fork), "PutItem", &put("b"));
    assert_eq!(keys(&server.get("/v1/sessions/fork/insights"))[0], ("b".to_owned(), 3.5));
    assert_eq!(keys(&server.get(INSIGHTS)).len(), 3);
    server.done("POST", "/v1/sessions/default/restore", &json!({"snapshot": "one"}));
    assert_eq!(keys(&server.get(INSIGHTS)).len(), 2);
    server.end(0);
}

#[test]
fn an_emulator_with_its_data_in_a_file_tells_them_too_and_begins_anew_with_each_start() {
    let place = Place::new();
    let start = || Controlled::start(serve(&place).args(["--db", "data.db"]));
    let server = start();
    begin(&server);
    assert_eq!(keys(&server.get(INSIGHTS)), [("a".to_owned(), 3.0), ("b".to_owned(), 0.5)]);
    server.end(0);
    let server = start();
    let told = server.get(INSIGHTS);
    assert_eq!(told["rules"].as_array().unwrap().len(), 2);
    assert_eq!(told["rules"][0]["minutes"], json!([]));
    server.end(0);
}

#[test]
fn a_session_that_does_not_emulate_counts_nothing() {
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    record(&server, "a.tape");
    server.begin(&json!({"mode": "replay", "tape": "a.tape", "id": "replay"}));
    server.refused("GET", "/v1/sessions/replay/insights", &Value::Null, (409, "Conflict"));
    server.refused("GET", "/v1/sessions/nobody/insights", &Value::Null, (404, "NotFound"));
    server.end(0);
}
