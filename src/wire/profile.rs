//! What every answer of the service carries besides its body: the wire profile `aws-json10/1`.
//!
//! None of it is stored in a cassette: it is made anew for each answer, so a replay's CRC is
//! right by construction and its date never looks like a skewed clock to an SDK.

use std::{
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::Response;

/// The CRC-32 of the body as sent, in decimal.
pub const X_AMZ_CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");
/// The id of the request.
pub const X_AMZN_REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The headers in the order and casing the service sends them (wire-facts 1, byte-exact
/// recordings).
pub const HEADER_CASE: [&str; 7] = [
    "Server",
    "Date",
    "Content-Type",
    "Content-Length",
    "Connection",
    "x-amzn-RequestId",
    "x-amz-crc32",
];

/// [`HEADER_CASE`] as names.
pub const HEADER_ORDER: [HeaderName; HEADER_CASE.len()] = [
    header::SERVER,
    header::DATE,
    header::CONTENT_TYPE,
    header::CONTENT_LENGTH,
    header::CONNECTION,
    X_AMZN_REQUEST_ID,
    X_AMZ_CRC32,
];

/// What ends every request id the service gives (16,877 of 16,877 recorded, wire-facts 3).
const REQUEST_ID_SUFFIX: &str = "VV4KQNSO5AEMVJF66Q9ASUAAJG";

/// The value of `Date` at a time, if it can be written: with a year of four digits, from 1970 on.
#[must_use]
pub fn date(now: SystemTime) -> Option<HeaderValue> {
    const YEAR_10_000: u64 = 253_402_300_800;
    let second = now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
    (second < YEAR_10_000).then(|| httpdate::fmt_http_date(now).try_into().ok()).flatten()
}

/// The value of `Date` in the second that was last asked about: thousands of answers share one.
#[derive(Debug, Default)]
pub struct Dates(Mutex<Option<(u64, HeaderValue)>>);

impl Dates {
    /// As [`date`].
    #[must_use]
    pub fn at(&self, now: SystemTime) -> Option<HeaderValue> {
        let asked = now.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_secs();
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((second, date)) if *second == asked => Some(date.clone()),
            _ => {
                let date = date(now)?;
                *last = Some((asked, date.clone()));
                Some(date)
            }
        }
    }
}

/// Puts the service's headers on an answer that has none. Headers it has are kept.
pub fn complete(
    response: &mut Response,
    content_type: &'static str,
    request_id: &str,
    date: Option<HeaderValue>,
) {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(header::SERVER, HeaderValue::from_static("Server"));
    if let Some(date) = date {
        headers.insert(header::DATE, date);
    }
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CONTENT_LENGTH, response.body.len().into());
    headers.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
    if let Ok(id) = HeaderValue::try_from(request_id) {
        headers.insert(X_AMZN_REQUEST_ID, id);
    }
    headers.insert(X_AMZ_CRC32, crc32(&response.body).into());
    headers.extend(std::mem::take(&mut response.headers));
    response.headers = headers;
}

/// The checksum of `x-amz-crc32`: CRC-32 (IEEE) of the bytes sent.
#[must_use]
pub fn crc32(body: &[u8]) -> u32 {
    crc32fast::hash(body)
}

/// A well-formed request id that is a function of `seed`: 26 characters of base 32 (`0-9A-V`)
/// and the suffix all of the service's have.
#[must_use]
pub fn request_id(seed: u64) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHIJKLMNOPQRSTUV";
    let mut id = String::with_capacity(52);
    let (mut state, mut bits) = (seed, 0);
    for at in 0..26 {
        // Twelve characters use up the 60 bits of one word.
        if at % 12 == 0 {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            bits = spread(state);
        }
        id.push(char::from(DIGITS[(bits & 31) as usize]));
        bits >>= 5;
    }
    id.push_str(REQUEST_ID_SUFFIX);
    id
}

/// Whether a request id has the shape of the service's own: a recording whose ids have not is
/// none of the service.
#[must_use]
pub fn is_service_request_id(id: &str) -> bool {
    let digits = id.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'V'));
    id.len() == 52 && digits && id.ends_with(REQUEST_ID_SUFFIX)
}

/// The finaliser of SplitMix64: spreads neighbouring seeds over all bits.
#[must_use]
pub fn spread(seed: u64) -> u64 {
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn the_crc_of_an_empty_object_is_the_recorded_one() {
        assert_eq!(crc32(b"{}"), 2_745_614_147); // wire-facts 4
    }

    #[test]
    fn headers_come_in_the_services_order() {
        let mut response = Response::ok("{}");
        complete(
            &mut response,
            "application/x-amz-json-1.0",
            &request_id(1),
            date(SystemTime::UNIX_EPOCH),
        );
        let names: Vec<_> = response.headers.keys().map(HeaderName::as_str).collect();
        assert_eq!(names, HEADER_ORDER.each_ref().map(HeaderName::as_str));
        assert_eq!(names, HEADER_CASE.map(str::to_ascii_lowercase));
        assert_eq!(names, HEADER_ORDER.each_ref().map(HeaderName::as_str));
        assert_eq!(response.headers[header::DATE], "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn request_ids_are_52_characters_and_differ() {
        let ids: std::collections::HashSet<_> = (0..1000).map(request_id).collect();
        assert_eq!(ids.len(), 1000);
        assert!(ids.iter().all(|id| is_service_request_id(id)));
    }

    #[test]
    fn dates_are_those_of_their_seconds_in_whatever_order_they_are_asked_about() {
        let dates = Dates::default();
        let second = Duration::from_secs(1);
        let epoch = SystemTime::UNIX_EPOCH;
        let never = [epoch - second, epoch + Duration::from_secs(253_402_300_800)];
        for now in [epoch, epoch + second / 2, epoch + second, epoch, never[0], never[1]] {
            assert_eq!(dates.at(now), date(now), "{now:?}");
        }
        assert_eq!(never.map(date), [None, None]);
        assert_eq!(date(epoch + second).unwrap(), "Thu, 01 Jan 1970 00:00:01 GMT");
    }
}
