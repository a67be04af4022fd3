//! The catalogue: styles, and the platforms that pictures are made for.

use app::{AppError, StyleEntry};
use axum::Json as Answer;
use axum::extract::State;
use domain::{Platform, StyleKind};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::Problem;
use crate::extract::{Path, Query};
use crate::state::Shared;
use crate::wire::{ListView, SizeView};

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default()
        .routes(routes!(list_styles))
        .routes(routes!(get_style))
        .routes(routes!(list_platforms))
}

/// Which product.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, PartialEq, Eq, ToSchema)]
#[schema(as = Kind)]
#[serde(rename_all = "lowercase")]
pub(crate) enum KindWord {
    Headshot,
    Thumbnail,
}

impl From<KindWord> for StyleKind {
    fn from(kind: KindWord) -> Self {
        match kind {
            KindWord::Headshot => StyleKind::Headshot,
            KindWord::Thumbnail => StyleKind::Thumbnail,
        }
    }
}

impl From<StyleKind> for KindWord {
    fn from(kind: StyleKind) -> Self {
        match kind {
            StyleKind::Headshot => KindWord::Headshot,
            StyleKind::Thumbnail => KindWord::Thumbnail,
        }
    }
}

/// A style.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Style)]
pub(crate) struct StyleView {
    #[schema(example = "studio-grey")]
    id: String,
    kind: KindWord,
    name: String,
    description: String,
    /// The heading under which it is listed.
    category: String,
    /// Credits that one image costs.
    price: u32,
}

impl From<StyleEntry> for StyleView {
    fn from(style: StyleEntry) -> Self {
        StyleView {
            id: style.id.to_string(),
            kind: style.kind.into(),
            name: style.name,
            description: style.description,
            category: style.category,
            price: style.price.get(),
        }
    }
}

/// A place that pictures go to, with the size, the format and the bytes that it wants.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Platform)]
pub(crate) struct PlatformView {
    #[schema(example = "linkedin")]
    id: String,
    name: String,
    kind: KindWord,
    size: SizeView,
    #[schema(example = "image/jpeg")]
    media_type: &'static str,
    max_bytes: u64,
}

impl From<&Platform> for PlatformView {
    fn from(platform: &Platform) -> Self {
        PlatformView {
            id: platform.id.clone(),
            name: platform.name.clone(),
            kind: platform.kind.into(),
            size: platform.size().into(),
            media_type: platform.format.as_str(),
            max_bytes: platform.max_bytes,
        }
    }
}

/// Which product's.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct KindQuery {
    /// Those of one product only.
    #[param(inline)]
    kind: Option<KindWord>,
}

/// List the styles
#[utoipa::path(
    get, path = "/styles", operation_id = "listStyles", tag = "Styles", security(()),
    params(KindQuery),
    responses((status = 200, body = ListView<StyleView>, description = "The styles, in the catalogue's order.")),
)]
async fn list_styles(
    State(web): State<Shared>,
    Query(query): Query<KindQuery>,
) -> Answer<ListView<StyleView>> {
    Answer(web.app.styles(query.kind.map(StyleKind::from)).into_iter().map(StyleView::from).collect())
}

/// Read a style
#[utoipa::path(
    get, path = "/styles/{kind}/{style}", operation_id = "getStyle", tag = "Styles", security(()),
    params(
        ("kind" = inline(KindWord), Path, description = "Which product."),
        ("style" = String, Path, description = "Which style.", example = "studio-grey"),
    ),
    responses((status = 200, body = StyleView, description = "The style.")),
)]
async fn get_style(
    State(web): State<Shared>,
    Path((kind, style)): Path<(KindWord, String)>,
) -> Result<Answer<StyleView>, Problem> {
    let found = web.app.style(kind.into(), &style);
    Ok(Answer(found.map_err(|unknown| Problem::new("not-found", unknown.to_string()))?.into()))
}

/// List the platforms
#[utoipa::path(
    get, path = "/platforms", operation_id = "listPlatforms", tag = "Styles", security(()),
    params(KindQuery),
    responses((status = 200, body = ListView<PlatformView>, description = "The platforms.")),
)]
async fn list_platforms(Query(query): Query<KindQuery>) -> Answer<ListView<PlatformView>> {
    let wanted = |platform: &&Platform| query.kind.is_none_or(|kind| platform.kind == kind.into());
    Answer(Platform::all().iter().filter(wanted).map(PlatformView::from).collect())
}

/// A platform by its id, whichever product it is for.
pub(crate) fn platform(id: &str) -> Result<&'static Platform, Problem> {
    let known = Platform::all().iter().find(|platform| platform.id == id);
    known.map_or_else(|| Platform::find(StyleKind::Headshot, id).map_err(|e| AppError::from(e).into()), Ok)
}
