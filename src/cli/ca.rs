//! The local certificate authority: where it is, and how a command is made to trust it.

use std::{fmt::Write as _, io::Write as _, path::Path, sync::Arc};

use anyhow::Context as _;
use base64::{Engine as _, prelude::BASE64_STANDARD};
use tempfile::NamedTempFile;

use super::{args::CaArgs, exit::Exit, settings::Environment, term};
use crate::proxy::intercept::Authority;

/// Variables that name certificates to trust instead of the usual ones, and who reads them: the
/// AWS SDKs and command line; OpenSSL, Go, rustls; Python's requests.
const REPLACING: [&str; 3] = ["AWS_CA_BUNDLE", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"];
/// The one that names certificates to trust too.
const ADDING: &str = "NODE_EXTRA_CA_CERTS";

pub(super) fn run(args: &CaArgs, environment: &Environment) -> anyhow::Result<Exit> {
    let authority = authority(args, environment)?;
    let path = authority.path().display();
    term::print(format_args!("{path}\n"));
    term::note(format_args!(
        "a command started by dynatape with --intercept trusts it. For others: \
         NODE_EXTRA_CA_CERTS={path}, or a file that holds the usual certificates and this one in \
         {}",
        REPLACING.join(", ")
    ));
    Ok(Exit::Clean)
}

pub(super) fn authority(args: &CaArgs, environment: &Environment) -> anyhow::Result<Authority> {
    let folder = args.ca_dir.clone().or_else(|| Some(environment.data.as_ref()?.join("dynatape")));
    let folder =
        folder.context("there is no home folder to keep an authority in: give --ca-dir")?;
    Ok(Authority::kept_in(&folder, Arc::clone(&environment.clock))?)
}

/// Files for a command's environment, there for as long as this lives.
#[derive(Debug)]
pub(super) struct Trusting {
    all: NamedTempFile,
    added: NamedTempFile,
}

impl Trusting {
    /// What the machine and the user trust already stays trusted.
    pub(super) fn new(authority: &Authority, environment: &Environment) -> anyhow::Result<Self> {
        let mut all = String::new();
        for certificate in rustls_native_certs::load_native_certs().certs {
            let text = BASE64_STANDARD.encode(&certificate);
            all.push_str("-----BEGIN CERTIFICATE-----\n");
            for line in text.as_bytes().chunks(64) {
                let _ = writeln!(all, "{}", String::from_utf8_lossy(line));
            }
            all.push_str("-----END CERTIFICATE-----\n");
        }
        if all.is_empty() {
            term::note(format_args!(
                "this machine has no list of trusted certificates: the command can ask no other \
                 host through TLS"
            ));
        }
        if let Some(theirs) = &environment.ca_bundle {
            all.push_str(&read(theirs)?);
        }
        let mut added = String::new();
        if let Some(theirs) = &environment.node_extra_ca_certs {
            added.push_str(&read(theirs)?);
        }
        let file = |text: String| {
            let mut file = NamedTempFile::with_suffix(".pem")?;
            file.write_all(text.as_bytes())?;
            file.write_all(authority.pem().as_bytes())?;
            anyhow::Ok(file)
        };
        Ok(Self { all: file(all)?, added: file(added)? })
    }

    /// Variables for the command.
    pub(super) fn variables(&self) -> impl Iterator<Item = (&'static str, &Path)> {
        let all = REPLACING.into_iter().map(|name| (name, self.all.path()));
        all.chain([(ADDING, self.added.path())])
    }
}

fn read(path: &Path) -> anyhow::Result<String> {
    let mut text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {}, which is to be trusted", path.display()))?;
    text.push('\n');
    Ok(text)
}
