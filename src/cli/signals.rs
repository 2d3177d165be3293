//! Being asked to stop.

use std::io;

/// What the process was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Ctrl-C: the whole group of processes was, a child too.
    Interrupt,
    /// SIGTERM: this process was, and nobody else.
    Terminate,
}

/// Hears what comes from the moment this is made. Before that a signal ends the process, and with
/// it a recording: so it is made before anybody can know that there is something to end.
#[derive(Debug)]
pub(super) struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(windows)]
    interrupt: tokio::signal::windows::CtrlC,
}

#[cfg(unix)]
impl Signals {
    pub(super) fn hear() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// The next one; of several that came at once, any.
    pub(super) async fn next(&mut self) -> Asked {
        tokio::select! {
            _ = self.interrupt.recv() => Asked::Interrupt,
            _ = self.terminate.recv() => Asked::Terminate,
        }
    }
}

#[cfg(windows)]
impl Signals {
    pub(super) fn hear() -> io::Result<Self> {
        Ok(Self { interrupt: tokio::signal::windows::ctrl_c()? })
    }

    /// The next one.
    pub(super) async fn next(&mut self) -> Asked {
        self.interrupt.recv().await;
        Asked::Interrupt
    }
}
