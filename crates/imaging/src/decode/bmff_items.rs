//! Where an ISO base media file keeps its pictures: items, their kinds, places and relations.
//!
//! ISO/IEC 14496-12, clause 8.11: `pitm` names the main item, `iinf` the items' kinds, `iloc` where their bytes
//! are, `iref` which item serves which. Nothing is copied but an item that lies in several pieces.

use std::borrow::Cow;

use super::bmff::{be16, be32, boxes};

/// The items of a file.
pub(super) struct Items<'a> {
    file: &'a [u8],
    meta: &'a [u8],
    /// The main item's number.
    pub(super) primary: u32,
}

impl<'a> Items<'a> {
    /// `None` when the file has no main item.
    pub(super) fn new(file: &'a [u8]) -> Option<Self> {
        let meta = boxes(file).find(|b| &b.kind == b"meta")?.payload.get(4..)?;
        let pitm = boxes(meta).find(|b| &b.kind == b"pitm")?.payload;
        let primary = if *pitm.first()? == 0 { be16(pitm, 4) } else { be32(pitm, 4) }?;
        Some(Items { file, meta, primary })
    }

    /// What the box of this kind holds.
    pub(super) fn find(&self, kind: &[u8; 4]) -> Option<&'a [u8]> {
        boxes(self.meta).find(|b| &b.kind == kind).map(|b| b.payload)
    }

    /// The four letters of an item's kind.
    pub(super) fn kind(&self, item: u32) -> Option<[u8; 4]> {
        let iinf = self.find(b"iinf")?;
        let entries = iinf.get(if *iinf.first()? == 0 { 6 } else { 8 }..)?;
        boxes(entries).filter(|b| &b.kind == b"infe").find_map(|b| {
            let (id, at) = match b.payload.first()? {
                2 => (be16(b.payload, 4)?, 8),
                3 => (be32(b.payload, 4)?, 10),
                _ => return None,
            };
            (id == item).then(|| b.payload.get(at..at + 4)?.try_into().ok()).flatten()
        })
    }

    /// The first item that refers to this one in the way of `relation`.
    pub(super) fn referring(&self, relation: &[u8; 4], item: u32) -> Option<u32> {
        self.relations(relation).find(|(_, to)| *to == item).map(|(from, _)| from)
    }

    /// Whether one item refers to the other.
    pub(super) fn refers(&self, relation: &[u8; 4], from: u32, to: u32) -> bool {
        self.relations(relation).any(|pair| pair == (from, to))
    }

    fn relations(&self, relation: &[u8; 4]) -> impl Iterator<Item = (u32, u32)> {
        let iref = self.find(b"iref").unwrap_or_default();
        let wide = iref.first() == Some(&1);
        let read = move |bytes, at| if wide { be32(bytes, at) } else { be16(bytes, at) };
        let step = if wide { 4 } else { 2 };
        boxes(iref.get(4..).unwrap_or_default()).filter(move |b| &b.kind == relation).flat_map(move |b| {
            let count = be16(b.payload, step).unwrap_or(0) as usize;
            (0..count).map_while(move |i| Some((read(b.payload, 0)?, read(b.payload, step + 2 + i * step)?)))
        })
    }

    /// An item's bytes; `None` when they are not all in this file.
    pub(super) fn data(&self, item: u32) -> Option<Cow<'a, [u8]>> {
        let mut iloc = Cursor { bytes: self.find(b"iloc")?, at: 0 };
        let version = iloc.number(1)?;
        iloc.number(3)?;
        let sizes = iloc.number(2)? as usize;
        let [offset_size, length_size, base_size, index_size] =
            [12, 8, 4, 0].map(|shift| sizes >> shift & 15);
        let id_size = if version < 2 { 2 } else { 4 };
        for _ in 0..iloc.number(id_size)? {
            let id = iloc.number(id_size)?;
            let method = if version > 0 { iloc.number(2)? & 15 } else { 0 };
            let elsewhere = iloc.number(2)? != 0;
            let base = iloc.number(base_size)?;
            let mut extents = Vec::new();
            for _ in 0..iloc.number(2)? {
                if version > 0 {
                    iloc.number(index_size)?;
                }
                extents.push((base.checked_add(iloc.number(offset_size)?)?, iloc.number(length_size)?));
            }
            if id == u64::from(item) {
                let source = match method {
                    0 if !elsewhere => self.file,
                    1 => self.find(b"idat")?,
                    _ => return None,
                };
                return gather(source, &extents);
            }
        }
        None
    }
}

/// The pieces of an item put together. Together they are no longer than what they are taken from: pieces that
/// lie over one another would make much out of little.
fn gather<'a>(source: &'a [u8], extents: &[(u64, u64)]) -> Option<Cow<'a, [u8]>> {
    let mut pieces = Vec::with_capacity(extents.len());
    for (offset, length) in extents {
        let rest = source.get(usize::try_from(*offset).ok()?..)?;
        let length = usize::try_from(*length).ok()?;
        // No length means up to the end.
        pieces.push(if length == 0 { rest } else { rest.get(..length)? });
    }
    match pieces[..] {
        [] => None,
        [piece] => Some(Cow::Borrowed(piece)),
        _ => {
            let total: usize = pieces.iter().map(|p| p.len()).sum();
            (total <= source.len()).then(|| Cow::Owned(pieces.concat()))
        }
    }
}

/// Big-endian numbers of 0 to 8 bytes, one after the other.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    fn number(&mut self, size: usize) -> Option<u64> {
        let bytes = self.bytes.get(self.at..self.at + size).filter(|b| b.len() <= 8)?;
        self.at += size;
        Some(bytes.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_put_together_in_their_order() {
        let source = b"0123456789";
        assert_eq!(gather(source, &[(7, 2), (1, 3)]).unwrap(), &b"78123"[..]);
        assert_eq!(gather(source, &[(4, 0)]).unwrap(), &b"456789"[..]);
        assert!(gather(source, &[(4, 7)]).is_none());
        assert!(gather(source, &[(u64::MAX, 1)]).is_none());
        assert!(gather(source, &[]).is_none());
    }

    #[test]
    fn pieces_over_one_another_do_not_make_much_out_of_little() {
        assert!(gather(b"0123456789", &[(0, 10), (0, 10)]).is_none());
    }
}
