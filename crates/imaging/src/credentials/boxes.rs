//! The boxes that content credentials lie in: JUMBF (ISO/IEC 19566-5), each with its kind, its label and what is in it.

use super::cbor::Value;

/// The last twelve bytes of the identifiers of all kinds of boxes; the first four are the kind's name.
const KIND_TAIL: [u8; 12] = [0, 0x11, 0, 0x10, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71];
/// Boxes in boxes, at most.
const DEPTH: usize = 8;

/// A labelled box.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Labelled {
    pub(super) kind: [u8; 4],
    pub(super) label: String,
    pub(super) inside: Inside,
    /// What its hash is over: the description and the content, without the head.
    pub(super) payload: Vec<u8>,
}

/// What is in a box.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Inside {
    Boxes(Vec<Labelled>),
    /// Of the first content box.
    Content(Vec<u8>),
}

impl Labelled {
    /// A box of boxes.
    pub(super) fn of(kind: &[u8; 4], label: &str, boxes: Vec<Labelled>) -> Labelled {
        let mut payload = description(kind, label);
        boxes.iter().for_each(|inner| inner.write(&mut payload));
        Labelled { kind: *kind, label: label.to_owned(), inside: Inside::Boxes(boxes), payload }
    }

    /// A box with CBOR in it.
    pub(super) fn cbor(kind: &[u8; 4], label: &str, value: &Value) -> Labelled {
        Labelled::content(kind, label, value.to_bytes())
    }

    /// A box with the bytes of CBOR in it.
    pub(super) fn content(kind: &[u8; 4], label: &str, bytes: Vec<u8>) -> Labelled {
        let mut payload = description(kind, label);
        write_box(&mut payload, b"cbor", &bytes);
        Labelled { kind: *kind, label: label.to_owned(), inside: Inside::Content(bytes), payload }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        write_box(out, b"jumb", &self.payload);
    }

    /// Reads a box; what follows it is passed over.
    pub(super) fn read(bytes: &[u8]) -> Option<Labelled> {
        Labelled::read_within(bytes, DEPTH).map(|(labelled, _)| labelled)
    }

    fn read_within(bytes: &[u8], depth: usize) -> Option<(Labelled, &[u8])> {
        let depth = depth.checked_sub(1)?;
        let (kind, payload, rest) = read_box(bytes)?;
        if kind != *b"jumb" {
            return None;
        }
        let (kind, about, mut content) = read_box(payload)?;
        if kind != *b"jumd" {
            return None;
        }
        let kind: [u8; 4] = about.get(..4)?.try_into().ok()?;
        let label = about.get(17..)?.split(|byte| *byte == 0).next()?;
        let label = String::from_utf8(label.to_vec()).ok()?;
        let (mut boxes, mut first) = (Vec::new(), None);
        while !content.is_empty() {
            let (name, inner, after) = read_box(content)?;
            if name == *b"jumb" {
                boxes.push(Labelled::read_within(content, depth)?.0);
            } else if first.is_none() {
                first = Some(inner.to_vec());
            }
            content = after;
        }
        let inside = match first {
            Some(content) if boxes.is_empty() => Inside::Content(content),
            _ => Inside::Boxes(boxes),
        };
        Some((Labelled { kind, label, inside, payload: payload.to_vec() }, rest))
    }

    pub(super) fn boxes(&self) -> &[Labelled] {
        if let Inside::Boxes(boxes) = &self.inside { boxes } else { &[] }
    }

    /// The first box in it whose label begins so.
    pub(super) fn find(&self, label: &str) -> Option<&Labelled> {
        self.boxes().iter().find(|inner| inner.label.starts_with(label))
    }

    pub(super) fn bytes(&self) -> Option<&[u8]> {
        if let Inside::Content(bytes) = &self.inside { Some(bytes) } else { None }
    }

    pub(super) fn value(&self) -> Option<Value> {
        Value::read(self.bytes()?)
    }
}

fn description(kind: &[u8; 4], label: &str) -> Vec<u8> {
    /// It may be asked for, and has a label.
    const TOGGLES: u8 = 3;
    let mut about = kind.to_vec();
    about.extend_from_slice(&KIND_TAIL);
    about.push(TOGGLES);
    about.extend_from_slice(label.as_bytes());
    about.push(0);
    let mut out = Vec::new();
    write_box(&mut out, b"jumd", &about);
    out
}

fn write_box(out: &mut Vec<u8>, kind: &[u8; 4], content: &[u8]) {
    out.extend_from_slice(&(content.len() as u32 + 8).to_be_bytes());
    out.extend_from_slice(kind);
    out.extend_from_slice(content);
}

/// Kind, content, and what follows.
fn read_box(bytes: &[u8]) -> Option<([u8; 4], &[u8], &[u8])> {
    let length = u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
    let kind = bytes.get(4..8)?.try_into().ok()?;
    let content = bytes.get(8..length)?;
    Some((kind, content, bytes.get(length..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_what_is_broken_is_nothing() {
        let inner = Labelled::cbor(b"cbor", "a.word", &Value::text("x"));
        let outer = Labelled::of(b"c2pa", "c2pa", vec![Labelled::of(b"c2ma", "m", vec![inner])]);
        let mut bytes = Vec::new();
        outer.write(&mut bytes);
        assert_eq!(Labelled::read(&bytes), Some(outer));
        for cut in 0..bytes.len() {
            assert_eq!(Labelled::read(&bytes[..cut]), None, "{cut}");
        }
    }
}
