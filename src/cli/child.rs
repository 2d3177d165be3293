//! Running the user's command against the proxy.

use std::process::{ExitStatus, Stdio};

use anyhow::Context as _;
#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process};
use tokio::process::{Child, Command};

use super::{
    ca::Trusting,
    settings::Environment,
    signals::{Asked, Signals},
};
use crate::backend::upstream::domains;

/// Credentials for a child that has none. Nobody checks them: the emulator and a tape ask for a
/// signature and do not verify it, and what goes to AWS is signed anew.
const DUMMY: [(&str, &str); 2] =
    [("AWS_ACCESS_KEY_ID", "DYNATAPEDUMMYKEY"), ("AWS_SECRET_ACCESS_KEY", "dynatape-dummy-secret")];

/// Where the SDKs read what to ask instead of AWS.
const ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_DYNAMODB", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS"];

/// What a command finds in its environment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Told<'a> {
    /// Where this program listens.
    pub(super) url: &'a str,
    /// What to trust where this program is the command's HTTP proxy; none: it is its endpoint.
    pub(super) trusting: Option<&'a Trusting>,
    /// When the tape that is served was recorded.
    pub(super) recorded_at: Option<&'a str>,
    /// Where the control API is.
    pub(super) control: Option<&'a str>,
    /// The region to ask in, where the environment has none; else the SDKs' usual one.
    pub(super) region: Option<&'a str>,
}

/// Runs the command with the SDKs' settings pointing here; gives its exit code.
pub(super) async fn run(
    command: &[String],
    Told { url, trusting, recorded_at, control, region }: Told<'_>,
    signals: &mut Signals,
    environment: &Environment,
) -> anyhow::Result<u8> {
    let Some((program, arguments)) = command.split_first() else { return Ok(0) };
    let mut child = Command::new(program);
    child.args(arguments).stdin(Stdio::inherit()).kill_on_drop(true);
    match trusting {
        None => {
            child.envs(ENDPOINTS.map(|name| (name, url)));
            // Where this is set, an SDK would ask AWS and nobody would notice.
            child.env_remove("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        }
        Some(trusting) => {
            for name in ENDPOINTS {
                child.env_remove(name);
            }
            child.env("HTTPS_PROXY", url).env("https_proxy", url).envs(trusting.variables());
        }
    }
    child.envs(control.map(|url| ("DYNATAPE_CONTROL", url)));
    child.envs(recorded_at.map(|instant| ("DYNATAPE_RECORDED_AT", instant)));
    if !environment.has_credentials {
        child.envs(DUMMY);
    }
    if !environment.has_region {
        let region = region.unwrap_or("us-east-1");
        child.envs([("AWS_REGION", region), ("AWS_DEFAULT_REGION", region)]);
    }
    // A proxy of the network must not stand between the child and this process.
    let hosts = environment.no_proxy.iter().flat_map(|hosts| hosts.split(','));
    // And with --intercept, no exception may lead around this process.
    let around = |host: &str| host.trim() == "*" || domains().any(|name| host.contains(name));
    let hosts = hosts.filter(|host| trusting.is_none() || !around(host));
    let hosts = hosts.chain(["127.0.0.1", "localhost"]).collect::<Vec<_>>().join(",");
    child.env("NO_PROXY", &hosts).env("no_proxy", &hosts);
    let mut child = child.spawn().with_context(|| format!("cannot start {program}"))?;
    let mut told = false;
    let status = loop {
        tokio::select! {
            status = child.wait() => break status,
            asked = signals.next() => match asked {
                // The child was asked too, and ends by itself; this process waits for it.
                Asked::Interrupt => {}
                // The child was not: it is told, so that it can clean up; the second time it is
                // ended.
                Asked::Terminate if std::mem::replace(&mut told, true) => {
                    child.start_kill().ok();
                }
                Asked::Terminate => terminate(&child),
            },
        }
    };
    Ok(code(status.with_context(|| format!("cannot wait for {program}"))?))
}

/// Asks the child to end. One that has ended already cannot be asked, and need not.
#[cfg(unix)]
fn terminate(child: &Child) {
    let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
    if let Some(pid) = pid {
        let _ = kill_process(pid, Signal::TERM);
    }
}

/// There is no SIGTERM here, neither to hear nor to send.
#[cfg(not(unix))]
fn terminate(_: &Child) {}

/// A child that a signal ended has 128 plus its number, as shells say it.
fn code(status: ExitStatus) -> u8 {
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        return u8::try_from(128 + signal).unwrap_or(u8::MAX);
    }
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(u8::MAX)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_child_is_told_where_to_ask_and_its_code_comes_back() {
        let environment = Environment { has_region: false, ..Environment::read() };
        let mut signals = Signals::hear().expect("signals can be heard");
        let script = "test \"$AWS_ENDPOINT_URL_DYNAMODB\" = http://x && test -n \"$AWS_REGION\" \
                      && test -z \"$AWS_IGNORE_CONFIGURED_ENDPOINT_URLS\" && exit 7";
        let told = Told { url: "http://x", ..Told::default() };
        let command = ["sh", "-c", script].map(str::to_owned);
        assert_eq!(run(&command, told, &mut signals, &environment).await.expect("started"), 7);
        let killed = ["sh", "-c", "kill -TERM $$"].map(str::to_owned);
        assert_eq!(
            run(&killed, told, &mut signals, &environment).await.expect("started"),
            128 + 15
        );
    }
}
