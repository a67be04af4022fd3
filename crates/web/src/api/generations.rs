//! Generations: asking for pictures, watching them come, cancelling, asking for more.

use app::{GenerateRequest, Shape, ThumbnailRequest};
use axum::Json as Answer;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use domain::generation::{Generation, OwnBackground, State as GenerationState};
use domain::ids::{GenerationId, PhotoId};
use domain::ports::database::{Started, WithImages};
use domain::style::thumbnail::Layout;
use domain::thumbnail::{Difference, ThumbnailChoices};
use domain::{AspectRatio, Colour};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::images::ImageView;
use super::styles::KindWord;
use crate::Problem;
use crate::extract::{Json, PageQuery, Path, Query, Signed};
use crate::state::Shared;
use crate::wire::{ColourText, DifferenceName, Id, LayoutName, PageView, Time};

/// A request's own key, as proposed to the IETF (draft-ietf-httpapi-idempotency-key-header).
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Says that a request had been carried out before.
const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

pub(crate) fn routes() -> OpenApiRouter<Shared> {
    OpenApiRouter::default()
        .routes(routes!(generate, list_generations))
        .routes(routes!(get_generation, delete_generation))
        .routes(routes!(cancel_generation))
        .routes(routes!(generate_more))
}

/// Where a generation stands.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = State)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StateWord {
    Queued,
    Running,
    Succeeded,
    Refused,
    Failed,
    Cancelled,
}

impl From<GenerationState> for StateWord {
    fn from(state: GenerationState) -> Self {
        match state {
            GenerationState::Queued => StateWord::Queued,
            GenerationState::Running => StateWord::Running,
            GenerationState::Succeeded => StateWord::Succeeded,
            GenerationState::Refused => StateWord::Refused,
            GenerationState::Failed => StateWord::Failed,
            GenerationState::Cancelled => StateWord::Cancelled,
        }
    }
}

impl From<StateWord> for GenerationState {
    fn from(state: StateWord) -> Self {
        match state {
            StateWord::Queued => GenerationState::Queued,
            StateWord::Running => GenerationState::Running,
            StateWord::Succeeded => GenerationState::Succeeded,
            StateWord::Refused => GenerationState::Refused,
            StateWord::Failed => GenerationState::Failed,
            StateWord::Cancelled => GenerationState::Cancelled,
        }
    }
}

/// A request for pictures, and what became of it.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Generation)]
pub(crate) struct GenerationView {
    #[schema(value_type = Id)]
    id: GenerationId,
    state: StateWord,
    /// How far it is, 0 to 100.
    #[schema(maximum = 100)]
    progress: u8,
    /// Why it was refused or failed.
    reason: Option<String>,
    style: String,
    count: u8,
    #[schema(example = "4:5")]
    aspect: String,
    long_side: u32,
    title: Option<String>,
    note: Option<String>,
    /// A colour or a photo of one's own behind the person.
    background: Option<BackgroundView>,
    /// With the same seed, photos, style and options the engine makes the same pictures.
    seed: u64,
    /// What was chosen for thumbnails beside that.
    thumbnail: Option<ThumbnailView>,
    /// Credits that one image costs.
    price: u32,
    created_at: Time,
    started_at: Option<Time>,
    ended_at: Option<Time>,
    /// What there is so far and was not deleted.
    images: Vec<ImageView>,
}

/// What was chosen for thumbnails.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ThumbnailChoices)]
pub(crate) struct ThumbnailView {
    #[schema(value_type = Option<LayoutName>)]
    layout: Option<Layout>,
    #[schema(value_type = Option<DifferenceName>)]
    test: Option<Difference>,
    /// What each image is in the test, by its number.
    variants: Vec<&'static str>,
    /// Whether colours, font or logo of the brand kit were put to use.
    brand: bool,
}

impl From<ThumbnailChoices> for ThumbnailView {
    fn from(choices: ThumbnailChoices) -> Self {
        ThumbnailView {
            layout: choices.layout,
            test: choices.test,
            variants: (1..=ThumbnailChoices::VARIANTS).filter_map(|number| choices.variant(number)).collect(),
            brand: choices.colours.is_some() || choices.font.is_some() || choices.logo,
        }
    }
}

/// What stands behind the person instead of the style's own background.
#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[schema(as = Background)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub(crate) enum BackgroundView {
    /// One colour.
    #[schema(value_type = ColourText)]
    Colour(Colour),
    /// A photo of one's own, uploaded as `background`.
    #[schema(value_type = Id)]
    Photo(PhotoId),
}

impl From<OwnBackground> for BackgroundView {
    fn from(background: OwnBackground) -> Self {
        match background {
            OwnBackground::Colour(colour) => BackgroundView::Colour(colour),
            OwnBackground::Photo(photo) => BackgroundView::Photo(photo),
        }
    }
}

impl From<WithImages> for GenerationView {
    fn from(known: WithImages) -> Self {
        let images = known.images.into_iter().map(ImageView::from).collect();
        GenerationView::of(known.generation, images)
    }
}

impl GenerationView {
    pub(crate) fn of(generation: Generation, images: Vec<ImageView>) -> Self {
        let options = generation.options;
        GenerationView {
            id: generation.id,
            state: generation.state.into(),
            progress: generation.progress,
            reason: generation.reason,
            style: generation.style.to_string(),
            count: options.count,
            aspect: options.aspect.to_string(),
            long_side: options.long_side,
            title: options.title,
            note: options.note,
            background: options.background.map(BackgroundView::from),
            seed: options.seed,
            thumbnail: options.thumbnail.map(ThumbnailView::from),
            price: generation.price.get(),
            created_at: generation.created_at.into(),
            started_at: generation.started_at.map(Time),
            ended_at: generation.ended_at.map(Time),
            images,
        }
    }
}

/// What is wished for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Generate {
    kind: KindWord,
    /// A style of that product.
    #[schema(example = "studio-grey", max_length = 100)]
    style: String,
    /// The photos of the person, the best first.
    #[schema(value_type = Vec<Id>, min_items = 1, max_items = 20)]
    photos: Vec<PhotoId>,
    /// How many images.
    #[serde(default = "four")]
    #[schema(minimum = 1, maximum = 16, default = 4)]
    count: u8,
    /// Where the pictures go: it sets their shape and size. Without it, `aspect` and `long_side` do.
    #[schema(example = "linkedin", max_length = 100)]
    platform: Option<String>,
    /// The shape: `1:1`, `4:5`, `3:4`, `2:3`, `3:2`, `16:9` or `9:16`. Usual: `4:5` for headshots, `16:9` for thumbnails.
    #[schema(example = "4:5", max_length = 10)]
    aspect: Option<String>,
    /// Pixels of the longer side. Usual: 1280.
    #[schema(minimum = 256, maximum = 4096)]
    long_side: Option<u32>,
    /// The words on a thumbnail.
    #[schema(max_length = 200)]
    title: Option<String>,
    /// A wish in the person's own words, for providers that read.
    #[schema(max_length = 1000)]
    note: Option<String>,
    background: Option<BackgroundView>,
    /// To make the same pictures again; one is drawn without it.
    #[schema(minimum = 0, maximum = 9_007_199_254_740_991_i64)]
    seed: Option<u64>,
    /// Where person and title stand on a thumbnail; the style's own layouts in turn without it.
    #[schema(value_type = Option<LayoutName>)]
    layout: Option<Layout>,
    /// The one thing by which three thumbnails are to differ, to be tested against each other.
    #[schema(value_type = Option<DifferenceName>)]
    test: Option<Difference>,
    /// Other titles to compare, for a test of titles; what is missing to three is made from the title.
    #[serde(default)]
    #[schema(max_items = 2)]
    titles: Vec<String>,
    /// Whether the account's brand kit is put to use on thumbnails.
    #[serde(default)]
    brand: bool,
}

fn four() -> u8 {
    4
}

impl Generate {
    fn shape(&self) -> Result<Shape, Problem> {
        let Some(platform) = &self.platform else {
            let usual = if self.kind == KindWord::Headshot { "4:5" } else { "16:9" };
            let aspect = self.aspect.as_deref().unwrap_or(usual).parse::<AspectRatio>();
            let aspect = aspect.map_err(|error| Problem::invalid("aspect", error.to_string()))?;
            return Ok(Shape::Free { aspect, long_side: self.long_side.unwrap_or(1280) });
        };
        if self.aspect.is_some() || self.long_side.is_some() {
            let detail = "leave aspect and long_side out: the platform sets them";
            return Err(Problem::invalid("platform", detail));
        }
        Ok(Shape::Platform(platform.clone()))
    }

    fn request(self, idempotency_key: Option<String>) -> Result<GenerateRequest, Problem> {
        const MOST: u64 = (1 << 53) - 1;
        if self.seed.is_some_and(|seed| seed > MOST) {
            return Err(Problem::invalid("seed", format!("use 0 to {MOST}")));
        }
        if self.titles.len() > 2 {
            return Err(Problem::invalid(
                "titles",
                "a test compares three titles: send at most two beside the first",
            ));
        }
        let shape = self.shape()?;
        let thumbnail =
            ThumbnailRequest { layout: self.layout, test: self.test, titles: self.titles, brand: self.brand };
        Ok(GenerateRequest {
            shape,
            kind: self.kind.into(),
            style: self.style,
            photos: self.photos,
            count: self.count,
            title: self.title,
            note: self.note,
            background: self.background.map(|background| match background {
                BackgroundView::Colour(colour) => OwnBackground::Colour(colour),
                BackgroundView::Photo(photo) => OwnBackground::Photo(photo),
            }),
            seed: self.seed,
            thumbnail: Some(thumbnail).filter(|wish| *wish != ThumbnailRequest::default()),
            idempotency_key,
        })
    }
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let text =
        value.to_str().map_err(|_| Problem::invalid("Idempotency-Key", "use letters, digits and signs"))?;
    Ok(Some(text.to_owned()))
}

/// The answer to a start: 201, or 200 when the same request had been carried out before.
fn answer(started: Started) -> Response {
    let status = if started.replayed { StatusCode::OK } else { StatusCode::CREATED };
    let place = format!("/api/v1/generations/{}", started.generation.id);
    let mut answer = (status, Answer(GenerationView::of(started.generation, Vec::new()))).into_response();
    if let Ok(place) = HeaderValue::from_str(&place) {
        answer.headers_mut().insert(LOCATION, place);
    }
    if started.replayed {
        answer.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    answer
}

/// Ask for pictures
///
/// The credits are held back now, and returned for what is not made. Follow it by the events, by a webhook, or by reading it
/// again. With an `Idempotency-Key` the same request may be sent again after a lost answer, and is carried out once.
#[utoipa::path(
    post, path = "/generations", operation_id = "generate", tag = "Generations",
    security(("session" = []), ("api_key" = ["generations:write"])),
    params(("Idempotency-Key" = Option<String>, Header, description = "The request's own key, such as a UUID; good for a day at least.", max_length = 255)),
    request_body = Generate,
    responses(
        (status = 201, body = GenerationView, description = "It is queued."),
        (status = 200, body = GenerationView, description = "The same request was carried out before; this is how it stands."),
    ),
    extensions(("x-problems" = json!([
        "insufficient-credits", "consent-missing", "not-found", "unknown-style", "unknown-platform", "invalid-options",
        "photo-count", "photo-unusable", "key-reused", "no-provider",
    ]))),
)]
async fn generate(
    State(web): State<Shared>,
    Signed(caller): Signed,
    headers: HeaderMap,
    Json(wish): Json<Generate>,
) -> Result<Response, Problem> {
    let request = wish.request(idempotency_key(&headers)?)?;
    Ok(answer(web.app.generate(&caller, request).await?))
}

/// How many more.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct GenerateMore {
    /// As many as before without it.
    #[schema(minimum = 1, maximum = 16)]
    count: Option<u8>,
}

/// Ask for more like these
///
/// The same photos, style and options with another seed.
#[utoipa::path(
    post, path = "/generations/{generation}/more", operation_id = "generateMore", tag = "Generations",
    security(("session" = []), ("api_key" = ["generations:write"])),
    params(
        ("generation" = inline(Id), Path, description = "Like which generation."),
        ("Idempotency-Key" = Option<String>, Header, description = "The request's own key, such as a UUID; good for a day at least.", max_length = 255),
    ),
    request_body = GenerateMore,
    responses(
        (status = 201, body = GenerationView, description = "It is queued."),
        (status = 200, body = GenerationView, description = "The same request was carried out before; this is how it stands."),
    ),
    extensions(("x-problems" = json!([
        "insufficient-credits", "consent-missing", "unknown-style", "invalid-options", "photo-count", "photo-unusable", "key-reused", "no-provider",
    ]))),
)]
async fn generate_more(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
    headers: HeaderMap,
    Json(more): Json<GenerateMore>,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    Ok(answer(web.app.generate_more(&caller, generation, more.count, key).await?))
}

/// List the generations
#[utoipa::path(
    get, path = "/generations", operation_id = "listGenerations", tag = "Generations",
    security(("session" = []), ("api_key" = ["images:read"])),
    params(PageQuery),
    responses((status = 200, body = PageView<GenerationView>, description = "A page of generations with their images, newest first.")),
)]
async fn list_generations(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Query(page): Query<PageQuery>,
) -> Result<Answer<PageView<GenerationView>>, Problem> {
    Ok(Answer(PageView::of(web.app.generations(&caller, page.request()?).await?, GenerationView::from)))
}

/// Read a generation
#[utoipa::path(
    get, path = "/generations/{generation}", operation_id = "getGeneration", tag = "Generations",
    security(("session" = []), ("api_key" = ["images:read"])),
    params(("generation" = inline(Id), Path, description = "Which generation.")),
    responses((status = 200, body = GenerationView, description = "How it stands, with its images.")),
)]
async fn get_generation(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
) -> Result<Answer<GenerationView>, Problem> {
    Ok(Answer(web.app.generation(&caller, generation).await?.into()))
}

/// Delete a generation
///
/// With all its images. One that has not ended is cancelled first.
#[utoipa::path(
    delete, path = "/generations/{generation}", operation_id = "deleteGeneration", tag = "Generations",
    security(("session" = []), ("api_key" = ["generations:write"])),
    params(("generation" = inline(Id), Path, description = "Which generation.")),
    responses((status = 204, description = "It is deleted.")),
)]
async fn delete_generation(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
) -> Result<StatusCode, Problem> {
    web.app.delete_generation(&caller, generation).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Cancel a generation
///
/// Images made until then stay and are charged; the rest of the credits returns.
#[utoipa::path(
    post, path = "/generations/{generation}/cancel", operation_id = "cancelGeneration", tag = "Generations",
    security(("session" = []), ("api_key" = ["generations:write"])),
    params(("generation" = inline(Id), Path, description = "Which generation.")),
    responses((status = 200, body = GenerationView, description = "How it stands now, without its images.")),
    extensions(("x-problems" = json!(["ended"]))),
)]
async fn cancel_generation(
    State(web): State<Shared>,
    Signed(caller): Signed,
    Path(generation): Path<GenerationId>,
) -> Result<Answer<GenerationView>, Problem> {
    Ok(Answer(GenerationView::of(web.app.cancel_generation(&caller, generation).await?, Vec::new())))
}
