//! Logs, on standard error: lines for people on a terminal, JSON for programs.

use std::io::IsTerminal;

use serde::Deserialize;
use tracing_subscriber::EnvFilter;

use crate::exit::Failure;

/// How logs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Text on a terminal, JSON elsewhere.
    #[default]
    Auto,
    /// Lines for people.
    Text,
    /// A JSON document a line.
    Json,
}

/// Begins to log what `level` lets through, such as `info` or `info,web=debug`.
pub(crate) fn begin(format: Format, level: &str) -> Result<(), Failure> {
    let filter = EnvFilter::try_new(level).map_err(|error| {
        Failure::usage(format_args!("log.level is {level}: write info, debug or such ({error})"))
    })?;
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let terminal = std::io::stderr().is_terminal();
    let json = format == Format::Json || (format == Format::Auto && !terminal);
    let begun = if json { logs.json().try_init() } else { logs.with_ansi(terminal).try_init() };
    begun.map_err(|error| Failure::machine(format_args!("logs can't be written: {error}")))
}
