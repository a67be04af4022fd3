//! `covershots thumbnail`: photos and a title in, thumbnails out.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::style::{Recipe, Style};
use domain::{Colour, MediaType, Platform, Size, StyleKind};

use super::{Made, MadePicture, choose};
use crate::arguments::{Common, Output, Photos};
use crate::batch::{self, PhotoError};
use crate::configuration;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::output::{Plan, format_of_name};
use crate::picture_file;
use crate::studio::{BrandColours, Difference, Studio, Subject, Thumbnail, ThumbnailWish};
use crate::{own_styles, photo};

/// What video platforms take at most where none is named.
const MAX_BYTES: u64 = 2_000_000;
/// Pixels of a side that are made.
const SIDES: std::ops::RangeInclusive<u32> = 320..=2048;

/// Make thumbnails for a video: the person, a background and a title that can be read.
///
/// The title is fitted to be read at 120 pixels wide, keeps off the face and off the corner where players put the
/// duration, and has a contrast of at least 4.5:1. With --json each picture comes with its legibility in figures.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    photos: Photos,

    /// The words on it; *stars* highlight some. Leave it out for none. Up to three times for `--test text`.
    #[arg(long, short)]
    title: Vec<String>,

    /// Styles, parted by commas, or `all` [default: the first of `covershots styles --kind thumbnail`].
    #[arg(long, short, value_name = "STYLE", value_delimiter = ',')]
    style: Vec<String>,

    /// Pixels, or a place to make it for: youtube, shorts, instagram-post … (see `covershots platforms`).
    #[arg(long, visible_alias = "platform", value_name = "WIDTHxHEIGHT|PLATFORM", default_value = "youtube")]
    size: String,

    /// Variants of each photo in each style, 1 to 16 [default: 3, or 1 for a file or standard output].
    #[arg(long, short = 'n', conflicts_with = "test", value_parser = clap::value_parser!(u32).range(1..=16))]
    count: Option<u32>,

    /// Make three that differ by this one thing, and a fourth without text, to be tested against each other.
    #[arg(long, value_enum)]
    test: Option<Difference>,

    /// A picture of your own behind the person, instead of the style's scene.
    #[arg(long, short, value_name = "FILE")]
    background: Option<PathBuf>,

    /// Your brand's two colours, for the scene and for highlights: '#1f3a5f,#ffb454' (in quotes).
    #[arg(long, value_name = "COLOUR,COLOUR", value_parser = brand)]
    brand: Option<BrandColours>,

    /// A mark of your own, set small in a free corner; a PNG with transparency does best.
    #[arg(long, value_name = "FILE")]
    logo: Option<PathBuf>,

    /// Mirror the person. Faces are not symmetric and clothes carry writing, so this is never done unasked.
    #[arg(long)]
    mirror: bool,

    /// Another number, other variations.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    #[command(flatten)]
    output: Output,
}

fn brand(text: &str) -> Result<BrandColours, String> {
    let (primary, accent) = text.split_once(',').ok_or("write two colours, parted by a comma")?;
    let colour = |text: &str| text.trim().parse::<Colour>().map_err(|error| error.to_string());
    Ok(BrandColours { primary: colour(primary)?, accent: colour(accent)? })
}

/// What a picture shall be.
struct Shape {
    size: Size,
    media: MediaType,
    max_bytes: u64,
}

impl Wish {
    fn shape(&self) -> Result<Shape, Failure> {
        let by_name = format_of_name(&self.output);
        if let Some((width, height)) = self.size.split_once(['x', '×'])
            && let (Ok(width), Ok(height)) = (width.trim().parse(), height.trim().parse())
        {
            if !SIDES.contains(&width) || !SIDES.contains(&height) {
                let (low, high) = (SIDES.start(), SIDES.end());
                return Err(Failure::usage(format_args!(
                    "{}: each side has {low} to {high} pixels",
                    self.size
                )));
            }
            let media = by_name.unwrap_or(MediaType::Jpeg);
            return Ok(Shape { size: Size::new(width, height), media, max_bytes: MAX_BYTES });
        }
        let platform = Platform::find(StyleKind::Thumbnail, &self.size).map_err(|error| {
            Failure::usage(format_args!(
                "{error} (write pixels as 1280x720; `covershots platforms` lists the places)"
            ))
        })?;
        let media = by_name.unwrap_or(platform.format);
        Ok(Shape { size: platform.size(), media, max_bytes: platform.max_bytes })
    }

    fn count(&self) -> u32 {
        let single = format_of_name(&self.output).is_some() || self.output.output.as_os_str() == "-";
        match (self.test, self.count) {
            (Some(test), _) => test.names().len() as u32,
            (None, Some(count)) => count,
            (None, None) => {
                if single {
                    1
                } else {
                    3
                }
            }
        }
    }

    fn check_titles(&self) -> Result<(), Failure> {
        for title in &self.title {
            let length = title.trim().chars().count();
            if length == 0 {
                return Err(Failure::usage("the title is empty: write some words, or leave --title out"));
            }
            if length > 200 || title.chars().any(|c| c.is_control() && c != '\n') {
                return Err(Failure::usage(
                    "the title is too long or holds a control character: use up to 200 characters",
                ));
            }
        }
        match (self.test, self.title.len()) {
            (Some(Difference::Text), 1..=3) => Ok(()),
            (Some(Difference::Text), n @ 4..) => Err(Failure::usage(format_args!(
                "--test text compares three titles and got {n}: give --title one to three times"
            ))),
            (Some(_), 0) => Err(Failure::usage("--test needs a --title")),
            (_, 0 | 1) => Ok(()),
            (_, _) => Err(Failure::usage("several titles are for --test text: give --title once")),
        }
    }

    /// What follows the photo's name in the names of its pictures.
    fn names(&self, styles: &[&Style]) -> Vec<String> {
        let of_one = |style: &Style| -> Vec<String> {
            let id = &style.id;
            let Some(test) = self.test else {
                return (1..=self.count()).map(|n| format!("{id}-{n}")).collect();
            };
            test.names().iter().map(|name| format!("{id}-{name}")).collect()
        };
        styles.iter().flat_map(|style| of_one(style)).collect()
    }
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    let shape = wish.shape()?;
    wish.check_titles()?;
    let catalogue = own_styles::catalogue(common.styles_folder.as_deref())?;
    let styles = match wish.style.as_slice() {
        [] => choose(&catalogue, StyleKind::Thumbnail, &["all".to_owned()])?.into_iter().take(1).collect(),
        ids => choose(&catalogue, StyleKind::Thumbnail, ids)?,
    };
    let photos = photo::gather(&wish.photos.photos)?;
    let studio = Studio::open(configuration.limits.for_imaging());
    let max_bytes = configuration.limits.for_imaging().max_bytes;
    let read = |path: &Path| photo::Photo::File(path.to_owned()).read(max_bytes);
    let options = ThumbnailWish {
        size: shape.size,
        count: wish.count(),
        titles: &wish.title,
        test: wish.test,
        seed: wish.seed,
        mirrored: wish.mirror,
        background: own(wish.background.as_deref(), |path| Ok(studio.picture(&read(path)?)?))?,
        brand: wish.brand,
        logo: own(wish.logo.as_deref(), |path| Ok(studio.logo(&read(path)?)?))?,
    };
    let plan = Plan::new(&wish.output, &photos, &wish.names(&styles), shape.media)?;
    if plan.to_stdout() && common.json {
        return Err(Failure::usage("--json and -o - both want standard output: use one of them"));
    }

    let console = Console::new(common, photos.len() * styles.len(), plan.to_stdout());
    let maker = Maker { options, studio, styles, plan, shape };
    batch::each(
        "thumbnail",
        common,
        &console,
        (&photos, configuration.limits),
        &mut |place, bytes, console, made| {
            let subject = maker.studio.prepare(bytes)?;
            maker.thumbnails(place, &subject, console, made)
        },
    )
}

/// Reads a picture that the command names.
fn own<T>(
    path: Option<&Path>,
    read: impl FnOnce(&Path) -> Result<T, PhotoError>,
) -> Result<Option<T>, Failure> {
    let Some(path) = path else { return Ok(None) };
    read(path).map(Some).map_err(|error| Failure::usage(format_args!("{}: {}", path.display(), error.text())))
}

struct Maker<'a> {
    options: ThumbnailWish<'a>,
    studio: Studio,
    styles: Vec<&'a Style>,
    plan: Plan,
    shape: Shape,
}

impl Maker<'_> {
    fn thumbnails(
        &self,
        place: usize,
        subject: &Subject,
        console: &Console,
        made: &mut Made,
    ) -> Result<(), PhotoError> {
        for (style, number) in self.styles.iter().zip(0..) {
            let Recipe::Thumbnail(recipe) = &style.recipe else { continue };
            for (thumbnail, n) in self.studio.thumbnails(subject, recipe, &self.options)?.iter().zip(0..) {
                let picture = number * self.options.count as usize + n;
                made.pictures.push(self.write(place, picture, thumbnail, style, console)?);
            }
            console.step();
        }
        Ok(())
    }

    fn write(
        &self,
        place: usize,
        picture: usize,
        thumbnail: &Thumbnail,
        style: &Style,
        console: &Console,
    ) -> Result<MadePicture, PhotoError> {
        let bytes = picture_file::write(&thumbnail.picture, self.shape.media, Some(self.shape.max_bytes))?;
        let path = self.plan.write(place, picture, &bytes)?;
        match &thumbnail.legibility {
            Some(l) => {
                let contrast = l.contrast.map(|c| format!("contrast {c:.1}:1, ")).unwrap_or_default();
                let (at_168, at_138) = (l.text_height_at_168, l.text_height_at_138);
                let heights = format!("text {at_168:.1} px high at 168 px wide, {at_138:.1} px at 138 px");
                console.say(format_args!("{}  {contrast}{heights}", path.display()))?;
            }
            None => console.say(path.display())?,
        }
        let size = thumbnail.picture.size();
        Ok(MadePicture {
            file: path.display().to_string(),
            style: Some(style.id.to_string()),
            width: size.width,
            height: size.height,
            media_type: self.shape.media.as_str(),
            bytes: bytes.len(),
            variant: thumbnail.name.clone(),
            legibility: thumbnail.legibility,
        })
    }
}
