//! A title over a finished scene: a picture that somebody else made, with the person in it already. Nothing but the title is painted,
//! and every other pixel stays as it is.

use imaging::resize::Resizable;
use imaging::{Rect, Rgb8, linear};

use super::legibility::Legibility;
use super::place::over;
use super::{Thumbnail, ThumbnailError, ThumbnailOptions, compose};
use domain::style::ThumbnailRecipe;

/// Sets the title of `options` over a scene, in the style's letters and colours, where the head leaves room. A scene of another size is
/// brought to the one that is asked for first. Layout, seed and background are the scene's own affair and pass unheard.
///
/// # Errors
/// [`ThumbnailError`].
pub fn title_over(
    scene: &Rgb8,
    head: Option<Rect>,
    recipe: &ThumbnailRecipe,
    options: &ThumbnailOptions,
) -> Result<Thumbnail, ThumbnailError> {
    let frame = compose::frame(options.size)?;
    let (width, height) = (options.size.width as usize, options.size.height as usize);
    let (across, down) = (width as f32 / scene.width() as f32, height as f32 / scene.height() as f32);
    let head = head.map(|h| Rect::new(h.x * across, h.y * down, h.width * across, h.height * down));
    let scene = if scene.size() == options.size { scene.clone() } else { scene.resized(width, height) };
    let palette = compose::palette(recipe, options);
    let title = compose::title(recipe, options)?;
    let dark_ink = palette.colour(recipe.title.fill).luminance() < palette.edge.luminance();
    let plan = compose::plan(&title, recipe, &frame, dark_ink, |_| over(&frame, head))?;
    let Some((block, place)) = &plan.setting else {
        let report = Legibility { title: None, face_box: None, head_box: head, logo_box: None };
        return Ok(Thumbnail { picture: scene, report });
    };
    let mut picture = linear::picture_to_linear(&scene);
    let read = compose::set(&mut picture, (block, place), plan.placement.head, recipe, &palette, &frame);
    let report = Legibility { title: Some(read), face_box: None, head_box: head, logo_box: None };
    // What was not painted over comes back as the value that it was.
    Ok(Thumbnail { picture: linear::picture_to_srgb(&picture), report })
}

#[cfg(test)]
mod tests {
    use domain::Size;
    use domain::style::{Catalogue, Recipe, StyleKind};

    use super::*;
    use crate::thumbnail::Support;

    /// Something to be read over, with a head at the right.
    fn scene(size: Size) -> (Rgb8, Rect) {
        let (w, h) = (size.width as usize, size.height as usize);
        let picture = Rgb8::from_fn(w, h, |x, y| [(x % 200) as u8, (y % 180) as u8, ((x ^ y) % 160) as u8]);
        (picture, Rect::new(0.6 * w as f32, 0.15 * h as f32, 0.22 * w as f32, 0.45 * h as f32))
    }

    #[test]
    fn every_style_sets_a_title_that_can_be_read_and_leaves_the_rest_as_it_is() {
        let catalogue = Catalogue::built_in().unwrap();
        for style in catalogue.of_kind(StyleKind::Thumbnail) {
            let Recipe::Thumbnail(recipe) = &style.recipe else { continue };
            for size in [Size::new(1280, 720), Size::new(720, 720), Size::new(720, 1280)] {
                let (scene, head) = scene(size);
                let options =
                    ThumbnailOptions { title: "I quit coffee", size, ..ThumbnailOptions::default() };
                let made = title_over(&scene, Some(head), recipe, &options).unwrap();
                let title = made.report.title.unwrap();
                assert!(
                    title.contrast.is_none_or(|contrast| contrast >= 3.0),
                    "{} {size}: {title:?}",
                    style.id
                );
                // Around the letters a shade fades out, within the height of a line.
                let line = title.title_box.height / title.lines as f32;
                let reach = title.title_box.grown(1.5 * line);
                let (mut changed, mut far, mut on_head) = (0, 0, 0);
                for y in 0..scene.height() {
                    for x in (0..scene.width()).filter(|&x| made.picture.get(x, y) != scene.get(x, y)) {
                        let here = Rect::new(x as f32, y as f32, 1.0, 1.0);
                        changed += 1;
                        far += usize::from(!reach.overlaps(here));
                        on_head += usize::from(head.grown(-2.0).overlaps(here));
                    }
                }
                assert!(changed > scene.width() * scene.height() / 200, "{} {size}: {changed}", style.id);
                assert_eq!((far, on_head), (0, 0), "{} {size}: far from the letters, on the head", style.id);
            }
        }
    }

    #[test]
    fn without_a_title_or_a_head_there_is_nothing_to_keep_off() {
        let catalogue = Catalogue::built_in().unwrap();
        let style = catalogue.find(StyleKind::Thumbnail, "minimal").unwrap();
        let Recipe::Thumbnail(recipe) = &style.recipe else { panic!("a thumbnail style") };
        let size = Size::new(640, 360);
        let (scene, _) = scene(size);
        let bare = ThumbnailOptions { size, ..ThumbnailOptions::default() };
        assert!(title_over(&scene, None, recipe, &bare).unwrap().picture == scene);
        let titled = ThumbnailOptions { title: "Alone", ..bare };
        let made = title_over(&scene, None, recipe, &titled).unwrap();
        assert!(made.picture != scene && made.report.title.unwrap().support >= Support::None);
    }
}
