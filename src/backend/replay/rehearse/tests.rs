use std::time::SystemTime;

use bytes::Bytes;
use http::StatusCode;

use super::*;
use crate::{
    cassette::{KeyAttribute, TableSchema},
    clock::ManualClock,
    wire::{Operation, Target},
};

fn clock() -> Arc<dyn Clock> {
    Arc::new(ManualClock::at(SystemTime::UNIX_EPOCH))
}

fn one(operation: Operation, key: usize, answer: &str) -> Interaction {
    let (key, more) = match operation {
        Operation::PutItem => (format!("\"Item\":{{\"pk\":{{\"S\":\"{key}\"}}}}"), ""),
        Operation::UpdateItem => (
            format!("\"Key\":{{\"pk\":{{\"S\":\"{key}\"}}}}"),
            ",\"UpdateExpression\":\"ADD n :n\",\"ExpressionAttributeValues\":{\":n\":{\"N\":\"1\"}}",
        ),
        Operation::Scan => (String::from("\"Limit\":100"), ""),
        _ => (format!("\"Key\":{{\"pk\":{{\"S\":\"{key}\"}}}}"), ""),
    };
    let body = format!("{{\"TableName\":\"table\",{key}{more}}}");
    let body_of = Bytes::from(answer.to_owned());
    let answer = Answer::Http { status: StatusCode::OK, headers: Vec::new(), body: body_of };
    Interaction::new(Target::Known(operation), body.into(), answer)
}

/// For each of many items: made, read, counted twice and read; at the end all of them.
fn tape(items: usize) -> Cassette {
    let mut tape = Cassette::default();
    for round in 0..5 {
        for key in 0..items {
            let (operation, answer) = match round {
                0 => (Operation::PutItem, "{}".to_owned()),
                1 => (Operation::GetItem, format!("{{\"Item\":{{\"made\":{{\"N\":\"{key}\"}}}}}}")),
                2 | 3 => (
                    Operation::UpdateItem,
                    format!("{{\"Attributes\":{{\"n\":{{\"N\":\"{round}\"}}}}}}"),
                ),
                _ => (Operation::GetItem, format!("{{\"Item\":{{\"n\":{{\"N\":\"2{key}\"}}}}}}")),
            };
            tape.interactions.push(one(operation, key, &answer));
        }
    }
    tape.interactions.push(one(Operation::Scan, 0, "{\"Count\":3}"));
    let key = KeyAttribute { name: "pk".into(), kind: "S".into(), sort: false };
    let schema = TableSchema { key: vec![key], ..TableSchema::default() };
    tape.header.tables.push(("table".to_owned(), schema));
    tape.renumber();
    tape
}

fn named(unlike: &[Unlike]) -> Vec<&str> {
    unlike.iter().map(|one| &*one.id).collect()
}

#[test]
fn a_whole_tape_answers_itself_in_any_order_that_the_graph_allows() {
    let tape = tape(20);
    assert_eq!(rehearse(tape.clone(), &tape.interactions, clock()), []);
}

#[test]
fn orders_differ_and_leave_what_depends_on_each_other_as_it_was() {
    let tape = tape(20);
    let replay = Replay::new(tape.clone(), clock(), String::new());
    let orders: Vec<_> = (1..=3).map(|seed| shuffled(&replay.freedom(), seed)).collect();
    assert!(orders[0] != orders[1] && orders[1] != orders[2] && orders[0] != orders[2]);
    for order in &orders {
        let mut place = vec![usize::MAX; order.len()];
        order.iter().enumerate().for_each(|(number, at)| place[*at] = number);
        assert!(!order.is_sorted() && place.iter().all(|place| *place != usize::MAX));
        for one in 0..order.len() {
            for other in one + 1..order.len() {
                let graph = &replay.graph;
                let sees = graph.is_write(one) && graph.sees(other, one);
                let seen = graph.is_write(other) && graph.sees(one, other);
                assert!(place[one] < place[other] || !(sees || seen), "{one} {other}");
            }
        }
    }
}

#[test]
fn an_order_that_the_graph_forbids_is_noticed() {
    let tape = tape(3);
    let replay = Replay::new(tape.clone(), clock(), String::new());
    let requests: Vec<_> = tape.interactions.iter().map(Interaction::to_request).collect();
    let backwards = (0..requests.len()).rev();
    assert!(!replay.unlike(&requests, &tape.interactions, backwards).is_empty());
}

#[test]
fn what_was_read_back_otherwise_than_it_was_recorded_is_named() {
    let whole = tape(3);
    let recorded = &whole.interactions;
    let mut other_body = whole.clone();
    if let Answer::Http { body, .. } = &mut other_body.interactions[4].answer {
        *body = Bytes::from_static(b"{}");
    }
    let unlike = rehearse(other_body, recorded, clock());
    assert_eq!(named(&unlike), [&recorded[4].id]);
    assert!(unlike[0].why.contains("another answer"), "{unlike:?}");

    let mut other_request = whole.clone();
    other_request.interactions[4].request = Bytes::from_static(b"{\"TableName\":\"table\"}");
    let unlike = rehearse(other_request, recorded, clock());
    assert_eq!(named(&unlike), [&recorded[4].id]);
    assert!(unlike[0].why.contains("no answer is found"), "{unlike:?}");

    let mut shorter = whole.clone();
    shorter.interactions.pop();
    assert_eq!(named(&rehearse(shorter, recorded, clock())), ["the tape"]);

    let mut more_often = whole.clone();
    more_often.interactions[1].times = 2;
    let unlike = rehearse(whole.clone(), &more_often.interactions, clock());
    assert!(named(&unlike).contains(&&*recorded[1].id), "{unlike:?}");
}
