//! Resizing, by SIMD.

use fast_image_resize as fir;
use fir::images::{TypedImage, TypedImageRef};
use fir::pixels::{F32, F32x3, U8, U8x3, U8x4};

use crate::pixmap::Pixmap;

/// A pixel layout that can be resized.
pub trait Resizable: Sized {
    /// The picture at another size, sharp (Lanczos 3) when made smaller or larger.
    fn resized(&self, width: usize, height: usize) -> Self;
}

macro_rules! resizable {
    ($t:ty, $c:literal, $p:ty) => {
        impl Resizable for Pixmap<$t, $c> {
            fn resized(&self, width: usize, height: usize) -> Self {
                let (width, height) = (width.max(1), height.max(1));
                let pixels: Vec<$p> = self.pixels().iter().map(|p| <$p>::new(unwrap_one(*p))).collect();
                let source = TypedImageRef::new(self.width() as u32, self.height() as u32, &pixels);
                let mut target = TypedImage::<$p>::new(width as u32, height as u32);
                let mut resizer = fir::Resizer::new();
                let options = fir::ResizeOptions::new().use_alpha(false);
                if let Ok(source) = source {
                    // Sizes were checked when the pictures were made.
                    let _ = resizer.resize_typed(&source, &mut target, &options);
                }
                let _ = &mut target;
                Pixmap::from_fn(width, height, |x, y| wrap_one(target.pixels()[y * width + x].0))
            }
        }
    };
}

trait One<P> {
    fn convert(self) -> P;
}
impl<T: Copy> One<T> for [T; 1] {
    fn convert(self) -> T {
        self[0]
    }
}
impl<T: Copy> One<[T; 1]> for T {
    fn convert(self) -> [T; 1] {
        [self]
    }
}
impl<T: Copy> One<[T; 3]> for [T; 3] {
    fn convert(self) -> [T; 3] {
        self
    }
}
impl<T: Copy> One<[T; 4]> for [T; 4] {
    fn convert(self) -> [T; 4] {
        self
    }
}
fn unwrap_one<A: One<B>, B>(a: A) -> B {
    a.convert()
}
fn wrap_one<A: One<B>, B>(a: A) -> B {
    a.convert()
}

resizable!(u8, 3, U8x3);
resizable!(u8, 4, U8x4);
resizable!(u8, 1, U8);
resizable!(f32, 3, F32x3);
resizable!(f32, 1, F32);
