//! Who the server is when it speaks TLS: a certificate and key from files, or made for this
//! machine.

use std::{
    fmt, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use rustls_pki_types::{
    CertificateDer, PrivateKeyDer,
    pem::{self, PemObject as _},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{self, ServerConfig, crypto::ring},
};

/// A certificate chain and its private key.
pub struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

/// No identity to be had.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not there or cannot be read.
    #[error("cannot read {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        #[source]
        cause: io::Error,
    },
    /// A file was read, but it does not hold what it should.
    #[error("{} holds no {wanted} in PEM form", path.display())]
    Pem {
        /// The file.
        path: PathBuf,
        /// `certificate` or `private key`.
        wanted: &'static str,
        /// Why not.
        #[source]
        cause: Option<pem::Error>,
    },
    /// The key does not belong to the certificate, or is of a kind that cannot be used.
    #[error("the certificate and the key cannot be used together")]
    Unusable(#[from] rustls::Error),
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
}

impl Identity {
    /// Reads a certificate chain, the server's own first, and its key from PEM files.
    ///
    /// # Errors
    ///
    /// When a file cannot be read or holds something else, or the two do not fit.
    pub fn from_files(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let chain = certificates(certificate)?;
        let text = read(key)?;
        let key = PrivateKeyDer::from_pem_slice(&text)
            .map_err(|cause| no_pem(key, "private key", Some(cause)))?;
        let identity = Self { chain, key };
        identity.config()?;
        Ok(identity)
    }

    /// Makes a certificate, signed by itself, for these host names and addresses. Clients must be
    /// told to trust it: the text, its PEM form, is for their `AWS_CA_BUNDLE`.
    ///
    /// # Errors
    ///
    /// When a name is not one, or there is no randomness.
    pub fn made_for(names: &[&str]) -> Result<(Self, String), TlsError> {
        let names = names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let made = rcgen::generate_simple_self_signed(names)?;
        let key = PrivateKeyDer::Pkcs8(made.signing_key.serialize_der().into());
        let text = made.cert.pem();
        Ok((Self { chain: vec![made.cert.into()], key }, text))
    }

    /// A certificate that was signed by somebody, and its key.
    pub(super) fn signed(
        certificate: CertificateDer<'static>,
        key: PrivateKeyDer<'static>,
    ) -> Self {
        Self { chain: vec![certificate], key }
    }

    /// The server's own certificate.
    #[must_use]
    pub fn certificate(&self) -> Option<&CertificateDer<'static>> {
        self.chain.first()
    }

    /// What accepts TLS connections as this identity.
    ///
    /// # Errors
    ///
    /// When the key does not fit the certificate.
    pub fn acceptor(&self) -> Result<TlsAcceptor, TlsError> {
        Ok(TlsAcceptor::from(Arc::new(self.config()?)))
    }

    /// The provider is named, so that it does not matter which others are linked.
    fn config(&self) -> Result<ServerConfig, rustls::Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(self.chain.clone(), self.key.clone_key())?;
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl Clone for Identity {
    fn clone(&self) -> Self {
        Self { chain: self.chain.clone(), key: self.key.clone_key() }
    }
}

/// Never the key.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").field("certificates", &self.chain.len()).finish_non_exhaustive()
    }
}

/// Reads the certificates of a PEM file.
///
/// # Errors
///
/// When it cannot be read or holds none.
pub fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(path)?;
    match CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>() {
        Ok(chain) if !chain.is_empty() => Ok(chain),
        other => Err(no_pem(path, "certificate", other.err())),
    }
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    std::fs::read(path).map_err(|cause| TlsError::Read { path: path.into(), cause })
}

fn no_pem(path: &Path, wanted: &'static str, cause: Option<pem::Error>) -> TlsError {
    TlsError::Pem { path: path.into(), wanted, cause }
}
