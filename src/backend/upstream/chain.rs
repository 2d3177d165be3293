//! The credential chain of the AWS SDKs: environment, profiles (SSO, assumed roles, processes),
//! web identity, containers, instance metadata.
//!
//! The chain itself is theirs; kept here is only what it gave, until shortly before it expires.

use std::{
    error::Error,
    fmt,
    sync::Arc,
    time::{Duration, SystemTime},
};

use aws_config::BehaviorVersion;
use aws_credential_types::provider::{ProvideCredentials as _, SharedCredentialsProvider};
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use tokio::sync::Mutex;

use super::credentials::{CredentialSource, Credentials, CredentialsError};
use crate::{backend::BoxFuture, clock::Clock};

/// Credentials are renewed this long before they expire.
const EARLY: Duration = Duration::from_secs(5 * 60);

/// Credentials without an expiry are asked for again after this: a file may have been edited.
const FRESH: Duration = Duration::from_secs(15 * 60);

/// A failure is remembered this long, so that a burst of requests does not wait for the chain's
/// timeouts one after the other.
const FAILED: Duration = Duration::from_secs(5);

/// How long the chain may take: it may ask a browser login's cache, STS or instance metadata.
const PATIENCE: Duration = Duration::from_secs(20);

/// The SDKs' credential chain, asked when credentials are first needed.
#[derive(Debug)]
pub struct AwsChain {
    profile: Option<String>,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    provider: Option<SharedCredentialsProvider>,
    last: Option<(Result<Credentials, Failed>, SystemTime)>,
}

impl AwsChain {
    /// The chain, starting from this profile or else from what the environment says.
    #[must_use]
    pub fn new(profile: Option<String>, clock: Arc<dyn Clock>) -> Self {
        Self { profile, clock, state: Mutex::default() }
    }

    async fn current(&self) -> Result<Credentials, CredentialsError> {
        // Held while the chain is asked, so that one of many waiting requests asks for all.
        let mut state = self.state.lock().await;
        let now = self.clock.now();
        if let Some((last, until)) = &state.last
            && now < *until
        {
            return last.clone().map_err(|cause| CredentialsError::Source(cause.into()));
        }
        let asked = tokio::time::timeout(PATIENCE, self.ask(&mut state.provider)).await;
        let fresh = asked.map_err(|_| CredentialsError::Slow)?;
        let until = match &fresh {
            Ok(credentials) => credentials.expiry().map_or(now + FRESH, |expiry| {
                // What expires sooner than that is asked for again each time.
                expiry.checked_sub(EARLY).unwrap_or(now)
            }),
            Err(_) => now + FAILED,
        };
        state.last = Some((fresh.clone(), until));
        fresh.map_err(|cause| CredentialsError::Source(cause.into()))
    }

    async fn ask(
        &self,
        provider: &mut Option<SharedCredentialsProvider>,
    ) -> Result<Credentials, Failed> {
        if provider.is_none() {
            *provider = self.load().await;
        }
        let Some(provider) = provider else {
            let empty: Box<dyn Error + Send + Sync> = "it is empty".into();
            return Err(Failed(empty.into()));
        };
        provider.provide_credentials().await.map_err(|cause| Failed(Arc::new(cause)))
    }

    /// Reads the environment and the profile files. Their HTTP client gets our crypto provider;
    /// the default one would link a second.
    async fn load(&self) -> Option<SharedCredentialsProvider> {
        let client = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let mut loader = aws_config::defaults(BehaviorVersion::v2026_01_12()).http_client(client);
        if let Some(profile) = &self.profile {
            loader = loader.profile_name(profile);
        }
        loader.load().await.credentials_provider()
    }
}

impl CredentialSource for AwsChain {
    fn credentials(&self) -> BoxFuture<'_, Result<Credentials, CredentialsError>> {
        Box::pin(self.current())
    }
}

/// Why the chain gave nothing; shared between those who waited for it.
#[derive(Clone, Debug)]
struct Failed(Arc<dyn Error + Send + Sync>);

impl fmt::Display for Failed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Failed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
