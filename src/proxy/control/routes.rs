//! What can be asked: the table of paths, and what each of them does.

use http::StatusCode;

use super::{
    director::{Refused, Status, Variables, Wanted},
    hub::{Hub, Running, Start},
};
use crate::wire::json::{Json, Value, Writer};

/// The API as a document for programs.
const OPENAPI: &str = include_str!("openapi.json");

/// What is done.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    Health,
    OpenApi,
    List,
    Start,
    Show,
    Stop,
    Misses,
    Variables,
    SetVariables,
}

/// Method, path and what is done. `{id}` stands for one part of a path.
pub(super) const ROUTES: &[(&str, &str, Action)] = &[
    ("GET", "/healthz", Action::Health),
    ("GET", "/v1/openapi.json", Action::OpenApi),
    ("GET", "/v1/sessions", Action::List),
    ("POST", "/v1/sessions", Action::Start),
    ("GET", "/v1/sessions/{id}", Action::Show),
    ("POST", "/v1/sessions/{id}/stop", Action::Stop),
    ("GET", "/v1/sessions/{id}/misses", Action::Misses),
    ("GET", "/v1/sessions/{id}/variables", Action::Variables),
    ("PUT", "/v1/sessions/{id}/variables", Action::SetVariables),
];

/// What this method does at this path, and the id in it.
pub(super) fn route<'a>(method: &str, path: &'a str) -> Result<(Action, &'a str), Refused> {
    let here: Vec<_> = ROUTES
        .iter()
        .filter_map(|(known, template, action)| Some((known, action, id_in(template, path)?)))
        .collect();
    if here.is_empty() {
        let message = format!("there is no {path}; GET /v1/openapi.json says what there is");
        return Err(Refused::new(StatusCode::NOT_FOUND, message));
    }
    let found = here.iter().find(|(known, ..)| **known == method);
    found.map(|(_, action, id)| (**action, *id)).ok_or_else(|| {
        let known: Vec<_> = here.iter().map(|(known, ..)| **known).collect();
        let message = format!("{path} can be asked with {}", known.join(" and "));
        Refused::new(StatusCode::METHOD_NOT_ALLOWED, message)
    })
}

/// The id in the path (empty where the template has none), if the path fits.
fn id_in<'a>(template: &str, path: &'a str) -> Option<&'a str> {
    let Some((before, after)) = template.split_once("{id}") else {
        return (template == path).then_some("");
    };
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    (!id.is_empty() && !id.contains('/')).then_some(id)
}

/// Does it; gives the answer.
pub(super) async fn perform(
    hub: &Hub,
    action: Action,
    id: &str,
    body: Vec<u8>,
) -> Result<(StatusCode, Vec<u8>), Refused> {
    let mut json = Writer::new();
    let mut status = StatusCode::OK;
    match action {
        Action::Health => json.object(|json| member(json, "status", "ok")),
        Action::OpenApi => return Ok((status, OPENAPI.into())),
        Action::List => json.object(|json| {
            json.key("sessions");
            json.array(|json| {
                for (id, one) in hub.list() {
                    write_session(json, hub, &id, &one, &one.status());
                }
            });
        }),
        Action::Start => {
            let (id, one) = hub.start(read_start(&read(body)?)?)?;
            status = StatusCode::CREATED;
            write_session(&mut json, hub, &id, &one, &one.status());
        }
        Action::Show => {
            let one = hub.get(id)?;
            write_session(&mut json, hub, id, &one, &one.status());
        }
        Action::Stop => {
            let body = read(body)?;
            let mut ok = None;
            for (name, value) in members(body.root())? {
                match &*name {
                    "ok" => ok = value.as_bool(),
                    _ => return Err(unknown_member(&name)),
                }
            }
            let ok = ok.ok_or_else(|| Refused::bad("`ok` is true or false, and must be given"))?;
            let (one, ended) = hub.stop(id, ok).await?;
            write_session(&mut json, hub, id, &one, &ended);
        }
        Action::Misses => {
            let found = hub.get(id)?.status();
            let misses = match &found {
                Status::Replay(summary) => &*summary.misses,
                Status::Emulate | Status::Record { .. } => &[],
            };
            json.object(|json| {
                json.key("misses");
                json.array(|json| {
                    for miss in misses {
                        json.object(|json| {
                            member(json, "id", &miss.id);
                            member(json, "asked", &miss.asked);
                            member(json, "report", &miss.report);
                        });
                    }
                });
            });
        }
        Action::Variables => write_variables(&mut json, &hub.get(id)?.variables),
        Action::SetVariables => {
            let variables = read_variables(read(body)?.root())?;
            hub.set_variables(id, variables.clone())?;
            write_variables(&mut json, &variables);
        }
    }
    Ok((status, json.into_bytes()))
}

fn read(body: Vec<u8>) -> Result<Json, Refused> {
    Json::parse(body).map_err(|error| Refused::bad(format!("the body is no JSON: {error}")))
}

fn members(
    value: Value<'_>,
) -> Result<impl Iterator<Item = (std::borrow::Cow<'_, str>, Value<'_>)>, Refused> {
    if value.kind() != crate::wire::json::Kind::Object {
        return Err(Refused::bad("an object is expected"));
    }
    Ok(value.members())
}

fn unknown_member(name: &str) -> Refused {
    Refused::bad(format!("{name:?} is not known here"))
}

fn read_variables(value: Value<'_>) -> Result<Variables, Refused> {
    members(value)?
        .map(|(name, value)| match value.as_str() {
            Some(text) => Ok((name.into_owned(), text.into_owned())),
            None => Err(Refused::bad(format!("variable {name:?} is no string"))),
        })
        .collect()
}

fn read_start(body: &Json) -> Result<Start, Refused> {
    let (mut mode, mut id, mut key, mut tape, mut upstream) = (None, None, None, None, None);
    let mut variables = Variables::new();
    for (name, value) in members(body.root())? {
        let into = match &*name {
            "mode" => &mut mode,
            "id" => &mut id,
            "key" => &mut key,
            "tape" => &mut tape,
            "upstream" => &mut upstream,
            "variables" => {
                variables = read_variables(value)?;
                continue;
            }
            _ => return Err(unknown_member(&name)),
        };
        let text = value.as_str().ok_or_else(|| Refused::bad(format!("{name:?} is no string")))?;
        *into = Some(text.into_owned());
    }
    let mode = mode.ok_or_else(|| Refused::bad("`mode` is emulate, replay or record"))?;
    let wanted = match (&*mode, tape, upstream) {
        ("emulate", None, None) => Wanted::Emulate,
        ("replay", Some(tape), None) => Wanted::Replay(tape.into()),
        ("record", Some(tape), Some(upstream)) => Wanted::Record { tape: tape.into(), upstream },
        ("emulate", ..) => return Err(Refused::bad("emulate takes no `tape` and no `upstream`")),
        ("replay", ..) => return Err(Refused::bad("replay takes `tape` and no `upstream`")),
        ("record", ..) => return Err(Refused::bad("record takes `tape` and `upstream`")),
        _ => return Err(Refused::bad("`mode` is emulate, replay or record")),
    };
    Ok(Start { wanted, id, key, variables })
}

fn member(json: &mut Writer, name: &str, text: &str) {
    json.key(name);
    json.string(text);
}

fn write_session(json: &mut Writer, hub: &Hub, id: &str, one: &Running, status: &Status) {
    json.object(|json| {
        member(json, "id", id);
        member(json, "mode", one.wanted.mode());
        member(json, "endpoint", &hub.endpoint(id));
        if let Some(key) = &one.key {
            member(json, "key", key);
        }
        if let Some(tape) = one.wanted.tape() {
            member(json, "tape", &tape.to_string_lossy());
        }
        json.key("variables");
        write_variables(json, &one.variables);
        match status {
            Status::Emulate => {}
            Status::Replay(summary) => {
                for (name, count) in [
                    ("calls", summary.calls),
                    ("exact", summary.exact),
                    ("canonical", summary.canonical),
                    ("semantic", summary.semantic),
                    ("unified", summary.unified),
                    ("missed", summary.missed),
                ] {
                    json.key(name);
                    json.number(count);
                }
                for (name, ids) in [
                    ("unused_writes", &summary.unused_writes),
                    ("unused_reads", &summary.unused_reads),
                ] {
                    json.key(name);
                    json.array(|json| ids.iter().for_each(|id| json.string(id)));
                }
                json.key("clean");
                json.bool(summary.missed == 0 && summary.unused_writes.is_empty());
            }
            Status::Record { recorded, written } => {
                json.key("recorded");
                json.number(recorded);
                if let Some(path) = written {
                    member(json, "written", &path.to_string_lossy());
                }
            }
        }
    });
}

fn write_variables(json: &mut Writer, variables: &Variables) {
    json.object(|json| variables.iter().for_each(|(name, text)| member(json, name, text)));
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_has_the_paths_and_methods_there_are() {
        let document = Json::parse(OPENAPI).expect("JSON");
        let paths = document.root().get("paths").expect("paths");
        let described: BTreeSet<_> = paths
            .members()
            .flat_map(|(path, methods)| {
                methods
                    .members()
                    .filter(|(name, _)| name != "parameters")
                    .map(|(method, _)| (method.to_uppercase(), path.to_string()))
                    .collect::<Vec<_>>()
            })
            .collect();
        let there: BTreeSet<_> = ROUTES
            .iter()
            .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
            .collect();
        assert_eq!(described, there);
    }

    #[test]
    fn paths_are_told_apart_by_their_ends() {
        assert!(matches!(route("GET", "/v1/sessions/a"), Ok((Action::Show, "a"))));
        assert!(matches!(route("POST", "/v1/sessions/a/stop"), Ok((Action::Stop, "a"))));
        let refused = |method, path| route(method, path).expect_err("refused").status.as_u16();
        assert_eq!(refused("DELETE", "/v1/sessions/a"), 405);
        assert_eq!(refused("GET", "/v1/sessions/a/b"), 404);
        assert_eq!(refused("GET", "/v1/sessions/"), 404);
    }
}
