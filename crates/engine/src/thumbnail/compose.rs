//! Puts a thumbnail together.

use domain::Size;
use domain::style::thumbnail::{Case, Layout, Ornament, Palette, ThumbnailRecipe, TitleLook, Typeface};
use imaging::{Rect, Rgb8, RgbF, linear};

use super::frame::Frame;
use super::legibility::{Legibility, TitleLegibility};
use super::place::{Figure, Placement, Room, TitleBox, place};
use super::scene::{self, View};
use super::{Thumbnail, ThumbnailError, ThumbnailOptions, colour, lettering, ornament, person, random};
use crate::subject::{Cutout, Edges};
use crate::text::fonts::narrow;
use crate::text::{self, Block, Setting, Title};

/// Height of letters, in shares of the picture's width, that reads with ease at 120 pixels: 7 pixels there.
const COMFORT: f32 = 7.0 / 120.0;
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

    let plan = plan(&title, recipe, recipe.layouts.nth(options.layout), &frame, figure.as_ref())?;
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
        let person = person::stand(&cutout.pixels, stand, picture.width(), picture.height());
        person.paint(&mut picture, &recipe.person, &palette, head.height);
    }
    ornament::before(&mut picture, &recipe.ornaments, &palette);
    if let Some(logo) = options.logo {
        ornament::logo(&mut picture, logo, &frame, head, title_area);
    }
    let title = setting.as_ref().map(|(block, place)| {
        let rule = recipe.ornaments.iter().find_map(|o| match o {
            Ornament::Rule { colour } => Some(palette.colour(*colour)),
            _ => None,
        });
        if let (Some(rule), Some(area)) = (rule, title_area) {
            ornament::rule(&mut picture, area, block.right_to_left, place.area, rule);
        }
        let painted = lettering::paint(&mut picture, block, place, &recipe.title, &palette);
        let (lines, height) = (block.lines.len(), block.letter_height);
        TitleLegibility::new(painted.area, lines, painted.contrast, height, painted.support, frame.width)
    });
    let face_box = cutout.zip(placement.stand.as_ref()).map(|(cutout, stand)| {
        let face = cutout.face.bounds.scaled(stand.scale);
        Rect::new(face.x + stand.x, face.y + stand.y, face.width, face.height)
    });
    let report = Legibility { title, face_box, head_box: head };
    Ok(Thumbnail { picture: encoded(&picture), report })
}

fn frame(size: Size) -> Result<Frame, ThumbnailError> {
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

fn palette(recipe: &ThumbnailRecipe, options: &ThumbnailOptions) -> Palette {
    let palette = recipe.palettes.nth(options.palette);
    match options.brand {
        Some(brand) => colour::branded(palette, brand.primary, brand.accent),
        None => colour::legible(palette),
    }
}

fn title(recipe: &ThumbnailRecipe, options: &ThumbnailOptions) -> Result<Title, ThumbnailError> {
    let title = Title::parse(options.title)?;
    let title = if options.highlight { title.with_highlight(0) } else { title };
    Ok(if recipe.title.case == Case::Upper { title.to_upper() } else { title })
}

/// Where person and title go.
struct Plan {
    placement: Placement,
    setting: Option<(Block, TitleBox)>,
}

/// Finds the first way to set the title that reads with ease, or else the largest: as the style has it, with more room, in a
/// narrow typeface, in more lines.
fn plan(
    title: &Title,
    recipe: &ThumbnailRecipe,
    layout: Layout,
    frame: &Frame,
    figure: Option<&Figure>,
) -> Result<Plan, ThumbnailError> {
    let placed = |room| place(layout, frame, figure, recipe.person.size, room);
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
    let mut best: Option<(f32, Plan)> = None;
    for (room, face, max_lines) in attempts {
        let placement = placed(room);
        // The layout's own box first; another only where that one leaves the title too small to read.
        for area in &placement.boxes {
            let setting = setting(&recipe.title, area, face, max_lines, frame);
            let Some(block) = text::set(title, &setting, area.area.width, area.area.height)? else {
                continue;
            };
            let height = block.letter_height / frame.width;
            if best.as_ref().is_none_or(|(most, _)| height > most * 1.05) {
                let plan = Plan { placement: placement.clone(), setting: Some((block, *area)) };
                best = Some((height, plan));
            }
            if height >= FLOOR && !same_place(area, &placement.boxes) {
                break;
            }
        }
        if best.as_ref().is_some_and(|(height, _)| *height >= COMFORT) {
            break;
        }
    }
    best.map(|(_, plan)| plan)
        .ok_or(ThumbnailError::NoRoom(Size::new(frame.width as u32, frame.height as u32)))
}

/// Whether a further box is but another cut of the same place, so that the larger type decides.
fn same_place(area: &TitleBox, boxes: &[TitleBox]) -> bool {
    let at = boxes.iter().position(|b| b == area);
    at.and_then(|at| boxes.get(at + 1)).is_some_and(|next| {
        next.area.intersection(area.area).area() > 0.5 * next.area.area().min(area.area.area())
    })
}

fn setting(look: &TitleLook, area: &TitleBox, face: Typeface, max_lines: usize, frame: &Frame) -> Setting {
    let outline = look.outline.get();
    let plates = if look.plate == domain::style::thumbnail::Plate::Lines { 0.2 } else { 0.0 };
    Setting {
        face,
        fit: look.fit,
        align: area.align,
        padding: lettering::padding(look),
        gap: 0.15 + 0.08 * outline + plates,
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
    Rgb8::from_fn(w, h, |x, y| {
        let pixel = picture.get(x, y);
        let low = pixel.map(linear::to_srgb);
        let noise = random::at(x as u32, y as u32, 5) - 0.5;
        std::array::from_fn(|c| {
            let v = pixel[c].clamp(0.0, 1.0);
            let base = linear::to_linear(low[c]);
            // The part of a step by which rounding missed, as seen from the rounded value.
            let next = if v >= base { low[c].saturating_add(1) } else { low[c].saturating_sub(1) };
            let step = (linear::to_linear(next) - base).abs();
            let miss = if step > 0.0 { (v - base).abs() / step } else { 0.0 };
            if miss > 0.08 && miss > 0.5 - noise.abs() { next } else { low[c] }
        })
    })
}
