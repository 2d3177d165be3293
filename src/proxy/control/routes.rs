//! What can be asked: the table of paths, and what each of them does.

use std::sync::Arc;

use http::StatusCode;

use super::{
    director::{Refused, Status},
    hub::Hub,
    read, write,
};
use crate::{clock::MovableClock, wire::json::Writer};

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
    Faults,
    SetFaults,
    ClearFaults,
    Clock,
    SetClock,
    AdvanceClock,
    Insights,
    Snapshots,
    TakeSnapshot,
    DeleteSnapshot,
    Restore,
    Reset,
}

/// Method, path and what is done. `{id}` and `{name}` stand for one part of a path each.
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
    ("GET", "/v1/sessions/{id}/faults", Action::Faults),
    ("PUT", "/v1/sessions/{id}/faults", Action::SetFaults),
    ("DELETE", "/v1/sessions/{id}/faults", Action::ClearFaults),
    ("GET", "/v1/sessions/{id}/clock", Action::Clock),
    ("PUT", "/v1/sessions/{id}/clock", Action::SetClock),
    ("POST", "/v1/sessions/{id}/clock/advance", Action::AdvanceClock),
    ("GET", "/v1/sessions/{id}/insights", Action::Insights),
    ("GET", "/v1/sessions/{id}/snapshots", Action::Snapshots),
    ("POST", "/v1/sessions/{id}/snapshots", Action::TakeSnapshot),
    ("DELETE", "/v1/sessions/{id}/snapshots/{name}", Action::DeleteSnapshot),
    ("POST", "/v1/sessions/{id}/restore", Action::Restore),
    ("POST", "/v1/sessions/{id}/reset", Action::Reset),
];

/// What a path is about, as far as it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// The session.
    pub(super) id: &'a str,
    /// Something of it.
    pub(super) name: &'a str,
}

/// What this method does at this path, and to what.
pub(super) fn route<'a>(method: &str, path: &'a str) -> Result<(Action, Place<'a>), Refused> {
    let here: Vec<_> = ROUTES
        .iter()
        .filter_map(|(known, template, action)| Some((known, action, place_in(template, path)?)))
        .collect();
    if here.is_empty() {
        let message = format!("there is no {path}; GET /v1/openapi.json says what there is");
        return Err(Refused::new(StatusCode::NOT_FOUND, message));
    }
    let found = here.iter().find(|(known, ..)| **known == method);
    found.map(|(_, action, place)| (**action, *place)).ok_or_else(|| {
        let known: Vec<_> = here.iter().map(|(known, ..)| **known).collect();
        let message = format!("{path} can be asked with {}", known.join(" and "));
        Refused::new(StatusCode::METHOD_NOT_ALLOWED, message)
    })
}

/// What stands in the path for the parts of the template that are no text, if it fits.
fn place_in<'a>(template: &str, path: &'a str) -> Option<Place<'a>> {
    let (mut place, mut parts) = (Place::default(), path.split('/'));
    for wanted in template.split('/') {
        let part = parts.next()?;
        match wanted {
            "{id}" if !part.is_empty() => place.id = part,
            "{name}" if !part.is_empty() => place.name = part,
            _ if wanted == part => {}
            _ => return None,
        }
    }
    parts.next().is_none().then_some(place)
}

/// Does it; gives the answer.
pub(super) async fn perform(
    hub: &Hub,
    action: Action,
    Place { id, name }: Place<'_>,
    body: Vec<u8>,
) -> Result<(StatusCode, Vec<u8>), Refused> {
    let mut json = Writer::new();
    let mut status = StatusCode::OK;
    match action {
        Action::Health => json.object(|json| json.text("status", "ok")),
        Action::OpenApi => return Ok((status, OPENAPI.into())),
        Action::List => json.object(|json| {
            json.key("sessions");
            json.array(|json| {
                for (id, one) in hub.list() {
                    write::session(json, &id, &one, &one.status());
                }
            });
        }),
        Action::Start => {
            let (id, one) = hub.start(read::start(&read::body(body)?)?).await?;
            status = StatusCode::CREATED;
            write::session(&mut json, &id, &one, &one.status());
        }
        Action::Show => {
            let one = hub.get(id)?;
            write::session(&mut json, id, &one, &one.status());
        }
        Action::Stop => {
            let (one, ended) = hub.stop(id, read::ok(&read::body(body)?)?).await?;
            write::session(&mut json, id, &one, &ended);
        }
        Action::Misses => {
            let found = hub.get(id)?.status();
            let misses = match &found {
                Status::Replay { summary, .. } => &*summary.misses,
                Status::Plain | Status::Record { .. } => &[],
            };
            json.object(|json| {
                json.key("misses");
                write::misses(json, misses);
            });
        }
        Action::Variables => write::variables(&mut json, &hub.get(id)?.opened.variables),
        Action::SetVariables => {
            let variables = read::variables(read::body(body)?.root())?;
            hub.set_variables(id, variables.clone())?;
            write::variables(&mut json, &variables);
        }
        Action::Faults | Action::SetFaults | Action::ClearFaults => {
            let plan = hub.get(id)?.opened.faults;
            match action {
                Action::SetFaults => plan.set(read::fault_list(&read::body(body)?)?),
                Action::ClearFaults => plan.clear(),
                _ => {}
            }
            json.object(|json| {
                json.key("faults");
                write::faults(json, &plan.list());
            });
        }
        Action::Clock => write::clock(&mut json, &*clock_of(hub, id)?),
        Action::SetClock => {
            let clock = clock_of(hub, id)?;
            let (now, runs) = read::clock(&read::body(body)?)?;
            clock.set_to(now, runs);
            write::clock(&mut json, &clock);
        }
        Action::AdvanceClock => {
            let clock = clock_of(hub, id)?;
            let by = read::advance(&read::body(body)?)?;
            clock.advance(by).ok_or_else(|| Refused::bad("there is no time so late"))?;
            write::clock(&mut json, &clock);
        }
        Action::Insights => {
            let insights = hub.get(id)?.opened.insights.ok_or_else(|| {
                let message = format!("session {id:?} counts no keys: one does that emulates");
                Refused::new(StatusCode::CONFLICT, message)
            })?;
            let rules = insights.insights()?;
            json.object(|json| {
                json.key("rules");
                json.raw(&rules);
            });
        }
        Action::Snapshots | Action::TakeSnapshot | Action::DeleteSnapshot => {
            let states = hub.states(id)?;
            match action {
                Action::TakeSnapshot => {
                    states.keep(read::only("name", &read::body(body)?)?)?;
                    status = StatusCode::CREATED;
                }
                Action::DeleteSnapshot => states.forget(name)?,
                _ => {}
            }
            write::snapshots(&mut json, &states.names());
        }
        Action::Restore | Action::Reset => {
            let body = read::body(body)?;
            let snapshot = match action {
                Action::Restore => Some(read::only("snapshot", &body)?),
                _ => read::nothing(&body).map(|()| None)?,
            };
            hub.states(id)?.restore(snapshot.as_deref())?;
            let one = hub.get(id)?;
            write::session(&mut json, id, &one, &one.status());
        }
    }
    Ok((status, json.into_bytes()))
}

fn clock_of(hub: &Hub, id: &str) -> Result<Arc<MovableClock>, Refused> {
    hub.get(id)?.opened.clock.ok_or_else(|| {
        let message = "only a session that the built-in emulator answers has a clock of its own";
        Refused::new(StatusCode::CONFLICT, message)
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::wire::json::Json;

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
        let place = |id, name| Place { id, name };
        let a = place("a", "");
        assert!(matches!(route("GET", "/v1/sessions/a"), Ok((Action::Show, at)) if at == a));
        assert!(matches!(route("POST", "/v1/sessions/a/stop"), Ok((Action::Stop, at)) if at == a));
        let snapshot = route("DELETE", "/v1/sessions/a/snapshots/b");
        assert!(matches!(snapshot, Ok((Action::DeleteSnapshot, at)) if at == place("a", "b")));
        let refused = |method, path| route(method, path).expect_err("refused").status.as_u16();
        assert_eq!(refused("DELETE", "/v1/sessions/a"), 405);
        assert_eq!(refused("GET", "/v1/sessions/a/b"), 404);
        assert_eq!(refused("GET", "/v1/sessions/"), 404);
    }
}
