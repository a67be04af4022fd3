//! `covershots headshot`: photos in, headshots out.

use std::path::{Path, PathBuf};

use clap::Args;
use domain::platform::SIDES;
use domain::style::{Recipe, Style};
use domain::{AspectRatio, Colour, MediaType, Platform, Size, StyleKind};
use imaging::Rgb8;

use super::{Made, MadePicture, choose};
use crate::arguments::{Common, Output, Photos};
use crate::batch::{self, PhotoError};
use crate::configuration::{self, Configuration};
use crate::console::Console;
use crate::exit::{Exit, Failure};
use crate::output::{Plan, format_of_name};
use crate::picture_file::{self, Format};
use crate::studio::{HeadshotOptions, OwnBackground, Studio, Subject};
use crate::{own_styles, photo};

/// Make headshots: a clean portrait of head and shoulders, in one style or several.
///
/// The eyes are levelled, the head is framed as a portrait photographer would, and the person is set before
/// the style's background in its light. Who a person is, is never changed. The same photo, style and seed
/// give the same picture.
#[derive(Args)]
pub(crate) struct Wish {
    #[command(flatten)]
    photos: Photos,

    /// Styles, parted by commas, or `all` [default: corporate].
    #[arg(long, short, value_name = "STYLE", value_delimiter = ',')]
    style: Vec<String>,

    /// Pictures of each photo in each style, 1 to 16 [default: 4, or 1 for a file or standard output].
    #[arg(long, short = 'n', value_parser = clap::value_parser!(u32).range(1..=16))]
    count: Option<u32>,

    /// Shape: 1:1, 4:5, 3:4, 2:3, 3:2, 16:9 or 9:16 [default: 4:5].
    #[arg(long, value_name = "W:H", conflicts_with = "platform")]
    aspect: Option<AspectRatio>,

    /// Pixels of the longer side, 512 to 2048 [default: 2048].
    #[arg(long, value_name = "PIXELS", conflicts_with = "platform", value_parser = clap::value_parser!(u32).range(512..=2048))]
    size: Option<u32>,

    /// A place to make it for, instead of shape, size and format: linkedin, cv, github … (see `covershots platforms`).
    #[arg(long, short, value_name = "PLATFORM")]
    platform: Option<String>,

    /// The file format [default: jpeg].
    #[arg(long, short, value_enum)]
    format: Option<Format>,

    /// What stands behind the person instead of the style's background: a colour as '#rrggbb' (in quotes: to a
    /// shell, # begins a comment) or a picture file.
    #[arg(long, short, value_name = "COLOUR|FILE")]
    background: Option<String>,

    /// Another number, other variations.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    #[command(flatten)]
    output: Output,
}

/// What a picture shall be, after platform and defaults have had their say.
struct Shape {
    size: Size,
    format: Format,
    max_bytes: Option<u64>,
}

impl Wish {
    fn shape(&self) -> Result<Shape, Failure> {
        let by_name = format_of_name(&self.output).map(Format::from);
        let format = |default| self.format.or(by_name).unwrap_or(default);
        if let Some(id) = &self.platform {
            let platform = Platform::find(StyleKind::Headshot, id).map_err(|error| {
                Failure::usage(format_args!("{error} (`covershots platforms` lists them all)"))
            })?;
            let format = format(platform.format.into());
            return Ok(Shape { size: platform.size(), format, max_bytes: Some(platform.max_bytes) });
        }
        let size = self.aspect.unwrap_or(AspectRatio::Portrait4x5).size(self.size.unwrap_or(*SIDES.end()));
        Ok(Shape { size, format: format(Format::Jpeg), max_bytes: None })
    }

    /// A file and standard output hold one picture.
    fn count(&self) -> u32 {
        let single = format_of_name(&self.output).is_some() || self.output.output.as_os_str() == "-";
        self.count.unwrap_or(if single { 1 } else { 4 })
    }

    fn background(
        &self,
        studio: &Studio,
        configuration: &Configuration,
    ) -> Result<Option<OwnBackground>, Failure> {
        let Some(text) = &self.background else { return Ok(None) };
        if text.starts_with('#') {
            let colour: Colour = text.parse().map_err(Failure::usage)?;
            return Ok(Some(OwnBackground::Colour(colour)));
        }
        let file = photo::Photo::File(PathBuf::from(text));
        let read = file.read(configuration.limits.for_imaging().max_bytes);
        read.and_then(|bytes| studio.background(&bytes).map_err(|error| error.to_string())).map(Some).map_err(
            |error| {
                Failure::usage(format_args!("the background {text}: {error} (a colour is written '#rrggbb')"))
            },
        )
    }

    /// With a cut-out there is no style and no background, and there is one a photo.
    fn check_cutout(&self) -> Result<(), Failure> {
        let idle = [
            ("--style", !self.style.is_empty()),
            ("--background", self.background.is_some()),
            ("--count", self.count.is_some_and(|count| count != 1)),
        ];
        match idle.iter().find(|(_, given)| *given) {
            Some((flag, _)) => {
                Err(Failure::usage(format_args!("--format cutout has no use for {flag}: leave it out")))
            }
            None => Ok(()),
        }
    }
}

/// Does the command.
pub(crate) fn run(common: &Common, wish: &Wish) -> Result<Exit, Failure> {
    let configuration = configuration::read(common.config.as_deref())?;
    let shape = wish.shape()?;
    let cutout = shape.format == Format::Cutout;
    if cutout {
        wish.check_cutout()?;
    }
    let catalogue = own_styles::catalogue(common.styles_folder.as_deref())?;
    let styles = match wish.style.as_slice() {
        _ if cutout => Vec::new(),
        [] => choose(&catalogue, StyleKind::Headshot, &["corporate".to_owned()])?,
        ids => choose(&catalogue, StyleKind::Headshot, ids)?,
    };
    let photos = photo::gather(&wish.photos.photos)?;
    let studio = Studio::open(configuration.limits.for_imaging());
    let background = wish.background(&studio, &configuration)?;
    let plan = Plan::new(&wish.output, &photos, &names(&styles, wish.count()), shape.format.media_type())?;
    if plan.to_stdout() && common.json {
        return Err(Failure::usage("--json and -o - both want standard output: use one of them"));
    }

    let console = Console::new(common, photos.len() * styles.len().max(1), plan.to_stdout());
    let options = HeadshotOptions { size: shape.size, count: wish.count(), background, seed: wish.seed };
    let maker = Maker { studio, styles, plan, shape, options };
    batch::each(
        "headshot",
        common,
        &console,
        (&photos, configuration.limits),
        &mut |place, bytes, console, made| {
            let subject = maker.studio.prepare(bytes)?;
            if cutout {
                maker.cutout(place, &subject, console, made)
            } else {
                maker.headshots(place, &subject, console, made)
            }
        },
    )
}

/// What follows the photo's name in the names of its pictures.
fn names(styles: &[&Style], count: u32) -> Vec<String> {
    if styles.is_empty() {
        return vec!["cutout".to_owned()];
    }
    styles.iter().flat_map(|style| (1..=count).map(move |n| format!("{}-{n}", style.id))).collect()
}

struct Maker<'a> {
    studio: Studio,
    styles: Vec<&'a Style>,
    plan: Plan,
    shape: Shape,
    options: HeadshotOptions,
}

impl Maker<'_> {
    fn headshots(
        &self,
        place: usize,
        subject: &Subject,
        console: &Console,
        made: &mut Made,
    ) -> Result<(), PhotoError> {
        for (style, number) in self.styles.iter().zip(0..) {
            let Recipe::Headshot(recipe) = &style.recipe else { continue };
            let pictures: Vec<Rgb8> = self.studio.headshots(subject, recipe, &self.options)?;
            for (picture, n) in pictures.iter().zip(0..) {
                let media = self.shape.format.media_type();
                let bytes = picture_file::write(picture, media, self.shape.max_bytes)?;
                let path = self.plan.write(place, number * self.options.count as usize + n, &bytes)?;
                console.say(path.display())?;
                made.pictures.push(entry(path, Some(style), picture.size(), media, bytes.len()));
            }
            console.step();
        }
        Ok(())
    }

    fn cutout(
        &self,
        place: usize,
        subject: &Subject,
        console: &Console,
        made: &mut Made,
    ) -> Result<(), PhotoError> {
        let picture = self.studio.cutout(subject, self.shape.size.width.max(self.shape.size.height));
        let bytes = picture_file::write_with_alpha(&picture)?;
        let path = self.plan.write(place, 0, &bytes)?;
        console.say(path.display())?;
        made.pictures.push(entry(path, None, picture.size(), MediaType::Png, bytes.len()));
        console.step();
        Ok(())
    }
}

fn entry(path: &Path, style: Option<&Style>, size: Size, media: MediaType, bytes: usize) -> MadePicture {
    MadePicture {
        file: path.display().to_string(),
        style: style.map(|style| style.id.to_string()),
        width: size.width,
        height: size.height,
        media_type: media.as_str(),
        bytes,
        variant: None,
        legibility: None,
    }
}
