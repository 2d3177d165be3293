//! Whose credentials to sign with.

use std::{error::Error, fmt};

pub use aws_credential_types::Credentials;

use crate::backend::BoxFuture;

/// Gives credentials, each time one is about to sign.
pub trait CredentialSource: fmt::Debug + Send + Sync {
    /// The credentials to use now.
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>>;
}

/// No credentials to be had.
#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    /// The source was asked and has none.
    #[error("the credential chain gave none")]
    Source(#[source] Box<dyn Error + Send + Sync>),
    /// The source did not answer in time.
    #[error("the credential chain gave none in time")]
    Slow,
    /// Neither the endpoint nor the request tells the region to sign for.
    #[error("the region to sign for is unknown: neither the upstream's name nor the request tells")]
    Region,
    /// The request cannot be made into one for the upstream.
    #[error("the request cannot be made into one for the upstream")]
    Request(#[source] Box<dyn Error + Send + Sync>),
}

/// Always the same credentials, known beforehand. Shows the access key id and never the rest.
#[derive(Clone, Debug)]
pub struct Fixed(Credentials);

impl Fixed {
    /// A key pair, and the token if it is temporary.
    #[must_use]
    pub fn new(access_key_id: &str, secret_access_key: &str, session_token: Option<&str>) -> Self {
        let token = session_token.map(str::to_owned);
        Self(Credentials::new(access_key_id, secret_access_key, token, None, "fixed"))
    }
}

impl CredentialSource for Fixed {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        let credentials = self.0.clone();
        Box::pin(async { Ok(credentials) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_no_secret() {
        let shown = format!("{:?}", Fixed::new("AKIAIOSFODNN7EXAMPLE", "hidden", Some("hidden")));
        assert!(shown.contains("AKIAIOSFODNN7EXAMPLE") && !shown.contains("hidden"), "{shown}");
    }
}
