//! The 468 points of a face, by MediaPipe's face mesh, and what follows from them.

use imaging::{Point, Rect, Rgb8};

use crate::detect::{Candidate, sigmoid};
use crate::error::EngineError;
use crate::face::Face;
use crate::models::Models;
use crate::warp::Similarity;

/// Side of the model's input.
const INPUT: usize = 192;
/// Below this the landmark model sees no face.
const PRESENT: f32 = 0.5;

/// The points of the mesh that are used, by their place in
/// [MediaPipe's canonical face model](https://github.com/google-ai-edge/mediapipe/blob/master/mediapipe/modules/face_geometry/data/canonical_face_model_uv_visualization.png).
/// Left and right are the picture's.
pub(crate) mod point {
    pub(crate) const LEFT_EYE: [usize; 4] = [33, 159, 133, 145];
    pub(crate) const RIGHT_EYE: [usize; 4] = [362, 386, 263, 374];
    pub(crate) const NOSE: usize = 1;
    pub(crate) const LIPS: [usize; 2] = [13, 14];
    pub(crate) const CHIN: usize = 152;
    pub(crate) const FOREHEAD: usize = 10;
    pub(crate) const LEFT_SIDE: usize = 234;
    pub(crate) const RIGHT_SIDE: usize = 454;
    /// Round the face, in order.
    pub(crate) const OVAL: [usize; 36] = [
        10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148,
        176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
    ];
    pub(crate) const LEFT_EYE_RING: [usize; 16] =
        [33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246];
    pub(crate) const RIGHT_EYE_RING: [usize; 16] =
        [263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466];
    pub(crate) const LEFT_BROW: [usize; 10] = [70, 63, 105, 66, 107, 55, 65, 52, 53, 46];
    pub(crate) const RIGHT_BROW: [usize; 10] = [300, 293, 334, 296, 336, 285, 295, 282, 283, 276];
    pub(crate) const MOUTH_RING: [usize; 20] =
        [61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40, 185];
}

/// The mesh of one face in pixels of the picture it was found in; z grows away from the camera, in the same unit.
#[derive(Clone, PartialEq)]
pub struct Mesh {
    points: Vec<[f32; 3]>,
}

impl Mesh {
    /// Finds the points of a probable face; `None` when there is no face after all.
    pub(crate) fn find(
        models: &Models,
        photo: &Rgb8,
        candidate: &Candidate,
    ) -> Result<Option<Mesh>, EngineError> {
        let Some(first) = Mesh::look(models, photo, Crop::around(candidate))? else { return Ok(None) };
        // The crop is better placed by the points than by the detector's box: look again.
        Mesh::look(models, photo, Crop::around_mesh(&first))
    }

    fn look(models: &Models, photo: &Rgb8, crop: Crop) -> Result<Option<Mesh>, EngineError> {
        if !(crop.side.is_finite() && crop.side >= 8.0) {
            return Ok(None);
        }
        let scale = INPUT as f32 / crop.side;
        let middle = Point::new(INPUT as f32 / 2.0, INPUT as f32 / 2.0);
        let (view, warp) = crop_view(photo, crop, scale, middle);
        let (numbers, presence) = models.landmarks(&view)?;
        if sigmoid(presence) < PRESENT {
            return Ok(None);
        }
        let points = numbers
            .as_chunks::<3>()
            .0
            .iter()
            .map(|[x, y, z]| {
                let p = warp.invert(Point::new(*x, *y));
                [p.x, p.y, z / scale]
            })
            .collect::<Vec<_>>();
        Ok((points.len() == 468).then_some(Mesh { points }))
    }

    /// Point `i` of the mesh, seen flat.
    pub fn at(&self, i: usize) -> Point {
        Point::new(self.points[i][0], self.points[i][1])
    }

    /// Points of the mesh, seen flat.
    pub fn outline(&self, indices: &[usize]) -> Vec<Point> {
        indices.iter().map(|i| self.at(*i)).collect()
    }

    fn mean(&self, indices: &[usize]) -> Point {
        let sum = indices.iter().fold(Point::default(), |s, i| {
            let p = self.at(*i);
            Point::new(s.x + p.x, s.y + p.y)
        });
        Point::new(sum.x / indices.len() as f32, sum.y / indices.len() as f32)
    }

    /// The mesh in a picture turned, scaled and moved.
    pub(crate) fn moved(&self, warp: &Similarity) -> Mesh {
        let points = self.points.iter().map(|[x, y, z]| {
            let p = warp.apply(Point::new(*x, *y));
            [p.x, p.y, z * warp.scale()]
        });
        Mesh { points: points.collect() }
    }

    /// How far the eyes are open: height over width of the lids, the mean of both.
    pub(crate) fn eye_openness(&self) -> f32 {
        let open = |[outer, upper, inner, lower]: [usize; 4]| {
            self.at(upper).distance(self.at(lower)) / self.at(outer).distance(self.at(inner)).max(1e-3)
        };
        (open(point::LEFT_EYE) + open(point::RIGHT_EYE)) / 2.0
    }

    /// Place, size and pose. The head reaches above the forehead by a usual head's measure; the matte corrects it.
    pub(crate) fn face(&self) -> Face {
        let (left_eye, right_eye) = (self.mean(&point::LEFT_EYE), self.mean(&point::RIGHT_EYE));
        let bounds = surrounding(&self.outline(&point::OVAL));
        let [lx, _, lz] = self.points[point::LEFT_SIDE];
        let [rx, _, rz] = self.points[point::RIGHT_SIDE];
        let [_, ty, tz] = self.points[point::FOREHEAD];
        let [_, by, bz] = self.points[point::CHIN];
        let (extra_top, extra_side) = (bounds.height * 0.32, bounds.width * 0.09);
        Face {
            bounds,
            head: Rect::new(
                bounds.x - extra_side,
                bounds.y - extra_top,
                bounds.width + 2.0 * extra_side,
                bounds.height + extra_top,
            ),
            left_eye,
            right_eye,
            nose: self.at(point::NOSE),
            mouth: self.mean(&point::LIPS),
            chin: self.at(point::CHIN),
            roll: (right_eye.y - left_eye.y).atan2(right_eye.x - left_eye.x),
            yaw: (rz - lz).atan2((rx - lx).max(1e-3)),
            pitch: (bz - tz).atan2((by - ty).max(1e-3)),
        }
    }
}

/// The smallest upright rectangle around points.
pub(crate) fn surrounding(points: &[Point]) -> Rect {
    let mut low = Point::new(f32::MAX, f32::MAX);
    let mut high = Point::new(f32::MIN, f32::MIN);
    for p in points {
        low = Point::new(low.x.min(p.x), low.y.min(p.y));
        high = Point::new(high.x.max(p.x), high.y.max(p.y));
    }
    Rect::new(low.x, low.y, high.x - low.x, high.y - low.y)
}

/// A turned square of the photo.
#[derive(Clone, Copy)]
struct Crop {
    centre: Point,
    side: f32,
    angle: f32,
}

impl Crop {
    /// 1.5 times the detector's box, eyes level, as MediaPipe crops it.
    fn around(candidate: &Candidate) -> Crop {
        let (l, r) = (candidate.left_eye, candidate.right_eye);
        Crop {
            centre: candidate.bounds.centre(),
            side: 1.5 * candidate.bounds.width.max(candidate.bounds.height),
            angle: (r.y - l.y).atan2(r.x - l.x),
        }
    }

    fn around_mesh(mesh: &Mesh) -> Crop {
        let face = mesh.face();
        let centre = face.bounds.centre();
        Crop { centre, side: 1.5 * face.bounds.width.max(face.bounds.height), angle: face.roll }
    }
}

/// The crop, level, scaled by `scale`, with its middle at `middle`; shrunk beforehand so that it does not alias.
fn crop_view(photo: &Rgb8, crop: Crop, scale: f32, middle: Point) -> (Rgb8, Similarity) {
    use imaging::Resizable;
    let warp = Similarity::new(crop.centre, middle, scale, -crop.angle);
    if scale >= 0.6 {
        return (warp.warp(photo, INPUT, INPUT), warp);
    }
    let half = crop.side * 0.75;
    let x = (crop.centre.x - half).max(0.0) as usize;
    let y = (crop.centre.y - half).max(0.0) as usize;
    let part = photo.crop(x, y, (2.0 * half) as usize, (2.0 * half) as usize);
    if part.width() < 2 || part.height() < 2 {
        return (Rgb8::new(INPUT, INPUT), warp);
    }
    let small = part.resized(
        ((part.width() as f32 * scale).round() as usize).max(1),
        ((part.height() as f32 * scale).round() as usize).max(1),
    );
    let centre = Point::new((crop.centre.x - x as f32) * scale, (crop.centre.y - y as f32) * scale);
    (Similarity::new(centre, middle, 1.0, -crop.angle).warp(&small, INPUT, INPUT), warp)
}
