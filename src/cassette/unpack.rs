use std::io::Read as _;

use bytes::Bytes;
use flate2::read::GzDecoder;
use http::{HeaderMap, header::CONTENT_ENCODING};

use crate::wire::json::Json;

/// How long an answer may become by being unpacked, so that a bomb stays small.
const LONGEST: u64 = 64 << 20;

/// A body that was compressed on its way is kept as what it says, and is compressed no more. An
/// answer that cannot be unpacked is kept as it came.
#[must_use]
pub fn unpacked(mut headers: HeaderMap, body: Bytes) -> (HeaderMap, Bytes) {
    let gzip = headers.get(CONTENT_ENCODING).is_some_and(|coding| coding == "gzip");
    if !gzip {
        return (headers, body);
    }
    if Json::parse(body.clone()).is_ok() {
        headers.remove(CONTENT_ENCODING);
        return (headers, body);
    }
    let mut out = Vec::new();
    let unpacked = GzDecoder::new(&body[..]).take(LONGEST + 1).read_to_end(&mut out);
    if unpacked.is_ok() && out.len() as u64 <= LONGEST {
        headers.remove(CONTENT_ENCODING);
        return (headers, out.into());
    }
    (headers, body)
}
