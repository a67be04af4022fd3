//! The coding units of a baseline scan, one after the other: nearly all the time of reading a photo is spent here.
//!
//! The work is compiled twice, once for processors with AVX2 and BMI2 and once for all, and the better one is
//! chosen when it runs. Both do the same sums in the same order, so that both give the same samples. Calling code
//! made for a feature is the one step here that the compiler cannot check.

use super::DecodeError;
use super::jpeg_baseline::Plane;
use super::jpeg_entropy::{Bits, Huffman};
use super::jpeg_idct::Scale;
use super::jpeg_segments::{Layout, damaged};

/// What a component is decoded with.
pub(super) struct Component<'t> {
    /// Blocks of a coding unit, across and down.
    pub(super) blocks: (usize, usize),
    pub(super) scale: Scale,
    pub(super) means: &'t Huffman,
    pub(super) others: &'t Huffman,
    pub(super) factors: [f32; 64],
    pub(super) mean: i32,
    pub(super) plane: Plane,
}

/// Decodes all coding units of the scan, `units` across and down.
pub(super) fn scan(
    layout: &Layout<'_>,
    units: (usize, usize),
    components: &mut [Component<'_>],
) -> Result<(), DecodeError> {
    #[cfg(target_arch = "x86_64")]
    if std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("bmi2") {
        // SAFETY: the processor has both features, which is all that the function asks for.
        #[allow(unsafe_code)]
        return unsafe { scan_with_avx2(layout, units, components) };
    }
    scan_units(layout, units, components)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,bmi2")]
fn scan_with_avx2(
    layout: &Layout<'_>,
    units: (usize, usize),
    components: &mut [Component<'_>],
) -> Result<(), DecodeError> {
    scan_units(layout, units, components)
}

/// The same for any processor.
#[inline(always)]
fn scan_units(
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

#[cfg(test)]
mod tests {
    use super::super::{jpeg_baseline, jpeg_segments};
    use super::*;

    #[test]
    fn both_compilations_give_the_same_samples() {
        let file = include_bytes!("../../tests/fixtures/jpeg-baseline-420.jpg");
        let segments = jpeg_segments::walk(file).unwrap();
        for side in [6, 12, 18, 24, 30, 36, 48] {
            let wanted = domain::Size::new(side, side * 2 / 3);
            let tables = jpeg_baseline::Tables::parse(&segments.layout).unwrap();
            let planes = |scan: fn(&Layout<'_>, _, &mut [Component<'_>]) -> Result<(), DecodeError>| {
                let (units, mut components) =
                    jpeg_baseline::components(&segments.layout, &tables, wanted).unwrap();
                scan(&segments.layout, units, &mut components).unwrap();
                components.into_iter().map(|c| c.plane.samples).collect::<Vec<_>>()
            };
            assert!(planes(scan) == planes(scan_units), "{side}");
        }
    }
}
