//! Contrast and letters measured in finished pictures, without asking the renderer where it put them.
//!
//! A picture is made twice, its letters in two colours that differ by a few steps of 255: the pixels that changed are the
//! letters. What lies around them is compared with them.

use domain::Colour;
use domain::style::thumbnail::{Palette, Palettes, Role, Scene};
use imaging::Rgb8;
use rayon::prelude::*;

use super::*;

fn luminance(pixel: [u8; 3]) -> f32 {
    Colour::new(pixel[0], pixel[1], pixel[2]).luminance()
}

/// The colour, its blue moved by some steps toward the middle: of all channels it changes the luminance least.
fn nudged(colour: Colour, steps: u8) -> Colour {
    let b = if colour.b > 127 { colour.b - steps } else { colour.b + steps };
    Colour::new(colour.r, colour.g, b)
}

/// The recipe with its letters, plain and highlighted, in a colour of their own, and in that colour nudged.
fn twins(recipe: &ThumbnailRecipe, steps: u8) -> [ThumbnailRecipe; 2] {
    let mut recipe = recipe.clone();
    recipe.title.fill = Role::Ink;
    recipe.ornaments.clear();
    [0, steps].map(|steps| {
        let change = |palette: &Palette| Palette { ink: nudged(palette.ink, steps), ..*palette };
        let palettes = recipe.palettes.as_slice().iter().map(change).collect();
        ThumbnailRecipe { palettes: Palettes::new(palettes).unwrap(), ..recipe.clone() }
    })
}

/// The least contrast of changed pixels with unchanged ones two pixels away, a fiftieth of the latter set aside.
fn contrast(a: &Rgb8, b: &Rgb8) -> Option<f32> {
    let (w, h) = (a.width() as isize, a.height() as isize);
    let changed = |x: isize, y: isize| {
        let (p, q) = (a.get_clamped(x, y), b.get_clamped(x, y));
        (0..3).map(|c| p[c].abs_diff(q[c])).max().unwrap()
    };
    let mut letters = Vec::new();
    let mut around = Vec::new();
    for y in 0..h {
        for x in 0..w {
            match changed(x, y) {
                4.. => letters.push(luminance(a.get_clamped(x, y))),
                0 => {
                    let near = |reach: isize, least: u8| {
                        (-reach..=reach).any(|dy| (-reach..=reach).any(|dx| changed(x + dx, y + dy) >= least))
                    };
                    if near(2, 4) && !near(1, 1) {
                        around.push(luminance(a.get_clamped(x, y)));
                    }
                }
                _ => {}
            }
        }
    }
    if letters.len() < 20 {
        return None;
    }
    letters.sort_by(f32::total_cmp);
    around.sort_by(f32::total_cmp);
    let ink = letters[letters.len() / 2];
    let (low, high) = (around[around.len() / 50], around[around.len() - 1 - around.len() / 50]);
    let ratio = |other: f32| (ink.max(other) + 0.05) / (ink.min(other) + 0.05);
    Some(if ink > high {
        ratio(high)
    } else if ink < low {
        ratio(low)
    } else {
        1.0
    })
}

/// The two pictures. Where the nudge happens to change what the title needs, another nudge is tried.
fn pair(recipe: &ThumbnailRecipe, cutout: Option<&Cutout>, options: &ThumbnailOptions) -> [Thumbnail; 2] {
    let support = |made: &Thumbnail| made.report.title.as_ref().map(|title| title.support);
    let pair = |steps| twins(recipe, steps).map(|recipe| make(cutout, &recipe, options));
    let alike = [5, 4, 6, 7].into_iter().map(pair).find(|[a, b]| support(a) == support(b));
    alike.unwrap_or_else(|| panic!("{}: every nudge changes more than the letters", options.title))
}

fn check(id: &str, recipe: &ThumbnailRecipe, cutout: Option<&Cutout>, options: &ThumbnailOptions) {
    let [a, b] = pair(recipe, cutout, options);
    let found = contrast(&a.picture, &b.picture).unwrap_or_else(|| panic!("{id}: no letters found"));
    assert!(
        found >= 4.5,
        "{id} {} layout {} \"{}\": {found:.2}",
        options.size,
        options.layout,
        options.title
    );
}

#[test]
fn letters_stand_out_from_what_is_around_them_in_every_style() {
    let (styles, people) = (styles(), people());
    let all = styles
        .par_iter()
        .enumerate()
        .flat_map(|(s, style)| (0..3).into_par_iter().map(move |l| (s, style, l)));
    all.for_each(|(s, (id, style), layout)| {
        let title = ["Never eat this again", "कभी मत खाओ", "五分钟学会做菜"][(s + layout) % 3];
        let options = ThumbnailOptions {
            title,
            highlight: false,
            size: if layout == 1 { SIZES[1] } else { SIZES[0] },
            layout,
            palette: s,
            ..Default::default()
        };
        check(id, &style.recipe, Some(&people[(s + layout) % 3]), &options);
    });
}

#[test]
fn no_picture_of_ones_own_can_make_a_title_unreadable() {
    let (styles, people) = (styles(), people());
    let hostile = [
        Rgb8::from_fn(64, 36, |x, y| [if (x / 3 + y / 3) % 2 == 0 { 255 } else { 0 }; 3]),
        Rgb8::filled(8, 8, [255; 3]),
        Rgb8::filled(8, 8, [118; 3]),
        Rgb8::from_fn(640, 360, |x, y| [(x * 7 % 256) as u8, (y * 13 % 256) as u8, ((x * y) % 256) as u8]),
    ];
    styles.par_iter().enumerate().for_each(|(s, (id, style))| {
        let mut recipe = style.recipe.clone();
        let (blur, dim) = (domain::Unit::clamped(0.0), domain::Unit::clamped(0.0));
        recipe.scene = Scene::OwnPicture { blur, dim };
        let options = ThumbnailOptions {
            title: "Never eat this again",
            highlight: false,
            size: SIZES[0],
            background: Some(&hostile[s % hostile.len()]),
            ..Default::default()
        };
        check(id, &recipe, Some(&people[s % 3]), &options);
    });
}

#[test]
fn a_brand_in_any_colour_stays_readable() {
    let (styles, people) = (styles(), people());
    let colours = [0xffffff, 0x000000, 0xffff00, 0x0000ff, 0x7f7f7f, 0xff2200];
    let colour = |c: u32| Colour::new((c >> 16) as u8, (c >> 8) as u8, c as u8);
    styles.par_iter().enumerate().for_each(|(s, (id, style))| {
        let (primary, accent) = (colour(colours[s % 6]), colour(colours[(s / 6 + s + 1) % 6]));
        let options = ThumbnailOptions {
            title: "Never *eat this* again",
            size: SIZES[0],
            brand: Some(crate::thumbnail::BrandColours { primary, accent }),
            ..Default::default()
        };
        check(id, &style.recipe, Some(&people[s % 3]), &options);
    });
}

#[test]
fn nothing_of_a_title_touches_the_head() {
    let (styles, people) = (styles(), people());
    styles.par_iter().enumerate().for_each(|(s, (id, style))| {
        let options =
            ThumbnailOptions { title: "Never eat this", size: SIZES[0], layout: s, ..Default::default() };
        let person = Some(&people[s % 3]);
        let [a, b] = pair(&style.recipe, person, &options);
        let head = a.report.head_box.unwrap();
        for y in head.y.max(0.0) as usize..head.bottom() as usize {
            for x in head.x.max(0.0) as usize..head.right() as usize {
                assert_eq!(a.picture.get(x, y), b.picture.get(x, y), "{id}: {x},{y}");
            }
        }
    });
}
