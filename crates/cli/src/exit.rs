//! How a command ends: one table from what happened to the exit code that scripts see.

use std::process::ExitCode;

/// The codes, as documented in `--help`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Everything that was asked for is done.
    Done = 0,
    /// Some photos failed, the others are done.
    SomeFailed = 1,
    /// The command can't be carried out as it was given.
    Usage = 2,
    /// Nothing could be done.
    NothingDone = 3,
    /// Interrupted by Ctrl-C.
    Interrupted = 130,
}

impl Exit {
    /// The code for so many photos done and so many failed.
    pub(crate) fn of(done: usize, failed: usize) -> Exit {
        match (done, failed) {
            (_, 0) => Exit::Done,
            (0, _) => Exit::NothingDone,
            _ => Exit::SomeFailed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit as u8)
    }
}

/// What stops a whole command. One photo's failure does not: see [`crate::batch`].
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The caller has to change the command, or a file that it names.
    #[error("{0}")]
    Usage(String),
    /// The machine is at fault: a disk is full, a folder can't be written.
    #[error("{0}")]
    Machine(String),
}

impl Failure {
    /// The caller's turn. The text says what is wrong and what to do.
    pub(crate) fn usage(text: impl ToString) -> Failure {
        Failure::Usage(text.to_string())
    }

    /// The machine's fault. The text says what was tried.
    pub(crate) fn machine(text: impl ToString) -> Failure {
        Failure::Machine(text.to_string())
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Failure::Usage(_) => Exit::Usage,
            Failure::Machine(_) => Exit::NothingDone,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_says_whether_all_some_or_nothing_is_done() {
        assert_eq!(Exit::of(3, 0), Exit::Done);
        assert_eq!(Exit::of(2, 1), Exit::SomeFailed);
        assert_eq!(Exit::of(0, 1), Exit::NothingDone);
    }
}
