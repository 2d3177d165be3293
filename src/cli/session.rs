//! A server for as long as the command runs, or until the user has had enough.

use std::{io, sync::Arc};

use anyhow::{Context as _, bail};
use tokio::{net::TcpListener, sync::oneshot};

use super::{
    args::ListenArgs,
    ca::Trusting,
    child::{self, Told},
    compat,
    settings::Environment,
    signals::Signals,
    term,
};
use crate::{
    backend::{Backend, sessions::Sessions},
    proxy::{
        Choosing, Config, Server,
        control::{Control, Director, Front, Kept, Opened, Status, Variables, Wanted},
        intercept::Intercept,
        tls::Identity,
    },
    wire::LiveSecrets,
};

/// How a session ended.
#[derive(Clone, Debug)]
pub(super) struct Ended {
    /// The command's exit code, if there was one.
    pub(super) child: Option<u8>,
    /// What programs want to find again, if there was a control API.
    pub(super) variables: Variables,
}

impl Ended {
    /// Whether what happened can be relied upon: the command succeeded, or there was none.
    pub(super) fn well(&self) -> bool {
        self.child.is_none_or(|code| code == 0)
    }
}

/// How a backend is served, and to whom.
#[derive(Debug)]
pub(super) struct Serving<'a> {
    pub(super) listen: &'a ListenArgs,
    /// The command that asks; empty: anybody does.
    pub(super) command: &'a [String],
    /// The port where neither the user nor a command has a say.
    pub(super) default_port: u16,
    /// Where to keep the secrets that requests show, while recording.
    pub(super) recording: Option<&'a LiveSecrets>,
    pub(super) intercept: Option<Arc<Intercept>>,
    /// When the tape that is served was recorded.
    pub(super) recorded_at: Option<&'a str>,
    /// The region that the command is to ask in, if it does not say itself.
    pub(super) region: Option<&'a str>,
    pub(super) controlled: Option<Controlled>,
    /// What else is said once it listens.
    pub(super) ready: Option<compat::Ready>,
}

/// A control API to be served with it.
#[derive(Debug)]
pub(super) struct Controlled {
    pub(super) port: u16,
    pub(super) director: Arc<dyn Director>,
    /// What is served, as a session.
    pub(super) wanted: Wanted,
    pub(super) opened: Opened,
}

impl<'a> Serving<'a> {
    pub(super) fn new(listen: &'a ListenArgs, command: &'a [String]) -> Self {
        Self {
            listen,
            command,
            default_port: 0,
            recording: None,
            intercept: None,
            recorded_at: None,
            region: None,
            controlled: None,
            ready: None,
        }
    }
}

/// Serves `backend` while the command runs, or until Ctrl-C (or SIGTERM) without one.
pub(super) async fn serve(
    mut backend: Arc<dyn Backend>,
    serving: Serving<'_>,
    environment: &Environment,
) -> anyhow::Result<Ended> {
    let Serving { listen, command, recording, controlled, .. } = serving;
    let mut signals = Signals::hear().context("cannot hear of Ctrl-C")?;
    // With a command nobody else needs to know the port.
    let port = listen.port.unwrap_or(if command.is_empty() { serving.default_port } else { 0 });
    let listener = TcpListener::bind((&*listen.host, port)).await.with_context(|| {
        format!("cannot listen on {}:{port}; --port 0 takes a free port", listen.host)
    })?;
    let config = Config {
        region: environment.region.clone().unwrap_or_else(|| "us-east-1".to_owned()),
        tls: identity(listen, !command.is_empty())?,
        secrets: recording.cloned(),
        intercept: serving.intercept.clone(),
        // What is recorded may be signed with the user's own credentials, in sessions too: a web
        // page that is open in a browser must not be able to use them through this port.
        cross_origin: recording.is_none() && controlled.is_none(),
        sessions: if controlled.is_some() { Choosing::ByPath } else { Choosing::Off },
        seed: environment.seed,
        workers: Some(environment.workers.clone()),
        ..Config::default()
    };
    let sessions = controlled.as_ref().map(|_| Arc::new(Sessions::new(Some(Arc::clone(&backend)))));
    if let Some(sessions) = &sessions {
        backend = Arc::clone(sessions) as Arc<dyn Backend>;
    }
    let clock = Arc::clone(&environment.clock);
    let server = Server::start(listener, backend, Arc::clone(&clock), config.clone()).await;
    let server = server.context("cannot start the server")?;
    let control = match sessions.zip(controlled) {
        None => None,
        Some((sessions, Controlled { port, director, wanted, opened })) => {
            let front = Front { address: server.address(), url: server.url(), config, clock };
            let control = Control::start(port, sessions, director, front, (wanted, opened)).await;
            Some(control.with_context(|| {
                format!("cannot serve the control API on port {port}; --control 0 takes a free one")
            })?)
        }
    };
    let control_url = control.as_ref().map(Control::url);
    let child = if command.is_empty() {
        term::print(format_args!("listening on {}\n", server.url()));
        if let Some(url) = control_url {
            term::print(format_args!("control on {url}\n"));
        }
        if let Some(ready) = serving.ready {
            term::print(ready(server.address().port(), &server.url()));
        }
        tokio::select! {
            _ = signals.next() => {}
            () = end_of_input(), if listen.until_eof => {}
        }
        None
    } else {
        let trusting = serving.intercept.map(|with| Trusting::new(&with.authority, environment));
        let trusting = trusting.transpose()?;
        let told = Told {
            url: &server.url(),
            trusting: trusting.as_ref(),
            recorded_at: serving.recorded_at,
            control: control_url,
            region: serving.region,
        };
        Some(child::run(command, told, &mut signals, environment).await?)
    };
    let shutdown = server.shutdown().await;
    if shutdown.cut > 0 {
        term::note(format_args!(
            "{} requests were not answered in time and were cut",
            shutdown.cut
        ));
    }
    let variables = match control {
        Some(control) => end(control).await,
        None => Variables::new(),
    };
    Ok(Ended { child, variables })
}

/// Ends the sessions that nobody stopped, and says what became of what they recorded. Gives the
/// variables of the server's own.
async fn end(control: Control) -> Variables {
    let (variables, ended) = control.end().await;
    for (id, ended) in ended {
        match ended {
            Ok(Status::Record { kept: Some(Kept { path: Some(path), .. }), .. }) => {
                term::note(format_args!(
                    "session {id} was never stopped: what it recorded is in {}",
                    path.display()
                ));
            }
            Ok(_) => {}
            Err(error) => term::note(format_args!("session {id} was never stopped: {error}")),
        }
    }
    variables
}

/// Waits until nothing more can come through the standard input. What comes does not matter.
async fn end_of_input() {
    let (told, ended) = oneshot::channel();
    // A thread that nobody waits for: one of the runtime's, while it reads, keeps it from ending.
    std::thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        let _ = told.send(());
    });
    let _ = ended.await;
}

fn identity(listen: &ListenArgs, has_command: bool) -> anyhow::Result<Option<Identity>> {
    if let (Some(certificate), Some(key)) = (&listen.tls_cert, &listen.tls_key) {
        return Ok(Some(Identity::from_files(certificate, key)?));
    }
    if !listen.tls {
        return Ok(None);
    }
    if has_command {
        bail!(
            "--tls makes a certificate for this run, which the command would not trust; with a \
             command, give one that it trusts (--tls-cert, --tls-key)"
        );
    }
    let (identity, pem) = Identity::made_for(&["localhost", "127.0.0.1", "::1"])?;
    // Clients must be told to trust it: AWS_CA_BUNDLE, NODE_EXTRA_CA_CERTS.
    term::note(format_args!("made a certificate for this run; clients must trust it:\n{pem}"));
    Ok(Some(identity))
}
