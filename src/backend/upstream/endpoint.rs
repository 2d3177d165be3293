//! Where an upstream is: what `--upstream` can say, and what a host name tells about it.

use std::{fmt, str::FromStr};

use http::{
    Uri,
    uri::{Authority, PathAndQuery, Scheme},
};

use crate::wire::Service;

/// The DNS suffixes of AWS's partitions, by what their regions start with; the last is for all
/// others. (The partitions file of the SDKs, which changes about once a year.)
const PARTITIONS: [(&str, &str); 7] = [
    ("cn-", "amazonaws.com.cn"),
    ("us-iso-", "c2s.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov"),
    ("us-isof-", "csp.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk"),
    ("eusc-", "amazonaws.eu"),
    ("", "amazonaws.com"),
];

/// The suffix of the endpoints that have IPv6 too.
const DUAL_STACK: &str = "api.aws";

/// What stands before the region in the name of an endpoint. (`streams-` for the dual-stack
/// endpoints of Streams is inferred.)
const LABELS: [&str; 6] =
    ["dynamodb", "dynamodb-fips", "streams-dynamodb", "streams-dynamodb-fips", "ddb", "ddb-fips"];

/// The address of an upstream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    dynamodb: Uri,
    streams: Uri,
    region: Option<String>,
    aws: bool,
}

/// A text that is no address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no upstream: {problem}")]
pub struct EndpointError {
    /// The text.
    pub text: String,
    /// What is wrong with it.
    pub problem: EndpointProblem,
}

/// What is wrong with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EndpointProblem {
    /// It does not start with `http://` or `https://`.
    #[error("expected `aws` or an address that starts with http:// or https://")]
    Scheme,
    /// It is not an address at all.
    #[error("it is not a valid address")]
    Address,
    /// It has a query.
    #[error("it must not have a query")]
    Query,
    /// The region is not one.
    #[error("the region must be letters, digits and hyphens, as in eu-west-1")]
    Region,
}

impl Endpoint {
    /// The service's own endpoints in a region.
    ///
    /// # Errors
    ///
    /// When `region` cannot be part of a host name.
    pub fn aws(region: &str) -> Result<Self, EndpointError> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let wrong = |problem| EndpointError { text: region.to_owned(), problem };
        if region.is_empty() || !region.bytes().all(fits) {
            return Err(wrong(EndpointProblem::Region));
        }
        let suffix = PARTITIONS
            .iter()
            .find(|(prefix, _)| region.starts_with(prefix))
            .map_or("amazonaws.com", |(_, suffix)| suffix);
        let uri = |host: &str| {
            Uri::from_str(&format!("https://{host}.{region}.{suffix}/"))
                .map_err(|_| wrong(EndpointProblem::Region))
        };
        Ok(Self {
            dynamodb: uri("dynamodb")?,
            streams: uri("streams.dynamodb")?,
            region: Some(region.to_owned()),
            aws: true,
        })
    }

    /// The address for calls to a service.
    #[must_use]
    pub fn uri(&self, service: Service) -> &Uri {
        match service {
            Service::DynamoDb => &self.dynamodb,
            Service::Streams => &self.streams,
        }
    }

    /// The region, if the address tells.
    #[must_use]
    pub fn region(&self) -> Option<&str> {
        self.region.as_deref()
    }

    /// Whether this is AWS itself, which verifies signatures.
    #[must_use]
    pub fn is_aws(&self) -> bool {
        self.aws
    }

    /// Whether calls go through TLS.
    #[must_use]
    pub fn is_tls(&self) -> bool {
        self.dynamodb.scheme() == Some(&Scheme::HTTPS)
    }
}

/// An address: `http[s]://host[:port][/path]`. One of the service's own regional endpoints
/// stands for the Streams endpoint beside it too.
impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let wrong = |problem| EndpointError { text: text.to_owned(), problem };
        if !["http://", "https://"].iter().any(|scheme| text.starts_with(scheme)) {
            return Err(wrong(EndpointProblem::Scheme));
        }
        let uri: Uri = text.parse().map_err(|_| wrong(EndpointProblem::Address))?;
        if uri.query().is_some() {
            return Err(wrong(EndpointProblem::Query));
        }
        let host = uri.host().unwrap_or_default();
        if host.is_empty() || uri.authority().is_some_and(|name| name.as_str().contains('@')) {
            return Err(wrong(EndpointProblem::Address));
        }
        let aws = is_aws(host);
        let region = if aws { region_of(host) } else { None };
        let streams = match host.strip_prefix("dynamodb.") {
            Some(rest) if aws => with_host(&uri, &format!("streams.dynamodb.{rest}")),
            _ => None,
        };
        Ok(Self {
            streams: streams.unwrap_or_else(|| uri.clone()),
            region: region.map(str::to_owned),
            dynamodb: uri,
            aws,
        })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.dynamodb.to_string().trim_end_matches('/'))
    }
}

/// The domains that hold AWS's endpoints, all partitions together.
pub fn domains() -> impl Iterator<Item = &'static str> {
    PARTITIONS.iter().map(|(_, suffix)| *suffix).chain([DUAL_STACK])
}

/// Whether a host is one of DynamoDB's own: regional, FIPS, of an account, dual-stack, or of a VPC
/// endpoint, and that of Streams beside it.
#[must_use]
pub fn is_dynamodb(host: &str) -> bool {
    region_of_dynamodb(host).is_some()
}

/// The region of a host that is one of DynamoDB's own.
#[must_use]
pub fn region_of_dynamodb(host: &str) -> Option<String> {
    let host = host.to_ascii_lowercase();
    let region = if is_aws(&host) { region_of(&host) } else { None };
    region.filter(|region| region.contains('-')).map(str::to_owned)
}

fn is_aws(host: &str) -> bool {
    // The full stop before the suffix matters: `notamazonaws.com` is somebody else's.
    domains().any(|suffix| {
        host.strip_suffix(suffix).is_some_and(|name| name.ends_with('.') && name.len() > 1)
    })
}

/// The label after the service's: `eu-west-1` in `dynamodb.eu-west-1.amazonaws.com`,
/// `123456789012.ddb.eu-west-1.amazonaws.com` and `vpce-0.dynamodb.eu-west-1.vpce.amazonaws.com`.
fn region_of(host: &str) -> Option<&str> {
    let mut labels = host.split('.');
    labels.find(|label| LABELS.contains(label))?;
    labels.next()
}

fn with_host(uri: &Uri, host: &str) -> Option<Uri> {
    let authority = match uri.port() {
        Some(port) => Authority::try_from(format!("{host}:{port}")),
        None => Authority::try_from(host),
    };
    let mut parts = uri.clone().into_parts();
    parts.authority = Some(authority.ok()?);
    parts.path_and_query = parts.path_and_query.or(Some(PathAndQuery::from_static("/")));
    Uri::from_parts(parts).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_region_has_two_endpoints_in_its_partition() {
        for (region, host) in [
            ("eu-west-1", "dynamodb.eu-west-1.amazonaws.com"),
            ("us-gov-west-1", "dynamodb.us-gov-west-1.amazonaws.com"),
            ("cn-north-1", "dynamodb.cn-north-1.amazonaws.com.cn"),
            ("us-isob-east-1", "dynamodb.us-isob-east-1.sc2s.sgov.gov"),
            ("eusc-de-east-1", "dynamodb.eusc-de-east-1.amazonaws.eu"),
        ] {
            let endpoint = Endpoint::aws(region).expect(region);
            assert_eq!(endpoint.uri(Service::DynamoDb).to_string(), format!("https://{host}/"));
            assert_eq!(
                endpoint.uri(Service::Streams).to_string(),
                format!("https://streams.{host}/")
            );
            assert_eq!(endpoint.region(), Some(region));
            let parsed: Endpoint = format!("https://{host}/").parse().expect(host);
            assert_eq!(parsed, endpoint);
        }
        for wrong in ["", "eu west", "a.b", "eu-west-1/"] {
            assert_eq!(Endpoint::aws(wrong).expect_err(wrong).problem, EndpointProblem::Region);
        }
    }

    #[test]
    fn a_host_tells_whether_it_is_aws_and_where() {
        for (address, aws, region) in [
            ("https://123456789012.ddb.eu-west-1.amazonaws.com", true, Some("eu-west-1")),
            ("https://dynamodb-fips.us-east-2.amazonaws.com", true, Some("us-east-2")),
            ("https://dynamodb.us-east-2.api.aws", true, Some("us-east-2")),
            ("https://vpce-1.dynamodb.eu-west-1.vpce.amazonaws.com", true, Some("eu-west-1")),
            ("http://localhost:8000", false, None),
            ("http://dynamodb.eu-west-1.amazonaws.com.evil.example", false, None),
            ("https://notamazonaws.com", false, None),
            ("http://[::1]:8000/base", false, None),
        ] {
            let endpoint: Endpoint = address.parse().expect(address);
            assert_eq!((endpoint.is_aws(), endpoint.region()), (aws, region), "{address}");
            assert_eq!(endpoint.to_string(), address);
        }
    }

    #[test]
    fn only_hosts_of_dynamodb_itself_are_taken_for_it() {
        for (host, yes) in [
            ("dynamodb.us-east-1.amazonaws.com", true),
            ("DynamoDB.us-east-1.amazonaws.com", true),
            ("streams.dynamodb.eu-west-1.amazonaws.com", true),
            ("123456789012.ddb.eu-west-1.amazonaws.com", true),
            ("dynamodb-fips.us-east-2.amazonaws.com", true),
            ("dynamodb.us-east-2.api.aws", true),
            ("dynamodb.cn-north-1.amazonaws.com.cn", true),
            ("s3.us-east-1.amazonaws.com", false),
            ("sts.us-east-1.amazonaws.com", false),
            ("dynamodb.s3.amazonaws.com", false),
            ("dynamodb.us-east-1.amazonaws.com.evil.example", false),
            ("localhost", false),
        ] {
            assert_eq!(is_dynamodb(host), yes, "{host}");
            let label = host.split('.').find(|label| label.matches('-').count() == 2);
            assert_eq!(region_of_dynamodb(host).as_deref(), label.filter(|_| yes), "{host}");
        }
    }

    #[test]
    fn tells_what_is_wrong() {
        for (text, problem) in [
            ("localhost:8000", EndpointProblem::Scheme),
            ("ftp://a", EndpointProblem::Scheme),
            ("http://", EndpointProblem::Address),
            ("http://a b", EndpointProblem::Address),
            ("http://user:secret@a", EndpointProblem::Address),
            ("http://a/?b=c", EndpointProblem::Query),
        ] {
            assert_eq!(text.parse::<Endpoint>().expect_err(text).problem, problem);
        }
    }
}
