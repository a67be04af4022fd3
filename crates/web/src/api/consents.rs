//! Consents: the policy in force, what a person allowed, and taking it back.

use axum::Json as Answer;
use axum::extract::State;
use domain::consent::{Consent, Purpose};
use domain::ids::{ConsentId, GenerationId};
use domain::policy::{Policy, PolicyVersion};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Problem;
use crate::extract::{Json, Path, Signed};
use crate::state::Shared;
use crate::wire::{Id, Time};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default()
        .routes(routes!(get_policy))
        .routes(routes!(list_policies))
        .routes(routes!(list_consents))
        .routes(routes!(give_consent, withdraw_consent))
}

/// Which text of the policy.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = PolicyVersion)]
pub(crate) struct PolicyVersionView {
    /// As it stands on the page.
    #[schema(example = "2026-11-24", max_length = 100)]
    version: String,
    /// SHA-256 of the text, in hexadecimal digits.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    digest: String,
}

impl From<PolicyVersion> for PolicyVersionView {
    fn from(policy: PolicyVersion) -> Self {
        PolicyVersionView { version: policy.version, digest: policy.digest.to_string() }
    }
}

/// The privacy policy in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Policy)]
pub(crate) struct PolicyView {
    policy: PolicyVersionView,
    published_at: Time,
    /// The text, in Markdown.
    text: String,
    /// What consent is asked for.
    purposes: Vec<String>,
}

/// One purpose, and whether it is allowed now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PurposeState)]
pub(crate) struct PurposeView {
    /// `keep-photos`, or `send-to:` and the name of an outside service.
    #[schema(example = "keep-photos")]
    purpose: String,
    given: bool,
    /// It was allowed, and the policy has changed since in something that matters: ask again.
    outdated: bool,
}

/// One consent that was given.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consent)]
pub(crate) struct ConsentView {
    #[schema(value_type = Id)]
    id: ConsentId,
    #[schema(example = "keep-photos")]
    purpose: String,
    /// The text that it was given to.
    policy: PolicyVersionView,
    given_at: Time,
    withdrawn_at: Option<Time>,
}

impl From<Consent> for ConsentView {
    fn from(consent: Consent) -> Self {
        ConsentView {
            id: consent.id,
            purpose: consent.purpose.to_string(),
            policy: consent.policy.into(),
            given_at: consent.given_at.into(),
            withdrawn_at: consent.withdrawn_at.map(Time),
        }
    }
}

/// What a person allowed and may allow.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Consents)]
pub(crate) struct ConsentsView {
    /// The text in force now.
    policy: PolicyVersionView,
    purposes: Vec<PurposeView>,
    /// Every consent ever given, newest first.
    history: Vec<ConsentView>,
}

/// Read the privacy policy
#[utoipa::path(
    get, path = "/policy", operation_id = "getPolicy", tag = "Consents", security(()),
    responses((status = 200, body = PolicyView, description = "The text in force, and what consent is asked for.")),
)]
async fn get_policy(State(web): State<Shared>) -> Answer<PolicyView> {
    let policy = &web.app.settings().policy;
    Answer(PolicyView {
        policy: policy.version.clone().into(),
        published_at: policy.published_at.into(),
        text: policy.text.clone(),
        purposes: web.app.purposes().iter().map(ToString::to_string).collect(),
    })
}

/// A version of the policy that was in force.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PastPolicy)]
pub(crate) struct PastPolicyView {
    policy: PolicyVersionView,
    published_at: Time,
    /// Something changed in it that matters: who had agreed to the one before was asked again.
    asked_again: bool,
    /// The text, in Markdown.
    text: String,
}

/// Every version of the policy, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Policies)]
pub(crate) struct PoliciesView {
    items: Vec<PastPolicyView>,
}

/// Read every version of the privacy policy
#[utoipa::path(
    get, path = "/policies", operation_id = "listPolicies", tag = "Consents", security(()),
    responses((status = 200, body = PoliciesView, description = "Every version that was ever in force here, newest first.")),
)]
async fn list_policies(State(web): State<Shared>) -> Result<Answer<PoliciesView>, Problem> {
    let policies = web.app.policies().await?;
    let item = |(at, policy): (usize, &Policy)| PastPolicyView {
        policy: policy.version.clone().into(),
        published_at: policy.published_at.into(),
        asked_again: policies.get(at + 1).is_some_and(|before| !before.version.covers(&policy.version)),
        text: policy.text.clone(),
    };
    Ok(Answer(PoliciesView { items: policies.iter().enumerate().map(item).collect() }))
}

/// Read what is allowed
#[utoipa::path(
    get, path = "/consents", operation_id = "listConsents", tag = "Consents",
    security(("session" = []), ("api_key" = ["account:read"])),
    responses((status = 200, body = ConsentsView, description = "What the person allowed.")),
)]
async fn list_consents(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<ConsentsView>, Problem> {
    let state = web.app.consents(&caller).await?;
    let purpose = |app::PurposeState { purpose, given, outdated }| PurposeView {
        purpose: purpose.to_string(),
        given,
        outdated,
    };
    Ok(Answer(ConsentsView {
        policy: state.policy.into(),
        purposes: state.purposes.into_iter().map(purpose).collect(),
        history: state.history.into_iter().map(ConsentView::from).collect(),
    }))
}

/// The text that the person was shown.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GiveConsent {
    policy: PolicyVersionView,
}

/// Give a consent
///
/// Only a person can, signed in, and only to the text in force.
#[utoipa::path(
    put, path = "/consents/{purpose}", operation_id = "giveConsent", tag = "Consents", security(("session" = [])),
    params(("purpose" = String, Path, description = "`keep-photos`, or `send-to:` and the name of a service.", example = "keep-photos")),
    request_body = GiveConsent,
    responses((status = 200, body = ConsentView, description = "The consent; the same one if it was given before.")),
    extensions(("x-problems" = json!(["policy-outdated", "unknown-purpose"]))),
)]
async fn give_consent(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(purpose): Path<String>,
    Json(give): Json<GiveConsent>,
) -> Result<Answer<ConsentView>, Problem> {
    let purpose: Purpose = purpose.parse().map_err(app::AppError::from)?;
    let digest = give.policy.digest.parse();
    let digest =
        digest.map_err(|_| Problem::invalid("policy.digest", "use the digest of the policy as it is"))?;
    let shown = PolicyVersion { version: give.policy.version, digest };
    Ok(Answer(web.app.give_consent(&caller, purpose, &shown).await?.into()))
}

/// What ended with a consent.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Withdrawal)]
pub(crate) struct WithdrawalView {
    /// Generations that were cancelled.
    #[schema(value_type = Vec<Id>)]
    cancelled: Vec<GenerationId>,
    /// Photos that were deleted.
    photos: u64,
}

/// Take a consent back
///
/// At once: with `keep-photos` every photo is deleted; what works with photos that may no longer be used is cancelled.
#[utoipa::path(
    delete, path = "/consents/{purpose}", operation_id = "withdrawConsent", tag = "Consents", security(("session" = [])),
    params(("purpose" = String, Path, description = "`keep-photos`, or `send-to:` and the name of a service.", example = "keep-photos")),
    responses((status = 200, body = WithdrawalView, description = "What ended with it.")),
    extensions(("x-problems" = json!(["unknown-purpose"]))),
)]
async fn withdraw_consent(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(purpose): Path<String>,
) -> Result<Answer<WithdrawalView>, Problem> {
    let purpose: Purpose = purpose.parse().map_err(app::AppError::from)?;
    let withdrawal = web.app.withdraw_consent(&caller, purpose).await?;
    Ok(Answer(WithdrawalView { cancelled: withdrawal.cancelled, photos: withdrawal.photos }))
}
