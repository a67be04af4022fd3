//! Where the person stands and where the title may go.
//!
//! A person is scaled by the height of the head, which is what an eye measures. Where the photo cut them off, the cut
//! has to lie outside the picture: at the bottom always, at a side either by standing there or by coming so close that the
//! cut part falls below the picture. Where neither can be, that side is dissolved, never shown as a straight cut.

use domain::Unit;
use domain::style::thumbnail::Layout;
use imaging::Rect;

use super::frame::{Frame, Shape};
use crate::subject::Cutout;

/// Bands in which a person's outline is known.
const BANDS: usize = 64;

/// What has to be known of a cut-out to place it, in its pixels.
#[derive(Clone, Debug)]
pub(super) struct Figure {
    width: f32,
    head: Rect,
    /// Lowest row with anything of the person.
    bottom: f32,
    /// First row in which the left side cuts the person, if it does.
    left_cut: Option<f32>,
    /// First row in which the right side cuts the person, if it does.
    right_cut: Option<f32>,
    /// Whether the top cuts the head.
    top_cut: bool,
    /// Height of a band.
    band: f32,
    /// From where to where the person reaches in each band; the other way round where nothing of them is.
    reach: Vec<(f32, f32)>,
}

const SEEN: u8 = 24;

impl Figure {
    /// Measures a cut-out; `None` when nobody is in it.
    pub(super) fn of(cutout: &Cutout) -> Option<Figure> {
        let pixels = &cutout.pixels;
        let (w, h) = (pixels.width(), pixels.height());
        let head = cutout.face.head.intersection(Rect::new(0.0, 0.0, w as f32, h as f32));
        let seen = |row: &[[u8; 4]]| row.iter().any(|p| p[3] >= SEEN);
        let bottom = (0..h).rev().find(|y| seen(pixels.row(*y)))?;
        let first = |x: usize| (0..h).find(|y| pixels.get(x, *y)[3] >= SEEN).map(|y| y as f32);
        let band = (h as f32 / BANDS as f32).max(1.0);
        let mut reach = vec![(f32::INFINITY, f32::NEG_INFINITY); BANDS];
        for y in 0..h {
            let row = pixels.row(y);
            let (Some(l), Some(r)) =
                (row.iter().position(|p| p[3] > 127), row.iter().rposition(|p| p[3] > 127))
            else {
                continue;
            };
            let known = &mut reach[((y as f32 / band) as usize).min(BANDS - 1)];
            *known = (known.0.min(l as f32), known.1.max(r as f32 + 1.0));
        }
        (head.width >= 2.0 && head.height >= 2.0).then_some(Figure {
            width: w as f32,
            head,
            bottom: bottom as f32 + if cutout.cut.bottom { 0.0 } else { 1.0 },
            left_cut: cutout.cut.left.then(|| first(0)).flatten(),
            right_cut: cutout.cut.right.then(|| first(w - 1)).flatten(),
            top_cut: cutout.cut.top,
            band,
            reach,
        })
    }

    /// What a person is likely to take up around a head, where a finished scene shows no more of them.
    fn around(head: Rect, frame: &Frame) -> Figure {
        let band = frame.height / BANDS as f32;
        let middle = head.centre().x;
        let reach = (0..BANDS).map(|i| {
            let y = (i as f32 + 0.5) * band;
            if y < head.y {
                (f32::INFINITY, f32::NEG_INFINITY)
            } else if y < head.bottom() + 0.2 * head.height {
                (head.x, head.right())
            } else {
                // Shoulders are two and a half to three heads wide.
                (middle - 1.4 * head.width, middle + 1.4 * head.width)
            }
        });
        Figure {
            width: frame.width,
            head,
            bottom: frame.height,
            left_cut: None,
            right_cut: None,
            top_cut: false,
            band,
            reach: reach.collect(),
        }
    }

    /// From where to where a standing person reaches between two rows of the picture.
    fn reach(&self, stand: &Stand, from: f32, to: f32) -> (f32, f32) {
        let row = |y: f32| ((y - stand.y) / stand.scale / self.band).clamp(0.0, BANDS as f32 - 1.0) as usize;
        let bands = &self.reach[row(from)..=row(to).max(row(from))];
        let x = |x: f32| stand.x + x * stand.scale;
        bands
            .iter()
            .fold((f32::INFINITY, f32::NEG_INFINITY), |(l, r), band| (l.min(x(band.0)), r.max(x(band.1))))
    }
}

/// Where a cut-out stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Stand {
    /// Picture pixels for one of the cut-out's.
    pub scale: f32,
    /// Where the cut-out's left edge lies.
    pub x: f32,
    /// Where its top lies.
    pub y: f32,
    /// Whether the left side is dissolved.
    pub dissolve_left: bool,
    /// Whether the right side is dissolved.
    pub dissolve_right: bool,
}

/// A place for the title.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct TitleBox {
    /// The box.
    pub area: Rect,
    /// Where lines stand in it: 0 at the left, 0.5 in the middle, 1 at the right.
    pub align: f32,
    /// Where the block stands in it: 0 at the top, 1 at the bottom.
    pub drop: f32,
    /// What may be behind it.
    pub behind: Behind,
    /// Boxes of one rank are cuts of one place; those of rank 0 are the layout's own.
    pub rank: usize,
}

/// What may be behind a title.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behind {
    /// The scene alone, and the box is as high as it can be.
    Scene,
    /// The scene alone, and the box ends where a shoulder begins.
    SceneOverShoulder,
    /// The person's body.
    Body,
}

/// Person and title placed.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Placement {
    /// The person, if there is one.
    pub stand: Option<Stand>,
    /// The head in the picture; nothing may cover it.
    pub head: Option<Rect>,
    /// Places for the title, the layout's own first.
    pub boxes: Vec<TitleBox>,
}

/// How much room the title is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Room {
    /// As the layout has it.
    Usual,
    /// More, for a long title; the person is smaller.
    More,
}

/// What a layout wants, in shares of the picture.
struct Wish {
    /// Height of the head.
    head: f32,
    /// Middle of the head, across.
    x: f32,
    /// Top of the head.
    top: f32,
}

fn wish(layout: Layout, shape: Shape, size: Unit, room: Room) -> Wish {
    use Layout::{CloseLeft, CloseRight, PersonLeft, PersonRight, TitleAbove, TitleBelow};
    let s = size.get() - 0.5;
    let (head, x, top) = match (shape, layout) {
        (Shape::Wide, PersonRight) => (0.48 + 0.2 * s, 0.775, 0.10),
        (Shape::Wide, PersonLeft) => (0.48 + 0.2 * s, 0.225, 0.10),
        (Shape::Wide, CloseRight) => (0.66 + 0.2 * s, 0.79, 0.07),
        (Shape::Wide, CloseLeft) => (0.66 + 0.2 * s, 0.21, 0.07),
        (Shape::Wide, TitleBelow) => (0.46 + 0.14 * s, 0.5, 0.05),
        (Shape::Wide, TitleAbove) => (0.42 + 0.14 * s, 0.5, 0.40),
        (Shape::Square, PersonRight) => (0.38 + 0.12 * s, 0.64, 0.42),
        (Shape::Square, PersonLeft) => (0.38 + 0.12 * s, 0.36, 0.42),
        (Shape::Square, CloseRight) => (0.48 + 0.12 * s, 0.62, 0.38),
        (Shape::Square, CloseLeft) => (0.48 + 0.12 * s, 0.38, 0.38),
        (Shape::Square, TitleBelow) => (0.42 + 0.12 * s, 0.5, 0.06),
        (Shape::Square, TitleAbove) => (0.40 + 0.12 * s, 0.5, 0.42),
        (Shape::Tall, PersonRight) => (0.28 + 0.1 * s, 0.58, 0.42),
        (Shape::Tall, PersonLeft) => (0.28 + 0.1 * s, 0.40, 0.42),
        (Shape::Tall, CloseRight) => (0.36 + 0.1 * s, 0.56, 0.40),
        (Shape::Tall, CloseLeft) => (0.36 + 0.1 * s, 0.44, 0.40),
        (Shape::Tall, TitleBelow) => (0.34 + 0.1 * s, 0.5, 0.09),
        (Shape::Tall, TitleAbove) => (0.30 + 0.1 * s, 0.5, 0.43),
    };
    match room {
        Room::Usual => Wish { head, x, top },
        Room::More => {
            // Away from the title: outward, or down, or up.
            let x = if shape == Shape::Wide { 0.5 + (x - 0.5) * 1.2 } else { x };
            let top = if top > 0.3 { top + 0.14 } else { (top - 0.02).max(0.03) };
            Wish { head: head * 0.72, x, top }
        }
    }
}

/// Places a person, if there is one, and lists where the title may go.
pub(super) fn place(
    layout: Layout,
    frame: &Frame,
    figure: Option<&Figure>,
    size: Unit,
    room: Room,
) -> Placement {
    let Some(figure) = figure else {
        let boxes = frame.free(frame.safe).into_iter();
        let boxes = boxes
            .map(|area| TitleBox { area, align: 0.5, drop: 0.5, behind: Behind::Scene, rank: 0 })
            .collect();
        return Placement { stand: None, head: None, boxes };
    };
    let mut layout = layout;
    let mut wished = wish(layout, frame.shape, size, room);
    let mut chosen = stand(figure, frame, &wished);
    let too_close = chosen.scale * figure.head.height > 1.3 * wished.head * frame.height;
    if too_close && matches!(layout, Layout::TitleBelow | Layout::TitleAbove) {
        // A photo cut this tight has no chest for a title: it goes beside the head, or where nothing is beside, over it.
        layout = if frame.shape == Shape::Wide { Layout::CloseRight } else { Layout::TitleAbove };
        wished = wish(layout, frame.shape, size, room);
        chosen = stand(figure, frame, &wished);
    }
    let head = Rect::new(
        chosen.x + figure.head.x * chosen.scale,
        chosen.y + figure.head.y * chosen.scale,
        figure.head.width * chosen.scale,
        figure.head.height * chosen.scale,
    );
    Placement { stand: Some(chosen), head: Some(head), boxes: boxes(layout, frame, figure, &chosen, head) }
}

/// Lists where a title may go over a finished scene, with the person in it wherever they are.
pub(super) fn over(frame: &Frame, head: Option<Rect>) -> Placement {
    let whole = Rect::new(0.0, 0.0, frame.width, frame.height);
    let head =
        head.map(|head| head.intersection(whole)).filter(|head| head.width >= 2.0 && head.height >= 2.0);
    let Some(head) = head else {
        return place(Layout::TitleBelow, frame, None, Unit::clamped(0.5), Room::Usual);
    };
    let (x, above) = (head.centre().x / frame.width, head.y / frame.height);
    let layout = match frame.shape {
        Shape::Wide if x > 0.56 => Layout::PersonRight,
        Shape::Wide if x < 0.44 => Layout::PersonLeft,
        _ if above > 0.34 => Layout::TitleAbove,
        _ => Layout::TitleBelow,
    };
    let figure = Figure::around(head, frame);
    let as_it_is = Stand { scale: 1.0, x: 0.0, y: 0.0, dissolve_left: false, dissolve_right: false };
    let mut boxes = boxes(layout, frame, &figure, &as_it_is, head);
    if boxes.is_empty() {
        // A face that fills the frame: below its middle is the least that a title can cover.
        let low = Rect::new(0.0, head.y + 0.75 * head.height, frame.width, frame.height);
        let free = frame.free(low).into_iter();
        boxes.extend(free.map(|area| TitleBox {
            area,
            align: 0.5,
            drop: 1.0,
            behind: Behind::Body,
            rank: 0,
        }));
    }
    Placement { stand: None, head: Some(head), boxes }
}

/// Solves for scale and place under the rules on cuts.
fn stand(figure: &Figure, frame: &Frame, wish: &Wish) -> Stand {
    let (w, h) = (frame.width, frame.height);
    let mut top = wish.top * h;
    if figure.top_cut {
        // A head that the photo cut stands at the picture's top edge.
        top = 0.0;
    }
    let body = (figure.bottom - figure.head.y).max(1.0);
    let mut scale = wish.head * h / figure.head.height;
    if scale * body < h - top {
        // The person would hang in the air. Stand them lower, within reason, and then closer.
        let lowest = if figure.top_cut { 0.0 } else { top.max((wish.top + 0.10) * h) };
        top = (h - scale * body).clamp(top, lowest);
        scale = scale.max((h - top) / body);
    }
    // As close as a cut side asks for, as long as the head stays inside and, where the title stands over or under it, leaves
    // room for that.
    let nearest = 0.97 * (h - top);
    let nearest = if frame.shape == Shape::Wide { nearest } else { nearest.min(1.4 * wish.head * h) };
    let largest = (nearest / figure.head.height).min(0.5 * w / figure.head.width).max(scale);
    let middle = figure.head.x + figure.head.width / 2.0;
    let to_left = wish.x < 0.5;
    let place = |scale: f32| {
        let half = figure.head.width * scale / 2.0;
        // The whole head inside, a hair from the edge.
        let x = (wish.x * w).clamp((half + 0.015 * w).min(w / 2.0), (w - half - 0.015 * w).max(w / 2.0));
        let mut x = x - middle * scale;
        // A cut side near the picture's edge moves onto it, if that is not far.
        let reach = 0.16 * w;
        if figure.left_cut.is_some() && x > 0.0 && x < reach && (to_left || figure.right_cut.is_none()) {
            x = 0.0;
        }
        let right = x + figure.width * scale;
        if figure.right_cut.is_some()
            && right < w
            && w - right < reach
            && !(to_left && figure.left_cut.is_some())
        {
            x += w - right;
        }
        x
    };
    let shown = |cut: Option<f32>, scale: f32| cut.is_some_and(|row| top + (row - figure.head.y) * scale < h);
    let left_shown = |scale: f32| place(scale) > 0.0 && shown(figure.left_cut, scale);
    let right_shown = |scale: f32| place(scale) + figure.width * scale < w && shown(figure.right_cut, scale);
    let chosen = (0..=24)
        .map(|i| scale + (largest - scale) * i as f32 / 24.0)
        .find(|scale| !left_shown(*scale) && !right_shown(*scale));
    let scale = chosen.unwrap_or(scale);
    Stand {
        scale,
        x: place(scale),
        y: top - figure.head.y * scale,
        dissolve_left: left_shown(scale),
        dissolve_right: right_shown(scale),
    }
}

/// Places for a title around a head, the layout's own first.
fn boxes(layout: Layout, frame: &Frame, figure: &Figure, stand: &Stand, head: Rect) -> Vec<TitleBox> {
    let gap = 0.028 * frame.width.min(frame.height);
    let safe = frame.safe;
    // Beside a head, letters that touch the margin above and below look crammed.
    let tall = safe.grown(0.0);
    let tall = Rect::new(tall.x, tall.y + 0.02 * frame.height, tall.width, tall.height - 0.04 * frame.height);
    let until = |x: f32| Rect::new(tall.x, tall.y, (x - gap - tall.x).max(0.0), tall.height);
    let from = |x: f32| {
        let x = (x + gap).max(tall.x);
        Rect::new(x, tall.y, (tall.right() - x).max(0.0), tall.height)
    };
    let above = Rect::new(safe.x, safe.y, safe.width, (head.y - gap - safe.y).max(0.0));
    let low = (head.bottom() + gap).max(safe.y);
    let below = Rect::new(safe.x, low, safe.width, (safe.bottom() - low).max(0.0));

    // Beside the head there are three cuts: over the shoulder, above it, and clear of the whole person.
    let shoulder = |left: bool| {
        let step = 0.01 * frame.height;
        let rows = (0..100).map(|i| head.y + head.height * 0.5 + i as f32 * step);
        let rows = rows.take_while(|y| *y < frame.height);
        let out = |y: &f32| {
            let (l, r) = figure.reach(stand, *y, *y + step);
            if left { l < head.x } else { r > head.right() }
        };
        rows.into_iter().find(out).unwrap_or(frame.height)
    };
    let over_shoulder = |area: Rect, left: bool| Rect {
        height: (shoulder(left) - gap - area.y).clamp(0.0, area.height),
        ..area
    };
    let (person_left, person_right) = figure.reach(stand, tall.y, frame.height);
    let left = [
        (until(head.x), Behind::Body),
        (over_shoulder(until(head.x), true), Behind::SceneOverShoulder),
        (until(person_left.min(head.x)), Behind::Scene),
    ];
    let right = [
        (from(head.right()), Behind::Body),
        (over_shoulder(from(head.right()), false), Behind::SceneOverShoulder),
        (from(person_right.max(head.right())), Behind::Scene),
    ];
    let (above, below) = ([(above, Behind::Scene)], [(below, Behind::Body)]);
    type Cuts<'a> = (&'a [(Rect, Behind)], f32, f32);
    let beside = frame.shape == Shape::Wide;
    let order: [Cuts; 4] = match layout {
        Layout::PersonRight | Layout::CloseRight if beside => {
            [(&left, 0.0, 0.5), (&below, 0.5, 1.0), (&above, 0.5, 0.5), (&right, 0.5, 0.5)]
        }
        Layout::PersonLeft | Layout::CloseLeft if beside => {
            [(&right, 0.0, 0.5), (&below, 0.5, 1.0), (&above, 0.5, 0.5), (&left, 0.5, 0.5)]
        }
        Layout::TitleBelow => [(&below, 0.5, 0.7), (&above, 0.5, 0.5), (&left, 0.5, 0.5), (&right, 0.5, 0.5)],
        Layout::PersonRight | Layout::CloseRight => {
            [(&above, 0.0, 0.4), (&below, 0.5, 0.5), (&left, 0.5, 0.5), (&right, 0.5, 0.5)]
        }
        Layout::PersonLeft | Layout::CloseLeft => {
            [(&above, 1.0, 0.4), (&below, 0.5, 0.5), (&left, 0.5, 0.5), (&right, 0.5, 0.5)]
        }
        Layout::TitleAbove => [(&above, 0.5, 0.5), (&below, 0.5, 0.5), (&left, 0.5, 0.5), (&right, 0.5, 0.5)],
    };
    let cuts = order.into_iter().enumerate().flat_map(|(rank, (cuts, align, drop))| {
        cuts.iter().flat_map(move |(area, behind)| {
            let free = frame.free(*area).into_iter();
            free.map(move |area| TitleBox { area, align, drop, behind: *behind, rank })
        })
    });
    cuts.filter(|b| b.area.width > 0.1 * frame.width && b.area.height > 0.06 * frame.height).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Size;

    const SIZES: [(u32, u32); 6] =
        [(1280, 720), (1920, 1080), (1080, 1080), (1080, 1920), (640, 360), (1000, 700)];

    fn figure(left_cut: Option<f32>, right_cut: Option<f32>, bottom: f32) -> Figure {
        let head = Rect::new(150.0, 40.0, 200.0, 260.0);
        let band = bottom / BANDS as f32;
        let reach = (0..BANDS).map(|i| if (i as f32) * band < 320.0 { (150.0, 350.0) } else { (0.0, 500.0) });
        let reach = reach.collect();
        Figure { width: 500.0, head, bottom, left_cut, right_cut, top_cut: false, band, reach }
    }

    fn everywhere(figure: Figure, check: impl Fn(&Frame, Layout, &Placement)) {
        for (w, h) in SIZES {
            let frame = Frame::new(Size::new(w, h));
            for layout in Layout::ALL {
                for room in [Room::Usual, Room::More] {
                    for size in [0.0, 0.5, 1.0] {
                        let placement = place(layout, &frame, Some(&figure), Unit::clamped(size), room);
                        check(&frame, layout, &placement);
                    }
                }
            }
        }
    }

    #[test]
    fn nobody_hangs_in_the_air_and_every_head_is_whole() {
        for bottom in [340.0, 420.0, 700.0, 2000.0] {
            everywhere(figure(None, None, bottom), |frame, layout, placement| {
                let stand = placement.stand.unwrap();
                assert!(stand.y + bottom * stand.scale >= frame.height - 0.5, "{layout:?} {frame:?}");
                let head = placement.head.unwrap();
                let whole = Rect::new(0.0, 0.0, frame.width, frame.height);
                assert!(whole.grown(0.5).contains(head), "{layout:?} {frame:?} {head:?}");
            });
        }
    }

    #[test]
    fn a_cut_shoulder_lies_outside_or_below_or_is_dissolved() {
        for cuts in
            [(Some(330.0), Some(330.0)), (Some(310.0), None), (None, Some(400.0)), (Some(200.0), Some(60.0))]
        {
            everywhere(figure(cuts.0, cuts.1, 600.0), |frame, layout, placement| {
                let stand = placement.stand.unwrap();
                let below = |cut: Option<f32>| {
                    cut.is_none_or(|row| stand.y + row * stand.scale >= frame.height - 0.01)
                };
                assert!(stand.x <= 0.0 || below(cuts.0) || stand.dissolve_left, "{layout:?}");
                let right = stand.x + 500.0 * stand.scale;
                assert!(right >= frame.width - 0.01 || below(cuts.1) || stand.dissolve_right, "{layout:?}");
            });
        }
    }

    #[test]
    fn no_box_meets_the_head_the_badge_or_the_margin() {
        everywhere(figure(None, Some(320.0), 620.0), |frame, layout, placement| {
            assert!(!placement.boxes.is_empty(), "{layout:?} {frame:?}");
            for b in &placement.boxes {
                assert!(!b.area.overlaps(placement.head.unwrap()), "{layout:?}");
                assert!(b.area.intersection(frame.badge).area() < 0.5, "{layout:?}");
                assert!(frame.safe.grown(0.01).contains(b.area), "{layout:?}");
            }
        });
    }
}
