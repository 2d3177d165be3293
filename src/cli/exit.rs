use std::process::ExitCode;

/// How a run of the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All well.
    Clean,
    /// It could not be done: bad usage, an unreadable file, no answer.
    Failed,
    /// Answers differ, or a replay had misses.
    Differs,
    /// No answer differs, but a ledger of accepted differences says otherwise.
    Stale,
    /// Something that there was to compare was never compared.
    Vacuous,
    /// The command's own exit code.
    Child(u8),
}

/// What a comparison came to.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Compared {
    /// Answers differ that no ledger accepts.
    pub(super) differs: bool,
    /// Something that there was to compare was never compared.
    pub(super) vacuous: bool,
    /// A ledger says what is not so.
    pub(super) stale: bool,
    /// Something could not be read, prepared or asked.
    pub(super) incomplete: bool,
}

impl From<Compared> for Exit {
    /// The gravest comes first: what is not measured because it could not be asked is no vacuity.
    fn from(compared: Compared) -> Self {
        match compared {
            Compared { differs: true, .. } => Self::Differs,
            Compared { vacuous: true, incomplete: false, .. } => Self::Vacuous,
            Compared { stale: true, .. } => Self::Stale,
            Compared { incomplete: true, .. } => Self::Failed,
            Compared { .. } => Self::Clean,
        }
    }
}

impl Exit {
    /// The code given to the system.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Failed => 1,
            Self::Differs => 2,
            Self::Stale => 3,
            Self::Vacuous => 4,
            Self::Child(code) => code,
        }
    }

    /// The child's code if it failed, else this.
    #[must_use]
    pub(super) fn after_child(self, child: Option<u8>) -> Self {
        match child {
            Some(code) if code != 0 => Self::Child(code),
            _ => self,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.code().into()
    }
}
