//! The mark that says how a picture came about, for machines to read.
//!
//! An XMP packet with the IPTC property *Digital Source Type*, as
//! [IPTC recommends](https://iptc.org/std/photometadata/documentation/userguide/#_guidance_for_using_digital_source_type).
//! It is laid into the finished file and is all the metadata that a file of ours holds: no name, no place, no time.

use crate::encode::{Encoded, Format};

/// Namespace that precedes an XMP packet in a JPEG's APP1 segment (XMP specification, part 3, 1.1.3).
const JPEG_HEADER: &[u8] = b"http://ns.adobe.com/xap/1.0/\0";
/// Keyword of the PNG chunk that holds XMP (ibid., 1.1.5).
const PNG_KEYWORD: &[u8] = b"XML:com.adobe.xmp";
/// The vocabulary's address.
const VOCABULARY: &str = "http://cv.iptc.org/newscodes/digitalsourcetype/";

/// How a picture came about: terms of the
/// [IPTC vocabulary](https://cv.iptc.org/newscodes/digitalsourcetype/).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Source {
    /// Put together from a photo and other elements without a generative model: what the offline engine makes.
    Composite,
    /// Made by a generative model.
    TrainedAlgorithmicMedia,
    /// Put together from elements of which some were made by a generative model.
    CompositeWithTrainedAlgorithmicMedia,
}

impl Source {
    /// Every one.
    pub const ALL: [Source; 3] =
        [Source::Composite, Source::TrainedAlgorithmicMedia, Source::CompositeWithTrainedAlgorithmicMedia];

    /// Where the term is described, by which others know it.
    pub fn address(self) -> String {
        format!("{VOCABULARY}{}", self.as_str())
    }

    /// The term's own name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Source::Composite => "composite",
            Source::TrainedAlgorithmicMedia => "trainedAlgorithmicMedia",
            Source::CompositeWithTrainedAlgorithmicMedia => "compositeWithTrainedAlgorithmicMedia",
        }
    }
}

/// Lays the mark into a file just written by [`crate::encode`]. The pixels stay as they are.
pub fn mark(file: Encoded, source: Source) -> Encoded {
    let packet = packet(source);
    let bytes = match file.format {
        Format::Jpeg => into_jpeg(&file.bytes, packet.as_bytes()),
        Format::Png => into_png(&file.bytes, packet.as_bytes()),
        Format::WebP => into_webp(&file.bytes, packet.as_bytes()),
    };
    Encoded { bytes: bytes.unwrap_or(file.bytes), format: file.format }
}

/// The mark in a file's first 64 kilobytes or, for WebP, anywhere; `None` when there is none that is known.
pub fn read(bytes: &[u8]) -> Option<Source> {
    let start = memchr::memmem::find(bytes, VOCABULARY.as_bytes())? + VOCABULARY.len();
    let term = bytes.get(start..)?.split(|b| !b.is_ascii_alphabetic()).next()?;
    Source::ALL.into_iter().find(|source| source.as_str().as_bytes() == term)
}

fn packet(source: Source) -> String {
    let term = source.as_str();
    format!(
        "<?xpacket begin=\"\u{feff}\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\
         <x:xmpmeta xmlns:x=\"adobe:ns:meta/\">\
         <rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\
         <rdf:Description rdf:about=\"\" xmlns:Iptc4xmpExt=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" \
         Iptc4xmpExt:DigitalSourceType=\"{VOCABULARY}{term}\"/>\
         </rdf:RDF></x:xmpmeta><?xpacket end=\"r\"?>"
    )
}

/// An APP1 segment after the start marker and the JFIF segment.
fn into_jpeg(file: &[u8], packet: &[u8]) -> Option<Vec<u8>> {
    let mut at = 2;
    if file.get(at..at + 2)? == [0xff, 0xe0] {
        at += 2 + usize::from(u16::from_be_bytes([*file.get(at + 2)?, *file.get(at + 3)?]));
    }
    let length = u16::try_from(2 + JPEG_HEADER.len() + packet.len()).ok()?;
    let mut out = file.get(..at)?.to_vec();
    out.extend_from_slice(&[0xff, 0xe1]);
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(JPEG_HEADER);
    out.extend_from_slice(packet);
    out.extend_from_slice(&file[at..]);
    Some(out)
}

/// An uncompressed iTXt chunk after the header chunk.
fn into_png(file: &[u8], packet: &[u8]) -> Option<Vec<u8>> {
    const HEADER_END: usize = 8 + 25;
    let mut chunk = b"iTXt".to_vec();
    chunk.extend_from_slice(PNG_KEYWORD);
    // End of the keyword; not compressed, by no method; no language, no translated keyword.
    chunk.extend_from_slice(&[0, 0, 0, 0, 0]);
    chunk.extend_from_slice(packet);
    let mut out = file.get(..HEADER_END)?.to_vec();
    out.extend_from_slice(&u32::try_from(chunk.len() - 4).ok()?.to_be_bytes());
    out.extend_from_slice(&chunk);
    out.extend_from_slice(&crc32fast::hash(&chunk).to_be_bytes());
    out.extend_from_slice(&file[HEADER_END..]);
    Some(out)
}

/// A VP8X header, which says that there is XMP, and an XMP chunk at the end
/// ([RFC 9649](https://www.rfc-editor.org/rfc/rfc9649), 2.7).
fn into_webp(file: &[u8], packet: &[u8]) -> Option<Vec<u8>> {
    const XMP: u8 = 0x04;
    const ALPHA: u8 = 0x10;
    let chunks = file.get(12..)?;
    let mut body = Vec::with_capacity(file.len() + packet.len() + 64);
    body.extend_from_slice(b"WEBP");
    match chunks.get(..4)? {
        b"VP8X" => {
            body.extend_from_slice(chunks);
            *body.get_mut(4 + 8)? |= XMP;
        }
        kind @ (b"VP8 " | b"VP8L") => {
            let (width, height, alpha) = canvas(kind, chunks.get(8..)?)?;
            body.extend_from_slice(b"VP8X\x0a\0\0\0");
            body.extend_from_slice(&[XMP | if alpha { ALPHA } else { 0 }, 0, 0, 0]);
            body.extend_from_slice(&(width - 1).to_le_bytes()[..3]);
            body.extend_from_slice(&(height - 1).to_le_bytes()[..3]);
            body.extend_from_slice(chunks);
        }
        _ => return None,
    }
    body.extend_from_slice(b"XMP ");
    body.extend_from_slice(&u32::try_from(packet.len()).ok()?.to_le_bytes());
    body.extend_from_slice(packet);
    if packet.len() % 2 == 1 {
        body.push(0);
    }
    let mut out = b"RIFF".to_vec();
    out.extend_from_slice(&u32::try_from(body.len()).ok()?.to_le_bytes());
    out.extend_from_slice(&body);
    Some(out)
}

/// Width, height and whether there is alpha, from the head of a bitstream.
fn canvas(kind: &[u8], stream: &[u8]) -> Option<(u32, u32, bool)> {
    let (width, height, alpha) = if kind == b"VP8 " {
        let side =
            |i: usize| Some(u32::from(u16::from_le_bytes([*stream.get(i)?, *stream.get(i + 1)?]) & 0x3fff));
        (side(6)?, side(8)?, false)
    } else {
        let bits = u32::from_le_bytes(stream.get(1..5)?.try_into().ok()?);
        ((bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1, bits & (1 << 28) != 0)
    };
    (width > 0 && height > 0).then_some((width, height, alpha))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, Rgb8, Rgba8, encode};

    fn files() -> Vec<Encoded> {
        let opaque = Rgb8::from_fn(37, 21, |x, y| [(x * 6) as u8, (y * 9) as u8, 90]);
        let clear = Rgba8::from_fn(37, 21, |x, y| [(x * 6) as u8, (y * 9) as u8, 90, (x * 6) as u8]);
        vec![
            encode::jpeg(&opaque, 90).unwrap(),
            encode::png(&opaque).unwrap(),
            encode::png_with_alpha(&clear).unwrap(),
            encode::webp(&opaque, 80).unwrap(),
            encode::webp_with_alpha(&clear, 80).unwrap(),
        ]
    }

    #[test]
    fn a_mark_is_read_back_and_the_pixels_stay() {
        for file in files() {
            assert_eq!(read(&file.bytes), None);
            let limits = Limits::default();
            let before = crate::decode::decode_with_alpha(&file.bytes, &limits).unwrap();
            for source in Source::ALL {
                let marked = mark(file.clone(), source);
                assert_eq!(read(&marked.bytes), Some(source), "{:?}", file.format);
                assert!(before == crate::decode::decode_with_alpha(&marked.bytes, &limits).unwrap());
            }
        }
    }

    #[test]
    fn a_broken_file_is_left_alone() {
        for format in [Format::Jpeg, Format::Png, Format::WebP] {
            for bytes in [vec![], vec![0xff], b"RIFF\0\0\0\0WEBPVP8 ".to_vec()] {
                let marked = mark(Encoded { format, bytes: bytes.clone() }, Source::Composite);
                assert!(marked.bytes == bytes || read(&marked.bytes).is_some());
            }
        }
        assert_eq!(read(b"http://cv.iptc.org/newscodes/digitalsourcetype/"), None);
    }
}
