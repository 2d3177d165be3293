use bytes::Bytes;

use super::*;
use crate::wire::Target;

/// The footprints of calls on one table with an index, made by the tape itself.
fn of(calls: &[(Operation, &str, &str)]) -> Vec<Footprint> {
    let mut cassette = Cassette::default();
    let key = |name: &str, kind: &str, sort: bool| crate::cassette::KeyAttribute {
        name: name.into(),
        kind: kind.into(),
        sort,
    };
    let schema = TableSchema {
        key: vec![key("pk", "S", false), key("sk", "N", true)],
        gsi: vec![("byDay".into(), vec![key("weekday", "S", false)])],
        ..TableSchema::default()
    };
    cassette.header.tables.push(("t".into(), schema));
    for (operation, request, answer) in calls {
        let refused = answer.contains("__type");
        let answer = Answer::Http {
            status: if refused { StatusCode::BAD_REQUEST } else { StatusCode::OK },
            headers: Vec::new(),
            body: Bytes::copy_from_slice(answer.as_bytes()),
        };
        let request = Bytes::copy_from_slice(request.as_bytes());
        let target = Target::Known(*operation);
        cassette.interactions.push(Interaction::new(target, request, answer));
    }
    let requests: Vec<_> = cassette.interactions.iter().map(Interaction::to_request).collect();
    footprints(&cassette, &requests)
}

/// Whether the answer of the second call may depend on the first.
fn depends(first: &Footprint, second: &Footprint) -> bool {
    first.touches.iter().any(|resource| second.watches.contains(resource))
}

use Operation::{
    BatchExecuteStatement, CreateTable, DeleteItem, DeleteTable, DescribeTable, ExecuteStatement,
    ExecuteTransaction, GetItem, ListTables, PutItem, Query, Scan, SearchVectors,
    TransactWriteItems, UpdateItem,
};

const CREATE: (Operation, &str, &str) = (CreateTable, r#"{"TableName":"t"}"#, "{}");

fn put(rest: &str) -> String {
    format!(r#"{{"TableName":"t","Item":{{{rest}}}}}"#)
}

#[test]
fn a_read_depends_on_the_writes_that_it_could_see() {
    let a1 = put(r#""pk":{"S":"a"},"sk":{"N":"1"},"weekday":{"S":"mon"}"#);
    let get = |pk: &str, sk: &str| {
        format!(r#"{{"TableName":"t","Key":{{"sk":{{"N":"{sk}"}},"pk":{{"S":"{pk}"}}}}}}"#)
    };
    let query = |key: &str, value: &str, rest: &str| {
        format!(
            r#"{{"TableName":"t","KeyConditionExpression":"{key} = :v","ExpressionAttributeValues":{{":v":{{"S":"{value}"}}}}{rest}}}"#
        )
    };
    let index = r#","IndexName":"byDay""#;
    for (operation, request, depends_on_it) in [
        (GetItem, get("a", "1.0"), true),
        (GetItem, get("a", "2"), false),
        (Query, query("pk", "a", ""), true),
        (Query, query("pk", "b", ""), false),
        (Query, query("weekday", "mon", index), true),
        (Query, query("weekday", "tue", index), false),
        (Scan, r#"{"TableName":"t"}"#.to_owned(), true),
        (Scan, r#"{"TableName":"other"}"#.to_owned(), false),
        (SearchVectors, r#"{"TableName":"t","IndexName":"byShape"}"#.to_owned(), true),
        (SearchVectors, r#"{"TableName":"other","IndexName":"byShape"}"#.to_owned(), false),
        (DescribeTable, r#"{"TableName":"t"}"#.to_owned(), false),
        (ListTables, "{}".to_owned(), false),
        (PutItem, a1.clone(), true),
        (DeleteTable, r#"{"TableName":"t"}"#.to_owned(), true),
        (CreateTable, r#"{"TableName":"t"}"#.to_owned(), false),
    ] {
        let found = of(&[CREATE, (PutItem, &a1, "{}"), (operation, &request, "{}")]);
        assert_eq!(depends(&found[1], &found[2]), depends_on_it, "{operation} {request}");
    }
}

#[test]
fn what_is_refused_changes_nothing() {
    let a1 = put(r#""pk":{"S":"a"},"sk":{"N":"1"}"#);
    let refused = r#"{"__type":"x#ConditionalCheckFailedException"}"#;
    let found = of(&[(PutItem, &a1, refused), (PutItem, &a1, "{}")]);
    assert!(!found[0].is_write() && found[1].is_write());
    assert!(found[0].watches.contains(&"item t {\"S\":\"a\"}{\"N\":\"1\"}".into()));
}

#[test]
fn a_write_touches_the_index_partitions_that_it_leaves_and_enters() {
    let on =
        |day: &str| put(&format!(r#""pk":{{"S":"a"}},"sk":{{"N":"1"}},"weekday":{{"S":"{day}"}}"#));
    let (mon, tue) = (on("mon"), on("tue"));
    let key = r#"{"TableName":"t","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}"#;
    let other = format!(
        r##"{key},"UpdateExpression":"SET #n = :v","ExpressionAttributeNames":{{"#n":"note"}},"ExpressionAttributeValues":{{":v":{{"S":"x"}}}}}}"##
    );
    let moved = format!(
        r##"{key},"UpdateExpression":"SET #n = :v","ExpressionAttributeNames":{{"#n":"weekday"}},"ExpressionAttributeValues":{{":v":{{"S":"x"}}}}}}"##
    );
    let delete = format!("{key}}}");
    let index = |footprint: &Footprint| -> Vec<String> {
        let of_index = footprint.touches.iter().filter(|name| name.starts_with("index"));
        of_index.map(|name| name.replace("index t/byDay ", "")).collect()
    };
    let found = of(&[
        CREATE,
        (PutItem, &mon, "{}"),
        (PutItem, &tue, "{}"),
        (UpdateItem, &other, "{}"),
        (DeleteItem, &delete, "{}"),
        (UpdateItem, &other, "{}"),
        (UpdateItem, &moved, "{}"),
    ]);
    let (mon, tue) = (r#"{"S":"mon"}"#, r#"{"S":"tue"}"#);
    let touched: Vec<_> = found.iter().skip(1).map(index).collect();
    assert_eq!(
        touched,
        [
            vec![mon.to_owned()],
            vec![mon.to_owned(), tue.to_owned()],
            vec![tue.to_owned()],
            vec![tue.to_owned()],
            vec![],
            vec!["*".to_owned()],
        ]
    );
    // Without the table's beginning nothing is known of what was there.
    let found = of(&[(DeleteItem, &delete, "{}")]);
    assert_eq!(index(&found[0]), ["*"]);
}

#[test]
fn a_check_orders_writes_and_changes_nothing_for_readers() {
    let check = r#"{"TransactItems":[{"ConditionCheck":{"TableName":"t","Key":{"pk":{"S":"a"},"sk":{"N":"1"}},"ConditionExpression":"attribute_exists(pk)"}}]}"#;
    let a1 = put(r#""pk":{"S":"a"},"sk":{"N":"1"}"#);
    let get = r#"{"TableName":"t","Key":{"pk":{"S":"a"},"sk":{"N":"1"}}}"#;
    let found = of(&[
        CREATE,
        (PutItem, &a1, "{}"),
        (TransactWriteItems, check, "{}"),
        (PutItem, &a1, "{}"),
        (GetItem, get, "{}"),
    ]);
    assert!(depends(&found[1], &found[2]), "the check sees the put");
    assert!(depends(&found[2], &found[3]), "the next put comes after the check");
    assert!(!depends(&found[2], &found[4]), "a read sees no check");
}

fn statement(text: &str) -> String {
    format!(r#"{{"Statement":"{text}"}}"#)
}

#[test]
fn a_select_depends_on_the_writes_that_it_could_see() {
    let a1 = put(r#""pk":{"S":"a"},"sk":{"N":"1"},"weekday":{"S":"mon"}"#);
    for (select, depends_on_it) in [
        ("SELECT * FROM t WHERE pk = 'a' AND sk = 1.0", true),
        ("SELECT * FROM t WHERE pk = 'a' AND sk = 2", false),
        ("SELECT * FROM t WHERE pk = 'a' AND sk > 1", true),
        ("SELECT * FROM t WHERE pk IN ['b', 'c']", false),
        ("SELECT * FROM t WHERE pk = 'b' OR pk = 'a'", true),
        ("SELECT * FROM t.byDay WHERE weekday = 'mon'", true),
        ("SELECT * FROM t.byDay WHERE weekday = 'tue'", false),
        ("SELECT * FROM t WHERE weekday = 'tue'", true),
        ("SELECT * FROM t", true),
        ("SELECT * FROM other", false),
        ("not a statement", true),
    ] {
        let select_text = statement(select);
        let found = of(&[CREATE, (PutItem, &a1, "{}"), (ExecuteStatement, &select_text, "{}")]);
        assert_eq!(depends(&found[1], &found[2]), depends_on_it, "{select}");
    }
}

#[test]
fn a_statement_that_writes_touches_the_item_that_it_is_about() {
    let get =
        |sk: &str| format!(r#"{{"TableName":"t","Key":{{"pk":{{"S":"a"}},"sk":{{"N":"{sk}"}}}}}}"#);
    for write in [
        "INSERT INTO t VALUE {'pk': 'a', 'sk': 1}",
        "UPDATE t SET x = 1 WHERE pk = 'a' AND sk = 1 AND y = 2",
        "DELETE FROM t WHERE sk = 1 AND pk = 'a'",
    ] {
        let text = statement(write);
        let (one, two) = (get("1"), get("2"));
        let found = of(&[
            CREATE,
            (ExecuteStatement, &text, r#"{"Items":[]}"#),
            (GetItem, &one, "{}"),
            (GetItem, &two, "{}"),
        ]);
        assert!(depends(&found[1], &found[2]), "{write}");
        assert!(!depends(&found[1], &found[3]), "{write}");
    }
    let batch = r#"{"Statements":[{"Statement":"DELETE FROM t WHERE pk = 'a' AND sk = ?","Parameters":[{"N":"1"}]},{"Statement":"DELETE FROM t WHERE pk = 'a' AND sk = 2"}]}"#;
    let answer = r#"{"Responses":[{"TableName":"t"},{"Error":{"Code":"ConditionalCheckFailed","Message":"x"}}]}"#;
    let check = r#"{"TransactStatements":[{"Statement":"EXISTS(SELECT * FROM t WHERE pk = 'a' AND sk = 1)"}]}"#;
    let found = of(&[
        CREATE,
        (BatchExecuteStatement, batch, answer),
        (GetItem, &get("1"), "{}"),
        (GetItem, &get("2"), "{}"),
        (ExecuteTransaction, check, r#"{"Responses":[]}"#),
        (GetItem, &get("1"), "{}"),
    ]);
    assert!(depends(&found[1], &found[2]), "it was deleted");
    assert!(!depends(&found[1], &found[3]), "that failed");
    assert!(depends(&found[1], &found[4]), "the check sees the deletion");
    assert!(!depends(&found[4], &found[5]), "a read sees no check");
}
