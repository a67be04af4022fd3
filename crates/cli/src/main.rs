//! The `covershots` binary: parse, run one command, end with a code that means something.
//!
//! Modules in reading order: [`arguments`] says what can be asked, [`commands`] has one file a command,
//! [`studio`] is the one door to the engine, and the rest serves them.

mod arguments;
mod batch;
mod commands;
mod configuration;
mod console;
mod exit;
mod interrupt;
mod output;
mod own_styles;
mod photo;
mod picture_file;
mod studio;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command};

fn main() -> ExitCode {
    let Arguments { common, command } = Arguments::parse();
    interrupt::watch();
    let end = match command {
        Command::Headshot(wish) => commands::headshot::run(&common, &wish),
        Command::Thumbnail(wish) => commands::thumbnail::run(&common, &wish),
        Command::Check(wish) => commands::check::run(&common, &wish),
        Command::Styles(wish) => commands::styles::run(&common, &wish),
        Command::Platforms(wish) => commands::platforms::run(&common, &wish),
        Command::Completions(wish) => commands::completions::run(&wish),
    };
    match end {
        Ok(exit) => exit.into(),
        Err(failure) => {
            console::complain(&failure);
            failure.exit().into()
        }
    }
}
