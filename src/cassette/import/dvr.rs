//! `NetworkTraffic` of aws-smithy-http-client (`test_util::dvr`, version V0): events of
//! connections, which may interleave.

use std::collections::HashMap;

use super::{
    ImportError,
    call::Call,
    formats::{map, missing, status},
    node::Node,
};

pub(super) fn calls(root: &Node) -> Result<Vec<Call>, ImportError> {
    let events = root.get("events").ok_or_else(|| missing(root, "the file", "events"))?;
    let mut calls: Vec<Call> = Vec::new();
    let mut open: HashMap<&str, usize> = HashMap::new();
    for (at, event) in events.elements().iter().enumerate() {
        let entry = format!("event {}", at + 1);
        let lost = |what| missing(event, &entry, what);
        let connection = event.get("connection_id").and_then(Node::text);
        let connection = connection.ok_or_else(|| lost("connection_id"))?;
        let action = event.get("action").ok_or_else(|| lost("action"))?;
        if let Some(request) = action.get("Request").and_then(|action| action.get("request")) {
            open.insert(connection, calls.len());
            calls.push(Call { sent: map(request.get("headers")), ..Call::default() });
            continue;
        }
        let call = open.get(connection).and_then(|at| calls.get_mut(*at));
        let Some(call) = call else { return Err(lost("Request before it")) };
        if let Some(response) = action.get("Response").and_then(|action| action.get("response")) {
            // `Err` is a connection that failed: there is no answer, and the status stays 0.
            if let Some(response) = response.get("Ok") {
                let node = response.get("status").ok_or_else(|| lost("status"))?;
                call.status = status(node, &entry)?;
                call.got = map(response.get("headers"));
            }
        } else if let Some(action) = action.get("Data") {
            let data = action.get("data").ok_or_else(|| lost("data"))?;
            let bytes = match (data.get("Utf8"), data.get("Base64")) {
                (Some(text), _) => text.bytes().unwrap_or_default(),
                (None, Some(text)) => text.unbased()?,
                (None, None) => return Err(lost("data")),
            };
            let sent = action.get("direction").and_then(Node::text) == Some("Request");
            let body = if sent { &mut call.request } else { &mut call.answer };
            *body = [&body[..], &bytes[..]].concat().into();
        }
    }
    Ok(calls)
}
