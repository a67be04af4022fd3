//! The account: making it, reading it, changing it, taking it along, erasing it.

use app::{Receipt, SignUp};
use axum::Json as Answer;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::account::{Account, Role};
use domain::ids::AccountId;
use domain::retention::Period;
use domain::secret::Secret;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::archives;
use super::erasures::ReceiptView;
use super::sessions::signed_in;
use crate::Problem;
use crate::extract::{Client, Json, Signed};
use crate::state::Shared;
use crate::wire::{Id, Time};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default()
        .routes(routes!(create_account, get_account))
        .routes(routes!(change_name))
        .routes(routes!(change_email))
        .routes(routes!(choose_retention))
        .routes(routes!(erase_account))
        .routes(routes!(export_account))
}

/// An account.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Account)]
pub(crate) struct AccountView {
    #[schema(value_type = Id)]
    id: AccountId,
    /// The address to sign in with.
    email: String,
    /// What the person wants to be called; may be empty.
    name: String,
    role: RoleView,
    /// Days that photos and results are kept, when the person chose fewer than the installation's policy says.
    retention_days: Option<u16>,
    created_at: Time,
}

/// What an account may do. The first account of an installation is an admin.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Role)]
#[serde(rename_all = "lowercase")]
pub(crate) enum RoleView {
    Admin,
    Member,
}

impl From<Role> for RoleView {
    fn from(role: Role) -> Self {
        match role {
            Role::Admin => RoleView::Admin,
            Role::Member => RoleView::Member,
        }
    }
}

impl From<RoleView> for Role {
    fn from(role: RoleView) -> Self {
        match role {
            RoleView::Admin => Role::Admin,
            RoleView::Member => Role::Member,
        }
    }
}

impl From<Account> for AccountView {
    fn from(account: Account) -> Self {
        AccountView {
            id: account.id,
            email: account.email.as_str().to_owned(),
            name: account.name,
            role: account.role.into(),
            retention_days: account.retention.map(Period::get),
            created_at: account.created_at.into(),
        }
    }
}

/// Who wants an account.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateAccount {
    #[schema(example = "ada@example.org", max_length = 254)]
    email: String,
    /// What to be called; may be empty.
    #[serde(default)]
    #[schema(example = "Ada", max_length = 200)]
    name: String,
    /// Eight characters or more; one that is known from leaks is refused.
    #[schema(example = "three rivers, one paper boat", max_length = 1024)]
    password: String,
}

/// Make an account
///
/// Signs it in as well: the answer sets the session's cookie. A new account begins with some free credits, and the first one
/// of an installation is its admin.
#[utoipa::path(
    post, path = "/account", operation_id = "createAccount", tag = "Account", security(()),
    request_body = CreateAccount,
    responses((status = 201, body = super::sessions::SignedInView, description = "The account, signed in.")),
    extensions(("x-problems" = json!(["email-taken", "invalid-email", "password-refused", "sign-up-closed", "too-many-tries", "busy"]))),
)]
async fn create_account(
    State(web): State<Shared>,
    Client(client): Client,
    headers: HeaderMap,
    Json(new): Json<CreateAccount>,
) -> Result<Response, Problem> {
    let device = super::sessions::device(&headers);
    let password = Secret::new(new.password);
    let sign_up = SignUp { email: new.email, name: new.name, password, device, client };
    let opened = web.app.sign_up(sign_up).await?;
    Ok(signed_in(&web, opened))
}

/// Read the account
#[utoipa::path(
    get, path = "/account", operation_id = "getAccount", tag = "Account",
    security(("session" = []), ("api_key" = ["account:read"])),
    responses((status = 200, body = AccountView, description = "The account.")),
)]
async fn get_account(
    State(web): State<Shared>,
    Signed(caller): Signed,
) -> Result<Answer<AccountView>, Problem> {
    Ok(Answer(web.app.account(&caller).await?.into()))
}

/// A new name.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeName {
    /// What to be called; may be empty.
    #[schema(max_length = 200)]
    name: String,
}

/// Change the name
#[utoipa::path(
    put, path = "/account/name", operation_id = "changeName", tag = "Account", security(("session" = [])),
    request_body = ChangeName,
    responses((status = 200, body = AccountView, description = "The account as it is now.")),
)]
async fn change_name(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Json(change): Json<ChangeName>,
) -> Result<Answer<AccountView>, Problem> {
    Ok(Answer(web.app.change_name(&caller, &change.name).await?.into()))
}

/// A new address.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeEmail {
    #[schema(max_length = 254)]
    email: String,
    /// The password: whoever holds the address holds the account.
    #[schema(max_length = 1024)]
    password: String,
}

/// Change the address
#[utoipa::path(
    put, path = "/account/email", operation_id = "changeEmail", tag = "Account", security(("session" = [])),
    request_body = ChangeEmail,
    responses((status = 200, body = AccountView, description = "The account as it is now.")),
    extensions(("x-problems" = json!(["email-taken", "invalid-email", "wrong-sign-in", "too-many-tries", "busy"]))),
)]
async fn change_email(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Client(client): Client,
    Json(change): Json<ChangeEmail>,
) -> Result<Answer<AccountView>, Problem> {
    let password = Secret::new(change.password);
    Ok(Answer(web.app.change_email(&caller, &change.email, &password, client).await?.into()))
}

/// How long to keep photos and results.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChooseRetention {
    /// 1, 7 or 30 days; `null`: as long as the policy says. It never makes it longer than that.
    #[schema(example = 7, minimum = 1, maximum = 30)]
    days: Option<u16>,
}

/// Choose how long pictures are kept
///
/// Photos and full-resolution results are deleted after so many days. What is there already follows the new choice.
#[utoipa::path(
    put, path = "/account/retention", operation_id = "chooseRetention", tag = "Account", security(("session" = [])),
    request_body = ChooseRetention,
    responses((status = 200, body = AccountView, description = "The account as it is now.")),
)]
async fn choose_retention(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Json(choice): Json<ChooseRetention>,
) -> Result<Answer<AccountView>, Problem> {
    let none = || Problem::invalid("days", "choose 1, 7 or 30 days, or null");
    let period = choice.days.map(|days| Period::days(days).ok_or_else(none)).transpose()?;
    Ok(Answer(web.app.choose_retention(&caller, period).await?.into()))
}

/// The password, before what can't be undone; where somebody else vouches for people, a new token of theirs in its place.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct EraseAccount {
    #[schema(max_length = 1024)]
    password: Option<String>,
    #[schema(max_length = 8192)]
    token: Option<String>,
}

/// Erase the account
///
/// Everything about it is deleted: photos, images, previews, consents, keys, the ledger. It can't be undone. The receipt can be
/// read by its number afterwards, without an account.
#[utoipa::path(
    post, path = "/account/erasure", operation_id = "eraseAccount", tag = "Account", security(("session" = [])),
    request_body = EraseAccount,
    responses((status = 200, body = ReceiptView, description = "The receipt.")),
    extensions(("x-problems" = json!(["wrong-sign-in", "sign-in-refused", "last-admin", "too-many-tries", "busy"]))),
)]
async fn erase_account(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Client(client): Client,
    Json(erase): Json<EraseAccount>,
) -> Result<Response, Problem> {
    let receipt: Receipt = match erase {
        EraseAccount { token: Some(token), .. } => {
            web.app.erase_vouched(&caller, &Secret::new(token)).await?
        }
        EraseAccount { password, .. } => {
            let password = Secret::new(password.unwrap_or_default());
            web.app.erase(&caller, &password, client).await?
        }
    };
    let mut answer = (StatusCode::OK, Answer(ReceiptView::from(receipt))).into_response();
    crate::cookies::forget_session(&web, &mut answer);
    Ok(answer)
}

/// Take everything along
///
/// A ZIP with one JSON document about the account, and every photo, image and preview that is still there.
#[utoipa::path(
    get, path = "/account/export", operation_id = "exportAccount", tag = "Account", security(("session" = [])),
    responses((status = 200, body = Vec<u8>, content_type = "application/zip", description = "The archive, as a stream.")),
)]
async fn export_account(State(web): State<Shared>, Signed(caller): Signed) -> Result<Response, Problem> {
    archives::export(web, caller).await
}
