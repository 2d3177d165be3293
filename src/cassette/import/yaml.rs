//! YAML, by its events: nothing is built but texts, lists and maps, no tag makes anything, and
//! what aliases repeat is counted before it is copied.

use std::collections::HashMap;

use saphyr_parser::{Event, Parser, ScalarStyle};

use super::{
    ImportError, ImportErrorKind,
    node::{DEEPEST, MOST, Node, NodeKind},
};

struct Open {
    anchor: usize,
    node: Node,
    /// The name that the next value of a map belongs to.
    name: Option<String>,
}

pub(super) fn parse(text: &str) -> Result<Node, ImportError> {
    let mut open: Vec<Open> = Vec::new();
    let mut anchors: HashMap<usize, Node> = HashMap::new();
    let mut count = 0;
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            ImportError::new(error.marker().line(), ImportErrorKind::Yaml(error.info().to_owned()))
        })?;
        let line = span.start.line();
        let fail = |cause| Err(ImportError::new(line, cause));
        let (anchor, node) = match event {
            Event::SequenceStart(anchor, _) => {
                let node = Node { line, kind: NodeKind::List(Vec::new()) };
                open.push(Open { anchor, node, name: None });
                if open.len() > DEEPEST {
                    return fail(ImportErrorKind::Deep);
                }
                continue;
            }
            Event::MappingStart(anchor, _) => {
                let node = Node { line, kind: NodeKind::Map(Vec::new()) };
                open.push(Open { anchor, node, name: None });
                if open.len() > DEEPEST {
                    return fail(ImportErrorKind::Deep);
                }
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => match open.pop() {
                Some(closed) => (closed.anchor, closed.node),
                None => continue,
            },
            Event::Scalar(text, style, anchor, tag) => {
                let plain = style == ScalarStyle::Plain && tag.is_none();
                let null = plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let bytes = text.into_owned().into_bytes().into();
                let mut node = Node { line, kind: NodeKind::Scalar(bytes) };
                if null {
                    node.kind = NodeKind::Null;
                } else if tag.is_some_and(|tag| tag.suffix == "binary") {
                    node.kind = NodeKind::Scalar(node.unbased()?);
                }
                (anchor, node)
            }
            Event::Alias(anchor) => match anchors.get(&anchor) {
                Some(node) => {
                    count += node.size();
                    if count > MOST {
                        return fail(ImportErrorKind::Large);
                    }
                    (0, node.clone())
                }
                None => return fail(ImportErrorKind::Yaml("an alias of itself".to_owned())),
            },
            _ => continue,
        };
        count += 1;
        if count > MOST {
            return fail(ImportErrorKind::Large);
        }
        if anchor > 0 {
            count += node.size();
            anchors.insert(anchor, node.clone());
        }
        let Some(parent) = open.last_mut() else { return Ok(node) };
        match &mut parent.node.kind {
            NodeKind::List(elements) => elements.push(node),
            NodeKind::Map(members) => match parent.name.take() {
                Some(name) => members.push((name, node)),
                None => parent.name = Some(node.text().unwrap_or_default().to_owned()),
            },
            NodeKind::Null | NodeKind::Scalar(_) => {}
        }
    }
    Err(ImportError::new(1, ImportErrorKind::Unknown))
}
