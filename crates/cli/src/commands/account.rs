//! `covershots account`: what whoever has the machine can do about accounts, beside a running service or without one.

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};

use app::{Admin, AppError, Receipt};
use clap::{Args, Subcommand, ValueEnum};
use domain::account::{Account, Role};
use domain::consent::Purpose;
use domain::credit::Credits;
use domain::ids::{AccountId, GenerationId, PhotoId};
use domain::image::ImageId;
use domain::page::PageRequest;
use domain::ports::database::AccountSummary;
use serde::Serialize;

use crate::arguments::Common;
use crate::configuration;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::service::{Place, Service, runtime};

/// List accounts, give credits, export, correct and erase, take consents back, make reset links and admins.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// What can be done.
#[derive(Subcommand)]
enum Command {
    /// List the accounts with their credits and what they hold.
    List,
    /// Give credits.
    Grant {
        /// Its address or id.
        account: String,
        /// How many.
        credits: u32,
        /// A word for the person, in their ledger.
        #[arg(long, default_value = "")]
        note: String,
        /// The grant's own key: with the same one again they are given once.
        #[arg(long)]
        key: Option<String>,
    },
    /// Write everything about an account into a ZIP, with a page to read it by.
    Export {
        /// Its address or id.
        account: String,
        /// The file to be written; it must not be there yet.
        #[arg(long, short, value_name = "FILE")]
        output: PathBuf,
    },
    /// Correct a name, an address for mail, or both.
    Correct {
        /// Its address or id.
        account: String,
        /// The name from now on.
        #[arg(long)]
        name: Option<String>,
        /// The address from now on.
        #[arg(long)]
        email: Option<String>,
    },
    /// Take a consent back: nothing more is done that stood on it.
    Withdraw {
        /// Its address or id.
        account: String,
        /// keep-photos, or send-to: and the name of a service.
        purpose: Purpose,
    },
    /// Delete one photo of an account. It can't be undone.
    DeletePhoto {
        /// Its address or id.
        account: String,
        /// The photo's id.
        photo: PhotoId,
    },
    /// Delete one image of an account, with its preview. It can't be undone.
    DeleteImage {
        /// Its address or id.
        account: String,
        /// The generation's id and the image's number: GENERATION/1.
        image: String,
    },
    /// Delete every photo of an account. It can't be undone.
    DeletePhotos {
        /// Its address or id.
        account: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Erase an account with everything in it. It can't be undone.
    Erase {
        /// Its address or id.
        account: String,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
    /// Make a link's token with which a person sets a new password.
    ResetLink {
        /// Its address or id.
        account: String,
    },
    /// Make an account admin or member.
    Role {
        /// Its address or id.
        account: String,
        /// What it may do from now on.
        role: RoleWord,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum RoleWord {
    Admin,
    Member,
}

impl From<RoleWord> for Role {
    fn from(role: RoleWord) -> Self {
        match role {
            RoleWord::Admin => Role::Admin,
            RoleWord::Member => Role::Member,
        }
    }
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    runtime()?.block_on(async {
        let service = Service::open(common, &wish.place, configuration).await?;
        let admin = service.app.operator();
        match &wish.command {
            Command::List => list(common, admin).await,
            Command::Grant { account, credits, note, key } => {
                let account = find(admin, account).await?;
                grant(common, admin, &account, *credits, note, key.as_deref()).await
            }
            Command::Export { account, output } => {
                let account = find(admin, account).await?;
                export(common, admin, &account, output).await
            }
            Command::Correct { account, name, email } => {
                let account = find(admin, account).await?;
                let corrected = admin.correct(account.id, name.as_deref(), email.as_deref()).await;
                let corrected = corrected.map_err(failure)?;
                let text = format!("{}  {}\n", corrected.email.as_str(), corrected.name);
                said(common, &corrected, text)
            }
            Command::Withdraw { account, purpose } => {
                let account = find(admin, account).await?;
                withdraw(&service, common, &account, purpose).await
            }
            Command::DeletePhoto { account, photo } => {
                let account = find(admin, account).await?;
                admin.delete_photo(account.id, *photo).await.map_err(failure)?;
                deleted(&service, common, &photo.to_string()).await
            }
            Command::DeleteImage { account, image } => {
                let account = find(admin, account).await?;
                admin.delete_image(account.id, image_id(image)?).await.map_err(failure)?;
                deleted(&service, common, image).await
            }
            Command::DeletePhotos { account, yes } => {
                let account = find(admin, account).await?;
                delete_photos(&service, common, &account, *yes).await
            }
            Command::Erase { account, yes } => {
                let account = find(admin, account).await?;
                erase(common, admin, &account, *yes).await
            }
            Command::ResetLink { account } => reset_link(common, admin, &find(admin, account).await?).await,
            Command::Role { account, role } => {
                let account = find(admin, account).await?;
                let account = admin.set_role(account.id, (*role).into()).await.map_err(failure)?;
                said(
                    common,
                    &account,
                    format_args!("{} is {} now.\n", account.email.as_str(), word(account.role)),
                )
            }
        }
    })
}

/// An account by its address or its id.
async fn find(admin: Admin<'_>, text: &str) -> Result<Account, Failure> {
    match text.parse::<AccountId>() {
        Ok(id) => admin.account(id).await.map_err(failure),
        Err(_) => admin.find_account(text).await.map_err(failure),
    }
}

async fn list(common: &Common, admin: Admin<'_>) -> Result<Exit, Failure> {
    let (mut accounts, mut page) = (Vec::<AccountSummary>::new(), PageRequest::first(200));
    loop {
        let more = admin.accounts(page).await.map_err(failure)?;
        accounts.extend(more.items);
        match more.next {
            Some(next) => page = PageRequest::after(next, page.limit),
            None => break,
        }
    }
    if common.json {
        console::print_json(&accounts)?;
        return Ok(Exit::Done);
    }
    if accounts.is_empty() {
        console::print("There is no account yet: the first to sign up is the admin.\n")?;
    }
    for summary in accounts {
        let AccountSummary { account, credits, generations, stored_bytes } = summary;
        console::print(format_args!(
            "{}  {:6}  {:>6} credits  {:>5} done  {:>8.1} MB  {}\n",
            account.id,
            word(account.role),
            credits.balance.get(),
            generations.succeeded,
            stored_bytes as f64 / 1e6,
            account.email.as_str(),
        ))?;
    }
    Ok(Exit::Done)
}

async fn grant(
    common: &Common,
    admin: Admin<'_>,
    account: &Account,
    credits: u32,
    note: &str,
    key: Option<&str>,
) -> Result<Exit, Failure> {
    let mut draw = [0; 8];
    getrandom::fill(&mut draw).map_err(Failure::machine)?;
    let drawn = format!("cli-{:016x}", u64::from_be_bytes(draw));
    let applied = admin.grant(account.id, Credits::new(credits), key.unwrap_or(&drawn), note).await;
    let applied = applied.map_err(failure)?;
    let already = if applied.already { "had been given these before and" } else { "" };
    let text = format!("{} {already} has {} now.\n", account.email.as_str(), applied.position.balance);
    said(common, &applied.position, text.replace("  ", " "))
}

async fn erase(common: &Common, admin: Admin<'_>, account: &Account, yes: bool) -> Result<Exit, Failure> {
    if !yes && !confirmed(&format!("Erase {} with everything in it?", account.email.as_str()))? {
        console::print("Nothing was erased.\n")?;
        return Ok(Exit::Usage);
    }
    let receipt = admin.erase(account.id).await.map_err(failure)?;
    // Until the last object is gone, the erasure itself still has to know whose they are.
    let mut found_in = Vec::new();
    if receipt.completed_at.is_some() {
        for text in [account.id.to_string(), account.email.as_str().to_owned()] {
            found_in.extend(admin.search_everywhere(text).await.map_err(failure)?);
        }
    }
    let erased = Erased { receipt, found_in };
    said(common, &erased, erased.told())?;
    Ok(if erased.found_in.is_empty() { Exit::Done } else { Exit::SomeFailed })
}

/// An erasure, and a look into every table for whose it was.
#[derive(Serialize)]
struct Erased {
    #[serde(flatten)]
    receipt: Receipt,
    found_in: Vec<String>,
}

impl Erased {
    fn told(&self) -> String {
        let Receipt { id, completed_at, searched, stays, .. } = &self.receipt;
        let Some(completed_at) = completed_at else {
            return format!(
                "The account is erased; what is elsewhere follows as soon as it can. Receipt: {id}\n"
            );
        };
        let mut text = format!("The account is erased, with everything, at {completed_at}. Receipt: {id}\n");
        searched.iter().for_each(|place| text.push_str(&format!("  listed, nothing left: {place}\n")));
        match &self.found_in[..] {
            [] => text.push_str("  searched for its id and its address, nothing left: every table\n"),
            tables => text.push_str(&format!("  still found in: {}\n", tables.join(", "))),
        }
        stays
            .iter()
            .for_each(|stay| text.push_str(&format!("  stays: {}, because {}\n", stay.what, stay.why)));
        text
    }
}

/// Writes an archive under a temporary name first, so that half of one is never taken for a whole.
async fn export(
    common: &Common,
    admin: Admin<'_>,
    account: &Account,
    output: &Path,
) -> Result<Exit, Failure> {
    #[derive(Serialize)]
    struct Written<'a> {
        file: &'a Path,
        bytes: u64,
    }
    let failed =
        |error: io::Error| Failure::machine(format_args!("{} can't be written: {error}", output.display()));
    if output.exists() {
        return Err(Failure::usage(format_args!(
            "{} is there already: choose another file",
            output.display()
        )));
    }
    let folder = output.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let file = tempfile::NamedTempFile::new_in(folder).map_err(failed)?;
    let out = tokio::fs::File::from_std(file.reopen().map_err(failed)?);
    let export = admin.export(account.id).await.map_err(failure)?;
    web::write_export(export, out).await.map_err(failed)?;
    let bytes = file.as_file().metadata().map_err(failed)?.len();
    file.persist_noclobber(output).map_err(|error| failed(error.error))?;
    let text = format!(
        "{}  {:.1} MB. It holds a person's photos: hand it to them alone.\n",
        output.display(),
        bytes as f64 / 1e6
    );
    said(common, &Written { file: output, bytes }, text)
}

async fn withdraw(
    service: &Service,
    common: &Common,
    account: &Account,
    purpose: &Purpose,
) -> Result<Exit, Failure> {
    #[derive(Serialize)]
    struct Ended {
        photos: u64,
        cancelled: Vec<GenerationId>,
    }
    let withdrawal = service.app.operator().withdraw_consent(account.id, purpose.clone()).await;
    let withdrawal = withdrawal.map_err(failure)?;
    // The rows are gone; the files go now, or as soon as the storage lets a running service.
    service.app.clean().await.map_err(failure)?;
    let ended = Ended { photos: withdrawal.photos, cancelled: withdrawal.cancelled };
    let text = format!(
        "{purpose} is taken back: {} photos deleted, {} generations cancelled.\n",
        ended.photos,
        ended.cancelled.len()
    );
    said(common, &ended, text)
}

/// An image by its generation and its number.
fn image_id(text: &str) -> Result<ImageId, Failure> {
    let parts = text.split_once('/');
    let id = parts.and_then(|(generation, number)| {
        Some(ImageId { generation: generation.parse().ok()?, number: number.parse().ok()? })
    });
    id.ok_or_else(|| {
        Failure::usage(format_args!("{text} is no image: write the generation's id, a slash and a number"))
    })
}

/// The rows are gone; the files go now, or as soon as the storage lets a running service.
async fn deleted(service: &Service, common: &Common, what: &str) -> Result<Exit, Failure> {
    #[derive(Serialize)]
    struct Deleted<'a> {
        deleted: &'a str,
    }
    service.app.clean().await.map_err(failure)?;
    said(common, &Deleted { deleted: what }, format!("{what} is deleted.\n"))
}

async fn delete_photos(
    service: &Service,
    common: &Common,
    account: &Account,
    yes: bool,
) -> Result<Exit, Failure> {
    if !yes && !confirmed(&format!("Delete every photo of {}?", account.email.as_str()))? {
        console::print("Nothing was deleted.\n")?;
        return Ok(Exit::Usage);
    }
    let deleted = service.app.operator().delete_photos(account.id).await.map_err(failure)?;
    let left = match deleted.left {
        Some(left) => format!("{left} are left in the storage"),
        None => "the storage does not answer: a running service deletes the files when it does".to_owned(),
    };
    said(common, &deleted, format!("{} photos deleted; {left}.\n", deleted.photos))
}

/// Asks on a terminal; elsewhere nobody could answer.
fn confirmed(question: &str) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("erasing can't be undone: add --yes to do it without being asked"));
    }
    eprint!("{question} It can't be undone. [y/N] ");
    let _ = io::stderr().flush();
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(Failure::machine)?;
    Ok(matches!(answer.trim(), "y" | "Y" | "yes"))
}

async fn reset_link(common: &Common, admin: Admin<'_>, account: &Account) -> Result<Exit, Failure> {
    #[derive(Serialize)]
    struct Link<'a> {
        token: &'a str,
        expires_at: String,
    }
    let (token, until) = admin.issue_reset_link(account.id).await.map_err(failure)?;
    let link = Link { token: token.expose(), expires_at: until.to_string() };
    let text =
        format!("{}\nGood once, until {}. Hand it to the person alone.\n", link.token, link.expires_at);
    said(common, &link, text)
}

fn said(common: &Common, document: &impl Serialize, text: impl std::fmt::Display) -> Result<Exit, Failure> {
    if common.json {
        console::print_json(document)?
    } else {
        console::print(text)?
    }
    Ok(Exit::Done)
}

fn word(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Member => "member",
    }
}

fn failure(error: AppError) -> Failure {
    match error.turn() {
        app::Turn::Caller => Failure::usage(error),
        _ => {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            Failure::machine(format_args!("{error} {cause}"))
        }
    }
}
