//! `covershots completions`: made from the definition of the command line, so they are never out of date.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::arguments::Arguments;
use crate::console;
use crate::exit::{Exit, Failure};

/// Print completions for a shell.
///
/// For bash: covershots completions bash > ~/.local/share/bash-completion/completions/covershots
#[derive(Args)]
pub(crate) struct Wish {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

/// Does the command.
pub(crate) fn run(wish: &Wish) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(wish.shell, &mut Arguments::command(), "covershots", &mut script);
    console::print_bytes(&script)?;
    Ok(Exit::Done)
}
