//! `covershots thumbnail`: photos and a title in, thumbnails out.

use clap::Args;
use domain::style::{Recipe, Style};
use domain::{MediaType, Platform, Size, StyleKind};

use super::{Made, MadePicture, choose};
use crate::arguments::{Common, Output, Photos};
use crate::batch::{self, PhotoError};
use crate::configuration;
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::output::{Plan, format_of_name};
use crate::picture_file;
use crate::studio::{Difference, Studio, Subject, Thumbnail, ThumbnailWish};
use crate::{own_styles, photo};

/// What video platforms take at most where none is named.
const MAX_BYTES: u64 = 2_000_000;
/// Pixels of a side that are made.
const SIDES: std::ops::RangeInclusive<u32> = 320..=2048;
/// Thumbnails of a test: three that differ and one without text.
const OF_A_TEST: u32 = 4;

/// Make thumbnails for a video: the person, a background and a title that can be read.
///
/// The title is fitted to be read at 120 pixels wide, keeps off the face and off the corner where players put the
/// duration, and has a contrast of at least 4.5:1. With --json each picture comes with its legibility in figures.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    photos: Photos,

    /// The words on it; leave it out for none. Several times for `--test text`.
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

    /// Another number, other variations.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    #[command(flatten)]
    output: Output,
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
            (Some(_), _) => OF_A_TEST,
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
            (Some(Difference::Text), 3) => Ok(()),
            (Some(Difference::Text), n) => Err(Failure::usage(format_args!(
                "--test text compares three titles and got {n}: give --title three times"
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
            let test = match test {
                Difference::FaceSide => "face-side",
                Difference::Text => "text",
                Difference::Colour => "colour",
            };
            let mut names: Vec<_> = (1..OF_A_TEST).map(|n| format!("{id}-{test}-{n}")).collect();
            names.push(format!("{id}-no-text"));
            names
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
    let plan = Plan::new(&wish.output, &photos, &wish.names(&styles), shape.media)?;
    if plan.to_stdout() && common.json {
        return Err(Failure::usage("--json and -o - both want standard output: use one of them"));
    }

    let console = Console::new(common, photos.len() * styles.len(), plan.to_stdout());
    let maker = Maker { wish, studio, styles, plan, shape };
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

struct Maker<'a> {
    wish: &'a Wish,
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
        let Wish { test, seed, title, .. } = self.wish;
        let count = self.wish.count();
        let options = ThumbnailWish { size: self.shape.size, count, titles: title, test: *test, seed: *seed };
        for (style, number) in self.styles.iter().zip(0..) {
            let Recipe::Thumbnail(recipe) = &style.recipe else { continue };
            for (thumbnail, n) in self.studio.thumbnails(subject, recipe, &options)?.iter().zip(0..) {
                let picture = number * count as usize + n;
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
                console.say(format_args!(
                    "{}  {contrast}text {:.1} px high at 168 px wide, {:.1} px at 138 px",
                    path.display(),
                    l.text_height_at_168,
                    l.text_height_at_138
                ))?;
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
