//! What the payment service tells, and the books of money.
//!
//! What follows from a message is the domain's to say ([`Purchase::hear`]), in whole numbers that floating point can't hold. So what is
//! known is read, what follows is thought out here, and it is written on the condition that what was known is so still; if it is
//! not, it is thought out anew.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::AccountId;
use domain::ports::database::{
    Answer, Conflict, DatabaseError, Heard, MoneySummary, PaymentMessage, PaymentNews, PaymentRecord,
    Purchases,
};
use domain::purchase::{Movement, Purchase, PurchaseNews};
use domain::subscription::Subscription;
use domain::time::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Convex;
use super::error::ConvexError;
use super::wire::{MoneyDay, PaymentRow, PurchaseRow, Row, SubscriptionRow, all, text};

/// How often a message is thought out anew because others told of the same purchases at the same moment.
const TRIES: u32 = 40;

#[derive(Deserialize)]
struct KnownRows {
    purchases: Vec<PurchaseRow>,
    accounts: Vec<AccountId>,
}

#[derive(Deserialize)]
struct Applied {
    stale: bool,
    already: bool,
}

/// A purchase as it is known, with the number of its movements and of its changes.
struct Known {
    purchase: Purchase,
    movements: u32,
    version: u32,
}

/// What is known of what a message speaks of, and what follows.
struct Following {
    purchases: BTreeMap<String, Known>,
    there: BTreeSet<AccountId>,
    heard: Heard,
}

impl Following {
    /// Learns something, and says what is to be written.
    fn hear(&mut self, news: &PaymentNews) -> Result<Value, DatabaseError> {
        Ok(match news {
            PaymentNews::Purchase(news) => self.hear_purchase(news)?,
            PaymentNews::Subscription(news) => json!({ "kind": "subscription", "news": news }),
            PaymentNews::Customer(account, alias) => {
                json!({ "kind": "customer", "account": account, "alias": alias })
            }
            PaymentNews::CustomerGone(alias) => json!({ "kind": "customer_gone", "alias": alias }),
        })
    }

    fn hear_purchase(&mut self, news: &PurchaseNews) -> Result<Value, DatabaseError> {
        let key = news.purchase.clone();
        let known = self.purchases.entry(key.clone()).or_insert_with(|| Known {
            purchase: Purchase::unheard(key, news.at),
            movements: 0,
            version: 0,
        });
        let (account, terms) = news.terms.unzip();
        let account = account.filter(|account| self.there.contains(account));
        let movements = known.purchase.hear(account, terms, &news.fact, news.at).map_err(Conflict::from)?;
        let follows = known.version;
        known.version += 1;
        known.movements += u32::try_from(movements.len()).unwrap_or(u32::MAX);
        match known.purchase.account {
            Some(account) => self.heard.moved.extend(movements.iter().map(|_| account)),
            None if movements.is_empty() => {}
            None => self.heard.unclaimed.push(known.purchase.key.clone()),
        }
        let movements: Vec<Value> = movements.iter().map(movement).collect();
        let news = json!({
            "purchase": written(known)?, "follows": follows, "movements": movements, "at": news.at,
        });
        Ok(json!({ "kind": "purchase", "news": news }))
    }
}

fn movement(movement: &Movement) -> Value {
    let Movement { kind, credits, money } = movement;
    json!({ "kind": kind, "credits": credits, "minor": money.minor, "currency": money.currency })
}

fn written(known: &Known) -> Result<Value, DatabaseError> {
    let Purchase { key, account, terms, payment, refunded, disputes, at } = &known.purchase;
    Ok(json!({
        "key": key, "account": account, "credits": terms.map(|terms| terms.credits),
        "minor": terms.map(|terms| terms.money.minor), "currency": terms.map(|terms| terms.money.currency),
        "payment": payment, "refunded": refunded, "disputes": text(disputes)?,
        "movements": known.movements, "at": at,
    }))
}

/// The accounts that a message speaks of.
fn accounts(news: &[PaymentNews]) -> BTreeSet<AccountId> {
    let whose = |news: &PaymentNews| match news {
        PaymentNews::Purchase(news) => news.terms.map(|(account, _)| account),
        _ => None,
    };
    news.iter().filter_map(whose).collect()
}

fn purchases(news: &[PaymentNews]) -> BTreeSet<&str> {
    let mut named = BTreeSet::new();
    for news in news {
        if let PaymentNews::Purchase(news) = news {
            named.insert(news.purchase.as_str());
        }
    }
    named
}

impl Convex {
    /// One try to apply a message; `None` when what was known has changed meanwhile.
    async fn apply_once(&self, message: &PaymentMessage) -> Result<Option<Heard>, DatabaseError> {
        let (asked, named) = (accounts(&message.news), purchases(&message.news));
        let args = json!({ "purchases": named, "accounts": asked });
        let known: KnownRows = self.caller.query("payments:known", args).await?;
        let mut following = Following {
            purchases: BTreeMap::new(),
            there: known.accounts.into_iter().collect(),
            heard: Heard::default(),
        };
        for row in known.purchases {
            let (movements, version) = (row.movements, row.version);
            let purchase = row.value()?;
            following.purchases.insert(purchase.key.clone(), Known { purchase, movements, version });
        }
        let news: Result<Vec<Value>, _> = message.news.iter().map(|news| following.hear(news)).collect();
        let news = match news {
            // A message that was heard before is not looked at, so it can't contradict either.
            Err(_) if self.was_heard(message).await? => {
                return Ok(Some(Heard { already: true, ..Heard::default() }));
            }
            news => news?,
        };
        let there: Vec<Value> = asked
            .iter()
            .map(|account| json!({ "account": account, "there": following.there.contains(account) }))
            .collect();
        let args = json!({
            "message": message.id.map(|id| id.digest()), "there": there, "news": news, "now": message.now,
        });
        let applied: Applied = self.caller.mutation("payments:apply", args).await?;
        Ok(match applied {
            Applied { stale: true, .. } => None,
            Applied { already: true, .. } => Some(Heard { already: true, ..Heard::default() }),
            _ => Some(following.heard),
        })
    }

    async fn was_heard(&self, message: &PaymentMessage) -> Result<bool, DatabaseError> {
        let Some(id) = message.id else { return Ok(false) };
        let args = json!({ "key": id.digest(), "now": message.now });
        Ok(self.caller.query("aliases:isNoted", args).await?)
    }
}

impl Purchases for Convex {
    fn apply_payment(&self, message: PaymentMessage) -> Answer<'_, Heard> {
        Box::pin(async move {
            for _ in 0..TRIES {
                if let Some(heard) = self.apply_once(&message).await? {
                    return Ok(heard);
                }
            }
            let cause = "others write the same purchases again and again".to_owned();
            Err(ConvexError::Unreachable { path: "payments:apply", cause }.into())
        })
    }

    fn purchase(&self, purchase: String) -> Answer<'_, Option<Purchase>> {
        self.ask("payments:get", json!({ "purchase": purchase }), |found: Option<PurchaseRow>| {
            found.map(Row::value).transpose()
        })
    }

    fn purchases(&self, account: AccountId) -> Answer<'_, Vec<Purchase>> {
        self.ask("payments:list", json!({ "account": account }), all::<PurchaseRow>)
    }

    fn list_purchases(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<Purchase>> {
        Box::pin(async move {
            let rows: Vec<PurchaseRow> = self.rows_in("payments:purchasesIn", from, until).await?;
            all(rows)
        })
    }

    fn list_payments(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<PaymentRecord>> {
        Box::pin(async move {
            let rows: Vec<PaymentRow> = self.rows_in("payments:paymentsIn", from, until).await?;
            all(rows)
        })
    }

    fn money_summary(&self, from: Timestamp, until: Timestamp) -> Answer<'_, Vec<MoneySummary>> {
        Box::pin(async move {
            let sums =
                self.by_day::<MoneyDay, PaymentRow>("admin:moneyDays", "payments:paymentsIn", from, until);
            Ok(summed(sums.await?))
        })
    }

    fn subscriptions(&self, account: AccountId) -> Answer<'_, Vec<Subscription>> {
        self.ask("payments:subscriptions", json!({ "account": account }), all::<SubscriptionRow>)
    }
}

fn summed(days: Vec<MoneyDay>) -> Vec<MoneySummary> {
    let mut sums: BTreeMap<(String, String), MoneySummary> = BTreeMap::new();
    for day in days {
        let MoneyDay { currency, kind, count, minor, credits } = day;
        // By the names, as in SQL.
        let name = json!(kind).as_str().unwrap_or_default().to_owned();
        let none = MoneySummary { currency, kind, count: 0, minor: 0, credits: 0 };
        let sum = sums.entry((currency.to_string(), name)).or_insert(none);
        sum.count += count;
        sum.minor += minor;
        sum.credits += credits;
    }
    sums.into_values().collect()
}
