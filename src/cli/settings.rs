//! What the environment says: read here, once, and passed down.

use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    io::IsTerminal as _,
    num::NonZeroUsize,
    path::PathBuf,
    sync::Arc,
    thread::available_parallelism,
};

use crate::{
    cassette::civil_date,
    clock::{Clock, SystemClock},
    proxy::Workers,
};

/// What is outside of the process.
#[derive(Clone, Debug)]
pub(super) struct Environment {
    /// The region that AWS tools would use.
    pub(super) region: Option<String>,
    /// Whether a child would find credentials of its own.
    pub(super) has_credentials: bool,
    /// Whether a child would find a region of its own.
    pub(super) has_region: bool,
    /// The secrets a child is given.
    pub(super) secrets: Vec<String>,
    /// What hosts a child would not ask a proxy for.
    pub(super) no_proxy: Option<String>,
    /// Where data of the user's is kept.
    pub(super) data: Option<PathBuf>,
    /// Where copies are kept of tapes that are kept elsewhere.
    pub(super) shelf: Option<PathBuf>,
    /// The proxy through which a child would reach AWS.
    pub(super) https_proxy: Option<String>,
    /// The certificates that the AWS SDKs trust instead of the usual ones.
    pub(super) ca_bundle: Option<PathBuf>,
    /// The certificates that Node.js trusts too.
    pub(super) node_extra_ca_certs: Option<PathBuf>,
    /// What tests do about tapes that are there.
    pub(super) mode: Option<String>,
    /// Whose answers tests record.
    pub(super) upstream: Option<String>,
    /// A continuous integration run (`CI=true`): nothing is recorded there by accident.
    pub(super) ci: bool,
    /// The page that GitHub shows of a run, which is appended to.
    pub(super) step_summary: Option<PathBuf>,
    /// Whether standard error is a terminal that wants a progress bar.
    pub(super) progress: bool,
    /// Whether standard output is a terminal that wants colours.
    pub(super) colour: bool,
    /// The time.
    pub(super) clock: Arc<dyn Clock>,
    /// A number nobody else has, for request ids and table ids.
    pub(super) seed: u64,
    /// A thread for each processor, to serve connections.
    pub(super) workers: Workers,
}

impl Environment {
    /// The day, as an ISO date.
    pub(super) fn today(&self) -> String {
        civil_date(self.clock.now())
    }

    #[allow(clippy::disallowed_methods)] // the one place
    pub(super) fn read() -> Self {
        let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let any = |names: &[&str]| names.iter().any(|name| text(name).is_some());
        // Both files may hold credentials, and the second often nothing but a region.
        const CREDENTIALS: [&str; 6] = [
            "aws_access_key_id",
            "credential_process",
            "credential_source",
            "login_session",
            "role_arn",
            "sso_",
        ];
        let files = [
            ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials"),
            ("AWS_CONFIG_FILE", ".aws/config"),
        ];
        let has_file = files.iter().any(|(name, usual)| {
            let named = text(name).map(PathBuf::from);
            let file = named.or_else(|| Some(PathBuf::from(text("HOME")?).join(usual)));
            let text = file.and_then(|file| std::fs::read_to_string(file).ok()).unwrap_or_default();
            CREDENTIALS.iter().any(|member| text.contains(member))
        });
        let secret_names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"];
        Self {
            region: text("AWS_REGION").or_else(|| text("AWS_DEFAULT_REGION")),
            has_credentials: has_file
                || any(&[
                    "AWS_ACCESS_KEY_ID",
                    "AWS_PROFILE",
                    "AWS_WEB_IDENTITY_TOKEN_FILE",
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
                ]),
            has_region: any(&["AWS_REGION", "AWS_DEFAULT_REGION"]),
            secrets: secret_names.iter().filter_map(|name| text(name)).collect(),
            no_proxy: text("NO_PROXY").or_else(|| text("no_proxy")),
            data: text("XDG_DATA_HOME")
                .map(PathBuf::from)
                .or_else(|| Some(PathBuf::from(text("HOME")?).join(".local/share"))),
            shelf: text("XDG_CACHE_HOME")
                .map(PathBuf::from)
                .or_else(|| Some(PathBuf::from(text("HOME")?).join(".cache")))
                .map(|caches| caches.join("dynatape")),
            https_proxy: text("HTTPS_PROXY").or_else(|| text("https_proxy")),
            ca_bundle: text("AWS_CA_BUNDLE").map(PathBuf::from),
            node_extra_ca_certs: text("NODE_EXTRA_CA_CERTS").map(PathBuf::from),
            mode: text("DYNATAPE_RECORD"),
            upstream: text("DYNATAPE_UPSTREAM"),
            ci: text("CI").is_some_and(|value| !matches!(&*value, "0" | "false")),
            step_summary: text("GITHUB_STEP_SUMMARY").map(PathBuf::from),
            progress: std::io::stderr().is_terminal() && text("CI").is_none(),
            colour: std::io::stdout().is_terminal() && text("NO_COLOR").is_none(),
            clock: Arc::new(SystemClock),
            // The standard library's hasher is keyed from the system's randomness.
            seed: RandomState::new().build_hasher().finish(),
            workers: Workers::new(available_parallelism().unwrap_or(NonZeroUsize::MIN)),
        }
    }
}
