//! The emulator with its data in a file: killed, out of room, started twice.

use std::{
    collections::BTreeMap,
    process::{Command, Stdio},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use serde_json::{Value, json};

use crate::{
    place::{Place, Running},
    support::raw::{Connection, call},
};

const TABLE: &str = r#"{"TableName":"things","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"pk","AttributeType":"S"},{"AttributeName":"sk","AttributeType":"N"},{"AttributeName":"g","AttributeType":"S"},{"AttributeName":"v","AttributeType":"N"}],"KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"sk","KeyType":"RANGE"}],"GlobalSecondaryIndexes":[{"IndexName":"groups","KeySchema":[{"AttributeName":"g","KeyType":"HASH"}],"Projection":{"ProjectionType":"ALL"}}],"LocalSecondaryIndexes":[{"IndexName":"values","KeySchema":[{"AttributeName":"pk","KeyType":"HASH"},{"AttributeName":"v","KeyType":"RANGE"}],"Projection":{"ProjectionType":"KEYS_ONLY"}}]}"#;

/// Sort key to value: what is there of a partition.
type Items = BTreeMap<u64, u64>;

/// What a client wrote.
#[derive(Clone, Default)]
struct Written {
    /// What was answered.
    sure: Items,
    /// What was asked and not answered: these items, all of them or none.
    asked: Vec<(u64, Option<u64>)>,
    random: u64,
    writes: u64,
}

impl Written {
    fn draw(&mut self, up_to: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % up_to
    }

    /// A write of one item, or of several at once.
    fn next(&mut self, partition: usize) -> (&'static str, Value) {
        self.writes += 1;
        let (first, value, kind) = (self.draw(40), self.writes, self.draw(5));
        let key =
            |sk: u64| json!({"pk": {"S": partition.to_string()}, "sk": {"N": sk.to_string()}});
        let item = |sk: u64| {
            let mut item = key(sk);
            item["v"] = json!({"N": value.to_string()});
            item["text"] = json!({"S": "x".repeat(700)});
            // Some are not in the index, and others move in it.
            if value % 3 > 0 {
                item["g"] = json!({"S": (value % 3).to_string()});
            }
            item
        };
        let several = [first, first + 40, first + 80];
        match kind {
            0 => {
                self.asked = vec![(first, None)];
                ("DeleteItem", json!({"TableName": "things", "Key": key(first)}))
            }
            1 => {
                self.asked = vec![(first, Some(value))];
                let update = json!({
                    "TableName": "things", "Key": key(first),
                    "UpdateExpression": "SET v = :v, g = :g",
                    "ExpressionAttributeValues": {":v": {"N": value.to_string()}, ":g": {"S": "u"}},
                });
                ("UpdateItem", update)
            }
            2 => {
                self.asked = several.map(|sk| (sk, Some(value))).to_vec();
                let puts =
                    several.map(|sk| json!({"Put": {"TableName": "things", "Item": item(sk)}}));
                ("TransactWriteItems", json!({"TransactItems": puts}))
            }
            3 => {
                self.asked = several.map(|sk| (sk, None)).to_vec();
                let deletes =
                    several.map(|sk| json!({"Delete": {"TableName": "things", "Key": key(sk)}}));
                ("TransactWriteItems", json!({"TransactItems": deletes}))
            }
            _ => {
                self.asked = vec![(first, Some(value))];
                ("PutItem", json!({"TableName": "things", "Item": item(first)}))
            }
        }
    }

    /// The write that was asked was answered.
    fn answered(&mut self) {
        for (sk, value) in std::mem::take(&mut self.asked) {
            match value {
                Some(value) => drop(self.sure.insert(sk, value)),
                None => drop(self.sure.remove(&sk)),
            }
        }
    }
}

/// Writes until the server is gone.
fn write(url: &str, partition: usize, written: &mut Written, busy: &AtomicBool) {
    let Ok(mut connection) = Connection::open(url) else { return };
    loop {
        let (operation, body) = written.next(partition);
        let Ok(answer) = connection.call(operation, &body.to_string()) else { return };
        // A body that is cut short is no answer.
        if !answer.checksum_is_right() {
            return;
        }
        assert_eq!(answer.status, 200, "{operation}: {}", answer.text());
        written.answered();
        busy.store(true, Ordering::Relaxed);
    }
}

fn scan(url: &str, index: &str) -> Vec<Value> {
    let (mut found, mut start) = (Vec::new(), None);
    loop {
        let mut body = json!({"TableName": "things"});
        if !index.is_empty() {
            body["IndexName"] = json!(index);
        }
        if let Some(start) = start {
            body["ExclusiveStartKey"] = start;
        }
        let page = call(url, "Scan", &body.to_string()).json();
        found.extend(page["Items"].as_array().unwrap().iter().cloned());
        start = page.get("LastEvaluatedKey").cloned();
        if start.is_none() {
            found.sort_by_key(ToString::to_string);
            return found;
        }
    }
}

/// What there is, after it was checked that indexes and figures say the same.
fn state(url: &str) -> BTreeMap<usize, Items> {
    let items = scan(url, "");
    let grouped: Vec<_> = items.iter().filter(|item| item.get("g").is_some()).cloned().collect();
    assert_eq!(scan(url, "groups"), grouped);
    let keys = |item: &Value| json!({"pk": item["pk"], "sk": item["sk"], "v": item["v"]});
    let mut keys: Vec<_> = items.iter().map(keys).collect();
    keys.sort_by_key(ToString::to_string);
    assert_eq!(scan(url, "values"), keys);
    let table = &call(url, "DescribeTable", r#"{"TableName":"things"}"#).json()["Table"];
    assert_eq!(table["ItemCount"], json!(items.len()));
    assert_eq!(table["GlobalSecondaryIndexes"][0]["ItemCount"], json!(grouped.len()));
    let number = |value: &Value| value["N"].as_str().unwrap().parse::<u64>().unwrap();
    let mut state: BTreeMap<usize, Items> = BTreeMap::new();
    for item in &items {
        let partition = item["pk"]["S"].as_str().unwrap().parse().unwrap();
        state.entry(partition).or_default().insert(number(&item["sk"]), number(&item["v"]));
    }
    state
}

/// How many moments to kill at: `DYNATAPE_TEST_KILLS=200` takes two minutes.
fn kills() -> u64 {
    let said = crate::child::variable("DYNATAPE_TEST_KILLS");
    said.and_then(|count| count.parse().ok()).unwrap_or(40)
}

#[test]
fn killed_at_any_moment_it_has_every_write_that_it_answered() {
    const CLIENTS: usize = 3;
    let place = Place::new();
    let start = |round: u64| {
        let durability = if round.is_multiple_of(4) { "full" } else { "process" };
        place.start(&format!("serve --port 0 --db data.db --durability {durability}"))
    };
    assert_eq!(call(&start(0).url, "CreateTable", TABLE).status, 200);
    let mut clients = vec![Written::default(); CLIENTS];
    for (at, client) in clients.iter_mut().enumerate() {
        client.random = at as u64;
    }
    let (mut moment, mut unanswered, mut carried_out) = (Written::default(), 0, 0);
    for round in 0..kills() {
        let server = start(round);
        let busy = AtomicBool::new(false);
        thread::scope(|scope| {
            for (partition, written) in clients.iter_mut().enumerate() {
                let (url, busy) = (&server.url, &busy);
                scope.spawn(move || write(url, partition, written, busy));
            }
            while !busy.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_micros(moment.draw(60_000)));
            crate::place::signal(server.id(), "KILL");
        });
        drop(server);

        let server = start(round + 1);
        let state = state(&server.url);
        for (partition, client) in clients.iter_mut().enumerate() {
            let there = state.get(&partition).cloned().unwrap_or_default();
            unanswered += u64::from(!client.asked.is_empty());
            if there != client.sure {
                carried_out += 1;
                client.answered();
            }
            client.asked.clear();
            assert_eq!(there, client.sure, "round {round}, client {partition}");
        }
    }
    let writes: u64 = clients.iter().map(|client| client.writes).sum();
    eprintln!(
        "{} killed during {writes} writes: {unanswered} not answered, of which {carried_out} were \
         carried out",
        kills()
    );
    assert!(unanswered > 0, "nothing was under way when it was killed");
}

#[test]
fn a_second_process_is_told_that_the_file_is_in_use() {
    let place = Place::new();
    let mut first = place.start("serve --port 0 --db data.db");
    let second = place.run("serve --port 0 --db data.db").expect(1);
    second.complains("cannot open data.db: another process of dynatape has it open");
    assert_eq!(call(&first.url, "CreateTable", TABLE).status, 200);
    first.stop("TERM").expect(0);
    assert!(!place.has("data.db-wal"), "whoever ends in peace leaves one file");
    let third = place.start("serve --port 0 --db data.db");
    assert_eq!(call(&third.url, "ListTables", "{}").text(), r#"{"TableNames":["things"]}"#);
}

#[test]
fn what_cannot_be_opened_or_done_is_said() {
    let place = Place::new();
    place.write("notes.txt", "not a database, and longer than sixteen bytes");
    let ended = place.run("serve --port 0 --db notes.txt").expect(1);
    ended.complains("cannot open notes.txt: it is not a database of dynatape");
    let ended = place.run("serve --port 0 --db nowhere/data.db").expect(1);
    ended.complains("cannot open nowhere/data.db: ");
    let ended = place.run("serve --port 0 --db data.db --eventual-lag-ms 5").expect(1);
    ended.complains("a file keeps no states for reads that lag behind");
}

#[test]
fn out_of_room_it_says_so_and_keeps_what_it_answered() {
    let place = Place::new();
    // The system refuses what a file would grow by beyond this (in blocks of 512 bytes).
    let mut server = Command::new("sh");
    server
        .args(["-c", r#"trap "" XFSZ; ulimit -f 1000; exec "$0" serve --port 0 --db data.db"#])
        .arg(env!("CARGO_BIN_EXE_dynatape"))
        .current_dir(place.path("."))
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let server = Running::start(&mut server);
    assert_eq!(call(&server.url, "CreateTable", TABLE).status, 200);
    let mut connection = Connection::open(&server.url).unwrap();
    let (mut sure, mut refused) = (Items::new(), 0);
    for sk in 0..150 {
        let item = json!({"TableName": "things", "Item": {
            "pk": {"S": "0"}, "sk": {"N": sk.to_string()}, "v": {"N": "1"}, "g": {"S": "g"},
            "text": {"S": "x".repeat(5000)},
        }});
        let answer = connection.call("PutItem", &item.to_string()).unwrap();
        if answer.status == 200 {
            sure.insert(sk, 1);
            continue;
        }
        refused += 1;
        assert_eq!(answer.status, 500, "{}", answer.text());
        let kind = r#""__type":"com.amazonaws.dynamodb.v20120810#InternalServerError""#;
        assert!(answer.text().contains(kind), "{}", answer.text());
    }
    assert!(refused > 0 && sure.len() > 10, "{refused} refused, {} not", sure.len());
    assert_eq!(state(&server.url).remove(&0), Some(sure.clone()));
    drop(server);
    // With room again, it goes on.
    let server = place.start("serve --port 0 --db data.db");
    assert_eq!(state(&server.url).remove(&0), Some(sure));
    let put = r#"{"TableName":"things","Item":{"pk":{"S":"0"},"sk":{"N":"1000"},"v":{"N":"2"}}}"#;
    assert_eq!(call(&server.url, "PutItem", put).status, 200);
}
