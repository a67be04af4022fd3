//! Says of every pixel how much of it is the person.

use imaging::{Plane, Point};

use super::Preparation;
use crate::error::EngineError;
use crate::matte::{coarse, refine};

pub(crate) fn run(p: &mut Preparation) -> Result<(), EngineError> {
    let head = p.found()?.0.head;
    let rough = coarse::mask(p.models, &p.work, head)?;
    let refined = refine::refine(&p.work, &rough, head.height);
    p.matte = refined.matte;
    p.colours = Some(refined.colours);
    if let Some(warp) = p.warp {
        clear_outside(&mut p.matte, &|q| warp.invert(q), p.photo_size);
    }
    Ok(())
}

/// Turning leaves corners that the photo never showed: nobody is there.
fn clear_outside(matte: &mut Plane, to_photo: &dyn Fn(Point) -> Point, photo: (f32, f32)) {
    for y in 0..matte.height() {
        for (x, a) in matte.row_mut(y).iter_mut().enumerate() {
            let q = to_photo(Point::new(x as f32 + 0.5, y as f32 + 0.5));
            if q.x < 0.0 || q.y < 0.0 || q.x > photo.0 || q.y > photo.1 {
                *a = [0.0];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::warp::Similarity;

    #[test]
    fn corners_that_the_photo_never_showed_are_empty() {
        let centre = Point::new(10.0, 10.0);
        let turn = Similarity::new(centre, centre, 1.0, 0.3);
        let mut matte = Plane::filled(20, 20, [1.0]);
        clear_outside(&mut matte, &|q| turn.invert(q), (20.0, 20.0));
        assert_eq!((matte.get(0, 0), matte.get(10, 10)), ([0.0], [1.0]));
    }
}
