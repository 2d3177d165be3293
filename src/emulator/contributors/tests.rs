use std::{
    fmt::Write as _,
    sync::{Arc, mpsc},
    thread,
    time::Duration,
};

use crate::{
    clock::ManualClock,
    emulator::{
        Emulator, Settings,
        contributors::{Counts, KEPT_MINUTES, Kind, LISTED_KEYS, MOST_COUNTED},
        op::tests::{ask, call, empty_with, with_table, with_table_and_clock},
    },
};

fn update(emulator: &Emulator, more: &str) {
    let body = format!(r#"{{"TableName":"table"{more}}}"#);
    ask(emulator, "UpdateContributorInsights", &body);
}

fn enable(emulator: &Emulator, more: &str) {
    update(emulator, &format!(r#","ContributorInsightsAction":"ENABLE"{more}"#));
}

const DISABLE: &str = r#","ContributorInsightsAction":"DISABLE""#;
const THROTTLED: &str = r#","ContributorInsightsMode":"THROTTLED_KEYS""#;

/// What all rules counted, a line each: kind and index, minute, and the values of the keys.
fn counted(emulator: &Emulator) -> Vec<String> {
    let mut lines = Vec::new();
    for rule in emulator.insights().expect("rules") {
        let kind = rule.name.split('-').nth(1).expect("a kind");
        let index = rule.index.as_ref().map(|index| format!(" {index}")).unwrap_or_default();
        for minute in rule.minutes {
            let mut line = format!("{kind}{index} {} {}:", minute.start, minute.sum);
            for one in minute.contributors {
                let key = one.key.replace(r#"{"S":"#, "").replace(r#"{"N":"#, "");
                let key = key.replace(['"', '{', '}'], "");
                let over = if one.over > 0.0 { "?" } else { "" };
                write!(line, " {key}={}{over}", one.value).expect("a line");
            }
            lines.push(line);
        }
    }
    lines
}

fn names(emulator: &Emulator) -> Vec<String> {
    emulator.insights().expect("rules").into_iter().map(|rule| rule.name).collect()
}

fn put(emulator: &Emulator, pk: &str, sk: u32, more: &str) {
    let body = format!(
        r#"{{"TableName":"table","Item":{{"pk":{{"S":"{pk}"}},"sk":{{"N":"{sk}"}}{more}}}}}"#
    );
    ask(emulator, "PutItem", &body);
}

#[test]
fn reads_count_their_units_and_writes_three_for_each() {
    let emulator = with_table();
    put(&emulator, "a", 1, "");
    assert_eq!(names(&emulator), Vec::<String>::new());
    enable(&emulator, "");
    let minute = 1_699_999_980;
    put(&emulator, "a", 1, "");
    let key = |pk: &str| format!(r#"{{"pk":{{"S":"{pk}"}},"sk":{{"N":"1.0"}}}}"#);
    let get = |pk: &str, more: &str| {
        ask(&emulator, "GetItem", &format!(r#"{{"TableName":"table","Key":{}{more}}}"#, key(pk)))
    };
    get("a", "");
    get("b", r#","ConsistentRead":true"#);
    assert_eq!(
        counted(&emulator),
        [
            format!("PKC {minute} 4.5: pk:a=3.5 pk:b=1"),
            format!("SKC {minute} 4.5: pk:a,sk:1=3.5 pk:b,sk:1=1"),
        ]
    );
    // What is not there costs as well; transactions cost twice.
    let delete = format!(r#"{{"TableName":"table","Key":{}}}"#, key("c"));
    ask(&emulator, "DeleteItem", &delete);
    let update = format!(
        r#"{{"TableName":"table","Key":{},"UpdateExpression":"SET x = :x","ExpressionAttributeValues":{{":x":{{"N":"1"}}}}}}"#,
        key("d")
    );
    ask(&emulator, "UpdateItem", &update);
    let transaction = format!(
        r#"{{"TransactItems":[{{"Delete":{{"TableName":"table","Key":{}}}}},{{"ConditionCheck":{{"TableName":"table","Key":{},"ConditionExpression":"attribute_exists(pk)"}}}}]}}"#,
        key("e"),
        key("d")
    );
    ask(&emulator, "TransactWriteItems", &transaction);
    let gets =
        format!(r#"{{"TransactItems":[{{"Get":{{"TableName":"table","Key":{}}}}}]}}"#, key("e"));
    ask(&emulator, "TransactGetItems", &gets);
    let batch = format!(r#"{{"RequestItems":{{"table":{{"Keys":[{},{}]}}}}}}"#, key("f"), key("e"));
    ask(&emulator, "BatchGetItem", &batch);
    let batch = format!(
        r#"{{"RequestItems":{{"table":[{{"PutRequest":{{"Item":{}}}}},{{"DeleteRequest":{{"Key":{}}}}}]}}}}"#,
        key("f"),
        key("g")
    );
    ask(&emulator, "BatchWriteItem", &batch);
    let statement = |text: &str| format!(r#"{{"Statement":"{text}"}}"#);
    let insert = statement("INSERT INTO \\\"table\\\" VALUE {'pk':'h','sk':1}");
    ask(&emulator, "ExecuteStatement", &insert);
    let select = "SELECT * FROM \\\"table\\\" WHERE pk = 'h' AND sk = 1";
    ask(&emulator, "ExecuteStatement", &statement(select));
    ask(
        &emulator,
        "BatchExecuteStatement",
        &format!(r#"{{"Statements":[{}]}}"#, statement(select)),
    );
    let one = |text: &str| format!(r#"{{"TransactStatements":[{}]}}"#, statement(text));
    ask(&emulator, "ExecuteTransaction", &one(select));
    let delete = "DELETE FROM \\\"table\\\" WHERE pk = 'i' AND sk = 1";
    ask(&emulator, "ExecuteTransaction", &one(delete));
    let whole = "d=9 e=8.5 h=6 i=6 a=3.5 f=3.5 c=3 g=3 b=1";
    let whole = whole.replace(' ', " pk:");
    assert_eq!(
        counted(&emulator),
        [
            format!("PKC {minute} 43.5: pk:{whole}"),
            format!("SKC {minute} 43.5: pk:{}", whole.replace('=', ",sk:1=")),
        ]
    );
}

#[test]
fn a_page_costs_each_item_its_part_and_all_parts_are_the_page() {
    let emulator = with_table();
    for (pk, sk) in [("a", 1), ("a", 2), ("a", 3), ("b", 1)] {
        put(&emulator, pk, sk, r#","lk":{"S":"l"}"#);
    }
    let query = |index: &str, pk: &str| {
        let body = format!(
            r#"{{"TableName":"table"{index},"ConsistentRead":true,"KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{{":p":{{"S":"{pk}"}}}}}}"#
        );
        ask(&emulator, "Query", &body)
    };
    enable(&emulator, "");
    // One unit, for three items of the same size; a local index is its table's.
    query("", "a");
    let of_three = "a,sk:3=0.334 pk:a,sk:1=0.333 pk:a,sk:2=0.333";
    assert_eq!(
        counted(&emulator),
        ["PKC 1699999980 1: pk:a=1".to_owned(), format!("SKC 1699999980 1: pk:{of_three}")]
    );
    query(r#","IndexName":"lsi""#, "a");
    assert_eq!(counted(&emulator)[0], "PKC 1699999980 2: pk:a=2");
    assert!(counted(&emulator)[1].starts_with("SKC 1699999980 2: pk:a,sk:3=0.668"));
    // A partition of which nothing is found was asked for.
    query("", "none");
    assert_eq!(counted(&emulator)[0], "PKC 1699999980 3: pk:a=2 pk:none=1");
    let scan = r#"{"TableName":"table"}"#;
    ask(&emulator, "Scan", scan);
    assert_eq!(counted(&emulator)[0], "PKC 1699999980 3.5: pk:a=2.375 pk:none=1 pk:b=0.125");
    let select = r#"{"Statement":"SELECT * FROM \"table\" WHERE pk IN ['b','c']"}"#;
    ask(&emulator, "ExecuteStatement", select);
    assert_eq!(
        counted(&emulator)[0],
        "PKC 1699999980 4.5: pk:a=2.375 pk:none=1 pk:b=0.625 pk:c=0.5"
    );
}

#[test]
fn an_index_counts_its_own_keys_and_the_table_none_of_them() {
    let emulator = with_table();
    enable(&emulator, r#","IndexName":"gsi""#);
    put(&emulator, "a", 1, r#","gk":{"S":"g"}"#);
    // Its entry moves: one write takes it away and one puts it there.
    put(&emulator, "a", 1, r#","gk":{"S":"h"}"#);
    put(&emulator, "b", 1, "");
    let query = r#"{"TableName":"table","IndexName":"gsi","KeyConditionExpression":"gk = :g","ExpressionAttributeValues":{":g":{"S":"h"}}}"#;
    ask(&emulator, "Query", query);
    ask(&emulator, "Query", &query.replace(r#""IndexName":"gsi","#, "").replace("gk =", "pk ="));
    assert_eq!(
        counted(&emulator),
        [
            "PKC gsi 1699999980 9.5: gk:g=6 gk:h=3.5",
            "SKC gsi 1699999980 9.5: gk:g,sk:1=6 gk:h,sk:1=3.5"
        ]
    );
}

#[test]
fn of_too_many_tables_the_one_counted_longest_ago_is_forgotten() {
    let counts = Counts::default();
    let kind = Kind::named("PKC");
    let most = u32::try_from(MOST_COUNTED).expect("a number");
    for number in 0..most {
        counts.add((number, None, 0), u64::from(number), &[(kind, b"{}", 1)]);
    }
    counts.add((0, None, 0), u64::from(most), &[(kind, b"{}", 1)]);
    counts.add((most, None, 0), u64::from(most), &[(kind, b"{}", 1)]);
    let all = counts.lock();
    assert_eq!(all.len(), MOST_COUNTED);
    assert!(all.contains_key(&(0, None, 0)) && !all.contains_key(&(1, None, 0)));
}

/// A table that takes one unit of each kind a second, and an index that takes as many as it says.
fn throttled(index: u32) -> (Emulator, Arc<ManualClock>) {
    let (emulator, clock) = empty_with(Settings { throttle: true, ..Settings::default() });
    let units = |count: u32| {
        format!(
            r#""ProvisionedThroughput":{{"ReadCapacityUnits":{count},"WriteCapacityUnits":{count}}}"#
        )
    };
    let create = format!(
        r#"{{"TableName":"table",{},"AttributeDefinitions":[{{"AttributeName":"pk","AttributeType":"S"}},{{"AttributeName":"sk","AttributeType":"N"}},{{"AttributeName":"gk","AttributeType":"S"}}],"KeySchema":[{{"AttributeName":"pk","KeyType":"HASH"}},{{"AttributeName":"sk","KeyType":"RANGE"}}],"GlobalSecondaryIndexes":[{{"IndexName":"gsi",{},"KeySchema":[{{"AttributeName":"gk","KeyType":"HASH"}}],"Projection":{{"ProjectionType":"ALL"}}}}]}}"#,
        units(1),
        units(index)
    );
    ask(&emulator, "CreateTable", &create);
    (emulator, clock)
}

/// Asks as often as that; gives how often it was refused.
fn refusals(emulator: &Emulator, operation: &str, body: &str, times: usize) -> usize {
    (0..times).filter(|_| !call(emulator, operation, body).status.is_success()).count()
}

#[test]
fn keys_that_requests_name_count_when_they_are_throttled() {
    let (emulator, _) = throttled(10);
    enable(&emulator, THROTTLED);
    let item = r#"{"TableName":"table","Item":{"pk":{"S":"a"},"sk":{"N":"1"},"gk":{"S":"g"}}}"#;
    assert_eq!(refusals(&emulator, "PutItem", item, 302), 2);
    let query = r#"{"TableName":"table","ConsistentRead":true,"KeyConditionExpression":"pk = :p","ExpressionAttributeValues":{":p":{"S":"a"}}}"#;
    assert_eq!(refusals(&emulator, "Query", query, 303), 3);
    // A scan names no key.
    assert_eq!(refusals(&emulator, "Scan", r#"{"TableName":"table"}"#, 1), 1);
    let expected = ["PKT 1699999980 5: pk:a=5", "SKT 1699999980 2: pk:a,sk:1=2"];
    assert_eq!(counted(&emulator), expected);
    assert_eq!(names(&emulator).len(), 2);
}

#[test]
fn an_index_counts_throttled_queries_and_no_throttled_writes() {
    let (emulator, _) = throttled(1);
    enable(&emulator, "");
    enable(&emulator, r#","IndexName":"gsi""#);
    // Entries that move cost the index two units, so it is the first to have nothing left.
    let item = |gk: usize| {
        format!(
            r#"{{"TableName":"table","Item":{{"pk":{{"S":"a"}},"sk":{{"N":"1"}},"gk":{{"S":"{gk}"}}}}}}"#
        )
    };
    let refused: usize = (0..160).map(|gk| refusals(&emulator, "PutItem", &item(gk), 1)).sum();
    assert!(refused > 0, "nothing was refused");
    let query = r#"{"TableName":"table","IndexName":"gsi","KeyConditionExpression":"gk = :g","ExpressionAttributeValues":{":g":{"S":"x"}}}"#;
    assert_eq!(refusals(&emulator, "Query", query, 604), 4);
    let throttles: Vec<_> =
        counted(&emulator).into_iter().filter(|line| line.contains("KT ")).collect();
    assert_eq!(throttles, ["PKT gsi 1699999980 4: gk:x=4"]);
}

#[test]
fn minutes_are_the_clocks_and_as_many_are_kept_as_it_says() {
    let (emulator, clock) = with_table_and_clock();
    enable(&emulator, "");
    for _ in 0..KEPT_MINUTES + 3 {
        put(&emulator, "a", 1, "");
        clock.advance(Duration::from_secs(59));
        put(&emulator, "b", 1, "");
        clock.advance(Duration::from_secs(1));
    }
    let rules = emulator.insights().expect("rules");
    let starts: Vec<_> = rules[0].minutes.iter().map(|minute| minute.start).collect();
    assert_eq!(starts.len(), KEPT_MINUTES);
    assert!(starts.windows(2).all(|pair| pair[0] + 60 == pair[1]), "{starts:?}");
    // It began 20 seconds after a minute did: the last one ends with its `b`.
    let lines = counted(&emulator);
    let ends = |at: usize, with: &str| lines[at].ends_with(with);
    assert!(ends(0, " 6: pk:a=3 pk:b=3") && ends(KEPT_MINUTES - 1, " 3: pk:b=3"), "{lines:?}");
}

#[test]
fn a_minute_that_is_over_keeps_the_keys_that_count_most() {
    let (emulator, clock) = with_table_and_clock();
    enable(&emulator, "");
    for at in 0..LISTED_KEYS + 50 {
        put(&emulator, &format!("k{at:03}"), 1, "");
    }
    put(&emulator, "often", 1, "");
    put(&emulator, "often", 1, "");
    clock.advance(Duration::from_secs(60));
    put(&emulator, "next", 1, "");
    let rules = emulator.insights().expect("rules");
    let first = &rules[0].minutes[0];
    assert_eq!(first.sum, 3.0 * (LISTED_KEYS + 52) as f64);
    assert_eq!(first.contributors.len(), LISTED_KEYS);
    assert_eq!(first.contributors[0].key, r#"{"pk":{"S":"often"}}"#);
    assert!(first.contributors.iter().all(|one| one.over == 0.0));
}

#[test]
fn only_what_is_enabled_counts_and_a_fresh_enable_begins_anew() {
    let (emulator, clock) = with_table_and_clock();
    enable(&emulator, "");
    put(&emulator, "a", 1, "");
    // Without the rules of accessed keys, nothing is counted of them.
    enable(&emulator, THROTTLED);
    put(&emulator, "b", 1, "");
    assert_eq!(names(&emulator).len(), 2);
    assert_eq!(counted(&emulator), Vec::<String>::new());
    update(&emulator, DISABLE);
    put(&emulator, "c", 1, "");
    assert_eq!(names(&emulator), Vec::<String>::new());
    clock.advance(Duration::from_millis(1));
    enable(&emulator, "");
    assert_eq!(counted(&emulator), Vec::<String>::new());
    assert!(names(&emulator)[0].ends_with("-table-1700000000124"), "{:?}", names(&emulator));
    put(&emulator, "d", 1, "");
    assert_eq!(counted(&emulator)[0], "PKC 1699999980 3: pk:d=3");
    ask(&emulator, "DeleteTable", r#"{"TableName":"table"}"#);
    assert_eq!(names(&emulator), Vec::<String>::new());
}

#[test]
fn a_fork_begins_with_the_counts_and_neither_sees_the_others() {
    let emulator = with_table();
    enable(&emulator, "");
    put(&emulator, "a", 1, "");
    let fork = emulator.fork().expect("a fork");
    put(&emulator, "b", 1, "");
    put(&fork, "c", 1, "");
    assert_eq!(counted(&emulator)[0], "PKC 1699999980 6: pk:a=3 pk:b=3");
    assert_eq!(counted(&fork)[0], "PKC 1699999980 6: pk:a=3 pk:c=3");
}

#[test]
fn calls_to_tables_that_are_not_counted_do_not_wait_for_counts() {
    let emulator = Arc::new(with_table());
    enable(&emulator, r#","IndexName":"gsi""#);
    update(&emulator, r#","IndexName":"gsi","ContributorInsightsAction":"DISABLE""#);
    let counts = emulator.insights.lock();
    let (done, finished) = mpsc::channel();
    let calls = Arc::clone(&emulator);
    let calling = thread::spawn(move || {
        put(&calls, "a", 1, r#","gk":{"S":"g"}"#);
        ask(&calls, "Scan", r#"{"TableName":"table"}"#);
        ask(&calls, "Scan", r#"{"TableName":"table","IndexName":"gsi"}"#);
        let get = r#"{"TableName":"table","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#;
        ask(&calls, "GetItem", get);
        done.send(()).expect("somebody waits");
    });
    let ended = finished.recv_timeout(Duration::from_secs(30));
    drop(counts);
    calling.join().expect("calls");
    assert!(ended.is_ok(), "a call waited for the counts");
}
