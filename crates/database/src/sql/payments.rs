//! What the payment service tells, and the books of money that follow from it.

use std::collections::BTreeSet;

use domain::credit::{Credits, EntryKey};
use domain::ids::AccountId;
use domain::payment::Money;
use domain::ports::database::{
    Answer, Conflict, Heard, MoneySummary, PaymentMessage, PaymentNews, PaymentRecord, Purchases,
};
use domain::purchase::{Movement, Purchase, PurchaseNews, Terms};
use domain::subscription::Subscription;
use domain::time::{DAY, Timestamp};

use super::credits::{self, Booking};
use super::failure::{Failure, Outcome, taken};
use super::row::{Row, all, integer, json, millis, name};
use super::statement::{Tx, query};
use super::{Engine, Sql, accounts, aliases};

/// How long a message's id is known: longer than a payment service sends it by itself. One that comes later still does no harm,
/// since what it tells is known.
const KNOWN_FOR: std::time::Duration = DAY.saturating_mul(31);

impl<E: Engine> Purchases for Sql<E> {
    fn apply_payment(&self, message: PaymentMessage) -> Answer<'_, Heard> {
        self.engine.write(move |tx| Box::pin(apply(tx, message)))
    }

    fn purchase(&self, purchase: String) -> Answer<'_, Option<Purchase>> {
        self.engine.read(move |tx| {
            Box::pin(async move { Ok(find(tx, &purchase).await?.map(|(purchase, _)| purchase)) })
        })
    }

    fn purchases(&self, account: AccountId) -> Answer<'_, Vec<Purchase>> {
        self.engine.read(move |tx| Box::pin(of(tx, account)))
    }

    fn list_purchases(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<Purchase>> {
        self.engine.read(move |tx| Box::pin(list_purchases(tx, from, until)))
    }

    fn list_payments(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<PaymentRecord>> {
        self.engine.read(move |tx| Box::pin(list_payments(tx, from, until)))
    }

    fn money_summary(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<MoneySummary>> {
        self.engine.read(move |tx| Box::pin(money_summary(tx, from, until)))
    }

    fn subscriptions(&self, account: AccountId) -> Answer<'_, Vec<Subscription>> {
        self.engine.read(move |tx| Box::pin(subscriptions_of(tx, account)))
    }
}

/// Reads a purchase and the number of its movements.
fn read(row: &Row) -> Outcome<(Purchase, u32)> {
    let terms = row.maybe("credits", |row, credits| {
        let money = Money { minor: row.number("minor")?, currency: row.parsed("currency")? };
        Ok(Terms { credits: Credits::new(row.number(credits)?), money })
    })?;
    let purchase = Purchase {
        key: row.text("key")?,
        account: row.maybe("account", |row, column| row.parsed(column))?,
        terms,
        payment: row.named("payment")?,
        refunded: row.number("refunded")?,
        disputes: row.json("disputes")?,
        at: row.time("at")?,
    };
    Ok((purchase, row.number("movements")?))
}

fn read_purchase(row: &Row) -> Outcome<Purchase> {
    Ok(read(row)?.0)
}

fn read_payment(row: &Row) -> Outcome<PaymentRecord> {
    Ok(PaymentRecord {
        purchase: row.text("purchase")?,
        number: row.number("number")?,
        account: row.maybe("account", |row, column| row.parsed(column))?,
        kind: row.named("kind")?,
        credits: Credits::new(row.number("credits")?),
        money: Money { minor: row.number("minor")?, currency: row.parsed("currency")? },
        at: row.time("at")?,
    })
}

fn read_subscription(row: &Row) -> Outcome<Subscription> {
    Ok(Subscription {
        id: row.text("id")?,
        account: row.parsed("account")?,
        state: row.named("state")?,
        paid_until: row.time("paid_until")?,
        ends: row.flag("ends")?,
        as_of: row.time("as_of")?,
    })
}

async fn find(tx: &mut Tx, key: &str) -> Outcome<Option<(Purchase, u32)>> {
    let row = query("SELECT * FROM purchases WHERE key = $1").bind(key);
    row.fetch_optional(tx).await?.as_ref().map(read).transpose()
}

async fn apply(tx: &mut Tx, message: PaymentMessage) -> Outcome<Heard> {
    let mut heard = Heard::default();
    if let Some(id) = message.id
        && !aliases::note_once(tx, id, message.now, message.now + KNOWN_FOR).await?
    {
        heard.already = true;
        return Ok(heard);
    }
    hold_all(tx, &message.news).await?;
    for news in message.news {
        match news {
            PaymentNews::Purchase(news) => hear(tx, news, message.now, &mut heard).await?,
            PaymentNews::Subscription(news) => subscribe(tx, news).await?,
            PaymentNews::Customer(account, alias) => {
                if is_there(tx, account).await? {
                    aliases::set(tx, account, &alias, message.now).await?;
                }
            }
            PaymentNews::CustomerGone(alias) => aliases::remove(tx, &alias).await?,
        }
    }
    Ok(heard)
}

/// Holds every purchase and every account that a message speaks of, each kind in order, so that no two messages wait for each
/// other.
async fn hold_all(tx: &mut Tx, news: &[PaymentNews]) -> Outcome<()> {
    let (mut purchases, mut accounts) = (BTreeSet::new(), BTreeSet::new());
    for news in news {
        match news {
            PaymentNews::Purchase(news) => {
                purchases.insert(&news.purchase);
                accounts.extend(news.terms.map(|(account, _)| account));
            }
            PaymentNews::Subscription(news) => drop(accounts.insert(news.account)),
            PaymentNews::Customer(account, _) => drop(accounts.insert(*account)),
            PaymentNews::CustomerGone(_) => {}
        }
    }
    for purchase in &purchases {
        tx.hold_word(&format!("purchase {purchase}")).await?;
    }
    for purchase in purchases {
        accounts.extend(find(tx, purchase).await?.and_then(|(known, _)| known.account));
    }
    for account in accounts {
        tx.hold(account).await?;
    }
    Ok(())
}

async fn is_there(tx: &mut Tx, account: AccountId) -> Outcome<bool> {
    match accounts::find(tx, account).await {
        Ok(_) => Ok(true),
        Err(Failure::Rule(_)) => Ok(false),
        Err(failure) => Err(failure),
    }
}

/// Learns something of a purchase, and books what follows.
async fn hear(tx: &mut Tx, news: PurchaseNews, now: Timestamp, heard: &mut Heard) -> Outcome<()> {
    let known = find(tx, &news.purchase).await?;
    let (mut purchase, done) = known.unwrap_or_else(|| (Purchase::unheard(news.purchase, news.at), 0));
    let (account, terms) = news.terms.unzip();
    let account = match account {
        Some(account) if is_there(tx, account).await? => Some(account),
        _ => None,
    };
    let movements = purchase.hear(account, terms, &news.fact, news.at).map_err(Conflict::from)?;
    let count = done + u32::try_from(movements.len()).unwrap_or(u32::MAX);
    store(tx, &purchase, count).await?;
    if purchase.account.is_none() && !movements.is_empty() {
        heard.unclaimed.push(purchase.key.clone());
    }
    for (number, movement) in (done + 1..).zip(movements) {
        book(tx, &purchase, number, movement, news.at, now).await?;
        heard.moved.extend(purchase.account);
    }
    Ok(())
}

async fn store(tx: &mut Tx, purchase: &Purchase, movements: u32) -> Outcome<()> {
    query(
        "INSERT INTO purchases (key, account, credits, minor, currency, payment, refunded, disputes, movements, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
         ON CONFLICT (key) DO UPDATE SET account = excluded.account, credits = excluded.credits,
             minor = excluded.minor, currency = excluded.currency, payment = excluded.payment,
             refunded = excluded.refunded, disputes = excluded.disputes, movements = excluded.movements,
             at = excluded.at",
    )
    .bind(&purchase.key)
    .bind(purchase.account.map(|account| account.to_string()))
    .bind(purchase.terms.map(|terms| terms.credits.get()))
    .bind(purchase.terms.map(|terms| integer(terms.money.minor)))
    .bind(purchase.currency().map(|currency| currency.to_string()))
    .bind(name(&purchase.payment)?)
    .bind(integer(purchase.refunded))
    .bind(json(&purchase.disputes)?)
    .bind(movements)
    .bind(millis(purchase.at))
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes a movement into the books of money, and into the ledger of whose it is.
async fn book(
    tx: &mut Tx,
    purchase: &Purchase,
    number: u32,
    movement: Movement,
    at: Timestamp,
    now: Timestamp,
) -> Outcome<()> {
    query(
        "INSERT INTO payments (purchase, number, account, kind, credits, minor, currency, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(&purchase.key)
    .bind(number)
    .bind(purchase.account.map(|account| account.to_string()))
    .bind(name(&movement.kind)?)
    .bind(movement.credits.get())
    .bind(integer(movement.money.minor))
    .bind(movement.money.currency.to_string())
    .bind(millis(at))
    .execute(&mut *tx)
    .await?;
    if let (Some(account), Some(posting)) = (purchase.account, movement.posting()) {
        let key = EntryKey::payment(&purchase.key, number);
        credits::post(tx, Booking { account, key, generation: None, note: "", now }, posting).await?;
    }
    Ok(())
}

async fn subscribe(tx: &mut Tx, news: Subscription) -> Outcome<()> {
    if !is_there(tx, news.account).await? {
        return Ok(());
    }
    let row = query("SELECT * FROM subscriptions WHERE account = $1 AND id = $2")
        .bind(news.account.to_string())
        .bind(&news.id);
    let known = row.fetch_optional(&mut *tx).await?.as_ref().map(read_subscription).transpose()?;
    if known.is_some_and(|known| !news.supersedes(&known)) {
        return Ok(());
    }
    query(
        "INSERT INTO subscriptions (account, id, state, paid_until, ends, as_of) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (account, id) DO UPDATE SET state = excluded.state, paid_until = excluded.paid_until,
             ends = excluded.ends, as_of = excluded.as_of",
    )
    .bind(news.account.to_string())
    .bind(&news.id)
    .bind(name(&news.state)?)
    .bind(millis(news.paid_until))
    .bind(i64::from(news.ends))
    .bind(millis(news.as_of))
    .execute(tx)
    .await
    .map_err(taken(Conflict::IdReused))?;
    Ok(())
}

/// The purchases of an account, newest first.
pub(super) async fn of(tx: &mut Tx, account: AccountId) -> Outcome<Vec<Purchase>> {
    let rows = query("SELECT * FROM purchases WHERE account = $1 ORDER BY at DESC, key DESC")
        .bind(account.to_string());
    all(rows.fetch_all(tx).await?, read_purchase)
}

async fn list_purchases(tx: &mut Tx, from: Timestamp, until: Timestamp) -> Outcome<Vec<Purchase>> {
    let rows = query("SELECT * FROM purchases WHERE at >= $1 AND at < $2 ORDER BY at, key")
        .bind(millis(from))
        .bind(millis(until));
    all(rows.fetch_all(tx).await?, read_purchase)
}

async fn list_payments(tx: &mut Tx, from: Timestamp, until: Timestamp) -> Outcome<Vec<PaymentRecord>> {
    let rows = query("SELECT * FROM payments WHERE at >= $1 AND at < $2 ORDER BY at, purchase, number")
        .bind(millis(from))
        .bind(millis(until));
    all(rows.fetch_all(tx).await?, read_payment)
}

async fn money_summary(tx: &mut Tx, from: Timestamp, until: Timestamp) -> Outcome<Vec<MoneySummary>> {
    let rows = query(
        "SELECT currency, kind, count(*) AS count, CAST(sum(minor) AS BIGINT) AS minor,
             CAST(sum(credits) AS BIGINT) AS credits
         FROM payments WHERE at >= $1 AND at < $2 GROUP BY currency, kind ORDER BY currency, kind",
    )
    .bind(millis(from))
    .bind(millis(until));
    all(rows.fetch_all(tx).await?, |row| {
        Ok(MoneySummary {
            currency: row.parsed("currency")?,
            kind: row.named("kind")?,
            count: row.number("count")?,
            minor: row.number("minor")?,
            credits: row.number("credits")?,
        })
    })
}

/// The subscriptions of an account, the one told of last first.
pub(super) async fn subscriptions_of(tx: &mut Tx, account: AccountId) -> Outcome<Vec<Subscription>> {
    let rows = query("SELECT * FROM subscriptions WHERE account = $1").bind(account.to_string());
    let mut subscriptions = all(rows.fetch_all(tx).await?, read_subscription)?;
    subscriptions.sort_by(|a, b| (b.as_of, &b.id).cmp(&(a.as_of, &a.id)));
    Ok(subscriptions)
}
