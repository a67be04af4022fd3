//! What the admin sees.

use std::time::Duration;

use domain::attempt::{AttemptCost, AttemptOutcome};
use domain::generation::{Ending, State};
use domain::page::PageRequest;
use domain::ports::database::{AttemptResult, NewAttempt, StateCounts, StyleUsage};
use domain::style::StyleId;
use domain::time::DAY;
use domain::usage::{UsageEvent, UsageKind};

use super::{LEASE, Scene};

/// Counts, sums and lists agree with what happened, also after leases ran out.
pub async fn the_admin_sees_accounts_states_and_sums(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let done = scene.succeeded(ann).await;
    for ending in [Ending::Refused, Ending::Failed] {
        scene.start(ann).await;
        let lease = scene.claim_one().await.lease;
        scene.finish(lease, ending).await;
    }
    let cancelled = scene.start(ben).await.id;
    scene.db.cancel_generation(ben, cancelled, scene.now()).await.unwrap();
    scene.start(ben).await;
    scene.claim_one().await;
    scene.pass(LEASE);
    let running = scene.claim_one().await.generation;
    let queued = scene.start(ben).await;

    let page = scene.db.list_accounts(PageRequest::first(1)).await.unwrap();
    let of_ben = &page.items[0];
    assert_eq!((of_ben.account.id, page.next), (ben, Some(ben)));
    let counts = StateCounts { queued: 1, running: 1, cancelled: 1, ..StateCounts::default() };
    assert_eq!((of_ben.generations, of_ben.credits.balance.get()), (counts, 92));
    assert_eq!(of_ben.stored_bytes, 3_000_000);
    let page = scene.db.list_accounts(PageRequest { after: page.next, limit: 1 }).await.unwrap();
    let counts = StateCounts { succeeded: 1, refused: 1, failed: 1, ..StateCounts::default() };
    assert_eq!((page.items[0].account.id, page.items[0].generations), (ann, counts));
    assert_eq!((page.items[0].stored_bytes, page.next), (3_000_000 + 2 * 520_000, None));

    let totals = scene.db.totals().await.unwrap();
    let each = StateCounts { queued: 1, running: 1, succeeded: 1, refused: 1, failed: 1, cancelled: 1 };
    assert_eq!((totals.accounts, totals.generations), (2, each));
    assert_eq!((totals.credits_outstanding, totals.credits_owed), (96 + 92, 0));
    assert_eq!((totals.photos, totals.photo_bytes), (6, 6_000_000));
    assert_eq!((totals.images, totals.result_bytes, totals.preview_bytes), (2, 1_000_000, 40_000));
    for (state, id) in [(State::Queued, queued.id), (State::Running, running.id), (State::Succeeded, done.id)]
    {
        let listed = scene.db.list_by_state(state, PageRequest::first(5)).await.unwrap().items;
        assert_eq!(listed.iter().map(|generation| generation.id).collect::<Vec<_>>(), [id]);
    }
}

/// Attempts and style choices are counted in a span of time.
pub async fn attempts_and_styles_are_counted(scene: &Scene) {
    let ann = scene.account().await;
    let begin = scene.now();
    scene.start(ann).await;
    let lease = scene.claim_one().await.lease;
    for (number, outcome) in
        [(1, AttemptOutcome::Unavailable), (2, AttemptOutcome::Succeeded), (3, AttemptOutcome::Succeeded)]
    {
        let attempt = NewAttempt {
            number,
            provider: "one".into(),
            model: "m".into(),
            prompt: String::new(),
            send_to: None,
        };
        scene.db.begin_attempt(lease, attempt, scene.now()).await.unwrap();
        scene.pass(Duration::from_millis(250));
        let cost = AttemptCost { tokens_in: 1, tokens_out: 2, micro_dollars: 39_000 };
        let result = AttemptResult { outcome, detail: String::new(), images: 1, cost };
        scene.db.finish_attempt(lease, number, result, scene.now()).await.unwrap();
    }
    let summary = scene.db.attempt_summary(begin, begin + DAY).await.unwrap();
    let good = summary.iter().find(|summary| summary.outcome == Some(AttemptOutcome::Succeeded)).unwrap();
    assert_eq!((summary.len(), good.attempts, good.images), (2, 2, 2));
    assert_eq!((good.millis, good.micro_dollars), (500, 78_000));
    assert_eq!(scene.db.attempt_summary(begin + DAY, begin + 2 * DAY).await.unwrap(), []);

    let style = StyleId::new("studio-white").unwrap();
    let fetched =
        UsageEvent { account: ann, kind: UsageKind::ImageFetched, style: style.clone(), at: scene.now() };
    scene.db.record_usage(fetched.clone()).await.unwrap();
    scene.db.record_usage(fetched).await.unwrap();
    let usage = scene.db.style_usage(begin, begin + DAY).await.unwrap();
    let count = |kind, count| StyleUsage { style: style.clone(), kind, count };
    assert_eq!(usage, [count(UsageKind::ImageFetched, 2), count(UsageKind::StyleChosen, 1)]);
}
