//! Reading a Signature Version 4 `Authorization`: its parts, or the service's own complaint.
//!
//! An emulator cannot verify a signature (it has no secret) and need not: what clients notice is
//! whether the material is there. Texts: aws-facts 2.3.

use std::borrow::Cow;

use http::{HeaderName, header};

use super::{Fault, Request};

/// When a request was signed.
const X_AMZ_DATE: HeaderName = HeaderName::from_static("x-amz-date");

/// Whose credentials sign, for which day, region and service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The access key id.
    pub access_key: Cow<'a, str>,
    /// `yyyymmdd`.
    pub date: Cow<'a, str>,
    /// The region the client believes it talks to.
    pub region: Cow<'a, str>,
}

/// Reads the request's authentication material.
///
/// # Errors
///
/// The service's answer when it is missing, incomplete or given twice.
pub fn authenticate(request: &Request) -> Result<Scope<'_>, Fault> {
    let header = request.header(&header::AUTHORIZATION).filter(|text| text.starts_with("AWS4-"));
    let query = request.query.as_deref().filter(|query| query.contains("X-Amz-"));
    match (header, query) {
        (Some(_), Some(query)) if parameter(query, "X-Amz-Algorithm").is_some() => Err(Fault::new(
            "InvalidSignatureException",
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
        )),
        (Some(header), _) => from_header(request, header),
        (None, Some(query)) => from_query(query),
        (None, None) => Err(Fault::new(
            "MissingAuthenticationTokenException",
            "Request is missing Authentication Token",
        )),
    }
}

/// The region the client signed for, if it says.
#[must_use]
pub fn region_of(request: &Request) -> Option<String> {
    let region = authenticate(request).ok()?.region;
    (!region.is_empty()).then(|| region.into_owned())
}

fn from_header<'a>(request: &Request, header: &'a str) -> Result<Scope<'a>, Fault> {
    const NEEDED: [&str; 3] = ["Credential", "Signature", "SignedHeaders"];
    let mut found = [None; NEEDED.len()];
    for (name, value) in parts(header) {
        if let Some(at) = NEEDED.iter().position(|needed| *needed == name) {
            found[at].get_or_insert(value);
        }
    }
    let dated = [&X_AMZ_DATE, &header::DATE].iter().any(|name| request.headers.contains_key(*name));
    let mut missing = String::new();
    for (name, _) in NEEDED.iter().zip(found).filter(|(_, found)| found.is_none()) {
        missing.push_str(&format!("Authorization header requires '{name}' parameter. "));
    }
    if !dated {
        missing.push_str(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ",
        );
    }
    match found[0] {
        Some(credential) if missing.is_empty() => Ok(scope(credential, Cow::Borrowed)),
        _ => Err(Fault::new(
            "IncompleteSignatureException",
            format!("{missing}Authorization={header}"),
        )),
    }
}

/// The named parts of the header, with blanks or commas between them. Every request comes by here,
/// and to split by a choice of characters takes several times as long.
pub(super) fn parts(header: &str) -> impl Iterator<Item = (&str, &str)> {
    let ends = memchr::memchr2_iter(b',', b' ', header.as_bytes()).chain([header.len()]);
    let parts = ends.scan(0, |from, end| Some(&header[std::mem::replace(from, end + 1)..end]));
    parts.filter_map(|part| {
        // Names are short.
        let equals = part.bytes().position(|byte| byte == b'=')?;
        Some((part[..equals].trim_start(), part[equals + 1..].trim_end()))
    })
}

fn from_query(query: &str) -> Result<Scope<'static>, Fault> {
    const NEEDED: [&str; 5] = [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Signature",
        "X-Amz-SignedHeaders",
        "X-Amz-Date",
    ];
    let missing: String = NEEDED
        .iter()
        .filter(|name| parameter(query, name).is_none())
        .map(|name| format!("AWS query-string parameters must include '{name}'. "))
        .collect();
    match parameter(query, "X-Amz-Credential") {
        Some(credential) if missing.is_empty() => {
            let credential = credential.replace("%2F", "/");
            Ok(scope(&credential, |part| Cow::Owned(part.to_owned())))
        }
        _ => Err(Fault::new(
            "IncompleteSignatureException",
            format!("{missing}Re-examine the query-string parameters."),
        )),
    }
}

/// A parameter's value; an empty one counts as missing.
fn parameter<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(key, value)| *key == name && !value.is_empty()).map(|(_, value)| value)
}

/// `AKID/20260101/us-east-1/dynamodb/aws4_request`; what is not there is empty.
fn scope<'a, 'b>(credential: &'a str, part: impl Fn(&'a str) -> Cow<'b, str>) -> Scope<'b> {
    let mut parts = credential.split('/');
    let mut next = || part(parts.next().unwrap_or_default());
    Scope { access_key: next(), date: next(), region: next() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::{Operation, Target};

    fn complaint(
        authorization: Option<&str>,
        query: Option<&str>,
        dated: bool,
    ) -> Result<String, String> {
        let mut request = Request::made(Target::Known(Operation::ListTables), "{}");
        request.headers.remove("authorization");
        if let Some(value) = authorization {
            request.headers.insert("authorization", value.parse().expect("header"));
        }
        if !dated {
            request.headers.remove("x-amz-date");
        }
        request.query = query.map(Into::into);
        authenticate(&request)
            .map(|scope| [scope.access_key, scope.date, scope.region].join(" "))
            .map_err(|fault| format!("{}: {}", fault.kind, fault.message.unwrap_or_default()))
    }

    #[test]
    fn complains_as_the_service_does() {
        let full = "AWS4-HMAC-SHA256 Credential=AK/20260101/eu-west-1/dynamodb/aws4_request,SignedHeaders=host,Signature=0";
        assert_eq!(complaint(Some(full), None, true).as_deref(), Ok("AK 20260101 eu-west-1"));
        let query = "X-Amz-Algorithm=a&X-Amz-Credential=AK%2F20260101%2Feu-west-1&X-Amz-Signature=s&X-Amz-SignedHeaders=h&X-Amz-Date=d";
        assert_eq!(complaint(None, Some(query), true).as_deref(), Ok("AK 20260101 eu-west-1"));
        // Blanks, commas or both stand between parts.
        let spaced = full.replace(',', " ,  ");
        assert_eq!(complaint(Some(&spaced), None, true).as_deref(), Ok("AK 20260101 eu-west-1"));
        for (authorization, query, dated, text) in [
            (
                None,
                None,
                true,
                "MissingAuthenticationTokenException: Request is missing Authentication Token",
            ),
            (
                Some("Basic x"),
                None,
                true,
                "MissingAuthenticationTokenException: Request is missing Authentication Token",
            ),
            (
                Some("AWS4-HMAC-SHA256 Credential=a"),
                None,
                false,
                "IncompleteSignatureException: Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. Authorization=AWS4-HMAC-SHA256 Credential=a",
            ),
            (
                None,
                Some("X-Amz-Algorithm=&X-Amz-Credential=a&X-Amz-Date=d"),
                true,
                "IncompleteSignatureException: AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must include 'X-Amz-Signature'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters.",
            ),
            (
                Some(full),
                Some("X-Amz-Algorithm=a"),
                true,
                "InvalidSignatureException: Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header.",
            ),
        ] {
            assert_eq!(complaint(authorization, query, dated).expect_err(text), text);
        }
    }
}
