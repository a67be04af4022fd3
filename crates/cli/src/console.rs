//! What people and programs are told: results on standard output, everything else on standard error.
//!
//! A reader that has seen enough (`| head`) is no error: the rest of the text is dropped, the work goes on.

use std::fmt::Display;
use std::io::{self, Write};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;

use crate::arguments::Common;
use crate::exit::Failure;

/// Tells of an error. Even `--quiet` does not silence it.
pub(crate) fn complain(error: impl Display) {
    let _ = writeln!(io::stderr().lock(), "covershots: {error}");
}

/// The two streams and a progress bar, as the caller wishes to see them.
pub(crate) struct Console {
    lines: bool,
    notes: bool,
    json: bool,
    bar: ProgressBar,
}

impl Console {
    /// A console that reports on `steps` steps of work. With `pictures_on_stdout`, standard output is left alone.
    pub(crate) fn new(common: &Common, steps: usize, pictures_on_stdout: bool) -> Console {
        let bar = if common.quiet || common.json || steps < 2 {
            ProgressBar::hidden()
        } else {
            // Draws nothing where standard error is not a terminal.
            ProgressBar::with_draw_target(Some(steps as u64), ProgressDrawTarget::stderr())
        };
        if let Ok(style) = ProgressStyle::with_template("{bar:24} {pos}/{len} {msg} {eta}") {
            bar.set_style(style);
        }
        let lines = !common.quiet && !common.json && !pictures_on_stdout;
        Console { lines, notes: !common.quiet, json: common.json, bar }
    }

    /// Names the photo that is being worked on.
    pub(crate) fn working_on(&self, name: &str) {
        self.bar.set_message(name.to_owned());
    }

    /// One step is done.
    pub(crate) fn step(&self) {
        self.bar.inc(1);
    }

    /// `done` of `all` photos are behind us, whether they failed half way or not.
    pub(crate) fn reached(&self, done: usize, all: usize) {
        let steps = self.bar.length().unwrap_or(0);
        self.bar.set_position(steps * done as u64 / all.max(1) as u64);
    }

    /// A line of the result, for people; programs get [`Console::document`].
    pub(crate) fn say(&self, line: impl Display) -> Result<(), Failure> {
        if !self.lines {
            return Ok(());
        }
        self.bar.suspend(|| print(format_args!("{line}\n")))
    }

    /// An error of one photo.
    pub(crate) fn complain(&self, error: impl Display) {
        self.bar.suspend(|| complain(error));
    }

    /// A remark on standard error.
    pub(crate) fn note(&self, text: impl Display) {
        if self.notes {
            self.bar.suspend(|| {
                let _ = writeln!(io::stderr().lock(), "{text}");
            });
        }
    }

    /// The result for programs, with `--json` alone.
    pub(crate) fn document(&self, document: &impl Serialize) -> Result<(), Failure> {
        self.bar.finish_and_clear();
        if !self.json {
            return Ok(());
        }
        print_json(document)
    }
}

/// Writes a JSON document to standard output.
pub(crate) fn print_json(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document).map_err(|error| {
        Failure::machine(format_args!("the result could not be written as JSON: {error}"))
    })?;
    print(format_args!("{text}\n"))
}

/// Writes to standard output.
pub(crate) fn print(text: impl Display) -> Result<(), Failure> {
    forgive_closed_pipe(write!(io::stdout().lock(), "{text}").and_then(|()| io::stdout().lock().flush()))
}

/// Writes a picture to standard output.
pub(crate) fn print_bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    forgive_closed_pipe(stdout.write_all(bytes).and_then(|()| stdout.flush()))
}

fn forgive_closed_pipe(result: io::Result<()>) -> Result<(), Failure> {
    match result {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::machine(format_args!("standard output can't be written: {error}")))
        }
        _ => Ok(()),
    }
}
