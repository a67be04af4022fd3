//! What can be asked on the command line. Help, usage errors and completions are all made from these types.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    account, audit, check, completions, doctor, headshot, inspect, migrate, payments, platforms, policy,
    retention, serve, styles, thumbnail, worker,
};

const AFTER_HELP: &str = "\
Examples:
  covershots headshot me.jpg                          four headshots in the folder out
  covershots headshot me.jpg --style corporate,outdoor --platform linkedin
  covershots headshot team/ --style studio-grey --count 1 -o team-page/
  covershots headshot - -o - < me.jpg > headshot.jpg  a filter: one photo in, one picture out
  covershots headshot me.jpg --format cutout          the person alone, on transparency
  covershots thumbnail me.jpg --title \"I quit coffee\" --test face-side
  covershots check holiday/*.jpg                      which photo is good enough?
  covershots inspect headshot.jpg                     was it made by a model, and who says so?
  covershots                                          the whole service on http://localhost:8080

Exit codes:
  0    everything is done
  1    some photos failed, the others are done
  2    the command can't be carried out as given: nothing was touched
  3    nothing could be done
  130  interrupted";

/// Turns photos of a person into professional headshots and video thumbnails, on this machine alone.
///
/// Without a command it serves: accounts, uploads, generations, behind an HTTP API.
#[derive(Parser)]
#[command(name = "covershots", version, after_help = AFTER_HELP, max_term_width = 100)]
#[command(args_conflicts_with_subcommands = false, infer_long_args = false)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// What every command understands.
#[derive(Args)]
pub(crate) struct Common {
    /// Print one JSON document on standard output, for machines.
    #[arg(long, global = true, help_heading = "Common options")]
    pub(crate) json: bool,

    /// Print errors only: no list of files, no progress.
    #[arg(long, short, global = true, help_heading = "Common options")]
    pub(crate) quiet: bool,

    /// Add styles of your own: a folder with TOML files in headshot/ and thumbnail/.
    ///
    /// A file of the same name as a built-in style replaces it.
    #[arg(long, global = true, value_name = "FOLDER", help_heading = "Common options")]
    pub(crate) styles_folder: Option<PathBuf>,

    /// Read the configuration from this file [default: covershots.toml, if there is one].
    #[arg(long, global = true, value_name = "FILE", help_heading = "Common options")]
    pub(crate) config: Option<PathBuf>,
}

/// The commands, in the order of the help. What each does is said where its options are.
#[derive(Subcommand)]
pub(crate) enum Command {
    Headshot(headshot::Wish),
    Thumbnail(thumbnail::Wish),
    Check(check::Wish),
    Inspect(inspect::Wish),
    Styles(styles::Wish),
    Platforms(platforms::Wish),
    Serve(serve::Wish),
    Worker(worker::Wish),
    Account(account::Wish),
    Migrate(migrate::Wish),
    Doctor(doctor::Wish),
    Payments(payments::Wish),
    Retention(retention::Wish),
    Policy(policy::Wish),
    Audit(audit::Wish),
    Completions(completions::Wish),
}

impl Default for Command {
    /// To serve, as it is configured.
    fn default() -> Self {
        // Flags of `serve` have their environment variables without the word, too.
        let bare = Alone::parse_from(["covershots"]);
        Command::Serve(bare.serve)
    }
}

/// `serve` with nothing but what the environment says.
#[derive(Parser)]
struct Alone {
    #[command(flatten)]
    serve: serve::Wish,
}

/// The photos to work on.
#[derive(Args)]
pub(crate) struct Photos {
    /// Photos, folders of photos (not the folders in them), or - for standard input.
    #[arg(value_name = "PHOTO", required = true)]
    pub(crate) photos: Vec<PathBuf>,
}

/// Where pictures go.
#[derive(Args)]
pub(crate) struct Output {
    /// A folder, a file name for a single picture, or - for standard output.
    #[arg(long, short, value_name = "FOLDER", default_value = "out")]
    pub(crate) output: PathBuf,

    /// Overwrite pictures that are there already.
    #[arg(long)]
    pub(crate) force: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        super::Arguments::command().debug_assert();
    }
}
