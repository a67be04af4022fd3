//! Baseline JPEG to planes of luma and colour, at full size or smaller.
//!
//! This is what phones make. Two things that the general decoder does not do pay for the code here: blocks are
//! made only as large as is needed (ITU-T T.81 leaves the inverse transform to the decoder), and a block that
//! is missing is an error, even when an end of image follows. Colour stays at the size at which it is stored
//! until the picture has its final size. What is not baseline, one interleaved scan and one or three
//! components is left to the general decoder.

use domain::Size;

use super::DecodeError;
use super::jpeg_entropy::Huffman;
use super::jpeg_idct::Scale;
use super::jpeg_scan::{Component, scan};
use super::jpeg_segments::{Layout, Part, damaged};

/// One plane of samples; rows are `stride` apart, and only the first `size.width` samples of each are the
/// picture's.
pub(super) struct Plane {
    pub(super) samples: Vec<u8>,
    pub(super) stride: usize,
    pub(super) size: Size,
}

/// A decoded picture: luma, and blue and red differences if it has colour.
pub(super) struct Planes {
    pub(super) planes: Vec<Plane>,
    /// Whether the three planes are red, green and blue.
    pub(super) rgb: bool,
}

/// The scale at which a plane of `size` is no smaller than `wanted`. For colour an eighth less is enough: it is
/// seen at half the fineness of luma, and a picture of 4032 pixels stores 2016 of it for the 2048 of a result.
fn scale_for(size: Size, wanted: Size, colour: bool) -> Scale {
    let needed = |pixels: u32| if colour { u64::from(pixels) * 7 / 8 } else { pixels.into() };
    let enough = |scale: &Scale| {
        let side = |pixels: u32| (u64::from(pixels) * scale.side() as u64).div_ceil(8);
        side(size.width) >= needed(wanted.width) && side(size.height) >= needed(wanted.height)
    };
    Scale::ALL.into_iter().find(enough).unwrap_or(Scale::Full)
}

/// Whether this decoder reads such a file.
pub(super) fn reads(layout: &Layout<'_>) -> bool {
    let sampling: Vec<(u8, u8)> = layout.components.iter().map(|c| c.sampling).collect();
    !layout.progressive
        && layout.scans == 1
        && layout.scan_components == layout.components.iter().map(|c| c.id).collect::<Vec<_>>()
        && matches!(sampling[..], [_] | [(1 | 2, 1 | 2), (1, 1), (1, 1)])
}

/// Decodes a file that this decoder [`reads`]; each plane comes at the smallest scale that is enough for a
/// picture of `wanted` pixels.
pub(super) fn decode(layout: &Layout<'_>, wanted: Size) -> Result<Planes, DecodeError> {
    let tables = Tables::parse(layout)?;
    let (units, mut components) = components(layout, &tables, wanted)?;
    scan(layout, units, &mut components)?;
    Ok(Planes { planes: components.into_iter().map(|c| c.plane).collect(), rgb: layout.stores_rgb() })
}

/// The coding units across and down, and what to decode their components with.
pub(super) fn components<'t>(
    layout: &Layout<'_>,
    tables: &'t Tables,
    wanted: Size,
) -> Result<((usize, usize), Vec<Component<'t>>), DecodeError> {
    let single = layout.components.len() == 1;
    // One component is never interleaved: its blocks come row by row whatever its sampling says.
    let sampling = |part: &Part| if single { (1, 1) } else { part.sampling };
    let (h_max, v_max) =
        layout.components.iter().map(sampling).fold((1, 1), |m, s| (m.0.max(s.0), m.1.max(s.1)));
    let units = (
        (layout.size.width as usize).div_ceil(8 * usize::from(h_max)),
        (layout.size.height as usize).div_ceil(8 * usize::from(v_max)),
    );
    let mut components = Vec::new();
    for (i, (part, (means, others))) in layout.components.iter().zip(&layout.tables).enumerate() {
        let (h, v) = sampling(part);
        let stored = Size::new(
            (layout.size.width * u32::from(h)).div_ceil(h_max.into()),
            (layout.size.height * u32::from(v)).div_ceil(v_max.into()),
        );
        let scale = scale_for(stored, wanted, i > 0 && !layout.stores_rgb());
        let (across, down, side) = (usize::from(h), usize::from(v), scale.side());
        let stride = units.0 * across * side;
        let scaled = |pixels: u32| (pixels * side as u32).div_ceil(8);
        components.push(Component {
            blocks: (across, down),
            scale,
            means: tables.huffman(0, *means)?,
            others: tables.huffman(1, *others)?,
            factors: scale.factors(tables.steps(part.quantisation)?),
            mean: 0,
            plane: Plane {
                samples: vec![0; stride * units.1 * down * side],
                stride,
                size: Size::new(scaled(stored.width), scaled(stored.height)),
            },
        });
    }
    Ok((units, components))
}

/// The tables of a file, by their numbers in it.
#[derive(Default)]
pub(super) struct Tables {
    /// Of means, and of the other coefficients.
    huffman: [[Option<Huffman>; 4]; 2],
    steps: [Option<[u16; 64]>; 4],
}

impl Tables {
    pub(super) fn parse(layout: &Layout<'_>) -> Result<Self, DecodeError> {
        let mut tables = Tables::default();
        for segment in &layout.huffman_segments {
            tables.add_huffman(segment).ok_or_else(|| damaged("its code tables make no sense"))?;
        }
        for segment in &layout.quantisation_segments {
            tables.add_steps(segment).ok_or_else(|| damaged("its quantisation tables make no sense"))?;
        }
        Ok(tables)
    }

    /// T.81, B.2.4.2.
    fn add_huffman(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((head, rest)) = segment.split_first_chunk::<17>() {
            let (class, number) = (usize::from(head[0] >> 4), usize::from(head[0] & 15));
            let counts: &[u8; 16] = head[1..].try_into().ok()?;
            let symbols: usize = counts.iter().map(|c| usize::from(*c)).sum();
            *self.huffman.get_mut(class)?.get_mut(number)? =
                Some(Huffman::new(counts, rest.get(..symbols)?)?);
            segment = &rest[symbols..];
        }
        segment.is_empty().then_some(())
    }

    /// T.81, B.2.4.1: steps in the file's order of coefficients.
    fn add_steps(&mut self, mut segment: &[u8]) -> Option<()> {
        while let Some((head, rest)) = segment.split_first() {
            let wide = head >> 4 == 1;
            let bytes = rest.get(..if wide { 128 } else { 64 })?;
            let step = |i: usize| match wide {
                true => u16::from_be_bytes([bytes[2 * i], bytes[2 * i + 1]]),
                false => u16::from(bytes[i]),
            };
            *self.steps.get_mut(usize::from(head & 15))? = Some(std::array::from_fn(step));
            segment = &rest[bytes.len()..];
        }
        Some(())
    }

    fn huffman(&self, class: usize, number: u8) -> Result<&Huffman, DecodeError> {
        let table = self.huffman[class].get(usize::from(number)).and_then(Option::as_ref);
        table.ok_or_else(|| damaged("a code table is missing"))
    }

    fn steps(&self, number: u8) -> Result<&[u16; 64], DecodeError> {
        let steps = self.steps.get(usize::from(number)).and_then(Option::as_ref);
        steps.ok_or_else(|| damaged("a quantisation table is missing"))
    }
}
