//! `covershots account`: what whoever has the machine can do about accounts, beside a running service or without one.

use std::io::{self, BufRead, IsTerminal, Write};

use app::{Admin, AppError};
use clap::{Args, Subcommand, ValueEnum};
use domain::account::{Account, Role};
use domain::credit::Credits;
use domain::ids::AccountId;
use domain::page::PageRequest;
use domain::ports::database::AccountSummary;
use serde::Serialize;

use crate::arguments::Common;
use crate::configuration;
use crate::console;
use crate::exit::{Exit, Failure};
use crate::service::{Place, Service, runtime};

/// List accounts, give credits, erase, make reset links and admins.
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
    if !yes && !confirmed(account)? {
        console::print("Nothing was erased.\n")?;
        return Ok(Exit::Usage);
    }
    let receipt = admin.erase(account.id).await.map_err(failure)?;
    let state =
        if receipt.completed_at.is_some() { "is erased" } else { "is erased; its files follow in a moment" };
    said(common, &receipt, format_args!("The account {state}. Receipt: {}\n", receipt.id))
}

/// Asks on a terminal; elsewhere nobody could answer.
fn confirmed(account: &Account) -> Result<bool, Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::usage("erasing can't be undone: add --yes to do it without being asked"));
    }
    eprint!("Erase {} with everything in it? It can't be undone. [y/N] ", account.email.as_str());
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
