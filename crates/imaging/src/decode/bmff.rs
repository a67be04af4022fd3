//! The boxes of an ISO base media file that say how its main picture is to be shown.
//!
//! HEIF and AVIF keep size, turning and colour in item properties (ISO/IEC 23008-12, clause 6.5, and
//! ISO/IEC 14496-12, clause 8.11). Only those of the primary item are read; nothing is copied but a colour
//! profile.

use domain::Size;

use super::Orientation;
use super::bmff_items::Items;

/// The properties of the main picture.
#[derive(Debug, Default)]
pub(super) struct Properties {
    /// Stored size (`ispe`).
    pub(super) size: Option<Size>,
    /// Quarter turns and mirroring (`irot`, `imir`) put together.
    pub(super) orientation: Orientation,
    /// An ICC profile (`colr` of type `prof` or `rICC`).
    pub(super) icc: Option<Vec<u8>>,
    /// Code points (`colr` of type `nclx`).
    pub(super) code_points: Option<CodePoints>,
    /// Whether the item is an alpha plane (`auxC`).
    pub(super) alpha: bool,
}

/// What numbers mean as colours, by ITU-T H.273.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct CodePoints {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
    pub(super) matrix: u8,
    pub(super) full_range: bool,
}

/// No camera's profile is larger; what is larger is ignored.
const MAX_PROFILE_BYTES: usize = 4 << 20;

/// The properties of an item; `None` when the boxes make no sense.
pub(super) fn properties(items: &Items<'_>, item: u32) -> Option<Properties> {
    let iprp = items.find(b"iprp")?;
    let all: Vec<Box4<'_>> =
        boxes(boxes(iprp).find(|b| &b.kind == b"ipco")?.payload).take(MAX_PROPERTIES).collect();
    let mut found = Properties::default();
    for index in boxes(iprp).filter(|b| &b.kind == b"ipma").find_map(|b| associations(b.payload, item))? {
        if let Some(property) = index.checked_sub(1).and_then(|i| all.get(i)) {
            found.apply(property)?;
        }
    }
    Some(found)
}

/// An association's index has 15 bits at most, but no real file has more than some dozen.
const MAX_PROPERTIES: usize = 4096;

/// One box: four letters and what is in it.
pub(super) struct Box4<'a> {
    pub(super) kind: [u8; 4],
    pub(super) payload: &'a [u8],
}

/// The boxes one after the other, up to the end or the first that makes no sense.
pub(super) fn boxes(mut rest: &[u8]) -> impl Iterator<Item = Box4<'_>> {
    std::iter::from_fn(move || {
        let size = u32::from_be_bytes(rest.get(..4)?.try_into().ok()?);
        let kind = rest.get(4..8)?.try_into().ok()?;
        let (header, size) = match size {
            0 => (8, rest.len()),
            1 => (16, usize::try_from(u64::from_be_bytes(rest.get(8..16)?.try_into().ok()?)).ok()?),
            size => (8, size as usize),
        };
        let payload = rest.get(header..size)?;
        rest = &rest[size..];
        Some(Box4 { kind, payload })
    })
}

pub(super) fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u16::from_be_bytes(bytes.get(at..at + 2)?.try_into().ok()?).into())
}

pub(super) fn be32(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// `ipma`: the properties of one item, as one-based indices in their order.
fn associations(payload: &[u8], item: u32) -> Option<Vec<usize>> {
    let (version, wide) = (*payload.first()?, payload.get(3)? & 1 == 1);
    let mut at = 8;
    for _ in 0..be32(payload, 4)? {
        let id = if version == 0 { be16(payload, at)? } else { be32(payload, at)? };
        at += if version == 0 { 2 } else { 4 };
        let count = usize::from(*payload.get(at)?);
        at += 1;
        let step = if wide { 2 } else { 1 };
        let list = payload.get(at..at + count * step)?;
        at += count * step;
        if id == item {
            return Some(
                list.chunks_exact(step)
                    .map(|c| {
                        if wide {
                            usize::from(c[0] & 0x7F) << 8 | usize::from(c[1])
                        } else {
                            usize::from(c[0] & 0x7F)
                        }
                    })
                    .collect(),
            );
        }
    }
    None
}

fn is_alpha(payload: &[u8]) -> bool {
    const URNS: [&[u8]; 2] = [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha", b"urn:mpeg:hevc:2015:auxid:1"];
    payload.get(4..).is_some_and(|urn| URNS.iter().any(|known| urn.starts_with(known)))
}

impl Properties {
    /// Takes one property in; `None` when it is cut off.
    fn apply(&mut self, property: &Box4<'_>) -> Option<()> {
        let payload = property.payload;
        match &property.kind {
            b"ispe" => self.size = Some(Size::new(be32(payload, 4)?, be32(payload, 8)?)),
            b"irot" => {
                // Quarter turns counter-clockwise.
                for _ in 0..payload.first()? & 3 {
                    self.orientation = self.orientation.then_counter_clockwise();
                }
            }
            b"imir" => {
                let left_to_right = payload.first()? & 1 == 1;
                self.orientation = self.orientation.then_mirrored();
                if !left_to_right {
                    // Top and bottom change places: mirrored left to right, then half a turn.
                    self.orientation = self.orientation.then_counter_clockwise().then_counter_clockwise();
                }
            }
            b"auxC" => self.alpha = is_alpha(payload),
            b"colr" => self.colour(payload.get(..4)?, &payload[4..]),
            _ => {}
        }
        Some(())
    }

    fn colour(&mut self, kind: &[u8], body: &[u8]) {
        match (kind, body) {
            (b"nclx", [p0, p1, t0, t1, m0, m1, range, ..]) => {
                let point = |high: u8, low: u8| if high == 0 { low } else { 2 };
                self.code_points = Some(CodePoints {
                    primaries: point(*p0, *p1),
                    transfer: point(*t0, *t1),
                    matrix: point(*m0, *m1),
                    full_range: range & 0x80 != 0,
                });
            }
            (b"prof" | b"rICC", icc) if icc.len() <= MAX_PROFILE_BYTES => self.icc = Some(icc.to_vec()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(kind: &[u8; 4], payload: &[u8]) -> Vec<u8> {
        [&(payload.len() as u32 + 8).to_be_bytes()[..], kind, payload].concat()
    }

    fn file(properties: &[Vec<u8>], used: &[u8]) -> Vec<u8> {
        let ipco = boxed(b"ipco", &properties.concat());
        let ipma = boxed(b"ipma", &[&[0, 0, 0, 0, 0, 0, 0, 1, 0, 7, used.len() as u8][..], used].concat());
        let iprp = boxed(b"iprp", &[ipco, ipma].concat());
        let pitm = boxed(b"pitm", &[0, 0, 0, 0, 0, 7]);
        [boxed(b"ftyp", b"avif\0\0\0\0"), boxed(b"meta", &[vec![0; 4], pitm, iprp].concat())].concat()
    }

    fn main(file: &[u8]) -> Option<Properties> {
        let items = Items::new(file)?;
        properties(&items, items.primary)
    }

    #[test]
    fn only_the_primary_items_properties_count() {
        let ispe = |w: u32| boxed(b"ispe", &[&[0; 4][..], &w.to_be_bytes(), &[0, 0, 0, 9]].concat());
        let found = main(&file(&[ispe(5), ispe(6), boxed(b"irot", &[3])], &[2, 0x80 | 3])).unwrap();
        assert_eq!(found.size, Some(Size::new(6, 9)));
        assert_eq!(found.orientation, Orientation::Clockwise);
    }

    #[test]
    fn turns_and_mirrors_are_done_in_their_order() {
        let turned = |list: &[(&[u8; 4], u8)]| {
            let boxes: Vec<_> = list.iter().map(|(kind, value)| boxed(kind, &[*value])).collect();
            let used: Vec<u8> = (1..=list.len() as u8).collect();
            main(&file(&boxes, &used)).unwrap().orientation
        };
        assert_eq!(turned(&[(b"irot", 1)]), Orientation::CounterClockwise);
        assert_eq!(turned(&[(b"irot", 2)]), Orientation::HalfTurn);
        assert_eq!(turned(&[(b"imir", 1)]), Orientation::Mirrored);
        assert_eq!(turned(&[(b"imir", 0)]), Orientation::Flipped);
        assert_eq!(turned(&[(b"irot", 1), (b"imir", 0)]), Orientation::Transposed);
        assert_eq!(turned(&[(b"irot", 3), (b"imir", 0)]), Orientation::Transversed);
    }

    #[test]
    fn boxes_that_make_no_sense_are_none() {
        assert!(main(b"").is_none());
        assert!(main(&[0xFF; 64]).is_none());
        let whole = file(&[boxed(b"irot", &[1])], &[1]);
        for length in 0..whole.len() {
            assert!(main(&whole[..length]).is_none(), "{length}");
        }
    }
}
