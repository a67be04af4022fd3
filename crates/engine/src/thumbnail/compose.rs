//! Puts a thumbnail together.

use std::sync::LazyLock;

use domain::Size;
use domain::style::thumbnail::{
    Case, Highlight, Ornament, Palette, Plate, ThumbnailRecipe, TitleLook, Typeface,
};
use imaging::{Rect, Rgb8, RgbF};
use rayon::prelude::*;

use super::frame::Frame;
use super::legibility::{Legibility, TitleLegibility};
use super::place::{Behind, Figure, Placement, Room, TitleBox, place};
use super::scene::{self, View};
use super::{Thumbnail, ThumbnailError, ThumbnailOptions, colour, lettering, ornament, person, random};
use crate::subject::{Cutout, Edges};
use crate::text::fonts::narrow;
use crate::text::{self, Block, Setting, Title};

/// Height of letters, in shares of the picture's width, that reads with ease at 120 pixels: 6 pixels there.
const COMFORT: f32 = 6.0 / 120.0;
/// Below this a title is not legible at 120 pixels: 4.5 pixels there.
const FLOOR: f32 = 4.5 / 120.0;

/// See [`super::render`].
pub(super) fn render(
    cutout: Option<&Cutout>,
    recipe: &ThumbnailRecipe,
    options: &ThumbnailOptions,
) -> Result<Thumbnail, ThumbnailError> {
    let frame = frame(options.size)?;
    let mirrored = cutout.filter(|_| options.mirrored).map(mirror);
    let cutout = mirrored.as_ref().or(cutout);
    let figure = cutout.map(|cutout| Figure::of(cutout).ok_or(ThumbnailError::NobodyThere)).transpose()?;
    let palette = palette(recipe, options);
    let title = title(recipe, options)?;

    let dark_ink = palette.colour(recipe.title.fill).luminance() < palette.edge.luminance();
    let layout = recipe.layouts.nth(options.layout);
    let placed = |room| place(layout, &frame, figure.as_ref(), recipe.person.size, room);
    let plan = plan(&title, recipe, &frame, dark_ink, placed)?;
    let Plan { placement, setting } = &plan;
    let head = placement.head;
    let title_area = setting
        .as_ref()
        .map(|(block, place)| lettering::stand(block, place, lettering::padding(&recipe.title)).2);

    let view = view(&frame, &palette, head, title_area, options);
    let mut picture = scene::paint(&recipe.scene, &view);
    scene::finish(&mut picture, &recipe.finish, options.seed);
    ornament::behind(&mut picture, &recipe.ornaments, &view, &palette);
    if let (Some(cutout), Some(stand), Some(head)) = (cutout, &placement.stand, head) {
        let person = person::stand(&cutout.pixels, stand, (picture.width(), picture.height()), head.height);
        person.paint(&mut picture, &recipe.person, &palette);
    }
    ornament::before(&mut picture, &recipe.ornaments, &palette);
    let logo_box = options.logo.and_then(|logo| ornament::logo(&mut picture, logo, &frame, head, title_area));
    let title = setting.as_ref().map(|(block, place)| {
        let rule = recipe.ornaments.iter().find_map(|o| match o {
            Ornament::Rule { colour } => Some(palette.colour(*colour)),
            _ => None,
        });
        if let (Some(rule), Some(area)) = (rule, title_area) {
            ornament::rule(&mut picture, area, block.right_to_left, place.area, rule);
        }
        set(&mut picture, (block, place), head, recipe, &palette, &frame)
    });
    let face_box = cutout.zip(placement.stand.as_ref()).map(|(cutout, stand)| {
        let face = cutout.face.bounds.scaled(stand.scale);
        Rect::new(face.x + stand.x, face.y + stand.y, face.width, face.height)
    });
    let report = Legibility { title, face_box, head_box: head, logo_box };
    Ok(Thumbnail { picture: encoded(&picture), report })
}

/// Paints a title where it was planned, and says how well it can be read.
pub(super) fn set(
    picture: &mut RgbF,
    (block, place): (&Block, &TitleBox),
    head: Option<Rect>,
    recipe: &ThumbnailRecipe,
    palette: &Palette,
    frame: &Frame,
) -> TitleLegibility {
    let painted = lettering::paint(picture, block, place, head, &recipe.title, palette);
    let (lines, height) = (block.lines.len(), block.letter_height);
    TitleLegibility::new(painted.area, lines, painted.contrast, height, painted.support, frame.width)
}

pub(super) fn frame(size: Size) -> Result<Frame, ThumbnailError> {
    let sides = [size.width, size.height];
    let good = sides.iter().all(|side| (64..=8192).contains(side)) && (0.25..=4.0).contains(&size.ratio());
    if good { Ok(Frame::new(size)) } else { Err(ThumbnailError::Size(size)) }
}

fn mirror(cutout: &Cutout) -> Cutout {
    let width = cutout.pixels.width() as f32;
    let mut face = cutout.face.moved(|p| imaging::Point::new(width - p.x, p.y), 1.0, 0.0);
    std::mem::swap(&mut face.left_eye, &mut face.right_eye);
    (face.roll, face.yaw) = (-face.roll, -face.yaw);
    let cut = Edges { left: cutout.cut.right, right: cutout.cut.left, ..cutout.cut };
    Cutout { pixels: cutout.pixels.clone().mirrored(), face, cut }
}

pub(super) fn palette(recipe: &ThumbnailRecipe, options: &ThumbnailOptions) -> Palette {
    let palette = recipe.palettes.nth(options.palette);
    match options.brand {
        Some(brand) => colour::branded(palette, brand.primary, brand.accent),
        None => colour::legible(palette),
    }
}

pub(super) fn title(recipe: &ThumbnailRecipe, options: &ThumbnailOptions) -> Result<Title, ThumbnailError> {
    let title = Title::parse(options.title)?;
    let title = if options.highlight { title.with_highlight(0) } else { title };
    Ok(if recipe.title.case == Case::Upper { title.to_upper() } else { title })
}

/// Where person and title go.
pub(super) struct Plan {
    pub(super) placement: Placement,
    pub(super) setting: Option<(Block, TitleBox)>,
}

/// Finds the first way to set the title that reads with ease, or else the largest: as the style has it, with more room, in a
/// narrow typeface, in more lines.
pub(super) fn plan(
    title: &Title,
    recipe: &ThumbnailRecipe,
    frame: &Frame,
    dark_ink: bool,
    placed: impl Fn(Room) -> Placement,
) -> Result<Plan, ThumbnailError> {
    if title.is_empty() {
        return Ok(Plan { placement: placed(Room::Usual), setting: None });
    }
    let own = recipe.title.font;
    let attempts = [
        (Room::Usual, own, 4),
        (Room::More, own, 4),
        (Room::Usual, narrow(own), 4),
        (Room::More, narrow(own), 5),
        (Room::More, narrow(own), 7),
    ];
    // Dark letters are lost on dark clothes; light ones with a dark edge less so.
    let plated = recipe.title.plate != Plate::None;
    let covering = if plated {
        0.92
    } else if dark_ink {
        0.55
    } else {
        0.8
    };
    let mut best: Option<Found> = None;
    for (room, face, max_lines) in attempts {
        let placement = placed(room);
        for rank in 0..4 {
            let mut readable = false;
            for area in placement.boxes.iter().filter(|area| area.rank == rank) {
                let setting = setting(&recipe.title, area, face, max_lines, frame);
                let Some(block) = text::set(title, &setting, area.area.width, area.area.height)? else {
                    continue;
                };
                let height = block.letter_height / frame.width;
                readable |= height >= FLOOR;
                let worth = height
                    * match area.behind {
                        Behind::Scene => 1.0,
                        Behind::SceneOverShoulder => 0.9,
                        Behind::Body => covering,
                    };
                let worth = if height < COMFORT { 0.6 * worth } else { worth };
                if best.as_ref().is_none_or(|best| worth > best.worth * 1.03) {
                    best = Some(Found { worth, height, placement: placement.clone(), block, area: *area });
                }
            }
            // Another place than the layout's own only where that one leaves the title too small to read.
            if readable {
                break;
            }
        }
        if best.as_ref().is_some_and(|best| best.height >= COMFORT) {
            break;
        }
    }
    let Some(best) = best else {
        return Err(ThumbnailError::NoRoom(Size::new(frame.width as u32, frame.height as u32)));
    };
    Ok(Plan { placement: best.placement, setting: Some((best.block, best.area)) })
}

/// A way to set the title.
struct Found {
    /// What decides: the letters' height, less where they cover the person.
    worth: f32,
    /// Height of the letters, in shares of the picture's width.
    height: f32,
    placement: Placement,
    block: Block,
    area: TitleBox,
}

fn setting(look: &TitleLook, area: &TitleBox, face: Typeface, max_lines: usize, frame: &Frame) -> Setting {
    let outline = look.outline.get();
    let plates: f32 = if look.plate == Plate::Lines { 0.2 } else { 0.0 };
    let bars = if look.highlight == Highlight::Bar { 0.09 } else { 0.0 };
    Setting {
        face,
        fit: look.fit,
        align: area.align,
        padding: lettering::padding(look),
        gap: 0.15 + 0.08 * outline + plates.max(bars),
        tilt: look.tilt.get() * 10f32.to_radians(),
        max_lines,
        least_height: FLOOR * frame.width,
    }
}

fn view<'a>(
    frame: &Frame,
    palette: &'a Palette,
    head: Option<Rect>,
    title: Option<Rect>,
    options: &'a ThumbnailOptions,
) -> View<'a> {
    let (width, height) = (frame.width, frame.height);
    let focus = head.map_or((width / 2.0, height / 2.0), |head| (head.centre().x, head.centre().y));
    View {
        width: width as usize,
        height: height as usize,
        palette,
        focus,
        unit: head.map_or(0.4 * width.min(height), |head| head.height),
        title,
        seed: options.seed,
        own: options.background,
    }
}

/// To eight bits, with half a step of noise so that a dark gradient shows no bands.
fn encoded(picture: &RgbF) -> Rgb8 {
    let (w, h) = (picture.width(), picture.height());
    let mut out = Rgb8::new(w, h);
    let rows = out.data_mut().par_chunks_mut(w * 3).zip(picture.data().par_chunks(w * 3)).enumerate();
    rows.for_each(|(y, (out, row))| {
        for (x, (out, pixel)) in out.as_chunks_mut::<3>().0.iter_mut().zip(row.as_chunks::<3>().0).enumerate()
        {
            let noise = 0.5 + 0.5 * (random::at(x as u32, y as u32, 5) - 0.5);
            *out = pixel.map(|v| (ENCODED[(v.clamp(0.0, 1.0).sqrt() * 4096.0) as usize] + noise) as u8);
        }
    });
    out
}

/// sRGB-encoded value, 0 to 255, of the square root of linear light: [`imaging::linear::to_srgb`] before it is rounded.
static ENCODED: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let encode = |v: f32| if v <= 0.003_130_8 { v * 12.92 } else { 1.055 * v.powf(1.0 / 2.4) - 0.055 };
    (0..=4096).map(|i| encode((i as f32 / 4096.0).powi(2)) * 255.0).collect()
});
