//! Which headers go on to the next hop.

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Headers that concern one connection only (RFC 9110 7.6.1; the first three are not standard).
const HOP_BY_HOP: [HeaderName; 9] = [
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::PROXY_AUTHENTICATE,
    header::PROXY_AUTHORIZATION,
    header::CONNECTION,
    header::TE,
    header::TRAILER,
    header::TRANSFER_ENCODING,
    header::UPGRADE,
];

/// Headers of a request that are made anew for the upstream: it has another name, the body is
/// there already, and the answer is wanted as it is recorded, not compressed.
const MADE_ANEW: [HeaderName; 4] =
    [header::ACCEPT_ENCODING, header::CONTENT_LENGTH, header::EXPECT, header::HOST];

/// What of a client's headers the upstream gets.
pub(super) fn of_request(theirs: HeaderMap) -> HeaderMap {
    let mut headers = end_to_end(theirs, &MADE_ANEW);
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    headers
}

/// What of an upstream's headers the client gets.
pub(super) fn of_answer(theirs: HeaderMap) -> HeaderMap {
    end_to_end(theirs, &[])
}

/// Put into another map and not removed from theirs, because removing changes a map's order.
fn end_to_end(theirs: HeaderMap, also: &[HeaderName]) -> HeaderMap {
    let named: Vec<String> = theirs
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        // Most say no more than this, and name no header by it.
        .filter(|name| !["keep-alive", "close"].contains(name))
        .map(str::to_ascii_lowercase)
        .collect();
    let stays = |name: &HeaderName| {
        HOP_BY_HOP.contains(name)
            || also.contains(name)
            || named.iter().any(|token| token == name.as_str())
    };
    let mut headers = HeaderMap::with_capacity(theirs.len() + 4);
    let mut of = None;
    for (name, value) in theirs {
        // Further values of a name come without it.
        of = name.or(of);
        if let Some(name) = of.as_ref().filter(|name| !stays(name)) {
            headers.append(name, value);
        }
    }
    headers
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(lines: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = lines
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        let mut map = HeaderMap::new();
        pairs.for_each(|(name, value)| {
            map.append(name, value);
        });
        map
    }

    #[test]
    fn what_concerns_a_connection_stays_behind() {
        let theirs = map(&[
            ("host", "127.0.0.1:8000"),
            ("x-amz-target", "a"),
            ("connection", "close, X-Own"),
            ("x-own", "1"),
            ("te", "trailers"),
            ("accept-encoding", "gzip"),
            ("content-length", "2"),
            ("user-agent", "u"),
            ("x-twice", "1"),
            ("x-twice", "2"),
        ]);
        let ours = map(&[
            ("x-amz-target", "a"),
            ("user-agent", "u"),
            ("x-twice", "1"),
            ("x-twice", "2"),
            ("accept-encoding", "identity"),
        ]);
        assert_eq!(of_request(theirs), ours);
    }

    #[test]
    fn an_answers_headers_keep_their_order() {
        let theirs =
            map(&[("server", "S"), ("connection", "keep-alive"), ("date", "D"), ("a", "b")]);
        let names: Vec<_> = of_answer(theirs).into_iter().filter_map(|(name, _)| name).collect();
        assert_eq!(names, ["server", "date", "a"]);
    }
}
