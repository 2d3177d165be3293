//! The certificate authority of this machine: made once, kept with its user, believed for hosts
//! of AWS only.

use std::{
    collections::HashMap,
    fmt, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use tokio_rustls::TlsAcceptor;

use crate::{
    backend::upstream::domains,
    clock::Clock,
    proxy::tls::{Identity, TlsError},
};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);
const LIFE: Duration = Duration::from_secs(2 * 365 * 24 * 60 * 60);
/// A certificate for a host; a new one is made when half of this is over.
const LEAF_LIFE: Duration = Duration::from_secs(2 * 24 * 60 * 60);
/// What stands before the key in its file, and before the time of its end.
const UNTIL: &str = "dynatape: certificate authority until ";

/// A certificate authority, and the certificates it has signed so far.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    path: PathBuf,
    leaf_key: KeyPair,
    clock: Arc<dyn Clock>,
    made: Mutex<HashMap<String, (SystemTime, TlsAcceptor)>>,
}

/// No authority to be had.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// Its folder or one of its files cannot be read or written.
    #[error("cannot use {}", .0.display())]
    File(PathBuf, #[source] io::Error),
    /// Whoever has the key can pretend to be AWS to this user.
    #[error("{} can be read by others: delete it, and a new one is made", .0.display())]
    Exposed(PathBuf),
    /// The file holds something else.
    #[error("{} is not the key of an authority: delete it, and a new one is made", .0.display())]
    Damaged(PathBuf),
    /// A certificate could not be made.
    #[error("cannot make a certificate")]
    Make(#[from] rcgen::Error),
}

impl Authority {
    /// The authority kept in this folder, made if there is none or if it is at its end.
    ///
    /// # Errors
    ///
    /// When a file cannot be used, or others can read the key.
    pub fn kept_in(folder: &Path, clock: Arc<dyn Clock>) -> Result<Self, AuthorityError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |cause| AuthorityError::File(path, cause)
        };
        make_private(folder).map_err(at(folder))?;
        let (key_path, path) = (folder.join("ca-key.pem"), folder.join("ca.pem"));
        let now = clock.now();
        let mut kept = read_key(&key_path)?;
        if kept.as_ref().is_some_and(|(until, _)| *until <= now + DAY) {
            fs::remove_file(&key_path).map_err(at(&key_path))?;
            kept = None;
        }
        let renewed = kept.is_none();
        let (until, key) = match kept {
            Some(kept) => kept,
            None => {
                let until = (now + LIFE).duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
                let text = format!("{UNTIL}{until}\n{}", KeyPair::generate()?.serialize_pem());
                // A temporary file is its user's alone from the beginning.
                let mut file = tempfile::NamedTempFile::new_in(folder).map_err(at(folder))?;
                file.write_all(text.as_bytes()).map_err(at(&key_path))?;
                match file.persist_noclobber(&key_path) {
                    Ok(_) => {}
                    // Another process was faster: its key is as good.
                    Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => {}
                    Err(error) => return Err(AuthorityError::File(key_path, error.error)),
                }
                read_key(&key_path)?.ok_or_else(|| AuthorityError::Damaged(key_path.clone()))?
            }
        };
        let params = authority_params(until);
        let written = if renewed { None } else { fs::read_to_string(&path).ok() };
        // Copied from elsewhere, or left by a process that was stopped between the two files.
        let written = written.filter(|pem| is_of(pem, &key));
        // One key, name and serial number: whoever trusts one of its certificates trusts all.
        let pem = match written {
            Some(pem) => pem,
            None => {
                let pem = params.self_signed(&key)?.pem();
                let mut file = tempfile::NamedTempFile::new_in(folder).map_err(at(folder))?;
                file.write_all(pem.as_bytes()).map_err(at(&path))?;
                file.persist(&path).map_err(|error| at(&path)(error.error))?;
                pem
            }
        };
        let issuer = Issuer::new(params, key);
        let (leaf_key, made) = (KeyPair::generate()?, Mutex::default());
        Ok(Self { issuer, pem, path, leaf_key, clock, made })
    }

    /// Its certificate, in PEM form.
    #[must_use]
    pub fn pem(&self) -> &str {
        &self.pem
    }

    /// The file that holds its certificate.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What accepts TLS connections as this host.
    ///
    /// # Errors
    ///
    /// When the host's name is none.
    pub fn acceptor(&self, host: &str) -> Result<TlsAcceptor, TlsError> {
        let now = self.clock.now();
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, acceptor)) = made.get(host).filter(|(until, _)| now < *until) {
            return Ok(acceptor.clone());
        }
        let mut params = CertificateParams::new([host.to_owned()])?;
        params.distinguished_name.push(DnType::CommonName, "dynatape --intercept");
        params.not_before = (now - DAY).into();
        params.not_after = (now + LEAF_LIFE).into();
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let leaf = params.signed_by(&self.leaf_key, &self.issuer)?;
        let key = PrivateKeyDer::Pkcs8(self.leaf_key.serialize_der().into());
        let acceptor = Identity::signed(leaf.into(), key).acceptor()?;
        made.insert(host.to_owned(), (now + LEAF_LIFE / 2, acceptor.clone()));
        Ok(acceptor)
    }
}

/// Never the key.
impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("path", &self.path).finish_non_exhaustive()
    }
}

fn authority_params(until: SystemTime) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, "dynatape, on this machine only");
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params.not_before = (until - LIFE - DAY).into();
    params.not_after = until.into();
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: domains().map(|name| GeneralSubtree::DnsName(name.into())).collect(),
        excluded_subtrees: Vec::new(),
    });
    params
}

/// Whether a certificate (PEM) has the public half of this key in it.
fn is_of(pem: &str, key: &KeyPair) -> bool {
    CertificateDer::from_pem_slice(pem.as_bytes())
        .is_ok_and(|der| memchr::memmem::find(&der, key.public_key_raw()).is_some())
}

fn make_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// The key and the end of its authority, or `None` if there is no such file.
fn read_key(path: &Path) -> Result<Option<(SystemTime, KeyPair)>, AuthorityError> {
    let text = match fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(AuthorityError::File(path.into(), error)),
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let meta = fs::metadata(path).map_err(|error| AuthorityError::File(path.into(), error))?;
        if meta.permissions().mode() & 0o077 != 0 {
            return Err(AuthorityError::Exposed(path.into()));
        }
    }
    let parsed = text.strip_prefix(UNTIL).and_then(|rest| rest.split_once('\n'));
    let parsed = parsed.and_then(|(until, pem)| {
        let until = UNIX_EPOCH.checked_add(Duration::from_secs(until.parse().ok()?))?;
        Some((until, KeyPair::from_pem(pem).ok()?))
    });
    parsed.map(Some).ok_or_else(|| AuthorityError::Damaged(path.into()))
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;
    use crate::clock::ManualClock;

    #[test]
    fn an_authority_is_kept_private_and_renewed_at_its_end() {
        let folder = tempfile::tempdir().expect("folder");
        let folder = folder.path().join("ca");
        let start = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let kept = |now| Authority::kept_in(&folder, Arc::new(ManualClock::at(now)));
        let first = kept(start).expect("made").pem().to_owned();
        assert_eq!(kept(start + LIFE / 2).expect("kept").pem(), first);
        assert_ne!(kept(start + LIFE).expect("renewed").pem(), first);

        // One of another key is not shown to anybody.
        fs::write(folder.join("ca.pem"), &first).expect("written");
        let mended = kept(start + LIFE).expect("mended");
        assert!(is_of(mended.pem(), mended.issuer.key()) && !is_of(&first, mended.issuer.key()));
        assert_eq!(fs::read_to_string(mended.path()).expect("there"), mended.pem());

        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        let key = folder.join("ca-key.pem");
        assert_eq!((mode(&folder), mode(&key)), (0o700, 0o600));

        fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).expect("changed");
        assert!(matches!(kept(start), Err(AuthorityError::Exposed(_))));
    }
}
