//! Which secrets are in use right now, so that none of them is ever written to a file.
//!
//! Whatever handles credentials (the proxy its clients', the upstream those it signs with) notes
//! them here; whoever writes a file looks for them first (record-replay R25).

use std::{
    collections::{BTreeSet, VecDeque},
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::{HeaderName, header::AUTHORIZATION};

use super::{Request, sigv4};

/// The header that carries the token of temporary credentials.
pub const X_AMZ_SECURITY_TOKEN: HeaderName = HeaderName::from_static("x-amz-security-token");

/// What is shorter is no secret: access key ids have 16 characters or more, and the `test` and
/// `dummy` of local set-ups would be found in any data.
const SHORTEST: usize = 16;

/// How many signatures are remembered: each request has its own, and each is worthless after
/// minutes.
const SIGNATURES: usize = 1024;

/// The secrets in use; clones share them.
#[derive(Clone, Default)]
pub struct LiveSecrets {
    known: Arc<Mutex<Known>>,
}

#[derive(Default)]
struct Known {
    lasting: BTreeSet<Box<str>>,
    signatures: VecDeque<String>,
}

impl LiveSecrets {
    /// Notes a secret: an access key id, a secret key, a session token.
    pub fn add(&self, secret: &str) {
        let mut known = self.known();
        if secret.len() >= SHORTEST && !known.lasting.contains(secret) {
            known.lasting.insert(secret.into());
        }
    }

    /// Notes what a client's request gives away: its access key id, signature and session token,
    /// in the headers or in the query.
    pub fn add_from(&self, request: &Request) {
        if let Some(token) = request.header(&X_AMZ_SECURITY_TOKEN) {
            self.add(token);
        }
        let header = request.header(&AUTHORIZATION).unwrap_or_default();
        for part in sigv4::parts(header) {
            match part {
                ("Credential", value) => self.add(access_key(value, "/")),
                ("Signature", value) => self.add_signature(value),
                _ => {}
            }
        }
        for pair in request.query.as_deref().unwrap_or_default().split('&') {
            match pair.split_once('=') {
                Some(("X-Amz-Credential", value)) => {
                    self.add(access_key(access_key(value, "/"), "%2F"));
                }
                Some(("X-Amz-Signature", value)) => self.add_signature(value),
                Some(("X-Amz-Security-Token", value)) => self.add(value),
                _ => {}
            }
        }
    }

    /// All of them, longest first, so that one which contains another is found before it.
    #[must_use]
    pub fn all(&self) -> Vec<Box<str>> {
        let known = self.known();
        let signatures = known.signatures.iter().map(|signature| signature.as_str().into());
        let mut all: Vec<_> = known.lasting.iter().cloned().chain(signatures).collect();
        all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        all
    }

    fn add_signature(&self, signature: &str) {
        let mut known = self.known();
        if signature.len() >= SHORTEST {
            let full = known.signatures.len() == SIGNATURES;
            // All are of one length: the memory of the oldest holds the newest.
            let oldest = if full { known.signatures.pop_front() } else { None };
            let mut oldest = oldest.unwrap_or_default();
            oldest.clear();
            oldest.push_str(signature);
            known.signatures.push_back(oldest);
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `AKID` of `AKID/20260101/us-east-1/dynamodb/aws4_request`.
fn access_key<'a>(credential: &'a str, separator: &str) -> &'a str {
    credential.split_once(separator).map_or(credential, |(key, _)| key)
}

impl fmt::Debug for LiveSecrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.known();
        write!(f, "LiveSecrets({} and {} signatures)", known.lasting.len(), known.signatures.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Operation;

    fn seen(authorization: &str, token: Option<&str>, query: Option<&str>) -> Vec<String> {
        let mut request = Request::of(Operation::ListTables, "{}");
        request.headers.insert(AUTHORIZATION, authorization.parse().expect("header"));
        if let Some(token) = token {
            request.headers.insert(X_AMZ_SECURITY_TOKEN, token.parse().expect("header"));
        }
        request.query = query.map(Into::into);
        let secrets = LiveSecrets::default();
        secrets.add_from(&request);
        secrets.all().into_iter().map(String::from).collect()
    }

    #[test]
    fn a_request_gives_away_its_key_signature_and_token() {
        let header = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20260101/eu-west-1/dynamodb/aws4_request, \
                      SignedHeaders=host;x-amz-date, Signature=0123456789abcdef0123";
        assert_eq!(
            seen(header, Some("a-token-of-some-length"), None),
            ["a-token-of-some-length", "AKIAIOSFODNN7EXAMPLE", "0123456789abcdef0123"]
        );
        let query =
            "X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20260101&X-Amz-Signature=0123456789abcdef0123";
        assert_eq!(
            seen("none", None, Some(query)),
            ["AKIAIOSFODNN7EXAMPLE", "0123456789abcdef0123"]
        );
    }

    #[test]
    fn dummy_credentials_are_no_secret() {
        assert!(
            seen("AWS4-HMAC-SHA256 Credential=test/a, Signature=0", Some("fake"), None).is_empty()
        );
    }

    #[test]
    fn shows_none_of_them() {
        let secrets = LiveSecrets::default();
        secrets.add("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
        assert_eq!(format!("{secrets:?}"), "LiveSecrets(1 and 0 signatures)");
    }

    #[test]
    fn old_signatures_are_forgotten() {
        let secrets = LiveSecrets::default();
        for at in 0..2 * SIGNATURES {
            secrets.add_signature(&format!("{at:064}"));
        }
        assert_eq!(secrets.all().len(), SIGNATURES);
    }
}
