//! A range of bytes, as HTTP asks for one ([RFC 9110, 14.1.2](https://www.rfc-editor.org/rfc/rfc9110#section-14.1.2)).

use std::ops::Range;

/// A part of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ByteRange {
    /// From a byte to another, both included; to the end without the second.
    From {
        /// The first byte, counted from 0.
        first: u64,
        /// The last byte; beyond the end it means the end.
        last: Option<u64>,
    },
    /// The last so many bytes; all of them when there are fewer.
    Suffix(u64),
}

impl ByteRange {
    /// The range in an object of `bytes` bytes, or `None` when no byte of it lies there.
    pub fn of(self, bytes: u64) -> Option<Range<u64>> {
        let range = match self {
            ByteRange::From { first, last: Some(last) } if last < first => return None,
            ByteRange::From { first, last } => {
                first..last.map_or(bytes, |last| last.saturating_add(1).min(bytes))
            }
            ByteRange::Suffix(count) => bytes.saturating_sub(count)..bytes,
        };
        (range.start < range.end).then_some(range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_end_where_the_object_ends() {
        let from = |first, last| ByteRange::From { first, last };
        assert_eq!(from(0, None).of(10), Some(0..10));
        assert_eq!(from(2, Some(4)).of(10), Some(2..5));
        assert_eq!(from(9, Some(u64::MAX)).of(10), Some(9..10));
        assert_eq!(ByteRange::Suffix(3).of(10), Some(7..10));
        assert_eq!(ByteRange::Suffix(30).of(10), Some(0..10));
    }

    #[test]
    fn a_range_without_a_byte_is_none() {
        for range in [
            ByteRange::From { first: 10, last: None },
            ByteRange::From { first: 5, last: Some(4) },
            ByteRange::From { first: u64::MAX, last: Some(u64::MAX) },
            ByteRange::Suffix(0),
        ] {
            assert_eq!(range.of(10), None, "{range:?}");
        }
        assert_eq!(ByteRange::From { first: 0, last: None }.of(0), None);
    }
}
