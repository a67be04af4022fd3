//! The `covershots` binary: parse, run one command, end with a code that means something.
//!
//! Modules in reading order: [`arguments`] says what can be asked, [`commands`] has one file a command,
//! [`studio`] is the one door to the engine, [`service`] wires the rooms of the service, and the rest serves them.

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
mod service;
mod studio;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Command, Common};
use exit::{Exit, Failure};

fn main() -> ExitCode {
    let Arguments { common, command } = Arguments::parse();
    let end = match command.unwrap_or_default() {
        Command::Serve(wish) => commands::serve::run(&common, &wish),
        Command::Worker(wish) => commands::worker::run(&common, &wish),
        Command::Account(wish) => commands::account::run(&common, &wish),
        Command::Migrate(wish) => commands::migrate::run(&common, &wish),
        Command::Doctor(wish) => commands::doctor::run(&common, &wish),
        Command::Payments(wish) => commands::payments::run(&common, &wish),
        Command::Retention(wish) => commands::retention::run(&common, &wish),
        Command::Policy(wish) => commands::policy::run(&common, &wish),
        Command::Audit(wish) => commands::audit::run(&common, &wish),
        command => {
            interrupt::watch();
            pictures(&common, command)
        }
    };
    match end {
        Ok(exit) => exit.into(),
        Err(failure) => {
            console::complain(&failure);
            failure.exit().into()
        }
    }
}

/// The commands that make pictures here and now, or help with that.
fn pictures(common: &Common, command: Command) -> Result<Exit, Failure> {
    match command {
        Command::Headshot(wish) => commands::headshot::run(common, &wish),
        Command::Thumbnail(wish) => commands::thumbnail::run(common, &wish),
        Command::Check(wish) => commands::check::run(common, &wish),
        Command::Inspect(wish) => commands::inspect::run(common, &wish),
        Command::Styles(wish) => commands::styles::run(common, &wish),
        Command::Platforms(wish) => commands::platforms::run(common, &wish),
        Command::Completions(wish) => commands::completions::run(&wish),
        Command::Serve(_)
        | Command::Worker(_)
        | Command::Account(_)
        | Command::Migrate(_)
        | Command::Doctor(_)
        | Command::Payments(_)
        | Command::Retention(_)
        | Command::Policy(_)
        | Command::Audit(_) => Ok(Exit::Done),
    }
}
