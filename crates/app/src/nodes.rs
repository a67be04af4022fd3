//! The other nodes: what happens here is told to them, and what they tell happens here, too.
//!
//! What is to be told waits in a queue and goes out in batches, so that a busy node does not say ten things in ten messages. When the
//! queue is full it is left unsaid: everybody looks for itself now and then.

use std::pin::pin;
use std::time::Duration;

use domain::generation::Generation;
use domain::ids::AccountId;
use domain::ports::nodes::{Heard, News, Nodes};
use tokio::sync::{Mutex, mpsc};

use crate::App;
use crate::events::GenerationEvent;

/// News that may wait.
const QUEUE: usize = 4096;
/// The most of them in one message.
const BATCH: usize = 256;
/// How long the next message waits for more to be said.
const GATHER: Duration = Duration::from_millis(20);

/// What is to be told elsewhere.
pub(crate) struct Elsewhere {
    queue: mpsc::Sender<News>,
    waiting: Mutex<mpsc::Receiver<News>>,
    /// Whether there is anybody to be told.
    anybody: bool,
}

impl Elsewhere {
    pub(crate) fn new(anybody: bool) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        Elsewhere { queue, waiting: Mutex::new(waiting), anybody }
    }

    fn tell(&self, news: News) {
        if self.anybody {
            // An error says that the queue is full.
            let _ = self.queue.try_send(news);
        }
    }

    async fn batch(&self) -> Vec<News> {
        let mut waiting = self.waiting.lock().await;
        let mut batch = Vec::new();
        waiting.recv_many(&mut batch, BATCH).await;
        // Ten generations that were started are work once.
        let (mut work, mut due) = (false, false);
        batch.retain(|news| match news {
            News::Work => !std::mem::replace(&mut work, true),
            News::Deliveries => !std::mem::replace(&mut due, true),
            News::TakenBack(_) | News::Generation(_) => true,
        });
        batch
    }
}

impl App {
    /// Keeps in touch with the other nodes until `stop` is done. Where there are none it has nothing to do.
    pub async fn keep_in_touch(&self, stop: impl Future<Output = ()>) {
        let Some(nodes) = self.ports.nodes.clone() else { return };
        let mut stop = pin!(stop);
        tokio::select! {
            () = &mut stop => {}
            () = self.pass_on(&*nodes) => {}
            () = self.listen_to(&*nodes) => {}
        }
    }

    async fn pass_on(&self, nodes: &dyn Nodes) {
        loop {
            let batch = self.elsewhere.batch().await;
            if let Err(error) = nodes.tell(batch).await {
                tracing::debug!(%error, "the other nodes were not told");
            }
            tokio::time::sleep(GATHER).await;
        }
    }

    async fn listen_to(&self, nodes: &dyn Nodes) {
        loop {
            match nodes.listen().await {
                Heard::News(news) => news.into_iter().for_each(|news| self.hear(news)),
                Heard::Missed => {
                    self.events.missed();
                    self.work_bell.notify_one();
                    self.delivery_bell.notify_one();
                }
            }
        }
    }

    fn hear(&self, news: News) {
        match news {
            News::Work => self.work_bell.notify_one(),
            News::Deliveries => self.delivery_bell.notify_one(),
            // An error says that nobody works here.
            News::TakenBack(account) => drop(self.taken_back.send(account)),
            News::Generation(event) => self.events.send(event),
        }
    }

    /// Calls a worker, wherever one is.
    pub(crate) fn call_worker(&self) {
        self.work_bell.notify_one();
        self.elsewhere.tell(News::Work);
    }

    /// Webhooks are due.
    pub(crate) fn call_deliverer(&self) {
        self.delivery_bell.notify_one();
        self.elsewhere.tell(News::Deliveries);
    }

    /// An account took something back: workers ask at once whether they may go on.
    pub(crate) fn call_back(&self, account: AccountId) {
        let _ = self.taken_back.send(account);
        self.elsewhere.tell(News::TakenBack(account));
    }

    /// Tells how a generation stands. Nobody need listen.
    pub(crate) fn tell(&self, generation: &Generation) {
        let Generation { account, id, state, progress, .. } = *generation;
        self.tell_event(GenerationEvent { account, generation: id, state, progress, image: None });
    }

    /// Tells what happened to a generation.
    pub(crate) fn tell_event(&self, event: GenerationEvent) {
        self.events.send(event);
        self.elsewhere.tell(News::Generation(event));
    }
}
