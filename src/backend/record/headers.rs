//! The headers of an answer that are looked at when the recording ends, in one piece of memory
//! until then: as a map they would be most of what an interaction takes.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::cassette::SAFE_HEADERS;

/// Those that tell who answered.
const WHOSE: [&str; 3] = ["server", "x-amzn-requestid", "x-amz-crc32"];

/// A line each; no value has a line break in it.
#[derive(Debug)]
pub(super) struct KeptHeaders(Box<[u8]>);

impl KeptHeaders {
    /// A copy of those of an answer.
    pub(super) fn of(theirs: &HeaderMap) -> Self {
        let mut lines = Vec::with_capacity(160);
        for (name, value) in theirs {
            if WHOSE.contains(&name.as_str()) || SAFE_HEADERS.contains(&name.as_str()) {
                for part in [name.as_str().as_bytes(), b":", value.as_bytes(), b"\n"] {
                    lines.extend_from_slice(part);
                }
            }
        }
        Self(lines.into())
    }

    /// As they were.
    pub(super) fn map(&self) -> HeaderMap {
        let header = |(name, value)| {
            Some((HeaderName::from_bytes(name).ok()?, HeaderValue::from_bytes(value).ok()?))
        };
        self.lines().filter_map(header).collect()
    }

    /// The value of the first of that name, if it is text.
    pub(super) fn text(&self, wanted: &HeaderName) -> Option<String> {
        let mut lines = self.lines();
        let (_, value) = lines.find(|(name, _)| *name == wanted.as_str().as_bytes())?;
        HeaderValue::from_bytes(value).ok()?.to_str().ok().map(str::to_owned)
    }

    fn lines(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.split(|byte| *byte == b'\n').filter_map(|line| {
            let colon = line.iter().position(|byte| *byte == b':')?;
            Some((&line[..colon], &line[colon + 1..]))
        })
    }
}

#[cfg(test)]
mod tests {
    use http::header;

    use super::*;

    #[test]
    fn what_is_kept_of_headers_is_what_they_were() {
        let lines = [
            ("server", "Server"),
            ("date", "Thu, 01 Jan 1970 00:00:00 GMT"),
            ("x-amzn-requestid", "AAAA"),
            ("content-type", "a:b; \u{e9}"),
            ("content-type", ""),
        ];
        let map = |wanted: &dyn Fn(&str) -> bool| {
            let mut map = HeaderMap::new();
            for (name, value) in lines.iter().filter(|(name, _)| wanted(name)) {
                map.append(*name, HeaderValue::from_bytes(value.as_bytes()).expect("value"));
            }
            map
        };
        let kept = KeptHeaders::of(&map(&|_| true));
        assert_eq!(kept.map(), map(&|name| name != "date"));
        assert_eq!(kept.text(&header::SERVER).as_deref(), Some("Server"));
        assert_eq!((kept.text(&header::CONTENT_TYPE), kept.text(&header::DATE)), (None, None));
        assert!(KeptHeaders::of(&HeaderMap::new()).map().is_empty());
    }
}
