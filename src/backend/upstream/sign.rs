//! Signing a request anew with Signature Version 4.
//!
//! A client signs for the host that it sends to, which is the proxy; the service would refuse
//! that. So what the client signed with is taken off and a new signature put on.

use std::{error::Error, fmt, sync::Arc, time::SystemTime};

use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use http::{HeaderMap, HeaderName, HeaderValue, Uri, header};

use super::credentials::{CredentialSource, Credentials, CredentialsError};
use crate::wire::X_AMZ_SECURITY_TOKEN;

/// Streams are signed for under this name too.
const SERVICE: &str = "dynamodb";

/// What a client's signature consists of.
const SIGNATURE: [HeaderName; 5] = [
    header::AUTHORIZATION,
    header::DATE,
    X_AMZ_SECURITY_TOKEN,
    HeaderName::from_static("x-amz-date"),
    HeaderName::from_static("x-amz-content-sha256"),
];

/// What to do with the client's signature.
#[derive(Clone)]
pub enum Sign {
    /// Send it on as it is: for emulators, which verify none.
    Keep,
    /// Replace it.
    With {
        /// Whose credentials to sign with.
        source: Arc<dyn CredentialSource>,
        /// The region to sign for; if `None`, the endpoint's, else the one the client signed for.
        region: Option<String>,
    },
}

impl fmt::Debug for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keep => f.write_str("Keep"),
            Self::With { source, region } => {
                f.debug_struct("With").field("source", source).field("region", region).finish()
            }
        }
    }
}

/// Whether the client's signature covers this header (in small letters).
pub(super) fn covers(headers: &HeaderMap, header: &str) -> bool {
    let signature = headers.get(http::header::AUTHORIZATION);
    let signature = signature.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let signed = signature.split_once("SignedHeaders=").map_or("", |(_, rest)| rest);
    signed.split(',').next().unwrap_or_default().split(';').any(|name| name.trim() == header)
}

/// Replaces the signature among `headers`, which must have a `Host`. Signed are the headers
/// that say what is asked for: `content-type`, `host` and all of `x-amz-*`.
pub(super) fn sign_anew(
    headers: &mut HeaderMap,
    uri: &Uri,
    body: &[u8],
    credentials: &Credentials,
    region: &str,
    now: SystemTime,
) -> Result<(), CredentialsError> {
    for name in SIGNATURE {
        headers.remove(name);
    }
    let identity = Identity::from(credentials.clone());
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .map_err(refused)?
        .into();
    let signed = headers.iter().filter_map(|(name, value)| {
        let covered = [header::CONTENT_TYPE, header::HOST].contains(name)
            || name.as_str().starts_with("x-amz-");
        // A value that is not text cannot be signed; it is sent on without.
        covered.then(|| value.to_str().ok().map(|value| (name.as_str(), value))).flatten()
    });
    let request = SignableRequest::new("POST", uri.to_string(), signed, SignableBody::Bytes(body));
    let (instructions, _) =
        sign(request.map_err(refused)?, &parameters).map_err(refused)?.into_parts();
    let (added, _) = instructions.into_parts();
    for header in added {
        let mut value = HeaderValue::try_from(header.value()).map_err(refused)?;
        value.set_sensitive(header.sensitive());
        headers.insert(HeaderName::from_static(header.name()), value);
    }
    Ok(())
}

pub(super) fn refused(cause: impl Error + Send + Sync + 'static) -> CredentialsError {
    CredentialsError::Request(cause.into())
}
