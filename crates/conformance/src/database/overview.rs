//! What the admin sees.

use std::time::Duration;

use domain::attempt::{AttemptCost, AttemptOutcome};
use domain::generation::{Ending, Lease, State};
use domain::ids::ErasureId;
use domain::page::PageRequest;
use domain::ports::database::{AttemptResult, NewAttempt, Percentiles, Spending, StateCounts, StyleUsage};
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
    for (number, outcome, takes) in [
        (1, AttemptOutcome::Unavailable, 70),
        (2, AttemptOutcome::Succeeded, 300),
        (3, AttemptOutcome::Succeeded, 200),
        (4, AttemptOutcome::Succeeded, 900),
        (5, AttemptOutcome::Succeeded, 100),
    ] {
        attempt(scene, lease, number, number > 3, Some((outcome, takes))).await;
    }
    attempt(scene, lease, 6, false, None).await;
    let summary = scene.db.attempt_summary(begin, begin + DAY).await.unwrap();
    let of = |outcome| summary.iter().find(|summary| summary.outcome == outcome).unwrap();
    let good = of(Some(AttemptOutcome::Succeeded));
    assert_eq!((summary.len(), good.attempts, good.images, good.fallbacks), (3, 4, 4, 2));
    assert_eq!((good.millis, good.latency), (1500, Percentiles { p50: 200, p90: 900, p99: 900 }));
    assert_eq!(good.cost, AttemptCost { tokens_in: 4, tokens_out: 8, micro_dollars: 156_000 });
    assert_eq!(of(Some(AttemptOutcome::Unavailable)).latency, Percentiles { p50: 70, p90: 70, p99: 70 });
    assert_eq!((of(None).attempts, of(None).latency), (1, Percentiles::default()));
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

/// Money that was spent is on record by day, style and provider, whatever becomes of generations and accounts.
pub async fn what_was_spent_stays_when_generations_go(scene: &Scene) {
    let (ann, ben) = (scene.account().await, scene.account().await);
    let today = scene.now().day();
    let first = scene.start(ann).await.id;
    let lease = scene.claim_one().await.lease;
    attempt(scene, lease, 1, false, Some((AttemptOutcome::Unavailable, 40))).await;
    attempt(scene, lease, 2, true, Some((AttemptOutcome::Succeeded, 50))).await;
    let again = AttemptResult {
        outcome: AttemptOutcome::Succeeded,
        detail: String::new(),
        images: 1,
        cost: AttemptCost { micro_dollars: 1_000_000, ..AttemptCost::default() },
    };
    scene.db.finish_attempt(lease, 2, again, scene.now()).await.expect("asked twice");
    attempt(scene, lease, 3, true, None).await;
    scene.finish(lease, Ending::Failed).await;
    scene.start(ben).await;
    let lease = scene.claim_one().await.lease;
    attempt(scene, lease, 1, false, Some((AttemptOutcome::Succeeded, 60))).await;
    // It counts for the day on which it began.
    scene.pass(DAY - scene.now().since(today) - Duration::from_millis(1));
    attempt(scene, lease, 2, false, Some((AttemptOutcome::Succeeded, 2))).await;
    attempt(scene, lease, 3, false, Some((AttemptOutcome::Succeeded, 2))).await;
    scene.finish(lease, Ending::Failed).await;

    let cost = |n| AttemptCost { tokens_in: n, tokens_out: 2 * n, micro_dollars: 39_000 * n };
    let spent = |day, outcome, attempts, generations, fallbacks| Spending {
        day,
        style: StyleId::new("studio-white").unwrap(),
        provider: "one".into(),
        model: "m".into(),
        outcome,
        attempts,
        generations,
        fallbacks,
        images: attempts,
        cost: cost(attempts),
    };
    let expected = [
        spent(today, AttemptOutcome::Succeeded, 3, 1, 1),
        spent(today, AttemptOutcome::Unavailable, 1, 1, 0),
        spent(today + DAY, AttemptOutcome::Succeeded, 1, 0, 0),
    ];
    let known = |from, until| scene.db.spending(from, until);
    assert_eq!(known(today, today + 2 * DAY).await.unwrap(), expected);
    assert_eq!(known(today, today + DAY).await.unwrap(), expected[..2]);
    assert_eq!(known(today + DAY, today + 2 * DAY).await.unwrap(), expected[2..]);
    scene.db.delete_generation(ann, first, scene.now()).await.unwrap();
    scene.db.erase_account(ben, scene.id(ErasureId::new), scene.now()).await.unwrap();
    assert_eq!(known(today, today + 2 * DAY).await.unwrap(), expected, "it speaks of nobody, and stays");
    assert_eq!(scene.db.attempt_summary(today, today + 2 * DAY).await.unwrap(), []);
}

/// A try that takes so many milliseconds, or does not end.
async fn attempt(
    scene: &Scene,
    lease: Lease,
    number: u16,
    fallback: bool,
    ends: Option<(AttemptOutcome, u64)>,
) {
    let (provider, model) = ("one".to_owned(), "m".to_owned());
    let attempt = NewAttempt { number, provider, model, prompt: String::new(), send_to: None, fallback };
    scene.db.begin_attempt(lease, attempt, scene.now()).await.unwrap();
    let Some((outcome, takes)) = ends else { return };
    scene.pass(Duration::from_millis(takes));
    let cost = AttemptCost { tokens_in: 1, tokens_out: 2, micro_dollars: 39_000 };
    let result = AttemptResult { outcome, detail: String::new(), images: 1, cost };
    scene.db.finish_attempt(lease, number, result, scene.now()).await.unwrap();
}
