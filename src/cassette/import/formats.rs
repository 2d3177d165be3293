//! Formats that keep a call in one entry: where each has what.

use bytes::Bytes;

use super::{ImportError, ImportErrorKind, call::Call, instant::instant, node::Node};

type Calls = Result<Vec<Call>, ImportError>;

/// `log.entries`, in the order of their `startedDateTime` where all have one: a browser writes
/// entries as their answers end.
pub(super) fn har(root: &Node) -> Calls {
    let entries = root.get("log").and_then(|log| log.get("entries"));
    let mut calls = each(root, entries, "entries", |entry, node| {
        let (request, response) = (part(node, entry, "request")?, part(node, entry, "response")?);
        let body = match request.get("postData") {
            // HAR has no encoding for what is sent; this one is what our export writes.
            Some(data) if data.get("_encoding").and_then(Node::text) == Some("base64") => {
                unbased(data.get("text"))?
            }
            Some(data) => text(data.get("text")),
            None => Bytes::new(),
        };
        let content = part(response, entry, "content")?;
        let encoded = content.get("encoding").and_then(Node::text) == Some("base64");
        let answer = content.get("text");
        Ok(Call {
            sent: pairs(request.get("headers")),
            request: body,
            status: status(part(response, entry, "status")?, entry)?,
            got: pairs(response.get("headers")),
            answer: if encoded { unbased(answer)? } else { text(answer) },
            at: node.get("startedDateTime").and_then(Node::text).and_then(instant),
        })
    })?;
    if calls.iter().all(|call| call.at.is_some()) {
        calls.sort_by_key(|call| call.at);
    }
    Ok(calls)
}

/// `interactions`; bodies are text, `!!binary`, or an object with `string` or `base64_string`.
pub(super) fn vcrpy(root: &Node) -> Calls {
    each(root, root.get("interactions"), "interactions", |entry, node| {
        call(node, entry, |response| part(part(response, entry, "status")?, entry, "code"))
    })
}

/// `http_interactions`: as vcrpy's, which took the format over, with the time beside it.
pub(super) fn vcr(root: &Node) -> Calls {
    each(root, root.get("http_interactions"), "http_interactions", |entry, node| {
        let code = |response| part(part(response, entry, "status")?, entry, "code");
        let at = node.get("recorded_at").and_then(Node::text);
        let at = at.and_then(|at| httpdate::parse_http_date(at).ok());
        Ok(Call { at, ..call(node, entry, code)? })
    })
}

/// `interactions`, with the status in `code`.
pub(super) fn go_vcr(root: &Node) -> Calls {
    each(root, root.get("interactions"), "interactions", |entry, node| {
        call(node, entry, |response| part(response, entry, "code"))
    })
}

/// A call as VCR wrote it first; where its status stands is each format's own.
fn call<'a>(
    node: &'a Node,
    entry: &str,
    code: impl Fn(&'a Node) -> Result<&'a Node, ImportError>,
) -> Result<Call, ImportError> {
    let (request, response) = (part(node, entry, "request")?, part(node, entry, "response")?);
    Ok(Call {
        sent: map(request.get("headers")),
        request: body(request.get("body"))?,
        status: status(code(response)?, entry)?,
        got: map(response.get("headers")),
        answer: body(response.get("body"))?,
        at: None,
    })
}

fn each(
    root: &Node,
    entries: Option<&Node>,
    what: &'static str,
    read: impl Fn(&str, &Node) -> Result<Call, ImportError>,
) -> Calls {
    let Some(entries) = entries else { return Err(missing(root, "the file", what)) };
    let entries = entries.elements().iter().enumerate();
    entries.map(|(at, node)| read(&format!("entry {}", at + 1), node)).collect()
}

fn part<'a>(node: &'a Node, entry: &str, what: &'static str) -> Result<&'a Node, ImportError> {
    node.get(what).ok_or_else(|| missing(node, entry, what))
}

pub(super) fn missing(node: &Node, entry: &str, what: &'static str) -> ImportError {
    ImportError::new(node.line, ImportErrorKind::Missing { entry: entry.to_owned(), what })
}

pub(super) fn status(node: &Node, entry: &str) -> Result<u16, ImportError> {
    let status = node.text().and_then(|status| status.parse().ok());
    status.ok_or_else(|| missing(node, entry, "status"))
}

fn text(node: Option<&Node>) -> Bytes {
    node.and_then(Node::bytes).unwrap_or_default()
}

fn unbased(node: Option<&Node>) -> Result<Bytes, ImportError> {
    node.map_or_else(|| Ok(Bytes::new()), Node::unbased)
}

fn body(node: Option<&Node>) -> Result<Bytes, ImportError> {
    let Some(node) = node.filter(|node| !node.is_null()) else { return Ok(Bytes::new()) };
    if let Some(based) = node.get("base64_string") {
        return based.unbased();
    }
    Ok(text(Some(node.get("string").unwrap_or(node))))
}

/// `[{"name": .., "value": ..}]`
fn pairs(headers: Option<&Node>) -> Vec<(String, String)> {
    let headers = headers.map(Node::elements).unwrap_or_default().iter();
    let text = |node: &Node, name| Some(node.get(name)?.text()?.to_owned());
    headers.filter_map(|header| Some((text(header, "name")?, text(header, "value")?))).collect()
}

/// `{"Name": ["value"]}` or `{"Name": "value"}`
pub(super) fn map(headers: Option<&Node>) -> Vec<(String, String)> {
    let mut all = Vec::new();
    for (name, value) in headers.map(Node::members).unwrap_or_default() {
        let values = value.elements().iter().chain(std::iter::once(value));
        all.extend(values.filter_map(|value| Some((name.clone(), value.text()?.to_owned()))));
    }
    all
}
