//! What an admin sees and does: accounts, generations by state, credits, storage.

use app::{CurrencyReport, MakerState};
use axum::Json as Answer;
use axum::extract::State;
use axum::http::StatusCode;
use domain::account::Role;
use domain::attempt::{Attempt, AttemptOutcome};
use domain::credit::Credits;
use domain::ids::{AccountId, GenerationId};
use domain::ports::database::{AccountSummary, AttemptSummary, Spending, StateCounts, StyleUsage};
use domain::time::{DAY, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::account::{AccountView, RoleView};
use super::credits::CreditsView;
use super::erasures::ReceiptView;
use super::generations::{GenerationView, StateWord};
use crate::Problem;
use crate::extract::{Json, PageQuery, Path, Query, Signed, page_request};
use crate::state::{Shared, State as Web};
use crate::wire::{Id, ListView, PageView, Time};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default()
        .routes(routes!(list_accounts))
        .routes(routes!(erase_any_account))
        .routes(routes!(grant_credits))
        .routes(routes!(set_role))
        .routes(routes!(issue_reset_link))
        .routes(routes!(list_generations_by_state))
        .routes(routes!(list_attempts))
        .routes(routes!(get_totals))
        .routes(routes!(get_storage))
        .routes(routes!(list_providers))
        .routes(routes!(list_makers))
        .routes(routes!(list_spending))
        .routes(routes!(list_style_usage))
        .routes(routes!(get_money))
}

/// How many generations there are of each state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StateCounts)]
pub(crate) struct StateCountsView {
    queued: u64,
    running: u64,
    succeeded: u64,
    refused: u64,
    failed: u64,
    cancelled: u64,
}

impl From<StateCounts> for StateCountsView {
    fn from(counts: StateCounts) -> Self {
        let StateCounts { queued, running, succeeded, refused, failed, cancelled } = counts;
        StateCountsView { queued, running, succeeded, refused, failed, cancelled }
    }
}

/// One account in the list.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AccountSummary)]
pub(crate) struct SummaryView {
    account: AccountView,
    credits: CreditsView,
    generations: StateCountsView,
    /// Bytes of its photos, images and previews.
    stored_bytes: u64,
}

impl From<AccountSummary> for SummaryView {
    fn from(summary: AccountSummary) -> Self {
        SummaryView {
            account: summary.account.into(),
            credits: summary.credits.into(),
            generations: summary.generations.into(),
            stored_bytes: summary.stored_bytes,
        }
    }
}

/// List the accounts
#[utoipa::path(
    get, path = "/admin/accounts", operation_id = "listAccounts", tag = "Admin", security(("session" = [])),
    params(PageQuery),
    responses((status = 200, body = PageView<SummaryView>, description = "A page of accounts, newest first.")),
)]
async fn list_accounts(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(page): Query<PageQuery>,
) -> Result<Answer<PageView<SummaryView>>, Problem> {
    let accounts = web.app.admin(&caller)?.accounts(page.request()?).await?;
    Ok(Answer(PageView::of(accounts, SummaryView::from)))
}

/// Erase an account
///
/// With everything about it. It can't be undone.
#[utoipa::path(
    delete, path = "/admin/accounts/{account}", operation_id = "eraseAnyAccount", tag = "Admin", security(("session" = [])),
    params(("account" = inline(Id), Path, description = "Which account.")),
    responses((status = 200, body = ReceiptView, description = "The receipt.")),
    extensions(("x-problems" = json!(["last-admin"]))),
)]
async fn erase_any_account(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(account): Path<AccountId>,
) -> Result<Answer<ReceiptView>, Problem> {
    Ok(Answer(web.app.admin(&caller)?.erase(account).await?.into()))
}

/// Credits to be given.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GrantCredits {
    #[schema(minimum = 1, maximum = 1_000_000_000)]
    credits: u32,
    /// The grant's own key: with the same one again they are given once.
    #[schema(example = "2026-11-welcome-ada", min_length = 1, max_length = 255)]
    key: String,
    /// A word for the person, in their ledger.
    #[serde(default)]
    #[schema(max_length = 200)]
    note: String,
}

/// Where the account stands after a grant.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Granted)]
pub(crate) struct GrantedView {
    credits: CreditsView,
    /// Whether they had been given before.
    already: bool,
}

/// Give credits
#[utoipa::path(
    post, path = "/admin/accounts/{account}/grants", operation_id = "grantCredits", tag = "Admin", security(("session" = [])),
    params(("account" = inline(Id), Path, description = "Which account.")),
    request_body = GrantCredits,
    responses((status = 200, body = GrantedView, description = "Where the account stands now.")),
    extensions(("x-problems" = json!(["key-reused", "too-many-credits"]))),
)]
async fn grant_credits(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(account): Path<AccountId>,
    Json(grant): Json<GrantCredits>,
) -> Result<Answer<GrantedView>, Problem> {
    let admin = web.app.admin(&caller)?;
    let applied = admin.grant(account, Credits::new(grant.credits), &grant.key, &grant.note).await?;
    Ok(Answer(GrantedView { credits: applied.position.into(), already: applied.already }))
}

/// What an account may do from now on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SetRole {
    role: RoleView,
}

/// Make an account admin or member
#[utoipa::path(
    put, path = "/admin/accounts/{account}/role", operation_id = "setRole", tag = "Admin", security(("session" = [])),
    params(("account" = inline(Id), Path, description = "Which account.")),
    request_body = SetRole,
    responses((status = 200, body = AccountView, description = "The account as it is now.")),
    extensions(("x-problems" = json!(["last-admin"]))),
)]
async fn set_role(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(account): Path<AccountId>,
    Json(set): Json<SetRole>,
) -> Result<Answer<AccountView>, Problem> {
    let role: Role = set.role.into();
    Ok(Answer(web.app.admin(&caller)?.set_role(account, role).await?.into()))
}

/// What a person sets a new password with.
#[derive(Serialize, ToSchema)]
#[schema(as = ResetLink)]
pub(crate) struct ResetLinkView {
    /// It is shown this once.
    token: String,
    expires_at: Time,
}

/// Make a reset link
///
/// Hand its token to the person. It takes the place of an earlier one.
#[utoipa::path(
    post, path = "/admin/accounts/{account}/reset-link", operation_id = "issueResetLink", tag = "Admin", security(("session" = [])),
    params(("account" = inline(Id), Path, description = "Which account.")),
    responses((status = 201, body = ResetLinkView, description = "The link's token.")),
)]
async fn issue_reset_link(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(account): Path<AccountId>,
) -> Result<(StatusCode, Answer<ResetLinkView>), Problem> {
    let (token, until) = web.app.admin(&caller)?.issue_reset_link(account).await?;
    Ok((
        StatusCode::CREATED,
        Answer(ResetLinkView { token: token.expose().to_owned(), expires_at: until.into() }),
    ))
}

/// Which generations.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ByStateQuery {
    /// Those of this state.
    #[param(inline)]
    state: StateWord,
    /// The `next` of the page before; the first page without.
    #[param(max_length = 200)]
    after: Option<String>,
    /// How many items at most.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
}

/// A generation and whose it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = AnyGeneration)]
pub(crate) struct AnyGenerationView {
    #[schema(value_type = Id)]
    account: AccountId,
    /// Without its images, its title and its note: those are its owner's.
    generation: GenerationView,
}

/// List generations by state
#[utoipa::path(
    get, path = "/admin/generations", operation_id = "listGenerationsByState", tag = "Admin", security(("session" = [])),
    params(ByStateQuery),
    responses((status = 200, body = PageView<AnyGenerationView>, description = "A page of generations, newest first.")),
)]
async fn list_generations_by_state(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(query): Query<ByStateQuery>,
) -> Result<Answer<PageView<AnyGenerationView>>, Problem> {
    let admin = web.app.admin(&caller)?;
    let page = page_request(query.after.as_deref(), query.limit)?;
    let generations = admin.generations(query.state.into(), page).await?;
    Ok(Answer(PageView::of(generations, |mut generation| {
        (generation.options.title, generation.options.note) = (None, None);
        AnyGenerationView {
            account: generation.account,
            generation: GenerationView::of(generation, Vec::new()),
        }
    })))
}

/// How a provider's try ended.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[schema(as = Outcome)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OutcomeWord {
    Succeeded,
    Unavailable,
    Refused,
    Invalid,
}

impl From<AttemptOutcome> for OutcomeWord {
    fn from(outcome: AttemptOutcome) -> Self {
        match outcome {
            AttemptOutcome::Succeeded => OutcomeWord::Succeeded,
            AttemptOutcome::Unavailable => OutcomeWord::Unavailable,
            AttemptOutcome::Refused => OutcomeWord::Refused,
            AttemptOutcome::Invalid => OutcomeWord::Invalid,
        }
    }
}

/// One provider's try at a generation, with the words that were sent. They may hold the person's note.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Attempt)]
pub(crate) struct AttemptView {
    number: u16,
    provider: String,
    model: String,
    /// The exact prompt; empty where none was sent.
    prompt: String,
    started_at: Time,
    ended_at: Option<Time>,
    outcome: Option<OutcomeWord>,
    /// The cause in the provider's words.
    detail: String,
    images: u8,
    /// Whether it was made in the place of another that was not available.
    fallback: bool,
    tokens_in: u64,
    tokens_out: u64,
    /// Money it cost, in millionths of a US dollar.
    micro_dollars: u64,
}

impl From<Attempt> for AttemptView {
    fn from(attempt: Attempt) -> Self {
        AttemptView {
            number: attempt.number,
            provider: attempt.provider,
            model: attempt.model,
            prompt: attempt.prompt,
            started_at: attempt.started_at.into(),
            ended_at: attempt.ended_at.map(Time),
            outcome: attempt.outcome.map(OutcomeWord::from),
            detail: attempt.detail,
            images: attempt.images,
            fallback: attempt.fallback,
            tokens_in: attempt.cost.tokens_in,
            tokens_out: attempt.cost.tokens_out,
            micro_dollars: attempt.cost.micro_dollars,
        }
    }
}

/// List the attempts at a generation
#[utoipa::path(
    get, path = "/admin/accounts/{account}/generations/{generation}/attempts", operation_id = "listAttempts", tag = "Admin",
    security(("session" = [])),
    params(
        ("account" = inline(Id), Path, description = "Whose generation."),
        ("generation" = inline(Id), Path, description = "Which generation."),
    ),
    responses((status = 200, body = ListView<AttemptView>, description = "Who tried it, and how that went.")),
)]
async fn list_attempts(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path((account, generation)): Path<(AccountId, GenerationId)>,
) -> Result<Answer<ListView<AttemptView>>, Problem> {
    let attempts = web.app.admin(&caller)?.attempts(account, generation).await?;
    Ok(Answer(attempts.into_iter().map(AttemptView::from).collect()))
}

/// The whole installation.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Totals)]
pub(crate) struct TotalsView {
    accounts: u64,
    generations: StateCountsView,
    /// Credits that can still be spent.
    credits_outstanding: u64,
    credits_owed: u64,
    photos: u64,
    images: u64,
}

/// Read the totals
#[utoipa::path(
    get, path = "/admin/totals", operation_id = "getTotals", tag = "Admin", security(("session" = [])),
    responses((status = 200, body = TotalsView, description = "The whole installation at a glance.")),
)]
async fn get_totals(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<TotalsView>, Problem> {
    let totals = web.app.admin(&caller)?.totals().await?;
    Ok(Answer(TotalsView {
        accounts: totals.accounts,
        generations: totals.generations.into(),
        credits_outstanding: totals.credits_outstanding,
        credits_owed: totals.credits_owed,
        photos: totals.photos,
        images: totals.images,
    }))
}

/// What the storage holds and can still take, in bytes.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StorageUse)]
pub(crate) struct StorageView {
    photo_bytes: u64,
    result_bytes: u64,
    preview_bytes: u64,
    /// What can still be stored, where there is an end.
    free_bytes: Option<u64>,
    /// Files that wait to be deleted.
    pending_deletions: u64,
}

/// Read what the storage holds
#[utoipa::path(
    get, path = "/admin/storage", operation_id = "getStorage", tag = "Admin", security(("session" = [])),
    responses((status = 200, body = StorageView, description = "What it holds and can still take.")),
)]
async fn get_storage(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<StorageView>, Problem> {
    let held = web.app.admin(&caller)?.storage().await?;
    Ok(Answer(StorageView {
        photo_bytes: held.photo_bytes,
        result_bytes: held.result_bytes,
        preview_bytes: held.preview_bytes,
        free_bytes: held.free_bytes,
        pending_deletions: held.pending_deletions,
    }))
}

/// Of how many days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct DaysQuery {
    /// The last so many days.
    #[param(minimum = 1, maximum = 366, default = 30)]
    days: Option<u32>,
}

impl DaysQuery {
    /// From when until when.
    fn span(&self, web: &Shared) -> Result<(Timestamp, Timestamp), Problem> {
        let days = self.days.unwrap_or(30);
        if !(1..=366).contains(&days) {
            return Err(Problem::bad_parameter("days", "ask for 1 to 366 days"));
        }
        Ok(span_of_days(web, days))
    }
}

/// The last so many days: from when until when.
pub(crate) fn span_of_days(web: &Web, days: u32) -> (Timestamp, Timestamp) {
    let now = web.app.ports().clock.now();
    let span = u64::try_from((days * DAY).as_millis()).unwrap_or(u64::MAX);
    // What happened in this very millisecond counts too.
    let until = Timestamp::from_millis(now.millis().saturating_add(1));
    (Timestamp::from_millis(now.millis().saturating_sub(span)), until)
}

/// The tries of one provider, model and outcome.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProviderUse)]
pub(crate) struct ProviderUseView {
    provider: String,
    model: String,
    /// `null` for those that run or were lost.
    outcome: Option<OutcomeWord>,
    attempts: u64,
    images: u64,
    /// Of these, made in the place of another that was not available.
    fallbacks: u64,
    /// Milliseconds they took in all.
    millis: u64,
    /// Milliseconds that half of them took no longer than; zero for those that run or were lost.
    p50_millis: u64,
    /// Milliseconds that nine of ten took no longer than.
    p90_millis: u64,
    /// Milliseconds that 99 of a hundred took no longer than.
    p99_millis: u64,
    tokens_in: u64,
    tokens_out: u64,
    micro_dollars: u64,
}

impl From<AttemptSummary> for ProviderUseView {
    fn from(summary: AttemptSummary) -> Self {
        ProviderUseView {
            provider: summary.provider,
            model: summary.model,
            outcome: summary.outcome.map(OutcomeWord::from),
            attempts: summary.attempts,
            images: summary.images,
            fallbacks: summary.fallbacks,
            millis: summary.millis,
            p50_millis: summary.latency.p50,
            p90_millis: summary.latency.p90,
            p99_millis: summary.latency.p99,
            tokens_in: summary.cost.tokens_in,
            tokens_out: summary.cost.tokens_out,
            micro_dollars: summary.cost.micro_dollars,
        }
    }
}

/// Read what providers did
#[utoipa::path(
    get, path = "/admin/providers", operation_id = "listProviders", tag = "Admin", security(("session" = [])),
    params(DaysQuery),
    responses((status = 200, body = ListView<ProviderUseView>, description = "By provider, model and outcome.")),
)]
async fn list_providers(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(days): Query<DaysQuery>,
) -> Result<Answer<ListView<ProviderUseView>>, Problem> {
    let admin = web.app.admin(&caller)?;
    let (from, until) = days.span(&web)?;
    let uses = admin.provider_summary(from, until).await?;
    Ok(Answer(uses.into_iter().map(ProviderUseView::from).collect()))
}

/// Who makes pictures, and how they stand in this process.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Maker)]
pub(crate) struct MakerView {
    provider: String,
    model: String,
    /// The service that photos are sent to, by the name that people consent to; `null` when they stay here.
    send_to: Option<String>,
    /// `closed` when it is asked, `open` when it rests after failures, `half_open` when one call is let through.
    circuit: &'static str,
    since: Option<Time>,
    /// What is wrong with the operator's account there: a key, a payment, a permission.
    alarm: Option<String>,
}

impl From<MakerState> for MakerView {
    fn from(state: MakerState) -> Self {
        MakerView {
            provider: state.provider,
            model: state.model,
            send_to: state.send_to.map(|service| service.as_str().to_owned()),
            circuit: state.health.circuit.as_str(),
            since: state.health.since.map(Time),
            alarm: state.health.alarm,
        }
    }
}

/// Read how providers stand
///
/// In the order in which they are asked, as this process knows them. A worker in a process of its own knows more.
#[utoipa::path(
    get, path = "/admin/makers", operation_id = "listMakers", tag = "Admin", security(("session" = [])),
    responses((status = 200, body = ListView<MakerView>, description = "Each, and whether it is asked.")),
)]
async fn list_makers(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<ListView<MakerView>>, Problem> {
    let makers = web.app.admin(&caller)?.makers();
    Ok(Answer(makers.into_iter().map(MakerView::from).collect()))
}

/// What a day's tries with one style, provider, model and outcome took.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Spending)]
pub(crate) struct SpendingView {
    /// The first moment of the day in UTC.
    day: Time,
    style: String,
    provider: String,
    model: String,
    outcome: OutcomeWord,
    attempts: u64,
    /// Generations of which one of these was the first try: over all outcomes, the number of generations.
    generations: u64,
    /// Made in the place of another that was not available.
    fallbacks: u64,
    images: u64,
    tokens_in: u64,
    tokens_out: u64,
    /// Money, in millionths of a US dollar.
    micro_dollars: u64,
}

impl From<Spending> for SpendingView {
    fn from(spent: Spending) -> Self {
        SpendingView {
            day: spent.day.into(),
            style: spent.style.to_string(),
            provider: spent.provider,
            model: spent.model,
            outcome: spent.outcome.into(),
            attempts: spent.attempts,
            generations: spent.generations,
            fallbacks: spent.fallbacks,
            images: spent.images,
            tokens_in: spent.cost.tokens_in,
            tokens_out: spent.cost.tokens_out,
            micro_dollars: spent.cost.micro_dollars,
        }
    }
}

/// Read what was spent
///
/// By day and style. It stays when generations are deleted.
#[utoipa::path(
    get, path = "/admin/spending", operation_id = "listSpending", tag = "Admin", security(("session" = [])),
    params(DaysQuery),
    responses((status = 200, body = ListView<SpendingView>, description = "Oldest first.")),
)]
async fn list_spending(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(days): Query<DaysQuery>,
) -> Result<Answer<ListView<SpendingView>>, Problem> {
    let admin = web.app.admin(&caller)?;
    let (from, until) = days.span(&web)?;
    let spent = admin.spending(from.day(), until).await?;
    Ok(Answer(spent.into_iter().map(SpendingView::from).collect()))
}

/// How often something was done with a style.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = StyleUse)]
pub(crate) struct StyleUseView {
    style: String,
    /// What was done, such as `style_chosen`.
    #[schema(value_type = String)]
    what: domain::usage::UsageKind,
    count: u64,
}

impl From<StyleUsage> for StyleUseView {
    fn from(usage: StyleUsage) -> Self {
        StyleUseView { style: usage.style.to_string(), what: usage.kind, count: usage.count }
    }
}

/// Read which styles are liked
#[utoipa::path(
    get, path = "/admin/styles", operation_id = "listStyleUsage", tag = "Admin", security(("session" = [])),
    params(DaysQuery),
    responses((status = 200, body = ListView<StyleUseView>, description = "What was done with each style, most often first.")),
)]
async fn list_style_usage(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(days): Query<DaysQuery>,
) -> Result<Answer<ListView<StyleUseView>>, Problem> {
    let admin = web.app.admin(&caller)?;
    let (from, until) = days.span(&web)?;
    let usage = admin.style_usage(from, until).await?;
    Ok(Answer(usage.into_iter().map(StyleUseView::from).collect()))
}

/// The money of one currency, in its smallest unit.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = CurrencyReport)]
struct CurrencyView {
    #[schema(example = "EUR")]
    currency: String,
    purchases: u64,
    /// What people paid.
    revenue: u64,
    /// What was paid back to them.
    refunds: u64,
    /// What banks took back and have not returned.
    chargebacks: i64,
    /// What is left when the cost of generations is taken off, before the payment service's own fees; `null` where it is not known
    /// what a dollar is in this currency, or there are several.
    margin: Option<i64>,
}

impl From<CurrencyReport> for CurrencyView {
    fn from(report: CurrencyReport) -> Self {
        let CurrencyReport { currency, revenue, refunds, chargebacks, purchases, margin } = report;
        CurrencyView { currency: currency.to_string(), purchases, revenue, refunds, chargebacks, margin }
    }
}

/// Money in a span of time.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MoneyReport)]
struct MoneyReportView {
    currencies: Vec<CurrencyView>,
    /// What providers charged for generations, in millionths of a US dollar.
    cost_micro_dollars: u64,
    /// Credits that can still be spent, now.
    credits_outstanding: u64,
    /// Credits that are owed, now.
    credits_owed: u64,
}

/// Read what came in and what is left
#[utoipa::path(
    get, path = "/admin/money", operation_id = "getMoney", tag = "Admin", security(("session" = [])),
    params(DaysQuery),
    responses((status = 200, body = MoneyReportView, description = "Revenue, refunds, cost and margin.")),
)]
async fn get_money(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(days): Query<DaysQuery>,
) -> Result<Answer<MoneyReportView>, Problem> {
    let admin = web.app.admin(&caller)?;
    let (from, until) = days.span(&web)?;
    let report = admin.money(from, until).await?;
    Ok(Answer(MoneyReportView {
        currencies: report.currencies.into_iter().map(CurrencyView::from).collect(),
        cost_micro_dollars: report.cost_micro_dollars,
        credits_outstanding: report.credits_outstanding,
        credits_owed: report.credits_owed,
    }))
}
