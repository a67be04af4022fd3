//! Baseline JPEG to planes of luma and colour, at full size or smaller.
//!
//! This is what phones make. Two things that the general decoder does not do pay for the code here: blocks are
//! made only as large as is needed (ITU-T T.81 leaves the inverse transform to the decoder), and a block that
//! is missing is an error, even when an end of image follows. Colour stays at the size at which it is stored
//! until the picture has its final size. What is not baseline, one interleaved scan and one or three
//! components is left to the general decoder.

use domain::Size;

use super::DecodeError;
use super::jpeg_entropy::{Bits, Huffman};
use super::jpeg_idct::Scale;
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

/// What a component is decoded with.
struct Component<'t> {
    /// Blocks of a coding unit, across and down.
    blocks: (usize, usize),
    scale: Scale,
    means: &'t Huffman,
    others: &'t Huffman,
    factors: [f32; 64],
    mean: i32,
    plane: Plane,
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
    for (i, part) in layout.components.iter().enumerate() {
        let (h, v) = sampling(part);
        let stored = Size::new(
            (layout.size.width * u32::from(h)).div_ceil(h_max.into()),
            (layout.size.height * u32::from(v)).div_ceil(v_max.into()),
        );
        let scale = scale_for(stored, wanted, i > 0 && !layout.stores_rgb());
        let side = scale.side();
        let (across, down) = (usize::from(h), usize::from(v));
        let stride = units.0 * across * side;
        let scaled = |pixels: u32| (pixels * side as u32).div_ceil(8);
        let (means, others) = layout.tables[i];
        components.push(Component {
            blocks: (across, down),
            scale,
            means: tables.huffman(0, means)?,
            others: tables.huffman(1, others)?,
            factors: scale.factors(tables.steps(part.quantisation)?),
            mean: 0,
            plane: Plane {
                samples: vec![0; stride * units.1 * down * side],
                stride,
                size: Size::new(scaled(stored.width), scaled(stored.height)),
            },
        });
    }
    scan(layout, units, &mut components)?;
    Ok(Planes { planes: components.into_iter().map(|c| c.plane).collect(), rgb: layout.stores_rgb() })
}

/// Decodes all coding units of the scan.
fn scan(
    layout: &Layout<'_>,
    units: (usize, usize),
    components: &mut [Component<'_>],
) -> Result<(), DecodeError> {
    let cut = || damaged("blocks are missing");
    let mut bits = Bits::new(layout.coded);
    let mut left = layout.restart_interval;
    for y in 0..units.1 {
        for x in 0..units.0 {
            if layout.restart_interval > 0 && left == 0 {
                if bits.overrun() {
                    return Err(cut());
                }
                bits.restart().ok_or_else(|| damaged("a restart marker is missing"))?;
                components.iter_mut().for_each(|c| c.mean = 0);
                left = layout.restart_interval;
            }
            left = left.wrapping_sub(1);
            for component in components.iter_mut() {
                unit(&mut bits, component, x, y).ok_or_else(|| damaged("a code is wrong"))?;
            }
        }
        if bits.overrun() {
            return Err(cut());
        }
    }
    Ok(())
}

/// Decodes the blocks of one component in one coding unit.
#[inline(always)]
fn unit(bits: &mut Bits<'_>, component: &mut Component<'_>, x: usize, y: usize) -> Option<()> {
    let scale = component.scale;
    let side = scale.side();
    let (across, down) = component.blocks;
    let stride = component.plane.stride;
    for v in 0..down {
        for h in 0..across {
            let mut block = [0.0; 64];
            let (means, others, mean) = (component.means, component.others, &mut component.mean);
            let last = bits.block(means, others, mean, &component.factors, &mut block)?;
            let start = (y * down + v) * side * stride + (x * across + h) * side;
            let rows = component.plane.samples.get_mut(start..)?;
            if last == 0 {
                scale.flat(block[0], rows, stride);
            } else {
                scale.inverse(&block, rows, stride);
            }
        }
    }
    Some(())
}

/// The tables of a file, by their numbers in it.
#[derive(Default)]
struct Tables {
    /// Of means, and of the other coefficients.
    huffman: [[Option<Huffman>; 4]; 2],
    steps: [Option<[u16; 64]>; 4],
}

impl Tables {
    fn parse(layout: &Layout<'_>) -> Result<Self, DecodeError> {
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
