//! The examples of docs/control.md do what they say.

use serde_json::{Value, json};

use super::{Controlled, NO_TABLES, serve};
use crate::place::Place;

/// Method, path and body of `curl -s [-X METHOD] $DYNATAPE_CONTROL/PATH [-d 'BODY']`.
fn request(line: &str) -> (&str, &str, Value) {
    let rest = line.strip_prefix("curl -s ").unwrap();
    let (rest, body) = match rest.split_once(" -d '") {
        Some((rest, body)) => {
            (rest, serde_json::from_str(body.strip_suffix('\'').unwrap()).unwrap())
        }
        None => (rest, Value::Null),
    };
    let (method, url) = match rest.strip_prefix("-X ") {
        Some(rest) => rest.split_once(' ').unwrap(),
        None => (if body.is_null() { "GET" } else { "POST" }, rest),
    };
    (method, url.strip_prefix("$DYNATAPE_CONTROL").unwrap(), body)
}

#[test]
fn the_examples_of_the_guide_are_done() {
    let guide = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/control.md"));
    let guide = guide.unwrap();
    let place = Place::new();
    let server = Controlled::start(&mut serve(&place));
    let mut answers = Vec::new();
    for line in guide.lines().filter(|line| line.starts_with("curl ")) {
        let (method, path, body) = request(line);
        if let Some(path) = path.strip_suffix("/stop") {
            // What the program between the examples does.
            let session = server.get(path);
            assert_eq!(server.call(Some(&session), "ListTables", "{}"), NO_TABLES);
        }
        answers.push(server.done(method, path, &body));
    }
    let find = |name: &str, value: &Value| {
        answers.iter().find(|answer| answer[name] == *value).unwrap_or_else(|| panic!("no {name}"))
    };
    find("accepted", &json!(true));
    find("order", &json!("17"));
    find("misses", &json!([]));
    find("clean", &json!(true));
    find("now", &json!(1_767_225_600.0 + 86_400.0));
    server.end(0);
}
