//! The routes of the API, one noun a file. A route says in its attributes what it takes and who may call it; the document is
//! made from that. What can go wrong on every route is added by [`crate::openapi`]; what can go wrong on one stands at it as
//! `x-problems`.

pub(crate) mod account;
pub(crate) mod admin;
pub(crate) mod api_keys;
pub(crate) mod archives;
pub(crate) mod brand;
pub(crate) mod consents;
pub(crate) mod credits;
pub(crate) mod erasures;
pub(crate) mod events;
pub(crate) mod generations;
pub(crate) mod images;
pub(crate) mod outside;
pub(crate) mod passwords;
pub(crate) mod payments;
pub(crate) mod photos;
pub(crate) mod sessions;
pub(crate) mod styles;
pub(crate) mod take_along;
pub(crate) mod upload;
pub(crate) mod webhooks;

use utoipa_axum::router::OpenApiRouter;

use crate::state::Shared;

/// Every route under `/api/v1`.
pub(crate) fn routes() -> OpenApiRouter<Shared> {
    [
        account::routes(),
        take_along::routes(),
        sessions::routes(),
        outside::routes(),
        passwords::routes(),
        consents::routes(),
        brand::routes(),
        photos::routes(),
        styles::routes(),
        generations::routes(),
        images::routes(),
        archives::routes(),
        events::routes(),
        credits::routes(),
        payments::routes(),
        api_keys::routes(),
        webhooks::routes(),
        erasures::routes(),
        admin::routes(),
    ]
    .into_iter()
    .fold(OpenApiRouter::default(), OpenApiRouter::merge)
}
