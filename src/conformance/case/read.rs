//! Reads the objects of a file of cases. What nobody knows is an error: a misspelt member would
//! be an expectation that is never checked.

use std::{borrow::Cow, collections::BTreeMap, time::Duration};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::StatusCode;

use super::{
    Body, Call, Case, Expected, Fault, MemberPath, Message, Refusal, Source, Step, capability,
    expect::proof,
};
use crate::wire::{
    Operation,
    json::{Json, Kind, Value},
};

/// What is given under a name.
pub(super) type Givens = BTreeMap<String, Vec<Step>>;

/// What holds for all cases of a file that say nothing else.
#[derive(Clone, Debug, Default)]
pub(super) struct Defaults {
    pub(super) about: String,
    given: Vec<Step>,
    sources: Vec<Source>,
    dialect: Option<String>,
    only_if: Vec<String>,
    skip_if: Vec<String>,
}

/// The first object of a file.
pub(super) fn header(root: Value<'_>, givens: &Givens) -> Result<Defaults, Fault> {
    known(root, &["about", "given", "source", "dialect", "onlyif", "skipif"])?;
    Ok(Defaults {
        about: text(root, "about")?.ok_or(Fault::Member("about", "text"))?,
        given: given(root, givens)?.unwrap_or_default(),
        sources: sources(root)?,
        dialect: text(root, "dialect")?,
        only_if: capabilities(root, "onlyif")?,
        skip_if: capabilities(root, "skipif")?,
    })
}

/// An object of the file of givens: its name and its steps.
pub(super) fn named(root: Value<'_>) -> Result<(String, Vec<Step>), Fault> {
    known(root, &["given", "about", "steps"])?;
    let name = text(root, "given")?.ok_or(Fault::Member("given", "text"))?;
    Ok((name, steps(root.get("steps"))?.ok_or(Fault::Member("steps", "a list"))?))
}

/// Any other object.
pub(super) fn case(root: Value<'_>, defaults: &Defaults, givens: &Givens) -> Result<Case, Fault> {
    known(
        root,
        &[
            "title",
            "requirement",
            "source",
            "dialect",
            "onlyif",
            "skipif",
            "settings",
            "given",
            "steps",
        ],
    )?;
    let own = sources(root)?;
    let sources = if own.is_empty() { defaults.sources.clone() } else { own };
    if sources.is_empty() {
        return Err(Fault::Member("source", "text or a list of texts"));
    }
    let steps = steps(root.get("steps"))?.ok_or(Fault::Member("steps", "a list"))?;
    let expects = steps.iter().any(|step| match step {
        Step::Call(call) => call.expected.says_something() || !call.lacks.is_empty(),
        Step::Wait(_) => false,
    });
    if !expects {
        return Err(Fault::Expects);
    }
    let settings = object(root, "settings")?;
    Ok(Case {
        title: text(root, "title")?.ok_or(Fault::Member("title", "text"))?,
        requirement: text(root, "requirement")?,
        sources,
        dialect: text(root, "dialect")?.or_else(|| defaults.dialect.clone()),
        only_if: also(&defaults.only_if, capabilities(root, "onlyif")?),
        skip_if: also(&defaults.skip_if, capabilities(root, "skipif")?),
        settings: settings.map(|(name, value)| (name.into(), value.raw().into())).collect(),
        given: given(root, givens)?.unwrap_or_else(|| defaults.given.clone()),
        steps,
    })
}

fn given(root: Value<'_>, givens: &Givens) -> Result<Option<Vec<Step>>, Fault> {
    if root.get("given").is_none() {
        return Ok(None);
    }
    let mut all = Vec::new();
    for element in list(root, "given")? {
        match element.as_str() {
            Some(name) => all.extend(
                givens.get(&*name).ok_or_else(|| Fault::Given(name.into_owned()))?.iter().cloned(),
            ),
            None => all.push(step(element)?),
        }
    }
    Ok(Some(all))
}

/// What holds for the file, and what for the case besides.
fn also(file: &[String], case: Vec<String>) -> Vec<String> {
    file.iter().cloned().chain(case).collect()
}

fn capabilities(root: Value<'_>, name: &'static str) -> Result<Vec<String>, Fault> {
    let words = list(root, name)?.map(|word| {
        let word = word.as_str().ok_or(Fault::Member(name, "a list of capabilities"))?;
        let known = capability::is_one(&word);
        if known { Ok(word.into_owned()) } else { Err(Fault::Capability(word.into_owned())) }
    });
    words.collect()
}

fn sources(root: Value<'_>) -> Result<Vec<Source>, Fault> {
    let Some(value) = root.get("source") else { return Ok(Vec::new()) };
    let parse = |value: Value<'_>| {
        let text = value.as_str().ok_or(Fault::Member("source", "text or a list of texts"))?;
        Source::parse(&text).ok_or_else(|| Fault::Source(text.into_owned()))
    };
    match value.kind() {
        Kind::Array => value.elements().map(parse).collect(),
        _ => Ok(vec![parse(value)?]),
    }
}

fn steps(value: Option<Value<'_>>) -> Result<Option<Vec<Step>>, Fault> {
    let Some(value) = value.filter(|value| value.kind() == Kind::Array) else { return Ok(None) };
    value.elements().map(step).collect::<Result<_, _>>().map(Some)
}

fn step(root: Value<'_>) -> Result<Step, Fault> {
    if let Some(seconds) = root.get("wait") {
        known(root, &["wait"])?;
        let seconds = seconds.as_number().and_then(|text| text.parse::<f64>().ok());
        let time = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
        return time.map(Step::Wait).ok_or(Fault::Member("wait", "a number of seconds"));
    }
    known(
        root,
        &[
            "call",
            "region",
            "request",
            "raw",
            "target",
            "headers",
            "answer",
            "includes",
            "lacks",
            "refused",
            "status",
            "message",
            "message_includes",
            "with",
            "capture",
        ],
    )?;
    let name = text(root, "call")?.ok_or(Fault::Member("call", "the name of an operation"))?;
    let target = match root.get("target") {
        Some(value) if value.is_null() => Some(None),
        _ => text(root, "target")?.map(Some),
    };
    Ok(Step::Call(Box::new(Call {
        operation: Operation::from_name(&name).ok_or(Fault::Operation(name))?,
        region: text(root, "region")?,
        body: body(root)?,
        target,
        headers: headers(root)?,
        expected: expected(root)?,
        lacks: lacks(root)?,
        capture: capture(root)?,
    })))
}

fn body(root: Value<'_>) -> Result<Body, Fault> {
    match (root.get("request"), root.get("raw")) {
        (Some(request), None) => kept(request).map(Body::Json),
        (None, Some(raw)) => {
            let fault = || Fault::Member("raw", "text or {\"base64\": text}");
            match raw.as_str() {
                Some(text) => Ok(Body::Raw(text.into_owned().into_bytes())),
                None => {
                    let text = raw.get("base64").and_then(Value::as_str).ok_or_else(fault)?;
                    STANDARD.decode(&*text).map(Body::Raw).map_err(|_| fault())
                }
            }
        }
        _ => Err(Fault::Member("request", "JSON (or `raw` in its place)")),
    }
}

fn expected(root: Value<'_>) -> Result<Expected, Fault> {
    let forms = ["answer", "includes", "refused"];
    if forms.iter().filter(|name| root.get(name).is_some()).count() > 1 {
        return Err(Fault::ExpectsTwice);
    }
    let of_errors = ["status", "message", "message_includes", "with"];
    let of_error = of_errors.into_iter().find(|name| root.get(name).is_some());
    if let (None, Some(_)) = (root.get("refused"), of_error) {
        return Err(Fault::Member("refused", "there, beside the error's other parts"));
    }
    drop(object(root, "with")?);
    if let Some(answer) = root.get("answer") {
        return kept(answer).map(Expected::Answer);
    }
    if let Some(includes) = root.get("includes") {
        return kept(includes).map(Expected::Includes);
    }
    let Some(kind) = text(root, "refused")? else { return Ok(Expected::Success) };
    let message = match (root.get("message"), root.get("message_includes")) {
        (Some(value), None) if value.is_null() => Message::Absent,
        (Some(value), None) => Message::Whole(kept(value)?),
        (None, Some(parts)) if parts.kind() == Kind::Array && !parts.is_empty() => {
            Message::Parts(kept(parts)?)
        }
        _ => return Err(Fault::Member("message", "text or null (or `message_includes` a list)")),
    };
    let status = root.get("status").map_or(Some(StatusCode::BAD_REQUEST), |value| {
        value.as_number()?.parse().ok().and_then(|code| StatusCode::from_u16(code).ok())
    });
    Ok(Expected::Refused(Refusal {
        status: status.ok_or(Fault::Member("status", "an HTTP status"))?,
        kind,
        message,
        with: root.get("with").map(kept).transpose()?,
    }))
}

fn headers(root: Value<'_>) -> Result<Vec<(String, Option<String>)>, Fault> {
    object(root, "headers")?
        .map(|(name, value)| match value.as_str() {
            Some(text) => Ok((name.into_owned(), Some(text.into_owned()))),
            None if value.is_null() => Ok((name.into_owned(), None)),
            None => Err(Fault::Member("headers", "texts or null, by name")),
        })
        .collect()
}

fn lacks(root: Value<'_>) -> Result<Vec<MemberPath>, Fault> {
    list(root, "lacks")?.map(path).collect()
}

fn capture(root: Value<'_>) -> Result<Vec<(String, MemberPath)>, Fault> {
    object(root, "capture")?.map(|(name, value)| Ok((name.into_owned(), path(value)?))).collect()
}

fn path(value: Value<'_>) -> Result<MemberPath, Fault> {
    let text = value.as_str().unwrap_or_default();
    MemberPath::parse(&text).ok_or_else(|| Fault::Path(value.raw().to_owned()))
}

/// The elements of a member, which has to be a list if it is there.
fn list<'a>(root: Value<'a>, name: &'static str) -> Result<impl Iterator<Item = Value<'a>>, Fault> {
    let value = root.get(name);
    match value.is_none_or(|value| value.kind() == Kind::Array) {
        true => Ok(value.into_iter().flat_map(Value::elements)),
        false => Err(Fault::Member(name, "a list")),
    }
}

/// The members of a member, which has to be an object if it is there.
fn object<'a>(
    root: Value<'a>,
    name: &'static str,
) -> Result<impl Iterator<Item = (Cow<'a, str>, Value<'a>)>, Fault> {
    let value = root.get(name);
    match value.is_none_or(|value| value.kind() == Kind::Object) {
        true => Ok(value.into_iter().flat_map(Value::members)),
        false => Err(Fault::Member(name, "an object")),
    }
}

/// A value of its own, whose templates can be filled in.
fn kept(value: Value<'_>) -> Result<Json, Fault> {
    proof(value)?;
    Json::parse(value.raw().to_owned()).map_err(|error| Fault::Json(error.kind.to_string()))
}

fn text(root: Value<'_>, name: &'static str) -> Result<Option<String>, Fault> {
    let Some(value) = root.get(name) else { return Ok(None) };
    let text = value.as_str().ok_or(Fault::Member(name, "text"))?;
    Ok(Some(text.into_owned()))
}

fn known(root: Value<'_>, names: &[&str]) -> Result<(), Fault> {
    let unknown = root.members().find(|(name, _)| !names.contains(&&**name));
    match (root.kind(), unknown) {
        (Kind::Object, None) => Ok(()),
        (_, Some((name, _))) => Err(Fault::Unknown(name.into_owned())),
        (..) => Err(Fault::Json("an object is expected here".to_owned())),
    }
}
