//! The marker segments of a JPEG (ITU-T T.81, annex B), walked once from the first byte to the end of image.
//!
//! The walk allocates nothing that grows with the declared size. It is how a file's size, orientation and
//! colour are known before anything is decoded, and how a file that was cut off is told from a whole one:
//! a decoder alone would fill what is missing with grey.

use domain::Size;

use super::{DecodeError, SourceFormat};

/// What the segments of a whole JPEG say.
pub(super) struct Segments<'a> {
    /// What a decoder needs.
    pub(super) layout: Layout<'a>,
    /// The first Exif block, from its TIFF header.
    pub(super) exif: Option<&'a [u8]>,
    /// The colour profile, put together from its parts.
    pub(super) icc: Option<Vec<u8>>,
}

/// A component of the frame.
pub(super) struct Part {
    pub(super) id: u8,
    /// Blocks of a coding unit, across and down, 1 to 4 each.
    pub(super) sampling: (u8, u8),
    /// The number of its quantisation table.
    pub(super) quantisation: u8,
}

/// The frame, its tables and its coded data as they lie in the file.
pub(super) struct Layout<'a> {
    /// Stored size in pixels.
    pub(super) size: Size,
    /// Whether the picture comes in scans of growing fineness.
    pub(super) progressive: bool,
    pub(super) components: Vec<Part>,
    /// How many scans there are.
    pub(super) scans: usize,
    /// The components of the first scan by their id, and their tables for means and other coefficients.
    pub(super) scan_components: Vec<u8>,
    pub(super) tables: Vec<(u8, u8)>,
    /// The first scan's data.
    pub(super) coded: &'a [u8],
    /// Coding units between restart markers; 0 when there are none.
    pub(super) restart_interval: usize,
    pub(super) huffman_segments: Vec<&'a [u8]>,
    pub(super) quantisation_segments: Vec<&'a [u8]>,
    /// The Adobe segment's colour transform (0 none, 1 YCbCr, 2 YCCK); CMYK with this segment is inverted.
    pub(super) adobe_transform: Option<u8>,
}

impl Layout<'_> {
    /// Whether three components are red, green and blue: by Adobe's segment, or by name as libjpeg has it.
    pub(super) fn stores_rgb(&self) -> bool {
        let named = || self.components.iter().map(|c| c.id).eq(*b"RGB");
        self.components.len() == 3 && self.adobe_transform.map_or_else(named, |transform| transform == 0)
    }
}

/// No camera's profile is larger; what is larger is ignored.
const MAX_PROFILE_BYTES: usize = 4 << 20;

pub(super) fn damaged(reason: impl ToString) -> DecodeError {
    DecodeError::damaged(SourceFormat::Jpeg, reason)
}

fn unsupported(what: &'static str) -> DecodeError {
    DecodeError::Unsupported { what, advice: "export it as an ordinary JPEG and send that" }
}

/// Walks the whole file. What follows the end of image is not looked at: phones append videos and maps there.
pub(super) fn walk(bytes: &[u8]) -> Result<Segments<'_>, DecodeError> {
    let mut frame: Option<Frame<'_>> = None;
    let mut exif = None;
    let mut profile = ProfileParts::default();
    let mut coded_bytes = 0;
    let mut rest = Markers { bytes, at: 2 };
    let (mut huffman_segments, mut quantisation_segments) = (Vec::new(), Vec::new());
    let (mut restart_interval, mut adobe_transform) = (0, None);
    loop {
        let marker = rest.next_marker()?;
        if matches!(marker, 0x01 | 0xD0..=0xD7) {
            continue;
        }
        if marker == EOI {
            break;
        }
        let segment = rest.segment()?;
        match marker {
            0xC0..=0xCF if !matches!(marker, DHT | JPG | DAC) => {
                if frame.is_some() {
                    return Err(damaged("it has two frames"));
                }
                frame = Some(Frame::parse(marker, segment)?);
            }
            DAC => return Err(unsupported("an arithmetic-coded JPEG")),
            DNL => return Err(unsupported("a JPEG whose height comes last")),
            DHT => huffman_segments.push(segment),
            DQT => quantisation_segments.push(segment),
            DRI => restart_interval = restart(segment)?,
            SOS => {
                let frame = frame.as_mut().ok_or_else(|| damaged("a scan comes before the frame"))?;
                let coded = rest.skip_coded()?;
                coded_bytes += coded.len();
                frame.add_scan(segment, coded)?;
            }
            0xE1 if exif.is_none() => exif = segment.strip_prefix(b"Exif\0\0"),
            0xE2 => profile.add(segment),
            0xEE if segment.starts_with(b"Adobe") => adobe_transform = segment.get(11).copied(),
            _ => {}
        }
    }
    let frame = frame.ok_or_else(|| damaged("it has no frame"))?;
    if coded_bytes < frame.fewest_coded_bytes() {
        return Err(damaged("it holds far too few bytes for its size"));
    }
    let layout =
        Layout { restart_interval, huffman_segments, quantisation_segments, adobe_transform, ..frame.layout };
    Ok(Segments { layout, exif, icc: profile.finish() })
}

fn restart(segment: &[u8]) -> Result<usize, DecodeError> {
    let interval = segment.first_chunk().ok_or_else(|| damaged("its restart interval is cut off"))?;
    Ok(u16::from_be_bytes(*interval).into())
}

const SOS: u8 = 0xDA;
const EOI: u8 = 0xD9;
const DHT: u8 = 0xC4;
const JPG: u8 = 0xC8;
const DAC: u8 = 0xCC;
const DNL: u8 = 0xDC;
const DQT: u8 = 0xDB;
const DRI: u8 = 0xDD;

/// A place in the file.
struct Markers<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Markers<'a> {
    /// The next marker's code; bytes that belong to no segment are stepped over, as decoders do.
    fn next_marker(&mut self) -> Result<u8, DecodeError> {
        let cut = || damaged("its end is missing");
        loop {
            self.at += self.bytes.get(self.at..).and_then(find_ff).ok_or_else(cut)?;
            while self.bytes.get(self.at) == Some(&0xFF) {
                self.at += 1;
            }
            let code = *self.bytes.get(self.at).ok_or_else(cut)?;
            self.at += 1;
            if code != 0 {
                return Ok(code);
            }
        }
    }

    /// The payload of the segment that starts here.
    fn segment(&mut self) -> Result<&'a [u8], DecodeError> {
        let cut = || damaged("a segment is cut off");
        let length = self.bytes.get(self.at..self.at + 2).ok_or_else(cut)?;
        let length = usize::from(u16::from_be_bytes([length[0], length[1]]));
        if length < 2 {
            return Err(damaged("a segment has no length"));
        }
        let payload = self.bytes.get(self.at + 2..self.at + length).ok_or_else(cut)?;
        self.at += length;
        Ok(payload)
    }

    /// Steps over entropy-coded data up to the marker that ends it, and returns it.
    fn skip_coded(&mut self) -> Result<&'a [u8], DecodeError> {
        let start = self.at;
        loop {
            let rest = self.bytes.get(self.at..).unwrap_or_default();
            self.at += find_ff(rest).ok_or_else(|| damaged("its end is missing"))?;
            match self.bytes.get(self.at + 1) {
                None => return Err(damaged("its end is missing")),
                // A stuffed 0xFF and restart markers belong to the data.
                Some(0 | 0xD0..=0xD7) => self.at += 2,
                Some(0xFF) => self.at += 1,
                Some(_) => return Ok(&self.bytes[start..self.at]),
            }
        }
    }
}

fn find_ff(bytes: &[u8]) -> Option<usize> {
    memchr::memchr(0xFF, bytes)
}

/// A frame header (T.81, B.2.2) and what follows from it.
struct Frame<'a> {
    layout: Layout<'a>,
    /// 8×8 blocks of coefficients.
    blocks: u64,
}

impl<'a> Frame<'a> {
    fn parse(marker: u8, segment: &[u8]) -> Result<Self, DecodeError> {
        let progressive = match marker {
            0xC0 | 0xC1 => false,
            0xC2 => true,
            0xC3 | 0xC5..=0xC7 => return Err(unsupported("a lossless or hierarchical JPEG")),
            _ => return Err(unsupported("an arithmetic-coded JPEG")),
        };
        let [precision, h1, h0, w1, w0, count, parts @ ..] = segment else {
            return Err(damaged("its frame is cut off"));
        };
        if *precision != 8 {
            return Err(unsupported("a JPEG of more than 8 bits"));
        }
        let (width, height) = (u16::from_be_bytes([*w1, *w0]), u16::from_be_bytes([*h1, *h0]));
        if width == 0 || height == 0 {
            return Err(damaged("it has no pixels"));
        }
        if !matches!(count, 1 | 3 | 4) {
            return Err(unsupported("a JPEG of an unusual number of colours"));
        }
        let components: Vec<Part> = parts
            .chunks_exact(3)
            .take(usize::from(*count))
            .map(|p| Part { id: p[0], sampling: (p[1] >> 4, p[1] & 15), quantisation: p[2] })
            .collect();
        let usable = |c: &Part| (1..=4).contains(&c.sampling.0) && (1..=4).contains(&c.sampling.1);
        if components.len() != usize::from(*count) || !components.iter().all(usable) {
            return Err(damaged("its components make no sense"));
        }
        let size = Size::new(width.into(), height.into());
        let blocks = blocks(size, &components);
        let layout = Layout {
            size,
            progressive,
            components,
            scans: 0,
            scan_components: Vec::new(),
            tables: Vec::new(),
            coded: &[],
            restart_interval: 0,
            huffman_segments: Vec::new(),
            quantisation_segments: Vec::new(),
            adobe_transform: None,
        };
        Ok(Frame { layout, blocks })
    }

    /// Takes in a scan's header (T.81, B.2.3) and data.
    fn add_scan(&mut self, header: &[u8], coded: &'a [u8]) -> Result<(), DecodeError> {
        self.layout.scans += 1;
        if self.layout.scans > 1 {
            return Ok(());
        }
        let cut = || damaged("its scan is cut off");
        let (count, parts) = header.split_first().ok_or_else(cut)?;
        let parts = parts.get(..2 * usize::from(*count)).ok_or_else(cut)?;
        for [id, tables] in parts.as_chunks().0 {
            self.layout.scan_components.push(*id);
            self.layout.tables.push((tables >> 4, tables & 15));
        }
        self.layout.coded = coded;
        Ok(())
    }

    /// No fewer bytes than this can code so many blocks: each needs at least a code for its mean, of one bit,
    /// and in a baseline file one for the end of the block.
    fn fewest_coded_bytes(&self) -> usize {
        let bits = self.blocks * if self.layout.progressive { 1 } else { 2 };
        (bits / 8) as usize
    }
}

/// How many 8×8 blocks all components have.
fn blocks(size: Size, components: &[Part]) -> u64 {
    let most = |side: fn(&Part) -> u8| components.iter().map(side).max().map_or(1, u64::from);
    let (h_max, v_max) = (most(|c| c.sampling.0), most(|c| c.sampling.1));
    let side = |pixels: u32, own: u8, max: u64| (u64::from(pixels) * u64::from(own)).div_ceil(8 * max);
    components
        .iter()
        .map(|c| side(size.width, c.sampling.0, h_max) * side(size.height, c.sampling.1, v_max))
        .sum()
}

/// A colour profile in parts (ICC.1:2022, B.4): each says which it is and how many there are.
#[derive(Default)]
struct ProfileParts<'a> {
    parts: Vec<(u8, &'a [u8])>,
    count: u8,
}

impl<'a> ProfileParts<'a> {
    fn add(&mut self, segment: &'a [u8]) {
        if let Some([number, count, part @ ..]) = segment.strip_prefix(b"ICC_PROFILE\0") {
            self.parts.push((*number, part));
            self.count = *count;
        }
    }

    /// The whole profile; `None` when parts are missing or doubled, which is no reason to refuse the picture.
    fn finish(mut self) -> Option<Vec<u8>> {
        self.parts.sort_by_key(|(number, _)| *number);
        let in_order = self.parts.iter().enumerate().all(|(i, (number, _))| i + 1 == usize::from(*number));
        let bytes: usize = self.parts.iter().map(|(_, part)| part.len()).sum();
        let whole = !self.parts.is_empty() && self.parts.len() == usize::from(self.count) && in_order;
        (whole && bytes <= MAX_PROFILE_BYTES)
            .then(|| self.parts.iter().flat_map(|(_, part)| part.iter().copied()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_comes_in_parts_of_any_order() {
        let mut parts = ProfileParts::default();
        parts.add(b"ICC_PROFILE\0\x02\x02def");
        parts.add(b"ICC_PROFILE\0\x01\x02abc");
        parts.add(b"MPF\0\x01\x02abc");
        assert_eq!(parts.finish().unwrap(), b"abcdef");
    }

    #[test]
    fn a_profile_with_a_part_missing_or_doubled_is_none() {
        for numbers in [&[1u8][..], &[1, 1], &[2, 3], &[1, 2, 3]] {
            let segments: Vec<Vec<u8>> =
                numbers.iter().map(|n| [b"ICC_PROFILE\0", &[*n, 2][..], b"x"].concat()).collect();
            let mut parts = ProfileParts::default();
            segments.iter().for_each(|s| parts.add(s));
            assert_eq!(parts.finish(), None, "{numbers:?}");
        }
    }

    #[test]
    fn a_declared_size_needs_bytes_to_match() {
        // 65,500 pixels square in three full components: 201 million blocks of two bits.
        let frame = Frame::parse(0xC0, &[8, 0xFF, 0xDC, 0xFF, 0xDC, 3, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0]);
        assert!(frame.unwrap().fewest_coded_bytes() > 50_000_000);
    }
}
