//! News between nodes, by LISTEN and NOTIFY.
//!
//! It goes its own way beside the transactions: a notification inside one would make all commits of the server wait for each
//! other. One connection of each node listens and does nothing else. When it breaks, or does not answer when it has been silent for a
//! while, another one takes its place, and the node is told that it may have missed something.
//!
//! A message is a line: the sender's number, then one word for each piece of news.

use std::time::Duration;

use domain::ports::BoxFuture;
use domain::ports::database::DatabaseError;
use domain::ports::nodes::{GenerationEvent, Heard, News, Nodes};
use sqlx::postgres::{PgConnectOptions, PgListener, PgPoolOptions};
use sqlx::{Executor, Postgres as Driver};
use tokio::sync::Mutex;

use super::super::failure::unavailable;
use super::super::row::name;
use super::pool::Pool;

/// The longest message; the server takes 7,999 bytes.
const MESSAGE: usize = 7_900;
/// After how much silence the connection is asked whether it still holds.
const SILENCE: Duration = Duration::from_secs(15);
/// How long to wait before the server is tried again.
const AGAIN: Duration = Duration::from_secs(1);

/// The other nodes on a server.
pub struct ServerNodes {
    pool: Pool,
    options: PgConnectOptions,
    channel: String,
    node: u64,
    listener: Mutex<Option<PgListener>>,
}

impl ServerNodes {
    /// News on a channel, from a node of this number.
    pub(super) fn new(pool: Pool, options: PgConnectOptions, channel: String, node: u64) -> Self {
        ServerNodes { pool, options, channel, node, listener: Mutex::new(None) }
    }

    async fn connect(&self) -> Result<PgListener, sqlx::Error> {
        let pool = PgPoolOptions::new().max_connections(1).connect_lazy_with(self.options.clone());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(&self.channel).await?;
        Ok(listener)
    }

    async fn wait(&self) -> Heard {
        let patience = self.pool.patience();
        let mut listening = self.listener.lock().await;
        loop {
            let Some(listener) = listening.as_mut() else {
                match tokio::time::timeout(patience, self.connect()).await {
                    Ok(Ok(listener)) => {
                        *listening = Some(listener);
                        return Heard::Missed;
                    }
                    _ => tokio::time::sleep(AGAIN).await,
                }
                continue;
            };
            match tokio::time::timeout(SILENCE, listener.try_recv()).await {
                Ok(Ok(Some(message))) => {
                    let news = read(self.node, message.payload());
                    if !news.is_empty() {
                        return Heard::News(news);
                    }
                }
                Ok(_) => *listening = None,
                Err(_) => {
                    let asked = tokio::time::timeout(patience, Executor::execute(listener, "SELECT 1")).await;
                    if !matches!(asked, Ok(Ok(_))) {
                        *listening = None;
                    }
                }
            }
        }
    }
}

impl Nodes for ServerNodes {
    fn tell(&self, news: Vec<News>) -> BoxFuture<'_, Result<(), DatabaseError>> {
        Box::pin(async move {
            for message in write(self.node, &news) {
                let mut lent = self.pool.lend().await?;
                let told = sqlx::query::<Driver>("SELECT pg_notify($1, $2)")
                    .bind(&self.channel)
                    .bind(message)
                    .execute(&mut lent.connection);
                let late = |_| DatabaseError::Unavailable("the database did not answer in time".into());
                tokio::time::timeout(self.pool.patience(), told).await.map_err(late)?.map_err(unavailable)?;
                lent.give_back();
            }
            Ok(())
        })
    }

    fn listen(&self) -> BoxFuture<'_, Heard> {
        Box::pin(self.wait())
    }
}

/// As many messages as it takes.
fn write(node: u64, news: &[News]) -> Vec<String> {
    let mut messages = Vec::new();
    let mut message = node.to_string();
    for word in news.iter().filter_map(|news| word(*news)) {
        if message.len() + 1 + word.len() > MESSAGE {
            messages.push(std::mem::replace(&mut message, node.to_string()));
        }
        message.push(' ');
        message.push_str(&word);
    }
    messages.push(message);
    messages
}

fn word(news: News) -> Option<String> {
    Some(match news {
        News::Work => "work".into(),
        News::Deliveries => "deliveries".into(),
        News::TakenBack(account) => format!("back:{account}"),
        News::Generation(GenerationEvent { account, generation, state, progress, image }) => {
            let image = image.map_or_else(String::new, |image| image.to_string());
            format!("generation:{account}:{generation}:{}:{progress}:{image}", name(&state).ok()?)
        }
    })
}

/// What a message says, unless it is this node's own. What a newer program says and this one does not understand is passed over.
fn read(node: u64, message: &str) -> Vec<News> {
    let mut words = message.split(' ');
    match words.next() {
        Some(sender) if sender != node.to_string() => words.filter_map(news).collect(),
        _ => Vec::new(),
    }
}

fn news(word: &str) -> Option<News> {
    let mut parts = word.split(':');
    let news = match parts.next()? {
        "work" => News::Work,
        "deliveries" => News::Deliveries,
        "back" => News::TakenBack(parts.next()?.parse().ok()?),
        "generation" => News::Generation(GenerationEvent {
            account: parts.next()?.parse().ok()?,
            generation: parts.next()?.parse().ok()?,
            state: serde_json::from_value(parts.next()?.into()).ok()?,
            progress: parts.next()?.parse().ok()?,
            image: match parts.next()? {
                "" => None,
                image => Some(image.parse().ok()?),
            },
        }),
        _ => return None,
    };
    Some(news)
}

#[cfg(test)]
mod tests {
    use domain::generation::State;
    use domain::ids::{AccountId, GenerationId};
    use domain::time::Timestamp;

    use super::*;

    fn event(n: u8) -> News {
        let now = Timestamp::from_millis(1_795_392_000_000);
        News::Generation(GenerationEvent {
            account: AccountId::new(now, [n; 10]),
            generation: GenerationId::new(now, [n; 10]),
            state: State::ALL[usize::from(n) % State::ALL.len()],
            progress: n % 101,
            image: n.is_multiple_of(2).then_some(n),
        })
    }

    #[test]
    fn what_is_told_is_heard_by_others_and_not_by_oneself() {
        let account = AccountId::new(Timestamp::from_millis(7), [9; 10]);
        let mut news = vec![News::Work, News::Deliveries, News::TakenBack(account)];
        news.extend((0..=255).map(event));
        let messages = write(7, &news);
        assert!(messages.len() > 1 && messages.iter().all(|message| message.len() < 8000));
        let heard: Vec<News> = messages.iter().flat_map(|message| read(8, message)).collect();
        assert_eq!(heard, news);
        assert!(messages.iter().all(|message| read(7, message).is_empty()));
    }

    #[test]
    fn what_makes_no_sense_is_passed_over() {
        for message in ["", "8", "8 sale:50% work:", "8 generation:x:y:z", "8 back:", "8 generation"] {
            assert!(read(7, message).iter().all(|news| *news == News::Work), "{message}");
        }
    }
}
