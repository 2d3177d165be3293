use base64::{Engine as _, engine::general_purpose::STANDARD};
use bytes::Bytes;

use super::{ImportError, ImportErrorKind};
use crate::wire::json::{Json, Kind, Value, position};

/// Deeper than any recording is nested; what reads a tree may recurse.
pub(super) const DEEPEST: usize = 64;

/// More values than any recording has, those repeated by aliases counted.
pub(super) const MOST: usize = 2_000_000;

/// A value of a JSON or YAML file, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) line: usize,
    pub(super) kind: NodeKind,
}

#[derive(Clone, Debug)]
pub(super) enum NodeKind {
    Null,
    /// Texts, numbers and truth values: as written. Base64 that a tag announces is undone.
    Scalar(Bytes),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        let NodeKind::Map(members) = &self.kind else { return None };
        members.iter().find_map(|(known, node)| (known == name).then_some(node))
    }

    pub(super) fn members(&self) -> &[(String, Self)] {
        if let NodeKind::Map(members) = &self.kind { members } else { &[] }
    }

    pub(super) fn elements(&self) -> &[Self] {
        if let NodeKind::List(elements) = &self.kind { elements } else { &[] }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self.kind, NodeKind::Null)
    }

    pub(super) fn bytes(&self) -> Option<Bytes> {
        if let NodeKind::Scalar(bytes) = &self.kind { Some(bytes.clone()) } else { None }
    }

    pub(super) fn text(&self) -> Option<&str> {
        let NodeKind::Scalar(bytes) = &self.kind else { return None };
        std::str::from_utf8(bytes).ok()
    }

    /// What a text says in base64, over lines or not.
    pub(super) fn unbased(&self) -> Result<Bytes, ImportError> {
        let text: Vec<u8> = self
            .bytes()
            .unwrap_or_default()
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect();
        let bytes = STANDARD.decode(text);
        bytes.map(Into::into).map_err(|_| ImportError::new(self.line, ImportErrorKind::Base64))
    }

    pub(super) fn size(&self) -> usize {
        1 + match &self.kind {
            NodeKind::List(elements) => elements.iter().map(Self::size).sum(),
            NodeKind::Map(members) => members.iter().map(|(_, node)| node.size()).sum(),
            _ => 0,
        }
    }

    pub(super) fn of_json(text: &Bytes) -> Result<Self, ImportError> {
        let json = Json::parse(text.clone()).map_err(|cause| {
            let (line, _) = position(text, cause.offset);
            ImportError::new(line, cause)
        })?;
        let newlines = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n');
        let newlines: Vec<usize> = newlines.map(|(at, _)| at).collect();
        Self::of_value(json.root(), &newlines, 0)
    }

    fn of_value(value: Value<'_>, newlines: &[usize], depth: usize) -> Result<Self, ImportError> {
        let start = value.span().start;
        let line = 1 + newlines.partition_point(|newline| *newline < start);
        if depth > DEEPEST {
            return Err(ImportError::new(line, ImportErrorKind::Deep));
        }
        let child = |value| Self::of_value(value, newlines, depth + 1);
        let kind = match value.kind() {
            Kind::Object => NodeKind::Map(
                value
                    .members()
                    .map(|(name, value)| Ok((name.into_owned(), child(value)?)))
                    .collect::<Result<_, _>>()?,
            ),
            Kind::Array => NodeKind::List(value.elements().map(child).collect::<Result<_, _>>()?),
            _ if value.is_null() => NodeKind::Null,
            _ => {
                let text = value.as_str().map_or_else(|| value.raw().to_owned(), Into::into);
                NodeKind::Scalar(text.into())
            }
        };
        Ok(Self { line, kind })
    }
}
