use std::process::ExitCode;

/// How a run of the program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All well.
    Clean,
    /// It could not be done: bad usage, an unreadable file, nothing measured.
    Failed,
    /// Answers differ, or a replay had misses.
    Differs,
    /// The command's own exit code.
    Child(u8),
}

impl Exit {
    /// The code given to the system.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Self::Clean => 0,
            Self::Failed => 1,
            Self::Differs => 2,
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
