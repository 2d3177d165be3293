//! Writing what a target answered into the cases that expected something else. What a step expected
//! and got stays as it is written, and so does everything that is no expectation.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use http::StatusCode;

use super::{
    CaseError, Fault, MemberPath, slug_of,
    suite::objects,
    template::{Captured, expand},
};
use crate::{
    cassette::object_text,
    conformance::Played,
    diff::Outcome,
    wire::json::{Json, Kind, Value, Writer},
};

/// What a target answered to a case, where the case expected something else.
#[derive(Clone, Debug, Default)]
pub struct Answered {
    /// How the answers are known from now on, as a case's `source`.
    pub source: String,
    /// Status and body, by the number of the step.
    steps: BTreeMap<usize, (u16, Json)>,
}

/// The members of a step that say what must come back.
const EXPECTATIONS: [&str; 8] =
    ["answer", "includes", "lacks", "refused", "status", "message", "message_includes", "with"];

impl Answered {
    /// What was answered to a case that was played; nothing if it was what the case expects.
    ///
    /// # Errors
    ///
    /// When an answer is no JSON, or was not kept as a whole.
    pub fn of(played: &Played, source: &str) -> Result<Option<Self>, String> {
        if played.outcome != Outcome::Divergent {
            return Ok(None);
        }
        let number = |text: &str| text.strip_prefix("step ")?.split(' ').next()?.parse().ok();
        let differ = played.findings.iter().filter(|finding| finding.matters);
        let differ: BTreeSet<usize> = differ.filter_map(|one| number(&one.path)).collect();
        let mut steps = BTreeMap::new();
        for step in differ {
            let mut all = played.exchanges.iter();
            let said = all.find(|one| number(&one.label) == Some(step));
            let said = said.and_then(|one| one.actual.as_ref());
            let said = said.filter(|said| said.body.shortened_from.is_none());
            let json = said.and_then(|said| {
                let text = if said.body.text.is_empty() { "{}" } else { &said.body.text };
                Some((said.status, Json::parse(text.to_owned()).ok()?))
            });
            let json = json.ok_or_else(|| {
                format!("the answer to step {step} is too long to be kept, or no JSON")
            })?;
            steps.insert(step, json);
        }
        Ok(Some(Self { source: source.to_owned(), steps }))
    }
}

/// The text of a file of cases with these answers, by the cases' slugs.
///
/// # Errors
///
/// When the file is not JSON, or what comes of it cannot be written.
pub fn updated(path: &Path, answers: &BTreeMap<String, Answered>) -> Result<String, CaseError> {
    let mut text = String::new();
    for (line, object) in objects(path)? {
        let title = object.root().get("title").and_then(Value::as_str);
        let answered = title.and_then(|title| answers.get(&slug_of(&title)));
        let object = match answered {
            None => object,
            Some(answered) => case(object.root(), answered).ok_or_else(|| CaseError {
                path: path.to_owned(),
                line: Some(line),
                case: None,
                fault: Fault::Json("it cannot be written anew".to_owned()),
            })?,
        };
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&object_text(&object));
        text.push('\n');
    }
    Ok(text)
}

fn case(root: Value<'_>, answered: &Answered) -> Option<Json> {
    let mut json = Writer::new();
    let inherits = root.get("source").is_none();
    json.object(|json| {
        for (name, value) in root.members() {
            json.key(&name);
            match &*name {
                "source" => json.string(&answered.source),
                "steps" => json.array(|json| {
                    for (at, value) in value.elements().enumerate() {
                        match answered.steps.get(&(at + 1)) {
                            None => json.raw(value.raw().as_bytes()),
                            Some((status, body)) => step(value, *status, body.root(), json),
                        }
                    }
                }),
                _ => json.raw(value.raw().as_bytes()),
            }
            if name == "title" && inherits {
                json.key("source");
                json.string(&answered.source);
            }
        }
    });
    Json::parse(json.into_bytes()).ok()
}

fn step(old: Value<'_>, status: u16, body: Value<'_>, json: &mut Writer) {
    json.object(|json| {
        let mut said = false;
        for (name, value) in old.members() {
            if !EXPECTATIONS.contains(&&*name) {
                // What is kept for later stands behind what is expected.
                if name == "capture" && !std::mem::replace(&mut said, true) {
                    expectation(old, status, body, json);
                }
                json.key(&name);
                json.raw(value.raw().as_bytes());
            } else if !std::mem::replace(&mut said, true) {
                expectation(old, status, body, json);
            }
        }
        if !said {
            expectation(old, status, body, json);
        }
    });
}

fn expectation(old: Value<'_>, status: u16, body: Value<'_>, json: &mut Writer) {
    if !StatusCode::from_u16(status).is_ok_and(|status| status.is_success()) {
        return refusal(old, status, body, json);
    }
    match old.get("includes") {
        Some(includes) => {
            json.key("includes");
            merged(Some(includes), body, true, json);
        }
        None => {
            json.key("answer");
            merged(old.get("answer"), body, false, json);
        }
    }
    let lacks = old.get("lacks").into_iter().flat_map(Value::elements);
    let absent = |path: &Value<'_>| {
        let path = path.as_str().and_then(|path| MemberPath::parse(&path));
        path.is_some_and(|path| path.find(body).is_none())
    };
    let lacks: Vec<_> = lacks.filter(absent).collect();
    if !lacks.is_empty() {
        json.key("lacks");
        json.array(|json| lacks.iter().for_each(|path| json.raw(path.raw().as_bytes())));
    }
}

fn refusal(old: Value<'_>, status: u16, body: Value<'_>, json: &mut Writer) {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let kind = text("__type").unwrap_or_default();
    json.key("refused");
    json.string(kind.rsplit('#').next().unwrap_or_default());
    if status != 400 {
        json.key("status");
        json.number(status);
    }
    let message = text("message").or_else(|| text("Message"));
    let parts = old.get("message_includes");
    let holds = |part: Value<'_>| {
        let part = part.as_str();
        part.is_some_and(|part| message.as_ref().is_some_and(|message| message.contains(&*part)))
    };
    if let Some(parts) = parts.filter(|parts| parts.elements().all(holds)) {
        json.key("message_includes");
        json.raw(parts.raw().as_bytes());
    } else {
        json.key("message");
        match &message {
            Some(message) => json.string(message),
            None => json.raw(b"null"),
        }
    }
    let further: Vec<_> = body
        .members()
        .filter(|(name, _)| !["__type", "message", "Message"].contains(&&**name))
        .collect();
    if !further.is_empty() {
        json.key("with");
        json.object(|json| {
            for (name, value) in further {
                json.key(&name);
                let old = old.get("with").and_then(|with| with.get(&name));
                merged(old, value, false, json);
            }
        });
    }
}

/// An answer in the words of the old expectation, where they still hold: templates stay. Where only
/// some members were expected, only those are.
fn merged(old: Option<Value<'_>>, new: Value<'_>, only_old: bool, json: &mut Writer) {
    let Some(old) = old else { return json.raw(new.raw().as_bytes()) };
    if stands_for(old, new) {
        return json.raw(old.raw().as_bytes());
    }
    match (old.kind(), new.kind()) {
        (Kind::Object, Kind::Object) if only_old => json.object(|json| {
            for (name, old) in old.members() {
                if let Some(new) = new.get(&name) {
                    json.key(&name);
                    merged(Some(old), new, true, json);
                }
            }
        }),
        (Kind::Object, Kind::Object) => json.object(|json| {
            for (name, new) in new.members() {
                json.key(&name);
                merged(old.get(&name), new, false, json);
            }
        }),
        (Kind::Array, Kind::Array) if old.len() == new.len() => json.array(|json| {
            for (old, new) in old.elements().zip(new.elements()) {
                merged(Some(old), new, false, json);
            }
        }),
        _ => json.raw(new.raw().as_bytes()),
    }
}

/// Whether a template is to stay: it stands for just this, or for what an earlier step captured,
/// which this cannot tell.
fn stands_for(old: Value<'_>, new: Value<'_>) -> bool {
    let mut members = old.members();
    let is_template = old.kind() == Kind::Object
        && members.next().is_some_and(|(name, _)| name.starts_with('$'))
        && members.next().is_none();
    is_template
        && (old.get("$captured").is_some()
            || expand(old, &Captured::default()).is_ok_and(|text| text == new.raw().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stepped(old: &str, status: u16, body: &str) -> String {
        let (old, body) = (Json::parse(old.to_owned()), Json::parse(body.to_owned()));
        let mut json = Writer::new();
        step(old.expect("step").root(), status, body.expect("body").root(), &mut json);
        String::from_utf8(json.into_bytes()).expect("text")
    }

    #[test]
    fn an_expectation_becomes_what_was_answered_and_the_rest_stays() {
        for (old, status, body, new) in [
            (
                r#"{"call":"GetItem","request":{"a":1},"answer":{"x":1,"y":{"$captured":"k"},"z":{"$repeat":["ab",2]}},"capture":{"c":"$.x"}}"#,
                200,
                r#"{"x":2,"y":3,"z":"abab","w":4}"#,
                r#"{"call":"GetItem","request":{"a":1},"answer":{"x":2,"y":{"$captured":"k"},"z":{"$repeat":["ab",2]},"w":4},"capture":{"c":"$.x"}}"#,
            ),
            (
                r#"{"call":"GetItem","request":{},"includes":{"T":{"a":1,"b":2}},"lacks":["$.T.c","$.T.d"]}"#,
                200,
                r#"{"T":{"a":3,"c":1,"e":5}}"#,
                r#"{"call":"GetItem","request":{},"includes":{"T":{"a":3}},"lacks":["$.T.d"]}"#,
            ),
            (
                r#"{"call":"GetItem","request":{},"answer":{}}"#,
                400,
                r##"{"__type":"com.amazon#ValidationException","message":"no","Item":{}}"##,
                r#"{"call":"GetItem","request":{},"refused":"ValidationException","message":"no","with":{"Item":{}}}"#,
            ),
            (
                r#"{"call":"GetItem","request":{},"refused":"A","message_includes":["one"]}"#,
                500,
                r#"{"__type":"B","message":"this one"}"#,
                r#"{"call":"GetItem","request":{},"refused":"B","status":500,"message_includes":["one"]}"#,
            ),
            (
                r#"{"call":"PutItem","request":{},"capture":{"c":"$.x"}}"#,
                200,
                r#"{"x":1}"#,
                r#"{"call":"PutItem","request":{},"answer":{"x":1},"capture":{"c":"$.x"}}"#,
            ),
        ] {
            assert_eq!(stepped(old, status, body), new);
        }
    }
}
