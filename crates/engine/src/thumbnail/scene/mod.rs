//! What stands behind the person: painted in linear light from the palette, composed around the head.
//!
//! A scene is a function from a place to a colour, so that it is the same at any size. It stays quiet where the title
//! goes and brightest behind the head.

mod graphic;
mod light;
mod own;
mod setting;

use domain::style::thumbnail::{Palette, Scene, SceneFinish};
use imaging::{Rect, Rgb8, RgbF};
use rayon::prelude::*;

use super::colour::{self, Light};
use super::random;

/// What a scene is composed for.
pub(super) struct View<'a> {
    /// Pixels across.
    pub width: usize,
    /// Pixels down.
    pub height: usize,
    /// The colours.
    pub palette: &'a Palette,
    /// Middle of the head, or of the picture when nobody is in it.
    pub focus: (f32, f32),
    /// Height of the head.
    pub unit: f32,
    /// Where the title will stand.
    pub title: Option<Rect>,
    /// Chance.
    pub seed: u64,
    /// The person's own picture.
    pub own: Option<&'a Rgb8>,
}

/// Paints a scene.
pub(super) fn paint(scene: &Scene, view: &View) -> RgbF {
    // A picture of one's own takes the place of any scene.
    if view.own.is_some() && !matches!(scene, Scene::OwnPicture { .. }) {
        return own::paint(view, 0.35, 0.35);
    }
    match scene {
        Scene::Gradient { angle } => light::gradient(view, angle.get()),
        Scene::Spotlight { size } => light::spotlight(view, size.get()),
        Scene::Aurora => light::aurora(view),
        Scene::Bokeh { amount } => light::bokeh(view, amount.get()),
        Scene::Rays { count, softness } => graphic::rays(view, *count, softness.get()),
        Scene::Halftone { size } => graphic::halftone(view, size.get()),
        Scene::Split { slant, seam } => graphic::split(view, slant.get(), seam.get()),
        Scene::Stripes { count, slant } => graphic::stripes(view, *count, slant.get()),
        Scene::Gingham { count } => graphic::gingham(view, *count),
        Scene::Rush { amount } => graphic::rush(view, amount.get()),
        Scene::Shapes => graphic::shapes(view),
        Scene::Grid { light } => setting::grid(view, light.get()),
        Scene::Paper { ruling } => setting::paper(view, *ruling),
        Scene::Ridges => setting::ridges(view),
        Scene::Chart => setting::chart(view),
        Scene::Panes => setting::panes(view),
        Scene::Backdrop(backdrop) => crate::backdrop::paint(backdrop, view.width, view.height, view.seed),
        Scene::OwnPicture { blur, dim } => own::paint(view, blur.get(), dim.get()),
    }
}

/// Darkens corners and adds grain.
pub(super) fn finish(picture: &mut RgbF, finish: &SceneFinish, seed: u64) {
    let (w, h) = (picture.width(), picture.height());
    let (vignette, grain) = (finish.vignette.get(), finish.grain.get());
    let seed = (seed ^ (seed >> 32)) as u32;
    picture.data_mut().par_chunks_mut(w * 3).enumerate().for_each(|(y, row)| {
        for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
            let (u, v) = (x as f32 / w as f32 * 2.0 - 1.0, y as f32 / h as f32 * 2.0 - 1.0);
            let corner = ((u * u + v * v) / 2.0).powf(1.4);
            let keep = 1.0 - vignette * 0.8 * corner;
            let speck = if grain > 0.0 {
                1.0 + grain * 0.35 * (random::at(x as u32, y as u32, seed) - 0.5)
            } else {
                1.0
            };
            *pixel = pixel.map(|value| value * keep * speck);
        }
    });
}

impl View<'_> {
    /// A picture computed place by place, from each pixel's middle.
    fn painted(&self, colour: impl Fn(f32, f32) -> Light + Sync) -> RgbF {
        let mut picture = RgbF::new(self.width, self.height);
        picture.data_mut().par_chunks_mut(self.width * 3).enumerate().for_each(|(y, row)| {
            for (x, pixel) in row.as_chunks_mut::<3>().0.iter_mut().enumerate() {
                *pixel = colour(x as f32 + 0.5, y as f32 + 0.5);
            }
        });
        picture
    }

    fn ground(&self) -> Light {
        colour::light(self.palette.ground)
    }

    fn depth(&self) -> Light {
        colour::light(self.palette.depth)
    }

    fn glow(&self) -> Light {
        colour::light(self.palette.glow)
    }

    fn accent(&self) -> Light {
        colour::light(self.palette.accent)
    }

    /// Width and height as floats.
    fn size(&self) -> (f32, f32) {
        (self.width as f32, self.height as f32)
    }

    /// The longer side.
    fn long(&self) -> f32 {
        self.width.max(self.height) as f32
    }

    /// Distance from the focus, 1 at the longer side's length.
    fn reach(&self, x: f32, y: f32) -> f32 {
        (x - self.focus.0).hypot(y - self.focus.1) / self.long()
    }
}

/// 0 below `from`, 1 above `to`, smooth between.
fn smooth(from: f32, to: f32, x: f32) -> f32 {
    let t = ((x - from) / (to - from)).clamp(0.0, 1.0);
    t * t * (3.0 - 2.0 * t)
}

/// How much of a pixel lies inside an edge `distance` pixels away, positive inside.
fn edge(distance: f32) -> f32 {
    (distance + 0.5).clamp(0.0, 1.0)
}
