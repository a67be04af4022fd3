//! What is refused before anything is allocated.

use domain::Size;

use super::DecodeError;

/// What is refused before anything is allocated. Part of the operator's configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a file.
    pub max_bytes: u64,
    /// Pixels of a picture.
    pub max_pixels: u64,
    /// Pixels of its longer side.
    pub max_side: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Limits { max_bytes: 50 * 1000 * 1000, max_pixels: 100_000_000, max_side: 30_000 }
    }
}

impl Limits {
    pub(super) fn check_bytes(&self, bytes: &[u8]) -> Result<(), DecodeError> {
        let count = bytes.len() as u64;
        if count == 0 {
            return Err(DecodeError::Empty);
        }
        if count > self.max_bytes {
            return Err(DecodeError::TooManyBytes { bytes: count, allowed: self.max_bytes });
        }
        Ok(())
    }

    pub(super) fn check_size(&self, size: Size) -> Result<(), DecodeError> {
        let Size { width, height } = size;
        let pixels = u64::from(width) * u64::from(height);
        if pixels > self.max_pixels || width.max(height) > self.max_side {
            let (max_pixels, max_side) = (self.max_pixels, self.max_side);
            return Err(DecodeError::TooLarge { width, height, max_pixels, max_side });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limits_themselves_are_allowed() {
        let limits = Limits { max_bytes: 2, max_pixels: 12, max_side: 6 };
        assert!(limits.check_bytes(&[0; 2]).is_ok() && limits.check_bytes(&[0; 3]).is_err());
        assert!(limits.check_size(Size::new(6, 2)).is_ok());
        assert!(limits.check_size(Size::new(7, 1)).is_err());
        assert!(limits.check_size(Size::new(5, 3)).is_err());
        assert!(Limits::default().check_size(Size::new(u32::MAX, u32::MAX)).is_err());
    }
}
