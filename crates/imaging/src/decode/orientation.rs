//! Turning a picture upright.
//!
//! Cameras store what the sensor saw and write down how it was held (Exif 2.32, tag 0x0112). The eight cases
//! are the eight symmetries of a rectangle.

use domain::Size;

use crate::pixmap::Pixmap;

/// How a stored picture is turned to be upright. The numbers are those of the Exif tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Orientation {
    /// 1: as stored.
    #[default]
    Upright,
    /// 2: mirror left to right.
    Mirrored,
    /// 3: turn half way round.
    HalfTurn,
    /// 4: mirror top to bottom.
    Flipped,
    /// 5: mirror along the diagonal from the top left.
    Transposed,
    /// 6: turn a quarter clockwise.
    Clockwise,
    /// 7: mirror along the diagonal from the top right.
    Transversed,
    /// 8: turn a quarter counter-clockwise.
    CounterClockwise,
}

impl Orientation {
    /// All eight in the order of the Exif tag, which is the index plus one.
    pub const ALL: [Orientation; 8] = [
        Orientation::Upright,
        Orientation::Mirrored,
        Orientation::HalfTurn,
        Orientation::Flipped,
        Orientation::Transposed,
        Orientation::Clockwise,
        Orientation::Transversed,
        Orientation::CounterClockwise,
    ];

    /// The orientation of an Exif tag's value; what is not 1 to 8 is taken as upright, as viewers do.
    pub fn from_exif_value(value: u32) -> Self {
        (value as usize).checked_sub(1).and_then(|i| Self::ALL.get(i)).copied().unwrap_or_default()
    }

    /// The orientation in an Exif block (a TIFF header and what follows), if it has one. A broken block is no
    /// reason to refuse the picture.
    pub(super) fn from_exif(block: &[u8]) -> Self {
        // Some writers leave the JPEG segment's prefix on in other containers.
        let block = block.strip_prefix(b"Exif\0\0").unwrap_or(block);
        let mut reader = exif::Reader::new();
        reader.continue_on_error(true);
        let parsed = match reader.read_raw(block.to_vec()) {
            Ok(parsed) => parsed,
            Err(exif::Error::PartialResult(partial)) => partial.into_inner().0,
            Err(_) => return Self::Upright,
        };
        let field = parsed.get_field(exif::Tag::Orientation, exif::In::PRIMARY);
        field.and_then(|f| f.value.get_uint(0)).map_or(Self::Upright, Self::from_exif_value)
    }

    /// Whether width and height change places.
    pub fn swaps_sides(self) -> bool {
        matches!(self, Self::Transposed | Self::Clockwise | Self::Transversed | Self::CounterClockwise)
    }

    /// The size of an upright picture that is stored as `size`.
    pub fn upright(self, size: Size) -> Size {
        if self.swaps_sides() { Size::new(size.height, size.width) } else { size }
    }

    /// This and then a mirroring left to right.
    pub(super) fn then_mirrored(self) -> Self {
        match self {
            Self::Upright => Self::Mirrored,
            Self::Mirrored => Self::Upright,
            Self::HalfTurn => Self::Flipped,
            Self::Flipped => Self::HalfTurn,
            Self::Transposed => Self::Clockwise,
            Self::Clockwise => Self::Transposed,
            Self::Transversed => Self::CounterClockwise,
            Self::CounterClockwise => Self::Transversed,
        }
    }

    /// This and then a quarter turn counter-clockwise.
    pub(super) fn then_counter_clockwise(self) -> Self {
        match self {
            Self::Upright => Self::CounterClockwise,
            Self::CounterClockwise => Self::HalfTurn,
            Self::HalfTurn => Self::Clockwise,
            Self::Clockwise => Self::Upright,
            Self::Mirrored => Self::Transposed,
            Self::Transposed => Self::Flipped,
            Self::Flipped => Self::Transversed,
            Self::Transversed => Self::Mirrored,
        }
    }

    /// Turns a stored picture upright.
    pub fn apply<T: Copy + Default, const C: usize>(self, picture: Pixmap<T, C>) -> Pixmap<T, C> {
        match self {
            Self::Upright => picture,
            Self::Mirrored => picture.mirrored(),
            Self::HalfTurn => {
                let mut picture = picture;
                picture.pixels_mut().reverse();
                picture
            }
            Self::Flipped => {
                let mut picture = picture;
                picture.pixels_mut().reverse();
                picture.mirrored()
            }
            Self::Transposed => turned(&picture, |x| x, |y| y),
            Self::Clockwise => turned(&picture, |x| x, |y| picture.height() - 1 - y),
            Self::Transversed => turned(&picture, |x| picture.width() - 1 - x, |y| picture.height() - 1 - y),
            Self::CounterClockwise => turned(&picture, |x| picture.width() - 1 - x, |y| y),
        }
    }
}

/// Columns become rows: column `x` the row that `row` says, and in it the pixel of row `y` the column that
/// `column` says. Squares of pixels at a time, so that both sides stay in the cache.
fn turned<T: Copy + Default, const C: usize>(
    picture: &Pixmap<T, C>,
    row: impl Fn(usize) -> usize,
    column: impl Fn(usize) -> usize,
) -> Pixmap<T, C> {
    const SIDE: usize = 32;
    let (width, height) = (picture.width(), picture.height());
    let mut turned = Pixmap::<T, C>::new(height, width);
    for top in (0..height).step_by(SIDE) {
        let bottom = (top + SIDE).min(height);
        for left in (0..width).step_by(SIDE) {
            for x in left..(left + SIDE).min(width) {
                let to = turned.row_mut(row(x));
                for y in top..bottom {
                    to[column(y)] = picture.row(y)[x];
                }
            }
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pixmap::Gray8;

    #[test]
    fn the_eight_cases_are_those_of_the_standard() {
        // The upright picture is
        //   1 2 3
        //   4 5 6
        let upright = Gray8::from_vec(3, 2, vec![1, 2, 3, 4, 5, 6]).unwrap();
        let stored: [(usize, usize, [u8; 6]); 8] = [
            (3, 2, [1, 2, 3, 4, 5, 6]),
            (3, 2, [3, 2, 1, 6, 5, 4]),
            (3, 2, [6, 5, 4, 3, 2, 1]),
            (3, 2, [4, 5, 6, 1, 2, 3]),
            (2, 3, [1, 4, 2, 5, 3, 6]),
            (2, 3, [3, 6, 2, 5, 1, 4]),
            (2, 3, [6, 3, 5, 2, 4, 1]),
            (2, 3, [4, 1, 5, 2, 6, 3]),
        ];
        for (orientation, (width, height, data)) in Orientation::ALL.into_iter().zip(stored) {
            let picture = Gray8::from_vec(width, height, data.to_vec()).unwrap();
            assert_eq!(orientation.upright(picture.size()), Size::new(3, 2));
            assert!(orientation.apply(picture) == upright, "{orientation:?}");
        }
    }

    #[test]
    fn further_turns_are_the_same_as_turning_twice() {
        let picture = Gray8::from_vec(3, 2, vec![1, 2, 3, 4, 5, 6]).unwrap();
        for first in Orientation::ALL {
            let once = first.apply(picture.clone());
            assert!(
                first.then_mirrored().apply(picture.clone()) == Orientation::Mirrored.apply(once.clone())
            );
            assert!(
                first.then_counter_clockwise().apply(picture.clone())
                    == Orientation::CounterClockwise.apply(once)
            );
        }
    }

    #[test]
    fn a_large_picture_is_transposed_whole() {
        let picture = Gray8::from_fn(77, 65, |x, y| [(x * 3 + y * 7) as u8]);
        let turned = Orientation::Transposed.apply(picture.clone());
        for y in 0..65 {
            for x in 0..77 {
                assert_eq!(turned.get(y, x), picture.get(x, y));
            }
        }
    }

    #[test]
    fn a_broken_exif_block_is_upright() {
        assert_eq!(Orientation::from_exif(b""), Orientation::Upright);
        assert_eq!(Orientation::from_exif(b"MM\0*\xFF\xFF\xFF\xFF"), Orientation::Upright);
        assert_eq!(Orientation::from_exif_value(0), Orientation::Upright);
        assert_eq!(Orientation::from_exif_value(9), Orientation::Upright);
    }
}
