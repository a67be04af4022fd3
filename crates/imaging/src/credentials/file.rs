//! Where content credentials lie in a file: a segment of a JPEG, a chunk of a PNG or a WebP
//! ([C2PA specification](https://spec.c2pa.org/), "Embedding manifests into various file formats").

use std::ops::Range;

/// What begins the payload of a JPEG's APP11 segment that holds a box (ISO/IEC 19566-5, D.2), with the number of the box.
const JPEG_HEAD: [u8; 4] = [b'J', b'P', 0, 1];
const PNG_START: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Lays a box into a file and says where the segment or chunk is. `None` for a file of no such format, and for a box that is larger
/// than a segment.
pub(super) fn lay_in(file: &[u8], jumbf: &[u8]) -> Option<(Vec<u8>, Range<usize>)> {
    let (part, at) = if file.starts_with(&[0xff, 0xd8]) {
        let mut at = 2;
        if file.get(at..at + 2)? == [0xff, 0xe0] {
            at += 2 + usize::from(u16::from_be_bytes([*file.get(at + 2)?, *file.get(at + 3)?]));
        }
        let length = u16::try_from(2 + JPEG_HEAD.len() + 4 + jumbf.len()).ok()?;
        let mut part = vec![0xff, 0xeb];
        part.extend_from_slice(&length.to_be_bytes());
        part.extend_from_slice(&JPEG_HEAD);
        part.extend_from_slice(&1u32.to_be_bytes());
        part.extend_from_slice(jumbf);
        (part, at)
    } else if file.starts_with(PNG_START) {
        // After the header chunk.
        let mut part = u32::try_from(jumbf.len()).ok()?.to_be_bytes().to_vec();
        part.extend_from_slice(b"caBX");
        part.extend_from_slice(jumbf);
        let check = crc32fast::hash(&part[4..]);
        part.extend_from_slice(&check.to_be_bytes());
        (part, PNG_START.len() + 25)
    } else if is_webp(file) {
        let mut part = b"C2PA".to_vec();
        part.extend_from_slice(&u32::try_from(jumbf.len()).ok()?.to_le_bytes());
        part.extend_from_slice(jumbf);
        if jumbf.len() % 2 == 1 {
            part.push(0);
        }
        (part, file.len())
    } else {
        return None;
    };
    let mut out = file.get(..at)?.to_vec();
    out.extend_from_slice(&part);
    out.extend_from_slice(&file[at..]);
    if is_webp(&out) {
        let length = u32::try_from(out.len() - 8).ok()?;
        out[4..8].copy_from_slice(&length.to_le_bytes());
    }
    Some((out, at..at + part.len()))
}

/// The box that lies in a file, and where its segments or its chunk are.
pub(super) fn find(file: &[u8]) -> Option<(Vec<u8>, Range<usize>)> {
    if file.starts_with(&[0xff, 0xd8]) {
        return in_jpeg(file);
    }
    let png = file.starts_with(PNG_START);
    if !png && !is_webp(file) {
        return None;
    }
    let mut at = if png { PNG_START.len() } else { 12 };
    loop {
        let head: [u8; 8] = file.get(at..at.checked_add(8)?)?.try_into().ok()?;
        let [a, b, c, d, e, f, g, h] = head;
        // A PNG's chunk ends in a checksum, a WebP's is padded to an even length.
        let (size, name, tail) = if png {
            (u32::from_be_bytes([a, b, c, d]) as usize, [e, f, g, h], 4)
        } else {
            let size = u32::from_le_bytes([e, f, g, h]) as usize;
            (size, [a, b, c, d], size % 2)
        };
        let end = at.checked_add(8)?.checked_add(size)?;
        if name == *b"caBX" || name == *b"C2PA" {
            return Some((file.get(at + 8..end)?.to_vec(), at..(end + tail).min(file.len())));
        }
        at = end.checked_add(tail)?;
    }
}

/// The parts of a box lie in segments that follow each other; each repeats the head of the box.
fn in_jpeg(file: &[u8]) -> Option<(Vec<u8>, Range<usize>)> {
    const BOX_HEAD: usize = 8;
    let (mut found, mut range): (Vec<u8>, Range<usize>) = (Vec::new(), 0..0);
    let mut at = 2;
    while let Some(&[0xff, marker, high, low]) = file.get(at..at + 4) {
        if marker == 0xda {
            break;
        }
        let end = at + 2 + usize::from(u16::from_be_bytes([high, low]));
        let segment = file.get(at + 4..end)?;
        if marker == 0xeb && segment.starts_with(b"JP") {
            let part = segment.get(8..)?;
            if found.is_empty() {
                range.start = at;
                found.extend_from_slice(part);
            } else {
                found.extend_from_slice(part.get(BOX_HEAD..)?);
            }
            range.end = end;
        }
        at = end;
    }
    (!found.is_empty()).then_some((found, range))
}

fn is_webp(file: &[u8]) -> bool {
    file.starts_with(b"RIFF") && file.get(8..12) == Some(b"WEBP")
}
